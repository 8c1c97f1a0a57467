package access

import (
	"errors"
	"io"
	"net/http"
	"time"

	"kept/internal/clock"
)

// timely gives the body of r a deadline: a client that sends a byte now and
// then would hold its connection for ever. The time is a socket's, so it is the
// machine's; what has no deadline is no socket.
func (route Route) timely(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	if r.Body == nil || r.Body == http.NoBody {
		return r.Body
	}
	patience := route.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(clock.System.Now().Add(patience))
	return timely{r.Body, control}
}

type timely struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read implements io.Reader. What comes after the body, the next request, has
// the server's own time. After a deadline has passed it stays passed: the server
// would else wait for the rest when it clears the connection.
func (t timely) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		_ = t.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
