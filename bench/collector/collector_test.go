package collector

import (
	"bytes"
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
	"sync"
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
		var atPlain, atKept, atGoat tally
		for range rounds {
			atPlain.add(flood(b, plain, requests, own))
			atKept.add(flood(b, collector, requests, own))
			if goat != nil {
				atGoat.add(flood(b, goat.address, goat.requests, own, goat.pid()))
			}
		}
		atPlain.report(b, "plain")
		atKept.report(b, "event")
		b.ReportMetric(median(atKept.rates)/median(atPlain.rates), "ratio")
		b.ReportMetric(median(atPlain.costs)/median(atKept.costs), "CPU-ratio")
		b.ReportMetric(milliseconds(paced(b, plain, requests, 1000)), "plain-p99-ms-at-1000/s")
		b.ReportMetric(milliseconds(paced(b, collector, requests, 1000)), "event-p99-ms-at-1000/s")
		if goat != nil {
			atGoat.report(b, "goat")
			b.ReportMetric(median(atKept.rates)/median(atGoat.rates), "x-goat")
			b.ReportMetric(milliseconds(paced(b, goat.address, goat.requests, 1000)), "goat-p99-ms-at-1000/s")
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

// request is the bytes of a visitor's request: all of them, or all but the
// event's id between head and tail.
type request struct {
	head, tail []byte
	bare       bool // there is no id
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
		all = append(all, request{head: []byte(head), tail: []byte(tail)})
	}
	return all
}

func message(id int64) string { return `{"v":1,"events":[{"id":"` + strconv.FormatInt(id, 10) }

// append writes the request with a fresh id.
func (r request) append(b []byte) []byte {
	b = append(b, r.head...)
	if r.bare {
		return b
	}
	b = strconv.AppendInt(b, event.NewID(time.Now()), 10)
	return append(b, r.tail...)
}

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

// caller sends one request after the other, on one connection if the server
// lets it.
type caller struct {
	address string
	conn    net.Conn // nil: to be dialled
	out     []byte
	in      [4096]byte
}

// do sends r and waits for its answer.
func (c *caller) do(r request) (err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return err
		}
	}
	c.out = r.append(c.out[:0])
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	n := 0
	for !bytes.Contains(c.in[:n], []byte("\r\n\r\n")) {
		m, err := c.conn.Read(c.in[n:])
		if err != nil {
			return err
		}
		n += m
	}
	if !bytes.HasPrefix(c.in[:n], []byte("HTTP/1.1 20")) {
		return fmt.Errorf("answered %.40q", c.in[:n])
	}
	if bytes.Contains(c.in[:n], []byte("\r\nConnection: close\r\n")) {
		c.close()
	}
	return nil
}

func (c *caller) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// round is what one round of load gave.
type round struct {
	answers int
	rate    float64 // answers a second
	cost    float64 // microseconds of processor time that each took, load included
}

// flood keeps every connection busy. It adds up the time of the processes: a
// busy machine changes that less than the rate.
func flood(b *testing.B, address string, requests []request, processes ...int) round {
	var all sync.WaitGroup
	counts := make([]int, connections)
	began, used := time.Now(), processorTime(b, processes)
	for i := range connections {
		all.Go(func() {
			c := caller{address: address}
			defer c.close()
			for n := i; time.Since(began) < length; n += connections {
				if err := c.do(requests[n%len(requests)]); err != nil {
					b.Error(err)
					return
				}
				counts[i]++
			}
		})
	}
	all.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return round{total, float64(total) / time.Since(began).Seconds(), float64((processorTime(b, processes) - used).Microseconds()) / float64(total)}
}

// paced sends rate requests a second, each at its time whatever became of those
// before, and returns the 99th percentile from that time to the answer.
func paced(b *testing.B, address string, requests []request, rate int) time.Duration {
	total := rate * int(length/time.Second)
	took := make([]time.Duration, total)
	due := make(chan int, total)
	began := time.Now()
	at := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second / time.Duration(rate)) }
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			c := caller{address: address}
			defer c.close()
			for n := range due {
				if err := c.do(requests[n%len(requests)]); err != nil {
					b.Error(err)
					return
				}
				took[n] = time.Since(at(n))
			}
		})
	}
	for n := range total {
		time.Sleep(time.Until(at(n)))
		due <- n
	}
	close(due)
	all.Wait()
	return percentile(took, 99)
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
