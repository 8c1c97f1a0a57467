package consent

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func verify(t *testing.T, b []byte, key string) Verdict {
	t.Helper()
	v, err := VerifyReceipt(b, key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReceipts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := open(t, db)
		b := h.browser()
		given := b.decide(Request{Groups: []string{"statistics"}, Services: []string{"player"}})
		v := verify(t, given.Receipt, h.ledger.Key())
		if !v.Acknowledged || v.Included || v.Findings != nil || v.State != "dpv:ConsentGiven" || v.Notice != h.notice || strings.Join(v.Accepted, " ") != "player statistics" {
			t.Errorf("at once: %+v", v)
		}
		id := given.State.Decision
		again, err := h.Receipt(ctx, id)
		if err != nil || !bytes.Equal(again, given.Receipt) {
			t.Errorf("read again: %v\n%s\n%s", err, again, given.Receipt)
		}
		if _, err := h.ledger.Sequence(ctx); err != nil {
			t.Fatal(err)
		}
		proved, err := h.Receipt(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if v := verify(t, proved, h.ledger.Key()); !v.Acknowledged || !v.Included || v.Findings != nil {
			t.Errorf("sequenced: %+v", v)
		}
		h.clock.Advance(time.Hour)
		withdrawn := b.decide(Request{None: true})
		if v := verify(t, withdrawn.Receipt, h.ledger.Key()); !v.Acknowledged || v.Included || v.State != "dpv:ConsentWithdrawn" || strings.Join(v.Withdrawn, " ") != "player statistics" || v.Decision != id {
			t.Errorf("withdrawn: %+v", v)
		}
		if _, err := h.ledger.Sequence(ctx); err != nil {
			t.Fatal(err)
		}
		ended, err := h.Receipt(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if v := verify(t, ended, h.ledger.Key()); !v.Acknowledged || !v.Included || v.State != "dpv:ConsentWithdrawn" {
			t.Errorf("withdrawn and sequenced: %+v", v)
		}
		checkTampering(t, ended, h.ledger.Key())
		if _, err := h.Receipt(ctx, store.NewID()); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown receipt: %v", err)
		}
	})
}

// checkTampering changes each byte of a receipt's text: whatever is still a
// receipt and says something else has a finding.
func checkTampering(t *testing.T, receipt []byte, key string) {
	t.Helper()
	var whole document
	if err := json.Unmarshal(receipt, &whole); err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, receipt, "", "  "); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, indented.Bytes(), key); !v.Included || v.Findings != nil {
		t.Errorf("indented: %+v", v)
	}
	for i := 0; i < len(receipt); i += 7 {
		changed := bytes.Clone(receipt)
		changed[i] ^= 1
		v, err := VerifyReceipt(changed, key)
		if err != nil || v.Findings != nil || !v.Included {
			continue
		}
		var d document
		if err := json.Unmarshal(changed, &d); err != nil {
			t.Fatal(err)
		}
		same := bytes.Equal(d.Header, whole.Header) && bytes.Equal(d.Parties, whole.Parties) && len(d.Events) == len(whole.Events) && len(d.Processing) == len(whole.Processing)
		for n := range d.Events {
			same = same && bytes.Equal(d.Events[n], whole.Events[n])
		}
		for n := range d.Processing {
			same = same && bytes.Equal(d.Processing[n], whole.Processing[n])
		}
		if !same {
			t.Fatalf("byte %d changed and nothing was found: %s", i, changed[max(0, i-40):min(len(changed), i+40)])
		}
	}
	if v := verify(t, receipt, ""); !v.OwnKey || !v.Included {
		t.Errorf("with its own key: %+v", v)
	}
	other := "agentur.example/ledger+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if v := verify(t, receipt, other); v.Acknowledged || v.Included || v.Findings == nil {
		t.Errorf("with another key: %+v", v)
	}
	for _, none := range []string{"", "{}", "[]", `{"header":{}}`, "null", strings.Repeat("[", 100000)} {
		if _, err := VerifyReceipt([]byte(none), key); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q is a receipt: %v", none, err)
		}
	}
}

// The receipt has the parts and names of ISO/IEC TS 27560 that law.md lists.
func TestAReceiptSaysWhatTheStandardAsks(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	out := b.decide(Request{All: true})
	for _, want := range []string{
		`"schema_version":"https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"`, `"record_id":"` + out.State.Decision, `"receipt_id":`, `"principal_id":`,
		`"notice_sha256":"` + h.notice, `"language":"de"`, `"data_use":"analytics.reporting","dpv:hasPurpose":"dpv:`, `"storage_location":["controller"]`, `"dpv:hasPersonalData":["page","time"]`,
		`"dpv:hasDataController":"Musteragentur GmbH"`, `"dpv:hasStorageCondition":[{`, `"dpv:hasDuration":"P14M"`, `"dpv:hasJurisdiction":"DE"`, `"dpv:hasRecipient":"video"`,
		`"withdrawal_method":`, `"parties":{"controller":`, `"state":"dpv:ConsentGiven"`, `"validity":"P6M"`, `"country":"IE"`, `"time":"2026-03-31T10:00:00.000Z"`,
	} {
		if !bytes.Contains(out.Receipt, []byte(want)) {
			t.Errorf("%s is missing in\n%s", want, out.Receipt)
		}
	}
}

// Once the person's key is gone, the ledger still verifies, and nothing in it
// or in the database can be tied to the receipt any more but by its holder.
func TestTheProofGoesWithTheKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := open(t, db)
		b := h.browser()
		out := b.decide(Request{All: true})
		person, err := h.Subject(ctx, out.State.Decision)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.ledger.Sequence(ctx); err != nil {
			t.Fatal(err)
		}
		held, err := h.Receipt(ctx, out.State.Decision)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.vault.Destroy(ctx, person); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Receipt(ctx, out.State.Decision); !fault.Is(err, fault.NotFound) {
			t.Errorf("the proof is readable without its key: %v", err)
		}
		if v := verify(t, held, h.ledger.Key()); !v.Included {
			t.Errorf("the person's own receipt: %+v", v)
		}
		// Withdrawing works all the same.
		b.decide(Request{None: true})
		if st := b.state(); !st.Refused || !h.Withdrawn(out.State.Decision) {
			t.Errorf("after the withdrawal: %v", st)
		}
	})
}

func TestPromise_MC22_TheProofOfARevokedConsentIsKeptThreeYears(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	a := h.policy.Load().Activity(Name)
	if a == nil {
		t.Fatal("the built-in activity is missing")
	}
	table, ok := func() (string, bool) {
		m := Manifest()
		x, ok := m.Table("consent_decision")
		return x.Moments["revocation"], ok
	}()
	for _, field := range []string{"choice", "decided", "text_shown", "signal", "signature", "ended"} {
		r := a.RuleFor(field)
		if r == nil || r.From != "revocation" || r.Keep.String() != "P3Y" || r.Then != "delete" {
			t.Errorf("%s: %+v", field, r)
		}
	}
	if r := a.RuleFor("last_visit"); r == nil || r.From != "last-visit" || r.Keep.String() != "P6M" {
		t.Errorf("last_visit: %+v", r)
	}
	if !ok || table != "ended_at" {
		t.Errorf("the revocation is counted from %s", table)
	}
}
