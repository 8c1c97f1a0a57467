package meeting

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Order is a report that is to be taken in.
type Order struct {
	Activity   string // key of the entry; may be empty if there is one
	Conference string // id of the conference that it belongs to, if it was announced; empty: as the report says
	Report     Report
	Source     []byte // what is known again: the file's bytes, a message's id
	DryRun     bool
	By         string // who takes it in, for the ledger
}

// Result is what an import did, or would do.
type Result struct {
	Conference string `json:"conference,omitempty"` // id; empty if it would be a new one
	Activity   string `json:"activity"`
	Known      bool   `json:"known"` // this report was taken in before: nothing changed
	Added      int    `json:"added"`
	Changed    int    `json:"changed"`
	Same       int    `json:"same"`
	Objected   int    `json:"objected"` // people who objected to this activity, or restricted their data; nothing of them is taken in
	// Kept are the fields of the report that the policy lets be kept, Dropped those
	// that it does not list.
	Kept    []string `json:"kept"`
	Dropped []string `json:"dropped"`
}

// Zone is the controller's: what clock times mean that name none.
func (m *Register) Zone() *time.Location { return m.env.Policy().Zone() }

// Import takes a report in, whole or not at all. The same report a second time
// changes nothing, not even what was deleted since.
func (m *Register) Import(ctx context.Context, o Order) (Result, error) {
	a, err := m.entry(o.Activity)
	if err != nil {
		return Result{}, err
	}
	r := Result{Activity: a.Key}
	r.Kept, r.Dropped = sort(a, o.Report)
	if o.DryRun {
		err = m.preview(ctx, a, o, &r)
	} else {
		err = m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return m.take(ctx, tx, a, o, &r) })
	}
	if err != nil {
		return Result{}, fmt.Errorf("take in a report: %w", err)
	}
	return r, nil
}

// sort tells the fields of a report that the entry lists from the others.
func sort(a *policy.Activity, r Report) (kept, dropped []string) {
	told := map[string]bool{}
	for _, p := range r.People {
		for f := range p.Values {
			told[f] = true
		}
		told["participation"] = told["participation"] || len(p.Stays) > 0
		told["duration"] = told["duration"] || p.stayed() > 0
	}
	told["topic"] = r.Topic != ""
	told["participants"] = len(r.People) > 0
	for _, f := range append(append([]string{}, personFields...), "participants") {
		switch {
		case !told[f]:
		case a.Has(f):
			kept = append(kept, f)
		default:
			dropped = append(dropped, f)
		}
	}
	return kept, dropped
}

func (m *Register) take(ctx context.Context, tx *store.Tx, a *policy.Activity, o Order, r *Result) error {
	known, err := m.once(ctx, tx, a.Key+"/"+sum(o.Source))
	if known || err != nil {
		r.Known = known
		return err
	}
	c, err := m.place(ctx, tx, a, o)
	if err != nil {
		return err
	}
	r.Conference = c.ID
	if err := m.people(ctx, tx, a, c, o, r); err != nil {
		return err
	}
	_, err = m.env.Ledger.Append(ctx, tx, leafImport, map[string]any{
		"activity": a.Key, "conference": c.ID, "tool": c.Tool, "added": r.Added, "changed": r.Changed, "by": cmp.Or(o.By, "webhook"),
	})
	return err
}

// leafImport is the ledger's word for a report that was taken in.
const leafImport = "meeting.import"

func (m *Register) importMark(source string) []byte {
	return m.env.Vault.Index("meeting/import", source)
}

// once notes that a source is taken in and reports whether it was before.
func (m *Register) once(ctx context.Context, tx *store.Tx, source string) (known bool, err error) {
	result, err := tx.ExecContext(ctx, "insert into meeting_import (mark, at) values ($1, $2) on conflict (mark) do nothing", m.importMark(source), store.At(m.env.Clock.Now()))
	if err != nil {
		return false, store.Classify(err)
	}
	n, err := result.RowsAffected()
	return n == 0, err
}

func sum(source []byte) string {
	sum := sha256.Sum256(source)
	return string(sum[:])
}

func (m *Register) seen(ctx context.Context, q store.Querier, source string) (known bool, err error) {
	var n int
	err = q.QueryRowContext(ctx, "select count(*) from meeting_import where mark = $1", m.importMark(source)).Scan(&n)
	return n > 0, store.Classify(err)
}

