package consent

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"kept/internal/store"
)

const (
	signingContext = "consent receipt"
	saltSize       = 16
	// schema is the profile of ISO/IEC TS 27560:2023 in DPV terms that receipts follow.
	schema = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
)

// statement is one signed sentence of a receipt: this happened to that record.
// It is kept byte for byte as it was signed.
type statement struct {
	Header    json.RawMessage `json:"header"`
	Event     json.RawMessage `json:"event"`
	Salt      []byte          `json:"salt"` // hides the content in the ledger from whoever lacks the receipt
	Signature []byte          `json:"signature"`
}

// header is the first part of ISO/IEC TS 27560, with the hashes of the parts
// that are the same for many people.
type header struct {
	Schema       string   `json:"schema_version"`
	Record       string   `json:"record_id"`
	Receipt      string   `json:"receipt_id"`
	Principal    string   `json:"principal_id"`
	Language     string   `json:"language"`
	Notice       string   `json:"notice_sha256"`
	Policy       string   `json:"policy_sha256"`
	Version      string   `json:"policy_version"`
	Jurisdiction string   `json:"jurisdiction"`
	Processing   []string `json:"processing_sha256"`
	Parties      string   `json:"parties_sha256"`
}

// event is one entry of the last part.
type event struct {
	Time      string   `json:"time"`
	Type      string   `json:"type"`
	State     string   `json:"state"` // a consent status of DPV
	Entity    string   `json:"entity"`
	Validity  string   `json:"validity,omitempty"` // ISO 8601, from the last visit on
	Source    Source   `json:"source,omitempty"`
	Signal    bool     `json:"global_privacy_control,omitempty"`
	Offered   []string `json:"offered,omitempty"`
	Accepted  []string `json:"accepted,omitempty"`
	Refused   []string `json:"refused,omitempty"`
	Withdrawn []string `json:"withdrawn,omitempty"`
	Next      string   `json:"next_record_id,omitempty"`
}

func headerOf(r Decision, o *offer, terms []term) header {
	h := header{
		Schema: schema, Record: r.ID, Receipt: store.NewID(), Principal: r.Subject, Language: r.Language,
		Notice: r.NoticeHash, Policy: r.PolicyHash, Version: o.policy.Notice.Version, Jurisdiction: o.policy.Notice.Jurisdiction,
	}
	for _, t := range terms {
		if t.parties {
			h.Parties = t.hash
			continue
		}
		h.Processing = append(h.Processing, t.hash)
	}
	return h
}

// given is the event of an acceptance; refused is what was offered and not
// agreed to.
func given(r Decision, o *offer, refused []string) event {
	return event{
		Time: stamp(r.At), Type: "dpv:ExplicitlyExpressedConsent", State: "dpv:ConsentGiven", Entity: r.Subject, Validity: o.lifetime.String(),
		Source: r.Source, Signal: r.GPC, Offered: r.Offered, Accepted: r.Accepted, Refused: refused,
	}
}

// withdrawal is the event of a decision's end.
func withdrawal(x *ended, e ending) event {
	ev := event{Time: stamp(e.at), Type: e.by, State: "dpv:ConsentWithdrawn", Entity: x.subject, Source: e.source, Withdrawn: x.lost, Next: e.next}
	switch {
	case e.by == Lapsed:
		ev.State, ev.Withdrawn = "dpv:ConsentExpired", nil
	case len(x.lost) == 0:
		ev.State = "dpv:ConsentInvalidated" // nothing was taken back: a later record stands in its place
	}
	return ev
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// attest signs that ev happened to the record of h, a header or its bytes.
func (s *Service) attest(h any, ev event) (statement, error) {
	st := statement{Salt: make([]byte, saltSize)}
	rand.Read(st.Salt) // never fails since Go 1.24
	var err error
	if st.Header, err = encode(h); err == nil {
		st.Event, err = encode(ev)
	}
	if err != nil {
		return statement{}, fmt.Errorf("attest a decision: %w", err)
	}
	st.Signature = s.ledger.Sign(signingContext, st.message())
	return st, nil
}

// message is what is signed and committed to.
func (st statement) message() []byte {
	return bytes.Join([][]byte{st.Salt, st.Header, st.Event}, []byte{'\n'})
}

// commitment is what the ledger's leaf says about the statement: it can be
// opened by whoever holds the receipt, and by nobody once the salt is gone.
func (st statement) commitment() []byte {
	sum := sha256.Sum256(st.message())
	return sum[:]
}

func (s *Service) sealStatement(ctx context.Context, subject, place string, st statement) ([]byte, error) {
	plain, err := encode(st)
	if err != nil {
		return nil, err
	}
	return s.vault.Seal(ctx, proofKey(subject), place, plain)
}

func (s *Service) openStatement(ctx context.Context, subject, place string, sealed []byte) (st statement, err error) {
	plain, err := s.vault.Open(ctx, proofKey(subject), place, sealed)
	if err != nil {
		return statement{}, err
	}
	if err := json.Unmarshal(plain, &st); err != nil {
		return statement{}, fmt.Errorf("read a statement: %w", err)
	}
	return st, nil
}

// encode writes compact JSON that compacting leaves as it is.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
