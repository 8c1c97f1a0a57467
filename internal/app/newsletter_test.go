package app

import (
	"net/http"
	"net/smtp"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/newsletter"
	"kept/internal/duty/retain"
	"kept/internal/mail/mailtest"
)

// reader is a visitor with a mailbox.
type reader struct {
	*browser
	email string
}

func (h *house) reader(email string) *reader {
	b := h.browser()
	b.header.Set("Accept-Language", "en")
	return &reader{b, email}
}

var formVersion = regexp.MustCompile(`name="version" value="([0-9a-f]+)"`)

// order fills in the form and sends it.
func (r *reader) order(more url.Values) answer {
	r.t.Helper()
	form := r.get(newsletter.Path)
	m := formVersion.FindStringSubmatch(form.body)
	if m == nil {
		r.t.Fatalf("the form has no version: %s\n%s", form.Status, form.body)
	}
	filled := url.Values{"version": {m[1]}, "agree": {"yes"}, "email": {r.email}}
	for name, values := range more {
		filled[name] = values
	}
	return r.post(newsletter.Path, filled)
}

// mails are what lies in the reader's mailbox.
func (r *reader) mails() []mailtest.Mail {
	r.t.Helper()
	r.h.settle()
	return r.h.sink.To(r.email)
}

// link returns a link of the newest mail.
func (r *reader) link(part string) string {
	r.t.Helper()
	mails := r.mails()
	if len(mails) == 0 {
		r.t.Fatal("no mail has arrived")
	}
	link := mails[len(mails)-1].Link(part)
	if link == "" {
		r.t.Fatalf("the newest mail has no link to %s:\n%s", part, mails[len(mails)-1].Read().Text)
	}
	return link
}

// subscribe orders and confirms.
func (r *reader) subscribe(more url.Values) {
	r.t.Helper()
	r.wants(r.order(more), http.StatusOK)
	r.wants(r.post(r.link("/confirm/"), nil), http.StatusOK)
	r.h.settle()
}

func (r *reader) wants(got answer, status int) {
	r.t.Helper()
	if got.StatusCode != status {
		r.t.Fatalf("%s, wanted %d\n%s", got.Status, status, got.body)
	}
}

// news is the newsletter at work.
func (h *house) news() *newsletter.Newsletter {
	for _, r := range h.running {
		if n, ok := r.(*newsletter.Newsletter); ok {
			return n
		}
	}
	h.t.Fatal("the newsletter does not run")
	return nil
}

func (h *house) proof(email string) newsletter.Proof {
	h.t.Helper()
	found, err := h.news().Proofs(h.t.Context(), email)
	fatal(h.t, err)
	if len(found) != 1 {
		h.t.Fatalf("%d proofs of %s", len(found), email)
	}
	return found[0]
}

func (h *house) counts(query string) (n int) {
	h.t.Helper()
	fatal(h.t, h.DB.QueryRowContext(h.t.Context(), query).Scan(&n))
	return n
}

// standing counts those to whom mails may be sent.
func (h *house) standing() int {
	h.t.Helper()
	return h.counts("select count(*) from newsletter_subscriber where confirmed_at is not null and unsubscribed_at is null")
}

func (h *house) subscribers() int {
	h.t.Helper()
	return h.counts("select count(*) from newsletter_subscriber")
}

func (h *house) proofs() int {
	h.t.Helper()
	return h.counts("select count(*) from newsletter_proof")
}

// later moves the clock and lets retention run.
func (h *house) later(d time.Duration) {
	h.t.Helper()
	h.clock.Advance(d)
	_, err := h.Retain.Sweep(h.t.Context())
	fatal(h.t, err)
	h.settle()
}

// unbraked has retention ask nobody however far the clock moves.
func unbraked(h *house) {
	h.config.Brake = retain.Brake{Jump: 100 * 365 * 24 * time.Hour, Share: 1, Rows: 1 << 40}
}

// send hands a mail to the instance's own receiver.
func (r *reader) send(to, title string) {
	r.t.Helper()
	text := "From: " + r.email + "\r\nTo: " + to + "\r\nSubject: " + title + "\r\nMessage-ID: <" + strings.ReplaceAll(title+to, " ", "") + "@person.example>\r\n\r\nPlease.\r\n"
	fatal(r.t, smtp.SendMail(r.h.Config.Mail.Listen, nil, r.email, []string{to}, []byte(text)))
	r.h.settle()
}

const (
	atOnce   = "      - {from: unsubscribe, keep: 0 days, then: delete}\n"
	sevenDay = "      - {from: sign-up, keep: 7 days, then: delete, unless: confirmed}\n"
)

// pressed is what the button of a page sends.
var pressed = url.Values{"do": {"yes"}}

