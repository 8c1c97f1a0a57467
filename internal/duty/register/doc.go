// Package register keeps the record of processing activities: Art. 30(1) GDPR
// for what the controller does on its own account, Art. 30(2) for what it does
// on behalf of others.
//
// Build makes one typed Record from a policy and the manifests; every format
// (table, workbook, JSON, JSON-LD, page, picture) is a rendering of that value
// and knows nothing that the value does not say. The package refuses to state
// what nobody declared: an entry that the policy lacks leaves an empty cell, not
// a phrase. The same policy gives the same bytes, so that two records can be
// compared; no clock is read. On whose behalf an instance acts stands in no policy:
// whoever has one adds its customers to the value.
package register
