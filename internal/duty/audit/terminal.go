package audit

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
)

// stillSeen is how long ago a page may have used something for the last time to
// count as using it still.
const stillSeen = 7 * 24 * time.Hour

// terminal checks guarantee 3 as far as a server can: what the gateway held
// back, and one page asked for without consent.
func (x *examination) terminal(ctx context.Context, s *sheet) error {
	if x.ScriptTag {
		s.unsure("gating of pages", "pages are served elsewhere and embed Kept's script: what they load rests on their cooperation")
		return nil
	}
	if x.has("gateway_drift") {
		held, err := count(ctx, x.DB, "gateway_drift", "first_seen", "1 = 1")
		if err != nil {
			return err
		}
		s.check(Check{What: "things that pages of the site use and that were held back, since", Table: "gateway_drift", Counted: held.n, Oldest: held.oldest, Verdict: Verified})
		now, err := count(ctx, x.DB, "gateway_drift", "last_seen", "last_seen >= $1", x.now.Add(-stillSeen).UnixMilli())
		if err != nil {
			return err
		}
		s.check(Check{What: "of them still happening: seen again within a week, last", Table: "gateway_drift", Counted: now.n, Oldest: now.oldest, Verdict: Verified})
	}
	if x.Site == nil {
		s.unsure("a page asked for without consent", "the site is not served by this process; audit from the console of the serving one")
		return nil
	}
	x.askPage(ctx, s)
	return nil
}

// askPage asks the gateway for the site's first page as a browser without any
// cookie and looks at what the answer would let it do.
func (x *examination) askPage(ctx context.Context, s *sheet) {
	r, err := x.request(ctx)
	if err != nil {
		s.unsure("a page asked for without consent", err.Error())
		return
	}
	answer := &page{header: http.Header{}}
	x.Site.ServeHTTP(answer, r)
	answer.WriteHeader(http.StatusOK) // an empty page is one
	if !strings.HasPrefix(answer.sent.Get("Content-Type"), "text/html") || answer.status >= http.StatusMultipleChoices {
		s.unsure("a page asked for without consent", fmt.Sprintf("the first page answers %d, not a page", answer.status))
		return
	}
	c := Check{What: "a page asked for without consent", Counted: 1, Verdict: Sampled, Why: "the first page stands for all"}
	allowed := answer.sent.Values("Content-Security-Policy")
	if len(allowed) == 0 {
		c.Verdict = Broken
		s.find(Finding{Count: 1, What: "a page is delivered without a Content-Security-Policy", Remedy: "let the gateway serve the site; look at what stands between it and the visitors"})
	}
	for _, host := range x.refusedHosts() {
		if slices.ContainsFunc(allowed, func(v string) bool { return names(v, host) }) {
			c.Verdict = Broken
			s.find(Finding{Count: 1, What: "the Content-Security-Policy lets a browser without consent reach " + host, Remedy: "report this: the gateway must not list the host before consent"})
		}
	}
	for _, cookie := range (&http.Response{Header: answer.sent}).Cookies() {
		if cookie.MaxAge >= 0 && !x.essentialCookie(cookie.Name) {
			c.Verdict = Broken
			s.find(Finding{Count: 1, What: "a browser without consent is given the cookie " + cookie.Name, Remedy: "declare the cookie with what sets it; without consent the gateway removes it"})
		}
	}
	s.check(c)
}

// request asks for the site's first page at its public address. It names no
// client: nobody's address is limited or written down for it.
func (x *examination) request(ctx context.Context) (*http.Request, error) {
	site := x.Public
	if site == nil {
		var err error
		if site, err = url.Parse(x.policy.Controller.URL); err != nil || site.Host == "" {
			return nil, fault.New(fault.Invalid, "the site's public address is not known")
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return nil, err
	}
	r.Host, r.RequestURI = site.Host, "/"
	r.Header.Set("Accept", "text/html")
	r.Header.Set("User-Agent", "kept-audit")
	return r, nil
}

// page takes the head of an answer; the body is not looked at.
type page struct {
	header, sent http.Header
	status       int
}

// Header implements http.ResponseWriter.
func (p *page) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter. What comes before the answer
// (1xx) is none.
func (p *page) WriteHeader(status int) {
	if p.status == 0 && status >= http.StatusOK {
		p.status, p.sent = status, p.header.Clone()
	}
}

// Write implements io.Writer.
func (p *page) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return len(b), nil
}

// names reports whether a Content-Security-Policy lists the host.
func names(csp, host string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(csp, func(r rune) bool { return r == ' ' || r == ';' || r == ',' }), func(source string) bool {
		source = strings.TrimPrefix(strings.TrimPrefix(source, "https://"), "http://")
		return source == host || source == "*"
	})
}

// refusedHosts are the hosts that a browser without consent must not reach.
func (x *examination) refusedHosts() []string {
	var hosts []string
	for i := range x.policy.Services {
		if sv := &x.policy.Services[i]; sv.Group != "" && sv.Group != "essential" {
			hosts = append(hosts, sv.Hosts...)
		}
	}
	return hosts
}

// essentialCookie reports whether the policy declares the cookie as one of the
// site's own or under an entry that needs no consent.
func (x *examination) essentialCookie(name string) bool {
	declared := func(c policy.Cookie) bool { return c.MatchesCookie(name) }
	for i := range x.policy.Activities {
		if a := &x.policy.Activities[i]; a.Basis != policy.Consent && slices.ContainsFunc(a.Cookies, declared) {
			return true
		}
	}
	return slices.ContainsFunc(x.policy.Cookies, declared)
}
