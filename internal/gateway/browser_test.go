package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// greedy tries to load from tag.example in every way that a page or its own
// inline script has.
const greedy = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>x</title>
<link rel="stylesheet" href="http://tag.example/link.css"><link rel="preload" as="image" href="http://tag.example/preload.png">
<link rel="modulepreload" href="http://tag.example/m.js"><link rel="icon" href="http://tag.example/icon.png"><link rel="prefetch" href="http://tag.example/prefetch">
<script src="http://tag.example/script.js"></script><style>@import "http://tag.example/import.css"; body{background:url(http://tag.example/bg.png)}</style>
<script type="importmap">{"imports":{"m":"http://tag.example/map.js"}}</script></head>
<body style="background-image:url('http://tag.example/style.png')" background="http://tag.example/old.png">
<img src="http://tag.example/img.png" srcset="http://tag.example/set.png 2x"><picture><source srcset="//tag.example/source.png"><img src="data:,"></picture>
<iframe src="http://tag.example/frame"></iframe><iframe srcdoc="<img src='http://tag.example/srcdoc.png'>"></iframe>
<video src="http://tag.example/v.mp4" poster="http://tag.example/poster.png"></video><audio autoplay><source src="http://tag.example/a.mp3"></audio>
<object data="http://tag.example/object"></object><embed src="http://tag.example/embed">
<svg><image href="http://tag.example/svg.png" width="9" height="9"/><use href="http://tag.example/use.svg#a"/><style>rect{fill:url(http://tag.example/fill.svg#a)}</style><rect width="9" height="9"/></svg>
<noscript><img src="http://tag.example/noscript.png"></noscript>
<script>
new Image().src = "http://tag.example/js-img.png";
fetch("http://tag.example/js-fetch").catch(() => {});
try { navigator.sendBeacon("http://tag.example/js-beacon", "x"); } catch (e) {}
try { new WebSocket("ws://tag.example/js-socket"); } catch (e) {}
try { new EventSource("http://tag.example/js-events"); } catch (e) {}
try { new Worker(URL.createObjectURL(new Blob(["importScripts('http://tag.example/js-worker.js');fetch('http://tag.example/js-worker-fetch')"]))); } catch (e) {}
for (const [name, key] of [["script", "src"], ["iframe", "src"], ["embed", "src"], ["object", "data"]]) {
  const e = document.createElement(name); e[key] = "http://tag.example/js-" + name; document.body.append(e);
}
const l = document.createElement("link"); l.rel = "stylesheet"; l.href = "http://tag.example/js-link.css"; document.head.append(l);
document.body.insertAdjacentHTML("beforeend", '<img src="http://tag.example/js-html.png"><p style="background:url(http://tag.example/js-style.png)">x</p>');
import("http://tag.example/js-module.js").catch(() => {});
const d = document.createElement("iframe"); d.src = "data:text/html,<img src='http://tag.example/js-data.png'>"; document.body.append(d);
const b = document.createElement("iframe"); b.src = URL.createObjectURL(new Blob(["<img src='http://tag.example/js-blob.png'>"], {type: "text/html"})); document.body.append(b);
const f = new FontFace("F", "url(http://tag.example/js-font.woff2)"); f.load().catch(() => {});
document.body.dataset.ran = "yes";
</script></body></html>`

// browse opens the page in a browser whose every name leads to the gateway or
// to the third party, and returns the DOM and what the third party was asked.
func browse(t *testing.T, h *house) (dom string, asked []string) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	var mu sync.Mutex
	third := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Host+r.URL.Path)
		fmt.Fprint(w, "/* nothing */")
	}))
	defer func() {
		third.CloseClientConnections() // a socket or an event stream may still be open
		third.Close()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	// Not the test's own folder: helpers of the browser may write to it a moment
	// longer than the browser lives.
	profile, err := os.MkdirTemp("", "kept-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	rules := "MAP tag.example " + strings.TrimPrefix(third.URL, "http://") + ", MAP site.example " + strings.TrimPrefix(h.url, "http://") + ", MAP * ~NOTFOUND"
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+profile, "--host-resolver-rules="+rules, "--virtual-time-budget=4000", "--dump-dom", "http://site.example/")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its processes end with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("the browser: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(asked)
	return string(b), slices.Compact(asked)
}

func TestNoRequestLeavesTheBrowserBeforeConsent(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	h := newHouse(t, site(greedy))
	dom, asked := browse(t, h)
	contains(t, dom, `data-ran="yes"`, `Measure Inc`)
	if len(asked) > 0 {
		t.Errorf("without consent the browser asked for %q", asked)
	}
	accepted := newHouse(t, site(greedy), func(c *Config) { c.Consent = always{c.Consent} })
	dom, asked = browse(t, accepted)
	contains(t, dom, `data-ran="yes"`)
	for _, want := range []string{"script.js", "frame", "js-fetch", "js-img.png", "js-font.woff2", "style.png", "srcdoc.png", "js-blob.png"} {
		if !slices.Contains(asked, "tag.example/"+want) {
			t.Errorf("with consent the browser did not ask for %s: %q", want, asked)
		}
	}
}
