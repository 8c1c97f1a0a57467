package mail

import (
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

// What is taken for a usual domain is what the rules of IDNA leave as it is.
func TestAUsualDomainIsWhatIDNALeavesAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		domain := rapid.StringOf(rapid.SampledFrom([]rune("abxyz019-...N\u00e4\u05d0_"))).Draw(t, "domain")
		if !plainDomain(domain) {
			return
		}
		if as, err := idna.Lookup.ToASCII(domain); err != nil || as != domain {
			t.Fatalf("%q is %q: %v", domain, as, err)
		}
	})
	for _, usual := range []string{"example.org", "mail-1.example.co.uk", "3m.example"} {
		if !plainDomain(usual) {
			t.Errorf("%s goes the long way", usual)
		}
	}
}
