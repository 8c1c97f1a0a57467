// Package gateway measures what the gateway costs on the way of a page.
//
//	go test ./bench/gateway -run TestGateway -v
//
// Both proxies run in this process, one after the other in short turns, in
// front of the same site, asked by the same client; the ratio of their requests
// a second is what counts.
package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/gateway"
	"kept/internal/gateway/markup"
	"kept/internal/policy"
)

const pageSize = 50_000

// page is an article with navigation, images, inline style and script, and
// everything of others that the gateway holds.
func page() []byte {
	var b bytes.Buffer
	b.WriteString(`<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Eine Seite</title>
<link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="https://fonts.example/letter.css">
<link rel="preconnect" href="https://fonts.example"><script src="https://tag.example/t.js" async></script>
<style>body{font-family:Letter,serif}@font-face{font-family:Letter;src:url(https://fonts.example/a.woff2)}</style>
<script>window.data=[];function tag(){data.push(arguments)}if(1<2&&document.body){tag("<p>x</p>")}</script></head><body>
<nav>` + strings.Repeat(`<a class="link" href="/ein/weg">Ein Weg</a> `, 40) + `</nav>
<iframe src="https://video.example/embed/1" width="560" height="315" title="Film" allowfullscreen></iframe>
<iframe src="https://map.example/here" width="100%" height="300"></iframe>
<svg viewBox="0 0 9 9"><title>Zeichen</title><g><path d="M0 0L9 9"/></g></svg>`)
	for i := 0; b.Len() < pageSize-200; i++ {
		fmt.Fprintf(&b, `<section id="s%d" class="teil gross"><h2>Abschnitt %d</h2><p>Es war einmal ein Absatz, der &auml;hnlich klang wie der vorige, <em>nur anders</em>, und mit <a href="/weiter/%d" title="mehr">einem Verweis</a>.</p><img src="/bild/%d.jpg" srcset="/bild/%d.jpg 1x, /bild/%d@2x.jpg 2x" alt="Bild" width="640" height="360" style="margin:0 auto"><ul><li>eins</li><li>zwei</li></ul></section>
`, i, i, i, i, i, i)
	}
	b.WriteString(`<img src="https://seal.example/p.gif" width="1" height="1" alt=""></body></html>`)
	return b.Bytes()
}

func offer() *policy.Policy {
	service := func(key, group string, hosts ...string) policy.Service {
		return policy.Service{Key: key, Recipient: key, Group: group, Hosts: hosts}
	}
	return &policy.Policy{
		Hash: "bench", Notice: policy.Notice{Languages: []string{"de", "en"}},
		Groups:     []policy.Group{{Key: "media"}, {Key: "statistics"}, {Key: "comfort"}},
		Recipients: []policy.Recipient{{Key: "video", Name: "Streams"}, {Key: "map", Name: "Maps"}},
		Services: []policy.Service{
			service("video", "media", "video.example"), service("map", "media", "map.example"),
			service("fonts", "comfort", "fonts.example"), service("tag", "statistics", "tag.example"),
		},
		Activities: []policy.Activity{{Key: "account", Basis: policy.Contract, Cookies: []policy.Cookie{{Name: "session"}}}},
	}
}

// banner is as long as Kept's.
var banner = strings.Repeat("<div>banner</div>", 230)

type undecided struct{}

func (undecided) State(*http.Request) consent.State            { return consent.State{} }
func (undecided) Renew(http.ResponseWriter, consent.State)     {}
func (undecided) Admit(netip.Addr) (time.Duration, bool)       { return 0, true }
func (undecided) Record(gateway.Entry)                         {}
func (undecided) ServeHTTP(http.ResponseWriter, *http.Request) {}

// contender is a proxy on a listener of its own.
type contender struct {
	name      string
	url       string
	requests  int
	spent     time.Duration
	cpu       time.Duration // of the whole process: visitor, proxy and site
	latencies []time.Duration
}

func newTransport() *http.Transport {
	return &http.Transport{DisableCompression: true, MaxIdleConns: 256, MaxIdleConnsPerHost: 256}
}

