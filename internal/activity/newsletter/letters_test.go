package newsletter_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/store/storetest"
)

// The letters of campaigns are rows like all others: a field that is not listed
// is never written, the copy shows them, an erasure takes them, and they end in time.
func TestLettersAreAsEveryKindIs(t *testing.T) {
	activitytest.Run(t, newsletter.Kind{}, activitytest.Config{
		Policy: policyOf, Fields: campaignFields,
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := someone(h, n)
			planted := activitytest.Planted{Values: map[string]string{"email": p.email, "first_name": p.first, "last_name": p.last}}
			if status, _ := p.order(); status != http.StatusOK {
				return planted
			}
			p.press(p.link("/confirm/"))
			h.Work()
			planted.Subject = p.subject()
			id, err := news(h).Compose(t.Context(), draft())
			if err == nil {
				err = news(h).Schedule(t.Context(), id, newsletter.When{}, "owner")
			}
			if err != nil {
				p.t.Fatal(err)
			}
			h.Work()
			m := p.newest()
			for _, a := range addresses(m) {
				if strings.Contains(a, "/go/") || strings.Contains(a, "/seen/") {
					p.ask(http.MethodGet, strings.TrimPrefix(a, "https://kept.example"), nil)
				}
			}
			return planted
		},
		Looks: func(h *activitytest.House, p activitytest.Planted) []*http.Request {
			var id string
			if err := h.DB.QueryRowContext(h.T.Context(), "select campaign from newsletter_dispatch where subject = $1 limit 1", p.Subject).Scan(&id); err != nil {
				h.T.Fatal(err)
			}
			return []*http.Request{httptest.NewRequest(http.MethodGet, "/newsletter/campaigns/"+id+"/letters/opened", nil)}
		},
		Nobody: append([]string{"/newsletter/subscriber/{id}", "/newsletter/proof/{id}"}, aboutNobody...), // in TestTheKindIsAsEveryKindIs
		Ends:   []activitytest.End{{Table: "newsletter_dispatch", Days: 90}},
	})
}

// Without the fields nothing is kept of who got a letter; the counts are.
func TestWithoutTheFieldNothingSaysWhoGotALetter(t *testing.T) {
	h := sending(t, replaced(policyOf(allFields), "double_opt_in: true", "double_opt_in: true, measure: {opens: true, clicks: true}"))
	p := crowd(t, h, 2)[0]
	c := sent(t, h, draft())
	if n := count(t, h, "select count(*) from newsletter_dispatch"); n != 0 || c.Tally.Sent != 2 {
		t.Errorf("%d letters are kept, %+v", n, c.Tally)
	}
	m := p.newest()
	p.ask(http.MethodGet, addressWith(t, m, "/go/"), nil)
	p.ask(http.MethodGet, addressWith(t, m, "/seen/"), nil)
	r, err := news(h).Report(t.Context(), c.ID)
	if err != nil || r.Links[0].Clicks != 1 || r.Campaign.Tally.Opened != 1 {
		t.Errorf("%v %+v", err, r)
	}
	for _, other := range h.Sink.To(someone(h, 2).email) {
		if strings.Contains(string(other.Raw), "News of November") && addressWith(t, other, "/go/") != addressWith(t, m, "/go/") {
			t.Error("a link tells readers apart though nobody may be")
		}
	}
}

func TestMailGoesAtEachReadersOwnHour(t *testing.T) {
	h := sending(t, policyOf(campaignFields))
	for i, zone := range []string{"Asia/Tokyo", "America/New_York", ""} {
		s := newsletter.SignUp{Email: reader(i), Language: "en", Source: newsletter.ByAPI, Zone: zone}
		if err := news(h).Take(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		h.Work()
		p := &person{t: t, h: h, email: reader(i), ip: "192.0.2.9"}
		p.press(p.link("/confirm/"))
	}
	h.Work()
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) // 10 o'clock in Berlin
	id := compose(t, h, draft())
	schedule(t, h, id, newsletter.When{At: at, Zone: "Europe/Berlin", Local: true})
	got := func(i int) bool {
		all := h.Sink.To(reader(i))
		return strings.Contains(string(all[len(all)-1].Raw), "News of November")
	}
	for _, c := range []struct {
		at   time.Time
		want []bool
	}{
		{time.Date(2026, 11, 24, 0, 59, 0, 0, time.UTC), []bool{false, false, false}},
		{time.Date(2026, 11, 24, 1, 1, 0, 0, time.UTC), []bool{true, false, false}}, // 10 in Tokyo
		{time.Date(2026, 11, 24, 9, 1, 0, 0, time.UTC), []bool{true, false, true}},
		{time.Date(2026, 11, 24, 15, 1, 0, 0, time.UTC), []bool{true, true, true}}, // 10 in New York
	} {
		h.Clock.Set(c.at)
		h.Work()
		for i, want := range c.want {
			if got(i) != want {
				t.Errorf("%s: reader %d has it: %v", c.at, i, !want)
			}
		}
	}
	if c := campaign(t, h, id); c.State != newsletter.Done || c.Tally.Sent != 3 {
		t.Errorf("%s %+v", c.State, c.Tally)
	}
}

