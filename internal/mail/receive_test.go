package mail_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"kept/internal/mail"
	"kept/internal/vault"
)

// incoming is a mail of another program.
const incoming = "From: Anne <anne@example.org>\r\nTo: contact@kept.example\r\nSubject: Frage\r\nMessage-ID: <a1@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGuten Tag, wann öffnen Sie?\r\n"

// door opens the receiver and returns its address.
func (h house) door(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Mail.ServeSMTP(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// inbox collects what a local part gets.
func (h house) inbox(local string) *[]mail.Incoming {
	var all []mail.Incoming
	h.Mail.Receive(local, func(_ context.Context, in mail.Incoming) error {
		all = append(all, in)
		return nil
	})
	return &all
}

func TestWhatComesInReachesItsHandler(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		contact, reply := h.inbox("contact"), h.inbox("reply+")
		at := h.door(t)
		to := []string{"Contact@kept.example", "reply+T0ken@KEPT.example"}
		if err := smtp.SendMail(at, nil, "anne@example.org", to, []byte(incoming)); err != nil {
			t.Fatal(err)
		}
		if n := h.text("select count(*) from mail_incoming where done_at is null and content is not null"); n != "2" {
			t.Fatalf("%s mails are stored when the server has said yes", n)
		}
		h.work()
		if len(*contact) != 1 || len(*reply) != 1 {
			t.Fatalf("%d and %d mails", len(*contact), len(*reply))
		}
		in := (*reply)[0]
		if in.Local != "reply+" || in.Token != "T0ken" || in.From.Mail != "anne@example.org" || in.Title != "Frage" || !strings.Contains(in.Text, "wann öffnen Sie?") || in.MessageID != "a1@example.org" || in.Auto || in.DSN != nil || !in.At.Equal(start) {
			t.Errorf("%+v", in)
		}
		if n := h.text("select count(*) from mail_incoming where done_at is not null and content is null"); n != "2" {
			t.Errorf("%s mails are cleared", n)
		}
		h.Clock.Advance(30*24*time.Hour + time.Minute)
		h.Sweep()
		if n := h.text("select count(*) from mail_incoming"); n != "0" {
			t.Errorf("%s records after their time", n)
		}
	})
}

func TestAHandlerThatFailsIsAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		var ids []string
		h.Mail.Receive("contact", func(_ context.Context, in mail.Incoming) error {
			if ids = append(ids, in.ID); len(ids) < 3 {
				return errors.New("not now")
			}
			return nil
		})
		if err := h.Mail.Bring(context.Background(), "anne@example.org", []string{"contact@kept.example"}, []byte(incoming)); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			h.work()
			h.Clock.Advance(time.Hour)
		}
		if len(ids) != 3 || ids[0] != ids[2] {
			t.Errorf("handed over as %v", ids)
		}
	})
}

func TestTheReceiverIsNoRelay(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.inbox("contact")
		at := h.door(t)
		for to, code := range map[string]int{
			"anne@example.org": 554, "contact@example.org": 554, "contact%example.org@kept.example": 550, "nobody@kept.example": 550,
			"postmaster": 501, "contact@sub.kept.example": 554, "bounce@kept.example": 550,
		} {
			err := smtp.SendMail(at, nil, "x@example.org", []string{to}, []byte(incoming))
			var said *textproto.Error
			if !errors.As(err, &said) || said.Code != code {
				t.Errorf("%s: %v", to, err)
			}
		}
		if n := h.text("select count(*) from mail_incoming"); n != "0" {
			t.Errorf("%s mails are stored", n)
		}
	})
}

func TestTheReceiverTakesNoMoreThanItMust(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.inbox("contact")
		at := h.door(t)
		err := smtp.SendMail(at, nil, "x@example.org", []string{"contact@kept.example"}, append([]byte(incoming), strings.Repeat("a line of text, again\r\n", 27<<20/23)...))
		var said *textproto.Error
		if !errors.As(err, &said) || said.Code != 552 {
			t.Errorf("27 MB: %v", err)
		}
		var many []string
		for range 21 {
			many = append(many, "contact@kept.example")
		}
		if err := smtp.SendMail(at, nil, "x@example.org", many, []byte(incoming)); !errors.As(err, &said) || said.Code != 452 {
			t.Errorf("21 recipients: %v", err)
		}
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		if _, err := in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "EHLO %s\r\n", strings.Repeat("a", 1<<20))
		if line, err := in.ReadString('\n'); err == nil && !strings.HasPrefix(line, "5") {
			t.Errorf("a line of 1 MB: %s", line)
		}
	})
}