// place finds the conference of a report, or makes it.
func (m *Register) place(ctx context.Context, tx *store.Tx, a *policy.Activity, o Order) (Conference, error) {
	if o.Conference != "" {
		c, err := conference(ctx, tx, o.Conference)
		if err == nil && c.Activity != a.Key {
			err = fault.New(fault.Conflict, "the conference belongs to the activity %s", c.Activity)
		}
		if err != nil {
			return c, err
		}
		return c, m.held(ctx, tx, a, &c, o.Report)
	}
	c, err := m.known(ctx, tx, a, o.Report)
	if fault.Is(err, fault.NotFound) {
		c = Conference{ID: store.NewID(), Activity: a.Key, Tool: o.Report.Tool}
		err = m.insert(ctx, tx, a, c, m.marks(a, o.Report)[0], time.Time{})
	}
	if err != nil {
		return c, err
	}
	return c, m.held(ctx, tx, a, &c, o.Report)
}

// known finds the conference of a report, NotFound if it is a new one.
func (m *Register) known(ctx context.Context, q store.Querier, a *policy.Activity, r Report) (Conference, error) {
	for _, mark := range m.marks(a, r) {
		found, err := conferencesWhere(ctx, q, "mark = $1", mark)
		if err != nil {
			return Conference{}, err
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return Conference{}, fault.New(fault.NotFound, "the register has no such conference")
}

// marks are what a report's conference may be known by, its own first.
func (m *Register) marks(a *policy.Activity, r Report) [][]byte {
	marks := [][]byte{m.mark(a, r.Tool, r.Key, r.Topic, r.Start)}
	if !r.Scheduled.IsZero() { // it may have been announced
		marks = append(marks, m.mark(a, announced, "", r.Topic, r.Scheduled))
	}
	return marks
}

// announced stands for the tool of a conference that is known by its invitation.
const announced = "announced"

// mark is how a conference is known again: by the tool's own key, else by topic
// and start.
func (m *Register) mark(a *policy.Activity, tool, key, topic string, start time.Time) []byte {
	if key == "" {
		key = strings.ToLower(strings.Join(strings.Fields(topic), " ")) + "|" + start.UTC().Truncate(time.Minute).Format(time.RFC3339)
	}
	return m.env.Vault.Index("meeting/conference", a.Key+"|"+tool+"|"+key)
}

func (m *Register) insert(ctx context.Context, tx *store.Tx, a *policy.Activity, c Conference, mark []byte, start time.Time) error {
	if !a.Has("duration") {
		start = time.Time{}
	}
	_, err := tx.ExecContext(ctx, "insert into meeting_conference (id, activity, tool, mark, created_at, starts_at) values ($1, $2, $3, $4, $5, $6)",
		c.ID, c.Activity, c.Tool, mark, store.At(m.env.Clock.Now()), store.At(start))
	return store.Classify(err)
}

// held notes when a conference was held. Where the policy does not list that,
// only the day of its end stays, from which periods run.
func (m *Register) held(ctx context.Context, tx *store.Tx, a *policy.Activity, c *Conference, r Report) error {
	start, end, seconds, number := store.At(r.Start), store.At(r.End), any(nil), any(nil)
	if end.IsZero() {
		end = store.At(m.env.Clock.Now())
	}
	if a.Has("duration") {
		if length := r.End.Sub(r.Start); !r.Start.IsZero() && length > 0 {
			seconds = int64(length / time.Second)
		}
	} else {
		start, end = store.Time{}, store.At(end.Truncate(24*time.Hour))
	}
	if a.Has("participants") {
		number = int64(len(r.People))
	}
	_, err := tx.ExecContext(ctx, `update meeting_conference set starts_at = coalesce($2, starts_at), ended_at = $3, duration = coalesce($4, duration),
		participants = coalesce($5, participants), tool = $6 where id = $1`, c.ID, start, end, seconds, number, cmp.Or(r.Tool, c.Tool))
	return store.Classify(err)
}

// people notes every participant of a report.
func (m *Register) people(ctx context.Context, tx *store.Tx, a *policy.Activity, c Conference, o Order, r *Result) error {
	have, err := m.participants(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	bySubject, byName := map[string]*Participation{}, map[string]*Participation{}
	for i := range have {
		bySubject[have[i].Subject] = &have[i]
		if have[i].Values["email"] == "" && have[i].Values["phone"] == "" && have[i].Values["name"] != "" {
			byName[strings.ToLower(have[i].Values["name"])] = &have[i]
		}
	}
	for _, p := range o.Report.People {
		values := m.values(p, o.Report)
		who, err := m.who(ctx, tx, a, values, byName)
		if err != nil {
			return err
		}
		objected, err := m.env.Subjects.Objected(ctx, who, a.Key)
		if err != nil {
			return err
		}
		restricted, err := m.env.Subjects.Restricted(ctx)
		if err != nil {
			return err
		}
		if objected || restricted[who] {
			r.Objected++
			continue
		}
		if err := m.note(ctx, tx, a, c.ID, who, p.Organises, values, bySubject[who], r); err != nil {
			return err
		}
		if bySubject[who] == nil {
			bySubject[who] = &Participation{Subject: who, Organises: p.Organises, Values: values}
		}
	}
	return nil
}

// values are what is told of a person, with what every participant shares.
func (m *Register) values(p Person, r Report) map[string]string {
	values := maps.Clone(p.Values)
	values["topic"] = r.Topic
	values["participation"] = stays(p.Stays)
	if d := p.stayed(); d > 0 {
		values["duration"] = d.String()
	}
	return values
}

// who finds the person of some values: by address, else by number, else by the
// name in this conference. What the policy does not list identifies nobody.
func (m *Register) who(ctx context.Context, tx *store.Tx, a *policy.Activity, values map[string]string, byName map[string]*Participation) (string, error) {
	if a.Has("email") && values["email"] != "" {
		if address, err := mail.Normalise(values["email"]); err == nil {
			who, _, err := m.env.Subjects.Ensure(ctx, tx, subject.Email, address)
			return who, err
		}
	}
	if number := digits(values["phone"]); a.Has("phone") && len(number) > 5 {
		who, _, err := m.env.Subjects.Ensure(ctx, tx, phoneKind, number)
		return who, err
	}
	if a.Has("name") {
		if p := byName[strings.ToLower(values["name"])]; p != nil && values["name"] != "" {
			return p.Subject, nil
		}
	}
	who, _, err := m.env.Subjects.Ensure(ctx, tx, partKind, store.NewID())
	return who, err
}

// The kinds of identifier of this room.
const (
	phoneKind = "phone"                 // digits of a number, + in front if it has a country
	partKind  = "meeting-participation" // somebody known by nothing but a name
)

// digits reduces a phone number to what tells it apart.
func digits(number string) string {
	number = strings.TrimSpace(number)
	kept := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	if strings.HasPrefix(number, "+") {
		return "+" + kept
	}
	if rest, ok := strings.CutPrefix(kept, "00"); ok {
		return "+" + rest
	}
	return kept
}

// note writes a person's part, or what is new about it.
func (m *Register) note(ctx context.Context, tx *store.Tx, a *policy.Activity, conference, who string, organises bool, values map[string]string, have *Participation, r *Result) error {
	if have != nil {
		merged, changed := merge(a, have.Values, values)
		if have.ID == "" || !changed && have.Organises == (have.Organises || organises) {
			r.Same++
			return nil
		}
		r.Changed++
		return m.change(ctx, tx, a, have, organises, merged)
	}
	r.Added++
	cells, err := m.seal(ctx, a.Has, who, participationTable, personFields, values)
	if err != nil {
		return err
	}
	args := append([]any{store.NewID(), conference, who, organises, store.At(m.env.Clock.Now())}, cells...)
	_, err = tx.ExecContext(ctx, "insert into meeting_participation (id, conference, subject, organises, added_at, "+
		strings.Join(personFields, ", ")+") values ("+holders(1, len(args))+")", args...)
	return store.Classify(err)
}

// merge lays what is told over what is known.
func merge(a *policy.Activity, have, told map[string]string) (merged map[string]string, changed bool) {
	merged = maps.Clone(have)
	for f, v := range told {
		if v != "" && a.Has(f) && have[f] != v {
			merged[f], changed = v, true
		}
	}
	return merged, changed
}

func (m *Register) change(ctx context.Context, tx *store.Tx, a *policy.Activity, have *Participation, organises bool, values map[string]string) error {
	cells, err := m.seal(ctx, a.Has, have.Subject, participationTable, personFields, values)
	if err != nil {
		return err
	}
	sets := make([]string, len(personFields))
	for i, f := range personFields {
		sets[i] = fmt.Sprintf("%s = $%d", f, i+3)
	}
	_, err = tx.ExecContext(ctx, "update meeting_participation set organises = $2, "+strings.Join(sets, ", ")+" where id = $1",
		append([]any{have.ID, have.Organises || organises}, cells...)...)
	return store.Classify(err)
}

// holders returns "$from, …" for n values.
func holders(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(all, ", ")
}
