package app

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	netmail "net/mail"
	"net/smtp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/contact"
	reply "kept/internal/duty/answer"
	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/mail/mailtest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// writer is a visitor who writes to the operator.
type writer struct{ *reader }

func (h *house) writer(email string) *writer { return &writer{h.reader(email)} }

var formToken = regexp.MustCompile(`name="token" value="([A-Za-z0-9_-]+)"`)

// contacts fills in the form and sends it.
func (w *writer) contacts(more url.Values) answer {
	w.t.Helper()
	form := w.get(contact.Path)
	m := formToken.FindStringSubmatch(form.body)
	if m == nil {
		w.t.Fatalf("there is no form: %s\n%s", form.Status, form.body)
	}
	w.h.clock.Advance(10 * time.Second)
	filled := url.Values{"token": {m[1]}, "email": {w.email}, "message": {"Passt der Stecker Adalena?"}}
	for name, values := range more {
		filled[name] = values
	}
	got := w.post(contact.Path, filled)
	w.h.settle()
	return got
}

// conversation writes, and returns what becomes of it.
func (w *writer) conversation(more url.Values) string {
	w.t.Helper()
	w.wants(w.contacts(more), http.StatusOK)
	all, err := w.h.inbox().List(w.t.Context(), contact.Standing, "", 10)
	fatal(w.t, err)
	if len(all) != 1 {
		w.t.Fatalf("%d correspondences", len(all))
	}
	return all[0].ID
}

// answers sends a mail where the newest one wants its answers.
func (w *writer) answers(title, text string) {
	w.t.Helper()
	mails := w.mails()
	to := regexp.MustCompile(`(?im)^Reply-To: <?([^>\r\n]+)>?\r?$`).FindStringSubmatch(string(mails[len(mails)-1].Raw))
	if to == nil {
		w.t.Fatalf("nobody takes answers:\n%s", mails[len(mails)-1].Raw)
	}
	mail := "From: Ada <" + w.email + ">\r\nTo: " + to[1] + "\r\nSubject: " + title + "\r\nMessage-ID: <" + store.NewID() + "@person.example>\r\n\r\n" + text + "\r\n"
	fatal(w.t, smtp.SendMail(w.h.Config.Mail.Listen, nil, w.email, []string{to[1]}, []byte(mail)))
	w.h.settle()
}

// inbox is the correspondence at work.
func (h *house) inbox() *contact.Correspondence {
	for _, r := range h.running {
		if c, ok := r.(*contact.Correspondence); ok {
			return c
		}
	}
	h.t.Fatal("the contact form does not run")
	return nil
}

// messages counts everything that is kept of correspondence.
func (h *house) messages() int {
	h.t.Helper()
	return h.counts("select (select count(*) from contact_conversation) + (select count(*) from contact_message) + (select count(*) from contact_attachment)" +
		" + (select count(*) from contact_note) + (select count(*) from contact_request)")
}

// deals has staff press a button of the console.
func (h *house) deals(id, act string, form url.Values) {
	h.t.Helper()
	got := h.owner().post(h.ConsoleURL()+"/contact/"+id+"/"+act, form)
	if got.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("%s: %s\n%s", act, got.Status, got.body)
	}
	h.settle()
}

func (h *house) replies(id, text string) {
	h.t.Helper()
	h.deals(id, "answer", url.Values{"answer": {text}, "once": {store.NewID()}})
}

