package consent

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

const (
	connections = 128
	length      = 4 * time.Second // of each round
	rounds      = 3
	body        = "choice=all&notice=" + notice
	message     = "POST /privacy/choice HTTP/1.1\r\nHost: www.muster.example\r\nSec-Fetch-Site: same-origin\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s"
)

func BenchmarkSQLite(b *testing.B)   { measure(b, storetest.SQLite(b)) }
func BenchmarkPostgres(b *testing.B) { measure(b, storetest.Postgres(b)) }

// measure prints decisions a second and their share of the plain handler's
// rate, medians of rounds that take turns, with the latency and the processor
// time of a decision, callers included. What was acknowledged is counted in the
// database afterwards.
func measure(b *testing.B, place store.Config) {
	h := open(b, place)
	decide := serve(b, h)
	plain := serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // read, as the form is; that is all
		w.WriteHeader(http.StatusNoContent)
	}))
	acknowledged := 0
	for b.Loop() {
		var base, rate, processor []float64
		var waits []time.Duration
		for range rounds {
			base = append(base, float64(len(flood(b, plain)))/length.Seconds())
			before := processorTime(b)
			took := flood(b, decide)
			acknowledged += len(took)
			waits = append(waits, took...)
			rate = append(rate, float64(len(took))/length.Seconds())
			processor = append(processor, float64((processorTime(b)-before).Microseconds())/float64(len(took)))
		}
		slices.Sort(waits)
		b.ReportMetric(median(base), "plain/s")
		b.ReportMetric(median(rate), "decisions/s")
		b.ReportMetric(median(rate)/median(base), "ratio")
		b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(median(processor), "cpu-µs")
	}
	for _, table := range []string{"consent_decision", "subject", "subject_identifier"} {
		var n int
		if err := h.db.QueryRowContext(context.Background(), "select count(*) from "+table).Scan(&n); err != nil {
			b.Fatal(err)
		}
		if n < acknowledged {
			b.Errorf("%d decisions were acknowledged, %s has %d", acknowledged, table, n)
		}
	}
	if place.URL == "" {
		b.ReportMetric(float64(size(b, place.Dir))/float64(acknowledged), "B/decision")
	}
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

// flood keeps every connection busy for a round and returns how long each
// answer took.
func flood(b *testing.B, address string) []time.Duration {
	took := make([][]time.Duration, connections)
	began := time.Now()
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for time.Since(began) < length {
				start := time.Now()
				if err := ask(conn, answers); err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	all.Wait()
	whole := slices.Concat(took...)
	if len(whole) == 0 {
		b.Fatal("nothing was answered")
	}
	return whole
}

func ask(conn net.Conn, answers *bufio.Reader) error {
	if _, err := fmt.Fprintf(conn, message, len(body), body); err != nil {
		return err
	}
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("answered %s", answer.Status)
	}
	return nil
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// size is how many bytes the database and the keys take.
func size(b *testing.B, dir string) (n int64) {
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		var s syscall.Stat_t
		if err := syscall.Stat(f, &s); err != nil {
			b.Fatal(err)
		}
		n += s.Size
	}
	return n
}
