package contactsync

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/store"
)

type rhythmPage struct {
	onePage
	Rhythms []string
	Looks   []string
}

// The rhythms that the page offers; a set-up file may have others.
var (
	rhythms = []string{"", "15m", "1h", "4h", "24h"}
	looks   = []string{"", "24h", "168h"}
)

func (y *Synchroniser) rhythmPage(r *http.Request) (p rhythmPage, s Sync, err error) {
	if s, err = y.mine(r); err != nil {
		return p, s, err
	}
	p = rhythmPage{onePage: y.page(r, s, "rhythm.title"), Rhythms: with(rhythms, s.Setup.Every), Looks: with(looks, s.Setup.Verify)}
	return p, s, nil
}

// with is a list that has a text.
func with(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(slices.Clone(list), text)
}

// Often is a rhythm in words.
func (p rhythmPage) Often(rhythm string) string {
	if rhythm == "" {
		return p.T("rhythm.hand")
	}
	d, err := time.ParseDuration(rhythm)
	switch {
	case err != nil:
		return rhythm
	case d%(24*time.Hour) == 0:
		return p.Count("rhythm.days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return p.Count("rhythm.hours", int(d/time.Hour))
	}
	return p.Count("rhythm.minutes", int(d/time.Minute))
}

func (y *Synchroniser) showRhythm(w http.ResponseWriter, r *http.Request) error {
	p, s, err := y.rhythmPage(r)
	if err != nil {
		return err
	}
	p.Form = page.Filled(url.Values{"every": {s.Setup.Every}, "verify": {s.Setup.Verify}, "at_end": {s.Setup.AtEnd}})
	return pages.Show(y.shell(), w, r, "rhythm", p)
}

func (y *Synchroniser) takeRhythm(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	p, s, err := y.rhythmPage(r)
	if err != nil {
		return err
	}
	s.Setup.Every, s.Setup.Verify, s.Setup.AtEnd, s.Setup.Language = form.Value("every"), form.Value("verify"), form.Value("at_end"), p.Lang
	return y.settle(w, r, s, form, nil, p.path(""), func(says string) error {
		p.Says, p.Form, p.Status = says, form, http.StatusBadRequest
		return pages.Show(y.shell(), w, r, "rhythm", p)
	})
}

type planPage struct {
	onePage
	Plan   Preview
	Takes  string
	Brake  bool
	Boxes  []boxLine
	More   int
	Drops  []dropLine
	Failed []Remedy
}

type boxLine struct {
	BoxPreview
	Link string
}

type dropLine struct {
	Kind  string
	Count int64
}

// showPlan reads the sources and shows what a run would do.
func (y *Synchroniser) showPlan(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	p := planPage{onePage: y.page(r, s, "plan.title")}
	plan, err := y.Plan(r.Context(), s.ID, Options{Fresh: true})
	if err != nil {
		if r.Context().Err() != nil {
			return err
		}
		if p.Failed, err = y.Remedies(r.Context(), s, []BoxProblem{whole(err)}, p.Lang); err != nil {
			return err
		}
		return pages.Show(y.shell(), w, r, "plan", p)
	}
	p.Plan, p.Brake = plan, plan.Brake != nil
	if p.Takes = p.T("plan.moment"); plan.Takes >= time.Minute {
		p.Takes = p.Count("plan.minutes", int(plan.Takes.Round(time.Minute)/time.Minute))
	}
	for _, b := range plan.Boxes {
		if len(p.Boxes) == mostBoxes {
			p.More = len(plan.Boxes) - mostBoxes
			break
		}
		p.Boxes = append(p.Boxes, boxLine{b, p.box(b.Address)})
	}
	for _, kind := range slices.Sorted(maps.Keys(plan.Drops)) {
		p.Drops = append(p.Drops, dropLine{p.T("drop." + kind), plan.Drops[kind]})
	}
	return pages.Show(y.shell(), w, r, "plan", p)
}

// joiner is what stands between an address and one more parameter.
func joiner(address string) string {
	if u, err := url.Parse(address); err == nil && u.RawQuery != "" {
		return "&"
	}
	return "?"
}

// takeRun has the synchronisation run at once, beside the request.
func (y *Synchroniser) takeRun(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	if !s.Expires.IsZero() && !s.Expires.After(y.env.Clock.Now()) {
		return y.overview(w, r, s, "one.expired")
	}
	if !s.Ending.IsZero() && s.EndingFor == byRequest {
		return y.overview(w, r, s, "one.ending")
	}
	confirmed := form.Value("confirm") == "yes"
	y.begin(s.ID, func(ctx context.Context, id string) {
		if _, err := y.Run(ctx, id, Options{Fresh: true, Confirmed: confirmed}); err != nil {
			y.env.Log.Warn("a run that was asked for failed", "synchronisation", id, "problem", problemOf(err))
		}
	})
	return y.back(w, r, portalPath+"/"+s.ID+"/runs")
}

// mostRuns is how many runs are shown.
const mostRuns = 50

type runsPage struct {
	onePage
	Runs     []runLine
	Problems []Remedy
	Also     []string // what else is to be done now
	Stopped  bool
}

type runLine struct {
	Past
	What, Says string
	Wrong      int
}

// showRuns lists the latest runs, and what is wrong now with what to do.
func (y *Synchroniser) showRuns(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	p := runsPage{onePage: y.page(r, s, "runs.title")}
	past, err := y.History(r.Context(), s.ID, mostRuns)
	if err != nil {
		return err
	}
	for _, x := range past {
		p.Runs = append(p.Runs, runLine{x, modes[x.Mode].In(p.Lang), p.T("state." + x.State), len(x.Problems)})
	}
	if len(past) > 0 {
		if p.Problems, err = y.Remedies(r.Context(), s, past[0].Problems, p.Lang); err != nil {
			return err
		}
		p.Stopped = past[0].State == "stopped"
	}
	kinds, err := store.Texts(r.Context(), y.env.DB, "select distinct problem from sync_mailbox where setup = $1 and removed_at is null and problem is not null and failed > 0 order by problem", s.ID)
	if err != nil {
		return store.Classify(err)
	}
	if s.Failed > 0 && !slices.Contains(kinds, s.Problem) {
		kinds = append(kinds, s.Problem)
	}
	for _, kind := range kinds {
		remedy := p.T("remedy." + kind)
		if !slices.ContainsFunc(p.Problems, func(a Remedy) bool { return a.Do == remedy }) {
			p.Also = append(p.Also, remedy)
		}
	}
	return pages.Show(y.shell(), w, r, "runs", p)
}

type deletePage struct {
	onePage
	Contacts string
	Boxes    string
	Some     bool
}

func (y *Synchroniser) showDelete(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	n, boxes, err := y.Written(r.Context(), s.ID)
	if err != nil {
		return err
	}
	p := deletePage{onePage: y.page(r, s, "delete.title"), Some: n > 0}
	p.Contacts, p.Boxes = p.Number(n), p.Count("one.boxes", int(boxes))
	return pages.Show(y.shell(), w, r, "delete", p)
}

// takeDelete deletes everything that is held of a synchronisation, with what stands
// in mailboxes or without.
func (y *Synchroniser) takeDelete(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	how := form.Value("how")
	if how != "everywhere" && how != "here" {
		return fault.New(fault.Invalid, "choose whether contacts are taken out of the mailboxes")
	}
	if err := y.Remove(r.Context(), s.ID, how == "everywhere"); err != nil {
		return err
	}
	return y.back(w, r, portalPath)
}
