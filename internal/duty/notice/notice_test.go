package notice_test

import (
	"os"
	"testing"
	"time"

	"kept/internal/duty/notice"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// kinds are small kinds with every shape of word that a notice reads.
func kinds() []manifest.Manifest {
	text := func(de, en string) policy.Text { return policy.Text{"de": de, "en": en} }
	field := func(name, source, de, en string) policy.Field {
		return policy.Field{Name: name, Source: source, Category: "user", Title: text(de, en)}
	}
	begin := []policy.Moment{{Name: "collection", Title: text("die Erhebung", "collection")}}
	return []manifest.Manifest{
		{Kind: policy.Kind{
			Name: "access-log", Title: text("Zugriffsprotokoll", "Access log"),
			About:   text("Der Server schreibt auf, was abgerufen wird.", "The server notes what is requested."),
			Fields:  []policy.Field{field("ip_address", "device", "IP-Adresse", "IP address"), field("url", "device", "aufgerufene Seite", "page requested"), field("time", "device", "Datum und Uhrzeit", "date and time")},
			Moments: begin, Anonymises: true,
			Settings: []policy.SettingSpec{{Name: "rate_limit", Type: policy.SettingRate, Title: text("Grenze", "limit")}},
		}},
		{Kind: policy.Kind{
			Name: "analytics", Title: text("Besuchsstatistik", "Visitor statistics"),
			About:   text("Wir zählen unter einer zufälligen Kennung, wie die Website genutzt wird.", "We count how the site is used, under a random id."),
			Fields:  []policy.Field{field("visitor", "derived", "zufällige Kennung", "random id"), field("time", "device", "Datum und Uhrzeit", "date and time"), field("page", "device", "besuchte Seiten", "pages visited"), field("truncated_ip", "derived", "gekürzte IP-Adresse", "shortened IP address")},
			Moments: begin, Cookies: []string{"kept_visitor"}, Delivers: true, OnlyBases: []policy.Basis{policy.Consent},
			Settings: []policy.SettingSpec{{Name: "truncate_ip", Type: policy.SettingTruncation, Title: text("Kürzung", "shortening")}},
		}},
		{Kind: policy.Kind{
			Name: "accounts", Title: text("Konto", "Account"),
			Fields:  []policy.Field{field("email", "person", "E-Mail-Adresse", "e-mail address"), field("signed_up", "derived", "Zeit der Anmeldung", "time of sign-up"), field("address", "device", "Adresse dabei", "address then")},
			Sets:    []policy.Set{{Name: "proof", Fields: []string{"signed_up", "address"}, Title: text("Nachweis", "proof")}},
			Moments: []policy.Moment{{Name: "contract-end", Title: text("das Ende des Vertrags", "the end of the contract")}},
		}},
	}
}

func agency(t *testing.T) *policy.Policy {
	t.Helper()
	src, err := os.ReadFile("testdata/agency.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return read(t, src)
}

func read(t *testing.T, src []byte) *policy.Policy {
	t.Helper()
	p, findings := policy.Load("agency.yaml", src, manifest.Vocabulary(kinds()), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			t.Errorf("%s: %s: %s", f.Pos, f.Code, f.Problem)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return p
}

func TestShow(t *testing.T) {
	for _, l := range []string{"de", "en"} {
		n := notice.Build(agency(t), kinds(), l)
		os.WriteFile("/tmp/notice."+l+".txt", []byte(n.Text()), 0o644)
		os.WriteFile("/tmp/notice."+l+".md", []byte(n.Markdown()), 0o644)
		os.WriteFile("/tmp/notice."+l+".html", []byte(n.HTML()), 0o644)
	}
}
