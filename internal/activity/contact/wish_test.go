package contact_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contact"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

func TestAWishIsALineThatSaysNothingElse(t *testing.T) {
	for _, c := range []struct {
		title, text string
		wish        bool
	}{
		{"Löschung", "", true},
		{"Widerspruch", "Sehr geehrte Damen und Herren, …", true},
		{"Widerspruch nach Art. 21 DSGVO", "", true},
		{"Bitte löschen Sie alle meine Daten!", "", true},
		{"Antrag auf Löschung meiner personenbezogenen Daten gemäß Art. 17 DSGVO", "", true},
		{"Delete my data", "", true},
		{"Erasure request", "", true},
		{"Objection to the processing of my personal data", "", true},
		{"", "Hallo,\n\nbitte löschen Sie meine Daten.\n\nAda", true},
		{"", "Dear Sir or Madam,\n\nI object to the processing of my data.\n", true},
		{"", "> Danke\n\nHiermit widerspreche ich der Verarbeitung meiner Daten.", true},
		{"", "Please erase everything you stored about me", true},
		{"Frage zur Löschung von Kontakten in Ihrem Produkt", "Wie lösche ich Kontakte?", false},
		{"Wie löscht Ihr Produkt Daten aus Postfächern?", "", false},
		{"", "Ich möchte nicht, dass Sie die Datei löschen.", false},
		{"", "Please delete the second paragraph.", false},
		{"Stecker", "Passt er?\n\nBitte löschen Sie meine Daten.", false}, // a person reads it
		{"", "> Löschung", false},
		{"", "", false},
		{strings.Repeat("bitte ", 30) + "Löschung", "", false},
	} {
		if got := contact.Wish(c.title, c.text); got != c.wish {
			t.Errorf("%q, %q: a wish %v", c.title, c.text, got)
		}
	}
}

// nothingOf fails if anything of the person is left.
func nothingOf(h *activitytest.House, p *person) {
	h.T.Helper()
	for _, table := range []string{"contact_conversation", "contact_message", "contact_attachment", "contact_note", "contact_request"} {
		if n := count(h, "select count(*) from "+table); n != 0 {
			h.T.Errorf("%d rows are left in %s", n, table)
		}
	}
	if n := count(h, "select count(*) from mail_outbox where subject is not null") + count(h, "select count(*) from mail_incoming where subject is not null"); n != 0 {
		h.T.Errorf("%d records of mails are left", n)
	}
	refs, err := h.Vault.Refs(context.Background(), p.subject())
	check(h.T, err)
	for _, ref := range refs {
		if ref.Rule != subject.Rule {
			h.T.Errorf("the key %s is left", ref.Rule)
		}
	}
}

// A mail that answers us from the address itself is proof enough: everything goes
// at once, and a mail says so.
func TestAMailCommandErases(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		answer(h, p.begin(), "Ja.")
		p.writes() // and another one
		p.send(p.replyAddress(), "Löschung", "Danke.")
		nothingOf(h, p)
		if m := p.latest().Read(); m.Title != "Everything is deleted" || !strings.Contains(m.Text, "has deleted your messages") {
			t.Errorf("%q\n%s", m.Title, m.Text)
		}
		if n := count(h, "select count(*) from mail_outbox where content is not null or address is not null"); n != 0 {
			t.Errorf("the last mail left %d traces", n)
		}
	})
}

