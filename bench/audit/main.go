package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime/pprof"
	"syscall"
	"time"

	"kept/internal/activity/analytics"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/audit"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
	"kept/internal/vault"
)

var (
	rows      = flag.Int("rows", 200_000, "events in all")
	perPerson = flag.Int("per-person", 20, "events of one person")
	database  = flag.String("database", "", "postgres://… with an empty schema; SQLite if empty")
	dir       = flag.String("dir", "", "folder for the data, kept for the next run; a temporary one if empty")
	verbose   = flag.Bool("report", false, "print the audit's report")
	profile   = flag.String("profile", "", "file for a CPU profile of the audit")
)

const text = `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller:
  name: Bench GmbH
  address: Messweg 1, 65183 Wiesbaden, DE
  email: privacy@bench.example
  officer: {email: dpo@bench.example}
  authority: {name: HBDI Hessen, url: https://datenschutz.hessen.de}
activities:
  analytics:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [visitor, time, page, language, browser]
    cookies: [{name: kept_visitor, lifetime: 13 months}]
    retention:
      - {from: collection, keep: 14 months, then: delete, every: 1 month}
`

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "kept-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(*dir)
	}
	b, err := open(ctx)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	if err := b.fill(ctx); err != nil {
		return err
	}
	began := time.Now()
	if _, err := b.events.Count(ctx, table); err != nil {
		return err
	}
	counting := time.Since(began)
	report(fmt.Sprintf("one plain count over %d events", *rows), "%8.2f s", counting.Seconds())
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	began = time.Now()
	used := cpu()
	found, err := b.audit.Run(ctx)
	if err != nil {
		return err
	}
	took := time.Since(began)
	report("audit of the nine guarantees", "%8.2f s   of it %.1f s of processor time; %.0f counts, %s, %d findings",
		took.Seconds(), (cpu() - used).Seconds(), took.Seconds()/counting.Seconds(), found.Verdict(), len(found.Findings()))
	out := io.Discard
	if *verbose || len(found.Findings()) > 0 {
		out = os.Stdout
	}
	return found.Text(out)
}

// cpu is what this process has used: a busy machine changes that little.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bench is an instance that only holds data.
type bench struct {
	db     *store.DB
	vault  *vault.Vault
	ledger *ledger.Ledger
	events *event.Store
	audit  *audit.Auditor
	policy *policy.Policy
}

func open(ctx context.Context) (*bench, error) {
	master, err := vault.MasterFromFile(filepath.Join(*dir, "master"), true)
	if err != nil {
		return nil, err
	}
	b := &bench{}
	if b.db, err = store.Open(ctx, store.Config{Dir: *dir, URL: *database}); err != nil {
		return nil, err
	}
	if b.vault, err = vault.Open(ctx, vault.Config{Dir: *dir, Master: master, Clock: clock.System}); err != nil {
		return nil, err
	}
	b.ledger, err = ledger.Open(ctx, b.db, ledger.Config{Origin: "bench.example/ledger", Key: bytes.Repeat([]byte{7}, 32), Clock: clock.System})
	if err != nil {
		return nil, err
	}
	manifests := []manifest.Manifest{
		analytics.Manifest(), consent.Manifest(), subject.Manifest(), rights.Manifest(), retain.Manifest(), audit.Manifest(), ledger.Manifest(), store.Manifest(),
	}
	p, findings := policy.Load("policy.yaml", []byte(text), manifest.Vocabulary(manifests), time.Now())
	if findings.HasErrors() {
		return nil, fmt.Errorf("the policy has mistakes: %+v", findings)
	}
	b.policy = p
	inForce := func() *policy.Policy { return p }
	subjects, err := subject.Open(ctx, b.db, b.vault, b.ledger, clock.System)
	if err != nil {
		return nil, err
	}
	if _, err = consent.Open(ctx, b.db, b.vault, b.ledger, subjects, clock.System, inForce, consent.Config{}); err != nil {
		return nil, err
	}
	if b.events, err = event.Open(ctx, b.db, b.vault, clock.System, analytics.Manifest().Tables); err != nil {
		return nil, err
	}
	b.audit, err = audit.Open(ctx, audit.Config{DB: b.db, Events: b.events, Vault: b.vault, Ledger: b.ledger, Clock: clock.System, Manifests: manifests, Policy: inForce})
	return b, err
}

func (b *bench) close(ctx context.Context) {
	b.events.Close(ctx)
	b.vault.Close()
	b.db.Close()
}

// report prints one figure.
func report(what, format string, args ...any) {
	fmt.Printf("%-50s %s\n", what, fmt.Sprintf(format, args...))
}
