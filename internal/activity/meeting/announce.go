package meeting

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// Step is one of the two announcements of a recording.
type Step string

// The steps.
const (
	Invitation Step = "invitation"
	Start      Step = "start"
)

// shortly is how long before the planned start "right before the start" begins.
const shortly = 15 * time.Minute

// Plan is a conference that will be held and may be recorded.
type Plan struct {
	Activity  string
	Topic     string
	Start     time.Time
	Organiser string   // address of who invites
	People    []string // addresses of who is invited
	By        string
}

// Announcement is what people are told of a recording, in both languages.
type Announcement struct {
	Conference string    `json:"conference"`
	Step       Step      `json:"step"`
	At         time.Time `json:"at"`
	German     string    `json:"de"`
	English    string    `json:"en"`
	Stop       string    `json:"stop"` // path of the page that stops the recording
}

// Invite notes a conference that is to be recorded and announces that with the
// invitation. Refused if the policy does not let this activity record.
func (m *Register) Invite(ctx context.Context, p Plan) (Announcement, error) {
	a, err := m.records(p.Activity)
	if err != nil {
		return Announcement{}, err
	}
	if p.Start.IsZero() || p.Start.Before(m.env.Clock.Now()) {
		return Announcement{}, fault.New(fault.Invalid, "an invitation names a start that is still to come")
	}
	topic, ok := clean(p.Topic, maxValue)
	if !ok {
		return Announcement{}, fault.New(fault.Invalid, "the topic is text of at most %d bytes", maxValue)
	}
	r := Report{Topic: topic, Tool: announced}
	for i, address := range append([]string{p.Organiser}, p.People...) {
		if address == "" && i == 0 {
			continue
		}
		if _, err := mail.Normalise(address); err != nil {
			return Announcement{}, err
		}
		r.People = append(r.People, Person{Organises: i == 0, Values: map[string]string{"email": address}})
	}
	var told Announcement
	err = m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := m.planned(ctx, tx, a, p, topic)
		if err != nil {
			return err
		}
		if a.Has("email") {
			if err := m.people(ctx, tx, a, c, Order{Report: r}, &Result{}); err != nil {
				return err
			}
		}
		told, err = m.announce(ctx, tx, a, c, Invitation, p.By)
		return err
	})
	if err != nil {
		return Announcement{}, fmt.Errorf("announce a recording: %w", err)
	}
	return told, nil
}

// planned finds the conference of a plan, or makes it.
func (m *Register) planned(ctx context.Context, tx *store.Tx, a *policy.Activity, p Plan, topic string) (Conference, error) {
	mark := m.mark(a, announced, "", topic, p.Start)
	found, err := conferencesWhere(ctx, tx, "mark = $1", mark)
	if err != nil {
		return Conference{}, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	c := Conference{ID: store.NewID(), Activity: a.Key, Tool: announced, Start: p.Start}
	return c, m.insert(ctx, tx, a, c, mark, p.Start)
}

// Announce announces the recording of a conference once more, right before the
// start. Conflict if it was not announced with the invitation, if it is too
// early, if what people were told then holds no more, or if somebody stopped it.
func (m *Register) Announce(ctx context.Context, id string, step Step, by string) (Announcement, error) {
	var told Announcement
	err := m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := conference(ctx, tx, id)
		if err != nil {
			return err
		}
		a, err := m.records(c.Activity)
		if err != nil {
			return err
		}
		told, err = m.announce(ctx, tx, a, c, step, by)
		return err
	})
	if err != nil {
		return Announcement{}, fmt.Errorf("announce a recording: %w", err)
	}
	return told, nil
}

// records returns the entry called key if it may record at all.
func (m *Register) records(key string) (*policy.Activity, error) {
	a, err := m.entry(key)
	if err != nil {
		return nil, err
	}
	if len(a.Settings.Group("recording")) == 0 || !a.Has("announcements") {
		return nil, fault.New(fault.Refused, "the policy does not let %s record: it has no setting recording, or does not list announcements", a.Key)
	}
	return a, nil
}

func (m *Register) announce(ctx context.Context, tx *store.Tx, a *policy.Activity, c Conference, step Step, by string) (Announcement, error) {
	now := m.env.Clock.Now()
	told, err := m.told(ctx, tx, c.ID)
	if err != nil {
		return Announcement{}, err
	}
	text := m.Wording(a, c.ID)
	text.Step, text.At = step, now
	if err := may(c, told, step, text, now); err != nil {
		return Announcement{}, err
	}
	if before, ok := told[step]; ok && before.text == text.whole() {
		text.At = before.at
		return text, m.sendLetters(ctx, tx, c, step) // somebody may have been invited since
	}
	if step == Invitation { // people are told something else than before: it begins anew
		if _, err := tx.ExecContext(ctx, "delete from meeting_announcement where conference = $1", c.ID); err != nil {
			return Announcement{}, store.Classify(err)
		}
	}
	_, err = tx.ExecContext(ctx, "insert into meeting_announcement (id, conference, step, at, text) values ($1, $2, $3, $4, $5)",
		store.NewID(), c.ID, string(step), store.At(now), text.whole())
	if err != nil {
		return Announcement{}, store.Classify(err)
	}
	if _, err := m.env.Ledger.Append(ctx, tx, leafAnnounced, map[string]any{"conference": c.ID, "activity": a.Key, "step": string(step), "by": cmp.Or(by, "staff")}); err != nil {
		return Announcement{}, err
	}
	return text, m.sendLetters(ctx, tx, c, step)
}

// sendLetters has an announcement written to everybody who has not got it.
func (m *Register) sendLetters(ctx context.Context, tx *store.Tx, c Conference, step Step) error {
	_, err := m.env.Jobs.Enqueue(ctx, tx, job.New{Kind: letterJob, Key: c.ID + "/" + string(step), Payload: letter{Conference: c.ID, Step: string(step)}})
	return err
}

