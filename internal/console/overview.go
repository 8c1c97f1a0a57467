package console

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"sort"
	"time"

	"kept/internal/duty/audit"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/ledger"
	"kept/internal/policy/period"
)

const (
	overviewDays   = 30
	overviewDue    = 6
	overviewLeaves = 8
	overviewDrift  = 5
)

type overviewPage struct {
	*page
	Audit     *audit.Summary // nil before the first
	Due       []dueLine
	Waiting   int // plans, requests and jobs that need a person
	Changed   []ledger.Leaf
	Holdings  []holding
	Clock     string // what is wrong with this node's clock
	Planned   string // activities that this build does not run
	Decisions decisions
	Visits    *Visits
	VisitPlot template.HTML
	Drift     []Drift
	Head      ledger.Checkpoint
}

// dueLine is a rule that ends something next.
type dueLine struct {
	retain.Item
	Title string
}

// overview answers: is every promise kept, what is due, what changed.
func (c *Console) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	o := overviewPage{page: c.open(r, "overview.title")}
	o.Planned = c.planned(o.Lang)
	o.Clock = c.clockSays(o.page)
	plan, err := c.Retain.Plan(ctx)
	if err != nil {
		return err
	}
	if o.Holdings, err = c.holdings(ctx, o.Lang, plan); err != nil {
		return err
	}
	o.Due = nextDue(plan, o.Holdings)
	if o.Waiting, err = c.waiting(ctx); err != nil {
		return err
	}
	if o.Audit, err = c.lastAudit(ctx); err != nil {
		return err
	}
	if o.Changed, err = c.changed(ctx, overviewLeaves); err != nil {
		return err
	}
	if o.Decisions, err = c.decisions(ctx, o.page); err != nil {
		return err
	}
	if o.Head, err = c.Ledger.Head(ctx); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if o.Drift, err = c.drifts(ctx); err != nil {
		return err
	}
	o.Drift = o.Drift[:min(len(o.Drift), overviewDrift)]
	now := c.Clock.Now()
	if c.Visits != nil {
		if o.Visits, err = c.Visits(ctx, now.AddDate(0, 0, -overviewDays), now); err != nil {
			return err
		}
		o.VisitPlot = plotVisits(o.page, o.Visits, now)
	}
	return c.show(w, r, "overview", o)
}

// lastAudit is the latest that the serving process made, which sees all, or a later
// one from the command line that found something.
func (c *Console) lastAudit(ctx context.Context) (*audit.Summary, error) {
	last, err := c.Audit.Last(ctx, 50)
	if err != nil || len(last) == 0 {
		return nil, err
	}
	i := slices.IndexFunc(last, func(s audit.Summary) bool { return s.Serving || s.Findings > 0 })
	return &last[max(i, 0)], nil
}

// nextDue returns the rules that end something next, the soonest first.
func nextDue(plan retain.Plan, holdings []holding) []dueLine {
	titles := map[string]string{}
	for _, h := range holdings {
		titles[h.Key] = h.Title
	}
	var lines []dueLine
	for _, item := range plan.Items {
		if !item.Next.IsZero() || item.Due > 0 {
			lines = append(lines, dueLine{Item: item, Title: titles[item.Activity]})
		}
	}
	sort.SliceStable(lines, func(i, j int) bool { return lines[i].Next.Before(lines[j].Next) })
	return lines[:min(len(lines), overviewDue)]
}

// waiting counts what goes no further without a person.
func (c *Console) waiting(ctx context.Context) (int, error) {
	plans, err := c.Retain.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	jobs, err := c.Jobs.SetAside(ctx)
	if err != nil {
		return 0, err
	}
	requests, err := c.Rights.Pending(ctx)
	return len(plans) + len(jobs) + len(requests), err
}

// decisions are the consent decisions of the last days.
type decisions struct {
	Plot    template.HTML
	Totals  []Named // outcome → count
	Total   int64
	Accepts int64 // of Total, wholly or in part
}

// Share returns the accepted part in percent.
func (d decisions) Share() int64 {
	if d.Total == 0 {
		return 0
	}
	return (d.Accepts*100 + d.Total/2) / d.Total
}

var outcomes = []string{"accepted", "partial", "refused", "withdrawn", "once"}

func (c *Console) decisions(ctx context.Context, p *page) (decisions, error) {
	rates, err := c.Consent.Rates(ctx, overviewDays)
	if err != nil {
		return decisions{}, err
	}
	byDay := map[time.Time]map[string]int64{}
	totals := map[string]int64{}
	for _, rate := range rates {
		day := rate.Day.UTC().Truncate(24 * time.Hour)
		if byDay[day] == nil {
			byDay[day] = map[string]int64{}
		}
		byDay[day][rate.Outcome] += rate.Count
		totals[rate.Outcome] += rate.Count
	}
	d := decisions{Total: totals["accepted"] + totals["partial"] + totals["refused"], Accepts: totals["accepted"] + totals["partial"]}
	for _, o := range outcomes {
		if totals[o] > 0 {
			d.Totals = append(d.Totals, Named{Name: o, Count: totals[o]})
		}
	}
	var bars []bar
	for _, day := range days(c.Clock.Now(), overviewDays) {
		label := p.Date(day)
		var parts []part
		for _, o := range outcomes {
			if n := byDay[day][o]; n > 0 {
				label += ", " + p.T("outcome."+o) + ": " + p.Number(n)
				parts = append(parts, part{Class: "bar-" + o, Count: n})
			}
		}
		bars = append(bars, bar{Label: label, Parts: parts})
	}
	d.Plot = chart(p.T("consent.plot"), bars)
	return d, nil
}

func plotVisits(p *page, v *Visits, now time.Time) template.HTML {
	if v == nil {
		return ""
	}
	counts := map[time.Time]int64{}
	for _, d := range v.Days {
		counts[d.Day.UTC().Truncate(24*time.Hour)] = d.Count
	}
	var bars []bar
	for _, day := range days(now, overviewDays) {
		n := counts[day]
		bars = append(bars, bar{Label: p.Date(day) + ": " + p.Number(n), Parts: []part{{Class: "bar-visits", Count: n}}})
	}
	return chart(p.T("visits.plot"), bars)
}

// clockSays says that this node's clock is not the database's, "" while it is.
func (c *Console) clockSays(p *page) string {
	if c.Apart == nil || c.Apart() == 0 {
		return ""
	}
	apart := c.Apart()
	key := "overview.clock-ahead"
	if apart < 0 {
		key = "overview.clock-behind"
	}
	return p.T(key, period.Period{Clock: apart.Abs().Round(time.Second)}.In(p.Lang))
}
