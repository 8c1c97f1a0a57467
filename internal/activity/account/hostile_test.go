package account

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/store"
)

// Whoever reaches Microsoft with an address that is not theirs gets no way into the
// account that its owner makes of it: any tenant's administrator can type an address.
func TestAConfirmedAddressConnectsNoOtherBrowsersMicrosoftAccount(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		eve := h.browser(1)
		if got := eve.get(h.away(eve)); got.To != "/sent?what=register" {
			t.Fatalf("%d %s", got.Status, got.To)
		}
		ada := h.browser(2)
		if got := ada.post(h.link("ada@tenant.example")); got.Status != http.StatusSeeOther {
			t.Fatalf("confirm: %d\n%s", got.Status, got.Body)
		}
		if got := eve.get(h.away(eve)); got.To == "/" {
			t.Error("another browser's Microsoft account opens the account")
		}
	})
}

// A proof that was changed while somebody signed in with the old one opens nothing.
func TestASignInUnderWayEndsWithItsProof(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.registerWith(1, "ada@firma.example", sentence)
		e, err := h.entry()
		h.fatal(err)
		k, err := h.byEmail(ctx, h.DB, s.Email)
		h.fatal(err)
		h.fatal(h.SetPassword(ctx, s, "another sentence is fine"))
		if _, err := h.openProven(ctx, e, k.ID, false, "password = $2", k.Password); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the old password opens a session: %v", err)
		}
		k, err = h.byEmail(ctx, h.DB, s.Email)
		h.fatal(err)
		h.fatal(h.DeleteAccount(ctx, s))
		if _, err := h.openProven(ctx, e, k.ID, false, "password = $2", k.Password); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a deleted account opens a session: %v", err)
		}
	})
}

// A session that has ended changes no proof, also where its request was under way.
func TestAnEndedSessionChangesNoProof(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.registerWith(1, "ada@firma.example", sentence)
		other := h.session(h.enter(s.Account))
		h.fatal(h.EndSession(ctx, other, ""))
		if err := h.SetPassword(ctx, s, "another sentence is fine"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("it set a password: %v", err)
		}
		if _, err := h.SignIn(ctx, home(1), s.Email, sentence); err != nil {
			t.Errorf("the password was changed: %v", err)
		}
	})
}

// Signing in anew ends the session that the browser had, and proving once more who one
// is gives the session another cookie (ASVS 5.0 V7.2.4).
func TestEachProofGivesAnotherCookie(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.registerWith(1, "ada@firma.example", sentence)
		_, err := h.DB.ExecContext(t.Context(), "delete from account_session")
		h.fatal(err)
		b := h.browser(1)
		for range 2 {
			if got := b.post("/sign-in", "email", "ada@firma.example", "password", sentence); got.Status != http.StatusSeeOther {
				t.Fatalf("%d\n%s", got.Status, got.Body)
			}
		}
		if n := h.count(sessionTable); n != 1 {
			t.Errorf("%d sessions of one browser", n)
		}
		before := *b.cookie
		if got := b.post("/prove", "password", sentence, "back", "/account"); got.Status != http.StatusSeeOther || got.To != "/account" {
			t.Fatalf("%d %s", got.Status, got.To)
		}
		if b.cookie.Value == before.Value {
			t.Error("the cookie is the one before")
		}
		old := &browser{h: h, cookie: &before, from: home(1)}
		if got := old.get("/account"); got.Status == http.StatusOK {
			t.Errorf("the cookie before: %d", got.Status)
		}
		if got := b.get("/account"); got.Status != http.StatusOK {
			t.Errorf("the new one: %d", got.Status)
		}
	})
}

// two returns an owner of her own customer who acts for another's too, as an owner, and
// for that one now.
func (h *house) two() (bob, ada Session, cookie string) {
	h.t.Helper()
	ctx := context.Background()
	bob, ada = h.register(1, "bob@andere.example"), h.register(2, "ada@firma.example")
	h.invited(bob, 1, ada.Email, access.CustomerOwner)
	cookie = h.enter(ada.Account)
	h.fatal(h.Switch(ctx, h.session(cookie), bob.Customer))
	return bob, ada, cookie
}

