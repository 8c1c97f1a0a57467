package consent

import (
	"net/http"
	"net/netip"
	"time"

	"kept/internal/fault"
	"kept/internal/pace"
)

// Decisions are few: a person makes one, perhaps changes it. What one network may
// send is generous to an office behind one address and far below what the disk
// can make durable; it holds whether or not the policy limits requests.
const (
	decisionsPerSecond = 5
	decisionsAtOnce    = 100
)

var decisionPace, _ = pace.Of(decisionsPerSecond, time.Second, decisionsAtOnce)

// Admit returns TooMany if the network that r comes from decides too often just
// now. r.RemoteAddr is the client's, proxies taken off. The machine itself is not
// limited: behind a proxy that nobody declared every visitor would be it.
func (s *Service) Admit(r *http.Request) error {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || from.Addr().Unmap().IsLoopback() {
		return nil
	}
	if _, ok := s.limiter.Admit(from.Addr(), decisionPace, s.clock.Now()); !ok {
		return fault.New(fault.TooMany, "too many choices came from this address; wait a moment and try again")
	}
	return nil
}
