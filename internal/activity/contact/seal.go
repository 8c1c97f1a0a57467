package contact

import "kept/internal/vault"

// arrivalKey seals what the form took until it is known whose it is; no two
// share a key.
func arrivalKey(id string) vault.Ref { return vault.Ref{Subject: id, Rule: Name} }
