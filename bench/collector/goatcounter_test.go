package collector

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// goatCounter is another collector, measured in the same run by the same load
// for comparison: page views by its documented pixel, /count.
type goatCounter struct {
	program, database string
	address           string
	process           *exec.Cmd
	requests          []request
}

// startGoatCounter starts the program that KEPT_BENCH_GOATCOUNTER names on a
// database of its own, with its own settings but for two: it keeps every single
// view, as Kept does, and it lets a visitor send as many as come.
// It returns nil without the variable.
func startGoatCounter(b *testing.B) *goatCounter {
	program := os.Getenv("KEPT_BENCH_GOATCOUNTER")
	if program == "" {
		return nil
	}
	g := &goatCounter{program: program, database: "sqlite+" + filepath.Join(b.TempDir(), "goat.sqlite3")}
	g.command(b, "db", "create", "site", "-createdb", "-vhost=stats.muster.example", "-user.email=me@muster.example", "-user.password=ordinary-words")
	g.command(b, "db", "query", "update sites set settings = json_set(settings, '$.collect', json_extract(settings, '$.collect') | 256)") // each view a row
	for n := range visitors {
		g.requests = append(g.requests, request{Head: fmt.Appendf(nil, "GET /count?p=/leistungen/seite-%d.html&r=https://suche-%d.example/x&s=1920,1080,1 HTTP/1.1\r\nHost: stats.muster.example\r\n"+
			"X-Forwarded-For: 217.0.%d.%d\r\nAccept-Language: de-DE\r\n"+
			"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:13%d.0) Gecko/20100101 Firefox/13%d.0\r\n\r\n",
			n%40, n%20, n/256, n%256, n%10, n%10), Bare: true})
	}
	g.start(b)
	return g
}

func (g *goatCounter) start(b *testing.B) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	g.address = free.Addr().String()
	free.Close()
	g.process = exec.Command(g.program, "serve", "-db", g.database, "-listen", g.address, "-tls", "http", "-automigrate", "-ratelimit", "count:1000000/1")
	if err := g.process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { g.end(syscall.SIGKILL) })
	for range 100 {
		if conn, err := net.Dial("tcp", g.address); err == nil {
			conn.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Fatal("GoatCounter does not answer")
}

func (g *goatCounter) pid() int { return g.process.Process.Pid }

func (g *goatCounter) end(how syscall.Signal) {
	if g.process.ProcessState == nil {
		_ = g.process.Process.Signal(how)
		_ = g.process.Wait() // its exit code says how it was ended
	}
}

func (g *goatCounter) command(b *testing.B, args ...string) string {
	out, err := exec.Command(g.program, append(args, "-db", g.database)...).CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (g *goatCounter) stored(b *testing.B) float64 {
	out := strings.Fields(g.command(b, "db", "query", "-format=csv", "select count(*) from hits"))
	n, err := strconv.ParseFloat(out[len(out)-1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// GoatCounter answers a hit first and stores it later: every ten seconds it stores
// what it has in memory. So a round against it begins with ten seconds that are not
// counted: in those that are, two of its stores fall, and it stores about as much as
// it accepts. What is left after the round is waited for, so that it takes nobody
// else's processor. Kept's rounds are the same, although it has nothing left to do.
const (
	stores  = 10 * time.Second
	lasting = 2 * stores
)

// compare prints the rates of both in rounds that take turns, and the processor time
// that each took for what it has stored.
func (g *goatCounter) compare(b *testing.B, kept order) {
	kept.Lead, kept.Length = stores, lasting
	var atKept, atGoat tally
	for range rounds {
		atKept.add(flood(b, kept, own))
		atGoat.add(g.flood(b, order{Address: g.address, Requests: g.requests, Lead: stores, Length: lasting}))
	}
	atKept.report(b, "event-beside-goat")
	atGoat.report(b, "goat")
	b.ReportMetric(median(atKept.rates)/median(atGoat.rates), "x-goat")
}

func (g *goatCounter) flood(b *testing.B, o order) round {
	before, used := g.stored(b), processorTime(b, g.pid())
	seen := load(b, o)
	g.settle(b, before+float64(seen.Answers+seen.Early))
	return seen.round(processorTime(b, g.pid()) - used)
}

// settle waits until so many hits are stored and the server rests.
func (g *goatCounter) settle(b *testing.B, hits float64) {
	for range 90 {
		used := processorTime(b, g.pid())
		time.Sleep(time.Second)
		if g.stored(b) >= hits && processorTime(b, g.pid())-used < 50*time.Millisecond {
			return
		}
	}
	b.Fatalf("GoatCounter has stored %.0f of %.0f hits a minute and a half later", g.stored(b), hits)
}

// report prints the server's memory, and what it has stored of the hits that it
// accepted: when it is stopped, and when it is killed.
func (g *goatCounter) report(b *testing.B) {
	b.ReportMetric(float64(peakMemory(b, g.pid()))/1e6, "goat-peak-MB")
	g.end(syscall.SIGTERM)
	for _, how := range []struct {
		signal syscall.Signal
		name   string
	}{{syscall.SIGTERM, "goat-stored-after-stop"}, {syscall.SIGKILL, "goat-stored-after-kill"}} {
		before := g.stored(b)
		g.start(b)
		accepted := load(b, order{Address: g.address, Requests: g.requests}).Answers
		g.end(how.signal)
		b.ReportMetric((g.stored(b)-before)/float64(accepted), how.name)
	}
}
