package gateway

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kept/internal/consent"
	"kept/internal/fault"
	"kept/internal/gateway/cookies"
	"kept/internal/gateway/csp"
	"kept/internal/gateway/markup"
)

// content is what a browser takes a response for.
type content byte

const (
	other    content = iota
	page             // HTML
	drawing          // XML, SVG: a document, not rewritten
	script           // JavaScript: a worker takes its policy from it
	untold           // nothing usable is said: browsers look at the bytes
	retained         // 304: the browser keeps what it has
)

// classify reads Content-Type as browsers do: of several the last valid one
// counts (Fetch, "extract a MIME type"); if any is HTML, HTML is assumed.
func classify(h http.Header) content {
	found := untold
	for _, field := range h.Values("Content-Type") {
		for _, one := range strings.Split(field, ",") {
			essence, _, _ := strings.Cut(one, ";")
			switch essence = strings.ToLower(strings.Trim(essence, " \t")); {
			case essence == "text/html":
				return page
			case essence == "text/xml", essence == "application/xml", strings.HasSuffix(essence, "+xml"):
				found = drawing
			case strings.HasSuffix(essence, "/javascript"), strings.HasSuffix(essence, "/ecmascript"), strings.HasSuffix(essence, "/x-javascript"):
				found = script
			case !strings.Contains(essence, "/"), essence == "unknown/unknown", essence == "application/unknown", essence == "*/*":
			default:
				found = other
			}
		}
	}
	return found
}

// govern makes the site's response into the visitor's.
func (g *Gateway) govern(res *http.Response) error {
	v := visitOf(res.Request)
	v.keepCookies(res.Header)
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	v.governAddresses(res.Header)
	v.governLinks(res.Header)
	v.governHeaders(res.Header)
	kind := classify(res.Header)
	switch {
	case res.StatusCode == http.StatusNotModified:
		kind = retained
	case kind == untold && hasBody(res):
		var err error
		if kind, err = sniff(res); err != nil {
			return err
		}
	}
	v.governPolicy(res.Header, kind)
	switch {
	case kind == page:
		v.endCookies(res.Header)
		return v.governPage(res)
	case kind == retained && v.validated:
		v.keepTag(res)
	case kind != retained && !shareable(res.Header):
		v.endCookies(res.Header)
	}
	return nil
}

// keepCookies lets pass what may be stored.
func (v *visit) keepCookies(h http.Header) {
	fields := h["Set-Cookie"]
	if len(fields) == 0 {
		return
	}
	kept, refused := cookies.Response(fields, v.admission.stores)
	for _, name := range refused {
		entry, _ := v.admission.declares(name)
		v.held = append(v.held, Drift{Name: name, Element: cookieSet, Service: entry})
	}
	if len(kept) == 0 {
		h.Del("Set-Cookie")
		return
	}
	h["Set-Cookie"] = kept
}

// maxEnded bounds the cookies that one response ends; the next ends more.
const maxEnded = 10

// endCookies ends what came with the request and may not be there: scripts set
// cookies too. Whoever sends a request can make up names, so the drift tells
// the cookies apart by what declares them, never by a name of the request.
func (v *visit) endCookies(h http.Header) {
	for i, name := range v.refused {
		if i == maxEnded {
			break
		}
		entry, pattern := v.admission.declares(name)
		v.held = append(v.held, Drift{Name: cmp.Or(pattern, undeclaredCookie), Element: cookieBrought, Service: entry})
		for _, field := range cookies.Expire(name, v.host, v.in.URL.Path) {
			h.Add("Set-Cookie", field)
		}
	}
}

// shareable reports whether a cache may give the response to other visitors,
// whose cookies it must not end.
func shareable(h http.Header) bool {
	control := strings.ToLower(h.Get("Cache-Control"))
	if strings.Contains(control, "no-store") || strings.Contains(control, "private") {
		return false
	}
	return control != "" || h.Get("Expires") != "" || h.Get("Etag") != "" || h.Get("Last-Modified") != ""
}

// governLinks takes out of Link fields what browsers would fetch and may not.
func (v *visit) governLinks(h http.Header) {
	fields := h["Link"]
	if len(fields) == 0 {
		return
	}
	var kept []string
	for _, link := range splitLinks(fields) {
		url, params, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if ok && (!loads(params) || !v.holds(url, "link header")) {
			kept = append(kept, link)
		}
	}
	if len(kept) == 0 {
		h.Del("Link")
		return
	}
	h["Link"] = []string{strings.Join(kept, ", ")}
}

// splitLinks splits Link fields at the commas between links (RFC 8288, 3).
func splitLinks(fields []string) (links []string) {
	for _, field := range fields {
		quoted, address, from := false, false, 0
		for i := 0; i < len(field); i++ {
			switch c := field[i]; {
			case quoted && c == '\\':
				i++
			case c == '"' && !address:
				quoted = !quoted
			case quoted:
			case c == '<':
				address = true
			case c == '>':
				address = false
			case c == ',' && !address:
				links = append(links, strings.TrimSpace(field[from:i]))
				from = i + 1
			}
		}
		links = append(links, strings.TrimSpace(field[min(from, len(field)):]))
	}
	return slices.DeleteFunc(links, func(l string) bool { return l == "" })
}

