package request

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
)

const caseColumns = `id, number, asked, activity, channel, language, state, resume_state, received_at, due_at, extended_at, paused_at, paused_for, paused_ms,
	identified_at, planned_at, approved_at, approved_by, carried_at, answered_at, closed_at, ground, restricts, reminded, unproven_at, told`

func scanCase(row interface{ Scan(...any) error }) (Case, error) {
	var (
		c                                                                                                   Case
		activity, from, why, by, ground, told                                                               sql.NullString
		asked                                                                                               store.JSON[[]rights.Right]
		received, due, extended, paused, identified, planned, approved, carried, answered, closed, unproven store.Time
		stood                                                                                               int64
	)
	err := row.Scan(&c.ID, &c.Number, &asked, &activity, &c.Channel, &c.Lang, &c.State, &from, &received, &due, &extended, &paused, &why, &stood,
		&identified, &planned, &approved, &by, &carried, &answered, &closed, &ground, &c.Restricts, &c.Reminded, &unproven, &told)
	c.Rights, c.Activity, c.From, c.PauseWhy, c.ApprovedBy, c.Ground = asked.V, activity.String, State(from.String), Pausing(why.String), by.String, Ground(ground.String)
	c.Received, c.Due, c.Extended, c.PausedSince, c.Paused = received.Time, due.Time, extended.Time, paused.Time, time.Duration(stood)*time.Millisecond
	c.Identified, c.Planned, c.Approved, c.Carried, c.Answered, c.Closed = identified.Time, planned.Time, approved.Time, carried.Time, answered.Time, closed.Time
	c.Unproven, c.told = unproven.Time, Need(told.String)
	return c, store.Classify(err)
}

// caseOf reads a case by its id or its number. NotFound if there is none.
func caseOf(ctx context.Context, q store.Querier, name string) (Case, error) {
	c, err := scanCase(q.QueryRowContext(ctx, "select "+caseColumns+" from request_case where id = $1 or number = $2", name, Number(name)))
	if fault.Is(err, fault.NotFound) {
		return c, fault.New(fault.NotFound, "there is no request %.40q; see: kept request list", name)
	}
	if err != nil {
		return c, fmt.Errorf("read a request: %w", err)
	}
	return c, nil
}

// Case returns a case by its id or its number. NotFound if there is none.
func (d *Desk) Case(ctx context.Context, name string) (Case, error) { return caseOf(ctx, d.DB, name) }

// Which chooses cases of a list.
type Which struct {
	Open    bool // that somebody has still to do something about
	State   State
	Right   rights.Right
	From    time.Time // received at or after
	To      time.Time // received before
	Most    int       // 0: all
	Matches string    // part of the number
}

// List returns cases, those that are due first before others.
func (d *Desk) List(ctx context.Context, w Which) ([]Case, error) {
	query, args := "select "+caseColumns+" from request_case where true", []any{}
	and := func(condition string, v any) {
		args = append(args, v)
		query += fmt.Sprintf(" and "+condition, len(args))
	}
	if w.Open {
		query += " and state not in ('closed', 'refused', 'withdrawn', 'lapsed', 'answered')"
	}
	if w.State != "" {
		and("state = $%d", string(w.State))
	}
	if w.Right != "" {
		and("asked like $%d", `%"`+string(w.Right)+`"%`)
	}
	if !w.From.IsZero() {
		and("received_at >= $%d", store.At(w.From))
	}
	if !w.To.IsZero() {
		and("received_at < $%d", store.At(w.To))
	}
	if w.Matches != "" {
		and("number like $%d", "%"+Number(w.Matches)+"%")
	}
	query += " order by due_at, received_at, id"
	if !w.Open {
		query = query[:len(query)-len("due_at, received_at, id")] + "received_at desc, id"
	}
	if w.Most > 0 {
		query += fmt.Sprintf(" limit %d", w.Most)
	}
	rows, err := d.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Case
	for rows.Next() {
		c, err := scanCase(rows)
		if err != nil {
			return nil, fmt.Errorf("list requests: %w", err)
		}
		all = append(all, c)
	}
	return all, store.Classify(rows.Err())
}

// insert stores a new case with its parts.
func (d *Desk) insert(ctx context.Context, tx *store.Tx, c Case, source string, contact, wish []byte) error {
	_, err := tx.ExecContext(ctx, "insert into request_case ("+caseColumns+", source, contact, wish) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)",
		append(caseValues(c), null(source), contact, wish)...)
	if err != nil {
		return store.Classify(err)
	}
	return d.insertParts(ctx, tx, c)
}

func (d *Desk) insertParts(ctx context.Context, tx *store.Tx, c Case) error {
	for i, r := range c.Rights {
		_, err := tx.ExecContext(ctx, `insert into request_part (id, request, asked, place, refused) values ($1, $2, $3, $4, $5)
			on conflict (request, asked) do update set place = excluded.place`, store.NewID(), c.ID, string(r), i, false)
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

func caseValues(c Case) []any {
	return []any{
		c.ID, c.Number, store.JSON[[]rights.Right]{V: c.Rights}, null(c.Activity), string(c.Channel), c.Lang, string(c.State), null(string(c.From)),
		store.At(c.Received), store.At(c.Due), moment(c.Extended), moment(c.PausedSince), null(string(c.PauseWhy)), c.Paused.Milliseconds(),
		moment(c.Identified), moment(c.Planned), moment(c.Approved), null(c.ApprovedBy), moment(c.Carried), moment(c.Answered), moment(c.Closed),
		null(string(c.Ground)), c.Restricts, c.Reminded, moment(c.Unproven), null(string(c.told)),
	}
}

// save writes a case back that stood at before. Conflict if it changed meanwhile.
func save(ctx context.Context, tx *store.Tx, c Case, before progress) error {
	done, err := tx.ExecContext(ctx, `update request_case set asked = $3, activity = $4, language = $6, state = $7, resume_state = $8, received_at = $9, due_at = $10,
		extended_at = $11, paused_at = $12, paused_for = $13, paused_ms = $14, identified_at = $15, planned_at = $16, approved_at = $17, approved_by = $18,
		carried_at = $19, answered_at = $20, closed_at = $21, ground = $22, restricts = $23, reminded = $24, unproven_at = $25, told = $26
		where id = $1 and number = $2 and channel = $5 and state = $27 and coalesce(resume_state, '') = $28`,
		append(caseValues(c), string(before.at), string(before.from))...)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return fault.New(fault.Conflict, "the request changed meanwhile; look at it again")
	}
	return nil
}

func null(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func moment(t time.Time) store.Time {
	if t.IsZero() {
		return store.Time{}
	}
	return store.At(t)
}
