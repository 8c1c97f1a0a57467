package manifest

import "fmt"

// Proof ties rows that rest on a consent to the rows that prove it: a row whose
// consent stands has one there, and whatever proves a consent names its leaf.
type Proof struct {
	Table string // of the same room; its id is the row's
	Given string // the moment, in both tables, at which the consent was given
	Ended string // the moment of the row at which it ended
	Leaf  string // the proof's column that names the leaf
	Kind  string // of the leaf
}

// checkProof returns an error if t's proof names what is not there.
func (m *Manifest) checkProof(t *Table) error {
	if t.Proof == nil {
		return nil
	}
	proofs, ok := m.Table(t.Proof.Table)
	if !ok {
		return fmt.Errorf("table %s: its proof lies in the missing table %s", t.Name, t.Proof.Table)
	}
	for _, x := range []*Table{t, proofs} {
		if _, ok := x.Column("id"); !ok {
			return fmt.Errorf("table %s: a proof is found by the column id, which is missing in %s", t.Name, x.Name)
		}
		if x.Moments[t.Proof.Given] == "" {
			return fmt.Errorf("table %s: %s does not say when the consent was given: the moment %s is missing", t.Name, x.Name, t.Proof.Given)
		}
	}
	if t.Moments[t.Proof.Ended] == "" {
		return fmt.Errorf("table %s: the moment at which the consent ends, %s, is missing", t.Name, t.Proof.Ended)
	}
	if _, ok := proofs.Column(t.Proof.Leaf); !ok {
		return fmt.Errorf("table %s: the column of the leaf, %s, is missing in %s", t.Name, t.Proof.Leaf, proofs.Name)
	}
	if t.Proof.Kind == "" {
		return fmt.Errorf("table %s: its proof does not say of which kind the leaf is", t.Name)
	}
	return nil
}
