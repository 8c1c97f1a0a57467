package main

import (
	"fmt"
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/policy"
	"kept/internal/policy/draft"
	"kept/internal/policy/schema/schematest"
)

func answers() draft.Answers {
	return draft.Answers{
		Name: "Musteragentur GmbH", Address: "Musterstraße 1, 65183 Wiesbaden", Email: "privacy@agentur.example",
		Country: "DE", Languages: []string{"de", "en"}, Version: "2026-11-22", AccessLog: true,
		Authority: draft.Authority{Name: "HBDI", URL: "https://datenschutz.hessen.de"},
	}
}

// choices calls f with every combination of what an offer may have.
func choices(f func(draft.Answers)) {
	yes := []bool{false, true}
	for _, languages := range [][]string{{"de"}, {"en"}, {"de", "en"}, {"en", "de"}} {
		for _, log := range yes {
			for _, statistics := range yes {
				for _, newsletter := range yes {
					for _, contact := range yes {
						for _, videos := range append(draft.ProvidersOf(draft.Videos), "") {
							for _, maps := range append(draft.ProvidersOf(draft.Maps), "") {
								for _, fonts := range append(draft.ProvidersOf(draft.Fonts), "") {
									a := answers()
									a.Languages, a.AccessLog, a.Statistics, a.Newsletter, a.Contact = languages, log, statistics, newsletter, contact
									a.Videos, a.Maps, a.Fonts = videos, maps, fonts
									if a.Check() == nil {
										f(a)
									}
								}
							}
						}
					}
				}
			}
		}
	}
}

func strict(t *testing.T, a draft.Answers) *policy.Policy {
	t.Helper()
	src, err := a.Write()
	if err != nil {
		t.Fatal(err)
	}
	p, findings := policy.Load("policy.yaml", src, app.Vocabulary(), clock.System.Now())
	if len(findings) > 0 {
		t.Fatalf("%+v\n%s\n%s", a, findings, src)
	}
	return p
}

// Whatever the answers, the draft passes kept check --strict as it stands, and an
// editor underlines nothing in it.
func TestEveryDraftPasses(t *testing.T) {
	t.Parallel()
	s := schematest.Compile(t, app.Vocabulary(), schematest.Drafts[0])
	tried := 0
	choices(func(a draft.Answers) {
		p := strict(t, a)
		src, _ := a.Write()
		if err := s.Check(src); err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		if (len(p.OfKind(analyticsKind)) == 1) != a.Statistics || len(p.Services) != count(a.Videos, a.Maps, a.Fonts) {
			t.Fatalf("%+v: not what was asked for\n%s", a, src)
		}
		for line := range strings.Lines(string(src)) {
			if strings.HasSuffix(line, " \n") || len([]rune(line)) > 160 {
				t.Errorf("a line is not well set: %q", line)
			}
		}
		tried++
	})
	if tried < 500 {
		t.Errorf("only %d drafts", tried)
	}
}

func count(words ...string) int {
	n := 0
	for _, w := range words {
		if w != "" {
			n++
		}
	}
	return n
}

// What people type is what the policy says, whatever YAML would make of it.
func TestTheDraftSaysWhatWasTyped(t *testing.T) {
	for _, name := range []string{"A: B", "# AG", "true", "007", "O'Neill & \"Söhne\"", "{x}", "[x]", "- x", "? x", "!tag", "*a", "&a", "a # b", "a:", "%x", "@x", "`x`", "null", "Ünï €", "1e3", "a\\b", "x, y"} {
		a := answers()
		a.Name, a.Address, a.Phone = name, name+" 1", "0611 123"
		a.Officer, a.URL = "dpo@agentur.example", "https://agentur.example/?a=b#c"
		a.Authority = draft.Authority{Name: name, URL: "https://authority.example"}
		p := strict(t, a)
		if p.Controller.Name != name || p.Controller.Address != name+" 1" || p.Controller.Phone != "0611 123" || p.Controller.Authority.Name != name || p.Controller.URL != a.URL {
			t.Errorf("%q became %+v", name, p.Controller)
		}
	}
}

func TestEveryStateHasItsAuthority(t *testing.T) {
	if len(draft.States()) != 16 {
		t.Errorf("%d states", len(draft.States()))
	}
	for _, state := range draft.States() {
		authority, found := draft.AuthorityFor(state)
		a := answers()
		a.Authority = authority
		if p := strict(t, a); !found || p.Controller.Authority.Name != authority.Name {
			t.Errorf("%s: %+v", state, authority)
		}
	}
}

func TestWrongAnswersAreRefusedInTheWordsOfTheCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*draft.Answers)
		want   string
	}{
		{func(a *draft.Answers) { a.Name = "" }, "the name is missing"},
		{func(a *draft.Answers) { a.Email = "me" }, `"me" is no e-mail address`},
		{func(a *draft.Answers) { a.Name = "Muster\x1b[D" }, "a character that nobody sees"},
		{func(a *draft.Answers) { a.Phone = "\u202e1160" }, "a character that nobody sees"},
		{func(a *draft.Answers) { a.URL = "agentur.example" }, "is no address that begins with https://"},
		{func(a *draft.Answers) { a.Country = "Germany" }, "is no country code of two capital letters"},
		{func(a *draft.Answers) { a.Languages = []string{"fr"} }, `"fr" is no language that Kept has texts in`},
		{func(a *draft.Answers) { a.Languages = nil }, "the notice needs a language"},
		{func(a *draft.Answers) { a.Videos = "dailymotion" }, "the known ones are [vimeo youtube]"},
		{func(a *draft.Answers) { a.AccessLog = false }, "choose at least the access log"},
	} {
		a := answers()
		c.change(&a)
		if _, err := a.Write(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", fmt.Sprint(err), c.want)
		}
	}
}
