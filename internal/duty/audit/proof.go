package audit

import (
	"context"
	"fmt"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// proven checks the consents that a kind asks for itself, by what its manifest
// says of their proof.
func (x *examination) proven(ctx context.Context, s *sheet, a *policy.Activity, m *manifest.Manifest) error {
	looked := false
	for i := range m.Tables {
		t := &m.Tables[i]
		if t.Proof == nil || !x.has(t.Name) || !x.has(t.Proof.Table) {
			continue
		}
		looked = true
		if err := x.standingProven(ctx, s, a, m, t); err != nil {
			return err
		}
		if err := x.proofsBound(ctx, s, a, m, t); err != nil {
			return err
		}
	}
	if looked {
		return nil
	}
	n, err := x.about(ctx, a, m)
	if err != nil {
		return err
	}
	c := Check{What: "consent to " + a.Key, Counted: n}
	if n > 0 {
		c.Verdict, c.Why = NotVerifiable, "the activity keeps the proof of its consents itself and does not say where"
	}
	s.counted(c, Finding{}) // without a row there is no consent to prove
	return nil
}

// about counts what the kind holds about people for an entry; the rows of events
// name none, so all of them count.
func (x *examination) about(ctx context.Context, a *policy.Activity, m *manifest.Manifest) (n int64, err error) {
	for i := range m.Tables {
		t := &m.Tables[i]
		var held tally
		switch {
		case t.Impersonal != "":
		case t.Shape != manifest.Rows:
			held, err = x.rows(ctx, t)
		case x.has(t.Name) && subjectOf(m, t) != "":
			held, err = count(ctx, x.DB, t.Name, "", mine(m, t, a))
		}
		if err != nil {
			return 0, err
		}
		n += held.n
	}
	return n, nil
}

// standingProven counts rows of t whose consent stands and that have no proof.
func (x *examination) standingProven(ctx context.Context, s *sheet, a *policy.Activity, m *manifest.Manifest, t *manifest.Table) error {
	given, ended := momentOf(m, t, t.Proof.Given), momentOf(m, t, t.Proof.Ended)
	stands := and(mine(m, t, a), given+" is not null", ended+" is null")
	whole, err := count(ctx, x.DB, t.Name, given, stands)
	if err != nil {
		return err
	}
	bad, err := count(ctx, x.DB, t.Name, given, and(stands, fmt.Sprintf("not exists (select 1 from %s p where p.id = %s.id)", t.Proof.Table, t.Name)))
	if err != nil {
		return err
	}
	s.counted(Check{What: "proof of the consent to " + a.Key, Table: t.Name, Counted: whole.n, Oldest: whole.oldest},
		Finding{Count: bad.n, Oldest: bad.oldest,
			What:   fmt.Sprintf("rows of %s whose consent stands without a proof", a.Key),
			Remedy: "restore the proofs from a backup; whoever has none is asked anew, or deleted"})
	return nil
}

// proofsBound counts proofs of a given consent whose leaf is not in the ledger.
// Where the moment is not kept in the proof, its leaf or the row says that it came.
func (x *examination) proofsBound(ctx context.Context, s *sheet, a *policy.Activity, m *manifest.Manifest, t *manifest.Table) error {
	proofs, ok := m.Table(t.Proof.Table)
	if !ok {
		return nil
	}
	leaf, at := proofs.Name+"."+t.Proof.Leaf, momentOf(m, proofs, t.Proof.Given)
	given := and(mine(m, proofs, a), or([]string{
		at + " is not null", leaf + " is not null",
		fmt.Sprintf("exists (select 1 from %s r where r.id = %s.id and r.%s is not null)", t.Name, proofs.Name, t.Moments[t.Proof.Given]),
	}))
	whole, err := count(ctx, x.DB, proofs.Name, at, given)
	if err != nil {
		return err
	}
	bad, err := count(ctx, x.DB, proofs.Name, at, and(given, or([]string{leaf + " is null", "not " + leafExists(leaf, t.Proof.Kind+`"`)})))
	if err != nil {
		return err
	}
	s.counted(Check{What: "proofs of consent to " + a.Key + " with a leaf", Table: proofs.Name, Counted: whole.n, Oldest: whole.oldest},
		Finding{Count: bad.n, Oldest: bad.oldest,
			What:   fmt.Sprintf("proofs of consent to %s without a leaf in the ledger", a.Key),
			Remedy: "the record was changed or written past Kept; look at who had access to the database"})
	return nil
}
