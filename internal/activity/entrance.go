package activity

import (
	"net/http"
	"time"

	"kept/internal/address"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/pace"
)

// Entrance is where the forms of strangers arrive: from the site's own pages and those
// of the declared origins, and so many from one network.
type Entrance struct {
	origins *http.CrossOriginProtection
	limiter *pace.Limiter
	pace    pace.Pace
	clock   clock.Clock
}

// Entrance opens one that lets so many requests of one network in, in a period. Invalid
// if an origin is none.
func (e Env) Entrance(requests int, per time.Duration) (*Entrance, error) {
	rate, _ := pace.Of(requests, per, requests)
	in := &Entrance{origins: http.NewCrossOriginProtection(), limiter: pace.New(), pace: rate, clock: e.Clock}
	for _, o := range e.Origins {
		if err := in.origins.AddTrustedOrigin(o); err != nil {
			return nil, fault.New(fault.Invalid, "%q is no origin: %w", o, err)
		}
	}
	return in, nil
}

// Known returns Forbidden for a request that another site made.
func (in *Entrance) Known(r *http.Request) error {
	if err := in.origins.Check(r); err != nil {
		return fault.New(fault.Forbidden, "this form came from another site; open the page itself and try again: %w", err)
	}
	return nil
}

// Room counts a request, and reports whether its network may send one more.
func (in *Entrance) Room(r *http.Request) bool {
	_, ok := in.limiter.Admit(address.Client(r, nil), in.pace, in.clock.Now())
	return ok
}

// Admit is both: Forbidden for another site's request, TooMany with what is said to a
// network that sent too many.
func (in *Entrance) Admit(r *http.Request, full string) error {
	if err := in.Known(r); err != nil {
		return err
	}
	if !in.Room(r) {
		return fault.New(fault.TooMany, "%s", full)
	}
	return nil
}
