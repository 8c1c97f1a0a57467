package newsletter

import (
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
)

// The ways in which a subscription ends without a word in a mail.
const (
	ByObjection Way = "objection" // Art. 21 GDPR
	ByStaff     Way = "staff"     // who asked by letter or call
)

// customersAllowed returns Refused unless an entry may write to existing customers
// without their consent. § 7(3) UWG asks four things at once: an address from a sale,
// own similar goods, no objection, and that the customer is told at the collection
// and in each mail that they may object. The first and the last are proven row by
// row, the third is asked of what we hold, the second is the operator's word.
func customersAllowed(a *policy.Activity, similar bool) error {
	rests := a.Basis == policy.LegitimateInterests || slices.ContainsFunc(a.Also, func(g policy.Ground) bool { return g.Basis == policy.LegitimateInterests })
	switch {
	case !a.Settings.Bool("existing_customers"):
		return fault.New(fault.Refused, "%s does not write to existing customers: set existing_customers: true in its settings, if § 7(3) UWG allows it", a.Key)
	case !rests:
		return fault.New(fault.Refused, "%s does not rest on legitimate interests: mails to existing customers do (§ 7(3) UWG); add them under also", a.Key)
	case !a.Has(fieldCustomer):
		return fault.New(fault.Refused, "%s may not keep from which sale an address is known: add %s to its data", a.Key, fieldCustomer)
	case !similar:
		return fault.New(fault.Refused, "say that the mails are for own goods or services similar to those bought (--similar): without that § 7(3) UWG does not allow them")
	}
	return nil
}
