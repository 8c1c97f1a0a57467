package meeting

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// most is how much of recordings one conference may bring, over all people in it:
// each has a copy sealed under a key of their own.
const most = 64 << 20 // bytes

// leafRecorded is the ledger's word for a recording that was registered.
const leafRecorded = "meeting.recorded"

// Record registers a recording: where sound and image lie at the provider, and
// what was written down, by field. What the policy does not list is dropped and
// named. Conflict, and nothing is stored, unless the recording was announced
// with the invitation and right before the start, in words that still hold,
// before the recorder ran, and nobody stopped it.
func (m *Register) Record(ctx context.Context, id string, content Content, by string) (dropped []string, err error) {
	err = m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := conference(ctx, tx, id)
		if err != nil {
			return err
		}
		dropped, err = m.record(ctx, tx, c, content, by)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("register a recording: %w", err)
	}
	return dropped, nil
}

func (m *Register) record(ctx context.Context, tx *store.Tx, c Conference, content Content, by string) ([]string, error) {
	a, err := m.records(c.Activity)
	if err != nil {
		return nil, err
	}
	if err := m.mayRecord(ctx, tx, a, c, content.Began); err != nil {
		return nil, err
	}
	values, dropped, err := listed(a, content.Values)
	if err != nil {
		return nil, err
	}
	if restricted, err := m.restricted(ctx, tx, c.ID); err != nil {
		return nil, err
	} else if restricted {
		return nil, fault.New(fault.Conflict, "somebody who took part restricted their data; keep the recording at the provider and register it when that has ended")
	}
	people, err := m.participants(ctx, tx, c.ID)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, v := range values {
		size += len(v)
	}
	switch {
	case len(people) == 0:
		return nil, fault.New(fault.Conflict, "nobody is noted for this conference; take its attendance report in first")
	case size*len(people) > most:
		return nil, fault.New(fault.TooLarge, "what was written down is larger than the register keeps for %d people", len(people))
	}
	for _, p := range people {
		if err := m.enter(ctx, tx, a, c.ID, p.Subject, values); err != nil {
			return nil, err
		}
	}
	if _, err := m.env.Ledger.Append(ctx, tx, leafRecorded, map[string]any{"conference": c.ID, "activity": a.Key, "fields": slices.Sorted(maps.Keys(values)), "by": cmp.Or(by, "webhook")}); err != nil {
		return nil, err
	}
	for _, f := range a.Settings.Forwards("notes") {
		_, err := m.env.Jobs.Enqueue(ctx, tx, job.New{Kind: notesJob, Key: c.ID + "/" + f.Recipient, Payload: handover{Conference: c.ID, Recipient: f.Recipient}})
		if err != nil {
			return nil, err
		}
	}
	return dropped, nil
}

// mayRecord says why a recording must not be registered.
func (m *Register) mayRecord(ctx context.Context, q store.Querier, a *policy.Activity, c Conference, began time.Time) error {
	told, err := m.told(ctx, q, c.ID)
	if err != nil {
		return err
	}
	_, invited := told[Invitation]
	started, atStart := told[Start]
	switch {
	case !c.Blocked.IsZero():
		return fault.New(fault.Conflict, "a participant stopped the recording of this conference; delete it at the provider")
	case !invited || !atStart:
		return fault.New(fault.Conflict, "the recording was not announced twice, with the invitation and right before the start; delete it at the provider")
	case started.text != m.Wording(a, c.ID).whole():
		return fault.New(fault.Conflict, "the policy says something else of the recording than people were told; delete it at the provider")
	case !began.IsZero() && began.Before(started.at):
		return fault.New(fault.Conflict, "the recorder ran before the announcement at the start; delete the recording at the provider")
	}
	return nil
}

// listed returns what of a recording the entry lists.
func listed(a *policy.Activity, content map[string]string) (values map[string]string, dropped []string, err error) {
	values = map[string]string{}
	for _, f := range recordingFields {
		v, ok := clean(content[f], maxContent)
		switch {
		case !ok:
			return nil, nil, fault.New(fault.Invalid, "%s is no text, or longer than %d bytes", f, maxContent)
		case v == "":
		case !a.Has(f):
			dropped = append(dropped, f)
		case (f == "audio" || f == "video") && !strings.HasPrefix(v, "https://"):
			return nil, nil, fault.New(fault.Invalid, "%s is the https address where the recording lies at the provider", f)
		default:
			values[f] = v
		}
	}
	if len(values) == 0 {
		return nil, nil, fault.New(fault.Refused, "the policy lists nothing of what this recording holds")
	}
	return values, dropped, nil
}

// enter writes the recording as one person meets it.
func (m *Register) enter(ctx context.Context, tx *store.Tx, a *policy.Activity, conference, who string, values map[string]string) error {
	cells, err := m.seal(ctx, a.Has, who, recordingTable, recordingFields, values)
	if err != nil {
		return err
	}
	sets := make([]string, len(recordingFields))
	for i, f := range recordingFields {
		sets[i] = f + " = coalesce(excluded." + f + ", meeting_recording." + f + ")"
	}
	args := append([]any{store.NewID(), conference, who, store.At(m.env.Clock.Now())}, cells...)
	_, err = tx.ExecContext(ctx, "insert into meeting_recording (id, conference, subject, registered_at, "+strings.Join(recordingFields, ", ")+
		") values ("+holders(1, len(args))+") on conflict (conference, subject) do update set "+strings.Join(sets, ", "), args...)
	return store.Classify(err)
}

// recording returns what is kept of a conference's recording, by field, as one of
// its people meets it; nil if none is registered.
func (m *Register) recording(ctx context.Context, q store.Querier, conference string) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, "select subject, "+strings.Join(recordingFields, ", ")+" from meeting_recording where conference = $1 order by id limit 1", conference)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, store.Classify(rows.Err())
	}
	var who string
	cells := make([][]byte, len(recordingFields))
	into := []any{&who}
	for i := range cells {
		into = append(into, &cells[i])
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, store.Classify(err)
	}
	return m.unseal(ctx, who, recordingTable, recordingFields, cells)
}
