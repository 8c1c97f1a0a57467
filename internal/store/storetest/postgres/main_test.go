package main

import (
	"path/filepath"
	"testing"
)

func TestTheServerIsGoneWithItsCommand(t *testing.T) {
	if _, err := findPostgres(); err != nil {
		t.Skip(err)
	}
	s, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.beside(t.Context(), []string{"sh", "-c", `case $KEPT_TEST_POSTGRES in postgres://postgres@127.0.0.1:*) exit 7;; esac`})
	if err != nil || code != 7 {
		t.Errorf("the command ended with %d (%v), want 7", code, err)
	}
	if left, err := filepath.Glob(s.dir + "*"); err != nil || len(left) != 0 {
		t.Errorf("left are %v (%v)", left, err)
	}
}
