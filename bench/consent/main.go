// Consent measures how many decisions a second one node stores over HTTP: each
// with its record, its person, its sealed proof and its pending leaf on the
// disk before the signed acknowledgement goes out.
//
// A handler that reads the same body and answers 204 runs first in the same
// process, so that the figure can be compared between machines. Clients and
// server share the cores.
//
//	go run ./bench/consent [-for 10s] [-clients 128] [-database postgres://…]
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

//go:embed policy.yaml
var source []byte

func main() {
	duration := flag.Duration("for", 10*time.Second, "how long each part runs")
	clients := flag.Int("clients", 128, "connections at once")
	database := flag.String("database", "", "PostgreSQL address of an empty schema; SQLite without it")
	flag.Parse()
	if err := run(*duration, *clients, *database); err != nil {
		fmt.Fprintln(os.Stderr, "bench/consent:", err)
		os.Exit(1)
	}
}

func run(duration time.Duration, clients int, database string) (err error) {
	dir, err := os.MkdirTemp("", "kept-bench-consent-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := open(dir, database)
	if err != nil {
		return err
	}
	defer h.close()
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	fmt.Printf("%s, %d cores, %d connections\n", h.db.Dialect(), runtime.GOMAXPROCS(0), clients)
	floor, err := measure("read the body, answer 204", bare, clients, duration)
	if err != nil {
		return err
	}
	decided, err := measure("accept all, stored with proof and leaf", h, clients, duration)
	if err != nil {
		return err
	}
	fmt.Printf("%-40s %.2f\n", "ratio", decided.rate()/floor.rate())
	return h.check(decided.answered)
}

// house is a consent service in service: the sequencer and the poll run too.
type house struct {
	db      *store.DB
	vault   *vault.Vault
	service *consent.Service
	notice  string
	stop    context.CancelFunc
	running sync.WaitGroup
}

func open(dir, database string) (*house, error) {
	ctx, stop := context.WithCancel(context.Background())
	h := &house{stop: stop, notice: "notice"}
	master, err := vault.MasterFromFile(filepath.Join(dir, "master"), true)
	if err != nil {
		return nil, err
	}
	if h.db, err = store.Open(ctx, store.Config{Dir: filepath.Join(dir, "data"), URL: database}); err != nil {
		return nil, err
	}
	if h.vault, err = vault.Open(ctx, vault.Config{Dir: filepath.Join(dir, "data"), Master: master, Clock: clock.System}); err != nil {
		return nil, err
	}
	seed, err := h.vault.Secret(ctx, "ledger", 32)
	if err != nil {
		return nil, err
	}
	log, err := ledger.Open(ctx, h.db, ledger.Config{Origin: "bench.example/ledger", Key: seed, Clock: clock.System})
	if err != nil {
		return nil, err
	}
	subjects, err := subject.Open(ctx, h.db, h.vault, log, clock.System)
	if err != nil {
		return nil, err
	}
	p, err := load()
	if err != nil {
		return nil, err
	}
	if h.service, err = consent.Open(ctx, h.db, h.vault, log, subjects, clock.System, func() *policy.Policy { return p }, consent.Config{}); err != nil {
		return nil, err
	}
	h.running.Go(func() { log.Run(ctx) })
	h.running.Go(func() { h.service.Run(ctx) })
	return h, h.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return h.service.Publish(ctx, tx, consent.Notice{Hash: h.notice, PolicyHash: p.Hash, Language: "en", Text: "text"})
	})
}

func load() (*policy.Policy, error) {
	own, title := consent.Manifest().Kind, policy.Text{"en": "visits", "de": "Besuche"}
	visits := policy.Kind{
		Name: "visits", Title: title, Moments: []policy.Moment{{Name: "collection", Title: title}},
		Fields: []policy.Field{{Name: "page", Category: "user.behavior.browsing_history", Title: title, Source: "device"}, {Name: "time", Category: "user.behavior.browsing_history", Title: title, Source: "device"}},
	}
	p, findings := policy.Load("policy.yaml", source, policy.Vocabulary{own.Name: &own, "visits": &visits}, time.Now())
	if findings.HasErrors() {
		return nil, fmt.Errorf("the policy has mistakes: %v", findings)
	}
	return p, nil
}

// ServeHTTP is what the center does with the banner's form.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out, err := h.service.Decide(r.Context(), consent.Request{
		All: r.PostForm.Get("choice") == "all", Source: consent.Banner, Language: "en", NoticeHash: r.PostForm.Get("notice"), Previous: h.service.State(r),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, out.Cookie)
	w.Header().Set("Content-Type", "application/json")
	w.Write(out.Receipt)
}

// check compares what was acknowledged with what is stored.
func (h *house) check(acknowledged int) error {
	for _, table := range []string{"consent_decision", "subject_identifier"} {
		var n int
		if err := h.db.QueryRowContext(context.Background(), "select count(*) from "+table).Scan(&n); err != nil {
			return err
		}
		if n < acknowledged {
			return fmt.Errorf("%d decisions were acknowledged, %s has %d", acknowledged, table, n)
		}
	}
	return nil
}

func (h *house) close() {
	h.stop()
	h.running.Wait()
	h.db.Close()
	h.vault.Close()
}

// result is what the clients of one part saw.
type result struct {
	answered int
	took     time.Duration
	times    []time.Duration
}

func (r result) rate() float64 { return float64(r.answered) / r.took.Seconds() }

// measure serves handler on a loopback port and asks it from so many
// connections as fast as they can.
func measure(name string, handler http.Handler, clients int, duration time.Duration) (result, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return result{}, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
	defer client.CloseIdleConnections()
	address := "http://" + listener.Addr().String() + "/privacy/choice"
	before, start := cpu(), time.Now()
	var (
		mu    sync.Mutex
		whole result
		first error
		group sync.WaitGroup
	)
	for range clients {
		group.Go(func() {
			times, err := ask(client, address, start.Add(duration))
			mu.Lock()
			defer mu.Unlock()
			whole.times = append(whole.times, times...)
			first = cmp.Or(first, err)
		})
	}
	group.Wait()
	whole.took, whole.answered = time.Since(start), len(whole.times)
	slices.Sort(whole.times)
	if first != nil || whole.answered == 0 {
		return whole, fmt.Errorf("%s: %w", name, cmp.Or(first, errors.New("no answer")))
	}
	fmt.Printf("%-40s %7.0f/s   p50 %v   p99 %v   %v CPU each\n", name, whole.rate(), whole.at(50), whole.at(99), ((cpu() - before) / time.Duration(whole.answered)).Round(time.Microsecond))
	return whole, nil
}

func (r result) at(percent int) time.Duration {
	return r.times[len(r.times)*percent/100].Round(10 * time.Microsecond)
}

func ask(client *http.Client, address string, until time.Time) (times []time.Duration, err error) {
	for time.Now().Before(until) {
		start := time.Now()
		response, err := client.Post(address, "application/x-www-form-urlencoded", strings.NewReader("choice=all&notice=notice"))
		if err != nil {
			return times, err
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil {
			return times, err
		}
		if response.StatusCode >= 300 {
			return times, fmt.Errorf("answered %s", response.Status)
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}
