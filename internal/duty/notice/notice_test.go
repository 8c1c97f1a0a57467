package notice_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
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
			Settings: []policy.SettingSpec{
				{Name: "rate_limit", Type: policy.SettingRate, Title: text("Grenze", "limit")},
				{Name: "truncate_ip", Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 24, IPv6: 64}, Title: text("Kürzung", "shortening")},
			},
		}},
		{Kind: policy.Kind{
			Name: "analytics", Title: text("Besuchsstatistik", "Visitor statistics"),
			About:   text("Wir zählen unter einer zufälligen Kennung, wie die Website genutzt wird.", "We count how the site is used, under a random id."),
			Fields:  []policy.Field{field("visitor", "derived", "zufällige Kennung", "random id"), field("time", "device", "Datum und Uhrzeit", "date and time"), field("page", "device", "besuchte Seiten", "pages visited"), field("truncated_ip", "derived", "gekürzte IP-Adresse", "shortened IP address")},
			Moments: begin, Cookies: []string{"kept_visitor"}, Delivers: true, OnlyBases: []policy.Basis{policy.Consent},
			Settings: []policy.SettingSpec{{Name: "truncate_ip", Type: policy.SettingTruncation, Title: text("Kürzung", "shortening")}},
		}},
		{Kind: policy.Kind{
			Name:    "accounts",
			Title:   text("Konto", "Account"),
			Fields:  []policy.Field{field("email", "person", "E-Mail-Adresse", "e-mail address"), field("signed_up", "derived", "Zeit der Anmeldung", "time of sign-up"), field("address", "device", "Adresse dabei", "address then")},
			Sets:    []policy.Set{{Name: "proof", Fields: []string{"signed_up", "address"}, Title: text("Nachweis", "proof")}},
			Moments: []policy.Moment{{Name: "contract-end", Title: text("das Ende des Vertrags", "the end of the contract")}},
		}},
	}
}

