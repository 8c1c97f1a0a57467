package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"kept/internal/policy"
)

func TestWhatIsNoPagePassesUntouched(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789<script src=//tag.example>"), 100_000)
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Etag", `"v1"`)
		w.Header().Set("Cache-Control", "public, max-age=31536000")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(large))
	}))
	whole := h.get("/file")
	if whole.body != string(large) || whole.ContentLength != int64(len(large)) {
		t.Errorf("%d bytes came of %d", len(whole.body), len(large))
	}
	for name, want := range map[string]string{"Etag": `"v1"`, "Cache-Control": "public, max-age=31536000", "Content-Security-Policy": ""} {
		if got := whole.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	part := h.get("/file", "Range: bytes=10-19")
	if part.StatusCode != http.StatusPartialContent || part.body != string(large[10:20]) {
		t.Errorf("a range gives %d %q", part.StatusCode, part.body)
	}
	if again := h.get("/file", `If-None-Match: "v1"`); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same again gives %d", again.StatusCode)
	}
	if head := h.do("HEAD", "/file", nil); head.ContentLength != int64(len(large)) || head.body != "" {
		t.Errorf("HEAD gives a length of %d", head.ContentLength)
	}
}

func TestPartsOfPagesAreNeverSent(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(`<p><script src="https://tag.example/t.js"></script>`))
	}))
	a := h.get("/", "Range: bytes=4-60")
	if a.StatusCode != http.StatusOK {
		t.Errorf("a range of a page gives %d", a.StatusCode)
	}
	lacks(t, a.body, "tag.example")
	a = h.do("POST", "/", strings.NewReader("x"), "Range: bytes=4-60")
	lacks(t, a.body, "tag.example")
	head := h.do("HEAD", "/", nil)
	if head.StatusCode != http.StatusOK || head.Header.Get("Content-Length") != "" || head.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("HEAD gives %d %v", head.StatusCode, head.Header)
	}
}

func TestPagesAreAskedForAgainUnderTheirOwnTag(t *testing.T) {
	var asked []string
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Etag", `"s1"`)
		w.Header().Set("Cache-Control", "public, max-age=600")
		w.Header().Set("Content-Security-Policy", "img-src *")
		http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader("<p>a page"))
	}))
	first := h.get("/", document)
	tag := first.Header.Get("Etag")
	if !strings.HasPrefix(tag, `W/"`) || first.Header.Get("Cache-Control") != "private, no-cache" || first.Header.Get("Last-Modified") != "" {
		t.Fatalf("a page comes with %v", first.Header)
	}
	again := h.get("/", document, "If-None-Match: "+tag)
	if again.StatusCode != http.StatusNotModified || again.Header.Get("Etag") != tag || again.Header.Get("Content-Security-Policy") != "" {
		t.Errorf("the same again gives %d %v", again.StatusCode, again.Header)
	}
	for name, fields := range map[string][]string{
		"after a choice":    {document, "If-None-Match: " + tag, "Cookie: kept_choice=media"},
		"of before Kept":    {document, `If-None-Match: "s1"`, "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT"},
		"with a forged tag": {document, `If-None-Match: W/"kept.x.IiI"`},
		"since a date":      {document, "If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT"},
	} {
		if a := h.get("/", fields...); a.StatusCode != http.StatusOK || a.Header.Get("Etag") == "" {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	h.policy = offer()
	h.policy.Hash = "second"
	if a := h.get("/", document, "If-None-Match: "+tag); a.StatusCode != http.StatusOK {
		t.Errorf("under another policy: %d", a.StatusCode)
	}
	if asked[1] != `"s1"` {
		t.Errorf("the site was asked for %q", asked)
	}
}

func TestCookiesOfRequestsAreFilteredAndEnded(t *testing.T) {
	var got string
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = strings.Join(r.Header["Cookie"], "|")
		w.Header().Add("Set-Cookie", "kept_choice=media.statistics")
		w.Header().Add("Set-Cookie", "=kept_choice=media")
		w.Header().Add("Set-Cookie", "kept_choice")
	}))
	h.policy.Cookies = []policy.Cookie{{Name: "lang"}, {Name: "wp_*"}}
	a := h.get("/shop/item", "Host: www.site.example", `Cookie: session=a b; _tag_id=1; kept_choice=comfort; lang=de; wp_x=1; pay_session=2; wild=3`)
	if want := "session=a b; lang=de; wp_x=1; pay_session=2"; got != want {
		t.Errorf("the site got %q", got)
	}
	ended := strings.Join(a.Header["Set-Cookie"], "\n")
	contains(t, ended, "_tag_id=; Path=/; Max-Age=0", "_tag_id=; Path=/; Domain=site.example; Max-Age=0", "wild=; Path=/shop; Max-Age=0")
	lacks(t, ended, "kept_choice", "session=;", "lang=;")
	drift, err := h.Drift(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, d := range drift {
		found[d.Element+" "+d.Name] = d.Service
	}
	if service, ok := found["request cookie undeclared cookie of a request"]; !ok || service != "" || found["request cookie _tag*"] != "tag" {
		t.Errorf("the drift is %v", found)
	}
}

