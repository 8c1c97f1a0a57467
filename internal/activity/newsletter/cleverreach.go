package newsletter

import (
	"kept/internal/fault"
	"kept/internal/policy"
)

// cleverreach returns the carrier through CleverReach.
func (n *Newsletter) cleverreach(a *policy.Activity, recipient string) (Carrier, error) {
	return nil, fault.New(fault.Refused, "%s is dispatched through %s, and this instance has no account there: start serve with --cleverreach-id", a.Key, recipient)
}
