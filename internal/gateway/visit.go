package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/gateway/cookies"
	"kept/internal/gateway/csp"
	"kept/internal/i18n"
)

// visit is one request on its way through the gateway.
type visit struct {
	gateway *Gateway
	in      *http.Request
	client  netip.Addr
	began   time.Time

	state     consent.State
	admission *admission
	host      string   // the site's own, as the browser knows it
	language  string   // that the visitor prefers, of those of the notice
	refused   []string // cookies of the request that may not be there
	validated bool     // the request asks whether a page that we sent is still good
	site      csp.Site // the site's own policy
	nonce     string   // that scripts of the page must carry, empty for none
	held      []Drift
	broken    atomic.Bool // the request's body could not be read
}

type visitKey struct{}

// visitOf returns the visit that r belongs to.
func visitOf(r *http.Request) *visit { return r.Context().Value(visitKey{}).(*visit) }

// Bounds of a request beyond those of the server.
const (
	maxCookies     = 300
	maxCookieBytes = 32 << 10
	bodyPatience   = time.Minute // without a byte of a request's body
)

// tooMany reports whether a request carries more cookies than any site needs.
func tooMany(r *http.Request) bool {
	fields := r.Header["Cookie"]
	size := 0
	for _, f := range fields {
		size += len(f)
	}
	return size > maxCookieBytes || cookies.Count(fields) > maxCookies
}

// enter reads what the visitor decided.
func (v *visit) enter() {
	g := v.gateway
	v.state = g.Consent.State(v.in)
	v.admission = g.current().admit(v.state)
	v.host = ownHost(v.in.Host)
	v.language = i18n.Match(v.in.Header.Get("Accept-Language"), v.admission.languages)
}

// ownHost returns a Host header as markup writes hosts: lower case, without a
// port that goes without saying.
func ownHost(host string) string {
	host = strings.ToLower(host)
	return strings.TrimSuffix(strings.TrimSuffix(host, ":443"), ":80")
}

// forKept returns the request as Kept's own pages get it: from the client that
// was found behind the proxies.
func (v *visit) forKept() *http.Request {
	r := v.in.WithContext(v.in.Context())
	if v.client.IsValid() {
		r.RemoteAddr = netip.AddrPortFrom(v.client, 0).String()
	}
	return r
}

// path is the page's address to come back to.
func (v *visit) path() string { return v.in.URL.RequestURI() }

// isDocument reports whether the browser says that it asks for a page of its
// own, not for a part that a script fetches; known is false where it does not
// say.
func (v *visit) isDocument() (document, known bool) {
	switch v.in.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame", "object", "embed":
		return true, true
	case "":
		return false, false
	}
	return false, true
}

// record hands the request to the access log.
func (v *visit) record(a *answer) {
	if inspects(v.in) {
		return
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	page := Elsewhere
	if status == http.StatusOK { // what the site does not know, a visitor may have made up
		page = v.in.URL.Path
	}
	v.gateway.drifts.add(page, v.held)
	v.gateway.Log.Record(Entry{
		At: v.began, Client: v.client, Method: v.in.Method, Path: loggedPath(v.in.URL.Path), Query: v.in.URL.RawQuery,
		Referrer: v.in.Referer(), UserAgent: v.in.UserAgent(), Status: status, Bytes: a.bytes,
		Duration: v.gateway.Clock.Now().Sub(v.began),
	})
}

// loggedPath is what the access log gets of a path. Kept's own pages name
// decisions and requests in theirs, which must not stand beside an address:
// only the first two segments are told.
func loggedPath(path string) string {
	below, ours := strings.CutPrefix(path, "/privacy/")
	if !ours {
		return path
	}
	section, _, _ := strings.Cut(below, "/")
	return "/privacy/" + section
}

// answer is a ResponseWriter that counts, and that governs what is sent before
// the final header.
type answer struct {
	http.ResponseWriter
	visit  *visit
	status int
	bytes  int64
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter. Of hints (1xx) only the links
// that may load pass.
func (a *answer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		if a.visit.admission != nil {
			a.visit.governLinks(a.Header())
		}
	} else if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (a *answer) Write(b []byte) (int, error) {
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// expectBody lets the request's body pause only so long: a client that sends
// nothing would hold a connection here and one to the site.
func (v *visit) expectBody(w http.ResponseWriter) {
	if v.in.Body == nil || v.in.Body == http.NoBody {
		return
	}
	patience := v.gateway.Patience
	if patience == 0 {
		patience = bodyPatience
	}
	v.in.Body = patient{v.in.Body, http.NewResponseController(w), patience, &v.broken}
}

// patient is a request's body that must keep coming. The time is a socket's, so
// it is the machine's.
type patient struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
	broken   *atomic.Bool
}

// Read implements io.Reader. It notes that the body broke off or was malformed,
// since all that the proxy says of it may be that the request was cancelled.
func (p patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(clock.System.Now().Add(p.patience)) // what has no deadline is no socket
	n, err := p.ReadCloser.Read(b)
	switch {
	case errors.Is(err, io.EOF):
		_ = p.control.SetReadDeadline(time.Time{})
	case err != nil: // a passed deadline stays: nothing waits for the rest
		p.broken.Store(true)
	}
	return n, err
}
