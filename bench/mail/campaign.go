package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/newsletter"
	"kept/internal/activity/newsletter/issue"
	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

const newsPolicy = `kept: 1
notice: {version: 2026-11-01, languages: [en], jurisdiction: DE}
controller: {name: Example Ltd, address: "Street 1, 65183 Wiesbaden, DE", email: privacy@example.org}
activities:
  newsletter:
    purpose: marketing.communications.email
    basis: consent
    data: [email, name, proof_address, sign_up, confirmation, text_shown, dispatch]
    settings: {double_opt_in: true}
    retention:
      - {from: sign-up, keep: 7 days, then: delete, unless: confirmed}
      - {from: unsubscribe, keep: 0 days, then: delete}
      - {data: [dispatch], from: sent, keep: 90 days, then: delete}
`

// house is an instance with as much of it as a campaign needs.
type house struct {
	dir    string
	db     *store.DB
	vault  *vault.Vault
	jobs   *job.Queue
	news   *newsletter.Newsletter
	entry  *policy.Activity
	closes []func() error
}

// kindRun measures a campaign of the newsletter itself: its subscribers with what is
// sealed of them, a row for each letter, one letter made for each. Subscribers are
// written by a process of their own and each campaign is one more, so that the most
// memory is the campaign's.
type kindRun struct {
	seed, dir, profile string
	readers, part      int
	signed             bool
	listmonk, postgres string
	rounds             int
}

// line is what the mails say, over and over.
const line = "This is what has happened since the last letter, told in a line of usual length. "

func (k kindRun) run() error {
	ctx := context.Background()
	switch {
	case k.seed != "":
		return k.write(ctx)
	case k.dir != "":
		return k.measure(ctx)
	}
	dir, err := os.MkdirTemp("", "kept-bench-news-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := k.again(io.Discard, "-seed="+dir); err != nil {
		return err
	}
	if k.listmonk != "" {
		return k.beside(ctx, dir)
	}
	for _, signed := range []bool{false, true} {
		if _, err := k.once(dir, signed); err != nil {
			return err
		}
	}
	return nil
}

// beside sends the campaign in turns with listmonk, and says by how much it is faster.
func (k kindRun) beside(ctx context.Context, dir string) (err error) {
	l, err := openListmonk(ctx, k.listmonk, k.postgres, dir, k.readers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close(ctx)) }()
	var theirs, unsigned, signed []float64
	for range k.rounds {
		for _, turn := range []struct {
			rates *[]float64
			send  func() (float64, error)
		}{
			{&theirs, func() (float64, error) { return l.measure(ctx) }},
			{&unsigned, func() (float64, error) { return k.once(dir, false) }},
			{&signed, func() (float64, error) { return k.once(dir, true) }},
		} {
			rate, err := turn.send()
			if err != nil {
				return err
			}
			*turn.rates = append(*turn.rates, rate)
		}
	}
	base := overall(theirs)
	fmt.Printf("over all rounds: listmonk %.0f mails/s, Kept unsigned %.0f (%.2f times), signed %.0f (%.2f times)\n",
		base, overall(unsigned), overall(unsigned)/base, overall(signed), overall(signed)/base)
	return nil
}

// overall is the rate over several campaigns of as many mails.
func overall(rates []float64) float64 {
	var seconds float64
	for _, r := range rates {
		seconds += 1 / r
	}
	return float64(len(rates)) / seconds
}

// once sends a campaign from a process of its own and returns its rate.
func (k kindRun) once(dir string, signed bool) (rate float64, err error) {
	var said bytes.Buffer
	err = k.again(&said, "-dir="+dir, "-profile="+k.profile, fmt.Sprintf("-signed=%t", signed), fmt.Sprintf("-part=%d", k.part))
	if err != nil {
		return 0, err
	}
	fmt.Print(said.String())
	_, err = fmt.Sscanf(said.String(), "newsletter signed %t %f", &signed, &rate)
	return rate, err
}