func TestAMailOfSomebodyKnownIsTheirs(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		got := h.inbox("contact")
		who := h.person("anne@example.org")
		for range 2 {
			if err := h.Mail.Bring(context.Background(), "anne@example.org", []string{"contact@kept.example"}, []byte(incoming)); err != nil {
				t.Fatal(err)
			}
		}
		if text := h.CopyOf(who); !strings.Contains(text, "wann öffnen Sie?") {
			t.Error("the person's copy does not show the mail that waits")
		}
		if _, err := h.Rights.Erase(context.Background(), who); err != nil {
			t.Fatal(err)
		}
		h.work()
		if n := h.text("select count(*) from mail_incoming"); n != "0" {
			t.Errorf("%s mails after the erasure", n)
		}
		if len(*got) > 2 {
			t.Errorf("%d mails", len(*got))
		}
	})
}

func TestAMailOfAStrangerLeavesNoKey(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.inbox("contact")
		if err := h.Mail.Bring(context.Background(), "anne@example.org", []string{"contact@kept.example"}, []byte(incoming)); err != nil {
			t.Fatal(err)
		}
		id := h.text("select id from mail_incoming where subject is null")
		h.work()
		if has, err := h.Vault.Has(context.Background(), vault.Ref{Subject: id, Rule: "mail/" + id}); err != nil || has {
			t.Errorf("key %v, %v", has, err)
		}
	})
}

// report is what a mail server sends about a mail of ours.
func report(kind, id, status string) string {
	body := "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; anne@example.org\r\nAction: failed\r\nStatus: " + status + "\r\n"
	part := "message/delivery-status"
	if kind == "feedback-report" {
		part, body = "message/feedback-report", "Feedback-Type: abuse\r\nVersion: 1\r\n"
	}
	return "From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered\r\nContent-Type: multipart/report; report-type=" + kind + "; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: " + part + "\r\n\r\n" + body +
		"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + id + "@kept.example>\r\n\r\n--b--\r\n"
}

func TestWhatComesBackIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		contact := h.inbox("contact")
		told := h.outcomes()
		who := h.person("anne@example.org")
		id := h.enqueue(letter(who, "anne@example.org"))
		h.work()
		for _, c := range []struct {
			to, raw string
			want    mail.Outcome
		}{
			{"bounce+" + id, report("delivery-status", "someone.else", "5.1.1"), mail.Outcome{Event: mail.Bounced, Status: "5.1.1", Hard: true}},
			{"contact", report("delivery-status", id, "5.2.2"), mail.Outcome{Event: mail.Bounced, Status: "5.2.2"}},
			{"contact", report("feedback-report", id, ""), mail.Outcome{Event: mail.Complained}},
		} {
			*told = nil
			if err := h.Mail.Bring(context.Background(), "", []string{c.to + "@kept.example"}, []byte(c.raw)); err != nil {
				t.Fatal(err)
			}
			h.work()
			c.want.Message, c.want.Activity, c.want.Subject, c.want.At = id, "answers", who, start
			if len(*told) != 1 || (*told)[0] != c.want {
				t.Errorf("to %s: told %+v, want %+v", c.to, *told, c.want)
			}
		}
		if state := h.text("select state from mail_outbox where id = $1", id); state != "complained" {
			t.Errorf("state %s", state)
		}
		if len(*contact) != 0 {
			t.Errorf("%d reports went to the contact form", len(*contact))
		}
		*told = nil
		absent := "From: Anne <anne@example.org>\r\nAuto-Submitted: auto-replied\r\nSubject: Abwesend\r\n\r\nIch bin im Urlaub.\r\n"
		if err := h.Mail.Bring(context.Background(), "anne@example.org", []string{"bounce+" + id + "@kept.example"}, []byte(absent)); err != nil {
			t.Fatal(err)
		}
		h.work()
		if len(*told) != 0 || len(h.Sink.Mails()) != 1 {
			t.Errorf("an absence note was taken for %+v; %d mails have left", *told, len(h.Sink.Mails()))
		}
	})
}

func TestALetterOfACampaignComesBackByItsID(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		told := h.outcomes()
		r := &roll{db: h.DB}
		if err := r.fill(context.Background(), 1, person); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Mail.Dispatch(context.Background(), r.campaign(1)); err != nil {
			t.Fatal(err)
		}
		back := h.Sink.Mails()[0].From
		if err := h.Mail.Bring(context.Background(), "", []string{back}, []byte(report("delivery-status", "x", "5.1.1"))); err != nil {
			t.Fatal(err)
		}
		h.work()
		if len(*told) != 1 || (*told)[0].Message != h.text("select id from roll") || !(*told)[0].Hard {
			t.Errorf("told %+v", *told)
		}
	})
}
