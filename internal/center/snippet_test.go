package center_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"kept/internal/consent"
)

func TestSnippetSpeaksTheLanguageOfThePage(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for lang, want := range map[string]string{"de": "Wir fragen vorher", "de-AT": "Wir fragen vorher", "EN-us": "We ask first", "fr": "Wir fragen vorher", "": "Wir fragen vorher"} {
		if s := b.Snippet(lang, consent.State{Open: []string{"media"}}, "/"); !strings.Contains(s.Body, want) || strings.Contains(s.Body, "kept-cut") {
			t.Errorf("a page in %q is asked %s", lang, s.Body)
		}
	}
}

func TestSnippetIsOneForEachPage(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	var wait sync.WaitGroup
	for _, path := range []string{"/a", "/b?x=1&y=2", "/%C3%A4"} {
		wait.Go(func() {
			s := b.Snippet("de", consent.State{Known: true, Decision: "d", Groups: []string{"media", "statistics"}}, path)
			if !strings.Contains(s.Body, `data-allowed="video map measuring"`) || strings.Contains(s.Body, "<form") {
				t.Errorf("%s: %s", path, s.Body)
			}
		})
	}
	wait.Wait()
}

func BenchmarkSnippet(b *testing.B) {
	bench := open(b, load(b, agencyPolicy))
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	st := bench.consent.State(r)
	b.ReportAllocs()
	for b.Loop() {
		bench.Snippet("de", st, "/leistungen?a=1")
	}
}
