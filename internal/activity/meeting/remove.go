package meeting

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Cause is why data of a conference is deleted before its period is over.
type Cause string

// The causes are the moments of the policy that a person decides.
const (
	Requested  Cause = "request"     // the person asked
	Revoked    Cause = "revocation"  // the person revoked consent
	PurposeEnd Cause = "purpose-end" // the reason for keeping it ended
)

// leafDeleted is the ledger's word for a deletion that somebody ordered.
const leafDeleted = "meeting.deleted"

// Delete notes a cause and ends what the policy ends then: of one participation
// with what was recorded of its conference, or of a whole conference when its
// purpose has ended. It returns how many rows are gone; with a trial, how many
// there are. Refused if no rule of the policy counts from the cause.
func (m *Register) Delete(ctx context.Context, id, participation string, cause Cause, by string, trial bool) (gone int, err error) {
	err = m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := conference(ctx, tx, id)
		if err != nil {
			return err
		}
		a, err := m.entry(c.Activity)
		if err != nil {
			return err
		}
		if err := answers(a, cause, participation); err != nil {
			return err
		}
		before, err := m.rows(ctx, tx, c.ID, participation)
		if err != nil || trial {
			gone = before
			return err
		}
		if err := m.end(ctx, tx, a, c, participation, cause); err != nil {
			return err
		}
		after, err := m.rows(ctx, tx, c.ID, participation)
		if err != nil {
			return err
		}
		gone = before - after
		_, err = m.env.Ledger.Append(ctx, tx, leafDeleted, map[string]any{"conference": c.ID, "activity": a.Key, "cause": string(cause), "rows": gone, "by": cmp.Or(by, "staff")})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("delete data of a conference: %w", err)
	}
	return gone, nil
}

// answers says why a cause ends nothing.
func answers(a *policy.Activity, cause Cause, participation string) error {
	switch {
	case cause != Requested && cause != Revoked && cause != PurposeEnd:
		return fault.New(fault.Invalid, "data is deleted on request, on revocation, or at the end of its purpose")
	case cause == PurposeEnd && participation != "":
		return fault.New(fault.Invalid, "a purpose ends for a whole conference")
	case cause != PurposeEnd && participation == "":
		return fault.New(fault.Invalid, "name the participation of whoever asked")
	case !counts(a, cause):
		return fault.New(fault.Refused, "no rule of %s counts from %s: the data goes when its period is over, or by the person's request for erasure", a.Key, cause)
	}
	return nil
}

// counts reports whether a rule of the entry counts from a cause.
func counts(a *policy.Activity, cause Cause) bool {
	return slices.ContainsFunc(a.Retention, func(r policy.Rule) bool { return r.From == string(cause) })
}

func (m *Register) end(ctx context.Context, tx *store.Tx, a *policy.Activity, c Conference, participation string, cause Cause) error {
	if cause == PurposeEnd {
		return m.endAll(ctx, tx, a, c)
	}
	if err := m.endRecording(ctx, tx, a, c.ID, string(cause)); err != nil {
		return err
	}
	found, err := store.Texts(ctx, tx, "select id from meeting_participation where conference = $1 and id = $2", c.ID, participation)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.NotFound, "the conference has no such participation")
	}
	return m.come(ctx, tx, a, participationTable, string(cause), participation)
}

// endAll ends a conference, what hangs on it first: each row takes its person's
// key along.
func (m *Register) endAll(ctx context.Context, tx *store.Tx, a *policy.Activity, c Conference) error {
	_, err := tx.ExecContext(ctx, "update meeting_conference set purpose_end_at = coalesce(purpose_end_at, $2) where id = $1", c.ID, store.At(m.env.Clock.Now()))
	if err != nil {
		return store.Classify(err)
	}
	for _, table := range []string{recordingTable, participationTable, announcementTable} {
		all, err := store.Texts(ctx, tx, "select id from "+table+" where conference = $1", c.ID)
		if err != nil {
			return err
		}
		for _, id := range all {
			if err := m.env.End(ctx, tx, a.Key, string(PurposeEnd), table, id); err != nil {
				return err
			}
		}
	}
	left, err := m.rows(ctx, tx, c.ID, "")
	if err != nil || left > 1 { // a hold keeps something: the conference stays with it
		return err
	}
	return m.env.End(ctx, tx, a.Key, string(PurposeEnd), conferenceTable, c.ID)
}

// rows counts what a deletion is about.
func (m *Register) rows(ctx context.Context, q store.Querier, conference, participation string) (n int, err error) {
	query := `select (select count(*) from meeting_conference where id = $1) + (select count(*) from meeting_participation where conference = $1)
		+ (select count(*) from meeting_recording where conference = $1) + (select count(*) from meeting_announcement where conference = $1)`
	args := []any{conference}
	if participation != "" {
		query = "select (select count(*) from meeting_participation where conference = $1 and id = $2) + (select count(*) from meeting_recording where conference = $1)"
		args = append(args, participation)
	}
	return n, store.Classify(q.QueryRowContext(ctx, query, args...).Scan(&n))
}