// again runs this program once more.
func (k kindRun) again(out io.Writer, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, append(args, fmt.Sprintf("-letters=%d", k.readers))...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return cmd.Run()
}

func (k kindRun) write(ctx context.Context) error {
	h, err := open(ctx, k.seed, "127.0.0.1:1", false)
	if err != nil {
		return err
	}
	if err := h.subscribe(ctx, k.readers); err != nil {
		return err
	}
	return h.close()
}

func (k kindRun) measure(ctx context.Context) error {
	server, err := sink(true)
	if err != nil {
		return err
	}
	h, err := open(ctx, k.dir, server.address, k.signed)
	if err != nil {
		return err
	}
	id, done, err := h.unfinished(ctx)
	if err == nil && id == "" {
		id, err = h.compose(ctx)
	}
	if err != nil {
		return err
	}
	before, at, begun := processorTime(), mostMemory(), time.Now()
	ended, err := k.profiled()
	if err != nil {
		return err
	}
	c, err := k.send(ctx, h, id, done)
	if err != nil {
		return err
	}
	took, sent := time.Since(begun), float64(c.Tally.Sent-done)
	ended()
	used := processorTime() - before
	got, err := server.taken()
	if err != nil {
		return err
	}
	fmt.Printf("newsletter signed %-5t  %6.0f mails/s  %4.0f µs of processor time each  %.0f of %d sent, %d bytes each  at most %d MB (%d MB before it began)\n", k.signed,
		sent/took.Seconds(), float64(used.Microseconds())/sent, sent, c.Tally.Recipients, got.bytes/max(got.mails, 1), mostMemory(), at)
	if err := h.close(); err != nil {
		return err
	}
	return server.stop()
}

// unfinished returns a campaign that another run left after a part of it, and how many
// of its letters are sent. What is measured then is the sending alone: its letters are
// written down.
func (h *house) unfinished(ctx context.Context) (id string, done int64, err error) {
	all, err := h.news.Campaigns(ctx, 100)
	for _, c := range all {
		switch {
		case err != nil || c.State != newsletter.Sending:
		case id == "":
			id, done = c.ID, c.Tally.Sent
		default:
			err = h.news.Cancel(ctx, c.ID, "")
		}
	}
	return id, done, err
}

// compose makes a campaign of letters of 6 kB and schedules it.
func (h *house) compose(ctx context.Context) (id string, err error) {
	id, err = h.news.Compose(ctx, newsletter.Campaign{Name: "bench", Format: issue.Markdown, Contents: []string{""}, Sources: map[string]issue.Source{
		"en": {Title: "News", Body: "{{greeting}}\n\n" + strings.Repeat(line+"\n\n", 1800/len(line)) + "[Read](https://example.org/read)"}}})
	if err != nil {
		return "", err
	}
	return id, h.news.Schedule(ctx, id, newsletter.When{}, "")
}

// send has a campaign sent, to its end or to the part that is wanted.
func (k kindRun) send(ctx context.Context, h *house, id string, done int64) (newsletter.Campaign, error) {
	for {
		if _, err := h.jobs.Step(ctx); err != nil {
			return newsletter.Campaign{}, err
		}
		c, err := h.news.Campaign(ctx, id)
		if err != nil || c.State == newsletter.Done || k.part > 0 && c.Tally.Sent-done >= int64(k.part) {
			return c, err
		}
		if c.State != newsletter.Sending && c.State != newsletter.Scheduled {
			return c, fmt.Errorf("the campaign is %s", c.State)
		}
	}
}

// profiled writes a profile, if one is wanted, until ended is called.
func (k kindRun) profiled() (ended func(), err error) {
	if k.profile == "" {
		return func() {}, nil
	}
	if k.signed {
		k.profile += ".signed"
	}
	f, err := os.Create(k.profile)
	if err != nil {
		return nil, err
	}
	return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
}

func (h *house) close() error {
	for _, c := range h.closes {
		if err := c(); err != nil {
			return err
		}
	}
	return nil
}

