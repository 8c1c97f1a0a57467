package policy_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/policy"
)

// talks is a kind with settings that belong together, and a consent of its own.
func talks() policy.Vocabulary {
	v := words()
	v["talks"] = &policy.Kind{
		Name: "talks", Asks: true, Delivers: true,
		Fields:  fields("user.contact.email email"),
		Moments: []policy.Moment{{Name: "collection"}},
		Settings: []policy.SettingSpec{{Name: "recording", Type: policy.SettingGroup, Parts: []policy.SettingSpec{
			{Name: "announce", Type: policy.SettingStrings, Keys: []string{"invitation", "start"}, All: true, Required: true},
			{Name: "purpose", Type: policy.SettingText, Required: true},
			{Name: "recipients", Type: policy.SettingRecipients},
			{Name: "access", Type: policy.SettingDepartments},
			{Name: "default", Type: policy.SettingString, Keys: []string{"off", "on"}, Default: "off"},
		}}},
	}
	return v
}

func talk(settings string, oldnew ...string) (*policy.Activity, policy.Findings) {
	src := `kept: 1
notice: {version: 2026-01-01, languages: [de, en], jurisdiction: DE}
controller: {name: A, address: B, email: a@b.example, authority: {name: C}, officer: {email: d@b.example}}
recipients:
  rooms: {name: Rooms Ltd., address: D, country: DE, role: processor, agreement: {kind: dpa}}
measures: [tls]
departments:
  office: {title: {de: Büro, en: Office}}
activities:
  talks:
    purpose: essential.service.communication
    basis: consent
    data: [email]
    access: [office]
    recipients: {rooms: [email]}
    retention:
      - {from: collection, keep: 1 day, then: delete}
    settings:
` + settings
	src = strings.NewReplacer(oldnew...).Replace(src)
	p, findings := policy.Load("talks.yaml", []byte(src), talks(), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))
	return p.Activity("talks"), findings
}

// Settings that belong together are read and checked together.
func TestAGroupOfSettings(t *testing.T) {
	const recording = "      recording: {announce: [invitation, start], purpose: {de: Protokoll, en: minutes}, recipients: [rooms], access: [office]}\n"
	a, findings := talk(recording)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	r := a.Settings.Group("recording")
	if r.String("default") != "off" || r.Text("purpose")["de"] != "Protokoll" || len(r.Strings("announce")) != 2 || r.Strings("recipients")[0] != "rooms" {
		t.Errorf("%v", r)
	}
	for _, wrong := range []struct{ old, new, code, says string }{
		{"[invitation, start]", "[start]", "K127", "recording.announce of talks must list each of invitation, start"},
		{", purpose: {de: Protokoll, en: minutes}", "", "K128", "lacks the setting recording.purpose"},
		{"recipients: [rooms]", "recipients: [room]", "K401", `names the recipient "room"`},
		{"recipients: [rooms]", "recipient: [rooms]", "K126", `no setting "recording.recipient"`},
		{"access: [office]", "access: [attic]", "K127", `recording.access of talks names the department "attic"`},
		{"{announce", "[announce", "K1", ""},
	} {
		_, findings := talk(strings.Replace(recording, wrong.old, wrong.new, 1))
		if len(findings) == 0 || !strings.HasPrefix(findings[0].Code, wrong.code) || !strings.Contains(findings[0].Problem, wrong.says) {
			t.Errorf("%s: %v", wrong.new, findings)
		}
	}
}

// A kind that asks for its consent itself needs no group, and takes none.
func TestAConsentOutsideTheBanner(t *testing.T) {
	if _, findings := talk("      {}\n"); len(findings) > 0 {
		t.Error(findings)
	}
	_, findings := talk("      {}\n    group: functional\n")
	if len(findings) != 1 || findings[0].Code != "K209" {
		t.Error(findings)
	}
}

// People can be told before a moment that is known in advance, however soon
// after it the rule acts.
func TestTellingBeforeAMoment(t *testing.T) {
	const told = "then: delete, notify: {before: 10 days, of: collection, to: [registration]}}"
	if _, findings := talk("      {}\n", "then: delete}", told); len(findings) > 0 {
		t.Error(findings)
	}
	_, findings := talk("      {}\n", "then: delete}", strings.Replace(told, "of: collection", "of: collections", 1))
	if len(findings) != 1 || findings[0].Code != "K306" {
		t.Error(findings)
	}
}
