package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/inforce"
	"kept/internal/policy"
	"kept/internal/store"
)

// PolicyError is a policy that does not pass its checks.
type PolicyError struct {
	File     string
	Findings policy.Findings
}

// Error says how many mistakes there are and how to see them.
func (e *PolicyError) Error() string {
	return fmt.Sprintf("the policy %s does not pass its checks; see: kept check %s", e.File, e.File)
}

// TakeOverError is a policy that would end data and that nobody has confirmed.
type TakeOverError struct{ Plan retain.Plan }

// Error says how to confirm.
func (e *TakeOverError) Error() string {
	return fmt.Sprintf("the changed policy would end data earlier (%d rows at once), so it waits for a person as plan %s: confirm it in the console under Due, or start once with --confirm %s", due(e.Plan), e.Plan.ID, e.Plan.ID)
}

// load reads and checks the policy file as of today.
func load(cfg Config) (*policy.Policy, error) {
	src, err := os.ReadFile(cfg.Policy)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the policy cannot be read; name its file with --policy: %w", err)
	}
	p, findings := policy.Load(cfg.Policy, src, Vocabulary(), cfg.Clock.Now())
	if findings.HasErrors() {
		return nil, &PolicyError{File: cfg.Policy, Findings: findings}
	}
	tell(cfg.Log, "policy", findings)
	return p, nil
}

// tell logs what the checks find in a policy that goes into force all the same.
func tell(log *slog.Logger, what string, findings policy.Findings) {
	for _, f := range findings {
		log.Warn(what, "place", fmt.Sprintf("%s:%s", f.File, f.Pos), "code", f.Code, "problem", f.Problem)
	}
}

// begin puts the policy in force at the start of an instance.
func (a *App) begin(ctx context.Context, next *policy.Policy) error {
	hash, source, err := a.InForce.Last(ctx)
	switch {
	case fault.Is(err, fault.NotFound):
		return a.take(ctx, nil, next, false)
	case err != nil:
		return err
	case hash == next.Hash:
		return a.InForce.Resume(ctx, next)
	}
	old, err := a.reread(source)
	if err != nil {
		return err
	}
	err = a.replace(ctx, old, next)
	var waits *TakeOverError
	if errors.As(err, &waits) && a.Config.Confirm == "" {
		a.Log.Warn("the changed policy waits for a person; the former one goes on", "plan", waits.Plan.ID, "would end", due(waits.Plan))
		return a.InForce.Resume(ctx, old)
	}
	return err
}

// reread makes a policy of a file that was in force. It passed the checks of its
// day; what today's add is told, and no reason not to go on with it.
func (a *App) reread(source []byte) (*policy.Policy, error) {
	p, findings := policy.Load("the policy in force", source, Vocabulary(), a.Clock.Now())
	if p == nil || p.Hash == "" {
		return nil, fault.New(fault.Internal, "the policy that was in force cannot be read any more")
	}
	tell(a.Log, "the policy in force, by today's checks", findings)
	return p, nil
}

// due counts the rows that a plan ends at once.
func due(plan retain.Plan) int64 {
	var rows int64
	for _, i := range plan.Items {
		rows += i.Due
	}
	return rows
}

// Reload reads the policy file again and takes it over, or leaves the one in
// force and returns why: a PolicyError or a TakeOverError.
func (a *App) Reload(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	next, err := load(a.Config)
	if err != nil {
		return err
	}
	book, err := plans(a.Config.Plans)
	if err != nil {
		return err
	}
	old := a.InForce.Now()
	if old.Hash != next.Hash {
		if err := a.replace(ctx, old, next); err != nil {
			return err
		}
	}
	a.office.Sell(book)
	return nil
}

// replace puts next in force in the place of old, unless it is an earlier text
// that nobody asked for, or would end something that nobody has confirmed.
func (a *App) replace(ctx context.Context, old, next *policy.Policy) error {
	if err := a.ground.canWrite(next); err != nil {
		return err
	}
	if err := a.Config.canSignIn(next); err != nil {
		return err
	}
	back, err := a.returns(ctx, old, next)
	if err != nil {
		return err
	}
	plan, err := a.Retain.TakeOver(ctx, old, next)
	if err != nil {
		return err
	}
	if len(plan.Waits) > 0 && a.Config.Confirm == plan.ID {
		if _, err := a.Retain.Confirm(ctx, plan.ID, "command line"); err != nil {
			return err
		}
		if plan, err = a.Retain.TakeOver(ctx, old, next); err != nil {
			return err
		}
	}
	if len(plan.Waits) > 0 {
		return &TakeOverError{Plan: plan}
	}
	if err := a.take(ctx, old, next, back); err != nil {
		return err
	}
	a.Config.TakeBack = "" // it was for once
	return nil
}

// returns reports whether next was in force before old. A node that starts with
// a file that was forgotten there would put it in force for all nodes, so a
// return needs the word of a person: which text is to be left.
func (a *App) returns(ctx context.Context, old, next *policy.Policy) (back bool, err error) {
	until, err := a.InForce.Replaced(ctx, next.Hash)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if said := a.Config.TakeBack; len(said) < len(shortHash(old)) || !strings.HasPrefix(old.Hash, said) {
		return false, fault.New(fault.Conflict, "%s says what was in force until %s; the policy in force now is newer. Bring the newer file here; "+
			"or, to return to this text, give it another notice version, or start once with --take-back %s",
			a.Config.Policy, until.UTC().Format(time.RFC3339), shortHash(old))
	}
	return true, nil
}

// shortHash is as much of a policy's hash as a person has to type.
func shortHash(p *policy.Policy) string { return p.Hash[:12] }

// take puts next in force together with what that entails: rules that go on for
// older data, and the notices that receipts will point to.
func (a *App) take(ctx context.Context, old, next *policy.Policy, back bool) error {
	also := func(ctx context.Context, tx *store.Tx) error {
		if err := a.Retain.Adopt(ctx, tx, old, next); err != nil {
			return err
		}
		for _, lang := range next.Notice.Languages {
			n := notice.Build(next, lang)
			err := a.Consent.Publish(ctx, tx, consent.Notice{
				Hash: n.Hash(), Version: next.Notice.Version, Language: lang, HTML: string(n.Folded()), Text: n.Text(),
				PolicyHash: next.Hash, At: a.Clock.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	return a.InForce.Take(ctx, inforce.Change{From: old, To: next, Back: back, Also: also})
}
