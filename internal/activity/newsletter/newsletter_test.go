package newsletter_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, activitytest.Env(t, place, policyOf(allFields), clock.At(noon), newsletter.Kind{}))
	})
}

// Who is subscribed already gets the same answer and leaves the same trace in the
// request: one row and one job, whatever is known. Only a mail tells them apart.
func TestNobodyLearnsWhoIsSubscribed(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		known, fresh := someone(h, 1), someone(h, 2)
		known.subscribe()
		_, first := fresh.order()
		_, second := known.order()
		if first != second {
			t.Errorf("the answers differ:\n%s\n%s", first, second)
		}
		var waiting int
		if err := h.DB.QueryRowContext(t.Context(), "select count(*) from newsletter_request").Scan(&waiting); err != nil || waiting != 2 {
			t.Errorf("%d sign-ups wait, %v", waiting, err)
		}
		if mails := known.mails(); len(mails) != 3 || mails[2].Link("/confirm/") != "" {
			t.Errorf("the subscriber has %d mails, or is asked to confirm again", len(mails))
		}
		for range 3 { // whoever enters somebody else's address again and again
			known.order()
			fresh.order()
		}
		if len(known.mails()) != 3 || len(fresh.mails()) != 1 {
			t.Errorf("the mailboxes hold %d and %d mails", len(known.mails()), len(fresh.mails()))
		}
	})
}

func TestOnlyThePagesButtonActs(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.subscribe()
		for _, path := range []string{p.link("/leave/"), p.link("/details/")} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("first=Mallory"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", "https://elsewhere.example")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			if status, _ := answered(t, h.Serve(r)); status != http.StatusForbidden {
				t.Errorf("POST %s from another site: %d", path, status)
			}
		}
		r := httptest.NewRequest(http.MethodPost, newsletter.Path, strings.NewReader(""))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if status, _ := answered(t, h.Serve(r)); status != http.StatusForbidden {
			t.Errorf("a sign-up from another site: %d", status)
		}
		for _, path := range []string{"/leave/0123456789abcdef0123456789abcdef", "/forget/0123456789abcdef0123456789abcdef"} {
			if status, _ := p.ask(http.MethodPost, newsletter.Path+path, url.Values{"stood": {"yes"}, "do": {"yes"}}); status != http.StatusOK {
				t.Errorf("POST %s, a link that nobody has: %d", path, status) // the same as for one that somebody has
			}
		}
	})
}

// A program that names no language gets that of the notice, not one of ours.
func TestAProgramIsShownTheTextInALanguageOfTheNotice(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		h.SetPolicy(strings.Replace(policyOf(allFields), "languages: [de, en]", "languages: [en, de]", 1))
		_, described := someone(h, 1).ask(http.MethodGet, newsletter.Path+"/form.json", nil)
		if !strings.Contains(described, `"language":"en"`) {
			t.Errorf("a notice that begins with English is described as %s", described)
		}
	})
}

func TestAProgramSignsUpWithTheTextThatItShowed(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		_, described := p.ask(http.MethodGet, newsletter.Path+"/form.json?lang=en", nil)
		var form struct{ Version, Text string }
		if err := json.Unmarshal([]byte(described), &form); err != nil || form.Text == "" {
			t.Fatalf("%v\n%s", err, described)
		}
		send := func(version string) int {
			r := httptest.NewRequest(http.MethodPost, newsletter.Path+"/sign-up", strings.NewReader(`{"version":"`+version+`","email":"`+p.email+`"}`))
			status, _ := answered(t, h.Serve(r))
			return status
		}
		if status := send("0123456789abcdef"); status != http.StatusConflict {
			t.Errorf("a text that is not in force: %d", status)
		}
		if status := send(form.Version); status != http.StatusAccepted {
			t.Fatalf("sign-up: %d", status)
		}
		p.press(p.link("/confirm/"))
		found, err := news(h).Proofs(t.Context(), p.email)
		if err != nil || len(found) != 1 || found[0].Text != form.Text || found[0].Source != string(newsletter.ByAPI) {
			t.Errorf("%v %+v", err, found)
		}
	})
}

func TestTheFormToEmbedPostsToUs(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(allFields), clock.At(noon), newsletter.Kind{})
	_, form := someone(h, 1).ask(http.MethodGet, newsletter.Path+"/embed", nil)
	for _, part := range []string{`action="https://kept.example/privacy/newsletter?lang=en"`, `type="checkbox"`, `name="email"`, `href="https://kept.example/privacy?lang=en"`} {
		if !strings.Contains(form, part) {
			t.Errorf("the form to embed lacks %s:\n%s", part, form)
		}
	}
	if strings.Contains(form, "<script") || strings.Contains(form, "style=") {
		t.Error("the form needs more than HTML")
	}
}

func TestOneNetworkSignsUpSoOften(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(allFields), clock.At(noon), newsletter.Kind{})
	p := someone(h, 1)
	refused := 0
	for n := range 20 {
		p.email = strings.Repeat("a", n+1) + "@person.example"
		if status, _ := p.order(); status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("%d of 20 sign-ups of one network were refused", refused)
	}
}

