package app

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
)

const minute = time.Minute

// rows counts what lies in every table but those that note requests by their
// purpose: the access log, and what the gateway held back.
func (h *house) rows() map[string]int64 {
	h.t.Helper()
	live, err := h.DB.Columns(h.t.Context())
	fatal(h.t, err)
	counts := map[string]int64{}
	for table := range live {
		if strings.HasPrefix(table, "accesslog_") || table == "gateway_drift" {
			continue
		}
		var n int64
		fatal(h.t, h.DB.QueryRowContext(h.t.Context(), "select count(*) from "+table).Scan(&n))
		counts[table] = n
	}
	n, err := h.Events.Count(h.t.Context(), "analytics_event")
	fatal(h.t, err)
	counts["analytics_event"] = n
	return counts
}

// unstored runs f and fails the test if it left a row anywhere, or a panic or an
// internal error in the log.
func (h *house) unstored(what string, f func()) {
	h.t.Helper()
	before := h.rows()
	f()
	h.settle()
	after := h.rows()
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if table == "contact_held_off" {
			continue // counts refusals by day, of nobody
		}
		if after[table] != before[table] {
			h.t.Errorf("%s: %s had %d rows and has %d", what, table, before[table], after[table])
		}
	}
	if log := h.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "request failed") {
		h.t.Errorf("%s: the log says %s", what, log)
	}
}

// bodies are what no route should choke on.
var bodies = map[string]struct{ mime, body string }{
	"oversized":        {"application/x-www-form-urlencoded", "choice=accept&back=" + strings.Repeat("x", 1<<20)},
	"oversized events": {"application/json", `{"v":1,"events":[` + strings.Repeat(" ", 1<<20) + `]}`},
	"wrong type":       {"application/json", `{"choice":"accept","reason":"x","activity":"analytics","answer":"confirm","password":"longenough12345"}`},
	"multipart":        {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"choice\"\r\n\r\naccept\r\n--x--\r\n"},
	"no UTF-8":         {"application/x-www-form-urlencoded", "choice=sa%ffve&group=%fe&reason=%c3%28&activity=%ff&answer=%ff&email=%ff&password=%ff"},
	"NUL":              {"application/x-www-form-urlencoded", "choice=save%00&group=%00&reason=%00&activity=%00&answer=%00&email=%00&password=%00"},
	"bad escapes":      {"application/x-www-form-urlencoded", "choice=%zz&reason=%"},
	"many fields":      {"application/x-www-form-urlencoded", strings.Repeat("group=a&", 2000)},
	"deep":             {"application/json", `{"v":1,"events":` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "}"},
	"deep objects":     {"application/json", strings.Repeat(`{"v":`, 3000) + "1" + strings.Repeat("}", 3000)},
	"binary":           {"application/octet-stream", "\x00\xff\xfe\x80"},
	"JSON no UTF-8":    {"text/plain", "{\"v\":1,\"events\":[{\"id\":\"1\",\"t\":\"search\",\"x\":\"\xff\"}]}"},
	"huge numbers":     {"application/json", `{"v":1,"events":[{"id":"99999999999999999999999","t":"page_view","u":"/","w":1e400}]}`},
	"not now":          {"application/json", `{"v":1,"events":[{"id":"4194304","t":"page_view","u":"/"}]}`},
}

// stranger is a browser with an address that nobody had before, so that the
// limit of one address does not answer for the routes.
func (h *house) stranger() *browser {
	h.strangers++
	b := h.browser()
	b.header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", h.strangers>>16&255, h.strangers>>8&255, h.strangers&255))
	return b
}

func TestBadBodiesAreRefusedAndNothingIsStored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		person := h.browser() // one who agreed, so that the routes have somebody to act on
		person.choose("accept")
		person.view("/")
		owner := h.owner()
		h.settle()
		h.unstored("bad bodies", func() {
			for _, route := range h.Table() {
				if route.Method == http.MethodGet || strings.HasSuffix(route.Pattern, "/erase") || strings.HasSuffix(route.Pattern, "/lift") ||
					route.Pattern == "/sign-out" || route.Pattern == "/promises" || strings.HasSuffix(route.Pattern, "/leave") {
					continue // what takes no field at all does what it does
				}
				for name, bad := range bodies {
					b, base := h.stranger(), h.SiteURL()
					b.cookies = person.cookies
					if route.Door == access.Console {
						b.cookies, base = owner.cookies, h.ConsoleURL()
					}
					got := b.do(route.Method, base+fill(route.Pattern), bad.mime, bad.body)
					if got.StatusCode < 400 || got.StatusCode >= 500 {
						t.Errorf("%s %s, %s: %s", route.Method, route.Pattern, name, got.Status)
					}
				}
			}
		})
	})
}

// raw sends bytes and returns the status, 0 if the connection just ended.
func (h *house) raw(base, request string) int {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	fatal(h.t, err)
	defer conn.Close()
	fatal(h.t, conn.SetDeadline(time.Now().Add(time.Minute)))
	go func() { _, _ = conn.Write([]byte(request)) }() // the server may hang up in the middle
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer got.Body.Close()
	return got.StatusCode
}

func TestBrokenRequestsAreRefusedAndNothingIsStored(t *testing.T) {
	h := solo(t)
	h.settle()
	chunked := "Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n\r\n"
	h.unstored("broken requests", func() {
		for _, route := range h.Table() {
			base := h.SiteURL()
			if route.Door == access.Console {
				base = h.ConsoleURL()
			}
			head := route.Method + " " + fill(route.Pattern) + " HTTP/1.1\r\nHost: x\r\n"
			for name, rest := range map[string]string{
				"a chunk without length":  chunked + "zz\r\nchoice=accept\r\n0\r\n\r\n",
				"a chunk without end":     chunked + "ffffffffffffffff1\r\nchoice=accept",
				"two lengths":             "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
				"a negative length":       "Content-Length: -1\r\n\r\n",
				"a huge header":           "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
				"thousands of cookies":    "Cookie: " + strings.Repeat("kept_choice=a; ", 20_000) + "a=b\r\n\r\n",
				"a header without a name": ": x\r\n\r\n",
				"a header with a NUL":     "Referer: a\x00b\r\n\r\n",
			} {
				want := route.Method != http.MethodGet && route.Pattern != "/sign-out" || !strings.HasPrefix(rest, "Transfer") // these read no body
				if got := h.raw(base, head+rest); want && (got < 400 || got >= 500) || got >= 500 {
					t.Errorf("%s %s, %s: %d", route.Method, route.Pattern, name, got)
				}
			}
			for _, method := range []string{"PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"} {
				if got := h.raw(base, method+" "+fill(route.Pattern)+" HTTP/1.1\r\nHost: x\r\n\r\n"); got < 400 || got >= 500 {
					t.Errorf("%s %s: %d", method, route.Pattern, got)
				}
			}
		}
		for _, host := range []string{"", "a b", "evil.example\r\nX-Forwarded-For: 1.2.3.4", strings.Repeat("a", 5000), "[::1", "\x00"} {
			if got := h.raw(h.SiteURL(), "GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n"); got >= 500 {
				t.Errorf("Host %.20q: %d", host, got)
			}
		}
	})
}

// Cookies that nobody gave out count for nothing: the visitor has not decided,
// nothing is counted, nobody's data is shown or touched.
func TestForgedCookiesCountForNothing(t *testing.T) {
	h := solo(t)
	real := h.browser()
	real.choose("accept")
	real.view("/", map[string]any{"t": "search", "x": "geheim"})
	choice, visitor := real.cookies["kept_choice"].Value, real.cookies["kept_visitor"].Value
	once := h.browser()
	once.post("/privacy/choice", url.Values{"once": {"video"}, "back": {"/"}})
	grant := once.cookies["kept_once"].Value
	h.settle()
	forged := func(value string) []string {
		flipped := []byte(value)
		flipped[len(flipped)-2] ^= 1
		changed := strings.Replace(value, "+", "-", 1)
		return []string{string(flipped), value[:len(value)-1], value + "A", strings.ToUpper(value), "", "yes/" + strings.Repeat("a", 26) + "/20759/-/AAAA", strings.Repeat("x", 4000), "%00%ff", "../..", changed[1:]}
	}
	h.unstored("forged cookies", func() {
		for i := range forged(choice) {
			b := h.stranger()
			b.set("kept_choice", forged(choice)[i])
			b.set("kept_visitor", forged(visitor)[i])
			b.set("kept_once", forged(grant)[i])
			if page := b.get("/"); page.StatusCode != http.StatusOK || strings.Contains(page.body, "data-collect") || !strings.Contains(page.body, `value="accept"`) || strings.Contains(page.body, "/embed/werkstatt\"") {
				t.Errorf("forgery %d is believed: %s", i, page.Status)
			}
			b.set("kept_choice", forged(choice)[i])
			if got := b.view("/"); got.StatusCode != http.StatusForbidden {
				t.Errorf("forgery %d is counted: %s", i, got.Status)
			}
			for _, path := range []string{"/privacy/me", "/privacy/me.json", "/privacy/me.html", "/privacy/receipts"} {
				if got := b.get(path); got.StatusCode >= 400 || strings.Contains(got.body, "geheim") {
					t.Errorf("forgery %d sees %s: %s", i, path, got.Status)
				}
			}
			for _, path := range []string{"/privacy/me/erase", "/privacy/me/restrict", "/privacy/me/object", "/privacy/me/lift"} {
				if got := b.post(path, url.Values{"reason": {"x"}, "activity": {"access-log"}}); got.StatusCode >= 500 {
					t.Errorf("forgery %d at %s: %s", i, path, got.Status)
				}
			}
		}
	})
	// One cookie never stands for another, and a receipt belongs to one browser.
	b := h.stranger()
	b.set("kept_once", choice)
	b.set("kept_choice", grant)
	if page := b.get("/"); !strings.Contains(page.body, `value="accept"`) || strings.Contains(page.body, "/embed/werkstatt\"") {
		t.Error("a cookie stands for another")
	}
	for _, path := range []string{"/privacy/receipts/" + strings.Repeat("0", 26), "/privacy/receipts/..%2f..", "/privacy/me/requests/" + strings.Repeat("a~", 5000), "/privacy/me/requests/%00", "/privacy/notice/%ff"} {
		if got := real.get(path); got.StatusCode < 400 || got.StatusCode >= 500 {
			t.Errorf("%.40s: %s", path, got.Status)
		}
	}
}
