package center

import (
	"net/http"

	"kept/internal/access"
)

// allowOrigin lets a page of a declared origin read the answer, with cookies.
func (c *Center) allowOrigin(w http.ResponseWriter, r *http.Request) {
	if access.LetRead(w, r, c.Origins) {
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
}
