package app

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"

	"kept/internal/access"
)

// hostile are texts that somewhere else became code: markup, handlers, script
// addresses, template syntax, cells that begin a formula, letters that turn the
// reading direction.
var hostile = []string{
	`<script>window.__pwned=1;alert(1)</script>`,
	`"><img src=x onerror=window.__pwned=1>`,
	`' autofocus onfocus=window.__pwned=1 x='`,
	`</title></style></textarea></script><svg onload=window.__pwned=1>`,
	`javascript:window.__pwned=1`,
	`--><iframe srcdoc="<script>top.__pwned=1</script>">`,
	`{{.T "x"}}{{printf "%d" 49}}${7*7}#{7*7}<%= 7*7 %>`,
	`=HYPERLINK("https://evil.example","a")`,
	`+1+cmd|' /C calc'!A0`,
	`@SUM(1+1)`,
	"\u202eabc\u2066def\u2069",
	`\u003cscript\u003ewindow.__pwned=1\u003c/script\u003e`,
}

// plant has a visitor who agreed put text into every field that a stranger can
// fill.
func (b *browser) plant(text string) {
	b.t.Helper()
	b.h.clock.Advance(minute)
	quoted := url.QueryEscape(text)
	header := b.header.Clone()
	for name, value := range map[string]string{"Referer": "https://" + quoted + ".example/" + text, "User-Agent": text + " Chrome/1.0", "Accept-Language": text, "Cookie": "a=b; " + strings.NewReplacer(";", "", "=", "").Replace(text) + "=1"} {
		b.header.Set(name, value)
	}
	for _, path := range []string{"/" + url.PathEscape(text), "/?q=" + quoted + "&utm_source=" + quoted, "/privacy?lang=" + quoted + "&back=" + quoted, "/privacy/notice/" + url.PathEscape(text), "/privacy/receipts/" + url.PathEscape(text)} {
		if got := b.get(path); got.StatusCode >= 500 {
			b.t.Errorf("%s: %s", path, got.Status)
		}
	}
	for _, e := range []map[string]any{
		{"t": "page_view", "u": "/" + text, "r": text, "c": text},
		{"t": "page_view", "u": "https://" + text + "/?utm_campaign=" + quoted, "r": "https://evil.example/" + text},
		{"t": "search", "x": text}, {"t": "outbound", "x": "https://evil.example/" + text}, {"t": "outbound", "x": text},
		{"t": "video", "x": text}, {"t": "download", "x": text},
	} {
		if got := b.view("/"+text, e); got.StatusCode != http.StatusNoContent {
			b.t.Errorf("events with %q: %s %s", text, got.Status, got.body)
		}
	}
	for _, form := range []url.Values{{"choice": {text}}, {"once": {text}}, {"allow": {text}}, {"choice": {"accept"}, "notice": {text}}, {"choice": {"save"}, "group": {text}, "service": {text}, "listed": {text}}} {
		form.Set("back", text)
		form.Set("source", text)
		form.Set("lang", text)
		if got := b.post("/privacy/choice", form); got.StatusCode >= 500 || got.StatusCode < 400 {
			b.t.Errorf("choice %v: %s", form, got.Status)
		}
	}
	b.header = header
}

// lend gives the window the cookies that b holds.
func (w *window) lend(b *browser) {
	w.t.Helper()
	var all []*network.CookieParam
	for _, c := range b.cookies {
		all = append(all, &network.CookieParam{Name: c.Name, Value: c.Value, URL: w.h.SiteURL(), HTTPOnly: true})
	}
	fatal(w.t, storage.SetCookies(all).WithBrowserContextID(w.profile).Do(whole()))
}

// harmless fails the test if anything on the page ran.
func (w *window) harmless(address string) {
	w.t.Helper()
	if eval[bool](w, `window.__pwned !== undefined`) {
		w.t.Errorf("%s: a planted script ran", address)
	}
	if n := eval[int](w, `document.querySelectorAll('script:not([src^="/privacy/"]), iframe, img:not([src^="/record/"]), [onerror], [onload], [onfocus]').length`); n > 0 {
		w.t.Errorf("%s: %d planted elements", address, n)
	}
	w.quiet(address)
}

