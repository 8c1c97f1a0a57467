package account

import (
	"context"
	"fmt"
	"testing"

	"kept/internal/access"
	"kept/internal/activity/activitytest"
	"kept/internal/fault"
	"kept/internal/passkey/passkeytest"
	"kept/internal/remote/oidc"
)

// TestTheKindPassesItsExam has the kind examined: what it declares, collects, shows and
// ends.
func TestTheKindPassesItsExam(t *testing.T) {
	activitytest.Run(t, Kind{}, activitytest.Config{
		Policy: func(fields []string) string { return policyWith(fields, "[password, passkey, microsoft]", "") },
		Fields: everything,
		Plant:  plant,
		Use:    use,
		Ends:   nil,
	})
}

// plant has somebody register and give everything that the kind takes.
func plant(e *activitytest.House, n int) activitytest.Planted {
	h := &house{e, e.Running(Name).(*Accounts), e.T}
	ctx := context.Background()
	p := activitytest.Planted{Values: map[string]string{
		fieldEmail: fmt.Sprintf("planted%d@firma%d.example", n, n), fieldFirst: fmt.Sprintf("Vorname%dx", n), fieldLast: fmt.Sprintf("Nachname%dx", n),
		fieldPhone: fmt.Sprintf("+49 30 55500%03d", n),
	}}
	if err := h.Register(ctx, home(n%200), p.Values[fieldEmail], "de"); err != nil {
		return p // the policy takes no addresses
	}
	link := h.token(p.Values[fieldEmail])
	token, err := h.Confirm(ctx, link, "", "de")
	if fault.Is(err, fault.Invalid) { // the policy leaves nothing but a password
		token, err = h.Confirm(ctx, link, sentence, "de")
	}
	h.fatal(err)
	s := h.session(token)
	p.Subject = s.Subject
	h.fatal(h.SetProfile(ctx, s, Profile{First: p.Values[fieldFirst], Last: p.Values[fieldLast], Phone: p.Values[fieldPhone]}))
	d := passkeytest.New(h.site())
	challenge := h.newChallenge(makes(s))
	_ = h.AddPasskey(ctx, s, challenge, d.Make(challenge)) //nolint:errcheck // where the policy lists none, none is taken
	who := oidc.Person{Tenant: fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", n), Object: fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", n)}
	_ = h.Connect(ctx, s, who) //nolint:errcheck // likewise
	return p
}

// use has another customer's owner invite somebody who was planted: what the kind writes
// to people unasked.
func use(e *activitytest.House, p activitytest.Planted) {
	h := &house{e, e.Running(Name).(*Accounts), e.T}
	ctx := context.Background()
	k, err := h.byEmail(ctx, h.DB, "owner@use.example")
	var s Session
	if err != nil {
		s = h.register(222, "owner@use.example")
	} else {
		s = h.session(h.enter(k.ID))
		h.fatal(h.EndSession(ctx, s, ""))
	}
	h.fatal(h.Invite(ctx, home(221), s, p.Values[fieldEmail], access.CustomerAdmin, "de"))
}
