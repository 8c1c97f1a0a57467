package gateway

import (
	"net/http"
	"strings"

	"kept/internal/gateway/markup"
)

// governAddresses makes public what the site's server says of its own address,
// which visitors cannot reach, or must not reach past the gateway.
func (v *visit) governAddresses(h http.Header) {
	for _, name := range []string{"Location", "Content-Location"} {
		for i, to := range h[name] {
			h[name][i] = v.public(to)
		}
	}
	for i, field := range h["Refresh"] {
		if to := markup.RefreshTarget(field); to != "" {
			h["Refresh"][i] = strings.Replace(field, to, v.public(to), 1)
		}
	}
}

// public returns a URL of the server behind as a path of the public site, any
// other as it is. Where both have one name nothing leads past the gateway.
func (v *visit) public(url string) string {
	site := v.gateway.Site.target
	origin := site.Scheme + "://" + site.Host
	path, ok := markup.Below(url, origin)
	if own, _ := markup.Host(origin); !ok || own == v.host {
		return url
	}
	if base := strings.TrimRight(site.Path, "/"); base != "" {
		if rest, below := strings.CutPrefix(path, base); below && (rest == "" || strings.ContainsAny(rest[:1], `/\?#`)) {
			path = rest
		}
	}
	return rooted(path)
}

// rooted writes path so that a browser reads no host in its beginning.
func rooted(path string) string {
	if path != "" && (path[0] == '/' || path[0] == '\\') {
		path = path[1:]
	}
	if path != "" && (path[0] == '/' || path[0] == '\\') {
		return "/./" + path
	}
	return "/" + path
}
