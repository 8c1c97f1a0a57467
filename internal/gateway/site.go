package gateway

import (
	"net/http"
	"net/url"
)

// Site is where pages come from.
type Site struct {
	target    *url.URL
	transport http.RoundTripper
}

// Upstream is a site behind another server. Requests keep the visitor's Host.
// out must not decompress by itself.
func Upstream(target *url.URL, out http.RoundTripper) Site {
	return Site{target: target, transport: out}
}
