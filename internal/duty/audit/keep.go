package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
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
	Whole      bool      // its report is still kept
}

// How long and how many reports are kept whole: what was found before stands as counts.
const (
	keptYears    = 1
	mostReports  = 1000 // of audits that somebody makes again and again, the newest
	mostFindings = 1000 // of one guarantee
)

// keep stores the report, its counts and a leaf, and forgets reports that are too old.
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
		if err != nil {
			return store.Classify(err)
		}
		if _, err := tx.ExecContext(ctx, "insert into audit_report (id, at, report) values ($1, $2, $3)", r.ID, store.At(r.At), store.JSON[Report]{V: r.shortened()}); err != nil {
			return store.Classify(err)
		}
		_, err = tx.ExecContext(ctx, "delete from audit_report where at < $1 or id not in (select id from audit_report order by at desc, id limit $2)",
			store.At(r.At.AddDate(-keptYears, 0, 0)), mostReports)
		return store.Classify(err)
	})
	if err != nil {
		return r, fmt.Errorf("keep an audit: %w", err)
	}
	return r, nil
}

// shortened is the report with no more findings than are kept.
func (r Report) shortened() Report {
	r.Guarantees = slices.Clone(r.Guarantees)
	for i := range r.Guarantees {
		g := &r.Guarantees[i]
		g.Findings = g.Findings[:min(len(g.Findings), mostFindings)]
	}
	return r
}

// Report returns what an audit counted and found; NotFound once it is a year old.
func (a *Auditor) Report(ctx context.Context, id string) (Report, error) {
	var r store.JSON[Report]
	err := store.Classify(a.DB.QueryRowContext(ctx, "select report from audit_report where id = $1", id).Scan(&r))
	if fault.Is(err, fault.NotFound) {
		return r.V, fault.New(fault.NotFound, "what this audit found is not kept: it is over a year old, or there is no such audit")
	}
	if err != nil {
		return r.V, fmt.Errorf("read an audit: %w", err)
	}
	return r.V, nil
}

// leafWords are the verdicts as the ledger takes them: names without spaces.
var leafWords = map[Verdict]string{Verified: "verified", Sampled: "sampled", NotVerifiable: "not-verifiable", Broken: "broken"}

// Last returns the n latest audits, the newest first.
func (a *Auditor) Last(ctx context.Context, n int) ([]Summary, error) {
	rows, err := a.DB.QueryContext(ctx, "select id, at, policy, verdict, findings, guarantees, serving, exists (select 1 from audit_report r where r.id = audit_run.id) from audit_run order by at desc, id limit $1", n)
	if err != nil {
		return nil, fmt.Errorf("read audits: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Summary
	for rows.Next() {
		var s Summary
		var at store.Time
		var verdicts store.JSON[[]Verdict]
		if err := rows.Scan(&s.ID, &at, &s.Policy, &s.Verdict, &s.Findings, &verdicts, &s.Serving, &s.Whole); err != nil {
			return nil, fmt.Errorf("read audits: %w", err)
		}
		s.At, s.Guarantees = at.Time, verdicts.V
		found = append(found, s)
	}
	return found, store.Classify(rows.Err())
}