func source(t *testing.T) []byte {
	t.Helper()
	src, err := os.ReadFile("testdata/agency.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// read returns the policy of src; findings that are mistakes fail the test.
func read(t *testing.T, src []byte) *policy.Policy {
	t.Helper()
	p, findings := policy.Load("agency.yaml", src, manifest.Vocabulary(kinds()), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			t.Fatalf("%s: %s: %s", f.Pos, f.Code, f.Problem)
		}
	}
	return p
}

// readLoosely returns the policy of src whatever its checks find: a policy from
// which something was taken out.
func readLoosely(t *testing.T, src []byte) *policy.Policy {
	t.Helper()
	p, _ := policy.Load("agency.yaml", src, manifest.Vocabulary(kinds()), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if p == nil {
		t.Fatal("the policy cannot be read")
	}
	return p
}

func build(t *testing.T, lang string) notice.Notice {
	t.Helper()
	return notice.Build(read(t, source(t)), lang)
}

// says reports whether the notice's text holds words, however it breaks lines.
func says(n notice.Notice, words string) bool {
	return strings.Contains(flat(n.Text()), flat(words))
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestPromise_MC01_NamesTheControllerAndHowToReachTheOfficer(t *testing.T) {
	src := source(t)
	for _, lang := range []string{"de", "en"} {
		n := build(t, lang)
		for _, fact := range []string{"Musteragentur GmbH", "Musterstraße 1, 65183 Wiesbaden, DE", "privacy@agentur.example", "+49 611 000000", "dpo@agentur.example"} {
			if !says(n, fact) {
				t.Errorf("%s: the notice lacks %q", lang, fact)
			}
		}
		less := bytes.Replace(src, []byte("  officer: {email: dpo@agentur.example}\n"), nil, 1)
		less = bytes.Replace(less, []byte("  phone: +49 611 000000\n"), nil, 1)
		n = notice.Build(read(t, less), lang)
		for _, word := range []string{"dpo@agentur.example", "datenschutzbeauftragte", "protection officer", "Telefon", "Phone", "+49"} {
			if says(n, word) {
				t.Errorf("%s: %q is said although nothing declares it", lang, word)
			}
		}
	}
}

func TestPromise_MC04_EachUseStatesItsLegalBasis(t *testing.T) {
	for lang, want := range map[string][]string{
		"de": {"berechtigtes Interesse, Art. 6 Abs. 1 Buchst. f DSGVO", "Unser Interesse: Schutz vor Lastspitzen einzelner Adressen.", "Ihre Einwilligung, Art. 6 Abs. 1 Buchst. a DSGVO", "Vertrag oder dessen Anbahnung, Art. 6 Abs. 1 Buchst. b DSGVO"},
		"en": {"legitimate interests, Art. 6(1)(f) GDPR", "Our interest: protection against load peaks from single addresses.", "your consent, Art. 6(1)(a) GDPR", "a contract or steps towards one, Art. 6(1)(b) GDPR"},
	} {
		for _, w := range want {
			if !says(build(t, lang), w) {
				t.Errorf("%s: the notice lacks %q", lang, w)
			}
		}
	}
}

func TestPromise_MC31_SaysWhatMustBeProvidedAndBearsItsVersion(t *testing.T) {
	for lang, want := range map[string][]string{
		"de": {"Fassung vom 13.\u00a0Februar 2024", "Der Vertrag verlangt die Angaben. Ohne Adresse gibt es kein Konto."},
		"en": {"Version of 13\u00a0February 2024", "The contract requires the data. Without an address there is no account."},
	} {
		for _, w := range want {
			if !says(build(t, lang), w) {
				t.Errorf("%s: the notice lacks %q", lang, w)
			}
		}
	}
	src := regexp.MustCompile(`(?m)^    provision: .*\n`).ReplaceAll(source(t), nil)
	if n := notice.Build(read(t, src), "en"); says(n, "The contract requires") || !says(n, "For none of the activities named are you obliged") {
		t.Error("without the entry the notice still speaks of a duty")
	}
}

func TestPromise_MC30_MC34_ComplaintAndDecisionsByMachine(t *testing.T) {
	for lang, want := range map[string][]string{
		"de": {"bei jeder Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO)", "HBDI Hessen (https://datenschutz.hessen.de)", "Niemand wird allein durch eine Maschine beurteilt", "kein Profil mit rechtlicher Wirkung (Art. 22 DSGVO)", "sagen wir es Ihnen vorher gesondert und nennen Ihre Rechte"},
		"en": {"complain to any data protection authority (Art. 77 GDPR)", "HBDI Hessen (https://datenschutz.hessen.de)", "Nobody is judged by a machine alone", "no profile with legal effect (Art. 22 GDPR)", "we tell you separately beforehand and name your rights"},
	} {
		for _, w := range want {
			if !says(build(t, lang), w) {
				t.Errorf("%s: the notice lacks %q", lang, w)
			}
		}
	}
}

func TestPromise_MA09_AnswersInATableWhatWhenAndWhy(t *testing.T) {
	n := build(t, "en")
	if !says(n, "Visitor statistics Which data: random id, date and time, pages visited, shortened IP address When: only after you have consented; when you visit the site Why, and on which legal basis:") {
		t.Errorf("the overview does not answer:\n%s", n.Text())
	}
}

func TestPromise_AH03_AH04_AH33_RecipientsWithRoleTransferAndChain(t *testing.T) {
	src := bytes.Replace(source(t), []byte("    notice: https://policies.google.com/privacy\n"), []byte("    notice: https://policies.google.com/privacy\n    via: [llc]\n  llc: {name: Google LLC, country: US, role: processor, agreement: {kind: dpa}, transfers: [{to: US, safeguard: scc, copy: privacy@agentur.example}]}\n"), 1)
	for lang, want := range map[string][]string{
		"de": {"Auftragsverarbeiter: handelt nur auf unsere Weisung, Art. 28 DSGVO. Vertrag zur Auftragsverarbeitung vom 1.\u00a0September 2023.", "Anschrift: Gordon House, Barrow Street, Dublin 4 Land: Irland", "Vereinigte Staaten. Grundlage: Angemessenheitsbeschluss der EU-Kommission (EU-US Data Privacy Framework). Zuletzt geprüft am 1.\u00a0Mai 2026.", "Vereinigte Staaten. Grundlage: Standardvertragsklauseln der EU-Kommission. Eine Kopie erhalten Sie auf Anfrage.", "Eine Kopie erhalten Sie von privacy@agentur.example.", "Gibt weiter an: Google LLC", "Was Google Ireland Limited weitergibt.", "Besuchsstatistik: besuchte Seiten", "Dritter: ist für die eigene Verarbeitung selbst verantwortlich."},
		"en": {"Processor: acts on our instructions only, Art. 28 GDPR. Data processing agreement of 1\u00a0September 2023.", "United States. Safeguard: an adequacy decision of the European Commission (EU-US Data Privacy Framework). Last checked on 1\u00a0May 2026.", "A copy is available on request.", "A copy is available from privacy@agentur.example.", "Passes on to: Google LLC", "What Google Ireland Limited passes on.", "Visitor statistics: pages visited"},
	} {
		n := notice.Build(read(t, src), lang)
		for _, w := range want {
			if !says(n, w) {
				t.Errorf("%s: the notice lacks %q", lang, w)
			}
		}
	}
}

func TestRetentionIsSaidPerRule(t *testing.T) {
	for lang, want := range map[string][]string{
		"de": {"IP-Adresse – 7 Tage (Anlass: die Erhebung), dann: anonymisieren", "alle Daten des Vorgangs – 14 Monate (Anlass: die Erhebung), dann: löschen; in Läufen im Abstand von 1 Monat", "E-Mail-Adresse – sofort (Anlass: das Ende des Vertrags): löschen", "Nachweis – 3 Jahre, dann bis zum Ende des Kalenderjahres (Anlass: das Ende des Vertrags), dann: löschen; Grund: Abwehr von Ansprüchen"},
		"en": {"IP address – 7 days (occasion: collection), then: make anonymous", "all data of the activity – 14 months (occasion: collection), then: delete; in runs 1 month apart", "e-mail address – at once (occasion: the end of the contract): delete", "3 years, then until the end of the calendar year"},
	} {
		for _, w := range want {
			if !says(build(t, lang), w) {
				t.Errorf("%s: the notice lacks %q", lang, w)
			}
		}
	}
}

// Whoever is told beforehand reads before which moment that is.
func TestANotificationNamesItsMoment(t *testing.T) {
	const rule = "{from: collection, keep: 14 months, then: delete, every: 1 month"
	for notify, words := range map[string]map[string]string{
		"{before: 10 days, of: collection, to: [registration]}": {"de": "10 Tage vor dem Anlass sagen wir Bescheid", "en": "we tell you 10 days before the occasion"},
		"{before: 10 days, to: [registration]}":                 {"de": "10 Tage vorher sagen wir Bescheid", "en": "we tell you 10 days before"},
	} {
		src := bytes.Replace(source(t), []byte(rule), []byte(rule+", notify: "+notify), 1)
		for lang, want := range words {
			if !says(notice.Build(read(t, src), lang), want) {
				t.Errorf("%s: the notice lacks %q", lang, want)
			}
			if says(build(t, lang), want) {
				t.Errorf("%s: without a notification the notice says %q", lang, want)
			}
		}
	}
}

func TestAddressesAreSaidToBeShortenedWhenTheyAre(t *testing.T) {
	n := build(t, "en")
	if !says(n, "We shorten IP addresses before anything is stored: of IPv4 addresses 16 of 32 bits remain") {
		t.Error("analytics never stores a whole address, and the notice does not say so")
	}
	if !says(n, "On making them anonymous we shorten IP addresses: of IPv4 addresses 24 of 32 bits remain") {
		t.Error("the access log holds whole addresses for a week, and the notice does not say so")
	}
	src := bytes.Replace(source(t), []byte("keep: 7 days"), []byte("keep: 0 days"), 1)
	if n := notice.Build(read(t, src), "en"); says(n, "On making them anonymous") {
		t.Error("an address that is kept no day is said to be shortened later")
	}
}

// What is not declared is not described: each entry's words go with it.
func TestNothingIsSaidThatNothingDeclares(t *testing.T) {
	lonely := []byte(`kept: 1
notice: {version: 2024-02-13, languages: [de, en], jurisdiction: AT}
controller: {name: Erika Muster, address: Weg 1, email: erika@muster.example}
activities:
  access-log:
    purpose: essential.service.security
    basis: legitimate-interests
    interest: {de: Betrieb, en: operation}
    data: [url, time]
    retention: [{from: collection, keep: 1 day, then: delete}]
`)
	for lang, unsaid := range map[string][]string{
		"de": {"Cookie", "Einwilligung", "Anbieter", "Drittl", "Europäischen Wirtschaftsraums", "BDSG", "Übertragbarkeit", "Aufsichtsbehörde ist", "Widerruf", "Global Privacy Control"},
		"en": {"cookie", "consent", "provider", "Economic Area", "BDSG", "Portability", "authority responsible", "Withdrawal", "Global Privacy Control"},
	} {
		n := notice.Build(read(t, lonely), lang)
		for _, word := range unsaid {
			if says(n, word) {
				t.Errorf("%s: the notice says %q without a ground:\n%s", lang, word, n.Text())
			}
		}
	}
}

func TestTheHashIsThatOfTheTextAndOfOneLanguage(t *testing.T) {
	de, en := build(t, "de"), build(t, "en")
	if sum := sha256.Sum256([]byte(de.Text())); de.Hash() != hex.EncodeToString(sum[:]) {
		t.Error("the hash is not the SHA-256 of the text")
	}
	if de.Hash() == en.Hash() || de.Hash() != build(t, "de").Hash() {
		t.Error("a hash belongs to one text in one language")
	}
	later := bytes.Replace(source(t), []byte("keep: 14 months"), []byte("keep: 13 months"), 1)
	if notice.Build(read(t, later), "de").Hash() == de.Hash() {
		t.Error("another period, the same hash")
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// Whoever reads the page reads what the hash covers, and nothing less.
func TestThePageHoldsEveryWordOfTheText(t *testing.T) {
	for _, lang := range []string{"de", "en"} {
		n := build(t, lang)
		page := string(n.HTML())
		shown := flat(html.UnescapeString(tags.ReplaceAllString(page, " ")))
		attributes := html.UnescapeString(page)
		for _, word := range strings.Fields(n.Text()) {
			word = strings.Trim(word, ":-=().,;")
			if !strings.Contains(shown, word) && !strings.Contains(attributes, word) {
				t.Errorf("%s: the page lacks %q", lang, word)
			}
		}
		for _, s := range n.Sections {
			if !strings.Contains(page, `id="`+s.ID+`"`) || !strings.Contains(n.Markdown(), strings.Repeat("#", s.Level)+" ") {
				t.Errorf("%s: section %s is not in the page", lang, s.ID)
			}
		}
	}
}

func TestBothLanguagesHaveTheSameShape(t *testing.T) {
	de, en := build(t, "de"), build(t, "en")
	if len(de.Sections) != len(en.Sections) {
		t.Fatalf("%d and %d sections", len(de.Sections), len(en.Sections))
	}
	for i := range de.Sections {
		if de.Sections[i].ID != en.Sections[i].ID || len(de.Sections[i].Blocks) != len(en.Sections[i].Blocks) {
			t.Errorf("section %s differs between the languages", de.Sections[i].ID)
		}
	}
}

func TestWordsOfAPolicyNeverBecomeMarkup(t *testing.T) {
	const hostile = `<script>alert(1)</script>|a*b_[x](javascript:x)` + "`"
	p := read(t, source(t))
	p.Controller.Name = hostile
	p.Controller.URL = "javascript:alert(1)"
	p.Recipients[0].Notice = "javascript:alert(1)"
	p.Activities[0].Title = policy.Text{"en": hostile}
	p.Services[0].Cookies[0].Name = hostile
	n := notice.Build(p, "en")
	if page := string(n.HTML()); strings.Contains(page, "<script") || strings.Contains(page, `href="javascript`) {
		t.Error("the page carries markup or an address that runs")
	}
	for line := range strings.Lines(n.Markdown()) {
		if strings.Contains(strings.ReplaceAll(line, `\<`, ""), "<script") || strings.Contains(line, "](<javascript") || strings.Contains(strings.ReplaceAll(line, `\|`, ""), "|a") {
			t.Errorf("Markdown carries markup: %s", line)
		}
	}
}

func TestCookiesNameWhoSetsThemAndWhy(t *testing.T) {
	got := notice.Cookies(read(t, source(t)), "en")
	want := []notice.Cookie{
		{Name: "basket", Provider: "Musteragentur GmbH", Purpose: "remembers the basket", Lifetime: "7 days", Group: "necessary, without consent", GroupKey: policy.Essential},
		{Name: "kept_visitor", Provider: "Musteragentur GmbH", Purpose: "recognises the browser", Lifetime: "2 years", Group: "Statistics", GroupKey: "statistics"},
		{Name: "VISITOR_INFO1_LIVE", Provider: "Google Ireland Limited", Purpose: "playback", Lifetime: "6 months", Group: "Media", GroupKey: "media"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("cookies %+v, want %+v", got, want)
	}
}
