package accesslog

import (
	"time"

	"kept/internal/pace"
	"kept/internal/policy"
)

// paceOf returns the pace of r; false if r limits nothing.
func paceOf(r policy.Rate) (pace.Pace, bool) {
	epoch := time.Unix(0, 0).UTC()
	return pace.Of(r.Requests, r.Per.After(epoch).Sub(epoch), r.Burst)
}