func TestFloodsAreTurnedAway(t *testing.T) {
	h := newHouse(t, site("x"))
	if a := h.get("/", "Cookie: "+strings.Repeat("a=b; ", 5000)); a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("5,000 cookies give %d", a.StatusCode)
	}
	h.log.closed = map[netip.Addr]time.Duration{netip.MustParseAddr("127.0.0.1"): 1500 * time.Millisecond}
	a := h.get("/", "Accept-Language: de")
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "2" {
		t.Errorf("a peak gives %d, Retry-After %s", a.StatusCode, a.Header.Get("Retry-After"))
	}
	contains(t, a.body, `<html lang="de">`, "Zu viele Anfragen")
	if e := h.log.last(); e.Status != 429 || e.Path != "/" || e.Client != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("logged as %+v", e)
	}
}

func TestKeptAnswersItsOwnPaths(t *testing.T) {
	h := newHouse(t, site("the site"), func(c *Config) { c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	for _, path := range []string{"/privacy", "/privacy/", "/privacy/kept.js", "/.well-known/gpc.json"} {
		contains(t, h.get(path, "X-Forwarded-For: 203.0.113.9").body, "Kept answers 203.0.113.9:0")
	}
	for _, path := range []string{"/privacyx", "/x/privacy/", "/.well-known/"} {
		contains(t, h.get(path).body, "the site")
	}
}

func TestTheSiteLearnsWhoAsks(t *testing.T) {
	var got http.Header
	var host string
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got, host = r.Header, r.Host }))
	h.get("/a;b?x;y=%zz", "Host: site.example", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "X-Real-IP: 1.2.3.4", "X-Forwarded-Proto: https", "Connection: X-Hop", "X-Hop: 1", "Te: trailers")
	for name, want := range map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "site.example", "X-Forwarded-Proto": "http", "Forwarded": "", "X-Real-Ip": "", "X-Hop": ""} {
		if got.Get(name) != want {
			t.Errorf("%s: %q", name, got.Get(name))
		}
	}
	if host != "site.example" {
		t.Errorf("Host is %s", host)
	}
	if e := h.log.last(); e.Path != "/a;b" || e.Query != "x;y=%zz" || e.Status != 200 {
		t.Errorf("logged as %+v", e)
	}
}

func TestTheSiteIsDown(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "<p>half")
		}
		panic(http.ErrAbortHandler)
	}))
	for _, path := range []string{"/", "/half"} {
		a := h.get(path, document, "Accept-Language: en")
		if a.StatusCode != http.StatusBadGateway {
			t.Errorf("%s gives %d", path, a.StatusCode)
		}
		contains(t, a.body, `<html lang="en">`, "<h1>The website does not answer at the moment</h1>")
		lacks(t, a.body, "half")
	}
	odd := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "compress")
		io.WriteString(w, "\x1f\x9d")
	}))
	if a := odd.get("/"); a.StatusCode != http.StatusBadGateway {
		t.Errorf("a page in an unknown coding gives %d", a.StatusCode)
	}
}

func TestStreamsAreNotHeldUp(t *testing.T) {
	more := make(chan bool)
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, first, second := "text/event-stream", "data: 1\n\n", "data: 2\n\n"
		if r.URL.Path == "/page" {
			kind, first, second = "text/html; charset=utf-8", "<p>first</p>", "<p>second</p>"
		}
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, first)
		w.(http.Flusher).Flush()
		<-more
		io.WriteString(w, second)
	}))
	for path, first := range map[string]string{"/events": "data: 1\n\n", "/page": "<p>first</p>"} {
		res, err := plainClient.Get(h.url + path)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(first))
		if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != first {
			t.Errorf("%s begins with %q, %v", path, got, err)
		}
		more <- true
		rest, err := io.ReadAll(res.Body)
		if err != nil || len(rest) == 0 {
			t.Errorf("%s ends with %q, %v", path, rest, err)
		}
		res.Body.Close()
	}
}

