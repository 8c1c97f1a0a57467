package csp

import (
	"slices"
	"strings"
	"testing"
)

// Whatever a site's policies say: what is written is read back as the same, and Kept's
// own paths are all that comes to them.
func FuzzPolicies(f *testing.F) {
	for _, seed := range []string{
		"default-src 'self', img-src b", "SCRIPT-SRC  'NONE' ;; upgrade-insecure-requests", "script-src 'nonce-abc' 'strict-dynamic'; report-uri https://r.example",
		"default-src 'none'; script-src-elem x; script-src y; style-src-elem\t*", ";,;", "form-action", "a,,b;\r\nc",
	} {
		f.Add(seed, "kept.example", "abc")
	}
	f.Fuzz(func(t *testing.T, field, host, nonce string) {
		s := Read([]string{field})
		before := s.Fields()
		if again := Read(before).Fields(); !slices.Equal(again, before) {
			t.Fatalf("%q is read back as %q", before, again)
		}
		own := []string{host + "/privacy/", "'nonce-" + nonce + "'"}
		var had []string
		for _, p := range s.policies {
			for _, d := range p {
				had = append(had, d.words...)
			}
		}
		many := len(s.policies)
		s.AllowKept(host, nonce)
		if len(s.policies) != many {
			t.Fatalf("%d policies became %d", many, len(s.policies))
		}
		for _, p := range s.policies {
			for _, d := range p {
				for _, w := range d.words {
					if !slices.Contains(had, w) && !slices.Contains(own, w) {
						t.Fatalf("%s got %q", d.name, w)
					}
				}
			}
		}
		for _, text := range s.Fields() {
			if IsSource(host) && !strings.ContainsAny(nonce, " \r\n\t;,") && strings.ContainsAny(text, "\r\n") {
				t.Fatalf("%q is more than one line", text)
			}
		}
		s.HoldReports(func(string) bool { return true })
		s.Nonce()
		s.TrustsByNonce()
	})
}
