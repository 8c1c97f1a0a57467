package rights

import (
	"context"
	"strings"
	"testing"

	"kept/internal/duty/dutytest"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Who names a ground where the policy has none is told so, not asked for a reason
// that was given.
func TestAGroundThatNoPolicyNamesIsRefusedAsOne(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		err := d.DB.Write(h.Ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.Hold(ctx, tx, subject.Hold{Ground: "limitation", By: "officer", Until: h.Clock.Now().AddDate(1, 0, 0)})
			return err
		})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "names no grounds") {
			h.T.Error(err)
		}
	})
}

// The person reads why a hold keeps something and by which provisions, in their
// language; what somebody wrote themselves stays as it is.
func TestTheReasonOfAHoldNamesItsProvisions(t *testing.T) {
	p := &policy.Policy{Notice: policy.Notice{Languages: []string{"de", "en"}}, Holds: []policy.HoldGround{
		{Key: "limitation", Reason: policy.Text{"de": "Verjährung", "en": "limitation of claims"}, Law: "§§ 195, 199 BGB"},
	}}
	for _, c := range []struct {
		hold   subject.Hold
		en, de string
	}{
		{subject.Hold{Reason: "LG Wiesbaden 4 O 12/26"}, "LG Wiesbaden 4 O 12/26 (Art. 17(3)(e) GDPR)", "LG Wiesbaden 4 O 12/26 (Art. 17 Abs. 3 Buchst. e DSGVO)"},
		{subject.Hold{Ground: "limitation", Reason: "Verjährung (§§ 195, 199 BGB)"}, "limitation of claims (sections 195, 199 BGB, Art. 17(3)(e) GDPR)", "Verjährung (§§ 195, 199 BGB, Art. 17 Abs. 3 Buchst. e DSGVO)"},
	} {
		got := HoldWords(p, c.hold)
		for lang, want := range map[string]string{"en": c.en, "de": c.de} {
			if said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(got[lang]); said != want {
				t.Errorf("%s: %q, want %q", lang, said, want)
			}
		}
	}
}
