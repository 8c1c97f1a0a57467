package consent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/ledger"
)

const longestReceipt = 4 << 20

// Verdict is what a receipt proves.
type Verdict struct {
	Decision  string   `json:"decision"`
	Notice    string   `json:"notice"` // hash of the text that was shown
	State     string   `json:"state"`  // of the last event: dpv:ConsentGiven, dpv:ConsentWithdrawn, …
	Time      string   `json:"time"`   // of the last event
	Given     string   `json:"given"`  // when it was accepted
	Accepted  []string `json:"accepted"`
	Withdrawn []string `json:"withdrawn,omitempty"`

	Acknowledged bool     `json:"acknowledged"`       // every event is signed by the log's key
	Included     bool     `json:"included"`           // and is in the log, under a signed checkpoint
	OwnKey       bool     `json:"own_key"`            // no key was given: the receipt's own was believed
	Findings     []string `json:"findings,omitempty"` // what does not fit; a pending inclusion is none
}

// VerifyReceipt checks a receipt offline against the log's verifier key ("" for
// the one that the receipt names, which proves that it is whole but not whose
// it is). It says which of the two proofs it saw: the signature, given at once,
// and the inclusion in the log. The error says why b is no receipt at all; what
// is wrong with a receipt stands in the findings.
func VerifyReceipt(b []byte, key string) (Verdict, error) {
	if len(b) > longestReceipt {
		return Verdict{}, fault.New(fault.TooLarge, "this is too long for a receipt")
	}
	var d document
	var h header
	if err := json.Unmarshal(b, &d); err != nil {
		return Verdict{}, fault.New(fault.Invalid, "this is not a receipt: %w", err)
	}
	if err := json.Unmarshal(d.Header, &h); err != nil || len(d.Events) == 0 {
		return Verdict{}, fault.New(fault.Invalid, "this is not a receipt: its header or its events are missing")
	}
	v := Verdict{Decision: h.Record, Notice: h.Notice}
	if key == "" {
		key, v.OwnKey = d.Log, true
	}
	v.checkTerms(d, h)
	v.checkEvents(d, key)
	return v, nil
}

func (v *Verdict) find(format string, args ...any) {
	v.Findings = append(v.Findings, fmt.Sprintf(format, args...))
}

// checkTerms compares the parts that the header names by hash.
func (v *Verdict) checkTerms(d document, h header) {
	var hashes []string
	for _, p := range d.Processing {
		hashes = append(hashes, hashOf(p))
	}
	if !slices.Equal(hashes, h.Processing) {
		v.find("the processing is not the one that was consented to")
	}
	if hashOf(d.Parties) != h.Parties {
		v.find("the parties are not those of the record")
	}
}

func hashOf(raw json.RawMessage) string {
	sum := sha256.Sum256(compact(raw))
	return hex.EncodeToString(sum[:])
}

// compact undoes the indentation that a program may have put into a receipt.
func compact(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

// checkEvents checks each event's acknowledgement.
func (v *Verdict) checkEvents(d document, key string) {
	v.Acknowledged, v.Included = true, true
	for i, raw := range d.Events {
		n := slices.IndexFunc(d.Acknowledgements, func(a acknowledgement) bool { return a.Event == i })
		if n < 0 {
			v.find("event %d has no acknowledgement", i+1)
			v.Acknowledged, v.Included = false, false
			continue
		}
		a := d.Acknowledgements[n]
		st := statement{Header: compact(d.Header), Event: compact(raw), Salt: a.Salt, Signature: a.Signature}
		if err := ledger.VerifySignature(key, signingContext, st.message(), st.Signature); err != nil {
			v.find("the signature of event %d does not fit: %v", i+1, err)
			v.Acknowledged = false
		}
		v.Included = v.checkInclusion(i, a, st, key) && v.Included
		v.read(i, raw)
	}
	v.Included = v.Included && v.Acknowledged
}

// checkInclusion reports whether the event's leaf is shown to be in the log.
func (v *Verdict) checkInclusion(i int, a acknowledgement, st statement, key string) bool {
	if a.Inclusion == "" {
		return false
	}
	proof, err := ledger.ParseProof(a.Inclusion)
	if err != nil {
		v.find("the proof of event %d cannot be read: %v", i+1, err)
		return false
	}
	leaf, _, err := proof.Verify(key)
	if err != nil {
		v.find("the proof of event %d does not fit: %v", i+1, err)
		return false
	}
	var facts struct {
		Commitment string `json:"commitment"`
	}
	if err := json.Unmarshal(leaf.Facts, &facts); err != nil || facts.Commitment != hex.EncodeToString(st.commitment()) ||
		leaf.ID != a.Leaf || !strings.HasPrefix(leaf.Kind, "consent.") {
		v.find("the proof of event %d is about another leaf", i+1)
		return false
	}
	return true
}

// read takes what an event says into the verdict.
func (v *Verdict) read(i int, raw json.RawMessage) {
	var ev event
	if err := json.Unmarshal(raw, &ev); err != nil {
		v.find("event %d cannot be read", i+1)
		return
	}
	v.State, v.Time = ev.State, ev.Time
	if i == 0 {
		v.Given, v.Accepted = ev.Time, ev.Accepted
	}
	v.Withdrawn = append(v.Withdrawn, ev.Withdrawn...)
}
