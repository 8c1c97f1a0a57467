package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"kept/internal/clock"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/vault"
)

var (
	rows     = flag.Int("rows", 200_000, "rows of the month that is filled")
	perVisit = flag.Int("per-person", 20, "rows of one person in the month")
	lasting  = flag.Duration("for", 3*time.Second, "how long each number of appenders appends")
	hold     = flag.Int("hold", 100, "one person in so many is under hold when the month goes")
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
	b, err := openBench(ctx)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	for _, appenders := range []int{1, 64, 512} {
		if err := b.append(ctx, appenders); err != nil {
			return err
		}
	}
	if err := b.fill(ctx); err != nil {
		return err
	}
	if err := b.person(ctx); err != nil {
		return err
	}
	if *database == "" {
		if err := b.expire(ctx); err != nil {
			return err
		}
	}
	return b.drop(ctx)
}

// bench is an instance with one event table.
type bench struct {
	db     *store.DB
	vault  *vault.Vault
	events *event.Store
}

func openBench(ctx context.Context) (*bench, error) {
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
	return b, b.reopen(ctx)
}

func (b *bench) reopen(ctx context.Context) (err error) {
	b.events, err = event.Open(ctx, b.db, b.vault, clock.System, []manifest.Table{pageEvent})
	return err
}

func (b *bench) close(ctx context.Context) {
	b.events.Close(ctx)
	b.vault.Close()
	b.db.Close()
}

// report prints one figure.
func report(what, format string, args ...any) {
	fmt.Printf("%-58s %s\n", what, fmt.Sprintf(format, args...))
}