func open(ctx context.Context, dir, address string, signed bool) (h *house, err error) {
	h = &house{dir: dir}
	log, clk := slog.New(slog.DiscardHandler), clock.System
	if h.db, err = store.Open(ctx, store.Config{Dir: h.dir}); err != nil {
		return nil, err
	}
	master, err := vault.MasterFromFile(filepath.Join(h.dir, "master.key"), true)
	if err != nil {
		return nil, err
	}
	if h.vault, err = vault.Open(ctx, vault.Config{Dir: filepath.Join(h.dir, "keys"), Master: master}); err != nil {
		return nil, err
	}
	seed, err := h.vault.Secret(ctx, "ledger", 32)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, h.db, ledger.Config{Origin: "kept/bench", Key: seed, Clock: clk})
	if err != nil {
		return nil, err
	}
	if h.jobs, err = job.Open(ctx, h.db, clk, log); err != nil {
		return nil, err
	}
	subjects, err := subject.Open(ctx, h.db, h.vault, l, clk)
	if err != nil {
		return nil, err
	}
	p, findings := policy.Load("policy.yaml", []byte(newsPolicy), manifest.Vocabulary([]manifest.Manifest{newsletter.Manifest(), mail.Manifest()}), time.Now())
	if findings.HasErrors() {
		return nil, fmt.Errorf("%v", findings)
	}
	inForce := func() *policy.Policy { return p }
	out, err := egress.Open(ctx, h.db, l, clk, inForce, egress.Options{})
	if err != nil {
		return nil, err
	}
	settings, err := relay(h.dir, address, signed)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	post, err := mail.Open(ctx, mail.Config{DB: h.db, Vault: h.vault, Ledger: l, Jobs: h.jobs, Subjects: subjects, Policy: inForce, Clock: clk, Log: log, Settings: settings,
		Dial: func(ctx context.Context, _, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		}})
	if err != nil {
		return nil, err
	}
	if err := (newsletter.Kind{}).Migrate(ctx, h.db); err != nil {
		return nil, err
	}
	h.news, err = newsletter.Open(ctx, activity.Env{Policy: inForce, DB: h.db, Vault: h.vault, Ledger: l, Jobs: h.jobs, Egress: out, Mail: post, Subjects: subjects, Clock: clk, Log: log,
		End: func(context.Context, *store.Tx, string, string, string, string) error { return nil }})
	h.entry = p.Activity(newsletter.Name)
	h.closes = []func() error{func() error { post.Close(); return nil }, h.vault.Close, h.db.Close}
	return h, err
}

// subscribe writes down readers as a confirmation leaves them, each sealed under
// keys of their own.
func (h *house) subscribe(ctx context.Context, readers int) error {
	const page = 2000
	rule := h.entry.RuleFor("email").ID
	for from := 0; from < readers; from += page {
		count := min(page, readers-from)
		who := make([]string, count)
		var refs []vault.Ref
		for i := range who {
			who[i] = store.NewID()
			refs = append(refs, vault.Ref{Subject: who[i], Rule: rule}, vault.Ref{Subject: who[i], Rule: newsletter.Name})
		}
		if err := h.vault.Prepare(ctx, refs...); err != nil {
			return err
		}
		err := h.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i, subject := range who {
				var sealed [3][]byte
				for k, v := range []string{fmt.Sprintf("reader%d@example.net", from+i), "Reader", fmt.Sprintf("Number%d", from+i)} {
					var err error
					place := "newsletter_subscriber." + []string{"email", "first_name", "last_name"}[k]
					if sealed[k], err = h.vault.Seal(ctx, vault.Ref{Subject: subject, Rule: rule}, place, []byte(v)); err != nil {
						return err
					}
				}
				now := store.At(time.Now())
				_, err := tx.ExecContext(ctx, "insert into newsletter_subscriber (id, subject, activity, signed_up_at, confirmed_at, email, first_name, last_name) values ($1, $2, $3, $4, $4, $5, $6, $7)",
					store.NewID(), subject, newsletter.Name, now, sealed[0], sealed[1], sealed[2])
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
