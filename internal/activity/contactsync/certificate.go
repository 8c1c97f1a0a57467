package contactsync

import (
	"context"
	"time"

	"kept/internal/remote/graph"
	"kept/internal/store"
)

// A certificate ends on a day that is known: it is told a month ahead, once. When a secret
// ends only Microsoft knows.

// warns is how long before a certificate ends that is told.
const warns = 30 * 24 * time.Hour

// ends is when the certificate of an application ends, zero if it has none.
func (c Connection) ends() time.Time {
	if c.Kind != kindGraph || c.Certificate.Reveal() == "" {
		return time.Time{}
	}
	is, err := graph.ReadCertificate([]byte(c.Certificate.Reveal()))
	if err != nil {
		return time.Time{}
	}
	return is.Leaf.NotAfter
}

// ends is when the first certificate of a set-up ends, zero if none does within a month.
func (s Setup) ends(now time.Time) (first time.Time) {
	for _, c := range s.Connections {
		if at := c.ends(); !at.IsZero() && at.Before(now.Add(warns)) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// unwarned is when a certificate ends of which the customer was not told, zero if there is
// none.
func (y *Synchroniser) unwarned(ctx context.Context, tx *store.Tx, s Sync) (time.Time, error) {
	at := s.Setup.ends(y.env.Clock.Now())
	if at.IsZero() {
		return at, nil
	}
	var of store.Time
	err := store.Classify(tx.QueryRowContext(ctx, "select warned_of from sync_setup where id = $1", s.ID).Scan(&of))
	if of.Equal(store.At(at).Time) {
		at = time.Time{}
	}
	return at, err
}
