package newsletter_test

import (
	"net/http"
	"strings"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// throughProcessor is a policy whose mails a processor relays, which gets some fields.
func throughProcessor(policy, fields string) string {
	policy = replaced(policy, "activities:", `recipients:
  mailing: {name: Briefkasten GmbH, address: "Allee 1, 10115 Berlin, DE", country: DE, role: processor, category: {de: Versand, en: dispatch}, hosts: [mail.briefkasten.example], agreement: {kind: dpa, since: 2025-01-01}}
activities:`)
	policy = replaced(policy, "    settings: {double_opt_in: true", "    recipients: {mailing: ["+fields+"]}\n    settings: {dispatch: {mailing: {protocol: smtp}}, double_opt_in: true")
	return policy
}

func TestPromise_AH21_DispatchRunsThroughAProcessorAndMeasuringIsPartOfTheConsent(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, throughProcessor(policyOf(campaignFields), "email, name"), clock.At(noon), newsletter.Kind{})
		p := crowd(t, h, 1)[0]
		found, err := news(h).Proofs(t.Context(), p.email)
		if err != nil || len(found) != 1 || !strings.Contains(found[0].Text, "whether I open the mails and which links in them I click") {
			t.Fatalf("the consent does not name the measuring: %v %+v", err, found)
		}
		c := sent(t, h, draft())
		m := p.newest()
		p.ask(http.MethodGet, addressWith(t, m, "/go/"), nil)
		p.ask(http.MethodGet, addressWith(t, m, "/seen/"), nil)
		if n := count(t, h, "select count(*) from newsletter_dispatch where clicks is not null and opened_at is not null"); n != 1 {
			t.Error("neither opening nor clicking is measured")
		}
		if got := delivered(t, h); !strings.Contains(got, `"recipient":"mailing"`) || !strings.Contains(got, `"count":1`) {
			t.Errorf("the ledger does not say that the processor got it: %s", got)
		}
		// Whoever consented to no measuring is not measured, though it is declared now.
		h.SetPolicy(throughProcessor(policyOf(append(allFields[:len(allFields):len(allFields)], "dispatch")), "email, name"))
		q := someone(h, 2)
		q.subscribe()
		h.SetPolicy(throughProcessor(policyOf(campaignFields), "email, name"))
		next := draft()
		next.Name = "December"
		sent(t, h, next)
		for _, a := range addresses(q.newest()) {
			if strings.Contains(a, "/go/") || strings.Contains(a, "/seen/") {
				t.Errorf("somebody is measured who was not asked: %s", a)
			}
		}
		// A measure that the policy takes back ends at once, in old mails too.
		h.SetPolicy(throughProcessor(policyOf(append(allFields[:len(allFields):len(allFields)], "dispatch")), "email, name"))
		p.ask(http.MethodGet, addressWith(t, m, "/go/"), nil)
		if r, err := news(h).Report(t.Context(), c.ID); err != nil || r.Links[0].Clicks != 1 {
			t.Errorf("a click counts that the policy does not let be counted: %v %+v", err, r)
		}
	})
}

// delivered returns the deliveries that the ledger knows of.
func delivered(t *testing.T, h *activitytest.House) string {
	t.Helper()
	if _, err := h.Ledger.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	leaves, err := h.Ledger.Recent(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range leaves {
		if l.Kind == "delivery" {
			all = append(all, string(l.Facts))
		}
	}
	return strings.Join(all, "\n")
}

func TestPromise_AH36_TheDescriptionOfTheContentsBoundsTheConsent(t *testing.T) {
	about := func(words string) string {
		return replaced(policyOf(campaignFields), "double_opt_in: true", "double_opt_in: true, contents: {de: "+words+", en: "+words+"}")
	}
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policyOf(campaignFields), clock.At(noon), newsletter.Kind{})
		usual := someone(h, 1)
		usual.subscribe()
		h.SetPolicy(about("gardening"))
		gardener := someone(h, 2)
		gardener.subscribe()
		h.SetPolicy(about("gardening and cooking"))
		cook := someone(h, 3)
		cook.subscribe()
		entry := h.Policy().Activity("newsletter")
		described, err := news(h).Descriptions(t.Context(), entry, "en")
		if err != nil || len(described) != 3 || described[0].Says != "gardening and cooking" || !described[0].Now {
			t.Fatalf("%v %+v", err, described)
		}
		id := map[string]string{}
		for _, d := range described {
			if d.People != 1 {
				t.Errorf("%+v", d)
			}
			id[d.Says] = d.ID
		}
		for _, c := range []struct {
			covered []string
			reaches []*person
		}{
			{[]string{id["gardening and cooking"]}, []*person{cook}},
			{[]string{id["gardening"], id["gardening and cooking"]}, []*person{gardener, cook}},
			{[]string{""}, []*person{usual}},
		} {
			before := map[*person]int{}
			for _, p := range []*person{usual, gardener, cook} {
				before[p] = len(p.mails())
			}
			mail := draft()
			mail.Contents = c.covered
			if got := sent(t, h, mail); got.Tally.Sent != int64(len(c.reaches)) {
				t.Errorf("%v: %+v", c.covered, got.Tally)
			}
			for _, p := range c.reaches {
				if len(p.mails()) != before[p]+1 {
					t.Errorf("%s did not get what they consented to", p.email)
				}
			}
		}
		mail := draft()
		mail.Contents = nil
		if err := news(h).Schedule(t.Context(), compose(t, h, mail), newsletter.When{}, "owner"); err == nil {
			t.Error("a mail leaves that does not say what it is about")
		}
	})
}

func TestPromise_AH37_NothingButTheDeclaredFieldsStandsInWhatTheProcessorRelays(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, throughProcessor(policyOf(campaignFields), "email, name"), clock.At(noon), newsletter.Kind{})
		p := crowd(t, h, 1)[0]
		sent(t, h, draft())
		if raw := string(p.newest().Raw); !strings.Contains(raw, p.last) {
			t.Errorf("the declared name is not in the mail:\n%s", raw)
		}
		h.SetPolicy(throughProcessor(policyOf(campaignFields), "email"))
		sent(t, h, draft())
		if raw := string(p.newest().Raw); strings.Contains(raw, p.first) || strings.Contains(raw, p.last) || strings.Contains(raw, p.company) {
			t.Errorf("a field goes to the processor that is not declared for it:\n%s", raw)
		}
		if got := delivered(t, h); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"fields":["email"]`) {
			t.Errorf("the ledger says %s", got)
		}
		for _, m := range h.Sink.Mails() { // it writes to nobody else
			if len(m.To) != 1 || m.To[0] != p.email {
				t.Errorf("a mail to %v", m.To)
			}
		}
	})
}
