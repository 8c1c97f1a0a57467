package meeting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// Conference is a conference in the register. Times that the policy does not let
// be kept are zero.
type Conference struct {
	ID           string        `json:"id"`
	Activity     string        `json:"activity"`
	Tool         string        `json:"tool"`
	Topic        string        `json:"topic,omitempty"`
	Noted        time.Time     `json:"noted"`
	Start        time.Time     `json:"start,omitzero"`
	End          time.Time     `json:"end,omitzero"`
	Duration     time.Duration `json:"-"`
	Participants int64         `json:"participants,omitempty"`
	Over         time.Time     `json:"purpose_end,omitzero"` // when the reason for keeping it ended
	Blocked      time.Time     `json:"blocked,omitzero"`     // since when no recording is registered
}

// Participation is a person's part in a conference, opened.
type Participation struct {
	ID        string            `json:"id"`
	Subject   string            `json:"-"`
	Organises bool              `json:"organises,omitempty"`
	Values    map[string]string `json:"values"` // by field
	// Restricted says that who it is is not shown (Art. 18(2) GDPR).
	Restricted bool `json:"restricted,omitempty"`
}

const conferenceColumns = "id, activity, tool, created_at, starts_at, ended_at, coalesce(duration, 0), coalesce(participants, 0), purpose_end_at, blocked_at"

// List returns the conferences, the latest first, at most limit. It names nobody.
func (m *Register) List(ctx context.Context, limit int) ([]Conference, error) {
	found, err := conferencesWhere(ctx, m.env.DB, "true order by created_at desc, id limit $1", limit)
	if err != nil {
		return nil, fmt.Errorf("list conferences: %w", err)
	}
	for i := range found {
		if found[i].Topic, err = m.topic(ctx, m.env.DB, found[i].ID); err != nil {
			return nil, fmt.Errorf("list conferences: %w", err)
		}
	}
	return found, nil
}

// topic is what a conference is about, as its people keep it; "" if the policy does
// not let it be kept, nobody is noted, or all of them restricted their data.
func (m *Register) topic(ctx context.Context, q store.Querier, conference string) (string, error) {
	restricted, err := m.env.Subjects.Restricted(ctx)
	if err != nil {
		return "", err
	}
	holders, err := store.Texts(ctx, q, "select subject from meeting_participation where conference = $1 and topic is not null order by added_at, id", conference)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(holders, func(who string) bool { return !restricted[who] })
	if i < 0 {
		return "", nil
	}
	var sealed []byte
	err = q.QueryRowContext(ctx, "select topic from meeting_participation where conference = $1 and subject = $2 and topic is not null order by added_at, id limit 1",
		conference, holders[i]).Scan(&sealed)
	if err != nil {
		return "", store.Classify(err)
	}
	opened, err := m.unseal(ctx, holders[i], participationTable, []string{"topic"}, [][]byte{sealed})
	return opened["topic"], err
}

func conferencesWhere(ctx context.Context, q store.Querier, where string, args ...any) ([]Conference, error) {
	rows, err := q.QueryContext(ctx, "select "+conferenceColumns+" from meeting_conference where "+where, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []Conference
	for rows.Next() {
		var c Conference
		var noted, start, end, over, blocked store.Time
		var seconds int64
		if err := rows.Scan(&c.ID, &c.Activity, &c.Tool, &noted, &start, &end, &seconds, &c.Participants, &over, &blocked); err != nil {
			return nil, err
		}
		c.Noted, c.Start, c.End, c.Over, c.Blocked = noted.Time, start.Time, end.Time, over.Time, blocked.Time
		c.Duration = time.Duration(seconds) * time.Second
		found = append(found, c)
	}
	return found, store.Classify(rows.Err())
}

// conference returns one conference, NotFound if there is none of that id.
func conference(ctx context.Context, q store.Querier, id string) (Conference, error) {
	if store.IsID(id) {
		found, err := conferencesWhere(ctx, q, "id = $1", id)
		if err != nil {
			return Conference{}, err
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return Conference{}, fault.New(fault.NotFound, "there is no such conference")
}

// participants returns who took part, in the order in which they were noted.
func (m *Register) participants(ctx context.Context, q store.Querier, conference string) ([]Participation, error) {
	rows, err := q.QueryContext(ctx, "select id, subject, organises, "+strings.Join(personFields, ", ")+
		" from meeting_participation where conference = $1 order by organises desc, added_at, id", conference)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []Participation
	var sealedRows [][][]byte
	for rows.Next() {
		var p Participation
		cells := make([][]byte, len(personFields))
		into := []any{&p.ID, &p.Subject, &p.Organises}
		for i := range cells {
			into = append(into, &cells[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		found, sealedRows = append(found, p), append(sealedRows, cells)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	for i := range found {
		if found[i].Values, err = m.unseal(ctx, found[i].Subject, participationTable, personFields, sealedRows[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// seal returns the cells of a row: what the entry lists and values hold, sealed
// under the person's key; null for everything else. No other way leads into the
// tables, so a field that is not listed is never written.
func (m *Register) seal(ctx context.Context, has func(field string) bool, subject, table string, fields []string, values map[string]string) ([]any, error) {
	cells := make([]any, len(fields))
	for i, f := range fields {
		if values[f] == "" || !has(f) {
			continue
		}
		sealed, err := m.env.Vault.Seal(ctx, key(subject), table+"."+f, []byte(values[f]))
		if err != nil {
			return nil, fmt.Errorf("seal %s: %w", f, err)
		}
		cells[i] = sealed
	}
	return cells, nil
}

// unseal opens the cells of a row. What lies under a destroyed key is gone.
func (m *Register) unseal(ctx context.Context, subject, table string, fields []string, cells [][]byte) (map[string]string, error) {
	values := map[string]string{}
	for i, f := range fields {
		if len(cells[i]) == 0 {
			continue
		}
		plain, err := m.env.Vault.Open(ctx, key(subject), table+"."+f, cells[i])
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", f, err)
		}
		values[f] = string(plain)
	}
	return values, nil
}

// stays are the intervals of a participation as they are stored: ISO 8601, in a
// JSON list that a person can read in their copy.
func stays(all []Interval) string {
	if len(all) == 0 {
		return ""
	}
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = s.Start.UTC().Format(time.RFC3339) + "/" + s.End.UTC().Format(time.RFC3339)
	}
	text, err := json.Marshal(texts)
	if err != nil {
		return "" // a list of strings is always JSON
	}
	return string(text)
}