// leafAnnounced is the ledger's word for an announcement.
const leafAnnounced = "meeting.announced"

// may says why a step cannot be made now.
func may(c Conference, told map[Step]telling, step Step, text Announcement, now time.Time) error {
	invited, ok := told[Invitation]
	switch {
	case step != Invitation && step != Start:
		return fault.New(fault.Invalid, "a recording is announced with the invitation or right before the start")
	case !c.Blocked.IsZero():
		return fault.New(fault.Conflict, "a participant stopped the recording of this conference")
	case !c.End.IsZero():
		return fault.New(fault.Conflict, "the conference is over; a recording is announced before it is made")
	case step == Invitation:
		return nil
	case !ok:
		return fault.New(fault.Conflict, "the recording was not announced with the invitation")
	case invited.text != text.whole():
		return fault.New(fault.Conflict, "the policy says something else of the recording than the invitation did; announce it with a new invitation")
	case !c.Start.IsZero() && now.Before(c.Start.Add(-shortly)):
		return fault.New(fault.Conflict, "right before the start is at most %d minutes before it", int(shortly/time.Minute))
	}
	return nil
}

// telling is an announcement as it is stored.
type telling struct {
	id   string // of this announcement: one in other words has another
	at   time.Time
	text string
}

func (m *Register) told(ctx context.Context, q store.Querier, conference string) (map[Step]telling, error) {
	rows, err := q.QueryContext(ctx, "select id, step, at, text from meeting_announcement where conference = $1", conference)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	found := map[Step]telling{}
	for rows.Next() {
		var id, step, text string
		var at store.Time
		if err := rows.Scan(&id, &step, &at, &text); err != nil {
			return nil, err
		}
		found[Step(step)] = telling{id, at.Time, text}
	}
	return found, store.Classify(rows.Err())
}

// whole is the text in both languages, as it is stored and compared. The stop
// page's path stands in it, its host does not: that is the instance's.
func (t Announcement) whole() string { return t.German + "\n" + t.English }

// Wording says what people are told of a recording, from the policy alone.
func (m *Register) Wording(a *policy.Activity, conference string) Announcement {
	t := Announcement{Conference: conference, Stop: stopPath + m.token(conference)}
	t.German = m.wording(a, i18n.German, t.Stop)
	t.English = m.wording(a, i18n.English, t.Stop)
	return t
}

func (m *Register) wording(a *policy.Activity, lang, stop string) string {
	p := m.env.Policy()
	set := a.Settings.Group("recording")
	said := []string{i18n.T(lang, "meeting.say.recorded", p.Controller.Name)}
	add := func(key, text string) {
		if text != "" {
			said = append(said, i18n.T(lang, "meeting.say."+key, strings.TrimSuffix(text, ".")))
		}
	}
	add("purpose", set.Text("purpose").In(lang))
	add("responsible", set.Text("responsible").In(lang))
	var access []string
	for _, key := range set.Strings("access") {
		if d := p.Department(key); d != nil {
			access = append(access, d.Title.In(lang))
		}
	}
	add("access", i18n.List(access, lang))
	add("recipients", cmp.Or(i18n.List(recipients(p, a), lang), i18n.T(lang, "meeting.say.nobody")))
	add("place", set.Text("place").In(lang))
	add("period", strings.Join(periods(a, lang), "; "))
	return strings.Join(append(said, i18n.T(lang, "meeting.say.stop"), stop), "\n")
}

// recorded are the fields that a recording consists of.
var recorded = append([]string{"audio", "video"}, recordingFields[2:]...)

// recipients are who gets any of a recording.
func recipients(p *policy.Policy, a *policy.Activity) []string {
	var names []string
	for _, d := range a.Recipients {
		gets := slices.ContainsFunc(d.Fields, func(f policy.Ref) bool {
			return f.Name == "recording" || f.Name == "assistant" || slices.Contains(recorded, f.Name)
		})
		if r := p.Recipient(d.Recipient); r != nil && gets {
			names = append(names, r.Name)
		}
	}
	return names
}

// periods are how long a recording stays: every rule that can end it, in a sentence
// of its own for each of the kind's moments.
func periods(a *policy.Activity, lang string) []string {
	var said []string
	for _, f := range recorded {
		if !a.Has(f) {
			continue
		}
		for _, r := range a.RulesFor(f) {
			text := i18n.T(lang, "meeting.say.once."+r.From)
			if !r.Keep.IsZero() {
				text = i18n.T(lang, "meeting.say.after."+r.From, r.Keep.In(lang))
			}
			if r.Until == policy.EndOfYear {
				text = i18n.T(lang, "meeting.say.year", text)
			}
			if !slices.Contains(said, text) {
				said = append(said, text)
			}
		}
	}
	return said
}

// token makes the link of a conference: its id and 128 bits that only this
// instance's key gives. Nothing of it is stored.
func (m *Register) token(id string) string {
	return id + base64.RawURLEncoding.EncodeToString(m.env.Vault.Index(stopSpace, id))
}

const stopSpace = "meeting/stop"

// Linked returns a text of an announcement with the whole address of its stop
// page, below base (https://www.example.org) or as the instance is reached.
func (m *Register) Linked(t Announcement, text, base string) string {
	address := m.address(t.Stop)
	if base != "" {
		address = strings.TrimSuffix(base, "/") + t.Stop
	}
	return strings.ReplaceAll(text, t.Stop, address)
}

// address makes a path of the site's door whole, where the instance knows how
// people reach it.
func (m *Register) address(path string) string {
	if m.env.Mail == nil {
		return path
	}
	return m.env.Mail.Link(path)
}
