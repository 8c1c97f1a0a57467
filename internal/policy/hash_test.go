package policy_test

import (
	"os"
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
		"a period":           {"keep: 14 months", "keep: 13 months"},
		"a field":            {"[ip_address, referrer,", "[ip_address,"},
		"a host":             {"i.streams.example", "j.streams.example"},
		"a setting":          {"burst: 200", "burst: 100"},
		"a text":             {"de: Schutz vor Lastspitzen", "de: Schutz"},
		"a name":             {"Musteragentur GmbH", "Musteragentur AG"},
		"the version":        {"2024-02-13", "2024-02-14"},
		"the default":        {"languages: [de, en]", "languages: [en, de]"},
		"the rhythm":         {"every: 1 month", "every: 2 months"},
		"a check":            {"checked: 2026-05-01", "checked: 2026-06-01"},
		"what is due":        {"then: anonymise", "then: delete"},
		"a site's cookie":    {"name: shop_session", "name: shop_visit"},
		"a cookie":           {"name: stream_device", "name: stream_id"},
		"the withdrawal":     {"on_withdrawal: delete", "on_withdrawal: anonymise"},
		"a measure":          {"measures: [tls, backups]", "measures: [tls]"},
		"a measure's way":    {"measures: [tls, backups]", "measures: [tls, {title: {de: Sicherungen, en: backups}}]"},
		"a department":       {"support: {title: {de: Kundendienst,", "support: {title: {de: Betreuung,"},
		"a hold":             {"longest: 3 years}", "longest: 4 years}"},
		"a data centre":      {"storage: [IE, US]", "storage: [IE]"},
		"own purposes":       {"de: Verbesserung des Dienstes", "de: Werbung"},
		"an opt-out":         {"rooms.example/opt-out", "rooms.example/object"},
		"a category":         {"category: {de: Videokonferenzen,", "category: {de: Konferenzen,"},
		"an essence":         {"de: Das Netzwerk beantwortet Auskünfte", "de: Wir beantworten Auskünfte"},
		"a representative":   {"Vertretung GmbH", "Vertretung AG"},
		"a further basis":    {"for: {de: Einladungen", "for: {de: Verabredungen"},
		"who sees it":        {"    access: [support]\n", ""},
		"whom it is about":   {"people: [customer, prospect]", "people: [customer]"},
		"an origin":          {"de: eine Auskunftei", "de: eine Bank"},
		"a title of data":    {"de: Stammdaten", "de: Grunddaten"},
		"a category of data": {"name: score, category: user.financial.creditworthiness", "name: score, category: user.financial"},
		"a source of data":   {"creditworthiness, source: third-party", "creditworthiness, source: derived"},
		"a decision":         {"de: Kauf auf Rechnung oder Vorkasse", "de: Vorkasse"},
		"a moment":           {"de: die letzte Bestellung", "de: der letzte Kauf"},
		"for whom":           {"    people: [customer, prospect]\n", "    people: [customer, prospect]\n    on_behalf_of: {de: Kunden, en: customers}\n"},
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

// The hash of a policy is named in receipts and in the log for good: what the
// language learns later must not change that of a file that does not use it.
func TestTheHashOfAnOldFileStays(t *testing.T) {
	src, err := os.ReadFile("testdata/first.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, _ := policy.Load("first.yaml", src, words(), today) // the checks of today may find more
	const want = "853571fc2fd219abfcd55234c3caafff1515e35e36ba9ab2df3f8d615497fe61"
	if p.Hash != want {
		t.Errorf("%s, was %s", p.Hash, want)
	}
	for key, want := range map[string]string{
		"statistics": "6b0499e24354d22f21dc438e1f68de3d045c7817ca6a93c3a9fd1f38e86468d7",
		"media":      "113e73975299ab7c4f889ed02e53ff95081f2a52103eeca4d1b4ef69ebfbf62f",
		"marketing":  "5fd1df70bac8414d4d71d473ac4b6cf53ed4c9520991b41a875ea1a8f48b76cf",
		"video":      "9bc96d5631103d9af1d33e7ab999343cbad37464a23b761a13f54777d042c9eb",
		"map":        "8b0b355f3784b89027994abcaea6c74e44cf957e8fd06729e847ff4b7d950d22",
	} {
		if got := p.Scope(key); got != want {
			t.Errorf("the scope of %s is %s, was %s", key, got, want)
		}
	}
}

func TestWhatPeopleAreAskedAboutNow(t *testing.T) {
	for _, c := range []struct {
		name    string
		edits   []string
		changed bool
	}{
		{"a measure", []string{"measures: [tls, backups]", "measures: [tls]"}, false},
		{"a department", []string{"    group: statistics\n    data: [clicks", "    group: statistics\n    access: [support]\n    data: [clicks"}, false},
		{"whom it is about", []string{"    group: statistics\n    data: [clicks", "    group: statistics\n    people: [visitor]\n    data: [clicks"}, false},
		{"own purposes of a recipient", []string{"    hosts: [collect.google.example]", "    hosts: [collect.google.example]\n    notice: https://google.example\n    own_purposes: {de: Werbung, en: advertising}"}, true},
		{"a profile", []string{"    group: statistics\n    data: [clicks", "    group: statistics\n    decision: {kind: profiling, logic: {de: a, en: a}, consequences: {de: b, en: b}}\n    data: [clicks"}, true},
	} {
		if got := right(t, c.edits...).Scope("statistics") != right(t).Scope("statistics"); got != c.changed {
			t.Errorf("%s: the scope changed: %v", c.name, got)
		}
	}
	if right(t).Scope("") != "" {
		t.Error("what no group asks for has a scope")
	}
}
