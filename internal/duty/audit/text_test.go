package audit_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/duty/audit"
)

const golden = `Audit of 1 March 2026, 12:00 UTC, policy 0123456789ab

✓ 1. No purpose, no processing: verified
    ✓ letter       rows of circle  12,345  2026-01-02 03:04
    ✓ long_letter  rows of circle       0

✗ 6. Nothing past its time: broken
    ✗ letter  delete 30 days after collection  12,345
    ?         addresses                             0
      not verifiable here: somewhere else

1 finding

1. Guarantee 6: rows past their time
   where      letter.body
   rule       circle/letter/collection
   how many   1,000,000
   oldest     2026-01-02 03:04
   what to do look

✗ Broken. 1 finding, 1.5s.
`

func TestTheReportForATerminal(t *testing.T) {
	old := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := audit.Report{
		At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Took: 1500 * time.Millisecond, Policy: "0123456789abcdef",
		Guarantees: []audit.Guarantee{
			{Number: 1, Title: "No purpose, no processing", Verdict: audit.Verified, Checks: []audit.Check{
				{What: "rows of circle", Table: "letter", Counted: 12345, Oldest: old, Verdict: audit.Verified},
				{What: "rows of circle", Table: "long_letter", Verdict: audit.Verified},
			}},
			{Number: 6, Title: "Nothing past its time", Verdict: audit.Broken, Checks: []audit.Check{
				{What: "delete 30 days after collection", Rule: "circle/letter/collection", Table: "letter", Counted: 12345, Verdict: audit.Broken},
				{What: "addresses", Verdict: audit.NotVerifiable, Why: "somewhere else"},
			}, Findings: []audit.Finding{
				{Guarantee: 6, Rule: "circle/letter/collection", Table: "letter", Column: "body", Count: 1_000_000, Oldest: old, What: "rows past their time", Remedy: "look"},
			}},
		},
	}
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != golden {
		t.Errorf("the report is\n%s\nwant\n%s", b.String(), golden)
	}
}
