package contact_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contact"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestACorrespondenceByMail(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		answer(h, id, "Ja, er passt.\n<b>Sicher.</b>")
		m := p.latest()
		got := m.Read()
		if got.Title != "Re: "+p.title || !strings.Contains(got.Text, "<b>Sicher.</b>") || got.HTML != "" {
			t.Errorf("the answer is %q\n%s", got.Title, got.Text)
		}
		if raw := string(m.Raw); strings.Contains(raw, "Auto-Submitted") {
			t.Error("what a person wrote is marked as automatic")
		}
		for _, part := range []string{"You get this mail because", "/end/"} {
			if !strings.Contains(got.Text, part) {
				t.Errorf("the answer does not say %q:\n%s", part, got.Text)
			}
		}
		p.send(p.replyAddress(), "Re: "+p.title, "Danke!\n\n> Ja, er passt.", "Message-ID: <second@person.example>")
		answer(h, id, "Gern.")
		if last := p.latest().Read(); last.InReplyTo != "second@person.example" {
			t.Errorf("the second answer answers %q", last.InReplyTo)
		}
		v := look(h, id)
		if len(v.Written) != 4 || v.Written[2].Text != "Danke!\n\n> Ja, er passt." || v.Written[3].State != contact.Left || v.Waits {
			t.Errorf("%+v", v.Written)
		}
		// The same answer twice is one mail.
		sent := len(p.mails())
		for range 2 {
			desk(h, http.MethodPost, "/contact/"+id+"/answer", url.Values{"answer": {"Noch etwas."}, "once": {"abc"}})
		}
		if n := len(p.mails()) - sent; n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// Whoever enters somebody else's address fills no mailbox, and has us write
// nothing of theirs to it.
func TestTheAcknowledgementIsNoWeapon(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.first, p.last, p.title, p.text = "Buy", "now", "cheap pills", "https://spam.example"
		for range 4 {
			p.writes()
		}
		mails := p.mails()
		if len(mails) != 1 {
			t.Fatalf("%d mails", len(mails))
		}
		raw, text := string(mails[0].Raw), mails[0].Read().Text
		for _, typed := range []string{"Buy", "pills", "spam.example"} {
			if strings.Contains(raw, typed) || strings.Contains(text, typed) {
				t.Errorf("the mail repeats %q:\n%s", typed, text)
			}
		}
		if !strings.Contains(raw, "Auto-Submitted: auto-generated") {
			t.Error("it does not say that a machine wrote it")
		}
		h.Clock.Advance(24 * time.Hour)
		p.writes()
		if n := len(p.mails()); n != 2 {
			t.Errorf("%d mails on the second day", n)
		}
	})
}

// A mail that comes without the token is found by the mails that it refers to, or
// by its sender and title; a stranger's is a conversation of its own.
func TestMailsFindTheirConversation(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		const to = "contact@kept.example"
		p.send(to, "A question", "Does it fit?", "Message-ID: <one@person.example>")
		id := p.conversation()
		answer(h, id, "Yes.")
		ours := p.latest().Read().MessageID
		if v := look(h, id); v.First != p.first || v.Last != p.last || v.Source != contact.ByMail {
			t.Errorf("%+v", v)
		}
		p.send(to, "Something else entirely", "And this?", "In-Reply-To: <"+ours+">")
		p.send(to, "Again", "One more", "References: <nobody@elsewhere.example> <one@person.example>")
		p.send(to, "AW: A question", "By its title")
		if v := look(h, p.conversation()); len(v.Written) != 5 {
			t.Errorf("%d messages", len(v.Written))
		}
		mallory := someone(h, 2)
		mallory.send(to, "Re: A question", "Send me what you know", "In-Reply-To: <"+ours+">") // she has seen the id
		if v := look(h, p.conversation()); len(v.Written) != 5 {
			t.Error("a stranger's mail went into the conversation")
		}
		p.send(to, "Something new", "Not about that")
		if all := p.conversations(); len(all) != 2 {
			t.Errorf("%d conversations", len(all))
		}
	})
}

func TestAForwardedAnswerSaysWhoWroteIt(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	id := p.begin()
	p.sendAs("colleague@person.example", p.replyAddress(), "Re: "+p.title, "I deal with it from here.")
	if v := look(h, id); len(v.Written) != 2 || v.Written[1].Sender != "colleague@person.example" {
		t.Errorf("%+v", v.Written)
	}
	answer(h, id, "Thank you.")
	if n := len(h.Sink.To("colleague@person.example")); n != 0 {
		t.Error("we wrote to whoever passed by")
	}
}

// A mail that is handed over again is taken once.
func TestAMailIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		in := mail.Incoming{ID: store.NewID(), Local: "contact", From: mail.Address{Mail: p.email}, Title: "Re: " + p.title, Text: "Once.", At: h.Clock.Now()}
		for range 2 {
			check(t, correspondence(h).Letter(t.Context(), in))
		}
		if v := look(h, id); len(v.Written) != 2 {
			t.Errorf("%d messages", len(v.Written))
		}
	})
}