func TestTrailersPass(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "<p>body")
		w.Header().Set("X-Sum", "42")
	}))
	for _, kind := range []string{"text/html", "application/octet-stream"} {
		if a := h.get("/?type=" + kind); a.Trailer.Get("X-Sum") != "42" || a.body != "<p>body" {
			t.Errorf("%s: %q, trailer %v", kind, a.body, a.Trailer)
		}
	}
}

func TestHintsLoadNothingHeld(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		links := []string{`</style.css>; rel=preload; as=style, <https://fonts.example/a,b.woff2>; rel="preload"; as=font`, `<https://tag.example>; rel=preconnect`, `<https://network.example/me>; rel="me"`}
		w.Header()["Link"] = links
		w.WriteHeader(http.StatusEarlyHints)
		w.Header()["Link"] = links
		w.Header()["Refresh"] = []string{"9; url=/next", "0; url=https://tag.example/"}
		w.Header().Set("Reporting-Endpoints", `main="https://reports.example/r"`)
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>x")
	}))
	var hints []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		hints = append(hints, header["Link"]...)
		return nil
	}}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "GET", h.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := plainClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for name, links := range map[string][]string{"103": hints, "200": res.Header["Link"]} {
		text := strings.Join(links, ", ")
		contains(t, text, "</style.css>; rel=preload", "network.example")
		if strings.Contains(text, "fonts.example") || strings.Contains(text, "tag.example") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if got := res.Header["Refresh"]; len(got) != 1 || got[0] != "9; url=/next" {
		t.Errorf("Refresh: %q", got)
	}
	if res.Header.Get("Reporting-Endpoints") != "" {
		t.Errorf("the headers are %v", res.Header)
	}
}

func TestWebsocketsPass(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "session=1" {
			t.Errorf("the site got %q", r.Header.Get("Cookie"))
		}
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer conn.Close()
			for {
				message, op, err := wsutil.ReadClientData(conn)
				if err != nil {
					return
				}
				if err := wsutil.WriteServerMessage(conn, op, append([]byte("echo "), message...)); err != nil {
					return
				}
			}
		}()
	}))
	dialer := ws.Dialer{Header: ws.HandshakeHeaderHTTP{"Cookie": {"session=1; _tag_id=2"}, "Origin": {"https://site.example"}}}
	conn, _, _, err := dialer.Dial(context.Background(), "ws"+strings.TrimPrefix(h.url, "http")+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := wsutil.WriteClientText(conn, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if message, err := wsutil.ReadServerText(conn); err != nil || string(message) != "echo hello" {
		t.Errorf("%q, %v", message, err)
	}
}

func TestBodiesOfRequestsPass(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v %s", n, err, r.Trailer.Get("X-Sum"))
	}))
	if a := h.do("POST", "/", strings.NewReader(strings.Repeat("x", 1<<20))); a.body != "1048576 <nil> " {
		t.Errorf("a body arrives as %s", a.body)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "3 <nil> 7" {
		t.Errorf("a chunked body arrives as %q, %v", b, err)
	}
}

func TestTheLogGetsNoIDsOfKeptsOwnPages(t *testing.T) {
	h := newHouse(t, site(""))
	for path, want := range map[string]string{
		"/privacy": "/privacy", "/privacy/receipts": "/privacy/receipts", "/privacy/me/erase": "/privacy/me", "/privacy/notice/0c11d2aa.txt": "/privacy/notice",
		"/privacy/receipts/0123456789abcdef": "/privacy/receipts", "/privacy/me/requests/a~b": "/privacy/me", "/privacy/receipts%2fx": "/privacy/receipts",
		"/privacy//receipts/x": "/privacy/", "/privacy-page/a/b": "/privacy-page/a/b", "/a/privacy/receipts/b": "/a/privacy/receipts/b",
	} {
		h.get(path)
		if e := h.log.last(); e.Path != want {
			t.Errorf("%s is logged as %s", path, e.Path)
		}
	}
}
