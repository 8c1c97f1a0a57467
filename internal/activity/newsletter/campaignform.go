package newsletter

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// composePage is the form of a campaign.
type composePage struct {
	page.Base
	ID           string
	Entry        *policy.Activity
	Segments     []option
	Topics       []option
	Descriptions []option
	Problems     []string
}

// option is one line of a list to choose from.
type option struct {
	Value, Label string
	Chosen       bool
}

func (n *Newsletter) newCampaign(w http.ResponseWriter, r *http.Request) error {
	a, err := n.declared(r.URL.Query().Get("entry"))
	if err != nil {
		return err
	}
	c := Campaign{Activity: a.Key, Format: issue.Markdown, Contents: []string{contentsOf(a)}}
	last, err := n.Campaigns(r.Context(), 1)
	if err != nil {
		return err
	}
	if len(last) > 0 { // providers want the same next time
		c.Pace = last[0].Pace
	}
	return n.showForm(w, r, a, c, nil)
}

func (n *Newsletter) editCampaign(w http.ResponseWriter, r *http.Request) error {
	c, err := n.Campaign(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	a, err := n.declared(c.Activity)
	if err != nil {
		return err
	}
	return n.showForm(w, r, a, c, nil)
}

func (n *Newsletter) showForm(w http.ResponseWriter, r *http.Request, a *policy.Activity, c Campaign, form *page.Form) error {
	d := composePage{Base: n.env.Desk.Open(r, "newsletter"), ID: c.ID, Entry: a}
	d.Title, d.Here = d.T("compose.title"), deskPath
	if form == nil {
		f := page.Filled(url.Values{"campaign": {c.Name}, "format": {string(c.Format)}, "pace": {c.Pace}, "public": {yes(c.Public)},
			"title-de": {c.Sources["de"].Title}, "body-de": {c.Sources["de"].Body}, "title-en": {c.Sources["en"].Title}, "body-en": {c.Sources["en"].Body}})
		form = &f
	} else {
		d.Status = http.StatusBadRequest
	}
	d.Form = *form
	if err := n.choices(r.Context(), &d, a, c); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "compose", d)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// choices are what a campaign can ask for: segments, topics, and which consents
// cover it.
func (n *Newsletter) choices(ctx context.Context, d *composePage, a *policy.Activity, c Campaign) error {
	segments, err := n.Segments(ctx, a)
	if err != nil {
		return err
	}
	for _, s := range segments {
		d.Segments = append(d.Segments, option{s.ID, s.Name, s.ID == c.Segment.ID})
	}
	for _, t := range topicsOf(a) {
		d.Topics = append(d.Topics, option{t.Name, t.Text.In(d.Lang), slices.Contains(c.Segment.Topics, t.Name)})
	}
	described, err := n.Descriptions(ctx, a, d.Lang)
	for _, x := range described {
		label := x.Says
		if !x.Now {
			label = d.T("compose.earlier", x.Says)
		}
		d.Descriptions = append(d.Descriptions, option{x.ID, label + " (" + d.Count("people", int(x.People)) + ")", slices.Contains(c.Contents, x.ID)})
	}
	return err
}

// keepCampaign keeps what was typed, and shows what is wrong with it.
func (n *Newsletter) keepCampaign(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	c := Campaign{ID: r.PathValue("id"), Activity: f.Value("entry")}
	if c.ID != "" {
		if c, err = n.Campaign(r.Context(), c.ID); err != nil {
			return err
		}
	}
	a, err := n.declared(c.Activity)
	if err != nil {
		return err
	}
	c.Name, c.Format, c.Pace, c.Public, c.Contents = f.Value("campaign"), issue.Format(f.Value("format")), f.Value("pace"), f.Value("public") != "", f.Values("contents")
	c.Sources = map[string]issue.Source{}
	for _, lang := range i18n.Languages() {
		if s := (issue.Source{Title: f.Value("title-" + lang), Body: f.Value("body-" + lang)}); !s.Empty() {
			c.Sources[lang] = s
		}
	}
	if c.Segment, err = n.chosenSegment(r.Context(), a, f.Value("segment"), f.Values("topic")); err != nil {
		return err
	}
	t := n.env.Desk.Open(r, "newsletter")
	n.refuseWrong(&f, t, &c)
	if f.Refused() {
		return n.showForm(w, r, a, c, &f)
	}
	id, err := n.Compose(r.Context(), c)
	if err != nil {
		return err
	}
	http.Redirect(w, r, t.To(campaignsPath+"/"+id+"/preview"), http.StatusSeeOther)
	return nil
}

// refuseWrong says beside each field what is wrong with it.
func (n *Newsletter) refuseWrong(f *page.Form, t page.Base, c *Campaign) {
	if c.Name == "" || len(c.Name) > maxName {
		f.Refuse("campaign", t.T("wrong.campaign"))
	}
	if _, err := parsePace(c.Pace); err != nil {
		f.Refuse("pace", t.T("wrong.pace"))
	}
	for lang, s := range c.Sources {
		if _, err := n.Issue(c, lang); err != nil {
			field := "body-" + lang
			if s.Title == "" || len(s.Title) > 250 {
				field = "title-" + lang
			}
			f.Refuse(field, said(err, t))
		}
	}
	if len(c.Sources) == 0 {
		f.Refuse("body-"+i18n.Languages()[0], t.T("wrong.text"))
	}
}

// said words an error for who wrote the text.
func said(err error, t page.Base) string {
	if p, ok := err.(*issue.Problem); ok { //nolint:errorlint // Compile returns it as it is
		return p.In(t.Lang)
	}
	text, _ := t.Refusal(err)
	return text
}

// chosenSegment returns a stored segment, or everybody, about some topics.
func (n *Newsletter) chosenSegment(ctx context.Context, a *policy.Activity, id string, topics []string) (Segment, error) {
	s := Segment{Activity: a.Key}
	if id != "" {
		all, err := n.Segments(ctx, a)
		if err != nil {
			return s, err
		}
		at := slices.IndexFunc(all, func(s Segment) bool { return s.ID == id })
		if at < 0 {
			return s, fault.New(fault.NotFound, "there is no such segment any more")
		}
		s = all[at]
	}
	if len(topics) > 0 {
		s.Topics = topics
	}
	return s, nil
}
