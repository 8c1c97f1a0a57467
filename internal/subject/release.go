package subject

import (
	"context"
	"fmt"
	"time"

	"kept/internal/store"
)

// What other rooms do when something of a subject ends: they tell the registry
// once, which tells them each time.

// Release is told, in the transaction that decides it, at which moment a hold or
// a restriction ends: what waited for that can go then, if nothing else keeps it.
type Release func(ctx context.Context, tx *store.Tx, at time.Time) error

// OnRelease adds f to what is told of every end: at once where it is lifted, and
// beforehand where a hold is set that ends by itself. Call it before serving.
func (r *Registry) OnRelease(f Release) { r.releases = append(r.releases, f) }

func (r *Registry) release(ctx context.Context, tx *store.Tx, at time.Time) error {
	for _, f := range r.releases {
		if err := f(ctx, tx, at); err != nil {
			return fmt.Errorf("let go what waited: %w", err)
		}
	}
	return nil
}

// Forgetting is told, in the transaction that forgets a subject, which one: a
// room that keeps rows under it for itself deletes them.
type Forgetting func(ctx context.Context, tx *store.Tx, subject string) error

// OnForget adds f to what is told of every subject that is forgotten. Call it
// before serving.
func (r *Registry) OnForget(f Forgetting) { r.forgettings = append(r.forgettings, f) }
