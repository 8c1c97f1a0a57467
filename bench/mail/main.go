package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/vault"
)

func main() {
	letters := flag.Int("letters", 50_000, "mails of the campaign")
	connections := flag.Int("connections", mail.UsualConnections, "to the mail server")
	asSink := flag.Bool("sink", false, "be the mail server")
	pipelining := flag.Bool("pipelining", true, "let the mail server offer it")
	kind := flag.Bool("newsletter", false, "measure a campaign of the newsletter, with its own tables, instead of a plain one")
	var k kindRun
	flag.StringVar(&k.seed, "seed", "", "write the newsletter's subscribers into this folder, and no more")
	flag.StringVar(&k.dir, "dir", "", "measure one campaign to the subscribers in this folder")
	flag.BoolVar(&k.signed, "signed", false, "with -dir: sign the mails")
	flag.IntVar(&k.part, "part", 0, "with -newsletter: end a campaign of more letters after about so many")
	flag.StringVar(&k.listmonk, "listmonk", "", "with -newsletter: the folder of listmonk, to send the same beside it")
	flag.StringVar(&k.postgres, "postgres", os.Getenv("KEPT_TEST_POSTGRES"), "with -listmonk: where it may make a database")
	flag.IntVar(&k.rounds, "rounds", 3, "with -listmonk: how often each sends its campaign, in turns")
	flag.StringVar(&k.profile, "profile", "", "with -newsletter: write processor profiles to this file, and one with .signed")
	flag.Parse()
	if *asSink {
		if err := swallow(*pipelining); err != nil {
			fatal(err)
		}
		return
	}
	if *kind || k.seed != "" || k.dir != "" {
		k.readers = *letters
		if err := k.run(); err != nil {
			fatal(err)
		}
		return
	}
	for _, c := range []struct{ signed, pipelining bool }{{false, true}, {true, true}, {false, false}, {true, false}} {
		if err := measure(*letters, *connections, c.signed, c.pipelining); err != nil {
			fatal(err)
		}
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func measure(letters, connections int, signed, pipelining bool) error {
	ctx := context.Background()
	server, err := sink(pipelining)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kept-bench-mail-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(ctx, store.Config{Dir: dir})
	if err != nil {
		return err
	}
	c, err := fill(ctx, db, letters)
	if err != nil {
		return err
	}
	post, err := room(ctx, db, dir, server.address, signed)
	if err != nil {
		return err
	}
	before, begun := processorTime(), time.Now()
	tally, err := post.Dispatch(ctx, mail.Campaign{Activity: "news", Next: c.next, Record: c.record, Connections: connections})
	if err != nil {
		return err
	}
	took := time.Since(begun)
	fmt.Printf("signed %-5t pipelining %-5t  %6.0f mails/s  %4.0f µs of processor time each  %d sent  at most %d MB\n",
		signed, pipelining, float64(letters)/took.Seconds(), float64((processorTime()-before).Microseconds())/float64(letters), tally.Sent, mostMemory())
	var left int
	if err := db.QueryRowContext(ctx, "select count(*) from letter where done = 0").Scan(&left); err != nil {
		return err
	}
	if left > 0 || tally.Sent != int64(letters) {
		return fmt.Errorf("%d letters are not recorded, %d were sent", left, tally.Sent)
	}
	post.Close()
	runtime.GC()
	if err := db.Close(); err != nil {
		return err
	}
	return server.stop()
}

// room opens a post room as serve does, over a policy of one activity.
func room(ctx context.Context, db *store.DB, dir, address string, signed bool) (*mail.Post, error) {
	settings, err := relay(dir, address, signed)
	if err != nil {
		return nil, err
	}
	p := &policy.Policy{Activities: []policy.Activity{{Key: "news"}}}
	var dialer net.Dialer
	return mail.Open(ctx, mail.Config{
		DB: db, Policy: func() *policy.Policy { return p }, Clock: clock.System, Log: slog.Default(), Settings: settings,
		Dial: func(ctx context.Context, _, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
	})
}

// relay is how mails leave: to the sink, signed with a key of its own or not.
func relay(dir, address string, signed bool) (mail.Settings, error) {
	o := mail.Options{SMTP: vault.NewSecret("smtp://" + address), From: "Example Ltd <news@example.org>", Domain: "example.org", Listen: "127.0.0.1:0", Public: "https://example.org"}
	if signed {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return mail.Settings{}, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return mail.Settings{}, err
		}
		o.DKIMKey, o.DKIMSelector = filepath.Join(dir, "dkim.pem"), "2026a"
		if err := os.WriteFile(o.DKIMKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
			return mail.Settings{}, err
		}
	}
	return mail.Configure(o)
}

// campaign is a table of recipients.
type campaign struct {
	db    *store.DB
	after int
	text  string
}

// fill makes recipients; their letters are 6 kB each.
func fill(ctx context.Context, db *store.DB, letters int) (*campaign, error) {
	if _, err := db.ExecContext(ctx, "create table letter (place integer primary key, id text not null unique, name text not null, address text not null, done bigint not null)"); err != nil {
		return nil, err
	}
	err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i := range letters {
			_, err := tx.ExecContext(ctx, "insert into letter values ($1, $2, $3, $4, 0)", i+1, store.NewID(), fmt.Sprintf("Person %d", i), fmt.Sprintf("person%d@example.net", i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	line := "This is what has happened since the last letter, told in a line of usual length.\n"
	return &campaign{db: db, text: strings.Repeat(line, 6000/len(line))}, err
}

func (c *campaign) next(ctx context.Context, n int) ([]mail.Letter, error) {
	rows, err := c.db.QueryContext(ctx, "select place, id, name, address from letter where done = 0 and place > $1 order by place limit $2", c.after, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []mail.Letter
	for rows.Next() {
		var l mail.Letter
		if err := rows.Scan(&c.after, &l.ID, &l.Message.To.Name, &l.Message.To.Mail); err != nil {
			return nil, err
		}
		l.Message.Activity, l.Message.Lang, l.Message.Title = "news", "en", "News for "+l.Message.To.Name
		l.Message.Text = "Dear " + l.Message.To.Name + ",\n\n" + c.text
		l.Message.Why, l.Message.Stop = "You get this because you ordered our news.", "To stop it: https://example.org/privacy/newsletter/stop/"+l.ID
		l.Message.List = &mail.List{ID: "news", Title: "News", Unsubscribe: "https://example.org/privacy/newsletter/stop/" + l.ID}
		found = append(found, l)
	}
	return found, rows.Err()
}

func (c *campaign) record(ctx context.Context, tx *store.Tx, outcomes []mail.Outcome) error {
	for _, o := range outcomes {
		if _, err := tx.ExecContext(ctx, "update letter set done = $1 where id = $2", store.At(o.At), o.Message); err != nil {
			return err
		}
	}
	return nil
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// mostMemory is the most memory that the process had, in megabytes.
func mostMemory() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss >> 10
}