// In the copy of a correspondence each message says who wrote it, to whom, when and
// about what: it is read by a mail program.
func TestACopyOfACorrespondenceIsReadByAMailProgram(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		w := h.writer("ada@person.example")
		h.replies(w.conversation(typed), "Ja, er passt.")
		w.answers("Re: Steckerfrage", "Danke!")
		who, err := h.Subjects.Find(t.Context(), h.DB, subject.Email, w.email)
		fatal(t, err)
		var file bytes.Buffer
		_, err = reply.Open(h.Rights).Write(t.Context(), &file, reply.Package{Person: rights.Person{Subjects: []string{who}}, Right: rights.Access, Lang: "de"})
		fatal(t, err)
		z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		fatal(t, err)
		f, err := z.Open("letters.mbox")
		fatal(t, err)
		box, err := io.ReadAll(f)
		fatal(t, err)
		var between []string
		for _, part := range strings.Split(string(box), "From MAILER-DAEMON ")[1:] {
			_, text, _ := strings.Cut(part, "\n")
			m, err := netmail.ReadMessage(strings.NewReader(text))
			fatal(t, err)
			from, err := m.Header.AddressList("From")
			fatal(t, err)
			to, err := m.Header.AddressList("To")
			fatal(t, err)
			at, err := m.Header.Date()
			fatal(t, err)
			if m.Header.Get("Subject") != "Steckerfrage" || at.Sub(h.clock.Now()).Abs() > 24*time.Hour {
				t.Errorf("%v", m.Header)
			}
			between = append(between, from[0].Address+" "+to[0].Address)
		}
		slices.Sort(between)
		us := h.InForce.Now().Controller.Email
		if want := []string{w.email + " " + us, w.email + " " + us, us + " " + w.email}; !slices.Equal(between, want) {
			t.Errorf("%q, want %q", between, want)
		}
	})
}

var typed = url.Values{"first": {"Adalena"}, "last": {"Lovelock"}, "phone": {"+49 611 555001"}, "company": {"Maschinenbau"}, "subject": {"Steckerfrage"}}

// Of whoever writes, the form takes what they type and what the policy lists:
// nothing else is asked for, and what is sent all the same is stored nowhere.
func TestPromise_MC02_OnlyWhatIsTypedIsTaken(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		w := h.writer("ada@person.example")
		form := w.get(contact.Path).body
		for name, asks := range map[string]bool{"first": true, "last": true, "email": true, "phone": true, "message": true, "company": false, "subject": false, "files": false} {
			if strings.Contains(form, `name="`+name+`"`) != asks {
				t.Errorf("the form asks for %s: %v", name, !asks)
			}
		}
		w.header.Set("User-Agent", "Plaudertasche/1.0")
		w.header.Set("Referer", "https://somewhere.example/plauder")
		id := w.conversation(typed)
		v, err := h.inbox().Look(t.Context(), id, "test")
		fatal(t, err)
		if v.First != "Adalena" || v.Last != "Lovelock" || v.Email != w.email || v.Phone != "+49 611 555001" || v.Company != "" || v.Title != "" {
			t.Errorf("%+v", v.Person)
		}
		if n := h.counts("select count(*) from contact_conversation where company is not null or title is not null"); n != 0 {
			t.Error("what the policy does not list is stored")
		}
		for _, said := range []string{"Steckerfrage", "Maschinenbau"} {
			if places := h.traces(said); len(places) > 0 {
				t.Errorf("%s is in %v", said, places)
			}
		}
	}, under("m365connect"))
	t.Run("with one field more", func(t *testing.T) {
		h := solo(t, under("m365connect"), with("data: [name, email, phone, message, correspondence, time]", "data: [name, email, phone, company, message, correspondence, time]"))
		w := h.writer("ada@person.example")
		v, err := h.inbox().Look(t.Context(), w.conversation(typed), "test")
		fatal(t, err)
		if v.Company != "Maschinenbau" {
			t.Error("the policy does not decide what is taken")
		}
	})
}

