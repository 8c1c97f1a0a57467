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
	"kept/internal/manifest"
	"kept/internal/store/storetest"
)

// The form asks for the measuring that the policy declares exactly if the room
// does it, so that nobody agrees to what does not happen.
func TestTheFormAsksOnlyForWhatIsMeasured(t *testing.T) {
	text := strings.NewReplacer("data: [email,", "data: [email, opens, clicks,",
		"{double_opt_in: true}", "{double_opt_in: true, measure: {opens: true, clicks: true}}").Replace(policyOf(allFields))
	h := activitytest.Env(t, storetest.SQLite(t), text, clock.At(noon), newsletter.Kind{})
	m := newsletter.Manifest()
	_, form := someone(h, 1).ask(http.MethodGet, newsletter.Path, nil)
	for _, measure := range []string{"opens", "clicks"} {
		done := slices.ContainsFunc(m.Tables, func(t manifest.Table) bool { return len(t.Storing(measure)) > 0 })
		if says := strings.Contains(form, i18n.T("en", "newsletter.consent."+measure)); says != done {
			t.Errorf("%s: asked for %v, done %v", measure, says, done)
		}
	}
}
