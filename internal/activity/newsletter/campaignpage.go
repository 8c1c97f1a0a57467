package newsletter

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// campaignPage is one campaign: what it came to, and what can be done.
type campaignPage struct {
	page.Base
	Report
	Entry     string
	Segment   string
	About     []string // what its contents are
	Reach     Reach
	Obstacles []string
	Zone      string
	Zones     bool // readers' time zones are known
	Letter    string
	Site      string // address in the archive
	Languages []string
	Left      []string
	Texts     []textPart
}

type textPart struct{ Lang, Title, Text string }

// Share is how much of the campaign is dealt with, in percent.
func (p campaignPage) Share() int64 {
	t := p.Campaign.Tally
	if t.Recipients == 0 {
		return 0
	}
	return 100 * (t.Recipients - t.Waiting()) / t.Recipients
}

// row is one number of the report; Path opens the rows behind it where there are any.
type row struct{ Label, Count, Path string }

// Row makes a number of the report.
func (p campaignPage) Row(what string, count, kept int64) row {
	r := row{Label: p.T("report." + what), Count: p.Number(count)}
	if kept > 0 {
		r.Path = p.To(p.Letter + "/letters/" + what)
	}
	return r
}

// Whole is a count as Count takes it.
func (p campaignPage) Whole(n int64) int { return int(n) }

// When writes the campaign's time in its own zone.
func (p campaignPage) When() string {
	w := p.Campaign.When
	where, err := zone(w.Zone)
	if err != nil || w.At.IsZero() {
		return "–"
	}
	return i18n.DateIn(w.At, where, p.Lang) + ", " + w.At.In(where).Format("15:04") + " (" + w.Zone + ")"
}

// Ends reports whether nothing of the campaign is to come.
func (p campaignPage) Ends() bool {
	return p.Campaign.State == Done || p.Campaign.State == Cancelled
}

// Is reports whether the campaign is in one of some states.
func (p campaignPage) Is(states ...string) bool {
	return slices.Contains(states, string(p.Campaign.State))
}

// In names a language.
func (p campaignPage) In(lang string) string { return p.T("field.language." + lang) }

func (n *Newsletter) campaignPage(r *http.Request) (d campaignPage, a *policy.Activity, err error) {
	d = campaignPage{Base: n.env.Desk.Open(r, "newsletter"), Zone: n.Zone()}
	d.Here = deskPath
	if d.Report, err = n.Report(r.Context(), r.PathValue("id")); err != nil {
		return d, nil, err
	}
	c := &d.Campaign
	d.Title, d.Letter, d.Languages = c.Name, campaignsPath+"/"+c.ID, c.Languages()
	if c.Public && !c.Started.IsZero() && c.State != Cancelled {
		d.Site = n.env.Mail.Link(archivePath + "/" + c.ID)
	}
	if a, err = n.declared(c.Activity); err != nil {
		return d, nil, err
	}
	d.Entry, d.Zones, d.Segment = n.listTitle(a.Key, d.Lang), a.Has(fieldZone), c.Segment.Name
	described, err := n.Descriptions(r.Context(), a, d.Lang)
	for _, x := range described {
		if slices.Contains(c.Contents, x.ID) {
			d.About = append(d.About, x.Says)
		}
	}
	d.About = append(d.About, titles(topicsOf(a), append([]string{""}, c.Segment.Topics...), d.Lang)...)
	return d, a, err
}

