package analytics

import (
	"net/http"
	"net/url"
	"strconv"

	"kept/internal/address"
	"kept/internal/agent"
	"kept/internal/policy"
	"kept/internal/store/event"
)

type row = event.Row

// plan is what the policy's entry means for an event.
type plan struct {
	policy   *policy.Policy
	activity *policy.Activity // nil: there is no entry
	cut      policy.Truncation
	cookie   *policy.Cookie // nil: the entry declares none
	campaign []string
	search   []string
	names    *address.Providers
}

// current returns the plan of the policy in force.
func (c *Collector) current() *plan {
	p := c.env.Policy()
	if known := c.plan.Load(); known != nil && known.policy == p {
		return known
	}
	n := &plan{policy: p}
	if found := p.OfKind(Name); len(found) > 0 {
		n.read(found[0])
		n.names = c.providers(n.activity)
	}
	c.plan.Store(n)
	return n
}

func (n *plan) read(a *policy.Activity) {
	n.activity = a
	n.campaign, n.search = a.Settings.Strings(settingCampaign), a.Settings.Strings(settingSearch)
	if n.cut = a.Settings.Truncation(settingTruncate); n.cut == (policy.Truncation{}) {
		n.cut = policy.Truncation{IPv4: 16, IPv6: 48}
	}
	for i := range a.Cookies {
		if a.Cookies[i].MatchesCookie(VisitorCookie) {
			n.cookie = &a.Cookies[i]
		}
	}
}

// providers opens the file that names providers, if the entry has use for one.
func (c *Collector) providers(a *policy.Activity) *address.Providers {
	file := a.Settings.String(settingProviders)
	if file == "" || !a.Has(fieldProvider) {
		return nil
	}
	names, err := address.OpenProviders(file)
	if err != nil {
		c.env.Log.Error("analytics: providers stay unknown", "error", err)
	}
	return names
}

// rows makes the rows of a request's events: those whose field is declared,
// with the beginning of a visit before the first of them.
func (c *Collector) rows(p *plan, v visit, r *http.Request, events []sent) []row {
	device := c.device(p, r)
	rows := make([]row, 0, len(events)+2)
	for i := range events {
		e := &events[i]
		if e.Type == firstVisit || e.Type == sessionStart || !p.activity.Has(fieldOf[e.Type]) {
			continue // visits are told by the server
		}
		if v.first {
			rows = append(rows, c.row(p, v, device, e, firstVisit, 2))
		}
		if v.start {
			rows = append(rows, c.row(p, v, device, e, sessionStart, 1))
		}
		v.first, v.start = false, false
		rows = append(rows, c.row(p, v, device, e, e.Type, 0))
	}
	return rows
}

// device is what a request itself tells, the same for all its events.
type device struct {
	agent                     agent.Agent
	site                      string
	network, region, provider string
}

func (c *Collector) device(p *plan, r *http.Request) device {
	a := address.Client(r, nil)
	return device{
		agent: c.agents.Read(r.UserAgent()), site: r.Host,
		network: address.Truncate(a, p.cut), region: address.Country(a), provider: p.names.Of(a),
	}
}

// row makes one row, with the columns in the manifest's order. Rows that the
// server adds take the id of the event that they come with, moved by shift, so
// that a repeated request stores them once too.
func (c *Collector) row(p *plan, v visit, d device, e *sent, what string, shift int64) row {
	word := func(field, s string) any {
		if !p.activity.Has(field) {
			return ""
		}
		return s
	}
	path, query := page(e.URL)
	about := p.about(what, e, query)
	return row{
		ID: c.beacon.RowID(e.id, shift, p.activity.Has(fieldTime)), Subject: v.subject,
		Values: []any{
			what,
			word(fieldPage, path),
			word(fieldReferrer, source(e.Referrer, d.site)),
			word(fieldCampaign, p.campaignOf(e, query)),
			about.depth, about.link, about.term, about.video, about.file,
			word(fieldLanguage, e.Language),
			word(fieldNetwork, d.network),
			word(fieldRegion, d.region),
			word(fieldProvider, d.provider),
			word(fieldBrowser, d.agent.Browser),
			word(fieldOS, d.agent.OS),
			word(fieldDevice, d.agent.Device),
			word(fieldScreen, size(e.Width, e.Height)),
		},
	}
}

// about is what an event of one type is about; the columns of the other types
// stay empty.
type about struct {
	depth                   any // int64, nil
	link, term, video, file string
}

func (p *plan) about(what string, e *sent, query url.Values) about {
	switch what {
	case scroll:
		n, _ := strconv.ParseInt(e.Value, 10, 64) // parse saw to it
		return about{depth: n}
	case outbound:
		return about{link: link(e.Value)}
	case search:
		if e.Value == "" {
			return about{term: term(first(query, p.search))}
		}
		return about{term: term(e.Value)}
	case video:
		return about{video: name(e.Value)}
	case download:
		return about{file: link(e.Value)}
	}
	return about{}
}

// campaignOf returns the campaign of an event: from the page's query, else as
// the browser took it from there.
func (p *plan) campaignOf(e *sent, query url.Values) string {
	if found := campaign(query, p.campaign); found != "" {
		return found
	}
	return term(e.Campaign)
}

// size returns the size of a screen as a word.
func size(width, height int) string {
	if width == 0 || height == 0 {
		return ""
	}
	var b [2*9 + 1]byte // as many digits as a message may name
	return string(strconv.AppendInt(append(strconv.AppendInt(b[:0], int64(width), 10), 'x'), int64(height), 10))
}
