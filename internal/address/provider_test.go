package address_test

import (
	"net/netip"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/address"
	"kept/internal/fault"
)

func TestProviders(t *testing.T) {
	p, err := address.OpenProviders(activitytest.ProviderFile(t, netip.MustParsePrefix("217.0.0.0/13"), "Musternetz AG"))
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[string]string{"217.0.0.77": "Musternetz AG", "::ffff:217.7.255.255": "Musternetz AG", "217.8.0.0": "", "203.0.113.7": "", "2003::1": ""} {
		if got := p.Of(netip.MustParseAddr(a)); got != want {
			t.Errorf("the provider of %s is %q, want %q", a, got, want)
		}
	}
	if got := p.Of(netip.Addr{}); got != "" {
		t.Errorf("no address has the provider %q", got)
	}
	if got := (*address.Providers)(nil).Of(netip.MustParseAddr("217.0.0.77")); got != "" {
		t.Errorf("without a file the provider is %q", got)
	}
	if _, err := address.OpenProviders("/nowhere.mmdb"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a missing file: %v", err)
	}
}
