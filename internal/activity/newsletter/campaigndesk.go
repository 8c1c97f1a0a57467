package newsletter

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kept/internal/access"
	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
)

// campaignsPath is where campaigns stand in the console.
const campaignsPath = deskPath + "/campaigns"

// maxDraft bounds the form of a campaign: both languages.
const maxDraft = 4 * maxCampaign

// campaignRoutes are the lines of campaigns in the access table.
func (n *Newsletter) campaignRoutes() []access.Route {
	site := func(pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Site, Method: http.MethodGet, Pattern: pattern, Right: access.Anyone, Handle: h}
	}
	desk := func(method, pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: campaignsPath + pattern, Right: access.Newsletter, MaxBody: maxDraft, Handle: h}
	}
	return []access.Route{
		site(goPath+"{token}", n.goTo),
		site(seenPath+"{token}", n.seen),
		site(archivePath, n.archive),
		site(archivePath+".atom", n.feed),
		site(archivePath+"/{id}", n.archived),
		desk(http.MethodGet, "", n.listCampaigns),
		desk(http.MethodGet, "/new", n.newCampaign),
		desk(http.MethodPost, "/new", n.keepCampaign),
		desk(http.MethodGet, "/{id}", n.showCampaign),
		desk(http.MethodGet, "/{id}/edit", n.editCampaign),
		desk(http.MethodPost, "/{id}/edit", n.keepCampaign),
		desk(http.MethodGet, "/{id}/preview", n.previewCampaign),
		desk(http.MethodGet, "/{id}/letter", n.showLetter),
		desk(http.MethodGet, "/{id}/letters/{state}", n.listLetters),
		desk(http.MethodPost, "/{id}/test", n.testCampaign),
		desk(http.MethodPost, "/{id}/send", n.sendCampaign),
		desk(http.MethodPost, "/{id}/{act}", n.actOnCampaign),
	}
}

type campaignsPage struct {
	page.Base
	Campaigns []Campaign
	Entries   []*policy.Activity
}

// Of names the newsletter that a campaign is of.
func (p campaignsPage) Of(key string) string {
	for _, a := range p.Entries {
		if a.Key == key {
			return a.Title.In(p.Lang)
		}
	}
	return key
}

func (n *Newsletter) listCampaigns(w http.ResponseWriter, r *http.Request) error {
	d := campaignsPage{Base: n.env.Desk.Open(r, "newsletter"), Entries: n.entries()}
	d.Title, d.Here = d.T("campaigns.title"), deskPath
	var err error
	if d.Campaigns, err = n.Campaigns(r.Context(), 200); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "campaigns", d)
}

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
			f.Refuse(field, said(err, t.Lang))
		}
	}
	if len(c.Sources) == 0 {
		f.Refuse("body-"+i18n.Languages()[0], t.T("wrong.text"))
	}
}

// said words an error for who wrote the text.
func said(err error, lang string) string {
	if p, ok := err.(*issue.Problem); ok { //nolint:errorlint // Compile returns it as it is
		return p.In(lang)
	}
	return err.Error()
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
	return w.At.In(where).Format("2006-01-02 15:04") + " " + w.Zone
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
	d = campaignPage{Base: n.env.Desk.Open(r, "newsletter"), Zone: HouseZone()}
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
			refuse(d.In(lang) + ": " + said(err, d.Lang))
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
	if err := n.Schedule(r.Context(), r.PathValue("id"), when, who.ID); err != nil {
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

// lettersPage are the letters behind a number, with whose they are.
type lettersPage struct {
	page.Base
	Campaign Campaign
	State    string
	Letters  []LetterRow
	More     bool
	Back     string
}

// LetterRow is one letter with what is kept of it.
type LetterRow struct {
	Address string
	Sent    time.Time
	Opened  time.Time
	Outcome string
	Code    int
	Status  string
	Clicks  []click

	Restricted bool // who it is is not shown (Art. 18(2) GDPR)
}

// shownLetters is how many letters a page shows.
const shownLetters = 200

// lettersWhere says which letters a number of the report stands for.
var lettersWhere = map[string]string{
	"sent": "outcome = 'sent'", "refused": "outcome = 'refused'", "bounced": "outcome = 'bounced'", "complained": "outcome = 'complained'",
	"opened": "opened_at is not null", "clicked": "clicks is not null", "waiting": "due_at is not null",
}

// listLetters opens the rows behind a number. That it was done goes into the ledger.
func (n *Newsletter) listLetters(w http.ResponseWriter, r *http.Request) error {
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := lettersPage{Base: n.env.Desk.Open(r, "newsletter"), State: r.PathValue("state")}
	if d.Campaign, err = n.Campaign(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	if lettersWhere[d.State] == "" {
		return fault.New(fault.NotFound, "there is no such page")
	}
	d.Title, d.Here, d.Back = d.T("letters."+d.State), deskPath, d.To(campaignsPath+"/"+d.Campaign.ID)
	if d.Letters, d.More, err = n.letters(r.Context(), &d.Campaign, d.State); err != nil {
		return err
	}
	err = n.env.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := n.env.Ledger.Append(ctx, tx, "newsletter.letters-opened", map[string]any{"staff": who.ID, "campaign": d.Campaign.ID, "state": d.State, "count": len(d.Letters)})
		return err
	})
	if err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "letters", d)
}

func (n *Newsletter) letters(ctx context.Context, c *Campaign, state string) (found []LetterRow, more bool, err error) {
	a, err := n.declared(c.Activity)
	if err != nil {
		return nil, false, err
	}
	restricted, err := n.env.Subjects.Restricted(ctx)
	if err != nil {
		return nil, false, err
	}
	rows, err := n.env.DB.QueryContext(ctx, `select d.subject, s.email, d.sent_at, d.opened_at, coalesce(d.outcome, ''), coalesce(d.code, 0), coalesce(d.status, ''), d.clicks
		from newsletter_dispatch d left join newsletter_subscriber s on s.id = d.subscription where d.campaign = $1 and d.`+lettersWhere[state]+" order by d.id limit $2", c.ID, shownLetters+1)
	if err != nil {
		return nil, false, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l LetterRow
		var subject string
		var email []byte
		var sent, opened store.Time
		var clicks store.JSON[[]click]
		if err := rows.Scan(&subject, &email, &sent, &opened, &l.Outcome, &l.Code, &l.Status, &clicks); err != nil {
			return nil, false, err
		}
		if restricted[subject] {
			found = append(found, LetterRow{Restricted: true})
			continue
		}
		open := n.quick(ctx, n.env.Vault, a, subject)
		l.Address, l.Sent, l.Opened, l.Clicks = open.field(fieldEmail, email), sent.Time, opened.Time, clicks.V
		if open.Err() != nil {
			return nil, false, open.Err()
		}
		found = append(found, l)
	}
	if len(found) > shownLetters {
		found, more = found[:shownLetters], true
	}
	return found, more, store.Classify(rows.Err())
}
