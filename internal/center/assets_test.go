package center

import (
	"bytes"
	"compress/gzip"
	"testing"

	"kept/browser/bundle"
)

func TestAssetsAreUpToDate(t *testing.T) {
	made, err := bundle.Center.Make("../../browser")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range made {
		have, err := files.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("assets/%s is not what browser/ gives now: run go generate ./internal/center", name)
		}
	}
}

// The figure of design.md: banner, gating and collector in 8 kB gzip, style included.
func TestBrowserCodeIsSmall(t *testing.T) {
	const atMost = 8 << 10
	total := 0
	for _, name := range []string{"kept.js", "kept.css"} {
		content, err := files.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		total += zipped(t, content)
	}
	t.Logf("kept.js and kept.css: %d bytes gzip", total)
	if total > atMost {
		t.Errorf("the browser's code has grown to %d bytes gzip, above %d", total, atMost)
	}
}

func zipped(t *testing.T, content []byte) int {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
