package contactsync

import (
	"testing"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// What the policy does not let the recipient have is not written there.
func TestARecipientGetsWhatThePolicySays(t *testing.T) {
	const text = `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
recipients:
  microsoft: {name: Microsoft, address: Dublin, country: IE, role: third-party, hosts: [graph.example]}
activities:
  contact-sync:
    purpose: essential.service
    on_behalf_of: {en: the customer}
    data: [object_id, name, emails, phones, company, photo, mailboxes]
    origin: {en: the customer's directory}
    recipients: {microsoft: [object_id, name, emails, mailboxes]}
    settings: {sources: [graph], targets: [graph], brake: 10%}
    retention:
      - {from: removed, keep: 0 days, then: delete}
      - {from: expiry, keep: 90 days, then: delete}
      - {from: request, keep: 0 days, then: delete}
`
	p, findings := policy.Load("policy.yaml", []byte(text), manifest.Vocabulary([]manifest.Manifest{Manifest()}), time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC))
	if findings.HasErrors() {
		t.Fatalf("%+v", findings)
	}
	s := Setup{Connections: map[string]Connection{"m": {Kind: "graph", Recipient: "microsoft"}}}
	rules := s.goes(p.Activity("contact-sync"), Target{Connection: "m"})
	for field, want := range map[string]roster.Rule{"first": roster.Overwrite, "emails": roster.Overwrite, "phones": roster.Keep, "photo": roster.Keep, "company": roster.Keep} {
		if rules.Of(field) != want {
			t.Errorf("%s: %s", field, rules.Of(field))
		}
	}
}
