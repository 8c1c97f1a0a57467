package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/store"
	"kept/internal/vault"
)

// journal is what an erasure knows before it takes anything: by which values the
// rows are found. What led there may be gone when it goes on after a crash.
type journal struct {
	id    string
	known bool     // it is whole: nothing needs to be walked again
	done  []string // collections that are through
}

const (
	walked   = "walked"
	finished = "done"
	// remembered is how long the end of an erasure is known.
	remembered = 365 * 24 * time.Hour
)

func (e *Estate) ref(id string) vault.Ref { return vault.Ref{Subject: "dataset:" + id, Rule: Name} }

// journal returns that of an erasure; a new one if there is none under way.
func (e *Estate) journal(ctx context.Context, id string) (*journal, error) {
	j := &journal{id: id}
	var state, done string
	err := e.DB.QueryRowContext(ctx, "select state, done from dataset_erasure where id = $1", id).Scan(&state, &done)
	if err = store.Classify(err); fault.Is(err, fault.NotFound) {
		return j, nil
	} else if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	if state == walked {
		j.known = true
		err = json.Unmarshal([]byte(done), &j.done)
	}
	return j, err
}

// record writes down what a walk has found, all of it or nothing.
func (e *Estate) record(ctx context.Context, j *journal, w *walk) error {
	if err := e.Vault.Prepare(ctx, e.ref(j.id)); err != nil {
		return err
	}
	if err := e.forget(ctx, j.id); err != nil {
		return err
	}
	number := 0
	batch := func(name string) func([][]string) error {
		return func(tuples [][]string) error {
			number++
			return e.recordBatch(ctx, j.id, number, name, tuples)
		}
	}
	for i, way := range w.graph.Ways {
		if err := w.spool.each(i, records.Batch, batch(way.String())); err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
	}
	for _, c := range w.graph.Collections {
		if err := w.spool.marks(w.alone(c), records.Batch, batch(c.String())); err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
	}
	_, err := e.DB.ExecContext(ctx, "insert into dataset_erasure (id, state, begun_at, done) values ($1, $2, $3, '[]')", j.id, walked, store.At(e.Clock.Now()))
	j.known = err == nil
	return store.Classify(err)
}

func (e *Estate) recordBatch(ctx context.Context, id string, number int, way string, tuples [][]string) error {
	text, err := json.Marshal(tuples)
	if err != nil {
		return err
	}
	sealed, err := e.Vault.Seal(ctx, e.ref(id), "dataset_tuple.content", text)
	if err != nil {
		return err
	}
	_, err = e.DB.ExecContext(ctx, "insert into dataset_tuple (erasure, number, way, content) values ($1, $2, $3, $4)", id, number, way, sealed)
	return store.Classify(err)
}

// recall fills a walk with what was written down.
func (e *Estate) recall(ctx context.Context, j *journal, w *walk) error {
	for last, more := 0, true; more; {
		var way string
		var sealed []byte
		err := e.DB.QueryRowContext(ctx, "select number, way, content from dataset_tuple where erasure = $1 and number > $2 order by number limit 1", j.id, last).Scan(&last, &way, &sealed)
		if err = store.Classify(err); fault.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if err := e.recallBatch(ctx, j.id, way, sealed, w); err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
	}
	return nil
}

func (e *Estate) recallBatch(ctx context.Context, id, way string, sealed []byte, w *walk) error {
	text, err := e.Vault.Open(ctx, e.ref(id), "dataset_tuple.content", sealed)
	if err != nil {
		return err
	}
	var tuples [][]string
	if err := json.Unmarshal(text, &tuples); err != nil {
		return err
	}
	for _, t := range tuples {
		if err := w.recallTuple(way, t); err != nil {
			return err
		}
	}
	return nil
}

// recallTuple puts a tuple back where it was: to a way, or to the keys of what is
// shared. A name that is gone belongs to a file that has changed meanwhile.
func (w *walk) recallTuple(name string, t []string) error {
	if i := slices.IndexFunc(w.graph.Ways, func(x *Way) bool { return x.String() == name }); i >= 0 {
		return w.spool.add(i, t)
	}
	i := slices.IndexFunc(w.graph.Collections, func(c *Collection) bool { return c.String() == name })
	if i < 0 {
		return nil
	}
	_, err := w.spool.mark(w.alone(w.graph.Collections[i]), t)
	return err
}

// through writes down that a collection is through.
func (e *Estate) through(ctx context.Context, j *journal, c *Collection) error {
	j.done = append(j.done, c.String())
	_, err := e.DB.ExecContext(ctx, "update dataset_erasure set done = $1 where id = $2", store.JSON[[]string]{V: j.done}, j.id)
	return store.Classify(err)
}

// close ends an erasure: what it knew of the person is gone, and so is the key.
func (e *Estate) close(ctx context.Context, j *journal, parts []rights.Part) error {
	if err := e.Vault.Destroy(ctx, e.ref(j.id).Subject); err != nil {
		return err
	}
	now := e.Clock.Now()
	return e.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from dataset_tuple where erasure = $1", j.id); err != nil {
			return store.Classify(err)
		}
		if _, err := tx.ExecContext(ctx, "update dataset_erasure set state = $1, done = $2 where id = $3", finished, store.JSON[[]rights.Part]{V: parts}, j.id); err != nil {
			return store.Classify(err)
		}
		_, err := tx.ExecContext(ctx, "delete from dataset_erasure where state = $1 and begun_at < $2", finished, store.At(now.Add(-remembered)))
		return store.Classify(err)
	})
}

// forget removes a journal.
func (e *Estate) forget(ctx context.Context, id string) error {
	return e.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, query := range []string{"delete from dataset_tuple where erasure = $1", "delete from dataset_erasure where id = $1"} {
			if _, err := tx.ExecContext(ctx, query, id); err != nil {
				return store.Classify(err)
			}
		}
		return nil
	})
}
