package collector

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/analytics"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

const policy = `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
activities:
  analytics:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [visitor, time, page, referrer, scroll, outbound_link, search, video, download, campaign, language, truncated_ip, region, browser, os, device, screen]
    cookies: [{name: kept_visitor, lifetime: 2 years}]
    retention:
      - {from: collection, keep: 14 months, then: delete, every: 1 month}
`

const (
	visitors    = 500
	connections = 256
	length      = 4 * time.Second // of each round
	rounds      = 3               // of each
)

func BenchmarkSQLite(b *testing.B)   { measure(b, storetest.SQLite(b), startGoatCounter(b)) }
func BenchmarkPostgres(b *testing.B) { measure(b, storetest.Postgres(b), nil) }

// measure prints the figures of design.md's table: the collector's rate and its
// share of the plain handler's, medians of rounds that take turns; the latency
// at 1,000 requests a second; bytes an event; memory. It prints the same of
// GoatCounter if there is one.
func measure(b *testing.B, place store.Config, goat *goatCounter) {
	h := activitytest.Env(b, place, policy, clock.System, analytics.Kind{})
	requests := prepare(b, h)
	collector := serve(b, h.Handler())
	plain := serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // read, as the collector does; that is all
		w.WriteHeader(http.StatusNoContent)
	}))
	for b.Loop() {
		var atPlain, atKept tally
		for range rounds {
			atPlain.add(flood(b, order{Address: plain, Requests: requests}, own))
			atKept.add(flood(b, order{Address: collector, Requests: requests}, own))
		}
		atPlain.report(b, "plain")
		atKept.report(b, "event")
		b.ReportMetric(median(atKept.rates)/median(atPlain.rates), "ratio")
		b.ReportMetric(median(atPlain.costs)/median(atKept.costs), "CPU-ratio")
		b.ReportMetric(milliseconds(paced(b, plain, requests)), "plain-p99-ms-at-1000/s")
		b.ReportMetric(milliseconds(paced(b, collector, requests)), "event-p99-ms-at-1000/s")
		if goat != nil {
			goat.compare(b, order{Address: collector, Requests: requests})
			b.ReportMetric(milliseconds(paced(b, goat.address, goat.requests)), "goat-p99-ms-at-1000/s")
		}
	}
	if goat != nil {
		goat.report(b)
	}
	rows, err := h.Events.Count(context.Background(), "analytics_event")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(peakMemory(b, own))/1e6, "peak-MB")
	h.Close()
	if place.URL == "" {
		b.ReportMetric(float64(folderSize(b, filepath.Join(place.Dir, "events")))/float64(rows), "B/event")
	}
}

// prepare lets every visitor consent and be seen once.
func prepare(b *testing.B, h *activitytest.House) []request {
	var all []request
	for n := range visitors {
		choice, _ := h.Accept("statistics")
		page := fmt.Sprintf("/leistungen/seite-%d.html", n%40)
		tail := fmt.Sprintf(`","t":"page_view","u":%q,"r":"https://suche-%d.example/x","l":"de-DE","w":1920,"h":1080}]}`, page, n%20)
		r := httptest.NewRequest(http.MethodPost, analytics.Path, strings.NewReader(message(event.NewID(time.Now()))+tail))
		r.AddCookie(choice)
		r.RemoteAddr = fmt.Sprintf("217.0.%d.%d:4711", n/256, n%256)
		answer := h.Serve(r)
		if answer.StatusCode != http.StatusNoContent {
			b.Fatalf("a visitor is answered %d", answer.StatusCode)
		}
		cookies := choice.Name + "=" + choice.Value
		for _, c := range answer.Cookies() {
			cookies += "; " + c.Name + "=" + c.Value
		}
		body := message(event.NewID(time.Now())) + tail
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: www.muster.example\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: %d\r\nCookie: %s\r\n"+
			"Sec-Fetch-Site: same-origin\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:13%d.0) Gecko/20100101 Firefox/13%d.0\r\n\r\n%s",
			analytics.Path, len(body), cookies, n%10, n%10, `{"v":1,"events":[{"id":"`)
		all = append(all, request{Head: []byte(head), Tail: []byte(tail)})
	}
	return all
}

func message(id int64) string { return `{"v":1,"events":[{"id":"` + strconv.FormatInt(id, 10) }

func serve(b *testing.B, h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }() // ends with Close
	b.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// round is what one round of load gave.
type round struct {
	answers int     // all of them
	rate    float64 // answers a second, those within the lead not counted
	cost    float64 // microseconds of the server's processor time that each took
}

// flood has the load keep every connection busy. A busy machine changes the
// processor time of the server less than its rate.
func flood(b *testing.B, o order, server int) round {
	used := processorTime(b, server)
	seen := load(b, o)
	return seen.round(processorTime(b, server) - used)
}

// round is what was seen and what the server used for all of it, the lead too.
func (seen result) round(used time.Duration) round {
	all := seen.Answers + seen.Early
	return round{all, float64(seen.Answers) / seen.Took.Seconds(), float64(used.Microseconds()) / float64(all)}
}

// paced has the load send 1,000 requests a second and returns the 99th percentile
// of their latency. It takes so long that whatever is done from time to time, by
// either server, is in it.
func paced(b *testing.B, address string, requests []request) time.Duration {
	return load(b, order{Address: address, Requests: requests, Rate: 1000, Length: lasting}).P99
}

func folderSize(b *testing.B, dir string) int64 {
	var size int64
	files, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			b.Fatal(err)
		}
		size += info.Size()
	}
	return size
}
