package center

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"time"

	"kept/internal/access"
)

//go:embed assets
var files embed.FS

var types = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// asset serves an embedded file. Its address never changes, so browsers ask
// again each hour and are told that nothing changed by the tag.
func asset(name string) access.Handler {
	content, err := files.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // embedded above
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(w http.ResponseWriter, r *http.Request) error {
		h := w.Header()
		h.Set("ETag", tag)
		h.Set("Cache-Control", "public, max-age=3600")
		h.Set("X-Content-Type-Options", "nosniff")
		// Pages served elsewhere load these two files; they hold nothing personal.
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		h.Set("Content-Type", types[path.Ext(name)])
		w.Write(content) // a reader who left needs no answer
		return nil
	}
}

// gpc says that the signal is honoured (Global Privacy Control, section 5).
func (c *Center) gpc(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return json.NewEncoder(w).Encode(struct {
		GPC        bool   `json:"gpc"`
		LastUpdate string `json:"lastUpdate"`
	}{true, c.GPCSince.Format(time.DateOnly)})
}
