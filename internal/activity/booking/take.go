package booking

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// errTaken is the answer to whoever comes second.
func errTaken() error {
	return fault.New(fault.Conflict, "this time has just been taken; please choose another one")
}

// take gives an appointment a place at a time. Two keys of the database decide:
// (calendar, cell) lets a calendar do one thing at a time, (session, seat) gives
// each place away once. Conflict if the time is taken.
func (d *Diary) take(ctx context.Context, tx *store.Tx, t *Type, at time.Time, appointment string) error {
	taken, err := d.tryTake(ctx, tx, t, at, appointment)
	if err != nil || taken {
		return err
	}
	// What an erasure or a rule took away leaves its time behind for a moment.
	freed, err := d.freeOrphans(ctx, tx, t.Calendar)
	if err != nil {
		return err
	}
	if freed > 0 {
		if taken, err = d.tryTake(ctx, tx, t, at, appointment); err != nil || taken {
			return err
		}
	}
	return errTaken()
}

func (d *Diary) tryTake(ctx context.Context, tx *store.Tx, t *Type, at time.Time, appointment string) (taken bool, err error) {
	id := store.NewID()
	whole, end := t.around(at), at.Add(t.length())
	made, err := affected(tx.ExecContext(ctx, `insert into booking_session (id, calendar, type, starts_at, ends_at, from_at, to_at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (calendar, type, starts_at) do nothing`, id, t.Calendar, t.Key, store.At(at), store.At(end), store.At(whole.From), store.At(whole.To)))
	if err != nil {
		return false, err
	}
	if made == 0 {
		return d.join(ctx, tx, t, at, appointment)
	}
	free, err := fill(ctx, tx, t.Calendar, id, whole)
	if err != nil {
		return false, err
	}
	if !free {
		return false, d.clear(ctx, tx, id)
	}
	return seat(ctx, tx, id, t.Capacity, appointment)
}

// join takes a place at a time that others share. The session's row is locked
// first, so that nobody clears it meanwhile.
func (d *Diary) join(ctx context.Context, tx *store.Tx, t *Type, at time.Time, appointment string) (bool, error) {
	locked, err := affected(tx.ExecContext(ctx, "update booking_session set ends_at = ends_at where calendar = $1 and type = $2 and starts_at = $3 and ends_at = $4",
		t.Calendar, t.Key, store.At(at), store.At(at.Add(t.length()))))
	if err != nil || locked == 0 {
		return false, err
	}
	var id string
	err = tx.QueryRowContext(ctx, "select id from booking_session where calendar = $1 and type = $2 and starts_at = $3", t.Calendar, t.Key, store.At(at)).Scan(&id)
	if err != nil {
		return false, store.Classify(err)
	}
	return seat(ctx, tx, id, t.Capacity, appointment)
}

// fill takes every piece of a stretch of time, or reports that one is taken. They
// are taken in their order, so that no two wait for each other.
func fill(ctx context.Context, tx *store.Tx, calendar, session string, whole Interval) (free bool, err error) {
	const size = grain * 60
	first, last := whole.From.Unix()/size, (whole.To.Unix()+size-1)/size
	const chunk = 200
	for from := first; from < last; from += chunk {
		to := min(from+chunk, last)
		args := []any{calendar, session}
		var values []string
		for cell := from; cell < to; cell++ {
			args = append(args, cell)
			values = append(values, fmt.Sprintf("($1, $%d, $2)", len(args)))
		}
		n, err := affected(tx.ExecContext(ctx, "insert into booking_cell (calendar, cell, session) values "+strings.Join(values, ", ")+" on conflict (calendar, cell) do nothing", args...))
		if err != nil || n < to-from {
			return false, err
		}
	}
	return true, nil
}

// seat gives away the first place that is free, or reports that none is.
func seat(ctx context.Context, tx *store.Tx, session string, capacity int, appointment string) (bool, error) {
	rows, err := tx.QueryContext(ctx, "select seat from booking_seat where session = $1", session)
	if err != nil {
		return false, store.Classify(err)
	}
	given := map[int]bool{}
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return false, fmt.Errorf("read the places: %w", closing(rows, err))
		}
		given[n] = true
	}
	if err := closing(rows, rows.Err()); err != nil {
		return false, store.Classify(err)
	}
	for n := range capacity {
		if given[n] {
			continue
		}
		got, err := affected(tx.ExecContext(ctx, "insert into booking_seat (session, seat, appointment) values ($1, $2, $3) on conflict (session, seat) do nothing", session, n, appointment))
		if err != nil || got == 1 {
			return got == 1, err
		}
	}
	return false, nil
}

// release gives an appointment's place back, and the time with the last of them.
func (d *Diary) release(ctx context.Context, tx *store.Tx, appointment string) error {
	var session string
	err := store.Classify(tx.QueryRowContext(ctx, "select session from booking_seat where appointment = $1", appointment).Scan(&session))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "update booking_session set ends_at = ends_at where id = $1", session); err != nil {
		return store.Classify(err)
	}
	if _, err := tx.ExecContext(ctx, "delete from booking_seat where appointment = $1", appointment); err != nil {
		return store.Classify(err)
	}
	var left int
	if err := tx.QueryRowContext(ctx, "select count(*) from booking_seat where session = $1", session).Scan(&left); err != nil {
		return store.Classify(err)
	}
	if left > 0 {
		return nil
	}
	return d.clear(ctx, tx, session)
}

// clear frees a time.
func (d *Diary) clear(ctx context.Context, tx *store.Tx, session string) error {
	for _, query := range []string{"delete from booking_cell where session = $1", "delete from booking_session where id = $1"} {
		if _, err := tx.ExecContext(ctx, query, session); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// alive holds for a seat whose appointment stands, or has just been made.
const alive = `(exists (select 1 from booking_appointment a where a.id = t.appointment and a.cancelled_at is null)
	or exists (select 1 from booking_request r where r.id = t.appointment))`

// taken returns what takes time of a calendar between two moments: appointments,
// and what stands in the calendar elsewhere.
func (d *Diary) taken(ctx context.Context, q store.Querier, calendar string, from, to time.Time) (all []taken, err error) {
	rows, err := q.QueryContext(ctx, `select s.type, s.starts_at, s.ends_at, s.from_at, s.to_at, count(*) from booking_session s join booking_seat t on t.session = s.id
		where s.calendar = $1 and s.to_at > $2 and s.from_at < $3 and `+alive+`
		group by s.type, s.starts_at, s.ends_at, s.from_at, s.to_at
		union all select '', starts_at, ends_at, starts_at, ends_at, 1 from booking_busy where calendar = $1 and ends_at > $2 and starts_at < $3`,
		calendar, store.At(from), store.At(to))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var x taken
		var start, end, begins, ends store.Time
		if err := rows.Scan(&x.Type, &start, &end, &begins, &ends, &x.Seats); err != nil {
			return nil, err
		}
		x.Start, x.End, x.Interval = start.Time, end.Time, Interval{begins.Time, ends.Time}
		all = append(all, x)
	}
	return all, store.Classify(rows.Err())
}