// Who is removed from the customer for whom they act now does not act for another one
// unawares: the session is over.
func TestARemovedMemberActsForNobodyElseUnawares(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		bob, ada, cookie := h.two()
		for _, p := range h.must(h.People(t.Context(), bob.Customer)) {
			if p.Email == ada.Email {
				h.fatal(h.Remove(t.Context(), bob, p.Row))
			}
		}
		if s, err := h.Session(t.Context(), cookie); !fault.Is(err, fault.NotFound) {
			t.Errorf("the session acts for %s now: %v", s.Customer, err)
		}
		if s := h.session(h.enter(ada.Account)); s.Customer != ada.Customer {
			t.Errorf("signed in anew for %s", s.Customer)
		}
	})
}

func (h *house) must(all []Colleague, err error) []Colleague {
	h.t.Helper()
	h.fatal(err)
	return all
}

// What an owner does who was removed a moment before does not count.
func TestARemovedOwnersRequestUnderWayDoesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		owner := h.register(1, "bob@andere.example")
		stale := h.invited(owner, 2, "ada@firma.example", access.CustomerOwner)
		third := h.invited(owner, 3, "cyd@firma.example", access.CustomerBilling)
		rows := map[string]string{}
		for _, p := range h.must(h.People(ctx, owner.Customer)) {
			rows[p.Email] = p.Row
		}
		h.fatal(h.Assign(ctx, owner, rows[stale.Email], access.CustomerBilling))
		for name, act := range map[string]func() error{
			"assign": func() error { return h.Assign(ctx, stale, rows[third.Email], access.CustomerOwner) },
			"remove": func() error { return h.Remove(ctx, stale, rows[third.Email]) },
			"take":   func() error { return h.TakeBack(ctx, stale, "x") },
			"delete": func() error { return h.DeleteCustomer(ctx, stale) },
		} {
			if err := act(); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A role that nobody knows may do nothing.
func TestAnUnknownRoleMayDoNothing(t *testing.T) {
	if r := roleOf("superuser"); r != access.Nobody {
		t.Errorf("it is %q", r)
	}
}

// However often an owner invites an address and takes that back, it gets one mail in
// ten minutes, and the link in it is good.
func TestInvitationsAreNoMailBomb(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "bob@andere.example")
		for range 3 {
			h.Clock.Advance(time.Second)
			h.fatal(h.Invite(ctx, home(1), s, "ada@firma.example", access.CustomerAdmin, "en"))
			h.Work()
		}
		if n := len(h.Sink.To("ada@firma.example")); n != 1 {
			t.Errorf("%d mails", n)
		}
		h.fatal(h.Invite(ctx, home(1), s, "ada@firma.example", access.CustomerBilling, "en"))
		h.Work()
		if i, err := h.Invitation(ctx, h.token("ada@firma.example")); err != nil || i.Role != access.CustomerBilling {
			t.Errorf("the link of the mail: %+v, %v", i, err)
		}
		open, err := h.Invitations(ctx, s.Customer)
		h.fatal(err)
		h.fatal(h.TakeBack(ctx, s, open[0].ID))
		h.fatal(h.Invite(ctx, home(1), s, "ada@firma.example", access.CustomerAdmin, "en"))
		h.Work()
		if open, err := h.Invitations(ctx, s.Customer); err != nil || len(open) != 0 || len(h.Sink.To("ada@firma.example")) != 1 {
			t.Errorf("taken back and invited: %d open, %d mails, %v", len(open), len(h.Sink.To("ada@firma.example")), err)
		}
		h.Clock.Advance(10 * time.Minute)
		h.fatal(h.Invite(ctx, home(1), s, "ada@firma.example", access.CustomerAdmin, "en"))
		h.Work()
		if n := len(h.Sink.To("ada@firma.example")); n != 2 {
			t.Errorf("later: %d mails", n)
		}
	})
}

