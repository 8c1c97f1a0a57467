package mail_test

import (
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
)

// Whoever types the addresses of many others makes this house write to some of them,
// not to all: over every network and address there is one bound for an hour. The
// operator is told once.
func TestStrangersTogetherAreBounded(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.Mail.Settings.Crowd = 3
		ask := func(most int) (taken int) {
			for range most {
				err := h.Mail.Stranger(t.Context(), "answers")
				switch {
				case err == nil:
					taken++
				case !fault.Is(err, fault.TooMany) || !strings.Contains(err.Error(), "in 30 minutes"):
					t.Fatal(err)
				}
			}
			return taken
		}
		h.Clock.Advance(30 * time.Minute)
		if n := ask(10); n != 3 {
			t.Errorf("%d of 10 were taken", n)
		}
		if err := h.Mail.Stranger(t.Context(), "another"); err != nil {
			t.Errorf("another form pays for it: %v", err)
		}
		h.work()
		told := h.Sink.To("privacy@agentur.example")
		if len(told) != 1 || !strings.Contains(told[0].Read().Text, "answers") {
			t.Fatalf("the operator got %d mails", len(told))
		}
		if n := mailLeaves(h); n != 1 {
			t.Errorf("%d leaves say so", n)
		}
		h.Clock.Advance(30 * time.Minute)
		if n := ask(2); n != 2 {
			t.Errorf("%d of 2 were taken in the next hour", n)
		}
	})
}

func mailLeaves(h house) int64 {
	_, err := h.Ledger.Sequence(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	all, err := h.Ledger.Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return all["mail.crowded"]
}