// A From line can be forged: without the token a mail deletes nothing, and the
// address gets a link.
func TestAForgedMailErasesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		for range 3 { // whoever sends it again and again fills no mailbox
			p.sendAs(p.email, "contact@kept.example", "Delete my data", "Now!")
		}
		if v := look(h, id); len(v.Written) != 4 {
			t.Errorf("%d messages", len(v.Written))
		}
		if n := len(p.mails()); n != 2 {
			t.Fatalf("%d mails", n)
		}
		if text := p.latest().Read().Text; !strings.Contains(text, "does not prove who sent it") {
			t.Fatalf("the mail says:\n%s", text)
		}
		link, err := url.Parse(p.latest().Link("/end/"))
		check(t, err)
		if status, page := p.ask(http.MethodGet, link.Path, nil); status != http.StatusOK || !strings.Contains(page, "End and delete") {
			t.Fatalf("%d\n%s", status, page)
		}
		p.ask(http.MethodPost, link.Path, nil)
		if len(p.conversations()) != 1 {
			t.Fatal("looking at the link ended the correspondence")
		}
		if status, _ := p.ask(http.MethodPost, link.Path, url.Values{"do": {"yes"}}); status != http.StatusOK {
			t.Errorf("the button: %d", status)
		}
		h.Work()
		nothingOf(h, p)
		if m := p.latest().Read(); m.Title != "Everything is deleted" {
			t.Errorf("the last mail is %q", m.Title)
		}
	})
}

// The token alone proves nothing either: who passes a mail on passes on its token.
func TestAPassedOnMailErasesNothing(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	p.begin()
	p.sendAs("colleague@person.example", p.replyAddress(), "Widerspruch", "")
	if len(p.conversations()) != 1 {
		t.Error("a colleague ended the correspondence")
	}
	if n := len(h.Sink.To("colleague@person.example")); n != 0 {
		t.Error("we wrote to whoever passed by")
	}
	if len(p.mails()) != 2 || p.latest().Link("/end/") == "" {
		t.Error("the person was not asked")
	}
}

// Who is not known gets no answer that tells it, and a person reads the mail.
func TestAWishOfAStrangerIsAMessage(t *testing.T) {
	h := solo(t)
	p := someone(h, 1)
	p.send("contact@kept.example", "Löschung", "Bitte alles löschen")
	if v := look(h, p.conversation()); v.Person.Title != "Löschung" || !v.Waits {
		t.Errorf("%+v", v)
	}
	if m := p.latest().Read(); len(p.mails()) != 1 || !strings.HasPrefix(m.Title, "Ihre Nachricht") {
		t.Errorf("%q", m.Title)
	}
}

// What a hold or a rule keeps stays, ended, and the mail says that it does.
func TestAWishSaysWhatStays(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		id := p.begin()
		reply := p.replyAddress()
		check(t, h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := h.Subjects.SetHold(ctx, tx, subject.Hold{Subject: p.subject(), Reason: "a lawsuit", By: "owner", Until: noon.AddDate(1, 0, 0)})
			return err
		}))
		p.send(reply, "Erasure", "")
		v := look(h, id)
		if v.Requested.IsZero() || v.Concluded.IsZero() || v.Waits {
			t.Errorf("%+v", v)
		}
		if m := p.latest().Read(); m.Title != "The correspondence has ended" {
			t.Errorf("%q", m.Title)
		}
		// Again changes nothing, and what they write later is not lost in what ended.
		sent := len(p.mails())
		p.send(reply, "Erasure", "")
		if n := len(p.mails()); n != sent || len(p.conversations()) != 1 {
			t.Errorf("%d mails, %d conversations", n, len(p.conversations()))
		}
		p.send(reply, "Re: "+p.title, "Something else")
		if len(p.conversations()) != 2 {
			t.Error("a new message went into what has ended")
		}
	})
	h := house(t, storetest.SQLite(t), strings.Replace(strings.Replace(pausing(), ruleRequested, "", 1), "from: concluded, keep: 0 days", "from: concluded, keep: 1 year", 1))
	p := someone(h, 1)
	id := p.begin()
	p.send(p.replyAddress(), "Erasure", "")
	if v := look(h, id); v.Requested.IsZero() {
		t.Error("the wish is lost")
	}
	if m := p.latest().Read(); m.Title != "The correspondence has ended" {
		t.Errorf("%q", m.Title)
	}
}
