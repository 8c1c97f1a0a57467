package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
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

// measureKind measures a campaign of the newsletter itself: its subscribers with
// what is sealed of them, a row for each letter, one letter made for each.
func measureKind(readers int, signed bool, profile string) error {
	ctx := context.Background()
	address, stop, err := sink(true)
	if err != nil {
		return err
	}
	h, err := open(ctx, address, signed)
	if err != nil {
		return err
	}
	defer os.RemoveAll(h.dir)
	if err := h.subscribe(ctx, readers); err != nil {
		return err
	}
	seeded := mostMemory()
	line := "This is what has happened since the last letter, told in a line of usual length. "
	id, err := h.news.Compose(ctx, newsletter.Campaign{Name: "bench", Format: issue.Markdown, Contents: []string{""}, Sources: map[string]issue.Source{
		"en": {Title: "News", Body: "{{greeting}}\n\n" + strings.Repeat(line+"\n\n", 1800/len(line)) + "[Read](https://example.org/read)"}}})
	if err != nil {
		return err
	}
	if err := h.news.Schedule(ctx, id, newsletter.When{}, ""); err != nil {
		return err
	}
	if profile != "" && !signed {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before, begun := processorTime(), time.Now()
	for {
		if _, err := h.jobs.Step(ctx); err != nil {
			return err
		}
		c, err := h.news.Campaign(ctx, id)
		if err != nil {
			return err
		}
		if c.State == newsletter.Done {
			took := time.Since(begun)
			pprof.StopCPUProfile()
			fmt.Printf("newsletter signed %-5t  %6.0f mails/s  %4.0f µs of processor time each  %d of %d sent  at most %d MB (%d MB before it began)\n", signed,
				float64(c.Tally.Sent)/took.Seconds(), float64((processorTime()-before).Microseconds())/float64(readers), c.Tally.Sent, readers, mostMemory(), seeded)
			break
		}
		if c.State != newsletter.Sending && c.State != newsletter.Scheduled {
			return fmt.Errorf("the campaign is %s", c.State)
		}
	}
	for _, c := range h.closes {
		if err := c(); err != nil {
			return err
		}
	}
	return stop()
}

func open(ctx context.Context, address string, signed bool) (h *house, err error) {
	h = &house{}
	if h.dir, err = os.MkdirTemp("", "kept-bench-news-"); err != nil {
		return nil, err
	}
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
