package meeting

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/page"
)

// deskPath is where the kind's pages of the console lie.
const deskPath = "/meetings"

// shown is how many conferences the list shows.
const shown = 200

// deskPage is what the kind's pages of the console share.
type deskPage struct {
	page.Base
	titles map[string]string // of the entries, by key
}

func (m *Register) desk(r *http.Request) deskPage {
	d := deskPage{Base: m.env.Desk.Open(r, section), titles: map[string]string{}}
	for _, a := range m.entries() {
		d.titles[a.Key] = cmp.Or(a.Title.In(d.Lang), kind().Title.In(d.Lang))
	}
	if len(d.titles) > 1 { // two without a title of their own would be called the same
		for _, a := range m.entries() {
			if len(a.Title) == 0 {
				d.titles[a.Key] += " (" + a.Key + ")"
			}
		}
	}
	return d
}

// Entry is what people call an entry of the policy.
func (p deskPage) Entry(key string) string { return cmp.Or(p.titles[key], key) }

type listPage struct {
	deskPage
	Conferences []Conference
}

func (m *Register) list(w http.ResponseWriter, r *http.Request) error {
	d := listPage{deskPage: m.desk(r)}
	d.Title = d.T("list.title")
	var err error
	if d.Conferences, err = m.List(r.Context(), shown); err != nil {
		return err
	}
	return pages.Show(m.env.Desk, w, r, "list", d)
}

type onePage struct {
	deskPage
	View
	Fields    []string // of the people, that anything is known of
	zone      *time.Location
	Text      *Announcement
	MayStart  bool
	MayRecord bool
	Records   bool     // the entry lets recordings be made
	Causes    []string // of deletion that a rule of the policy counts from
}

// Single reports whether what is kept of one person can be deleted alone.
func (p onePage) Single() bool {
	return slices.ContainsFunc(p.Causes, func(c string) bool { return c != string(PurposeEnd) })
}

// Value returns what is known of a person, times as the controller's clock shows them.
func (p onePage) Value(who Participation, field string) string {
	text := who.Values[field]
	switch field {
	case "participation":
		return shownStays(text, p.zone, p.Lang)
	case "duration":
		if d, err := time.ParseDuration(text); err == nil {
			return lasted(d)
		}
	}
	return text
}

// shownStays tells each stay of a person: from when to when.
func shownStays(text string, zone *time.Location, lang string) string {
	var each []string
	if err := json.Unmarshal([]byte(text), &each); err != nil {
		return text
	}
	for i, stay := range each {
		from, to, _ := strings.Cut(stay, "/")
		begin, bad := time.Parse(time.RFC3339Nano, from)
		end, worse := time.Parse(time.RFC3339Nano, to)
		if bad != nil || worse != nil {
			continue
		}
		begin, end = begin.In(zone), end.In(zone)
		until := end.Format("15:04")
		if begin.Format(time.DateOnly) != end.Format(time.DateOnly) {
			until = i18n.DateTimeIn(end, zone, lang)
		}
		each[i] = i18n.DateTimeIn(begin, zone, lang) + " – " + until
	}
	return strings.Join(each, ", ")
}

// lasted writes a length of time in hours and minutes.
func lasted(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	return fmt.Sprintf("%d:%02d h", minutes/60, minutes%60)
}

// ToCome reports whether the conference is announced and was not held yet.
func (p onePage) ToCome() bool { return p.End.IsZero() && p.Tool == announced }

// Invited is when the recording was announced with the invitation.
func (p onePage) Invited() time.Time { return p.Told[Invitation] }

// Started is when it was announced right before the start.
func (p onePage) Started() time.Time { return p.Told[Start] }

// Field names a field as the policy language does.
func (p onePage) Field(name string) string { return fieldTitle(name, p.Lang) }

func fieldTitle(name, lang string) string {
	for _, f := range fields() {
		if f.Name == name {
			return f.Title.In(lang)
		}
	}
	return name
}

func (m *Register) one(w http.ResponseWriter, r *http.Request) error {
	return m.show(w, r, "", nil)
}

