package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"kept/internal/app"
	"kept/internal/mail"
	"kept/internal/vault"
)

const (
	taken   = "the policy file is in force"
	refused = "policy refused, the former one goes on"
	shorter = "keep: 14 months, then: delete, every: 1 month"
)

var (
	planID    = regexp.MustCompile(`--confirm ([0-9a-z]{26})`) // in what a person reads
	plannedAt = regexp.MustCompile(`plan=([0-9a-z]{26})`)      // in the log of a start
)

// hangUp sends the signal and waits until one more line says text.
func hangUp(t *testing.T, p *process, text string) {
	t.Helper()
	before := p.err.count(text)
	fatal(t, p.signal(syscall.SIGHUP))
	fatal(t, p.waits("it logged once more "+text, func() bool { return p.err.count(text) > before }, p.err.grown))
}

// noticeAt fetches the notice as a visitor reads it.
func noticeAt(t *testing.T, p *process) string {
	t.Helper()
	got, err := newVisitor(p.site).get("/privacy?lang=en")
	fatal(t, err)
	fatal(t, got.want(http.StatusOK))
	return got.body
}

// SIGHUP takes a changed policy over, with a leaf; refuses a wrong one, and the
// former goes on.
func TestHangUpTakesTheChangedPolicyOver(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		p := i.serve()
		i.edit("name: Musteragentur GmbH", "name: Neue Agentur GmbH")
		hangUp(t, p, taken)
		if !strings.Contains(noticeAt(t, p), "Neue Agentur GmbH") {
			t.Error("the notice shows the former policy")
		}
		hangUp(t, p, taken) // nothing has changed: nothing is written

		i.edit("basis: consent", "basis: because")
		hangUp(t, p, refused)
		if !p.err.hasLine("policy.yaml:") || !p.err.hasLine("code=K") || !p.err.hasLine("remedy=") {
			t.Errorf("it does not say what is wrong and how to mend it:\n%s", p.said())
		}
		if !strings.Contains(noticeAt(t, p), "Neue Agentur GmbH") {
			t.Error("the former policy does not go on")
		}
		i.edit("basis: because", "basis: consent")
		i.edit("kept: 1", "kept: 1\n# the same, but for a comment")
		fatal(t, p.stop())
		if n := strings.Count(i.leaves(), `"policy.taken"`); n != 2 {
			t.Errorf("the log holds %d policies taken over, wanted 2", n)
		}
		i.holds()
	})
}

// A policy that shortens a period over existing data waits for a person, who
// confirms in the console, on the command line, or with a start.
func TestAShorterPeriodWaitsForAPerson(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		p := i.serve()
		fatal(t, newVisitor(p.site).accepts())

		// In the console, at once.
		i.edit(shorter, "keep: 13 months, then: delete, every: 1 month")
		plan := waitingPlan(t, p)
		owner := newVisitor(p.console)
		fatal(t, owner.signsIn(i.must("user", "invite", "owner@agentur.example", "--console", p.console)))
		page, err := owner.get("/due")
		fatal(t, err)
		if !strings.Contains(page.body, plan) {
			t.Errorf("the console does not show plan %s", plan)
		}
		i.wants(1)
		got, err := owner.post("/due/"+plan, url.Values{"answer": {"confirm"}})
		fatal(t, err)
		fatal(t, got.want(http.StatusSeeOther))
		i.wants(2)

		// On the command line, and then with a signal.
		i.edit("keep: 13 months", "keep: 12 months")
		plan = waitingPlan(t, p)
		if said := i.must("retain", "--confirm", plan); !strings.Contains(said, "Confirmed") {
			t.Errorf("retain --confirm says:\n%s", said)
		}
		hangUp(t, p, taken)
		i.wants(3)

		// With a start.
		fatal(t, p.stop())
		i.edit("keep: 12 months", "keep: 11 months")
		p = i.serve()
		fatal(t, p.logs("the former one goes on"))
		found := plannedAt.FindStringSubmatch(p.err.String())
		if found == nil {
			t.Fatalf("the start names no plan\n%s", p.said())
		}
		i.wants(3)
		fatal(t, p.stop())
		if r := i.run(i.serveArgs("--confirm", "00000000000000000000000000")...); r.code != exitFinding {
			t.Errorf("another plan's id lets it start: exit code %d\n%s", r.code, r.err)
		}
		p = i.serve("--confirm", found[1])
		i.wants(4)
		fatal(t, p.stop())
		fatal(t, i.serve().stop()) // no confirmation is needed twice
		i.holds()
	})
}

// opened opens the instance in this process, as serving does.
func (i *instance) opened() *app.App {
	i.t.Helper()
	a, err := app.Open(i.t.Context(), app.Config{
		Place: i.place, Policy: filepath.Join(i.dir, "policy.yaml"), Site: filepath.Join(i.dir, "site"), Listen: "127.0.0.1:0", Console: "127.0.0.1:0",
		Mail: mail.Options{SMTP: vault.NewSecret(relay[1]), From: relay[3]},
	})
	fatal(i.t, err)
	return a
}

// waitingPlan has the changed file looked at and returns the id of the plan that
// waits for a person.
func waitingPlan(t *testing.T, p *process) string {
	t.Helper()
	hangUp(t, p, refused)
	log := p.err.String()
	all := planID.FindAllStringSubmatch(log, -1)
	if len(all) == 0 {
		t.Fatalf("no plan waits:\n%s", log)
	}
	return all[len(all)-1][1]
}

// wants checks how many policies were taken over.
func (i *instance) wants(taken int) {
	i.t.Helper()
	err := eventually(i.t.Context(), func() error {
		if n := strings.Count(i.leaves(), `"policy.taken"`); n != taken {
			return fmt.Errorf("%d policies were taken over, wanted %d", n, taken)
		}
		return nil
	})
	fatal(i.t, err)
}

// The console and a signal may ask at the same moment: the policy is taken over
// once, and neither is told of a failure.
func TestTwoAskForTheSamePolicy(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		a := i.opened()
		i.edit("name: Musteragentur GmbH", "name: Neue Agentur GmbH")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := a.Reload(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		fatal(t, a.Close())
		i.wants(2)
	})
}