var called = url.Values{"first": {"Adalena"}, "last": {"Lovelock"}, "company": {"Maschinenbau"}}

func TestPromise_MC12_AnAddressCountsOnceItsOwnerHasConfirmedIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		r.wants(r.order(called), http.StatusOK)
		link := r.link("/confirm/")
		r.wants(r.get(link), http.StatusOK)
		if h.standing() != 0 {
			t.Fatal("an address stands on the list that nobody confirmed")
		}
		r.wants(r.post(link, pressed), http.StatusOK)
		h.settle()
		if h.standing() != 1 {
			t.Fatal("the confirmed address is not on the list")
		}
		if greeting := r.mails()[1].Read().Text; !strings.Contains(greeting, "Adalena Lovelock") {
			t.Errorf("the name does not personalise the mail:\n%s", greeting)
		}
		p := h.proof(r.email)
		if p.Text == "" || p.Version == "" || p.SignedUp.IsZero() || p.Confirmed.IsZero() || p.Address != r.email {
			t.Errorf("the consent is not stored whole: %+v", p)
		}
		r.wants(r.post(link, pressed), http.StatusNotFound) // a link is used once
		other := h.reader("plain@person.example")
		other.subscribe(nil)
		if h.standing() != 2 {
			t.Error("the address alone does not suffice")
		}
	}, under("m365connect"))
}

func TestWithoutDoubleOptInAnAddressCountsAtOnce(t *testing.T) {
	h := solo(t, under("m365connect"), with("double_opt_in: true", "double_opt_in: false"))
	r := h.reader("ada@person.example")
	r.wants(r.order(nil), http.StatusOK)
	h.settle()
	if h.standing() != 1 {
		t.Error("the policy asks for no confirmation, and one was waited for")
	}
}

func TestASignUpThatNobodyConfirmsIsDeleted(t *testing.T) {
	run := func(h *house) {
		r := h.reader("ada@person.example")
		r.wants(r.order(nil), http.StatusOK)
		h.settle()
		h.later(7*24*time.Hour - time.Second)
		if h.subscribers() != 1 || h.proofs() != 1 {
			t.Fatal("the sign-up is gone before its time")
		}
		h.later(2 * time.Second)
	}
	each(t, func(t *testing.T, h *house) {
		run(h)
		if h.subscribers() != 0 || h.proofs() != 0 {
			t.Error("a sign-up that nobody confirmed is there after seven days")
		}
	}, unbraked)
	t.Run("without the rule", func(t *testing.T) {
		h := solo(t, unbraked, with(sevenDay, ""))
		run(h)
		if h.subscribers() != 1 {
			t.Error("it went although no rule says so")
		}
	})
}

func TestPromise_MC13_EachMailCarriesALinkThatDeletesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		r.subscribe(called)
		m := r.mails()[1]
		link := m.Link("/leave/")
		if link == "" || !strings.Contains(string(m.Raw), "List-Unsubscribe:") {
			t.Fatalf("the mail does not say how to unsubscribe:\n%s", m.Raw)
		}
		r.wants(r.get(link), http.StatusOK)
		if h.standing() != 1 {
			t.Fatal("looking at the page unsubscribed")
		}
		r.wants(r.post(link, pressed), http.StatusOK)
		if h.subscribers() != 0 { // in the same transaction: nothing ran since
			t.Error("the subscription is not deleted at once")
		}
	}, under("m365connect"))
	t.Run("without the rule", func(t *testing.T) {
		h := solo(t, under("m365connect"), with(atOnce, strings.Replace(atOnce, "0 days", "30 days", 1)))
		r := h.reader("ada@person.example")
		r.subscribe(called)
		r.wants(r.post(r.link("/leave/"), pressed), http.StatusOK)
		if h.subscribers() != 1 || h.standing() != 0 {
			t.Error("the row went although the rule gives it thirty days, or still counts")
		}
	})
}

func TestPromise_MC25_NothingOfASubscriptionIsLeftOnUnsubscribing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		r.subscribe(called)
		subject := h.proof(r.email).Subject
		r.wants(r.post(r.link("/leave/"), url.Values{"List-Unsubscribe": {"One-Click"}}), http.StatusOK)
		h.settle()
		held, err := h.Rights.Access(t.Context(), subject)
		fatal(t, err)
		for _, a := range held.Activities {
			for _, table := range a.Tables {
				if table.Name == "newsletter_subscriber" {
					t.Error("the copy still shows a subscription")
				}
			}
		}
		refs, err := h.Vault.Refs(t.Context(), subject)
		fatal(t, err)
		for _, ref := range refs {
			if strings.HasPrefix(ref.Rule, "newsletter/*") {
				t.Errorf("the key %s of the deleted details is still there", ref.Rule)
			}
		}
		for _, name := range []string{"Adalena", "Lovelock", "Maschinenbau"} {
			if places := h.traces(name); len(places) > 0 {
				t.Errorf("%s is in %v", name, places)
			}
		}
		if p := h.proof(r.email); p.UnsubscribedBy != string(newsletter.ByClick) {
			t.Errorf("unsubscribed by %q", p.UnsubscribedBy)
		}
	}, under("m365connect"))
}

