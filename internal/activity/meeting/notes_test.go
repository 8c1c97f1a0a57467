package meeting

import (
	"os"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/policy"
)

// A recipient gets the fields that the entry hands to it, and no others.
func TestPromise_AH27_NotesGoOnlyAsDeclared(t *testing.T) {
	src, err := os.ReadFile("../../../examples/alleherzen/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, _ := policy.Read("policy.yaml", src)
	kind := kind()
	p.Check(policy.Vocabulary{Name: &kind}, clock.At(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)).Now())
	a := p.Activity("fathom")
	all := map[string]string{"audio": "a", "video": "v", "transcript": "t", "summary": "s", "highlights": "h", "notes": "n"}
	if got := declared(a, "crm", all); len(got) != 3 || got["summary"] != "s" || got["highlights"] != "h" || got["notes"] != "n" {
		t.Errorf("the CRM gets %v", got)
	}
	if got := declared(a, "fathom", all); len(got) != 0 {
		t.Errorf("the assistant's provider gets %v", got)
	}
	if got := declared(a, "nobody", all); len(got) != 0 {
		t.Errorf("an undeclared recipient gets %v", got)
	}
}