func contenders(t testing.TB, site http.Handler) []*contender {
	upstream := httptest.NewServer(site)
	t.Cleanup(upstream.Close)
	target, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	bare := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() }, Transport: newTransport()}
	gated, err := gateway.New(context.Background(), gateway.Config{
		Site: gateway.Upstream(target, newTransport()), Policy: func() func() *policy.Policy { p := offer(); return func() *policy.Policy { return p } }(),
		Consent: undecided{}, Log: undecided{}, Kept: undecided{}, Notice: func(string) string { return "0c11d2aa" }, Clock: clock.System, Logger: slog.New(slog.DiscardHandler),
		Snippet: func(gateway.Page) gateway.Snippet {
			return gateway.Snippet{Head: `<link rel="stylesheet" href="/privacy/kept.css"><script src="/privacy/kept.js" defer></script>`, Body: banner}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []*contender
	for name, handler := range map[string]http.Handler{"bare": bare, "gateway": gated} {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		all = append(all, &contender{name: name, url: server.URL})
	}
	slices.SortFunc(all, func(a, b *contender) int { return strings.Compare(a.name, b.name) })
	return all
}

// run asks c from several connections for d.
func (c *contender) run(t testing.TB, client *http.Client, connections int, d time.Duration, fields http.Header) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	began, busy := time.Now(), cpuTime()
	for range connections {
		wait.Go(func() {
			var own []time.Duration
			for time.Since(began) < d {
				r, err := http.NewRequest("GET", c.url+"/", nil)
				if err != nil {
					t.Error(err)
					return
				}
				r.Header = fields.Clone()
				asked := time.Now()
				res, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, res.Body); err != nil {
					t.Error(err)
				}
				res.Body.Close()
				own = append(own, time.Since(asked))
			}
			mu.Lock()
			defer mu.Unlock()
			c.requests += len(own)
			c.latencies = append(c.latencies, own...)
		})
	}
	wait.Wait()
	c.spent += time.Since(began)
	c.cpu += cpuTime() - busy
}

// cpuTime is what the process has used; it does not mind a busy machine.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // cannot fail for the process itself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost is the processor time of one request.
func (c *contender) cost() time.Duration { return c.cpu / time.Duration(c.requests) }

func (c *contender) rate() float64 { return float64(c.requests) / c.spent.Seconds() }

func (c *contender) p99() time.Duration {
	slices.Sort(c.latencies)
	return c.latencies[len(c.latencies)*99/100]
}

func compare(t *testing.T, site http.Handler, fields http.Header, connections int) (bare, gated *contender) {
	all := contenders(t, site)
	client := &http.Client{Transport: newTransport()}
	for _, c := range all {
		c.run(t, client, connections, 200*time.Millisecond, fields) // warm
		*c = contender{name: c.name, url: c.url}
	}
	for range 10 {
		for _, c := range all {
			c.run(t, client, connections, 250*time.Millisecond, fields)
		}
	}
	return all[0], all[1]
}

func report(t *testing.T, what string, bare, gated *contender) {
	t.Logf("%s: %.2f of a bare reverse proxy by requests a second, %.2f by processor time (%v and %v a request, visitor and site included)",
		what, gated.rate()/bare.rate(), float64(bare.cost())/float64(gated.cost()), bare.cost(), gated.cost())
}

func TestGateway(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	body := page()
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	})
	visitor := http.Header{"Sec-Fetch-Dest": {"document"}, "Accept-Language": {"de"}, "Cookie": {"session=1; other=2"}, "Accept-Encoding": {"identity"}}
	bare, gated := compare(t, plain, visitor, 8)
	report(t, fmt.Sprintf("page of %d bytes, uncompressed (target 0.70)", len(body)), bare, gated)
	bare, gated = compare(t, plain, visitor, 1)
	t.Logf("one visitor at a time: p99 %v bare, %v through the gateway (target: 1ms more)", bare.p99(), gated.p99())

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(body)
	z.Close()
	compressed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", fmt.Sprint(packed.Len()))
		w.Write(packed.Bytes())
	})
	visitor.Set("Accept-Encoding", "gzip")
	bare, gated = compare(t, compressed, visitor, 8)
	report(t, "the same page in gzip, unpacked and packed again", bare, gated)
}

func BenchmarkMarkup(b *testing.B) {
	src := page()
	r := markup.New(io.Discard, markup.Options{})
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(io.Discard, markup.Options{Gate: open{}, Extent: markup.Document})
		r.Write(src)
		r.Close()
	}
}

// open admits nothing and says nothing.
type open struct{}

func (open) Admits(string) bool           { return false }
func (open) Home(string) bool             { return false }
func (open) Note(markup.Held)             {}
func (open) StandIn(markup.Held) string   { return "<span></span>" }
func (open) Policy(content string) string { return content }
