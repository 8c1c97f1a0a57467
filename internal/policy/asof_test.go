package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/policy"
)

// vouchers are kept for keep to the end of the year.
func vouchers(keep string) string {
	return onBase(`activities:
  books:
    kind: external
    title: {de: Buchhaltung, en: Bookkeeping}
    purpose: finance
    basis: legal-obligation
    law: § 147 AO
    people: [customer]
    data: [{category: user.financial.transaction, title: {de: Rechnungen, en: invoices}}]
    retention:
      - {from: invoice-date, keep: ` + keep + `, until: end-of-year, then: delete}
`)
}

// A policy is checked by the law of the day that is asked for: vouchers were kept
// for 10 years until the end of 2024, and are kept for 8 since.
func TestTheLawIsThatOfTheDay(t *testing.T) {
	for _, c := range []struct{ day, keep, found string }{
		{"2024-01-01", "10 years", ""},
		{"2024-01-01", "8 years", "K309"},
		{"2024-12-31", "8 years", "K309"},
		{"2025-01-01", "8 years", ""},
		{"2026-11-21", "8 years", ""},
		{"2026-11-21", "10 years", "K308"},
		{"2026-11-21", "7 years", "K309"},
	} {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		_, findings := policy.Load("books.yaml", []byte(vouchers(c.keep)), words(), day)
		if got := strings.Join(codesOf(findings), " "); got != c.found {
			t.Errorf("%s on %s: %q, want %q", c.keep, c.day, got, c.found)
		}
	}
}

// An exemption holds in its country, from its day, for whoever names it.
func TestAnExemptionOfItsDay(t *testing.T) {
	e, _ := policy.Explain("K228")
	src := onBase(e.Right)
	for _, c := range []struct{ day, found string }{{"2026-11-21", ""}, {"2020-09-30", "K227"}} {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		_, findings := policy.Load("fr.yaml", []byte(src), words(), day)
		if slices.Contains(codesOf(findings), "K227") != (c.found == "K227") || c.found == "" && len(findings) > 0 {
			t.Errorf("on %s: %v", c.day, findings)
		}
	}
	unnamed := strings.Replace(src, ", exemptions: [audience-measurement]", "", 1)
	if _, findings := policy.Load("fr.yaml", []byte(unnamed), words(), today); !slices.Contains(codesOf(findings), "K207") {
		t.Errorf("an exemption that nobody names holds: %v", findings)
	}
}