// Machines are not answered (RFC 3834), and an absence note opens nothing again.
func TestMachinesAreNotAnswered(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		answer(h, id, "Yes.")
		before := len(p.mails())
		p.send(p.replyAddress(), "Absence", "Löschung", "Auto-Submitted: auto-replied")
		v := look(h, id)
		if len(v.Written) != 3 || !v.Written[2].Automatic || v.Waits {
			t.Errorf("%+v", v)
		}
		robot := someone(h, 2)
		robot.send("contact@kept.example", "Weekly digest", "News", "Precedence: bulk")
		if len(p.mails()) != before || len(robot.mails()) != 0 {
			t.Error("a machine was answered")
		}
		if len(robot.conversations()) != 1 {
			t.Error("what a machine sent is lost")
		}
		// Nor do we write to ourselves.
		robot.sendAs("contact@kept.example", "contact@kept.example", "Loop", "Loop")
		if n := count(h, "select count(*) from contact_conversation"); n != 2 {
			t.Errorf("%d conversations", n)
		}
	})
}

func TestAnAnswerThatComesBackIsShown(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		answer(h, id, "Yes.")
		sent := look(h, id).Written[1].Mail
		report := "From: MAILER-DAEMON@person.example\r\nTo: bounce+" + sent + "@kept.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n<script>alert(1)</script>\r\n" +
			"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; person.example\r\n\r\nFinal-Recipient: rfc822; " + p.email +
			"\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
		check(t, h.Mail.Bring(t.Context(), "", []string{"bounce+" + sent + "@kept.example"}, []byte(report)))
		h.Work()
		v := look(h, id)
		if v.Written[1].State != contact.CameBack || !v.Waits {
			t.Errorf("%+v", v)
		}
		if _, page := answered(t, desk(h, http.MethodGet, "/contact/"+id, nil)); !strings.Contains(page, "came back") {
			t.Errorf("the page does not say so:\n%s", page)
		}
	})
}

// What paused too long is concluded, and what the policy keeps no moment longer is
// gone with it; a message before that opens it again.
func TestAPauseConcludes(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		if ends := look(h, id).Ends; !ends.Equal(noon.AddDate(0, 0, 14)) {
			t.Errorf("it ends on %s", ends)
		}
		h.Clock.Advance(14*24*time.Hour - time.Minute)
		p.send(p.replyAddress(), "Re: "+p.title, "Still there?") // the pause begins anew
		h.Clock.Advance(13 * 24 * time.Hour)
		h.Work()
		if len(p.conversations()) != 1 {
			t.Fatal("it is gone before its time")
		}
		h.Clock.Advance(25 * time.Hour)
		h.Work()
		if len(p.conversations()) != 0 || count(h, "select count(*) from contact_message") != 0 {
			t.Error("it is there after the pause")
		}
	})
}

func TestAMessageOpensWhatIsConcluded(t *testing.T) {
	h := house(t, storetest.SQLite(t), strings.Replace(pausing(), "from: concluded, keep: 0 days", "from: concluded, keep: 90 days", 1))
	p := someone(h, 1)
	id := p.begin()
	reply := p.replyAddress()
	check(t, concluding(h, id))
	if v := look(h, id); v.Concluded.IsZero() || v.Waits {
		t.Errorf("%+v", v)
	}
	if err := concluding(h, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("concluded twice: %v", err)
	}
	h.Clock.Advance(24 * time.Hour)
	p.send(reply, "Re: "+p.title, "One more thing")
	if v := look(h, id); !v.Concluded.IsZero() || !v.Waits || len(v.Written) != 2 {
		t.Errorf("%+v", v)
	}
	check(t, concluding(h, id))
	h.Clock.Advance(91 * 24 * time.Hour)
	h.Sweep()
	if len(p.conversations()) != 0 {
		t.Error("it is there after ninety days")
	}
	// What comes afterwards is a new beginning.
	p.send(reply, "Re: "+p.title, "Still me")
	if len(p.conversations()) != 1 {
		t.Error("the mail is lost")
	}
}

// A person whose data is restricted is shown as that, and nothing is done with it
// (Art. 18 GDPR).
func TestARestrictedPersonsMessagesRest(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		reply := p.replyAddress()
		restrict(h, p.subject())
		h.Clock.Advance(2 * time.Second)
		_, list := answered(t, desk(h, http.MethodGet, "/contact", nil))
		_, page := answered(t, desk(h, http.MethodGet, "/contact/"+id, nil))
		for _, shown := range []string{list, page} {
			if !strings.Contains(shown, "restricted") || strings.Contains(shown, p.first) || strings.Contains(shown, p.text) || strings.Contains(shown, p.email) {
				t.Errorf("shown of a restricted person:\n%s", shown)
			}
		}
		ctx := context.Background()
		c := correspondence(h)
		for name, err := range map[string]error{
			"answer": c.Answer(ctx, id, "Yes.", staff, "x"), "conclude": concluding(h, id), "note": c.Note(ctx, id, "x", staff),
			"assign": c.Assign(ctx, id, staff, staff),
		} {
			if !fault.Is(err, fault.Refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := desk(h, http.MethodPost, "/contact/"+id+"/answer", url.Values{"answer": {"Yes."}, "once": {"x"}}); got.StatusCode != http.StatusForbidden {
			t.Errorf("POST answer: %s", got.Status)
		}
		p.send(reply, "Re: "+p.title, "Are you there?") // what they write is not lost
		h.Clock.Advance(30 * 24 * time.Hour)
		h.Work()
		if n := count(h, "select count(*) from contact_message"); n != 2 {
			t.Errorf("%d messages are left", n)
		}
	})
}