// Whatever a stranger sends is text on every page of the console and of the
// center, and in the copy that a person gets (threats 1 and 13).
func TestWhatStrangersWriteStaysText(t *testing.T) {
	h := solo(t, func(h *house) { h.clock.Set(time.Now().Add(-time.Hour)) })
	b := h.browser()
	b.choose("accept")
	for _, text := range hostile {
		b.plant(text)
	}
	h.clock.Advance(minute)
	if got := b.post("/privacy/me/restrict", url.Values{"reason": {strings.Join(hostile, " ")}}); got.StatusCode != http.StatusSeeOther {
		t.Errorf("restrict: %s", got.Status)
	}
	h.browser().get("/") // held back for a visitor who was not asked yet
	owner := h.owner()
	owner.post(h.ConsoleURL()+"/promises", nil)
	h.settle()

	w := h.window()
	w.lend(owner)
	shown := map[string]string{}
	for _, path := range h.consolePages() {
		if handed := owner.get(h.ConsoleURL() + path).Header.Get("Content-Disposition"); strings.HasPrefix(handed, "attachment") {
			continue // a file: no page opens it
		}
		w.visit(h.ConsoleURL() + path)
		w.harmless("console " + path)
		shown[path] = eval[string](w, `document.body.textContent`)
	}
	if text := shown["/visits"]; !strings.Contains(text, hostile[0]) || !strings.Contains(text, `=hyperlink("https://evil.example","a")`) {
		t.Errorf("the console's statistics do not show what was searched for: %s", text)
	}
	if text := shown["/drift"]; !strings.Contains(text, "ads.localhost") || strings.Contains(text, "__pwned") {
		t.Errorf("the console keeps names that visitors make up: %s", text)
	}
	w.lend(b)
	for _, path := range []string{"/privacy", "/privacy/me", "/privacy/settings", "/privacy/receipts", "/privacy/versions", "/privacy/me/erase", "/privacy/notice/x", "/privacy/me/requests/x", "/"} {
		for _, text := range hostile[:6] {
			w.visit(path + "?lang=" + url.QueryEscape(text) + "&back=" + url.QueryEscape(text))
			if path != "/" { // the site's own pages have frames of their own
				w.harmless("center " + path)
			}
			if path == "/privacy/me" && !strings.Contains(eval[string](w, `document.body.textContent`), hostile[0]) {
				t.Errorf("my data does not show what was searched for")
			}
		}
	}
	h.openCopy(w, b)
}

// openCopy opens the copy of a person's data as the person would: a file.
func (h *house) openCopy(w *window, b *browser) {
	h.t.Helper()
	copied := b.get("/privacy/me.html?lang=en")
	if got := copied.Header.Get("Content-Disposition"); got != "attachment" {
		h.t.Errorf("the copy is delivered as %q", got)
	}
	file := filepath.Join(h.t.TempDir(), "copy.html")
	fatal(h.t, os.WriteFile(file, []byte(copied.body), 0o600))
	w.visit("file://" + file)
	w.harmless("the copy")
	for _, text := range []string{hostile[0], hostile[7]} {
		if !strings.Contains(eval[string](w, `document.body.textContent`), strings.ToLower(text)) && !strings.Contains(eval[string](w, `document.body.textContent`), text) {
			h.t.Errorf("the copy does not hold %s", text)
		}
	}
	machine := b.get("/privacy/me.json")
	if strings.ContainsAny(machine.body, "<>") || machine.Header.Get("Content-Type") != "application/json" {
		h.t.Error("the copy for programs holds markup")
	}
}

// consolePages are all pages of the console's table, with what exists in place
// of wildcards, and once with what is hostile.
func (h *house) consolePages() (paths []string) {
	for _, route := range h.Table() {
		if route.Door != access.Console || route.Method != http.MethodGet || route.Pattern == "/console.css" {
			continue
		}
		path := strings.TrimSuffix(route.Pattern, "{$}")
		if i := strings.IndexByte(path, '{'); i >= 0 {
			for _, text := range hostile[:3] {
				paths = append(paths, path[:i]+url.PathEscape(text)+"?lang="+url.QueryEscape(text))
			}
			for _, a := range h.InForce.Now().Activities {
				if path[i:] == "{activity}" {
					paths = append(paths, path[:i]+a.Key)
				}
			}
			continue
		}
		paths = append(paths, path)
	}
	return paths
}
