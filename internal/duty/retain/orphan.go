package retain

import (
	"context"
	"fmt"

	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/vault"
)

// personsJob destroys the keys that tie people to an event table in which they
// have no row any more.
const personsJob = "retain.persons"

// someSubjects is how many one such job looks at; the next one goes on.
const someSubjects = 1000

// seeking says how far the look for people without rows has come.
type seeking struct {
	Table string `json:"table"`
	After string `json:"after"`
}

// seekOrphans has the keys of people destroyed who lost their last event in this
// run. Who they were the partitions do not say, so every subject is looked up.
func (s *Sweeper) seekOrphans(ctx context.Context, tx *store.Tx, done []Done) error {
	for _, d := range done {
		if !s.hasPersons(d.Table) {
			continue
		}
		if _, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: personsJob, Key: d.Table, Payload: seeking{Table: d.Table}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sweeper) hasPersons(table string) bool {
	for i := range s.Manifests {
		if t, ok := s.Manifests[i].Table(table); ok {
			return t.Shape != manifest.Rows && t.Subject != ""
		}
	}
	return false
}

// finishPersons looks at the next subjects, and enqueues itself for those after.
func (s *Sweeper) finishPersons(ctx context.Context, j job.Job) error {
	var at seeking
	if err := j.Decode(&at); err != nil {
		return err
	}
	ids, err := store.Texts(ctx, s.DB, fmt.Sprintf("select id from subject where id > $1 order by id limit %d", someSubjects), at.After)
	if err != nil {
		return fmt.Errorf("read subjects: %w", err)
	}
	have, err := s.Events.Among(ctx, at.Table, ids)
	if err != nil {
		return err
	}
	var loose []vault.Ref
	for _, id := range ids {
		if !have[id] {
			loose = append(loose, event.KeyOf(at.Table, id))
		}
	}
	if len(loose) > 0 {
		if err := s.Vault.DestroyMany(ctx, loose); err != nil {
			return fmt.Errorf("destroy keys: %w", err)
		}
	}
	if len(ids) < someSubjects {
		return nil
	}
	at.After = ids[len(ids)-1]
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: personsJob, Key: at.Table + "/" + at.After, Payload: at})
		return err
	})
}
