package account

import (
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/passkey/passkeytest"
	"kept/internal/store"
)

func TestAnAddressIsAllThatAnAccountTakes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.fatal(h.Register(ctx, home(1), " Ada@Firma.example ", "de"))
		if h.count(accountTable) != 0 || h.count(customerTable) != 0 {
			t.Fatal("there is an account before its address is confirmed")
		}
		token := h.token("ada@firma.example")
		session, err := h.Confirm(ctx, token, sentence, "de")
		h.fatal(err)
		s := h.session(session)
		if s.Email != "ada@firma.example" || s.Role != access.CustomerOwner || s.Customers != 1 || !s.HasPassword || !s.Fresh {
			t.Errorf("came in as %+v", s)
		}
		if h.count(arrivalTable) != 0 {
			t.Error("the address lies there still")
		}
		if _, err := h.Confirm(ctx, token, sentence, "de"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a used link: %v", err)
		}
		address, lang, err := h.Registered(ctx, s.Customer)
		if err != nil || address != s.Email || lang != "de" {
			t.Errorf("registered with %q, %q: %v", address, lang, err)
		}
		again, err := h.SignIn(ctx, home(1), "ADA@firma.example", sentence)
		h.fatal(err)
		if got := h.session(again); got.Account != s.Account || got.Fresh {
			t.Errorf("signed in as %+v", got)
		}
	})
}

// Nobody learns from an answer whether an address has an account; only its owner does.
func TestKnownAndUnknownAddressesGetOneAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.registerWith(1, "ada@firma.example", sentence)
		before := h.count("job")
		h.fatal(h.Register(ctx, home(2), "ada@firma.example", "en"))
		known := h.count("job") - before
		before = h.count("job")
		h.fatal(h.Register(ctx, home(3), "bob@firma.example", "en"))
		if unknown := h.count("job") - before; unknown != known {
			t.Errorf("work for a known address: %d, for an unknown one: %d", known, unknown)
		}
		if path := h.link("ada@firma.example"); path != "/sign-in" {
			t.Errorf("the owner is led to %s", path)
		}
		if path := h.link("bob@firma.example"); !strings.HasPrefix(path, "/confirm/") {
			t.Errorf("the stranger is led to %s", path)
		}
		h.fatal(h.Forgotten(ctx, home(4), "nobody@firma.example", "en"))
		h.Work()
		if n := len(h.Sink.To("nobody@firma.example")); n != 0 {
			t.Errorf("%d mails to an address that has no account", n)
		}
		_, unknown := h.SignIn(ctx, home(5), "nobody@firma.example", sentence)
		_, wrong := h.SignIn(ctx, home(6), "ada@firma.example", "another short sentence")
		_, broken := h.SignIn(ctx, home(7), "no address", sentence)
		for _, err := range []error{unknown, wrong, broken} {
			if !fault.Is(err, fault.Forbidden) || err.Error() != wrong.Error() {
				t.Errorf("answers differ: %v / %v", err, wrong)
			}
		}
		if n := h.count(arrivalTable); n != 1 {
			t.Errorf("%d addresses lie there, one waits for its link", n)
		}
	})
}

func TestLinksEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "ada@firma.example")
		h.Clock.Advance(11 * time.Minute)
		h.fatal(h.Forgotten(ctx, home(1), s.Email, "en"))
		first := h.token(s.Email)
		session, err := h.Enter(ctx, first)
		h.fatal(err)
		if got := h.session(session); got.Account != s.Account || !got.Fresh {
			t.Errorf("came in as %+v", got)
		}
		if _, err := h.Enter(ctx, first); !fault.Is(err, fault.NotFound) {
			t.Errorf("a used link: %v", err)
		}
		h.Clock.Advance(11 * time.Minute)
		h.fatal(h.Forgotten(ctx, home(1), s.Email, "en"))
		second := h.token(s.Email)
		h.fatal(h.SetPassword(ctx, h.session(session), "another short sentence"))
		if _, err := h.Enter(ctx, second); !fault.Is(err, fault.NotFound) {
			t.Errorf("a link outlives the new password: %v", err)
		}
		h.Clock.Advance(11 * time.Minute)
		h.fatal(h.Forgotten(ctx, home(1), s.Email, "en"))
		late := h.token(s.Email)
		h.fatal(h.Register(ctx, home(2), "bob@firma.example", "en"))
		unconfirmed := h.token("bob@firma.example")
		h.Clock.Advance(time.Hour)
		if _, err := h.Enter(ctx, late); !fault.Is(err, fault.NotFound) {
			t.Errorf("a link of an hour ago: %v", err)
		}
		if _, err := h.Confirm(ctx, unconfirmed, sentence, "en"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an address of an hour ago: %v", err)
		}
		if _, err := h.Enter(ctx, store.NewID()); !fault.Is(err, fault.NotFound) {
			t.Errorf("a guessed link: %v", err)
		}
		h.Clock.Advance(time.Hour)
		h.Work()
		if h.count(arrivalTable) != 0 || h.count(linkTable) != 0 {
			t.Error("what was not confirmed lies there still")
		}
	})
}

