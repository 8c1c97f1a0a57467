package direct

import (
	"bytes"
	"io"
	"net/http"
)

// Transport returns a way to a service; from is the address that the service sees
// its calls come from, as a connection has one.
func Transport(service http.Handler, from string) http.RoundTripper { return way{service, from} }

type way struct {
	service http.Handler
	from    string
}

// RoundTrip calls the service.
func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), w.from
	if in.Body == nil {
		in.Body = http.NoBody
	}
	out := &recorder{header: http.Header{}, status: http.StatusOK}
	w.service.ServeHTTP(out, in)
	in.Body.Close()
	return &http.Response{
		Status: http.StatusText(out.status), StatusCode: out.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: out.header,
		Body: io.NopCloser(bytes.NewReader(out.body.Bytes())), ContentLength: int64(out.body.Len()), Request: r,
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
