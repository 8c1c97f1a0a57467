package cleverreach_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/cleverreach"
	"kept/internal/remote/cleverreach/cleverreachtest"
	"kept/internal/vault"
)

func open(t *testing.T) (*cleverreachtest.Server, *cleverreach.Client, *clock.Manual) {
	clk := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	s := cleverreachtest.New(t, clk)
	return s, cleverreach.New(cleverreach.Config{Account: s.Account, HTTP: s.HTTP(), Host: cleverreachtest.Host, Clock: clk}), clk
}

func TestAReceiverComesIsSentToAndGoes(t *testing.T) {
	s, c, _ := open(t)
	ctx := t.Context()
	group, err := c.Group(ctx, "Kept newsletter")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.Group(ctx, "Kept newsletter"); err != nil || again != group {
		t.Errorf("the group is made twice: %d %v", again, err)
	}
	if err := c.Attributes(ctx, group, "firstname"); err != nil {
		t.Fatal(err)
	}
	ids, err := c.Upsert(ctx, group, []cleverreach.Receiver{
		{Email: "ada@person.example", Attributes: map[string]string{"firstname": "Ada", "shoe": "42"}, Tags: []string{"kept.one"}},
		{Email: "nobody@person.invalid"},
		{Email: "bob@person.example"},
	})
	if err != nil || len(ids) != 3 || ids[0] == 0 || ids[1] != 0 || ids[2] == 0 {
		t.Fatalf("%v %v", ids, err)
	}
	if r, err := c.Receiver(ctx, group, ids[0]); err != nil || r.Attributes["firstname"] != "Ada" || len(r.Attributes) != 1 {
		t.Errorf("%+v %v", r, err)
	}
	f, err := c.Filter(ctx, group, "one", "kept.one")
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Create(ctx, cleverreach.Mailing{Name: "one", Subject: "News", SenderName: "A", SenderEmail: "a@b.example", Text: "{UNSUBSCRIBE}", Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.Find(ctx, "one"); err != nil || found != m {
		t.Errorf("found %d, %v", found, err)
	}
	if draft, err := c.Draft(ctx, m); err != nil || !draft {
		t.Errorf("draft %v, %v", draft, err)
	}
	if err := c.Release(ctx, m); err != nil {
		t.Fatal(err)
	}
	if sent := s.Sent(); fmt.Sprint(sent) != "[[ada@person.example]]" {
		t.Errorf("sent to %v", sent)
	}
	s.Unsubscribe("bob@person.example", true)
	if gone, err := c.Inactive(ctx, group, 0); err != nil || len(gone) != 1 || gone[0].ID != ids[2] || gone[0].Bounced == 0 {
		t.Errorf("%+v %v", gone, err)
	}
	for range 2 { // a deletion can be asked for again
		if err := c.Delete(ctx, group, ids[0]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Receiver(ctx, group, ids[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("the receiver is there: %v", err)
	}
}

func TestATokenIsRenewed(t *testing.T) {
	s, c, clk := open(t)
	count := func() (n int) {
		for _, call := range s.Calls {
			if strings.Contains(call, "token.php") {
				n++
			}
		}
		return n
	}
	for step, want := range []int{1, 1, 2, 3} {
		switch step {
		case 2:
			s.Expire() // before its time
		case 3:
			clk.Advance(31 * 24 * time.Hour)
		}
		if _, err := c.Group(t.Context(), "x"); err != nil || count() != want {
			t.Fatalf("step %d: %d tokens, %v", step, count(), err)
		}
	}
}

// What went wrong has a kind, and says nobody's address and no secret.
func TestErrorsTellNothingOfPeopleOrSecrets(t *testing.T) {
	s, c, _ := open(t)
	group, err := c.Group(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]fault.Kind{"down": fault.Unavailable, "busy": fault.TooMany, "account": fault.Forbidden, "group": fault.NotFound, "many": fault.TooLarge} {
		in := []cleverreach.Receiver{{Email: "ada@person.example"}}
		to := group
		s.Down, s.Busy = what == "down", 0
		client := c
		switch what {
		case "busy":
			s.Busy = 1
		case "account":
			client = cleverreach.New(cleverreach.Config{Account: cleverreach.Account{ID: "client", Secret: vault.NewSecret("wrong-secret")}, HTTP: s.HTTP(), Host: cleverreachtest.Host, Clock: s.Clock})
		case "group":
			to = 7
		case "many":
			in = make([]cleverreach.Receiver, cleverreach.Batch+1)
		}
		_, err := client.Upsert(t.Context(), to, in)
		if !fault.Is(err, want) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for _, told := range []string{"ada@", "wrong-secret", s.Account.Secret.Reveal(), "token-"} {
			if strings.Contains(fmt.Sprintf("%+v", err), told) {
				t.Errorf("%s tells %s: %v", what, told, err)
			}
		}
	}
}

func TestAHookAnswersWhatWasAgreed(t *testing.T) {
	s, c, _ := open(t)
	group, err := c.Group(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := c.Upsert(t.Context(), group, []cleverreach.Receiver{{Email: "ada@person.example"}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Hook(t.Context(), group, "https://kept.example/hook", "v")
	if err != nil || token == "" {
		t.Fatal(token, err)
	}
	call := s.Unsubscribe("ada@person.example", false)
	if call.Header.Get(cleverreach.CallToken) != token {
		t.Error("the call bears another token")
	}
	body := make([]byte, 1000)
	n, _ := call.Body.Read(body)
	if e, err := cleverreach.ReadEvent(body[:n]); err != nil || e.Receiver != ids[0] || e.Group != group || e.Name != "receiver.unsubscribed" {
		t.Errorf("%+v %v", e, err)
	}
	for range 2 {
		if err := c.Unhook(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
