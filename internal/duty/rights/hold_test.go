package rights

import (
	"context"
	"strings"
	"testing"

	"kept/internal/duty/dutytest"
	"kept/internal/fault"
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
