package newsletter

import (
	"context"
	"net/http"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// entries returns the policy's entries of the kind that may hold an address, in
// the order of the file.
func (n *Newsletter) entries() []*policy.Activity {
	return slices.DeleteFunc(slices.Clone(n.env.Policy().OfKind(Name)), func(a *policy.Activity) bool { return !a.Has(fieldEmail) })
}

// declared returns the entry called key, the first for no key. NotFound if the
// policy has none that may hold an address.
func (n *Newsletter) declared(key string) (*policy.Activity, error) {
	for _, a := range n.entries() {
		if key == "" || a.Key == key {
			return a, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no such newsletter here")
}

// Entered returns the entries that run, in the order of the policy.
func (n *Newsletter) Entered() []*policy.Activity { return n.entries() }

// Entry returns the entry called key, the first for no key; NotFound if there is
// none.
func (n *Newsletter) Entry(key string) (*policy.Activity, error) { return n.declared(key) }

// named returns the entry that a page's address names; the plain address stands
// for the first.
func (n *Newsletter) named(r *http.Request) (*policy.Activity, error) {
	return n.declared(r.PathValue("entry"))
}

// first reports whether an entry is the one that the plain addresses stand for.
func (n *Newsletter) first(a *policy.Activity) bool {
	f, err := n.declared("")
	return err == nil && f.Key == a.Key
}

// path returns an address below Path for an entry: the plain one for the first,
// with the entry's key behind for every other.
func (n *Newsletter) path(a *policy.Activity, below string) string {
	if n.first(a) {
		return Path + below
	}
	return Path + below + "/" + a.Key
}

// mailbox returns the local part of the address to which an entry's readers write.
func (n *Newsletter) mailbox(a *policy.Activity) string {
	if n.first(a) {
		return listMailbox
	}
	return entryMailbox + a.Key
}

// adopt gives rows from a time when only one entry ran to the first one.
func (n *Newsletter) adopt(ctx context.Context) error {
	a, err := n.declared("")
	if err != nil {
		return nil // whatever the policy lists next finds them
	}
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range []string{requestTable, subscriberTable, proofTable} {
			if _, err := tx.ExecContext(ctx, "update "+table+" set activity = $1 where activity = ''", a.Key); err != nil {
				return store.Classify(err)
			}
		}
		return nil
	})
}