// obstacles are what keeps a draft from leaving, in the page's language.
func (n *Newsletter) obstacles(ctx context.Context, d *campaignPage, a *policy.Activity) (err error) {
	c := &d.Campaign
	refuse := func(says string) { d.Obstacles = append(d.Obstacles, says) }
	if len(c.Languages()) == 0 {
		refuse(d.T("wrong.text"))
	}
	for _, lang := range c.Languages() {
		i, err := n.Issue(c, lang)
		if err != nil {
			refuse(d.In(lang) + ": " + said(err, d.Base))
			continue
		}
		if c.Public && i.Says("name") {
			refuse(d.In(lang) + ": " + d.T("wrong.public"))
		}
		for _, p := range i.Left {
			d.Left = append(d.Left, d.In(lang)+": "+p.In(d.Lang))
		}
	}
	s := c.asked()
	if len(c.Contents) == 0 {
		refuse(d.T("wrong.contents"))
	} else if s.Covers(a) != nil {
		refuse(d.T("wrong.topics"))
	}
	if _, err := n.Carrier(a); err != nil {
		refuse(d.T("wrong.carrier"))
	}
	if len(d.Obstacles) == 0 {
		d.Reach, err = n.Reach(ctx, c)
	}
	return err
}

func (n *Newsletter) showCampaign(w http.ResponseWriter, r *http.Request) error {
	return n.showOne(w, r, "")
}

// showOne shows a campaign, with a sentence that says what was done. While it
// leaves the page looks again every few seconds.
func (n *Newsletter) showOne(w http.ResponseWriter, r *http.Request, says string) error {
	d, a, err := n.campaignPage(r)
	if err != nil {
		return err
	}
	d.Says = says
	if d.Campaign.State == Draft {
		if err := n.obstacles(r.Context(), &d, a); err != nil {
			return err
		}
	}
	if d.Campaign.State == Sending {
		w.Header().Set("Refresh", "5; url="+d.To(d.Letter))
	}
	d.Form = page.Filled(url.Values{"zone": {d.Zone}, "at": {n.env.Clock.Now().Add(24*time.Hour).Format("2006-01-02") + "T10:00"}})
	return n.pages.Show(n.env.Desk, w, r, "campaign", d)
}

// sendCampaign has a draft leave, now or at a time.
func (n *Newsletter) sendCampaign(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	var when When
	if f.Value("when") == "later" {
		if when, err = timed(f.Value("at"), f.Value("zone"), f.Value("local") != ""); err != nil {
			return n.showOne(w, r, n.env.Desk.Open(r, "newsletter").T("wrong.when"))
		}
	}
	err = n.Schedule(r.Context(), r.PathValue("id"), when, who.ID)
	if errors.Is(err, ErrOver) {
		return n.showOne(w, r, n.env.Desk.Open(r, "newsletter").T("wrong.over"))
	}
	if err != nil {
		return err
	}
	return n.back(w, r, r.PathValue("id"))
}

// timed reads a time of the clock in a zone.
func timed(at, where string, local bool) (When, error) {
	z, err := zone(where)
	if err != nil {
		return When{}, err
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", at, z)
	if err != nil {
		return When{}, fault.New(fault.Invalid, "a time is like 2026-12-01T10:00")
	}
	return When{At: t.UTC(), Zone: where, Local: local}, nil
}

func (n *Newsletter) back(w http.ResponseWriter, r *http.Request, id string) error {
	http.Redirect(w, r, n.env.Desk.Open(r, "newsletter").To(campaignsPath+"/"+id), http.StatusSeeOther)
	return nil
}

// actOnCampaign pauses, resumes, cancels, copies or deletes a campaign.
func (n *Newsletter) actOnCampaign(w http.ResponseWriter, r *http.Request) error {
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	switch r.PathValue("act") {
	case "pause":
		err = n.Pause(r.Context(), id, who.ID)
	case "resume":
		err = n.Resume(r.Context(), id, who.ID)
	case "cancel":
		err = n.Cancel(r.Context(), id, who.ID)
	case "copy":
		id, err = n.Copy(r.Context(), id)
	case "delete":
		if err = n.Delete(r.Context(), id); err == nil {
			http.Redirect(w, r, n.env.Desk.Open(r, "newsletter").To(campaignsPath), http.StatusSeeOther)
			return nil
		}
	default:
		return fault.New(fault.NotFound, "there is no such page")
	}
	if err != nil {
		return err
	}
	return n.back(w, r, id)
}
