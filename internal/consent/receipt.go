package consent

import (
	"context"
	"encoding/json"
	"fmt"

	"kept/internal/fault"
	"kept/internal/store"
)

// document is a receipt: a record of ISO/IEC TS 27560:2023 in the terms of the
// W3C's Data Privacy Vocabulary, and what proves it.
type document struct {
	Context          map[string]string `json:"@context"`
	Type             string            `json:"type"`
	Header           json.RawMessage   `json:"header"`
	Processing       []json.RawMessage `json:"processing"`
	Parties          json.RawMessage   `json:"parties"`
	Events           []json.RawMessage `json:"events"`
	Acknowledgements []acknowledgement `json:"acknowledgements"`
	Log              string            `json:"log"` // the ledger's verifier key
}

// acknowledgement proves one event: at once by its signature, and by the
// inclusion in the ledger as soon as that is known.
type acknowledgement struct {
	Event     int    `json:"event"` // its place in Events
	Salt      []byte `json:"salt"`
	Signature []byte `json:"signature"`
	Leaf      string `json:"leaf"`
	Inclusion string `json:"inclusion,omitempty"` // C2SP tlog-proof
}

// acknowledged is a statement with its leaf, and the leaf's proof if there is one.
type acknowledged struct {
	statement
	leaf      string
	inclusion string
}

var vocabularies = map[string]string{
	"dpv":     "https://w3id.org/dpv#",
	"eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
}

// receipt puts the parts together.
func receipt(key string, terms []term, statements []acknowledged) ([]byte, error) {
	d := document{Context: vocabularies, Type: "dpv:ConsentReceipt", Header: statements[0].Header, Log: key}
	for _, t := range terms {
		if t.parties {
			d.Parties = t.body
			continue
		}
		d.Processing = append(d.Processing, t.body)
	}
	for i, st := range statements {
		d.Events = append(d.Events, st.Event)
		d.Acknowledgements = append(d.Acknowledgements, acknowledgement{Event: i, Salt: st.Salt, Signature: st.Signature, Leaf: st.leaf, Inclusion: st.inclusion})
	}
	b, err := encode(d)
	if err != nil {
		return nil, fmt.Errorf("write a receipt: %w", err)
	}
	return b, nil
}

// Receipt returns the receipt of a decision as it is now: with its end if it
// has ended, and with the proofs of inclusion that exist by now. NotFound if
// there is no such decision, or none any more.
func (s *Service) Receipt(ctx context.Context, id string) ([]byte, error) {
	var subject, leaf, endLeaf string
	var proof, ending []byte
	err := store.Classify(s.db.QueryRowContext(ctx, "select subject, leaf, end_leaf, proof, ending from consent_decision where id = $1", id).
		Scan(&subject, &leaf, &endLeaf, &proof, &ending))
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "there is no such receipt, or it is past its time: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	statements, err := s.openAll(ctx, subject, proof, ending)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	for i, leaf := range []string{leaf, endLeaf}[:len(statements)] {
		statements[i].leaf = leaf
		if statements[i].inclusion, err = s.inclusion(ctx, leaf); err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
	}
	terms, err := s.readTerms(ctx, s.db, statements[0].Header)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return receipt(s.ledger.Key(), terms, statements)
}

// openAll opens the statement of the acceptance and, if there is one, of the end.
func (s *Service) openAll(ctx context.Context, subject string, proof, ending []byte) ([]acknowledged, error) {
	st, err := s.openStatement(ctx, subject, proofContext, proof)
	if err != nil {
		return nil, err
	}
	found := []acknowledged{{statement: st}}
	if ending == nil {
		return found, nil
	}
	if st, err = s.openStatement(ctx, subject, endingContext, ending); err != nil {
		return nil, err
	}
	return append(found, acknowledged{statement: st}), nil
}

// inclusion returns the proof that a leaf is in the ledger, empty while it is
// pending.
func (s *Service) inclusion(ctx context.Context, leaf string) (string, error) {
	proof, err := s.ledger.Prove(ctx, leaf)
	if fault.Is(err, fault.Conflict) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return proof.Text(), nil
}
