package policy_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// right is a policy with every construct, read and checked without a finding.
func right(t testing.TB, edits ...string) *policy.Policy {
	t.Helper()
	src, err := os.ReadFile("testdata/wrong/right.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, findings := policy.Load("right.yaml", edited(t, src, edits), words(), today)
	if findings.HasErrors() {
		t.Fatal(findings)
	}
	return p
}

// edited replaces old by new for each pair of edits; old must be there.
func edited(t testing.TB, src []byte, edits []string) []byte {
	t.Helper()
	s := string(src)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(s, edits[i]) {
			t.Fatalf("there is no %q to replace", edits[i])
		}
		s = strings.Replace(s, edits[i], edits[i+1], 1)
	}
	return []byte(s)
}

func TestEveryEntryIsReadWithItsPlace(t *testing.T) {
	p := right(t)
	if p.Language != 1 || p.Notice.Version != "2024-02-13" || p.Notice.Jurisdiction != "DE" || strings.Join(p.Notice.Languages, " ") != "de en" {
		t.Errorf("%+v", p.Notice)
	}
	if p.Controller.Officer.Email != "dpo@agentur.example" || p.Controller.Authority.URL != "https://datenschutz.hessen.de" ||
		p.Controller.Representative.Email != "eu@agentur.example" {
		t.Errorf("%+v", p.Controller)
	}
	google := p.Recipient("google")
	if google.At != (policy.Pos{Line: 15, Column: 3}) || google.Role != policy.Processor || google.Agreement.Since != "2023-09-01" ||
		len(google.Transfers) != 2 || google.Transfers[0].Framework != "DPF" || google.Transfers[1].At != (policy.Pos{Line: 22, Column: 9}) {
		t.Errorf("%+v", google)
	}
	video := p.Service("video")
	if video.At != (policy.Pos{Line: 43, Column: 3}) || video.Group != "media" || len(video.Hosts) != 2 || video.Cookies[0].Storage != "cookie" ||
		video.Cookies[0].Lifetime != (period.Period{Months: 6}) || !video.NeedsConsent() || len(video.Data) == 0 {
		t.Errorf("%+v", video)
	}
	if len(p.Cookies) != 2 || p.Cookies[0].Name != "shop_session" || !p.Cookies[0].Session || p.Cookies[0].Purpose["en"] != "keeps you signed in" ||
		p.Cookies[1].Lifetime != (period.Period{Days: 7}) {
		t.Errorf("%+v", p.Cookies)
	}
	news := p.Activity("newsletter")
	if news.At != (policy.Pos{Line: 76, Column: 3}) || news.Basis != policy.Consent || news.OnWithdrawal != policy.Delete || news.Data[2].At != (policy.Pos{Line: 80, Column: 25}) {
		t.Errorf("%+v", news)
	}
	if books := p.OfKind(policy.External); len(books) != 2 || books[0].Key != "books" || books[0].Dataset != "datasets/erp.yml" {
		t.Errorf("%+v", books)
	}
	if p.Activity("nothing") != nil || p.Service("nothing") != nil || p.Recipient("nothing") != nil || p.Group("nothing") != nil {
		t.Error("what is not declared is found")
	}
}

func TestAFileTooLarge(t *testing.T) {
	p, findings := policy.Load("large.yaml", []byte("kept: 1\n# "+strings.Repeat("x", 1<<20)), words(), today)
	if p != nil || len(findings) != 1 || findings[0].Code != "K101" {
		t.Errorf("%v", findings)
	}
}

