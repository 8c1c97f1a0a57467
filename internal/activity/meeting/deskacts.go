package meeting

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/page"
)

type newPage struct {
	deskPage
	Activities []string
	Text       *Announcement
	Words      [2]string // the text in both languages, with the whole address
}

func (m *Register) newPage(r *http.Request) newPage {
	d := newPage{deskPage: m.desk(r)}
	d.Here, d.Title = deskPath, d.T("new.title")
	for _, a := range m.entries() {
		if _, err := m.records(a.Key); err == nil {
			d.Activities = append(d.Activities, a.Key)
		}
	}
	return d
}

func (m *Register) invitationForm(w http.ResponseWriter, r *http.Request) error {
	d := m.newPage(r)
	d.Form = page.Filled(url.Values{"zone": {m.env.Policy().Zone().String()}})
	return pages.Show(m.env.Desk, w, r, "new", d)
}

// begin reads when a conference begins: by the clock of a zone, or with its zone.
func begin(text, zone string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04Z07:00", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	where, err := time.LoadLocation(zone)
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation("2006-01-02T15:04", text, where)
}

// invite announces a recording with the invitation and shows the text for it.
func (m *Register) invite(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	who, err := m.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := m.newPage(r)
	d.Form = f
	if _, err := time.LoadLocation(f.Value("zone")); err != nil {
		d.Form.Refuse("zone", d.T("import.zone"))
	}
	start, err := begin(f.Value("start"), f.Value("zone"))
	if err != nil {
		d.Form.Refuse("start", d.T("new.start"))
	}
	if d.Form.Refused() {
		d.Status = http.StatusBadRequest
		return pages.Show(m.env.Desk, w, r, "new", d)
	}
	text, err := m.Invite(r.Context(), Plan{
		Activity: f.Value("activity"), Topic: f.Value("topic"), Start: start, Organiser: f.Value("organiser"),
		People: strings.FieldsFunc(f.Value("people"), func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' || r == ' ' }), By: who.ID,
	})
	if err != nil {
		return err
	}
	d.Text, d.Words = &text, m.words(text)
	return pages.Show(m.env.Desk, w, r, "new", d)
}

func (m *Register) words(t Announcement) [2]string {
	return [2]string{m.Linked(t, t.German, ""), m.Linked(t, t.English, "")}
}

// Words are the announcement's texts with the whole address of the stop page.
func (p onePage) Words() []string { return []string{p.Text.German, p.Text.English} }

func (m *Register) start(w http.ResponseWriter, r *http.Request) error {
	who, err := m.env.Desk.Person(r)
	if err != nil {
		return err
	}
	text, err := m.Announce(r.Context(), r.PathValue("id"), Start, who.ID)
	if err != nil {
		return err
	}
	both := m.words(text)
	text.German, text.English = both[0], both[1]
	return m.show(w, r, m.env.Desk.Open(r, section).T("one.started"), &text)
}

func (m *Register) register(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	who, err := m.env.Desk.Person(r)
	if err != nil {
		return err
	}
	content := Content{Values: map[string]string{}}
	for _, field := range recordingFields {
		content.Values[field] = f.Value(field)
	}
	if _, err := m.Record(r.Context(), r.PathValue("id"), content, who.ID); err != nil {
		return err
	}
	http.Redirect(w, r, deskPath+"/"+r.PathValue("id"), http.StatusSeeOther)
	return nil
}

func (m *Register) remove(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	who, err := m.env.Desk.Person(r)
	if err != nil {
		return err
	}
	id, cause := r.PathValue("id"), Cause(f.Value("cause"))
	if _, err := m.Delete(r.Context(), id, f.Value("participation"), cause, who.ID, false); err != nil {
		return err
	}
	if _, err := conference(r.Context(), m.env.DB, id); fault.Is(err, fault.NotFound) {
		id = ""
	}
	http.Redirect(w, r, strings.TrimSuffix(deskPath+"/"+id, "/"), http.StatusSeeOther)
	return nil
}