func TestPromise_MA12_OnlyTheAddressAndItsProofAndAWayOutByLinkAndMail(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		if form := r.get(newsletter.Path).body; strings.Contains(form, `name="first"`) || strings.Contains(form, `name="company"`) {
			t.Error("the form asks for more than the address")
		}
		r.wants(r.order(called), http.StatusOK) // whoever sends a name all the same
		h.settle()
		if h.counts("select count(*) from newsletter_subscriber where first_name is not null or last_name is not null or company is not null or language is not null") != 0 {
			t.Error("more than the address is stored")
		}
		if h.standing() != 0 {
			t.Error("the address is on the list before the link was followed")
		}
		r.wants(r.post(r.link("/confirm/"), nil), http.StatusOK)
		h.settle()
		if h.standing() != 1 {
			t.Fatal("the confirmation link does not put the address on the list")
		}
		r.wants(r.post(r.link("/leave/"), pressed), http.StatusOK)
		if h.standing() != 0 {
			t.Fatal("the link does not revoke")
		}
		for _, way := range []struct{ email, title string }{{"mail@person.example", "Abmelden"}, {"token@person.example", "anything"}} {
			w := h.reader(way.email)
			w.subscribe(nil)
			to := "newsletter@" + mailtest.Domain
			if way.title == "anything" {
				raw := string(w.mails()[1].Raw)
				_, after, _ := strings.Cut(raw, "mailto:")
				to, _, _ = strings.Cut(after, ">")
				to, _, _ = strings.Cut(to, "?")
			}
			w.send(to, "a question")
			if way.title == "Abmelden" && h.standing() != 1 {
				t.Fatal("a mail that asks something else revoked")
			}
			w.send(to, way.title)
			if h.standing() != 0 {
				t.Errorf("a mail to %s does not revoke", to)
			}
		}
	}, under("mailissa"))
}

func TestPromise_AH19_SignUpConfirmationAndChangesAreLoggedWithTimesAndAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		ordered := h.clock.Now()
		r.wants(r.order(called), http.StatusOK)
		link := r.link("/confirm/")
		h.clock.Advance(time.Hour)
		r.wants(r.post(link, pressed), http.StatusOK)
		details := r.link("/details/")
		h.clock.Advance(time.Hour)
		r.wants(r.post(details, url.Values{"first": {"Augusta"}, "last": {"Lovelock"}}), http.StatusOK)
		p := h.proof(r.email)
		p, err := h.news().Proof(t.Context(), p.ID)
		fatal(t, err)
		if !p.SignedUp.Equal(ordered) || !p.Confirmed.Equal(ordered.Add(time.Hour)) || p.SignedUpIP != planted || p.ConfirmedIP != planted {
			t.Errorf("the proof is %+v", p)
		}
		if len(p.Changes) != 1 || !p.Changes[0].At.Equal(ordered.Add(2*time.Hour)) || p.Changes[0].IP != planted || len(p.Changes[0].Fields) != 1 {
			t.Errorf("the changes are %+v", p.Changes)
		}
		printed := h.owner().get(h.ConsoleURL() + "/newsletter/proof/" + p.ID + "?lang=en").body
		for _, part := range []string{r.email, planted, p.Version, "first name", p.ConfirmedLeaf} {
			if !strings.Contains(printed, part) {
				t.Errorf("the page to print does not show %q", part)
			}
		}
	})
	t.Run("without the proof in the policy", func(t *testing.T) {
		h := solo(t, with("data: [email, name, language, proof, customer, suppression,", "data: [email, name, language, suppression,",
			"      - {data: [proof, customer, suppression], from: unsubscribe", "      - {data: [suppression], from: unsubscribe"))
		r := h.reader("ada@person.example")
		r.subscribe(nil)
		if n := h.counts("select count(*) from newsletter_proof where sign_up_address is not null or confirm_address is not null or text_shown is not null"); n != 0 {
			t.Error("it is logged although the policy does not say so")
		}
	})
}

