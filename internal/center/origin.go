package center

import (
	"net/http"
	"slices"
)

// allowOrigin lets a page of a declared origin read the answer, with cookies.
// Any other origin gets no such header.
func (c *Center) allowOrigin(w http.ResponseWriter, r *http.Request) {
	if len(c.Origins) == 0 {
		return
	}
	w.Header().Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); slices.Contains(c.Origins, origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
}
