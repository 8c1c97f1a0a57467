package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/duty/dataset"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/postgres"
	"kept/internal/remote/sqldata"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

var (
	database = flag.String("database", os.Getenv("KEPT_TEST_POSTGRES"), "postgres://… of a server")
	rows     = flag.Int("rows", 1_000_000, "rows of the 15 tables together")
	heavy    = flag.Int("heavy", 1_000_000, "further rows of one person")
	people   = flag.Int("people", 200, "people who ask, one after the other")
	clean    = flag.Bool("clean", false, "drop the schema at the end")
)

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	if *database == "" {
		return errors.New("name a server with -database")
	}
	db, err := postgres.Open(*database)
	if err != nil {
		return err
	}
	defer db.Close()
	begun := time.Now()
	if err := fill(ctx, db, *rows, *heavy); err != nil {
		return err
	}
	fmt.Printf("filled in %v\n", time.Since(begun).Round(time.Second))
	if *clean {
		defer db.ExecContext(ctx, "drop schema "+schema+" cascade")
	}
	e, err := open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	return measure(ctx, e)
}

func open(ctx context.Context) (*dataset.Estate, error) {
	c, err := pgconn.ParseConfig(store.Schema(*database, schema))
	if err != nil {
		return nil, err
	}
	source, err := sqldata.Open(sqldata.Config{
		Kind: sqldata.Postgres, Address: net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), Database: c.Database, Schema: schema,
		User: c.User, Password: vault.NewSecret(c.Password),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return egress.DialConfigured(ctx, "bench", network, address)
		},
	})
	if err != nil {
		return nil, err
	}
	datasets, findings := dataset.Read("shop.yml", []byte(file()))
	if findings.Failed() {
		return nil, findings
	}
	return dataset.Open(ctx, dataset.Config{Datasets: datasets, Systems: []*dataset.System{{Name: "shop", Source: source, Datasets: []string{"shop"}}}})
}

func person(i int) rights.Person {
	return rights.Person{Identifiers: []subject.Identifier{{Kind: subject.Email, Value: fmt.Sprintf("person%d@example.org", i)}}}
}

func measure(ctx context.Context, e *dataset.Estate) error {
	read := func(i int) (n int, err error) {
		err = e.Read(ctx, person(i), rights.Access, func(rights.Record) error { n++; return nil })
		return n, err
	}
	if _, err := read(1); err != nil { // connections and the schema
		return err
	}
	var access, plans []time.Duration
	total := 0
	for range *people {
		i := 1 + rand.IntN(customers(*rows)-1)
		begun := time.Now()
		if _, err := e.Plan(ctx, person(i), rights.Access, rights.Wish{}); err != nil {
			return err
		}
		plans = append(plans, time.Since(begun))
		begun = time.Now()
		n, err := read(i)
		if err != nil {
			return err
		}
		access = append(access, time.Since(begun))
		total += n
	}
	fmt.Printf("access of one person (%d rows on average): %s\n", total / *people, spread(access))
	fmt.Printf("the plan before, rows counted: %s\n", spread(plans))
	light := peak()
	begun := time.Now()
	n, err := read(0)
	if err != nil {
		return err
	}
	fmt.Printf("access of a person with %d rows: %v, memory at most %s before and %s after\n", n, time.Since(begun).Round(10*time.Millisecond), light, peak())
	return nil
}

// spread is median, p95 and the most.
func spread(all []time.Duration) string {
	slices.Sort(all)
	at := func(share float64) time.Duration {
		return all[min(int(share*float64(len(all))), len(all)-1)].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("median %v, p95 %v, most %v", at(0.5), at(0.95), at(1))
}

// peak is the most memory that this process ever had, as Linux counts it.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