func TestHostileInputStaysText(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.first, p.last, p.company = `<script>alert(1)</script>`, `"><img src=x>`, "=1+1"
		p.subscribe()
		_, page := p.ask(http.MethodGet, p.link("/details/"), nil)
		if strings.Contains(page, "<script>") || strings.Contains(page, "<img") {
			t.Errorf("markup came through:\n%s", page)
		}
		p = someone(h, 2)
		p.first = "Eve\r\nBcc: everybody@person.example"
		if status, _ := p.order(); status != http.StatusBadRequest {
			t.Errorf("a name of two lines: %d", status)
		}
	})
}

// A hard bounce and a complaint end a subscription, a full mailbox does not.
func TestWhatComesBackEndsASubscription(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		for n, c := range []struct {
			outcome mail.Outcome
			by      string
		}{
			{mail.Outcome{Event: mail.Refused, Code: 452}, ""},
			{mail.Outcome{Event: mail.Bounced, Hard: true}, string(newsletter.ByBounce)},
			{mail.Outcome{Event: mail.Complained}, string(newsletter.ByComplaint)},
		} {
			p := someone(h, n)
			p.subscribe()
			c.outcome.Subject, c.outcome.Activity = p.subject(), "newsletter"
			if err := news(h).Returned(t.Context(), c.outcome); err != nil {
				t.Fatal(err)
			}
			found, err := news(h).Proofs(t.Context(), p.email)
			if err != nil || len(found) != 1 || found[0].UnsubscribedBy != c.by {
				t.Errorf("%+v: %v %+v", c.outcome, err, found)
			}
		}
	})
}

// What a hold keeps is not deleted and gets no mail; a new order stands beside it.
func TestAHoldKeepsASubscriptionThatEnded(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.subscribe()
		err := h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := h.Subjects.SetHold(ctx, tx, subject.Hold{Subject: p.subject(), Reason: "a lawsuit", By: "owner", Until: noon.AddDate(1, 0, 0)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		p.press(p.link("/leave/"))
		var rows, standing int
		err = h.DB.QueryRowContext(t.Context(), "select count(*), count(case when unsubscribed_at is null then 1 end) from newsletter_subscriber").Scan(&rows, &standing)
		if err != nil || rows != 1 || standing != 0 {
			t.Errorf("%d rows, %d stand, %v", rows, standing, err)
		}
		h.Clock.Advance(time.Hour)
		p.subscribe()
		err = h.DB.QueryRowContext(t.Context(), "select count(*), count(case when unsubscribed_at is null then 1 end) from newsletter_subscriber").Scan(&rows, &standing)
		if err != nil || rows != 2 || standing != 1 {
			t.Errorf("%d rows, %d stand, %v", rows, standing, err)
		}
	})
}

func TestASuppressionEndsWithANewConsent(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.subscribe()
		p.press(p.link("/leave/"))
		barred := func() bool {
			t.Helper()
			b, err := news(h).Suppressed(t.Context(), h.DB, "newsletter", strings.ToUpper(p.email))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if !barred() {
			t.Error("who unsubscribed is not suppressed")
		}
		h.Clock.Advance(time.Hour)
		p.subscribe()
		if barred() {
			t.Error("who consented anew is suppressed")
		}
	})
}

func TestTakingASignUpSaysWhatIsWrong(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(allFields), clock.At(noon), newsletter.Kind{})
	for _, wrong := range []newsletter.SignUp{{}, {Email: "nobody"}, {Email: "a@b.example", First: strings.Repeat("x", 201)}, {Email: "a@b.example\r\nBcc: c@d.example"}} {
		wrong.Address = netip.MustParseAddr("192.0.2.1")
		if err := news(h).Take(t.Context(), wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

// Whoever enters somebody else's address cannot have a sentence of their own sent to
// it: what was typed stands in no mail before the owner has confirmed.
func TestWhatWasTypedStandsInNoMailBeforeTheConfirmation(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.first = "Win a car at https://evil.example"
		p.order()
		if asks := string(p.mails()[0].Raw); strings.Contains(asks, "evil.example") || strings.Contains(asks, p.last) {
			t.Errorf("the mail repeats what was typed:\n%s", asks)
		}
		p.press(p.link("/confirm/"))
		if welcome := p.mails()[1].Read().Text; !strings.Contains(welcome, p.last) {
			t.Errorf("the welcome greets nobody:\n%s", welcome)
		}
	})
}

// Many networks together fill no more mailboxes than one bound allows; the form says so
// and keeps what was typed.
func TestManyStrangersAreHeldOff(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		h.Mail.Settings.Crowd = 2
		for n := range 3 {
			p := someone(h, n)
			status, body := p.order()
			if n < 2 && status != http.StatusOK {
				t.Errorf("%d: %d", n, status)
			}
			if n == 2 && (status != http.StatusTooManyRequests || !strings.Contains(body, p.email) || !strings.Contains(body, "try again in an hour")) {
				t.Errorf("the third got %d\n%s", status, body)
			}
			if got := len(p.mails()); got != min(1, 2-n) {
				t.Errorf("%d mails to %s", got, p.email)
			}
		}
	})
}
