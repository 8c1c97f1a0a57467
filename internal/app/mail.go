package app

import (
	"context"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
)

// openMail opens the post room. Without a relay it stores nothing; what waits
// there waits on.
func (a *App) openMail(ctx context.Context) (err error) {
	a.Mail, err = mail.Open(ctx, mail.Config{
		DB: a.DB, Vault: a.Vault, Ledger: a.Ledger, Jobs: a.Jobs, Subjects: a.Subjects, Policy: a.InForce.Now,
		Dial: a.Egress.DialOperator, Clock: a.Clock, Log: a.Log, Settings: a.ground.mail, TLS: a.tls(), Deposits: a.lock == nil,
	})
	return err
}

// canWrite returns Invalid if p has an activity that writes to people and this
// instance has no relay: it would take sign-ups that nobody could confirm.
func (g *ground) canWrite(p *policy.Policy) error {
	if g.mail.Relay != nil {
		return nil
	}
	for _, k := range Kinds() {
		if _, writes := k.(activity.Writer); !writes {
			continue
		}
		for _, entry := range p.OfKind(k.Manifest().Name) {
			return fault.New(fault.Invalid, "the activity %s writes to people by mail, and there is no relay: name it with --smtp and the sender with --mail-from", entry.Key)
		}
	}
	return nil
}