func TestSetsAndRules(t *testing.T) {
	p := right(t)
	news := p.Activity("newsletter")
	if got := strings.Join(news.Fields(), " "); got != "email name signed_up confirmed_at proof_address text_version clicks" {
		t.Errorf("fields are %s", got)
	}
	if !news.Has("text_version") || news.Has("page") || news.Has("proof") {
		t.Error("a set is its fields and no field itself")
	}
	var ids []string
	for _, a := range p.Activities {
		for _, r := range a.Retention {
			ids = append(ids, r.ID)
		}
	}
	want := []string{
		"access-log/ip_address/collection/anonymise", "access-log/*/collection", "analytics/*/collection",
		"newsletter/*/sign-up", "newsletter/clicks+email+name/unsubscribe", "newsletter/proof/unsubscribe",
		"books/*/invoice-date", "sampling/*/collection", "meetings/*/meeting-end", "customers/score/last-order", "customers/*/contract-end", "consent/choice/last-visit", "consent/ended/revocation",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
	log := p.Activity("access-log")
	if r := log.RuleFor("ip_address"); r.Then != policy.Anonymise || r.Keep != (period.Period{Days: 7}) {
		t.Errorf("%+v", r)
	}
	if r := log.RuleFor("url"); r.Then != policy.Delete || strings.Join(r.Fields(log), " ") != "referrer url time bytes status browser os" {
		t.Errorf("%+v", r)
	}
	if log.RuleFor("page") != nil {
		t.Error("a field that the activity does not hold has a rule")
	}
	// Before the confirmation the rule from sign-up decides about everything,
	// after it the rules from unsubscribe.
	if rules := news.RulesFor("email"); len(rules) != 2 || rules[0].From != "sign-up" || rules[1].From != "unsubscribe" || news.RuleFor("email") != rules[1] {
		t.Errorf("%+v", rules)
	}
}

func TestSettingsAreResolved(t *testing.T) {
	p := right(t)
	log, news, sampling := p.Activity("access-log").Settings, p.Activity("newsletter").Settings, p.Activity("sampling").Settings
	if got := log.Rate("rate_limit"); got != (policy.Rate{Requests: 50, Per: period.Period{Clock: time.Second}, Burst: 200}) {
		t.Errorf("%+v", got)
	}
	if got := log.Truncation("truncate_ip"); got != (policy.Truncation{IPv4: 16, IPv6: 48}) {
		t.Errorf("the default is %+v", got)
	}
	if !news.Bool("double_opt_in") || news.Flag("measure", "opens") || !news.Flag("measure", "clicks") {
		t.Errorf("%+v", news)
	}
	if sampling.Percent("sample") != 0.05 || strings.Join(sampling.Strings("pages"), " ") != "/ /work" || sampling.Period("pause").Clock != 30*time.Minute ||
		sampling.Int("most") != 3 || sampling.String("form") != "picture" || sampling.Text("words").In("de") != "Stichprobe" {
		t.Errorf("%+v", sampling)
	}
	forward := p.Activity("analytics").Settings.Forwards("forward")
	if len(forward) != 1 || forward[0].Recipient != "google" || forward[0].Protocol != "ga4" {
		t.Errorf("%+v", forward)
	}
	if sampling.Int("nothing") != 0 || sampling.String("sample") != "" {
		t.Error("a setting of another type has a value")
	}
}

func TestGroups(t *testing.T) {
	p := right(t, "\nrecipients:", "\ngroups:\n  media: {title: {de: Filme und Karten, en: Films and maps}}\n\nrecipients:")
	var keys []string
	for _, g := range p.Groups {
		keys = append(keys, g.Key)
	}
	if got := strings.Join(keys, " "); got != "media statistics marketing" {
		t.Errorf("groups in use are %s", got)
	}
	if p.Group("media").Title.In("de") != "Filme und Karten" || p.Group("statistics").Title.In("de") != "Statistik" || p.Group(policy.Essential) != nil {
		t.Errorf("%+v", p.Groups)
	}
}

func TestBuiltInActivitiesStandUnlessDeclared(t *testing.T) {
	consent := right(t).Activity("consent")
	if consent == nil || consent.Basis != policy.LegalObligation || len(consent.Retention) != 2 || consent.Cookies[0].Name != "kept_choice" {
		t.Fatalf("%+v", consent)
	}
	declared := right(t, "\nactivities:\n", `
activities:
  consent:
    retention:
      - {data: choice, from: last-visit, keep: 3 months, then: delete}
      - {data: ended, from: revocation, keep: 2 years, then: delete}
`).Activity("consent")
	if declared.Retention[0].Keep.Months != 3 || declared.Law != "Art. 7(1) GDPR" || len(declared.Data) != 2 || declared.At.Line == 0 {
		t.Errorf("%+v", declared)
	}
	oneLanguage := strings.ReplaceAll(onBase("notice: {version: 1, languages: [de], jurisdiction: DE}\n"), ", en: protection against load peaks", "")
	if _, f := policy.Load("de.yaml", []byte(oneLanguage+"  consent: {law: Art. 7 DSGVO}\n"), words(), today); len(f) > 0 {
		t.Errorf("texts that stand in no file are found: %v", f)
	}
	if right(t).Activity("vault") != nil {
		t.Error("a kind without a default stands in the policy")
	}
}

func TestCheckingAgainChangesNothing(t *testing.T) {
	p := right(t)
	before, scope := len(p.Activities), p.Scope("statistics")
	if f := p.Check(words(), today.AddDate(0, 1, 0)); len(f) > 0 {
		t.Fatal(f)
	}
	if len(p.Activities) != before || p.Scope("statistics") != scope || p.Hash != right(t).Hash {
		t.Error("a second check changes the policy")
	}
	if f := p.Check(words(), today.AddDate(2, 0, 0)); len(f) != 1 || f[0].Code != "K407" {
		t.Errorf("two years later: %v", f)
	}
}

func TestFindingsForProgramsAndPeople(t *testing.T) {
	_, findings := policy.Load("x.yaml", []byte(onBase("kept: 2\n")), words(), today)
	b, err := json.Marshal(findings)
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(b, &got); err != nil || len(got) != 1 {
		t.Fatalf("%s %v", b, err)
	}
	for _, key := range []string{"code", "severity", "file", "line", "column", "problem", "reason", "remedy", "excerpt"} {
		if _, ok := got[0][key]; !ok {
			t.Errorf("%s is missing in %s", key, b)
		}
	}
	if err := findings.Write(full{}); !errors.Is(err, errFull) {
		t.Errorf("a write that fails gives %v", err)
	}
	if findings.Count(policy.Mistake) != 1 || findings.Count(policy.Warning) != 0 {
		t.Errorf("%v", findings)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWhatMustBeGivenAndWhoComesFromOutside(t *testing.T) {
	p := right(t,
		"officer: {email: dpo@agentur.example}", "officer: {email: dpo@agentur.example, external: true}",
		"    settings: {rate_limit", "    provision: {required: needed, data: [url, time], consequence: {de: Sonst keine Seite, en: no page}}\n    settings: {rate_limit")
	given := p.Activity("access-log").Provision
	if given.Required != "needed" || len(given.Data) != 2 || given.Data[1].Name != "time" || given.Data[1].At.Line == 0 {
		t.Errorf("%+v", given)
	}
	if !p.Controller.Officer.External || p.Controller.Representative.External {
		t.Errorf("officer %+v, representative %+v", p.Controller.Officer, p.Controller.Representative)
	}
}

// A version may be any text; one that looks like a date is printed as one.
func TestAVersionThatLooksLikeADateIsOne(t *testing.T) {
	for version, found := range map[string]bool{"2026-02-30": true, "2026-13-01": true, "2024-02-13": false, "2024-02": false, "7": false, "2026-02-30b": false} {
		_, f := policy.Load("p.yaml", []byte(strings.Replace(base, "version: 2024-02-13", "version: '"+version+"'", 1)), words(), today)
		if slices.Contains(codesOf(f), "K117") != found {
			t.Errorf("%s: %s", version, f)
		}
	}
}