func TestAChangedProofEndsOtherSessions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.registerWith(1, "ada@firma.example", sentence)
		other, err := h.SignIn(ctx, home(2), s.Email, sentence)
		h.fatal(err)
		stranger := h.register(3, "bob@firma.example")
		h.fatal(h.SetPassword(ctx, s, "another short sentence"))
		if _, err := h.Session(ctx, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("a session outlives the password: %v", err)
		}
		if all, err := h.Sessions(ctx, s); err != nil || len(all) != 1 || !all[0].This {
			t.Errorf("sessions: %+v, %v", all, err)
		}
		if all, err := h.Sessions(ctx, stranger); err != nil || len(all) != 1 {
			t.Errorf("somebody else's: %+v, %v", all, err)
		}
		h.Work()
		if n := len(h.Sink.To(s.Email)); n != 2 {
			t.Errorf("%d mails: the owner is not told that the password changed", n)
		}
		if _, err := h.SignIn(ctx, home(1), s.Email, sentence); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the old password: %v", err)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "ada@firma.example")
		idle := h.enter(s.Account)
		h.Clock.Advance(sessionIdle + time.Second)
		if _, err := h.Session(ctx, idle); !fault.Is(err, fault.NotFound) {
			t.Errorf("after idling: %v", err)
		}
		busy := h.enter(s.Account)
		for range int(sessionLife / (6 * time.Hour)) {
			h.session(busy)
			h.Clock.Advance(6 * time.Hour)
		}
		h.Clock.Advance(time.Second)
		if _, err := h.Session(ctx, busy); !fault.Is(err, fault.NotFound) {
			t.Errorf("after its whole life: %v", err)
		}
		var all []string
		for range sessionsMost + 2 {
			h.Clock.Advance(time.Minute)
			token := h.enter(s.Account)
			all = append(all, token)
		}
		for i, token := range all {
			if _, err := h.Session(ctx, token); i < 2 != fault.Is(err, fault.NotFound) {
				t.Errorf("session %d: %v", i, err)
			}
		}
		h.fatal(h.SignOut(ctx, all[5]))
		if _, err := h.Session(ctx, all[5]); !fault.Is(err, fault.NotFound) {
			t.Errorf("after signing out: %v", err)
		}
		h.Clock.Advance(sessionIdle + time.Hour)
		h.Work()
		if n := h.count(sessionTable); n != 0 {
			t.Errorf("%d sessions that have ended lie there", n)
		}
	})
}

func TestTriesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.registerWith(1, "ada@firma.example", sentence)
		for range 10 {
			if _, err := h.SignIn(ctx, home(9), s.Email, "not the right sentence"); !fault.Is(err, fault.Forbidden) {
				t.Fatal(err)
			}
		}
		if _, err := h.SignIn(ctx, home(9), s.Email, sentence); !fault.Is(err, fault.TooMany) {
			t.Errorf("the guesser tries on: %v", err)
		}
		if _, err := h.SignIn(ctx, home(1), s.Email, sentence); err != nil {
			t.Errorf("the owner does not come in: %v", err)
		}
		for range 10 {
			h.fatal(h.Forgotten(ctx, home(8), s.Email, "en"))
		}
		if err := h.Forgotten(ctx, home(8), s.Email, "en"); !fault.Is(err, fault.TooMany) {
			t.Errorf("somebody causes mails on and on: %v", err)
		}
		h.Work()
		if n := len(h.Sink.To(s.Email)); n != 2 {
			t.Errorf("%d mails within ten minutes", n)
		}
	})
}

func TestAPasskeyOpensAnAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "ada@firma.example")
		other := h.register(2, "bob@firma.example")
		d := passkeytest.New(h.site())
		challenge := h.newChallenge(makes(s))
		if err := h.AddPasskey(ctx, other, challenge, d.Make(challenge)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a passkey that another session asked for: %v", err)
		}
		h.fatal(h.AddPasskey(ctx, s, challenge, d.Make(challenge)))
		if err := h.AddPasskey(ctx, s, challenge, d.Make(challenge)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a challenge is good twice: %v", err)
		}
		d.Count = 1
		challenge = h.newChallenge(signsIn)
		signed := d.Sign(challenge)
		token, err := h.SignInByPasskey(ctx, home(1), challenge, signed)
		h.fatal(err)
		in := h.session(token)
		if in.Account != s.Account {
			t.Errorf("came in as %+v", in)
		}
		if _, err := h.SignInByPasskey(ctx, home(1), challenge, signed); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an answer is good twice: %v", err)
		}
		challenge = h.newChallenge(signsIn)
		if _, err := h.SignInByPasskey(ctx, home(1), challenge, d.Sign(challenge)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a counter that stands still: %v", err)
		}
		d.Count = 2
		challenge = h.newChallenge(signsIn)
		h.Clock.Advance(challengeLife + time.Second)
		if _, err := h.SignInByPasskey(ctx, home(1), challenge, d.Sign(challenge)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an old challenge: %v", err)
		}
		challenge = h.newChallenge(proves(other))
		if err := h.ProvesByPasskey(ctx, home(1), other, challenge, d.Sign(challenge)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another's passkey proves: %v", err)
		}
		keys, err := h.Passkeys(ctx, s)
		if err != nil || len(keys) != 1 {
			t.Fatalf("%+v, %v", keys, err)
		}
		if err := h.RemovePasskey(ctx, other, keys[0].ID); err != nil || h.count(passkeyTable) != 1 {
			t.Errorf("somebody else removed it: %v", err)
		}
		h.fatal(h.RemovePasskey(ctx, in, keys[0].ID))
		d.Count = 3
		challenge = h.newChallenge(signsIn)
		if _, err := h.SignInByPasskey(ctx, home(1), challenge, d.Sign(challenge)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a removed passkey: %v", err)
		}
	})
}

// The new address holds once both owners have said so, and everything else of the
// account goes along.
func TestAnAddressIsChangedByBothMails(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.registerWith(1, "ada@firma.example", sentence)
		h.fatal(h.SetProfile(ctx, s, Profile{First: "Ada"}))
		d := passkeytest.New(h.site())
		challenge := h.newChallenge(makes(s))
		h.fatal(h.AddPasskey(ctx, s, challenge, d.Make(challenge)))
		h.Clock.Advance(11 * time.Minute)
		h.fatal(h.Move(ctx, home(1), s, "ada@neu.example", "en"))
		old, anew := h.token("ada@firma.example"), h.token("ada@neu.example")
		moved, err := h.Moved(ctx, anew)
		h.fatal(err)
		if moved {
			t.Fatal("one mail was enough")
		}
		if _, err := h.Moved(ctx, anew); !fault.Is(err, fault.NotFound) {
			t.Errorf("a link is good twice: %v", err)
		}
		if moved, err = h.Moved(ctx, old); err != nil || !moved {
			t.Fatalf("%v, %v", moved, err)
		}
		if _, err := h.SignIn(ctx, home(1), "ada@firma.example", sentence); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the old address: %v", err)
		}
		token, err := h.SignIn(ctx, home(1), "ada@neu.example", sentence)
		h.fatal(err)
		in := h.session(token)
		if in.Account != s.Account || in.Customer != s.Customer || in.Email != "ada@neu.example" {
			t.Errorf("came in as %+v", in)
		}
		if p, err := h.Profile(ctx, in); err != nil || p.First != "Ada" {
			t.Errorf("%+v, %v", p, err)
		}
		challenge = h.newChallenge(signsIn)
		if _, err := h.SignInByPasskey(ctx, home(1), challenge, d.Sign(challenge)); err != nil {
			t.Errorf("the passkey: %v", err)
		}
		if ok, err := h.Vault.Refs(ctx, s.Subject); err != nil || len(ok) > 2 { // the mail's record and the registry's own
			t.Errorf("keys of the former address: %v, %v", ok, err)
		}
		h.register(2, "bob@firma.example")
		h.Clock.Advance(11 * time.Minute)
		h.fatal(h.Move(ctx, home(1), in, "bob@firma.example", "en"))
		if path := h.link("bob@firma.example"); path != "/sign-in" {
			t.Errorf("an address that has an account is led to %s", path)
		}
		if moved, err := h.Moved(ctx, h.token("ada@neu.example")); err != nil || moved {
			t.Errorf("took another's address: %v, %v", moved, err)
		}
	})
}
