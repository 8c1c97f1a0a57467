package policy_test

import (
	"slices"
	"testing"

	"kept/internal/policy"
)

// Whoever runs the server holds what is stored on it, whatever the kind hands out
// itself: here of a kind that hands out nothing.
const hosted = `recipients:
  host: {name: Rechenwerk GmbH, country: DE, role: hosting, agreement: {kind: dpa, since: 2026-01-01}}
`

func TestAHostHoldsTheDataOfAKindThatHandsNothingOut(t *testing.T) {
	p, f := policy.Load("hosted.yaml", []byte(onBase(hosted+hostedLog("recipients: {host: all}"))), words(), today)
	if len(f) > 0 {
		t.Fatal(f)
	}
	d := p.Activity("access-log").Recipients[0]
	if got := names(d.Fields); !slices.Equal(got, []string{"url", "time"}) || !d.Whole() {
		t.Errorf("the host holds %v, whole: %t", got, d.Whole())
	}
	p, f = policy.Load("hosted.yaml", []byte(onBase(hosted+hostedLog("recipients: {host: [url]}"))), words(), today)
	if len(f) > 0 {
		t.Fatal(f)
	}
	if d := p.Activity("access-log").Recipients[0]; !slices.Equal(names(d.Fields), []string{"url"}) || d.Whole() {
		t.Errorf("the host holds %v, whole: %t", names(d.Fields), d.Whole())
	}
}

func TestAHostHoldsWhatKeptItselfStores(t *testing.T) {
	src := onBase(hosted + hostedLog("recipients: {host: all}") + "  consent:\n    recipients: {host: all}\n")
	p, f := policy.Load("hosted.yaml", []byte(src), words(), today)
	if len(f) > 0 {
		t.Fatal(f)
	}
	if got := names(p.Activity("consent").Recipients[0].Fields); !slices.Equal(got, []string{"choice", "ended"}) {
		t.Errorf("the host holds %v", got)
	}
}

func TestAHostWorksOnOrder(t *testing.T) {
	without := `recipients: {host: {name: Rechenwerk GmbH, country: DE, role: hosting}}` + "\n"
	_, f := policy.Load("hosted.yaml", []byte(onBase(without+hostedLog("recipients: {host: all}"))), words(), today)
	if got := codesOf(f); !slices.Equal(got, []string{"K403"}) {
		t.Errorf("a host without an agreement: %v", f)
	}
	if !policy.Hosting.OnOrder() || !policy.Processor.OnOrder() || policy.ThirdParty.OnOrder() {
		t.Error("a host and a processor act on our instructions, a third party does not")
	}
}

func TestOnlyAHostGetsAll(t *testing.T) {
	maps := "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: processor, agreement: {kind: dpa}}\n"
	_, f := policy.Load("all.yaml", []byte(onBase(maps+hostedLog("recipients: {maps: all}"))), words(), today)
	if got := codesOf(f); !slices.Equal(got, []string{"K410"}) {
		t.Errorf("of a kind that hands nothing out: %v", f)
	}
	_, f = policy.Load("all.yaml", []byte(onBase(maps+"activities:\n  newsletter:\n    purpose: marketing.communications.email\n    basis: consent\n    group: marketing\n    data: [email, proof]\n    recipients: {maps: all}\n    retention: [{from: unsubscribe, keep: 1 day, then: delete}]\n")), words(), today)
	if !slices.Contains(codesOf(f), "K423") {
		t.Errorf("of a kind that hands out: %v", f)
	}
}

// logWith is the access log of the base with one more line.
func hostedLog(line string) string {
	return "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n" +
		"    interest: {de: Schutz vor Lastspitzen, en: protection against load peaks}\n    data: [url, time]\n    " + line +
		"\n    retention:\n      - {from: collection, keep: 7 days, then: delete}\n"
}

func names(refs []policy.Ref) (all []string) {
	for _, r := range refs {
		all = append(all, r.Name)
	}
	return all
}