// What is written serves to answer: whoever wrote is written to, and nobody else
// gets anything.
func TestPromise_MC15_MA11_WhatIsWrittenGoesToNobodyElse(t *testing.T) {
	on(t, []string{"m365connect", "mailissa"}, func(t *testing.T, h *house) {
		w := h.writer("ada@person.example")
		id := w.conversation(typed)
		h.replies(id, "Ja, er passt.")
		w.answers("Re: Stecker", "Danke")
		h.replies(id, "Gern.")
		toWriter := 0
		for _, m := range h.sink.Mails() {
			switch {
			case len(m.To) == 1 && m.To[0] == w.email:
				toWriter++
			case len(m.To) == 1 && m.To[0] == h.InForce.Now().Controller.Email: // who answers learns that somebody wrote
				in := m.Read()
				for _, said := range []string{w.email, "Adalena", "Lovelock", "Stecker"} {
					if strings.Contains(in.Title+in.Text+in.HTML+string(m.Raw), said) {
						t.Errorf("the notice to the house names %q", said)
					}
				}
			default:
				t.Errorf("a mail went to %v", m.To)
			}
		}
		if toWriter != 3 {
			t.Errorf("%d mails went to the writer", toWriter)
		}
		if seen := h.seen(); len(seen) > 0 {
			t.Errorf("third parties were asked: %v", seen)
		}
		_, err := h.Ledger.Sequence(t.Context())
		fatal(t, err)
		leaves, err := h.Ledger.Count(t.Context())
		fatal(t, err)
		if leaves["delivery"] != 0 || leaves["egress.refused"] != 0 {
			t.Errorf("something was handed over, or was to be: %v", leaves)
		}
		// Nor could any room hand it over: the way out lets nobody have it whom the
		// entry does not name, and it names nobody but who runs the server.
		p := h.InForce.Now()
		for _, r := range p.Recipients {
			if slices.ContainsFunc(p.Activity("contact").Recipients, func(d policy.Delivery) bool { return d.Recipient == r.Key }) {
				if r.Role != policy.Hosting {
					t.Errorf("%s is named, and hosts nothing", r.Key)
				}
				continue
			}
			if _, err := h.Egress.Allowed("contact", r.Key, map[string]string{"email": w.email}); err == nil {
				t.Errorf("%s may have the address", r.Key)
			}
		}
	})
	for _, system := range []string{"m365connect", "mailissa"} {
		h := solo(t, under(system), without("contact"))
		if got := h.browser().get(contact.Path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: a form that no entry declares: %s", system, got.Status)
		}
	}
}

const concludedAtOnce = "      - {from: concluded, keep: 0 days, then: delete}\n"

// Once the correspondence is concluded, by a button or by a pause, the form's data
// and the mails that followed are gone in the same moment.
func TestPromise_MC16_ConcludedIsDeleted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, ends := range []func(id string){
			func(id string) { h.deals(id, "conclude", nil) },
			func(string) { h.later(14 * 24 * time.Hour) },
		} {
			w := h.writer("ada@person.example")
			id := w.conversation(typed)
			h.replies(id, "Ja, er passt.")
			w.answers("Re: Stecker", "Danke, Adalena")
			if n := h.messages(); n != 4 {
				t.Fatalf("%d rows", n)
			}
			ends(id)
			if n := h.messages(); n != 0 {
				t.Errorf("%d rows are left", n)
			}
			for _, text := range []string{"Adalena", "Lovelock", "555001", w.email} {
				if places := h.traces(text); len(places) > 0 {
					t.Errorf("%s is in %v", text, places)
				}
			}
			h.later(24 * time.Hour)
		}
	}, under("m365connect"), unbraked)
	t.Run("without the rule", func(t *testing.T) {
		h := solo(t, under("m365connect"), unbraked, with(concludedAtOnce, strings.Replace(concludedAtOnce, "0 days", "30 days", 1)))
		w := h.writer("ada@person.example")
		h.deals(w.conversation(typed), "conclude", nil)
		if n := h.messages(); n != 2 {
			t.Errorf("%d rows, and the rule gives them thirty days", n)
		}
	})
	t.Run("without the pause", func(t *testing.T) {
		h := solo(t, under("m365connect"), unbraked, with("    settings:\n      conclude_after: 14 days\n", ""))
		h.writer("ada@person.example").conversation(typed)
		h.later(60 * 24 * time.Hour)
		if n := h.messages(); n != 2 {
			t.Errorf("%d rows, and nobody concluded anything", n)
		}
	})
}

