package gateway

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"kept/internal/i18n"
)

//go:embed templates/*.gohtml
var sources embed.FS

var plainPage = template.Must(template.ParseFS(sources, "templates/plain.gohtml"))

// plain is a page that says why there is none.
type plain struct {
	Lang, Title, Text string
	Style             template.CSS
}

const plainStyle = `body{max-width:34rem;margin:20vh auto;padding:0 1.25rem;font:1.0625rem/1.6 system-ui,sans-serif;color-scheme:light dark}h1{font-size:1.4rem}`

// plainPolicy admits that style and nothing else.
var plainPolicy = func() string {
	sum := sha256.Sum256([]byte(plainStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}()

// page answers with a page of the gateway's own: it loads nothing.
func (v *visit) page(w http.ResponseWriter, status int, reason string) {
	lang := i18n.Match(v.in.Header.Get("Accept-Language"), v.gateway.current().languages)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", plainPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if v.in.Method == http.MethodHead {
		return
	}
	p := plain{Lang: lang, Title: i18n.T(lang, "gateway."+reason+".title"), Text: i18n.T(lang, "gateway."+reason+".text"), Style: plainStyle}
	if err := plainPage.Execute(w, p); err != nil {
		v.gateway.Logger.DebugContext(v.in.Context(), "the visitor left before the page was written", "error", err)
	}
}

// peak answers a visitor who asks too often.
func (v *visit) peak(w http.ResponseWriter, retryAfter time.Duration) {
	seconds := max(1, int((retryAfter+time.Second-1)/time.Second))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	v.page(w, http.StatusTooManyRequests, "peak")
}

// outage answers when the site does not.
func (g *Gateway) outage(w http.ResponseWriter, r *http.Request, err error) {
	v := visitOf(r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		v.page(w, http.StatusRequestEntityTooLarge, "crowd")
		return
	case v.broken.Load():
		v.page(w, http.StatusBadRequest, "broken")
		return
	case errors.Is(err, context.Canceled) && v.in.Context().Err() != nil:
		w.WriteHeader(statusLeft)
		return
	}
	g.Logger.WarnContext(r.Context(), "the site does not answer", "error", err)
	v.page(w, http.StatusBadGateway, "outage")
}

// statusLeft is logged for a visitor who left before the answer, as nginx
// does; nobody reads it.
const statusLeft = 499
