package demo

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"
)

// script is what the tags do: set a cookie on the page that let them in, and
// tell home about it.
const (
	measureScript = `document.cookie = "measure_id=" + Math.random().toString(36).slice(2) + "; path=/; max-age=31536000";
navigator.sendBeacon(new URL("/collect?page=" + encodeURIComponent(location.href), document.currentScript ? document.currentScript.src : "%[1]s/"));
`
	adScript = `document.cookie = "reach_id=" + Math.random().toString(36).slice(2) + "; path=/; max-age=31536000";
new Image().src = "%[1]s/pixel.svg?page=" + encodeURIComponent(location.href);
`
	fontStyle = `body { font-family: "Letter Sans", Georgia, serif; letter-spacing: 0.002em; }
`
	videoPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Film</title>
<style>body{margin:0;background:#20242c;color:#eee;font:1rem system-ui;display:grid;place-items:center;height:100vh}</style>
<p>▶ A film, served by %[1]s</p><script>document.cookie="stream_device=1; path=/; max-age=15552000"</script></html>`
	mapPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Map</title>
<body style="margin:0"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 320" width="100%%"><rect width="560" height="320" fill="#e8efe3"/>
<path d="M0 200 C120 160 260 260 560 140" stroke="#9bb7d4" stroke-width="26" fill="none"/><path d="M80 0 L240 320 M400 0 L300 320 M0 90 L560 70" stroke="#fff" stroke-width="10"/>
<circle cx="262" cy="130" r="9" fill="#b3431f"/><text x="278" y="135" font-family="sans-serif" font-size="16">Musteragentur</text></svg></html>`
	banner = `<svg xmlns="http://www.w3.org/2000/svg" width="468" height="60"><rect width="468" height="60" fill="#24415c"/><text x="20" y="37" fill="#fff" font-family="sans-serif" font-size="20">Papier vom Nachbarn</text></svg>`
	badge  = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" rx="6" fill="#7a5c1e"/><text x="14" y="26" fill="#fff" font-family="sans-serif" font-size="15">Best of 2026</text></svg>`
	pixel  = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`
)

// parties are the third parties of the example, by the host in its policy.
var parties = []struct {
	host, label string
	pages       map[string]page
}{
	{"video.streams.example", "video", map[string]page{"/embed/": {"text/html; charset=utf-8", videoPage}}},
	{"i.streams.example", "thumbnails", map[string]page{"/": {"image/svg+xml", pixel}}},
	{"tiles.maps.example", "maps", map[string]page{"/map": {"text/html; charset=utf-8", mapPage}}},
	{"fonts.type.example", "fonts", map[string]page{"/letter.css": {"text/css", fontStyle}}},
	{"tag.measure.example", "measure", map[string]page{"/measure.js": {"text/javascript", measureScript}, "/collect": {"text/plain", ""}}},
	// Nothing in the policy names this one: the gateway reports it as drift.
	{"seal.award.example", "award", map[string]page{"/badge.svg": {"image/svg+xml", badge}}},
	{"ads.reach.example", "ads", map[string]page{"/ad.js": {"text/javascript", adScript}, "/banner.svg": {"image/svg+xml", banner}, "/pixel.svg": {"image/svg+xml", pixel}}},
}

type page struct{ mime, body string }

// ThirdParties are the demo's third parties, each on a loopback port of its own.
type ThirdParties struct {
	hosts   map[string]string // host in the policy → host:port here
	servers []*http.Server

	mu   sync.Mutex
	seen map[string][]string // host in the policy → requests
}

// StartThirdParties listens on free loopback ports.
func StartThirdParties(ctx context.Context) (*ThirdParties, error) {
	t := &ThirdParties{hosts: map[string]string{}, seen: map[string][]string{}}
	for _, party := range parties {
		var lc net.ListenConfig
		listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start third party %s: %w", party.host, err), t.Close())
		}
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		t.hosts[party.host] = party.label + ".localhost:" + port
		server := &http.Server{Handler: t.handler(party.host, party.pages), ReadHeaderTimeout: 5 * time.Second}
		t.servers = append(t.servers, server)
		go server.Serve(listener) // ends with Close
	}
	return t, nil
}

// Hosts maps each host of the example's policy to where it answers here.
func (t *ThirdParties) Hosts() map[string]string { return t.hosts }

// Seen returns how many requests each third party received, by its host in the
// policy.
func (t *ThirdParties) Seen() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := map[string]int{}
	for host, requests := range t.seen {
		counts[host] = len(requests)
	}
	return counts
}

// Close stops all of them.
func (t *ThirdParties) Close() error {
	var failed error
	for _, s := range t.servers {
		failed = errors.Join(failed, s.Close())
	}
	return failed
}

const logPath = "/requests"

func (t *ThirdParties) handler(host string, pages map[string]page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == logPath {
			t.showRequests(w, host)
			return
		}
		t.record(host, r)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		for path, p := range pages {
			if r.URL.Path == path || strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path) {
				w.Header().Set("Content-Type", p.mime)
				if strings.Contains(p.body, "%[1]s") {
					fmt.Fprintf(w, p.body, "http://"+t.hosts[host])
				} else {
					fmt.Fprint(w, strings.ReplaceAll(p.body, "%%", "%"))
				}
				return
			}
		}
		http.NotFound(w, r)
	})
}

const mostSeen = 200 // requests remembered a third party

func (t *ThirdParties) record(host string, r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := time.Now().Format("15:04:05") + " " + r.Method + " " + r.URL.RequestURI()
	if referrer := r.Referer(); referrer != "" {
		line += " from " + referrer
	}
	t.seen[host] = append(t.seen[host], line)
	if n := len(t.seen[host]); n > mostSeen {
		t.seen[host] = t.seen[host][n-mostSeen:]
	}
}

var requestsPage = template.Must(template.New("requests").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>{{.Host}}</title><style>body{font:1rem/1.5 system-ui;max-width:50rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}li{font-family:monospace}</style>
<h1>{{.Host}}</h1><p>This plays a third party. It has received {{len .Requests}} requests.</p><ol>{{range .Requests}}<li>{{.}}</li>{{end}}</ol></html>`))

func (t *ThirdParties) showRequests(w http.ResponseWriter, host string) {
	t.mu.Lock()
	requests := append([]string(nil), t.seen[host]...)
	t.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// An error here means that the reader has gone.
	_ = requestsPage.Execute(w, struct {
		Host     string
		Requests []string
	}{host, requests})
}

// Logs returns, by host of the policy in order, the address at which a third
// party shows what it received.
func (t *ThirdParties) Logs() []string {
	var found []string
	for host, here := range t.hosts {
		found = append(found, fmt.Sprintf("http://%s%s  (%s)", here, logPath, host))
	}
	sort.Strings(found)
	return found
}
