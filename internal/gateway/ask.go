package gateway

import (
	"net/http"
	"net/http/httputil"
	"strings"

	"kept/internal/address"
	"kept/internal/gateway/cookies"
)

// ask makes the request to the site out of the visitor's.
func (g *Gateway) ask(p *httputil.ProxyRequest) {
	v := visitOf(p.In)
	query := p.In.URL.RawQuery
	p.SetURL(g.Site.target)
	if g.Site.target.RawQuery == "" {
		p.Out.URL.RawQuery = query // as it came, whatever is wrong with it
	}
	p.Out.Host = p.In.Host
	p.Out.Trailer = p.In.Trailer // filled in as the body ends
	v.forward(p.Out.Header)
	v.askCookies(p.Out.Header)
	askEncoding(p.In.Header, p.Out.Header)
	v.askAgain(p.Out.Header)
}

// forward says who asks. Whatever the visitor claimed is gone by now, except
// what proxies call by names of their own.
func (v *visit) forward(h http.Header) {
	for _, claim := range []string{"X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Forwarded-Port", "X-Forwarded-Server"} {
		h.Del(claim)
	}
	if v.client.IsValid() {
		h.Set("X-Forwarded-For", v.client.String())
	}
	h.Set("X-Forwarded-Host", v.in.Host)
	h.Set("X-Forwarded-Proto", address.Scheme(v.in, v.gateway.Trusted))
}

func (v *visit) askCookies(h http.Header) {
	fields := h["Cookie"]
	if len(fields) == 0 {
		return
	}
	kept, refused := cookies.Request(fields, v.admission.stores)
	v.refused = refused
	if kept == "" {
		h.Del("Cookie")
		return
	}
	h["Cookie"] = []string{kept}
}

// readable are the content codings that a page can be read in.
var readable = []string{"gzip", "br", "zstd"}

// askEncoding asks for codings that the visitor takes and that can be read
// here.
func askEncoding(in, out http.Header) {
	var take []string
	for _, coding := range readable {
		if accepts(in.Values("Accept-Encoding"), coding) {
			take = append(take, coding)
		}
	}
	if len(take) == 0 {
		out.Set("Accept-Encoding", "identity")
		return
	}
	out.Set("Accept-Encoding", strings.Join(take, ", "))
}

// accepts reports whether Accept-Encoding fields take coding (RFC 9110,
// 12.5.3).
func accepts(fields []string, coding string) bool {
	any := false
	for _, field := range fields {
		for _, part := range strings.Split(field, ",") {
			name, weight, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			weight = strings.ReplaceAll(weight, " ", "")
			zero := weight == "q=0" || strings.HasPrefix(weight, "q=0.") && strings.Trim(weight[4:], "0") == ""
			switch name {
			case coding:
				return !zero
			case "*":
				any = !zero
			}
		}
	}
	return any
}

// askAgain translates the conditions of a request. A page that we sent has a
// tag of ours; for any other page the site must answer in full, since what the
// browser holds was not ours or was made under another choice.
func (v *visit) askAgain(h http.Header) {
	if tags := h.Values("If-None-Match"); len(tags) > 0 {
		site, ours := v.siteTags(tags)
		switch {
		case len(site) > 0:
			h["If-None-Match"] = []string{strings.Join(site, ", ")}
			v.validated = ours
		default:
			h.Del("If-None-Match")
			h.Del("If-Modified-Since")
		}
	}
	if tags := h.Values("If-Match"); len(tags) > 0 {
		if site, ours := v.siteTags(tags); ours {
			h["If-Match"] = []string{strings.Join(site, ", ")}
		}
	}
	if v.wantsPage() && !v.validated {
		h.Del("If-None-Match")
		h.Del("If-Modified-Since")
	}
}

// wantsPage reports whether the answer is likely HTML.
func (v *visit) wantsPage() bool {
	document, known := v.isDocument()
	return document || !known && strings.Contains(v.in.Header.Get("Accept"), "text/html")
}

// wholePages asks again, without a range, when a part of a page comes: a part
// cannot be read.
type wholePages struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t wholePages) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusPartialContent || r.Body != nil || classify(res.Header) != page {
		return res, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	r.Header.Del("If-Range")
	return t.next.RoundTrip(r)
}