// An address that is not there ends its subscription at once, one that may be right
// after SoftBounces letters in a row; a complaint ends it too.
func TestLettersThatComeBackEndASubscription(t *testing.T) {
	eachSending(t, func(t *testing.T, h *activitytest.House) {
		people := crowd(t, h, 4)
		gone, full, angry, well := people[0], people[1], people[2], people[3]
		h.Sink.Answer = func(to string) *smtp.SMTPError {
			switch to {
			case gone.email:
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "unknown"}
			case full.email:
				return &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "full"}
			}
			return nil
		}
		c := sent(t, h, draft())
		if c.Tally.Sent != 2 || c.Tally.Refused != 2 {
			t.Fatalf("%+v", c.Tally)
		}
		var letter string
		if err := h.DB.QueryRowContext(t.Context(), "select id from newsletter_dispatch where subject = $1", angry.subject()).Scan(&letter); err != nil {
			t.Fatal(err)
		}
		if err := news(h).Returned(t.Context(), mail.Outcome{Event: mail.Complained, Message: letter}); err != nil {
			t.Fatal(err)
		}
		ended := func(p *person) string {
			found, err := news(h).Proofs(t.Context(), p.email)
			if err != nil || len(found) != 1 {
				t.Fatalf("%v %+v", err, found)
			}
			return found[0].UnsubscribedBy
		}
		if ended(gone) != "bounce" || ended(full) != "" || ended(angry) != "complaint" || ended(well) != "" {
			t.Errorf("ended: %q %q %q %q", ended(gone), ended(full), ended(angry), ended(well))
		}
		for range newsletter.SoftBounces - 2 {
			h.Clock.Advance(time.Hour)
			sent(t, h, draft())
		}
		if ended(full) != "" {
			t.Error("ended too early")
		}
		h.Clock.Advance(time.Hour)
		sent(t, h, draft())
		if ended(full) != "bounce" || ended(well) != "" {
			t.Errorf("after %d letters: %q, %q", newsletter.SoftBounces, ended(full), ended(well))
		}
		if r, err := news(h).Report(t.Context(), c.ID); err != nil || r.Campaign.Tally.Complained != 1 {
			t.Errorf("%v %+v", err, r.Campaign.Tally)
		}
	})
}

func TestACampaignIsPausedAndGoesOn(t *testing.T) {
	eachSending(t, func(t *testing.T, h *activitytest.House) {
		crowd(t, h, 6)
		news(h).SetConnections(1)
		id := compose(t, h, draft())
		taken := 0
		h.Sink.Answer = func(string) *smtp.SMTPError {
			if taken++; taken == 2 {
				if err := news(h).Pause(t.Context(), id, "owner"); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		schedule(t, h, id, newsletter.When{})
		h.Work()
		c := campaign(t, h, id)
		if c.State != newsletter.Paused || c.Tally.Sent == 0 || c.Tally.Sent > 3 {
			t.Fatalf("%s %+v", c.State, c.Tally)
		}
		h.Clock.Advance(time.Hour)
		h.Work()
		if again := campaign(t, h, id); again.Tally.Sent != c.Tally.Sent {
			t.Error("it goes on while it is paused")
		}
		if err := news(h).Resume(t.Context(), id, "owner"); err != nil {
			t.Fatal(err)
		}
		h.Work()
		if c := campaign(t, h, id); c.State != newsletter.Done || c.Tally.Sent != 6 {
			t.Errorf("%s %+v", c.State, c.Tally)
		}
		// What is cancelled never leaves.
		other := compose(t, h, draft())
		schedule(t, h, other, newsletter.When{At: h.Clock.Now().Add(time.Hour)})
		if err := news(h).Cancel(t.Context(), other, "owner"); err != nil {
			t.Fatal(err)
		}
		before := len(h.Sink.Mails())
		h.Clock.Advance(2 * time.Hour)
		h.Work()
		if len(h.Sink.Mails()) != before || campaign(t, h, other).State != newsletter.Cancelled {
			t.Error("a cancelled campaign left")
		}
	})
}

// The archive shows what is for everybody, as nobody's letter, and harmless.
func TestTheArchiveShowsWhatIsForEverybody(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(campaignFields), clock.At(noon), newsletter.Kind{})
	p := crowd(t, h, 1)[0]
	secret := sent(t, h, draft())
	c := draft()
	c.Public = true
	c.Sources["en"] = c.Sources["de"]
	s := c.Sources["en"]
	s.Title, s.Body = "Hello <script>alert(1)</script>", s.Body+"\n\n<img src=x onerror=alert(1)>"
	c.Sources["en"] = s
	public := sent(t, h, c)
	_, list := p.ask(http.MethodGet, newsletter.Path+"/archive", nil)
	_, feed := p.ask(http.MethodGet, newsletter.Path+"/archive.atom", nil)
	status, issue := p.ask(http.MethodGet, newsletter.Path+"/archive/"+public.ID, nil)
	if status != http.StatusOK || !strings.Contains(list, public.ID) || !strings.Contains(feed, public.ID) {
		t.Fatalf("%d\n%s\n%s", status, list, feed)
	}
	for _, text := range []string{list, feed, issue} {
		for _, wrong := range []string{"<script", "<img", secret.ID, p.first, p.email, "/go/", "/seen/", "/leave/"} {
			if strings.Contains(text, wrong) {
				t.Errorf("%s is in\n%s", wrong, text)
			}
		}
	}
	if status, _ := p.ask(http.MethodGet, newsletter.Path+"/archive/"+secret.ID, nil); status != http.StatusNotFound {
		t.Errorf("what is not public: %d", status)
	}
	if slices.Contains([]string{"", "draft"}, string(public.State)) {
		t.Error("not sent")
	}
}
