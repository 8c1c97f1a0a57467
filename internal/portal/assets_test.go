package portal

import (
	"bytes"
	"testing"

	"kept/browser/bundle"
)

// The stylesheet in the program is the one that its source gives now.
func TestAssetsAreUpToDate(t *testing.T) {
	made, err := bundle.Portal.Make("../../browser")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range made {
		got, err := sources.ReadFile("assets/" + name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date; make it anew with: make generate (%v)", name, err)
		}
	}
}
