package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/vault"
)

func TestAMailLeavesOnceItsTransactionIsCommitted(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		who := h.person("anne@example.org")
		stop := errors.New("stop")
		err := h.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := h.Mail.Enqueue(ctx, tx, letter(who, "anne@example.org")); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		h.work()
		if n := len(h.Sink.Mails()); n != 0 {
			t.Fatalf("%d mails of a transaction that was rolled back", n)
		}
		id := h.enqueue(letter(who, "anne@example.org"))
		h.work()
		sent := h.Sink.To("anne@example.org")
		if len(sent) != 1 {
			t.Fatalf("%d mails", len(sent))
		}
		in := sent[0].Read()
		if in.Title != "Grüße aus Köln" || in.To[0].Name != "Änne Müller" || in.MessageID != id+"@kept.example" || !in.Auto {
			t.Errorf("%+v", in)
		}
		if !strings.Contains(in.Text, "angekommen") || !strings.Contains(in.Text, "-- \nSie bekommen diese E-Mail, weil") {
			t.Errorf("text %q", in.Text)
		}
		if sent[0].From != "bounce+"+id+"@kept.example" {
			t.Errorf("comes back to %s", sent[0].From)
		}
	})
}

func TestOfAMailThatLeftTheRecordStaysAndTheKeyIsGone(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		who := h.person("anne@example.org")
		id := h.enqueue(letter(who, "anne@example.org"))
		key := vault.Ref{Subject: who, Rule: "mail/" + id}
		if has, err := h.Vault.Has(context.Background(), key); err != nil || !has {
			t.Fatalf("before: key %v, %v", has, err)
		}
		if text := h.CopyOf(who); !strings.Contains(text, "Anfrage ist angekommen") {
			t.Error("the person's copy does not show the mail that waits")
		}
		h.work()
		if has, err := h.Vault.Has(context.Background(), key); err != nil || has {
			t.Errorf("after: key %v, %v", has, err)
		}
		if state := h.text("select state from mail_outbox where id = $1 and content is null and done_at is not null", id); state != "sent" {
			t.Errorf("state %s", state)
		}
		text := h.CopyOf(who)
		if !strings.Contains(text, "anne@example.org") || strings.Contains(text, "Anfrage ist angekommen") {
			t.Errorf("the copy says %s", text)
		}
		h.Clock.Advance(30*24*time.Hour + time.Minute)
		h.Sweep()
		if n := h.text("select count(*) from mail_outbox"); n != "0" {
			t.Errorf("%s records after their time", n)
		}
		if has, err := h.Vault.Has(context.Background(), vault.Ref{Subject: who, Rule: mail.Name}); err != nil || has {
			t.Errorf("the key of the record: %v, %v", has, err)
		}
	})
}

func TestAKeyStandsForOneMail(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		m := letter(h.person("anne@example.org"), "anne@example.org")
		m.Key = "answer/1"
		first := h.enqueue(m)
		if again := h.enqueue(m); again != first {
			t.Errorf("%s, then %s", first, again)
		}
		h.work()
		if again := h.enqueue(m); again != first {
			t.Errorf("%s, and once sent %s", first, again)
		}
		h.work()
		if n := len(h.Sink.Mails()); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestAMailWaitsForItsTime(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		m := letter(h.person("anne@example.org"), "anne@example.org")
		m.At = start.Add(48 * time.Hour)
		h.enqueue(m)
		h.work()
		h.Clock.Advance(47 * time.Hour)
		h.work()
		if n := len(h.Sink.Mails()); n != 0 {
			t.Fatalf("%d mails too early", n)
		}
		h.Clock.Advance(time.Hour)
		h.work()
		if n := len(h.Sink.Mails()); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// outcomes listens to every event.
func (h house) outcomes() *[]mail.Outcome {
	var all []mail.Outcome
	for _, e := range []mail.Event{mail.Sent, mail.Refused, mail.Bounced, mail.Complained} {
		h.Mail.On(e, func(_ context.Context, _ *store.Tx, o mail.Outcome) error {
			all = append(all, o)
			return nil
		})
	}
	return &all
}

func TestARelayThatIsBusyIsAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		busy := true
		h.Sink.Answer = func(string) *smtp.SMTPError {
			if busy {
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back, anne@example.org"}
			}
			return nil
		}
		told := h.outcomes()
		h.enqueue(letter(h.person("anne@example.org"), "anne@example.org"))
		h.work()
		if len(*told) != 0 {
			t.Fatalf("told %v", *told)
		}
		if said := h.text("select error from job where kind = 'mail.send'"); !strings.Contains(said, "451") || strings.Contains(said, "anne") {
			t.Errorf("the job says %q", said)
		}
		busy = false
		h.Clock.Advance(time.Minute)
		h.work()
		if len(h.Sink.Mails()) != 1 || len(*told) != 1 || (*told)[0].Event != mail.Sent {
			t.Errorf("%d mails, told %v", len(h.Sink.Mails()), *told)
		}
	})
}

