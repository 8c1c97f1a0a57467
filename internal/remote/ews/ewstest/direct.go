package ewstest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Transport calls the server without a network, for tests whose time is not the
// machine's. Each is a connection of its own.
func (s *Server) Transport() http.RoundTripper {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return direct{s, fmt.Sprintf("192.0.2.1:%d", s.made)}
}

type direct struct {
	s    *Server
	from string
}

// RoundTrip calls the server in the caller's goroutine.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), d.from
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	d.s.ServeHTTP(w, in)
	if r.Body != nil {
		r.Body.Close()
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(bytes.NewReader(w.body.Bytes())), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }
