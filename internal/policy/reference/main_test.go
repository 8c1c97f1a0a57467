package main

import (
	"bytes"
	"os"
	"testing"
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