// An invitation that cannot be used up because the database fails is not said to be
// used: whoever holds it is told to try again.
func TestAFailureIsNotAUsedInvitation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s := h.register(1, "bob@andere.example")
		h.fatal(h.Invite(ctx, home(1), s, "ada@firma.example", access.CustomerAdmin, "en"))
		token := h.token("ada@firma.example")
		i, err := h.Invitation(ctx, token)
		h.fatal(err)
		err = h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, broken := tx.ExecContext(ctx, "alter table account_invitation rename to account_invitation_away")
			h.fatal(broken)
			return useUp(ctx, tx, i.ID)
		})
		if err == nil || fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
	})
}

// Until when a proof counts is gone within the hour after: it would tell when somebody
// signed in where the policy keeps days alone.
func TestTheTimeOfAProofGoes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.register(1, "ada@firma.example")
		h.Clock.Advance(freshLife + time.Minute)
		h.fatal(h.tidyMarks(t.Context()))
		var n int
		h.fatal(h.DB.QueryRowContext(t.Context(), "select count(*) from account_session where fresh_until is not null").Scan(&n))
		if n != 0 || h.count(sessionTable) != 1 {
			t.Errorf("%d times are left", n)
		}
	})
}

// An address that is corrected (Art. 16 GDPR) ends every open session and link: the
// session was that of whoever holds the address before.
func TestACorrectedAddressEndsSessions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		s, bob := h.register(1, "ada@firma.example"), h.register(2, "bob@andere.example")
		h.fatal(h.Forgotten(ctx, home(1), s.Email, "en"))
		h.Work()
		correct := func(field string) error {
			return h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				return h.Corrected(ctx, tx, "account", s.Subject, []string{field})
			})
		}
		h.fatal(correct(fieldFirst))
		if h.count(sessionTable) != 2 {
			t.Error("a corrected name ends sessions")
		}
		h.fatal(correct(fieldEmail))
		if h.count(sessionTable) != 1 || h.count(linkTable) != 0 {
			t.Errorf("%d sessions and %d links are left", h.count(sessionTable), h.count(linkTable))
		}
		h.session(h.enter(bob.Account))
	})
}

// A trial of a deletion leaves everything readable: no key is gone.
func TestATrialDestroysNoKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := h.register(1, "ada@firma.example")
		_, err := h.DeleteFor(t.Context(), s.Customer, "staff", true)
		h.fatal(err)
		h.Work()
		if got, _, err := h.Registered(t.Context(), s.Customer); err != nil || got != s.Email {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// What somebody types is asked for once they have proven who they are: nothing of it is
// lost on the way there.
func TestNothingIsTypedBeforeAProof(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := h.registerWith(1, "ada@firma.example", sentence)
		b := h.browser(1)
		b.cookie = h.cookie(h.enter(s.Account))
		page := b.get("/account")
		for _, field := range []string{"new-email", "new-password"} {
			if strings.Contains(page.Body, `name="`+field+`"`) {
				t.Errorf("%s is asked for before a proof", field)
			}
		}
		if n := strings.Count(page.Body, `href="/prove?back=%2Faccount"`); n != 3 {
			t.Errorf("%d ways to a proof\n%s", n, page.Body)
		}
		if got := b.post("/prove", "back", "/account", "password", sentence); got.To != "/account" {
			t.Fatalf("proof: %d %s", got.Status, got.To)
		}
		page = b.get("/account")
		if !strings.Contains(page.Body, `name="new-email"`) || !strings.Contains(page.Body, `name="new-password"`) {
			t.Errorf("after a proof\n%s", page.Body)
		}
		if got := b.post("/account/address", "new-email", "ada@neu.example"); got.To != "/sent?what=address" {
			t.Errorf("the address: %d %s", got.Status, got.To)
		}
	})
}