func TestARelayThatIsBusyForFiveDaysRefuses(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.Sink.Answer = func(string) *smtp.SMTPError {
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back"}
		}
		told := h.outcomes()
		h.enqueue(letter(h.person("anne@example.org"), "anne@example.org"))
		for day := 0; len(*told) == 0 && day < 24*8; day++ {
			h.work()
			h.Clock.Advance(time.Hour)
		}
		if len(*told) != 1 || (*told)[0].Event != mail.Refused || (*told)[0].Hard {
			t.Fatalf("told %v", *told)
		}
		if took := (*told)[0].At.Sub(start); took < 4*24*time.Hour || took > 6*24*time.Hour {
			t.Errorf("gave up after %s", took)
		}
	})
}

func TestARefusalIsReportedAndNothingStaysOfTheText(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.Sink.Answer = func(to string) *smtp.SMTPError {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no " + to + " here, 192.0.2.7"}
		}
		told := h.outcomes()
		who := h.person("anne@example.org")
		m := letter(who, "anne@example.org")
		m.Key = "k1"
		id := h.enqueue(m)
		h.work()
		want := mail.Outcome{Event: mail.Refused, Message: id, Activity: "answers", Subject: who, Key: "k1", Code: 550, Status: "5.1.1", Hard: true, At: start}
		if len(*told) != 1 || (*told)[0] != want {
			t.Fatalf("told %+v, want %+v", *told, want)
		}
		if said := h.text("select said from mail_outbox where content is null"); strings.Contains(said, "anne") || strings.Contains(said, "192.0.2.7") || !strings.Contains(said, "here") {
			t.Errorf("said %q", said)
		}
	})
}

func TestAListenerThatFailsDoesNotSendAgain(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		calls := 0
		h.Mail.On(mail.Sent, func(context.Context, *store.Tx, mail.Outcome) error {
			if calls++; calls < 3 {
				return errors.New("not now")
			}
			return nil
		})
		h.enqueue(letter(h.person("anne@example.org"), "anne@example.org"))
		for range 4 {
			h.work()
			h.Clock.Advance(time.Hour)
		}
		if calls != 3 || len(h.Sink.Mails()) != 1 {
			t.Errorf("%d calls, %d mails", calls, len(h.Sink.Mails()))
		}
	})
}

func TestWhatMayNotBeWritten(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		who := h.person("anne@example.org")
		for name, c := range map[string]struct {
			change func(*mail.Message)
			kind   fault.Kind
		}{
			"an activity that the policy does not have": {func(m *mail.Message) { m.Activity = "marketing" }, fault.Refused},
			"no text":                         {func(m *mail.Message) { m.Text = " \n" }, fault.Invalid},
			"no title":                        {func(m *mail.Message) { m.Title = "" }, fault.Invalid},
			"nobody":                          {func(m *mail.Message) { m.To = mail.Address{} }, fault.Invalid},
			"two recipients in one":           {func(m *mail.Message) { m.To.Mail = "a@example.org,b@example.org" }, fault.Invalid},
			"a command in the address":        {func(m *mail.Message) { m.To.Mail = "a@example.org>\r\nRCPT TO:<b@example.org" }, fault.Invalid},
			"a person not told why":           {func(m *mail.Message) { m.Why = "" }, fault.Invalid},
			"a person not told how to end it": {func(m *mail.Message) { m.Stop = "" }, fault.Invalid},
			"a list that cannot be left":      {func(m *mail.Message) { m.List = &mail.List{ID: "news"} }, fault.Invalid},
			"a header in a list's address": {func(m *mail.Message) {
				m.List = &mail.List{ID: "news", Unsubscribe: "https://x.example/>\r\nBcc: y@example.org"}
			}, fault.Invalid},
			"too much": {func(m *mail.Message) { m.Text = strings.Repeat("x", 2<<20) }, fault.TooLarge},
		} {
			m := letter(who, "anne@example.org")
			c.change(&m)
			err := h.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := h.Mail.Enqueue(ctx, tx, m)
				return err
			})
			if !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.write(func(ctx context.Context, tx *store.Tx) error { return h.Subjects.Object(ctx, tx, who, mail.Name) })
		err := h.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := h.Mail.Enqueue(ctx, tx, letter(who, "anne@example.org"))
			return err
		})
		if !fault.Is(err, fault.Refused) {
			t.Errorf("somebody who objected: %v", err)
		}
	})
}

func TestAnErasedPersonGetsNoMail(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		who := h.person("anne@example.org")
		m := letter(who, "anne@example.org")
		m.At = start.Add(time.Hour)
		h.enqueue(m)
		if _, err := h.Rights.Erase(context.Background(), who); err != nil {
			t.Fatal(err)
		}
		h.work()
		h.Clock.Advance(2 * time.Hour)
		h.work()
		if n := len(h.Sink.Mails()); n != 0 {
			t.Errorf("%d mails", n)
		}
		if n := h.text("select count(*) from mail_outbox"); n != "0" {
			t.Errorf("%s rows are left", n)
		}
	})
}
