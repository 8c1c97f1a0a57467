package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

func TestThePageOfTheChecksIsUpToDate(t *testing.T) {
	want, err := checksPage()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/reference/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/reference/checks.md is out of date: run go generate ./internal/policy")
	}
}

func TestEveryFamilyHasATitle(t *testing.T) {
	for _, f := range families() {
		if f.Title == "" {
			t.Errorf("the family of %s has no title", f.Codes[0].Code)
		}
	}
}

// The page of the language names every key that the reader asks for, and no
// other in its tables.
func TestThePageOfTheLanguageIsTrue(t *testing.T) {
	page, err := os.ReadFile("../../../docs/reference/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	var walk func(path string, keys []policy.Key)
	walk = func(path string, keys []policy.Key) {
		for _, k := range keys {
			known[k.Name] = true
			if !bytes.Contains(page, []byte("`"+k.Name+"`")) && !bytes.Contains(page, []byte("`"+k.Name+": ")) {
				t.Errorf("docs/reference/policy.md does not name %s%s", path, k.Name)
			}
			for _, word := range k.Words {
				if !bytes.Contains(page, []byte("`"+word+"`")) {
					t.Errorf("docs/reference/policy.md does not name the word %s of %s%s", word, path, k.Name)
				}
			}
			walk(path+k.Name+".", k.Keys)
		}
	}
	walk("", policy.Language())
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+)\\|").FindAllSubmatch(page, -1) {
		for _, key := range regexp.MustCompile("`([^`]+)`").FindAllSubmatch(row[1], -1) {
			if !known[string(key[1])] {
				t.Errorf("docs/reference/policy.md explains %s, which the reader does not know", key[1])
			}
		}
	}
	for _, m := range taxonomy.Measures() {
		if !bytes.Contains(page, []byte("`"+m.Key+"`")) {
			t.Errorf("docs/reference/policy.md does not name the measure %s", m.Key)
		}
	}
}
