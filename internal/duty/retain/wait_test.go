package retain_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
)

// What waits is said in words that need no knowledge of the policy's language.
func TestWhyAPlanWaitsIsSaidPlainly(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		letters(h, 1500)
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		plan, err := s.TakeOver(h.Ctx, h.Policy(), h.Read(shorter(dutytest.Standard)))
		if err != nil || len(plan.Waits) != 1 {
			h.T.Fatalf("%+v, %v", plan.Waits, err)
		}
		for lang, want := range map[string]string{
			"en": "Reading circle, letters: kept for 30 days until now, for 7 days from now on. 1,500 of 1,500 entries go at once.",
			"de": "Lesekreis, Briefe: bisher 30 Tage aufbewahrt, künftig 7 Tage. 1.500 von 1.500 Einträgen werden sofort gelöscht.",
		} {
			if got := plan.Waits[0].In(lang, time.UTC); got != want {
				h.T.Errorf("%s: %s", lang, got)
			}
		}
		h.Exec("update circle_letter set at = 0")
		r, err := s.Sweep(h.Ctx)
		if err != nil || len(r.Plan.Waits) != 1 {
			h.T.Fatalf("%+v, %v", r.Plan.Waits, err)
		}
		h.Clock.Advance(1000 * 24 * 3600e9)
		clock, err := s.Sweep(h.Ctx)
		if err != nil || len(clock.Plan.Waits) != 1 {
			h.T.Fatalf("%+v, %v", clock.Plan.Waits, err)
		}
		for _, w := range []retain.Wait{r.Plan.Waits[0], clock.Plan.Waits[0]} {
			for _, lang := range []string{"en", "de"} {
				if text := w.In(lang, time.UTC); text == "" || strings.Contains(text, "circle_") || strings.ContainsAny(text, "{}") || strings.Contains(text, "wait.") {
					h.T.Errorf("%s: %s", lang, text)
				}
			}
		}
		w := clock.Plan.Waits[0]
		if text := w.In("de", h.Policy().Zone()); w.Code != retain.WaitClock || !strings.Contains(text, "Uhr (ME") {
			h.T.Errorf("not by the controller's clock: %s", text)
		}
		if w := r.Plan.Waits[0]; w.Text != w.In("en", time.UTC) {
			h.T.Errorf("%q is not %q", w.Text, w.In("en", time.UTC))
		}
	})
}
