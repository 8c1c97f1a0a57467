package app

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/meeting"
)

// sentLink is a link that a mail of one of the four kinds holds.
type sentLink struct {
	name  string
	path  string // whole, of the site's door
	does  url.Values
	count string // what would be less or more if the link did something
}

// token is the last part of a link, without the id that stands before it in some.
func (l sentLink) token() string { return path.Base(l.path) }

// bits counts the random bits of a token: hexadecimal or base64.
func bits(token string) int {
	if b, err := hex.DecodeString(token); err == nil {
		return 8 * len(b)
	}
	if b, err := base64.RawURLEncoding.DecodeString(token); err == nil {
		return 8 * len(b)
	}
	return 0
}

// linked goes through the four kinds with a mailbox, and returns the links that came.
func (h *house) linked(email string, at time.Time) (all []sentLink) {
	h.t.Helper()
	w := h.writer(email)
	add := func(name, part string, does url.Values, count string) {
		h.t.Helper()
		u, err := url.Parse(w.link(part))
		fatal(h.t, err)
		all = append(all, sentLink{name, u.Path, does, count})
	}
	yes := url.Values{"do": {"yes"}}
	w.wants(w.order(called), http.StatusOK)
	add("confirm", "/confirm/", yes, "select count(*) from newsletter_subscriber where confirmed_at is not null")
	w.wants(w.post(all[0].path, yes), http.StatusOK)
	add("leave", "/leave/", yes, "select count(*) from newsletter_subscriber")
	add("details", "/details/", url.Values{"first": {"Eve"}}, "select count(*) from newsletter_subscriber where first_name is null")
	w.wants(w.contacts(typed), http.StatusOK)
	add("end", "/end/", yes, "select count(*) from contact_conversation")
	w.wants(w.books(at), http.StatusOK)
	add("mine", "/mine/", nil, "select count(*) from booking_appointment where cancelled_at is null")
	_, err := h.register().Invite(h.t.Context(), meeting.Plan{Activity: "fathom", Topic: "Talk with " + email, Start: h.clock.Now().Add(10 * time.Minute), Organiser: "org@person.example", People: []string{email}, By: "staff"})
	fatal(h.t, err)
	add("stop", "/stop/", url.Values{"do": {"stop"}}, "select count(*) from meeting_conference where blocked_at is null")
	return all
}

// Links in mails hold 128 random bits, stand nowhere but in the mail, and do nothing
// once a letter of them is another one; that answer is that to a link made up (threats 6
// and 12).
func TestLinksOfMailsCannotBeGuessed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.opens()
		ada, bob := h.linked("ada@person.example", appointment), h.linked("bob@person.example", appointment.Add(time.Hour))
		stranger := h.stranger()
		for i, l := range ada {
			token := l.token()
			if l.name == "stop" {
				token = token[len("00000000000000000000000000"):] // the conference's id stands before it
			}
			if bits(token) < 128 {
				t.Errorf("%s: %q has %d bits", l.name, token, bits(token))
			}
			if other := bob[i].token(); token[:8] == other[len(other)-len(token):][:8] {
				t.Errorf("%s: two tokens begin alike: %s, %s", l.name, token, other)
			}
			if l.name != "stop" && l.name != "mine" { // these are derived from the id, under the instance's key
				if places := h.traces(token); len(places) > 0 {
					t.Errorf("%s: the token stands in %q", l.name, places)
				}
			}
			h.unmoved(stranger, l)
		}
	}, smtpDispatch)
}

// unmoved tries a link with another last letter, and one that is made up.
func (h *house) unmoved(b *browser, l sentLink) {
	h.t.Helper()
	before := h.counts(l.count)
	flip := map[bool]string{true: "b", false: "a"}
	near := l.path[:len(l.path)-2] + flip[strings.HasSuffix(l.path[:len(l.path)-1], "a")] + l.path[len(l.path)-1:]
	far := path.Dir(l.path) + "/" + strings.Repeat("0", len(l.token()))
	var said []string
	for _, address := range []string{near, far} {
		for _, sub := range actsOf(l) {
			got := b.post(address+sub, l.does)
			said = append(said, got.Status+"\n"+anyToken.ReplaceAllString(got.body, "…"))
		}
		got := b.get(address)
		said = append(said, got.Status+"\n"+anyToken.ReplaceAllString(got.body, "…"))
	}
	h.settle()
	if after := h.counts(l.count); after != before {
		h.t.Errorf("%s: a link with another letter did something: %d, %d", l.name, before, after)
	}
	half := len(said) / 2
	for i := range half {
		if said[i] != said[half+i] {
			h.t.Errorf("%s: whoever guesses learns that they are near:\n%s\n---\n%s", l.name, said[i], said[half+i])
		}
	}
}

// actsOf are the parts of a link's page that do something.
func actsOf(l sentLink) []string {
	if l.name == "mine" {
		return []string{"/cancel", "/forget", "/move/" + appointment.Add(26*time.Hour).UTC().Format("20060102T1504Z")}
	}
	return []string{""}
}

var anyToken = regexp.MustCompile(`[0-9A-Za-z_-]{22,}`)

// The page of a stop link and its answer are the same for a link that leads nowhere:
// whoever has none learns of no conference.
func TestNobodyLearnsOfAConference(t *testing.T) {
	h := solo(t, smtpDispatch)
	h.opens()
	l := h.linked("ada@person.example", appointment)
	stop := l[len(l)-1]
	b := h.stranger()
	made := path.Dir(stop.path) + "/" + strings.Repeat("0", len(stop.token()))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		var said []string
		for _, address := range []string{stop.path, made} {
			got := b.get(address)
			if method == http.MethodPost {
				got = b.post(address, stop.does)
			}
			said = append(said, got.Status+"\n"+anyToken.ReplaceAllString(got.body, "…"))
		}
		if said[0] != said[1] {
			t.Errorf("%s says whether there is a conference:\n%s\n---\n%s", method, said[0], said[1])
		}
	}
	if n := h.counts(stop.count); n != 0 {
		t.Error("the true link stopped nothing")
	}
}
