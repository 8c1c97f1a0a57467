package main

import (
	"bytes"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/app"
	"kept/internal/duty/notice"
	"kept/internal/policy"
)

// The agency's notice as it reads, word for word: a change of wording shows in a
// diff. `go test ./cmd/kept -run Golden -update` writes it anew.
func TestNoticeOfTheAgencyIsGolden(t *testing.T) {
	src, err := os.ReadFile("../../examples/alleherzen/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, findings := policy.Load("policy.yaml", src, app.Vocabulary(), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if findings.HasErrors() {
		t.Fatal("the example has mistakes")
	}
	for _, lang := range p.Notice.Languages {
		n := notice.Build(p, lang)
		file := filepath.Join("testdata", "notice", "alleherzen."+lang+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(n.Text()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, []byte(n.Text())) {
			t.Errorf("%s reads otherwise now; look at the difference, then: go test ./cmd/kept -run Golden -update", file)
		}
		for _, form := range []format{noticePage, noticeMarkdown} {
			b, err := noticeIn(form, n, p.Controller.Name, "")
			if err != nil {
				t.Fatal(err)
			}
			holdsEveryWord(t, lang+" "+string(form), b, n.Text())
		}
	}
}

var markup = regexp.MustCompile(`(?s)<style>.*?</style>|<[^<>]*>`)

// holdsEveryWord checks that another form says what the text says; attributes and
// targets of links count.
func holdsEveryWord(t *testing.T, form string, b []byte, text string) {
	t.Helper()
	plain := strings.ReplaceAll(string(b), `\`, "")
	all := html.UnescapeString(plain + " " + markup.ReplaceAllString(plain, " "))
	for _, word := range strings.Fields(text) {
		if word = strings.Trim(word, ":-=().,;"); !strings.Contains(all, word) {
			t.Errorf("%s lacks %q", form, word)
		}
	}
}
