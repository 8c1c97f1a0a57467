package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/policy"
)

// large is a policy with n activities more than base.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString(base)
	for i := range n {
		fmt.Fprintf(&b, `  log-%d:
    kind: access-log
    title: {de: Protokoll, en: Log}
    purpose: essential.service.security
    basis: legitimate-interests
    interest: {de: Schutz vor Lastspitzen, en: protection against load peaks}
    data: [ip_address, referrer, url, time, bytes, status, browser, os]
    cookies: [{name: "seen_%d_*", lifetime: 7 days, purpose: {de: merkt sich den Besuch, en: remembers the visit}}]
    settings: {rate_limit: {requests: 50, per: 1 second, burst: 200}}
    retention:
      - {data: ip_address, from: collection, keep: 7 days, then: anonymise, every: 1 day}
      - {from: collection, keep: 1 year, then: delete}
`, i, i)
	}
	return []byte(b.String())
}

func BenchmarkLoad200Activities(b *testing.B) {
	src, vocabulary := large(200), words()
	b.ReportAllocs()
	for b.Loop() {
		policy.Load("large.yaml", src, vocabulary, today)
	}
}

func BenchmarkCheck200Activities(b *testing.B) {
	p, _ := policy.Read("large.yaml", large(200))
	vocabulary := words()
	b.ReportAllocs()
	for b.Loop() {
		p.Check(vocabulary, today)
	}
}

func TestCheckingManyActivitiesIsQuick(t *testing.T) {
	p, findings := policy.Read("large.yaml", large(200))
	if findings.HasErrors() {
		t.Fatal(findings[0])
	}
	best := time.Hour
	for range 3 {
		start := time.Now()
		p.Check(words(), today)
		best = min(best, time.Since(start))
	}
	if best > 50*time.Millisecond {
		t.Errorf("checking 200 activities takes %s", best)
	}
}