func TestPromise_AH20_TheAddressSufficesAndTheNameGreets(t *testing.T) {
	h := solo(t)
	plain, named := h.reader("plain@person.example"), h.reader("named@person.example")
	plain.subscribe(nil)
	named.subscribe(called)
	if h.standing() != 2 {
		t.Fatal("the address does not suffice")
	}
	if text := plain.mails()[1].Read().Text; !strings.HasPrefix(text, "Hello,") {
		t.Errorf("greeted without a name:\n%s", text)
	}
	if text := named.mails()[1].Read().Text; !strings.HasPrefix(text, "Hello Adalena Lovelock,") {
		t.Errorf("greeted by name:\n%s", text)
	}
	if form := plain.get(newsletter.Path).body; strings.Count(form, " required") != 2 { // the address and the agreement
		t.Errorf("the form requires more:\n%s", form)
	}
}

func TestPromise_AH22_TheProofStaysThreeYearsAndGoes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		r.subscribe(called)
		r.wants(r.post(r.link("/leave/"), pressed), http.StatusOK)
		ended := h.clock.Now()
		h.settle()
		barred, err := h.news().Suppressed(t.Context(), h.DB, "newsletter", "Ada@Person.example")
		fatal(t, err)
		if !barred {
			t.Error("the address is not suppressed")
		}
		h.later(ended.AddDate(3, 0, 0).Add(-time.Minute).Sub(h.clock.Now()))
		if h.proof(r.email).Address != r.email {
			t.Error("the proof does not last three years")
		}
		if places := h.traces(r.email); len(places) > 0 {
			t.Errorf("the address lies in clear in %v", places)
		}
		h.later(2 * time.Minute)
		if h.proofs() != 0 {
			t.Error("the proof is there after three years")
		}
		barred, err = h.news().Suppressed(t.Context(), h.DB, "newsletter", r.email)
		fatal(t, err)
		if barred {
			t.Error("the address is suppressed after three years")
		}
	}, unbraked)
	t.Run("without the rule", func(t *testing.T) {
		h := solo(t, unbraked, with("      - {data: [proof, customer, suppression], from: unsubscribe", "      - {data: [suppression], from: unsubscribe"))
		r := h.reader("ada@person.example")
		r.subscribe(nil)
		r.wants(r.post(r.link("/leave/"), pressed), http.StatusOK)
		h.settle()
		if h.counts("select count(*) from newsletter_proof where proof_address is not null") != 0 {
			t.Error("the proof stays although no rule keeps it")
		}
	})
}

func TestPromise_AH23_TheProofGoesEarlierIfTheConsentIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.reader("ada@person.example")
		r.subscribe(called)
		leave := r.link("/leave/")
		r.wants(r.post(leave, pressed), http.StatusOK)
		h.settle()
		if page := r.get(leave).body; !strings.Contains(page, `name="stood"`) {
			t.Fatalf("the page does not offer the earlier deletion:\n%s", page)
		}
		forget := strings.Replace(leave, "/leave/", "/forget/", 1)
		r.wants(r.post(forget, nil), http.StatusBadRequest)
		if h.proofs() != 1 {
			t.Fatal("the proof went without the confirmation")
		}
		r.wants(r.post(forget, url.Values{"stood": {"yes"}}), http.StatusOK)
		if h.proofs() != 0 {
			t.Error("the proof is still there")
		}
	})
	t.Run("without the rule", func(t *testing.T) {
		h := solo(t, with("      - {from: request, keep: 0 days, then: delete} # earlier, if the former consent is confirmed (AH23)\n", ""))
		r := h.reader("ada@person.example")
		r.subscribe(nil)
		leave := r.link("/leave/")
		r.wants(r.post(leave, pressed), http.StatusOK)
		r.wants(r.post(strings.Replace(leave, "/leave/", "/forget/", 1), url.Values{"stood": {"yes"}}), http.StatusForbidden)
		if h.proofs() != 1 {
			t.Error("the proof went although no rule says so")
		}
	})
}

// The description of the contents bounds the consent, and the text that says so
// is what is kept.
func TestTheConsentNamesTheContents(t *testing.T) {
	for contents, preparation := range map[string]func(h *house){
		"services, projects and news from the agency": func(*house) {},
		"our services, our projects and our company":  with("      contents: {de: \"Leistungen, Projekte und Neues aus der Agentur\", en: \"services, projects and news from the agency\"}\n", ""),
	} {
		h := solo(t, preparation)
		r := h.reader("ada@person.example")
		r.subscribe(nil)
		text := h.proof(r.email).Text
		if !strings.Contains(text, contents) {
			t.Errorf("agreed to %q", text)
		}
		if strings.Count(text, "This includes counting") != 1 || !strings.Contains(text, "whether I open the mails and which links in them I click") {
			t.Errorf("it does not name the measuring in one sentence: %q", text)
		}
		if !strings.Contains(r.get(newsletter.Path).body, text) {
			t.Error("the text that is kept is not the one that was shown")
		}
	}
}
