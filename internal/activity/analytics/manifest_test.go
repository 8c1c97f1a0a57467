package analytics

import "testing"

func TestManifestIsConsistent(t *testing.T) {
	m := Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}