// loads reports whether the parameters of a link name a relation that makes
// browsers fetch. Without a readable one it does.
func loads(params string) bool {
	for _, param := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(strings.TrimSpace(name), "rel") {
			return markup.Loads(strings.Trim(value, ` "'`))
		}
	}
	return true
}

// governHeaders takes out the other headers that make browsers connect: to
// navigate, to prefetch, to send reports.
func (v *visit) governHeaders(h http.Header) {
	refreshes := slices.DeleteFunc(h["Refresh"], func(field string) bool { return v.holds(markup.RefreshTarget(field), "refresh header") })
	if h["Refresh"] = refreshes; len(refreshes) == 0 {
		h.Del("Refresh")
	}
	for _, name := range []string{"Report-To", "Reporting-Endpoints", "Nel", "Speculation-Rules"} {
		for _, field := range h.Values(name) {
			if v.holdsAny(field, strings.ToLower(name)+" header") {
				h.Del(name)
				if name == "Report-To" {
					h.Del("Nel")
				}
				break
			}
		}
	}
}

// holdsAny reports whether a quoted string in field is a URL that is held.
func (v *visit) holdsAny(field, element string) bool {
	parts := strings.Split(field, `"`)
	for i := 1; i < len(parts); i += 2 {
		if v.holds(parts[i], element) {
			return true
		}
	}
	return false
}

// holds reports whether url is held, and counts it then.
func (v *visit) holds(url, element string) bool {
	host, remote := markup.Host(url)
	if !remote || host == v.host && host != "" {
		return false
	}
	ok, service := v.admission.admits(host)
	if !ok {
		v.held = append(v.held, Drift{Name: host, Element: element, Service: service})
	}
	return !ok
}

// governPolicy delivers Kept's Content-Security-Policy beside the site's. What
// is no page may lie in a cache that others share: it gets a policy of its own
// only where the browser says that it runs it.
func (v *visit) governPolicy(h http.Header, kind content) {
	v.site = csp.Read(h["Content-Security-Policy"])
	if kind == retained { // what the browser keeps has its policy
		h.Del("Content-Security-Policy")
		return
	}
	held := func(url string) bool { return v.holds(url, "report-uri") }
	v.site.HoldReports(held)
	if reports := csp.Read(h["Content-Security-Policy-Report-Only"]); !reports.Empty() {
		reports.HoldReports(held)
		h["Content-Security-Policy-Report-Only"] = reports.Fields()
	}
	if kind == page {
		h.Set("X-Dns-Prefetch-Control", "off") // a link is not resolved before it is followed
		v.nonce = v.site.Nonce()
		if v.nonce == "" && v.site.TrustsByNonce() {
			v.nonce = newNonce()
		}
		v.site.AllowKept(v.host, v.nonce)
	}
	fields := v.site.Fields()
	switch {
	case kind == page || (kind == drawing || kind == script) && v.runs():
		if kind != page {
			h.Set("Cache-Control", privately(h.Get("Cache-Control")))
		}
		fields = append(fields, v.admission.policy)
	case kind == drawing || kind == script:
		fields = append(fields, v.admission.register.admit(consent.State{}).policy)
	}
	if len(fields) == 0 {
		h.Del("Content-Security-Policy")
		return
	}
	h["Content-Security-Policy"] = fields
}

// runs reports whether the browser says that it asks for a document or a
// worker.
func (v *visit) runs() bool {
	switch v.in.Header.Get("Sec-Fetch-Dest") {
	case "worker", "sharedworker", "serviceworker":
		return true
	}
	document, _ := v.isDocument()
	return document
}

// privately returns a Cache-Control that keeps shared caches out.
func privately(control string) string {
	if strings.Contains(strings.ToLower(control), "no-store") {
		return "private, no-store"
	}
	return "private, no-cache"
}

func hasBody(res *http.Response) bool {
	return res.Request.Method != http.MethodHead && res.StatusCode != http.StatusNoContent && res.ContentLength != 0
}

// keepTag answers that the page the browser holds, a page of ours, is still
// good.
func (v *visit) keepTag(res *http.Response) {
	h := res.Header
	v.unshare(h)
	if tag := v.pageTag(h.Get("Etag")); tag != "" {
		h.Set("Etag", tag)
	}
}

// unshare takes from the headers of a page what belongs to the site's version
// of it.
func (v *visit) unshare(h http.Header) {
	h.Set("Cache-Control", privately(h.Get("Cache-Control")))
	for _, name := range []string{"Expires", "Pragma", "Age", "Last-Modified", "Surrogate-Control", "Cdn-Cache-Control", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges"} {
		h.Del(name)
	}
}

// errPart is the answer to a part of a page.
func errPart(status int) error {
	return fault.New(fault.Unavailable, "the site sent a part of a page (status %d), which cannot be read", status)
}

// errCoding is the answer to a page that cannot be decoded.
func errCoding(err error) error { return fmt.Errorf("decode the page: %w", err) }