// show shows one conference, with a sentence that says what was done.
func (m *Register) show(w http.ResponseWriter, r *http.Request, says string, text *Announcement) error {
	who, err := m.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := onePage{deskPage: m.desk(r), Text: text, zone: m.env.Policy().Zone()}
	d.Here = deskPath
	if d.View, err = m.Look(r.Context(), r.PathValue("id"), who.ID); err != nil {
		return err
	}
	d.Title, d.Says = cmp.Or(d.Topic, d.T("one.title")), says
	for _, f := range personFields {
		for _, p := range d.People {
			if p.Values[f] != "" && f != "topic" { // the page's title
				d.Fields = append(d.Fields, f)
				break
			}
		}
	}
	if err := m.can(r, &d); err != nil {
		return err
	}
	return pages.Show(m.env.Desk, w, r, "one", d)
}

// can works out which of the page's buttons would do something.
func (m *Register) can(r *http.Request, d *onePage) error {
	a, err := m.records(d.Activity)
	if err == nil {
		told, err := m.told(r.Context(), m.env.DB, d.ID)
		if err != nil {
			return err
		}
		text := m.Wording(a, d.ID)
		_, started := told[Start]
		d.Records = true
		d.MayStart = !started && may(d.Conference, told, Start, text, m.env.Clock.Now()) == nil
		d.MayRecord = m.mayRecord(r.Context(), m.env.DB, a, d.Conference, time.Time{}) == nil
	}
	if a, err = m.entry(d.Activity); err == nil {
		for _, c := range []Cause{Requested, Revoked, PurposeEnd} {
			who := ""
			if c != PurposeEnd {
				who = "x"
			}
			if answers(a, c, who) == nil {
				d.Causes = append(d.Causes, string(c))
			}
		}
	}
	return nil
}

type importPage struct {
	deskPage
	Activities []string
	Checked    bool
	Problems   Problems
	Result     Result
	Report     Report
	File       page.File // comes back with the button, so that what was looked at is what is taken in
}

// Field names a field as the policy language does.
func (p importPage) Field(name string) string { return fieldTitle(name, p.Lang) }

// Told names fields in a list.
func (p importPage) Told(names []string) string {
	titles := make([]string, len(names))
	for i, n := range names {
		titles[i] = p.Field(n)
	}
	return strings.Join(titles, ", ")
}

func (m *Register) importPage(r *http.Request) importPage {
	d := importPage{deskPage: m.desk(r)}
	d.Here, d.Title = deskPath, d.T("import.title")
	for _, a := range m.entries() {
		d.Activities = append(d.Activities, a.Key)
	}
	return d
}

func (m *Register) importForm(w http.ResponseWriter, r *http.Request) error {
	d := m.importPage(r)
	d.Form = page.Filled(url.Values{"zone": {m.env.Policy().Zone().String()}, "conference": {r.URL.Query().Get("conference")}})
	return pages.Show(m.env.Desk, w, r, "import", d)
}

// takeIn checks a report, or takes in what was checked.
func (m *Register) takeIn(w http.ResponseWriter, r *http.Request) error {
	f, file, err := page.Chosen(r, "report", MaxReport)
	if err != nil {
		return err
	}
	who, err := m.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := m.importPage(r)
	d.Form, d.Checked, d.File = f, true, file
	reading := Reading{Name: file.Name}
	if o := f.Value("order"); o != "any" {
		reading.Order = o
	}
	if reading.Zone, err = time.LoadLocation(f.Value("zone")); err != nil {
		d.Form.Refuse("zone", d.T("import.zone"))
	}
	if day := f.Value("day"); day != "" {
		if reading.Day, err = time.Parse(time.DateOnly, day); err != nil {
			d.Form.Refuse("day", d.T("import.day"))
		}
	}
	if d.Form.Refused() {
		d.Checked, d.Status = false, http.StatusBadRequest
		return pages.Show(m.env.Desk, w, r, "import", d)
	}
	d.Report, d.Problems = Read(file.Data, reading)
	if len(d.Problems) > 0 {
		d.Status = http.StatusBadRequest
		return pages.Show(m.env.Desk, w, r, "import", d)
	}
	trial := f.Value("do") != "import"
	d.Result, err = m.Import(r.Context(), Order{Activity: f.Value("activity"), Conference: f.Value("conference"), Report: d.Report, Source: file.Data, DryRun: trial, By: who.ID})
	if err != nil {
		return err
	}
	if trial || d.Result.Known {
		return pages.Show(m.env.Desk, w, r, "import", d)
	}
	http.Redirect(w, r, d.To(deskPath+"/"+d.Result.Conference), http.StatusSeeOther)
	return nil
}
