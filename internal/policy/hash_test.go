package policy_test

import (
	"strings"
	"testing"

	"kept/internal/policy"
)

func TestLayoutDoesNotChangeTheHash(t *testing.T) {
	hash := right(t).Hash
	if len(hash) != 64 {
		t.Fatalf("%q is no SHA-256", hash)
	}
	for name, edits := range map[string][]string{
		"a comment":            {"kept: 1\n", "# words\nkept: 1 # more words\n"},
		"quotes":               {"name: Musteragentur GmbH", "name: 'Musteragentur GmbH'"},
		"flow and block":       {"officer: {email: dpo@agentur.example}", "officer:\n    email: dpo@agentur.example"},
		"the form of a period": {"keep: 14 months", "keep: P14M"},
		"a period in settings": {"per: 1 second", "per: PT1S"},
		"the order of keys":    {"    country: IE\n    role: processor\n", "    role: processor\n    country: IE\n"},
		"the order of fields":  {"[ip_address, referrer,", "[referrer, ip_address,"},
		"the order of hosts":   {"[video.streams.example, i.streams.example]", "[i.streams.example, video.streams.example]"},
		"a single name":        {"{data: ip_address, from", "{data: [ip_address], from"},
		"an implied kind":      {"  access-log:\n", "  access-log:\n    kind: access-log\n"},
	} {
		if got := right(t, edits...).Hash; got != hash {
			t.Errorf("%s changes the hash", name)
		}
	}
}

func TestMeaningChangesTheHash(t *testing.T) {
	seen := map[string]string{right(t).Hash: "nothing"}
	for name, edits := range map[string][]string{
		"a period":        {"keep: 14 months", "keep: 13 months"},
		"a field":         {"[ip_address, referrer,", "[ip_address,"},
		"a host":          {"i.streams.example", "j.streams.example"},
		"a setting":       {"burst: 200", "burst: 100"},
		"a text":          {"de: Schutz vor Lastspitzen", "de: Schutz"},
		"a name":          {"Musteragentur GmbH", "Musteragentur AG"},
		"the version":     {"2024-02-13", "2024-02-14"},
		"the default":     {"languages: [de, en]", "languages: [en, de]"},
		"the rhythm":      {"every: 1 month", "every: 2 months"},
		"a check":         {"checked: 2026-05-01", "checked: 2026-06-01"},
		"what is due":     {"then: anonymise", "then: delete"},
		"a site's cookie": {"name: shop_session", "name: shop_visit"},
		"a cookie":        {"name: stream_device", "name: stream_id"},
		"the withdrawal":  {"on_withdrawal: delete", "on_withdrawal: anonymise"},
	} {
		hash := right(t, edits...).Hash
		if other, twice := seen[hash]; twice {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[hash] = name
	}
}

func TestAConsentLapsesWhenWhatItCoversChanges(t *testing.T) {
	keys := []string{"statistics", "media", "marketing", "video", "map"}
	before := map[string]string{}
	for _, k := range keys {
		if before[k] = right(t).Scope(k); before[k] == "" {
			t.Fatalf("%s has no scope", k)
		}
	}
	for _, c := range []struct {
		name    string
		edits   []string
		changed string
	}{
		{"a comment", []string{"kept: 1\n", "kept: 1 # x\n"}, ""},
		{"a period", []string{"keep: 14 months", "keep: 13 months"}, ""},
		{"the order of fields", []string{"[visitor, time,", "[time, visitor,"}, ""},
		{"a host", []string{"i.streams.example", "j.streams.example"}, ""},
		{"a rate", []string{"burst: 200", "burst: 100"}, ""},
		{"the date of a check", []string{"checked: 2026-05-01", "checked: 2026-06-01"}, ""},
		{"a cookie of the site", []string{"name: shop_session", "name: shop_visit"}, ""},
		{"another activity", []string{"[ip_address, referrer,", "[ip_address,"}, ""},
		{"a set and its fields", []string{"region, technology]", "region, browser, os, device, screen]"}, ""},
		{"a field", []string{"[visitor, time,", "[visitor, search, time,"}, "statistics"},
		{"a purpose", []string{"purpose: marketing.communications.email", "purpose: marketing.communications"}, "marketing"},
		{"a field for a recipient", []string{"{google: [page, region]}", "{google: [page]}"}, "statistics"},
		{"a service's recipient", []string{"recipient: maps", "recipient: google"}, "media map"},
		{"a recipient's name", []string{"Kartenwerk B.V.", "Kartenwerk N.V."}, "media map"},
		{"a recipient's country", []string{"country: NL", "country: BE"}, "media map"},
		{"a transfer", []string{"      - {to: US, safeguard: scc}\n", ""}, "statistics media video"},
		{"a service's name", []string{"recipient: maps", "name: {de: Karten, en: Maps}\n    recipient: maps"}, "media map"},
		{"a service's data", []string{"recipient: maps", "data: [ip_address]\n    recipient: maps"}, "media map"},
		{"a title", []string{"    group: marketing", "    group: marketing\n    title: {de: Neues, en: News}"}, "marketing"},
		{"a service less", []string{"group: media\n    hosts: [tiles", "group: comfort\n    hosts: [tiles"}, "media"},
	} {
		p := right(t, c.edits...)
		for _, k := range keys {
			want := strings.Contains(" "+c.changed+" ", " "+k+" ")
			if got := p.Scope(k) != before[k]; got != want {
				t.Errorf("%s: the scope of %s changed: %v, want %v", c.name, k, got, want)
			}
		}
	}
	if right(t).Scope("nothing") != "" || right(t).Scope(policy.Essential) != "" {
		t.Error("what nobody is asked for has a scope")
	}
}
