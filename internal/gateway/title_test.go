package gateway

import (
	"strings"
	"testing"

	"kept/internal/policy"
)

// A service without a name is told by its key, from the recipient: two services
// of one recipient would else be called the same.
func TestAServiceWithoutANameIsToldApart(t *testing.T) {
	s := standIn{lang: "en", service: &policy.Service{Key: "street-map", Recipient: "maps"}, register: &register{policy: &policy.Policy{
		Recipients: []policy.Recipient{{Key: "maps", Name: "Maps Ltd"}},
	}}}
	if got := s.name(); !strings.HasPrefix(got, "Street map") || !strings.Contains(got, "Maps Ltd") {
		t.Errorf("it is called %q", got)
	}
}
