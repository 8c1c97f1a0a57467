package app

import (
	"context"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/mail"
	"kept/internal/remote/cleverreach/cleverreachtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

const dispatched = `kept: 1
notice: {version: 2026-11-01, languages: [de, en], jurisdiction: DE}
controller: {name: Musteragentur GmbH, address: "Musterstraße 1, 65183 Wiesbaden, DE", email: privacy@agentur.example}
recipients:
  cleverreach: {name: CleverReach GmbH & Co. KG, address: Rastede, country: DE, role: processor, agreement: {kind: dpa}, hosts: [example.com]}
activities:
  newsletter:
    purpose: marketing.communications.email
    basis: consent
    data: [email, proof, suppression]
    recipients: {cleverreach: [email]}
    settings: {double_opt_in: true, dispatch: {cleverreach: {protocol: cleverreach}}}
    retention:
      - {from: sign-up, keep: 7 days, then: delete, unless: confirmed}
      - {from: unsubscribe, keep: 0 days, then: delete}
      - {data: [proof, suppression], from: unsubscribe, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
`

// Class 15: an erasure is not reported while the newsletter's processor has the
// person: down, or acknowledging without deleting.
func TestAnErasureWaitsForTheProcessor(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		ctx := t.Context()
		clk := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		s := cleverreachtest.New(t, clk)
		h := activitytest.EnvOver(t, egress.Options{Resolver: s, Dial: s.Dial, Roots: s.Roots()}, place, dispatched, clk, newsletter.Kind{})
		n := h.Running(newsletter.Name).(*newsletter.Newsletter)
		n.CleverReach = s.Account
		h.Rights.Elsewhere = append(h.Rights.Elsewhere, processors{n})
		p := carriedPerson(t, h, n)
		plan, err := h.Rights.Plan(ctx, p, rights.Erasure, rights.Wish{})
		if err != nil {
			t.Fatal(err)
		}
		there := 0
		for _, part := range plan.Parts {
			if part.System != "" && part.Does == rights.Deletes && part.Table == "cleverreach" {
				there++
			}
		}
		if there != 1 {
			t.Errorf("the plan does not name the processor: %+v", plan.Parts)
		}
		s.Down = true
		err = h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return h.Rights.Carry(ctx, tx, rights.Order{Case: "K-1", Person: p, Right: rights.Erasure, Plan: plan, By: "officer"})
		})
		if err != nil {
			t.Fatal(err)
		}
		state := func(hours int) rights.Progress {
			for range hours * 4 {
				h.Work()
				clk.Advance(15 * time.Minute)
			}
			all, err := h.Rights.Orders(ctx, "K-1")
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return all[0]
		}
		if o := state(8); o.State == rights.Done || len(o.Waits) != 1 {
			t.Errorf("the processor is down: %+v", o)
		}
		s.Down, s.Lost = false, 1000
		if o := state(8); o.State == rights.Done {
			t.Errorf("the processor did not delete: %+v", o)
		}
		s.Lost = 0
		if o := state(8); o.State != rights.Done || len(s.Receivers("Kept newsletter")) != 0 {
			t.Errorf("%+v; it has %v", o, s.Receivers("Kept newsletter"))
		}
	})
}

// carriedPerson is a subscriber whom the processor knows.
func carriedPerson(t *testing.T, h *activitytest.House, n *newsletter.Newsletter) rights.Person {
	t.Helper()
	table, err := newsletter.ReadTable("x.csv", []byte("email,signed_up,sign_up_ip,confirmed,source,text\nada@person.example,2024-02-01,192.0.2.1,2024-02-02,shop,Ja\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := n.Import(t.Context(), newsletter.Import{Table: table, Mapping: table.Guess()}); err != nil || got.Added != 1 {
		t.Fatal(got, err)
	}
	who, err := h.Subjects.Find(t.Context(), h.DB, subject.Email, "ada@person.example")
	if err != nil {
		t.Fatal(err)
	}
	a, err := n.Entry("")
	if err != nil {
		t.Fatal(err)
	}
	carrier, err := n.Carrier(a)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	next := func(context.Context, int) ([]mail.Letter, error) {
		if told {
			return nil, nil
		}
		return []mail.Letter{{ID: "l", Message: mail.Message{Subject: who}}}, nil
	}
	record := func(context.Context, *store.Tx, []mail.Outcome) error { told = true; return nil }
	common := func(fill func(string) string) (newsletter.Common, error) {
		return newsletter.Common{Title: "News", Text: fill("unsubscribe")}, nil
	}
	if _, err := carrier.Carry(t.Context(), newsletter.Consignment{ID: "c", Common: common, Campaign: mail.Campaign{Activity: a.Key, Next: next, Record: record}}); err != nil {
		t.Fatal(err)
	}
	return rights.Person{Subjects: []string{who}, Identifiers: []subject.Identifier{{Kind: subject.Email, Value: "ada@person.example"}}}
}
