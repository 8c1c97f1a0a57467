package newsletter_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/i18n"
	"kept/internal/store/storetest"
)

// The form asks, in one sentence, for the measuring that the policy declares and
// for no other; where no field keeps it, it says that nobody is recorded.
func TestTheFormAsksOnlyForWhatIsMeasured(t *testing.T) {
	all := append(slices.Clone(allFields), "dispatch", "opens", "clicks")
	for _, c := range []struct {
		name, policy, says string
		not                []string
	}{
		{"both", policyOf(all), "opens-clicks", []string{"opens", "clicks", "counted.opens"}},
		{"opens alone", policyOf(all[:len(all)-1]), "opens", []string{"clicks", "opens-clicks"}},
		{"counted", strings.Replace(policyOf(allFields), "double_opt_in: true", "double_opt_in: true, measure: {clicks: true}", 1), "counted.clicks", []string{"clicks"}},
		{"nothing", policyOf(allFields), "", []string{"opens", "clicks", "opens-clicks", "counted.opens", "counted.clicks"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := activitytest.Env(t, storetest.SQLite(t), c.policy, clock.At(noon), newsletter.Kind{})
			_, form := someone(h, 1).ask(http.MethodGet, newsletter.Path, nil)
			if c.says != "" && !strings.Contains(form, i18n.T("en", "newsletter.consent."+c.says)) {
				t.Errorf("the form does not say %s", c.says)
			}
			for _, n := range c.not {
				if strings.Contains(form, i18n.T("en", "newsletter.consent."+n)) {
					t.Errorf("the form says %s", n)
				}
			}
		})
	}
}
