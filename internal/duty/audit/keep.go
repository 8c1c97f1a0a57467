package audit

import (
	"context"
	"fmt"
	"time"

	"kept/internal/store"
)

// Summary is what is kept of an audit.
type Summary struct {
	ID         string
	At         time.Time
	Policy     string
	Verdict    Verdict
	Findings   int
	Guarantees []Verdict // in the order of their numbers
	Serving    bool      // the serving process made it, which sees the site
}

// keep stores the report's counts and a leaf.
func (a *Auditor) keep(ctx context.Context, r Report) (Report, error) {
	var verdicts []Verdict
	facts := []any{}
	for _, g := range r.Guarantees {
		verdicts = append(verdicts, g.Verdict)
		facts = append(facts, leafWords[g.Verdict])
	}
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		r.Leaf, err = a.Ledger.Append(ctx, tx, "audit.ran", map[string]any{
			"audit": r.ID, "policy": r.Policy, "verdict": leafWords[r.Verdict()], "findings": len(r.Findings()), "guarantees": facts,
		})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "insert into audit_run (id, at, took_ms, policy, verdict, findings, guarantees, leaf, serving) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			r.ID, store.At(r.At), r.Took.Milliseconds(), r.Policy, string(r.Verdict()), len(r.Findings()), store.JSON[[]Verdict]{V: verdicts}, r.Leaf, a.Serving)
		return store.Classify(err)
	})
	if err != nil {
		return r, fmt.Errorf("keep an audit: %w", err)
	}
	return r, nil
}

// leafWords are the verdicts as the ledger takes them: names without spaces.
var leafWords = map[Verdict]string{Verified: "verified", Sampled: "sampled", NotVerifiable: "not-verifiable", Broken: "broken"}

// Last returns the n latest audits, the newest first.
func (a *Auditor) Last(ctx context.Context, n int) ([]Summary, error) {
	rows, err := a.DB.QueryContext(ctx, "select id, at, policy, verdict, findings, guarantees, serving from audit_run order by at desc, id limit $1", n)
	if err != nil {
		return nil, fmt.Errorf("read audits: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Summary
	for rows.Next() {
		var s Summary
		var at store.Time
		var verdicts store.JSON[[]Verdict]
		if err := rows.Scan(&s.ID, &at, &s.Policy, &s.Verdict, &s.Findings, &verdicts, &s.Serving); err != nil {
			return nil, fmt.Errorf("read audits: %w", err)
		}
		s.At, s.Guarantees = at.Time, verdicts.V
		found = append(found, s)
	}
	return found, store.Classify(rows.Err())
}
