package audit_test

import (
	"testing"
	"time"

	"kept/internal/consent"
	"kept/internal/duty/dutytest"
	"kept/internal/store"
	"kept/internal/subject"
)

// What a hold kept from a withdrawal is no finding, nor is what a consent that
// merely lapsed leaves to its own period.
func TestEventsThatStayAfterTheConsent(t *testing.T) {
	for name, stays := range map[string]func(i *instance) (endedBy string){
		"hold": func(i *instance) string {
			i.Hold(subject.Hold{Subject: i.ada, Activity: "circle"})
			return consent.Withdrew
		},
		"lapsed": func(*instance) string { return consent.Lapsed },
	} {
		t.Run(name, func(t *testing.T) {
			instances(t, func(i *instance) {
				i.Exec("update consent_decision set ended_at = $1, ended_by = $2 where subject = $3", store.At(i.Clock.Now()), stays(i), i.ada)
				i.Clock.Advance(2 * time.Hour)
				for _, f := range i.run().Findings() {
					if f.Guarantee == 4 && f.Table == dutytest.Visit {
						i.T.Errorf("%+v", f)
					}
				}
			})
		})
	}
}
