package app

import (
	"context"

	"kept/internal/activity"
	"kept/internal/duty/rights"
	"kept/internal/subject"
)

// serveRights lets a kind do its part when rights are carried out, and when what it
// holds has reached its time.
func (a *App) serveRights(kind string, r activity.Running) {
	if c, ok := r.(activity.Corrected); ok {
		a.Rights.OnCorrected(kind, c.Corrected)
	}
	if w, ok := r.(activity.Withdraws); ok {
		a.Rights.OnWithdrawal(kind, w.Withdraw)
	}
	if e, ok := r.(activity.Ending); ok {
		a.Rights.OnEnding(kind, e.Ending)
	}
	if l, ok := r.(activity.Leaving); ok {
		a.Retain.OnLeaving(kind, l.Leaving)
	}
	if t, ok := r.(activity.Tells); ok {
		a.Rights.OnTelling(kind, teller{t})
	}
}

// teller tells recipients by a kind's connection.
type teller struct{ kind activity.Tells }

// Tells implements rights.Teller.
func (t teller) Tells(activity, recipient string) bool { return t.kind.Tells(activity, recipient) }

// Tell implements rights.Teller.
func (t teller) Tell(ctx context.Context, news rights.News, key string) error {
	var addresses []string
	for _, i := range news.Person.Identifiers {
		if i.Kind == subject.Email {
			addresses = append(addresses, i.Value)
		}
	}
	return t.kind.Tell(ctx, news.Activity, news.Recipient, string(news.Right), addresses, key)
}
