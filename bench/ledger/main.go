package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/store"
)

var (
	leaves   = flag.Int("leaves", 1_000_000, "leaves to append")
	batch    = flag.Int("batch", 4096, "leaves in one business transaction")
	proofs   = flag.Int("proofs", 2000, "random leaves to prove")
	database = flag.String("database", "", "postgres://… with an empty schema; SQLite if empty")
	dir      = flag.String("dir", "", "folder for the data; a temporary one if empty")
)

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
	db, err := store.Open(ctx, store.Config{Dir: *dir, URL: *database})
	if err != nil {
		return err
	}
	defer db.Close()
	l, err := ledger.Open(ctx, db, ledger.Config{
		Origin: "bench.example/ledger", Key: bytes.Repeat([]byte{1}, 32), Clock: clock.System,
		Published: filepath.Join(*dir, "outside", "checkpoint"),
	})
	if err != nil {
		return err
	}
	ids, err := appendAll(ctx, db, l)
	if err != nil {
		return err
	}
	if err := prove(ctx, l, ids); err != nil {
		return err
	}
	return verify(ctx, l)
}

var facts = map[string]any{
	"commitment": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef", "groups": []string{"statistics", "media"},
}

// appendAll returns ids of a sample of the leaves.
func appendAll(ctx context.Context, db *store.DB, l *ledger.Ledger) (sample []string, err error) {
	begun, used := time.Now(), cpu()
	for done := 0; done < *leaves; done += *batch {
		acts := make([]ledger.Act, min(*batch, *leaves-done))
		for i := range acts {
			acts[i] = ledger.Act{Kind: "consent.given", Facts: facts}
		}
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			ids, err := l.AppendAll(ctx, tx, acts)
			for i := 0; i < len(ids); i += 64 {
				sample = append(sample, ids[i])
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if _, err := l.Sequence(ctx); err != nil {
			return nil, err
		}
	}
	took := time.Since(begun)
	fmt.Printf("append    %d leaves in %v: %.0f/s (target 20,000/s), %.1f µs of CPU a leaf here\n",
		*leaves, took.Round(time.Millisecond), float64(*leaves)/took.Seconds(), float64((cpu()-used).Microseconds())/float64(*leaves))
	return sample, nil
}

// cpu is the time this process has computed: what a shared machine does not
// change. PostgreSQL's own is not in it.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func prove(ctx context.Context, l *ledger.Ledger, ids []string) error {
	took := make([]time.Duration, *proofs)
	for i := range took {
		id := ids[rand.IntN(len(ids))]
		begun := time.Now()
		p, err := l.Prove(ctx, id)
		if err != nil {
			return err
		}
		took[i] = time.Since(begun)
		if _, _, err := p.Verify(l.Key()); err != nil {
			return err
		}
	}
	slices.Sort(took)
	fmt.Printf("proof     median %v, p99 %v (target < 1 ms)\n", took[len(took)/2], took[len(took)*99/100])
	return nil
}

func verify(ctx context.Context, l *ledger.Ledger) error {
	begun := time.Now()
	r, err := l.Verify(ctx, nil)
	if err != nil {
		return err
	}
	if r.Bad != nil {
		return fmt.Errorf("the log is damaged: %s", r.Bad.What)
	}
	took := time.Since(begun)
	fmt.Printf("verify    %d leaves in %v: %.0f/s\n", r.Leaves, took.Round(time.Millisecond), float64(r.Leaves)/took.Seconds())
	return nil
}
