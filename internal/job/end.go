package job

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/store"
)

// held locks the job's row and reports whether j's lease is still the one.
func (q *Queue) held(ctx context.Context, tx *store.Tx, j Job) (bool, error) {
	query := "select 1 from job where id = $1 and lease = $2"
	if tx.Dialect() == store.Postgres {
		query += " for update"
	}
	var one int
	err := store.Classify(tx.QueryRowContext(ctx, query, j.ID, j.lease).Scan(&one))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// finish ends a job that went well: a periodic one waits for its next run, one
// that was enqueued again meanwhile runs again, any other is done.
func (q *Queue) finish(ctx context.Context, tx *store.Tx, j Job, k kind) error {
	if !k.every.IsZero() {
		at := store.At(q.following(j, k))
		_, err := tx.ExecContext(ctx, `update job set lease = null, attempt = 0, error = '', again_at = null, enqueued_at = $1,
			due_at = case when again_at < $1 then again_at else $1 end where id = $2`, at, j.ID)
		return err
	}
	if again, err := q.again(ctx, tx, j); err != nil || again {
		return err
	}
	_, err := tx.ExecContext(ctx, "delete from job where id = $1", j.ID)
	return err
}

// again starts afresh a job that was enqueued while it ran.
func (q *Queue) again(ctx context.Context, tx *store.Tx, j Job) (bool, error) {
	done, err := tx.ExecContext(ctx, `update job set lease = null, attempt = 0, error = '', due_at = again_at, again_at = null
		where id = $1 and again_at is not null`, j.ID)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// following returns when a periodic job runs next: one period after the run
// that was planned, or from now if that has passed too.
func (q *Queue) following(j Job, k kind) time.Time {
	now := q.clock.Now()
	if at := k.every.After(j.Enqueued); at.After(now) {
		return at
	}
	return k.every.After(now)
}

// fail has a job wait for its next attempt, or gives it up.
func (q *Queue) fail(ctx context.Context, tx *store.Tx, j Job, k kind, text string) error {
	if j.Attempt >= k.MaxAttempts {
		return q.giveUp(ctx, tx, j, k, text)
	}
	_, err := tx.ExecContext(ctx, "update job set lease = null, due_at = $1, error = $2 where id = $3",
		store.At(q.clock.Now().Add(k.wait(j.Attempt))), text, j.ID)
	return err
}

// giveUp sets a job aside, unless somebody enqueued it again meanwhile, who has
// a claim to attempts of his own. A periodic job leaves its next run behind.
func (q *Queue) giveUp(ctx context.Context, tx *store.Tx, j Job, k kind, text string) error {
	if again, err := q.again(ctx, tx, j); err != nil || again {
		return err
	}
	_, err := tx.ExecContext(ctx, "update job set lease = null, set_aside_at = $1, error = $2 where id = $3", store.At(q.clock.Now()), text, j.ID)
	if err != nil || k.every.IsZero() {
		return err
	}
	return q.plan(ctx, tx, j.Kind, q.following(j, k))
}

// maxError bounds what is kept of an error, in bytes.
const maxError = 200

// addresses matches mail addresses and what is quoted: the parts of an error
// that may come from data.
var addresses = regexp.MustCompile(`\S*@\S*|"[^"]*"|'[^']*'|\b\d{1,3}(\.\d{1,3}){3}\b|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:]+|\+?\d{7,}`)

// plain returns a short text of err without addresses.
func plain(err error) string {
	s := addresses.ReplaceAllString(strings.ToValidUTF8(err.Error(), "�"), "…")
	for len(s) > maxError {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// Pending returns how many jobs of each kind are waiting or running.
func (q *Queue) Pending(ctx context.Context) (map[string]int, error) {
	rows, err := q.db.QueryContext(ctx, "select kind, count(*) from job where set_aside_at is null group by kind")
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", store.Classify(err))
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		found[name] = n
	}
	return found, rows.Err()
}

// SetAside returns the jobs that were given up, the latest first.
func (q *Queue) SetAside(ctx context.Context) ([]Job, error) {
	found, err := read(ctx, q.db, "select "+columns+" from job where set_aside_at is not null order by set_aside_at desc, id")
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", store.Classify(err))
	}
	return found, nil
}

// Retry gives a job that was set aside all its attempts again, from now on. It
// returns Conflict if the same work was enqueued anew meanwhile.
func (q *Queue) Retry(ctx context.Context, id string) error {
	err := q.one(ctx, "update job set set_aside_at = null, attempt = 0, due_at = $1 where id = $2 and set_aside_at is not null", store.At(q.clock.Now()), id)
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "retry job %s: the same work waits already; discard this one", id)
	} else if err != nil {
		return fmt.Errorf("retry job %s: %w", id, err)
	}
	q.rouse()
	return nil
}

// Discard deletes a job that was set aside.
func (q *Queue) Discard(ctx context.Context, id string) error {
	if err := q.one(ctx, "delete from job where id = $1 and set_aside_at is not null", id); err != nil {
		return fmt.Errorf("discard job %s: %w", id, err)
	}
	return nil
}

// one runs a statement that must change a row.
func (q *Queue) one(ctx context.Context, query string, args ...any) error {
	done, err := q.db.ExecContext(ctx, query, args...)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.New(fault.NotFound, "no such job was set aside")
}

const columns = "id, kind, coalesce(key, ''), payload, enqueued_at, due_at, attempt, error, set_aside_at"

func read(ctx context.Context, db store.Querier, query string, args ...any) ([]Job, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Job
	for rows.Next() {
		var j Job
		var payload string
		var enqueued, due, aside store.Time
		if err := rows.Scan(&j.ID, &j.Kind, &j.Key, &payload, &enqueued, &due, &j.Attempt, &j.Error, &aside); err != nil {
			return nil, err
		}
		j.Payload, j.Enqueued, j.Due, j.SetAside = []byte(payload), enqueued.Time, due.Time, aside.Time
		found = append(found, j)
	}
	return found, rows.Err()
}
