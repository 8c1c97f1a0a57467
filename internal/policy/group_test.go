package policy_test

import (
	"testing"

	"kept/internal/policy"
)

func TestAGroupAdvertisesByItsActivities(t *testing.T) {
	p := &policy.Policy{Activities: []policy.Activity{
		{Key: "reach", Group: "statistics", Purpose: "analytics.reporting"},
		{Key: "count", Group: "partners", Purpose: "analytics.reporting"},
		{Key: "retarget", Group: "partners", Purpose: "marketing.advertising.third_party.targeted"},
		{Key: "plain", Group: "own", Purpose: "marketing"},
		{Key: "near", Group: "near", Purpose: "marketingx"},
		{Key: "letter", Purpose: "marketing.communications.email"}, // no group: nobody is asked
	}}
	for group, want := range map[string]bool{
		"marketing": true, "partners": true, "own": true, "statistics": false, "near": false, "media": false, "": false, policy.Essential: false,
	} {
		if p.Advertises(group) != want {
			t.Errorf("%q advertises: %t", group, !want)
		}
	}
}
