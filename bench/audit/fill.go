package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"kept/internal/activity/analytics"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
)

const (
	table  = "analytics_event"
	months = 13  // of events, the present one not among them
	block  = 500 // people whose events are written at once
)

// person is a visitor with one visit.
type person struct {
	id string
	at time.Time
}

// fill writes the visitors with their decisions, each with its leaf, and then
// what they did, month after month.
func (b *bench) fill(ctx context.Context) error {
	if n, err := b.events.Count(ctx, table); err != nil || n > 0 {
		*rows = int(n) // the folder was filled before
		return err
	}
	began := time.Now()
	people := make([]person, *rows / *perPerson)
	first := time.Date(began.Year(), began.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -months, 0)
	for i := range people {
		month := first.AddDate(0, i*months/len(people), 0)
		people[i] = person{store.NewID(), month.Add(time.Duration(rand.Int64N(int64(27 * 24 * time.Hour))))}
	}
	if err := b.decide(ctx, people); err != nil {
		return err
	}
	for len(people) > 0 {
		n := min(block, len(people))
		if err := b.visit(ctx, people[:n]); err != nil {
			return err
		}
		people = people[n:]
	}
	report("filled", "%8.0f s", time.Since(began).Seconds())
	return nil
}

// decide stores the people as they would be after their decisions, and after
// they did not come back.
func (b *bench) decide(ctx context.Context, people []person) error {
	const at = "insert into consent_notice (hash, policy_hash, version, language, html, body, at) values ('n', $1, '1', 'en', '', 'text', 0)"
	if _, err := b.db.ExecContext(ctx, at, b.policy.Hash); err != nil {
		return err
	}
	for len(people) > 0 {
		n := min(10_000, len(people))
		err := b.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, p := range people[:n] {
				if err := b.decision(ctx, tx, p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := b.ledger.Sequence(ctx); err != nil {
			return err
		}
		people = people[n:]
	}
	return nil
}

func (b *bench) decision(ctx context.Context, tx *store.Tx, p person) error {
	leaf, err := b.ledger.Append(ctx, tx, "consent.given", map[string]any{"notice": "n", "policy": b.policy.Hash})
	if err != nil {
		return err
	}
	when, seen, ended, endLeaf := store.At(p.at.Add(-time.Minute)), store.At(p.at), store.Time{}, ""
	if lapsed := p.at.AddDate(0, 6, 0); lapsed.Before(time.Now()) { // the consent has ended and the visit is forgotten
		seen, ended, endLeaf = store.Time{}, store.At(lapsed), leaf
	}
	if _, err := tx.ExecContext(ctx, "insert into subject (id, created_at, checked_at) values ($1, $2, $2)", p.id, when); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into consent_decision (id, subject, decided_at, last_visit_at, ended_at, ended_by, previous, notice_hash, policy_hash,
		language, source, gpc, offered, accepted, leaf, end_leaf, proof) values ($1, $2, $3, $4, $5, '', '', 'n', $6, 'en', 'banner', false, $7, $7, $8, $9, $10)`,
		store.NewID(), p.id, when, seen, ended, b.policy.Hash, `["statistics"]`, leaf, endLeaf, []byte{})
	return err
}

// visit stores what people did.
func (b *bench) visit(ctx context.Context, people []person) error {
	var written []event.Row
	for _, p := range people {
		for i := range *perPerson {
			written = append(written, event.Row{At: p.at.Add(time.Duration(i) * time.Second), Subject: p.id, Values: values(i)})
		}
	}
	return b.events.Append(ctx, table, written...)
}

// values fills the columns that the policy lists.
func values(i int) []any {
	var all []any
	for _, c := range analytics.Manifest().Tables[0].Columns {
		switch c.Name {
		case "id", "at", manifest.PersonColumn:
		case "event":
			all = append(all, "page_view")
		case "page":
			all = append(all, fmt.Sprintf("/page/%d", i*7%200))
		case "language":
			all = append(all, "de")
		case "browser":
			all = append(all, "Firefox")
		default:
			all = append(all, nil)
		}
	}
	return all
}