// By mail a person objects or asks for deletion: everything goes, and a mail says
// so.
func TestPromise_MC17_AMailEndsTheCorrespondence(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, wish := range [][2]string{{"Widerspruch", ""}, {"Loeschung", ""}, {"Re: Stecker", "Please delete my data."}} {
			w := h.writer("ada@person.example")
			h.replies(w.conversation(typed), "Ja, er passt.")
			w.answers(wish[0], wish[1])
			if n := h.messages(); n != 0 {
				t.Errorf("%q: %d rows are left", wish, n)
			}
			if n := h.counts("select (select count(*) from mail_outbox where subject is not null) + (select count(*) from mail_incoming where subject is not null)"); n != 0 {
				t.Errorf("%q: %d records of mails are left", wish, n)
			}
			mails := w.mails()
			if m := mails[len(mails)-1].Read(); m.Title != "Everything is deleted" {
				t.Errorf("%q: the last mail is %q", wish, m.Title)
			}
			h.clock.Advance(24 * time.Hour)
		}
	}, under("m365connect"), unbraked)
	t.Run("without the rule", func(t *testing.T) {
		h := solo(t, under("m365connect"), with(concludedAtOnce+"      - {from: request, keep: 0 days, then: delete}\n", strings.Replace(concludedAtOnce, "0 days", "30 days", 1)))
		w := h.writer("ada@person.example")
		w.conversation(typed)
		w.answers("Widerspruch", "")
		if n := h.messages(); n != 2 {
			t.Errorf("%d rows, and no rule counts from a request", n)
		}
		mails := w.mails()
		if m := mails[len(mails)-1].Read(); m.Title == "Everything is deleted" {
			t.Error("a mail says what is not so")
		}
	})
}

// A message is stored and used to answer it, on the basis of Art. 6(1)(b).
func TestPromise_AH35_AMessageIsStoredToAnswerIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		entry := h.InForce.Now().Activity("contact")
		if entry.Basis != policy.Contract {
			t.Errorf("the basis is %s", entry.Basis)
		}
		for lang, says := range map[string][3]string{
			"de": {"\nNachrichten an uns\n\n", "Rechtsgrundlage:", "Vertrag oder dessen Anbahnung, Art. 6 Abs. 1 Buchst. b DSGVO"},
			"en": {"\nMessages to us\n\n", "Legal basis:", "Art. 6(1)(b) GDPR"},
		} {
			text := strings.ReplaceAll(notice.Build(h.InForce.Now(), lang).Text(), "\u00a0", " ")
			_, chapter, _ := strings.Cut(text, says[0])
			_, basis, _ := strings.Cut(chapter, says[1])
			if basis = strings.Join(strings.Fields(basis[:min(len(basis), 200)]), " "); !strings.Contains(basis, says[2]) {
				t.Errorf("the notice in %s names as basis %q", lang, basis)
			}
		}
		w := h.writer("ada@person.example")
		id := w.conversation(typed)
		v, err := h.inbox().Look(t.Context(), id, "test")
		fatal(t, err)
		if v.Written[0].Text != "Passt der Stecker Adalena?" || v.Title != "Steckerfrage" || v.Company != "Maschinenbau" {
			t.Errorf("%+v", v)
		}
		h.replies(id, "Ja, er passt.")
		mails := w.mails()
		if m := mails[len(mails)-1].Read(); m.Title != "Re: Steckerfrage" || !strings.Contains(m.Text, "Ja, er passt.") {
			t.Errorf("%q\n%s", m.Title, m.Text)
		}
	})
	t.Run("without the entry", func(t *testing.T) {
		h := solo(t, without("contact"))
		if got := h.browser().get(contact.Path); got.StatusCode != http.StatusNotFound {
			t.Errorf("the form: %s", got.Status)
		}
		mail := "From: ada@person.example\r\nTo: contact@" + mailtest.Domain + "\r\nSubject: x\r\n\r\nx\r\n"
		fatal(t, smtp.SendMail(h.Config.Mail.Listen, nil, "ada@person.example", []string{"contact@" + mailtest.Domain}, []byte(mail)))
		h.settle()
		if n := h.messages(); n != 0 {
			t.Errorf("%d rows without an entry", n)
		}
	})
}
