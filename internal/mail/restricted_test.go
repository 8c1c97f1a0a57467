package mail_test

import (
	"context"
	"testing"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
)

func (h house) restrict(who string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *store.Tx) error { return h.Subjects.Restrict(ctx, tx, who, "disputed") })
}

func TestARestrictedPersonGetsNothingButTheAnswerTheyAskedFor(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		ada, bob := h.person("ada@example.org"), h.person("bob@example.org")
		before := h.enqueue(letter(ada, "ada@example.org")) // written while nothing was restricted
		h.restrict(ada)
		err := h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := h.Mail.Enqueue(ctx, tx, letter(ada, "ada@example.org"))
			return err
		})
		if !fault.Is(err, fault.Refused) {
			t.Errorf("a mail to a restricted person: %v", err)
		}
		owed := letter(ada, "ada@example.org")
		owed.Owed, owed.Title = true, "Ihre Auskunft"
		h.enqueue(owed)
		h.enqueue(letter(bob, "bob@example.org"))
		h.work()
		if got := len(h.Sink.Mails()); got != 2 {
			t.Errorf("%d mails left, want the answer and the one to somebody else", got)
		}
		if state := h.text("select state from mail_outbox where id = $1", before); state != string(mail.Refused) {
			t.Errorf("the mail from before is %s", state)
		}
	})
}

func TestACampaignPassesOverRestrictedPeople(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		ada, bob := h.person("ada@example.org"), h.person("bob@example.org")
		h.restrict(ada)
		letters := []mail.Letter{{ID: store.NewID(), Message: letter(ada, "ada@example.org")}, {ID: store.NewID(), Message: letter(bob, "bob@example.org")}}
		tally, err := h.Mail.Dispatch(ctx, mail.Campaign{
			Activity: "answers", Connections: 1,
			Next: func(context.Context, int) ([]mail.Letter, error) {
				next := letters
				letters = nil
				return next, nil
			},
			Record: func(context.Context, *store.Tx, []mail.Outcome) error { return nil },
		})
		if err != nil || tally.Sent != 1 || tally.Refused != 1 || len(h.Sink.Mails()) != 1 {
			t.Errorf("%+v, %d left, %v", tally, len(h.Sink.Mails()), err)
		}
	})
}
