package newsletter_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/activity/newsletter/issue"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// campaignFields are the fields of a policy whose newsletter keeps and measures all.
var campaignFields = append(append([]string{}, allFields...), "time_zone", "dispatch", "opens", "clicks")

func eachSending(t *testing.T, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, activitytest.Env(t, place, policyOf(campaignFields), clock.At(noon), newsletter.Kind{}))
	})
}

func sending(t *testing.T, policy string) *activitytest.House {
	t.Helper()
	return activitytest.Env(t, storetest.SQLite(t), policy, clock.At(noon), newsletter.Kind{})
}

// draft is a campaign about what the policy says, in both languages.
func draft() newsletter.Campaign {
	return newsletter.Campaign{Name: "November", Format: issue.Markdown, Contents: []string{""}, Sources: map[string]issue.Source{
		"de": {Title: "Neues im November", Body: "{{greeting}}\n\nwir haben *Neues*: [hier](https://kept.example/neu?a=1).\n\n[Abbestellen]({{unsubscribe}})"},
		"en": {Title: "News of November", Body: "{{greeting}}\n\nthere is *news*: [here](https://kept.example/new?a=1).\n\n[Unsubscribe]({{unsubscribe}})"},
	}}
}

// compose keeps a draft.
func compose(t *testing.T, h *activitytest.House, c newsletter.Campaign) string {
	t.Helper()
	id, err := news(h).Compose(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// sent sends a campaign now, to its end.
func sent(t *testing.T, h *activitytest.House, c newsletter.Campaign) newsletter.Campaign {
	t.Helper()
	id := compose(t, h, c)
	schedule(t, h, id, newsletter.When{})
	h.Work()
	return campaign(t, h, id)
}

func schedule(t *testing.T, h *activitytest.House, id string, w newsletter.When) {
	t.Helper()
	if err := news(h).Schedule(t.Context(), id, w, "owner"); err != nil {
		t.Fatal(err)
	}
}

func campaign(t *testing.T, h *activitytest.House, id string) newsletter.Campaign {
	t.Helper()
	c, err := news(h).Campaign(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// crowd are n people who subscribed.
func crowd(t *testing.T, h *activitytest.House, n int) (all []*person) {
	t.Helper()
	for i := range n {
		p := someone(h, i+1)
		p.t = t
		p.subscribe()
		all = append(all, p)
	}
	return all
}

// newest is the last mail in somebody's mailbox.
func (p *person) newest() mailtest.Mail {
	p.t.Helper()
	all := p.mails()
	if len(all) == 0 {
		p.t.Fatalf("%s has no mail", p.email)
	}
	return all[len(all)-1]
}

var hrefs = regexp.MustCompile(`(?:href|src)="([^"]+)"`)

// addresses are those in a mail's HTML.
func addresses(m mailtest.Mail) (found []string) {
	for _, x := range hrefs.FindAllStringSubmatch(m.Read().HTML, -1) {
		found = append(found, strings.ReplaceAll(x[1], "&amp;", "&"))
	}
	return found
}

// addressWith returns the path of the first address in a mail's HTML that holds part.
func addressWith(t *testing.T, m mailtest.Mail, part string) string {
	t.Helper()
	for _, a := range addresses(m) {
		if strings.Contains(a, part) {
			u, err := url.Parse(a)
			if err != nil {
				t.Fatal(err)
			}
			return u.RequestURI()
		}
	}
	t.Fatalf("the mail has no address with %s:\n%s", part, m.Read().HTML)
	return ""
}

func count(t *testing.T, h *activitytest.House, query string, args ...any) (n int) {
	t.Helper()
	if err := h.DB.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestACampaignReachesItsReaders(t *testing.T) {
	eachSending(t, func(t *testing.T, h *activitytest.House) {
		people := crowd(t, h, 3)
		someone(h, 9).order() // nobody confirmed it
		c := sent(t, h, draft())
		if c.State != newsletter.Done || c.Tally.Recipients != 3 || c.Tally.Sent != 3 || c.Ended.IsZero() {
			t.Fatalf("%+v", c)
		}
		for _, p := range people {
			m := p.newest()
			raw, in := string(m.Raw), m.Read()
			for _, part := range []string{"List-Unsubscribe: <https://", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", " <newsletter.kept.example>", "Content-Language: en", "Precedence: bulk"} {
				if !strings.Contains(raw, part) {
					t.Errorf("the mail lacks %s:\n%s", part, raw)
				}
			}
			if in.Title != "News of November" || !strings.HasPrefix(in.Text, "Hello "+p.first+" "+p.last+",") || !strings.Contains(in.Text, "https://kept.example/new?a=1") ||
				!strings.Contains(in.HTML, "<em>news</em>") || !strings.Contains(in.Text, "you ordered the newsletter") {
				t.Errorf("%q\n%s\n%s", in.Title, in.Text, in.HTML)
			}
			p.press(p.link("/leave/"))
			if n := len(p.mails()); n != 2+1 {
				t.Errorf("%d mails", n)
			}
		}
		if c := campaign(t, h, c.ID); c.Tally.Departed != 3 || count(t, h, "select count(*) from newsletter_dispatch") != 0 {
			t.Errorf("%+v, %d letters are kept", c.Tally, count(t, h, "select count(*) from newsletter_dispatch"))
		}
	})
}

func TestAnOpenedLinkIsCountedAndLeadsWhereTheCampaignSays(t *testing.T) {
	eachSending(t, func(t *testing.T, h *activitytest.House) {
		p := crowd(t, h, 2)[0]
		c := sent(t, h, draft())
		m := p.newest()
		for range 2 {
			status, _ := p.ask(http.MethodGet, addressWith(t, m, "/go/"), nil)
			if status != http.StatusSeeOther {
				t.Fatalf("the link answers %d", status)
			}
			p.ask(http.MethodGet, addressWith(t, m, "/seen/"), nil)
		}
		r, err := news(h).Report(t.Context(), c.ID)
		if err != nil || len(r.Links) != 2 || r.Links[0].Clicks != 2 || r.Campaign.Tally.Opened != 1 {
			t.Errorf("%v %+v", err, r)
		}
		if text := h.CopyOf(p.subject()); !strings.Contains(text, "https://kept.example/new?a=1") {
			t.Errorf("the copy does not show the click:\n%s", text)
		}
		evil := strings.Replace(addressWith(t, m, "/go/"), "-", "-0", 1)
		if status, _ := p.ask(http.MethodGet, evil, nil); status != http.StatusNotFound {
			t.Errorf("a forged link: %d", status)
		}
		p.press(p.link("/leave/"))
		if status, _ := p.ask(http.MethodGet, addressWith(t, m, "/go/"), nil); status != http.StatusSeeOther {
			t.Errorf("the link of somebody who left: %d", status)
		}
		if r, err := news(h).Report(t.Context(), c.ID); err != nil || r.Links[0].Clicks != 2 {
			t.Errorf("counted after leaving: %v %+v", err, r)
		}
	})
}

// Whoever changes state in mid-campaign gets nothing any more.
func TestWhoEndsItInMidCampaignGetsNothing(t *testing.T) {
	for name, act := range map[string]func(p *person){
		"unsubscribed": func(p *person) { p.leaveNow() },
		"restricted": func(p *person) {
			who := p.subject()
			p.write(func(ctx context.Context, tx *store.Tx) error { return p.h.Subjects.Restrict(ctx, tx, who, "disputed") })
		},
		"objected": func(p *person) {
			who := p.subject()
			p.write(func(ctx context.Context, tx *store.Tx) error { return p.h.Subjects.Object(ctx, tx, who, "newsletter") })
		},
		"objected to mail": func(p *person) {
			who := p.subject()
			p.write(func(ctx context.Context, tx *store.Tx) error { return p.h.Subjects.Object(ctx, tx, who, "mail") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachSending(t, func(t *testing.T, h *activitytest.House) {
				people := crowd(t, h, 6)
				var victim *person
				first := true
				h.Sink.Answer = func(to string) *smtp.SMTPError {
					if first { // the first letter is on its way: somebody else's turn is still to come
						first = false
						for _, p := range people {
							if p.email != to {
								victim = p
							}
						}
						act(victim)
					}
					return nil
				}
				news(h).SetConnections(1)
				got := sent(t, h, draft())
				if victim == nil || len(victim.mails()) != 2 {
					t.Fatalf("%d mails for who %s in mid-campaign; %+v", len(victim.mails()), name, got.Tally)
				}
				if got.Tally.Sent != 5 || got.Tally.Withheld != 1 || got.State != newsletter.Done {
					t.Errorf("%s %+v", got.State, got.Tally)
				}
			})
		})
	}
}

func (p *person) write(f func(ctx context.Context, tx *store.Tx) error) {
	if err := p.h.DB.Write(context.Background(), f); err != nil {
		p.t.Error(err)
	}
}

// leaveNow unsubscribes by mail address, as a mail to the list does.
func (p *person) leaveNow() {
	if err := news(p.h).LeaveAs(context.Background(), "newsletter", p.email, newsletter.ByMail); err != nil {
		p.t.Error(err)
	}
}

func TestOnlyAReadyDraftLeaves(t *testing.T) {
	h := sending(t, policyOf(campaignFields))
	crowd(t, h, 1)
	for name, spoil := range map[string]func(c *newsletter.Campaign){
		"no contents":  func(c *newsletter.Campaign) { c.Contents = nil },
		"no text":      func(c *newsletter.Campaign) { c.Sources = nil },
		"a wrong word": func(c *newsletter.Campaign) { c.Sources["de"] = issue.Source{Title: "x", Body: "{{env}}"} },
		"a name in the archive": func(c *newsletter.Campaign) {
			c.Public, c.Sources["de"] = true, issue.Source{Title: "x", Body: "{{name}}"}
		},
	} {
		c := draft()
		spoil(&c)
		id := compose(t, h, c)
		if err := news(h).Schedule(t.Context(), id, newsletter.When{}, "owner"); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := sent(t, h, draft())
	for what, err := range map[string]error{
		"send again": news(h).Schedule(t.Context(), c.ID, newsletter.When{}, "owner"),
		"pause":      news(h).Pause(t.Context(), c.ID, "owner"), "resume": news(h).Resume(t.Context(), c.ID, "owner"), "cancel": news(h).Cancel(t.Context(), c.ID, "owner"),
		"delete": news(h).Delete(t.Context(), c.ID),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s what is sent: %v", what, err)
		}
	}
}

// replaced is a policy with another text in place of one, which has to be there.
func replaced(policy, old, other string) string {
	if !strings.Contains(policy, old) {
		panic("the policy has no " + old)
	}
	return strings.Replace(policy, old, other, 1)
}

// A time that is over is a slip of the keyboard: nothing leaves at once because of it.
// The form begins with the controller's own clock.
func TestATimeThatIsOverSendsNothing(t *testing.T) {
	eachSending(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.t = t
		p.subscribe()
		n := len(p.mails())
		id := compose(t, h, draft())
		status, page := staff(t, h, http.MethodGet, "/newsletter/campaigns/"+id, nil)
		if status != http.StatusOK || !strings.Contains(page, `name="zone" type="text" value="Europe/Berlin"`) {
			t.Errorf("the form does not begin with the controller's clock:\n%s", page)
		}
		_, page = staff(t, h, http.MethodPost, "/newsletter/campaigns/"+id+"/send", url.Values{"when": {"later"}, "at": {h.Clock.Now().Add(-time.Hour).Format("2006-01-02T15:04")}, "zone": {"UTC"}})
		if !strings.Contains(page, "ist vorbei") && !strings.Contains(page, "is over") {
			t.Errorf("the page does not say that this time is over:\n%s", page)
		}
		h.Work()
		if c := campaign(t, h, id); c.State != newsletter.Draft || len(p.mails()) != n {
			t.Errorf("it is %s, and %d mails left", c.State, len(p.mails())-n)
		}
		if err := news(h).Schedule(t.Context(), id, newsletter.When{At: h.Clock.Now().Add(-time.Hour), Zone: "UTC"}, "owner"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a command may: %v", err)
		}
		schedule(t, h, id, newsletter.When{At: h.Clock.Now(), Zone: "UTC"})
	})
}
