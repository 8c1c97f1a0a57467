package ewstest

import (
	"fmt"
	"net/http"

	"kept/internal/remote/direct"
)

// Transport calls the server without a network, for tests whose time is not the
// machine's. Each is a connection of its own.
func (s *Server) Transport() http.RoundTripper {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return direct.Transport(s, fmt.Sprintf("192.0.2.1:%d", s.made))
}
