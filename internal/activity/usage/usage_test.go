package usage

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

var everyField = []string{"time", "function", "os", "browser", "screen", "region", "truncated_ip"}

const head = `kept: 1
notice: {version: 2026-01-01, languages: [de, en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
`

// policyOf returns a policy that has the use of the application counted, with fields.
func policyOf(fields []string) string { return policyEnding(fields, "anonymise", "anonymise") }

func policyEnding(fields []string, withdrawn, then string) string {
	if len(fields) == 0 {
		return head + "activities: {}\n"
	}
	return head + fmt.Sprintf(`activities:
  app-usage:
    purpose: analytics.reporting.system
    basis: consent
    group: statistics
    data: [%s]
    on_withdrawal: %s
    retention:
      - {from: collection, keep: 30 days, then: %s}
`, strings.Join(fields, ", "), withdrawn, then)
}

// noon is a Saturday's.
var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, activitytest.Env(t, place, policyOf(everyField), clock.At(noon), Kind{}))
	})
}

func collectorOf(h *activitytest.House) *Collector { return h.Running(Name).(*Collector) }

const (
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
	safari  = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"
)

// person is somebody at a browser.
type person struct {
	h      *activitytest.House
	cookie *http.Cookie
	state  consent.State
	agent  string
	from   string
}

func newPerson(h *activitytest.House) *person {
	return &person{h: h, agent: firefox, from: "217.0.113.77:4711"}
}

// agreed is a person who agreed to the statistics.
func agreed(h *activitytest.House) *person {
	h.T.Helper()
	p := newPerson(h)
	p.cookie, p.state = h.Accept("statistics")
	return p
}

func (p *person) subject() string {
	p.h.T.Helper()
	s, err := p.h.Consent.Subject(context.Background(), p.state.Decision)
	if err != nil {
		p.h.T.Fatal(err)
	}
	return s
}

func (p *person) request(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://www.muster.example"+Path, strings.NewReader(body))
	r.RemoteAddr = p.from
	r.Header.Set("User-Agent", p.agent)
	if p.cookie != nil {
		r.AddCookie(p.cookie)
	}
	return r
}

// uses tells that a function was used now, and returns the status.
func (p *person) uses(function string, width, height int) int {
	p.h.T.Helper()
	return p.tells(message1(p.h.Clock.Now(), function, width, height))
}

func (p *person) tells(body string) int {
	p.h.T.Helper()
	answer := p.h.Serve(p.request(body))
	if len(answer.Cookies()) > 0 {
		p.h.T.Errorf("a cookie is set: %v", answer.Cookies())
	}
	if answer.StatusCode == http.StatusInternalServerError {
		p.h.T.Errorf("an internal error; the log says:\n%s", p.h.Logged)
	}
	return answer.StatusCode
}

func message1(at time.Time, function string, width, height int) string {
	return fmt.Sprintf(`{"v":1,"events":[{"id":"%d","f":%q,"w":%d,"h":%d}]}`, event.NewID(at), function, width, height)
}

func count(h *activitytest.House) int64 {
	h.T.Helper()
	n, err := h.Events.Count(context.Background(), eventTable)
	if err != nil {
		h.T.Fatal(err)
	}
	return n
}

// stored returns what stands in the rows, by column, oldest first; "-" for nothing.
func stored(h *activitytest.House, column string) []string {
	h.T.Helper()
	return h.Said(eventTable, "select coalesce(w.text, '-') from usage_event e left join usage_event_word w on w.id = e."+column+" order by e.id")
}

// letters writes n in letters, since functions have no long numbers in their names.
func letters(n int) string {
	s := ""
	for ; n > 0; n /= 26 {
		s = string(rune('a'+n%26)) + s
	}
	return s
}

func TestManifestIsConsistent(t *testing.T) {
	m := Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	people := map[string]*person{}
	activitytest.Run(t, Kind{}, activitytest.Config{
		Policy: func(fields []string) string { return policyEnding(fields, "delete", "delete") },
		Fields: everyField,
		Use:    func(h *activitytest.House, p activitytest.Planted) { people[p.Subject].uses("export", 1920, 1080) },
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := newPerson(h)
			if h.Policy().Activity(Name) != nil {
				p = agreed(h)
			}
			function := "function-" + letters(n)
			p.uses(function, 1920, 1000+n)
			planted := activitytest.Planted{Values: map[string]string{
				fieldFunction: function, fieldOS: "Windows", fieldBrowser: "Firefox 132", fieldScreen: fmt.Sprintf("1920x%d", 1000+n),
				fieldRegion: "DE", fieldNetwork: "217.0.0.0",
			}}
			if p.state.Decision != "" {
				planted.Subject = p.subject()
				people[planted.Subject] = p
			}
			return planted
		},
		Nobody: []string{deskPath, deskPath + "/{week}"},
		Ends:   []activitytest.End{{Table: eventTable, Days: 30}},
	})
}

// CS06: operating system, browser and version, resolution and approximate location are
// collected after consent alone, and the address is shortened before anything is stored.
func TestPromise_CS06_UseOfTheApplicationIsCountedAfterConsent(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		if status := newPerson(h).uses("sync-targets", 1920, 1080); status != http.StatusForbidden || count(h) != 0 {
			t.Fatalf("without consent: %d, %d rows", status, count(h))
		}
		p := agreed(h)
		p.from = "217.0.113.77:4711"
		if status := p.uses("sync-targets", 1920, 1080); status != http.StatusNoContent {
			t.Fatalf("with consent: %d", status)
		}
		for column, want := range map[string]string{
			"function": "sync-targets", "os": "Windows", "browser": "Firefox 132", "screen": "1920x1080", "region": "DE", "network": "217.0.0.0",
		} {
			if got := stored(h, column); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %q, want %q", column, got, want)
			}
		}
		planted := netip.MustParseAddr("217.0.113.77")
		for _, hit := range activitytest.Leaks(h.Everything(), planted) {
			t.Errorf("while running: %s", hit)
		}
		h.Close()
		for _, hit := range activitytest.Leaks(h.Everything(), planted) {
			t.Errorf("after a clean stop: %s", hit)
		}
	})
}

// CS06: after thirty days a row says that a function was used on a day, and no more.
func TestPromise_CS06_AfterThirtyDaysNothingTellsOfAPerson(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := agreed(h)
		p.uses("export", 1920, 1080)
		h.Clock.Set(noon.AddDate(0, 0, 30).Add(-time.Millisecond))
		h.Sweep()
		if got := stored(h, "browser"); !slices.Equal(got, []string{"Firefox 132"}) {
			t.Fatalf("before the end: %q", got)
		}
		h.Clock.Set(noon.AddDate(0, 0, 30).Add(time.Second))
		h.Sweep()
		bare(t, h, p.subject())
	})
}

// CS06: a withdrawal makes what was collected anonymous at once.
func TestPromise_CS06_AWithdrawalMakesAnonymous(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p, other := agreed(h), agreed(h)
		p.uses("export", 1920, 1080)
		who := p.subject()
		if _, err := h.Consent.Decide(context.Background(), consent.Request{None: true, Language: "en", Source: consent.Settings, Previous: p.state}); err != nil {
			t.Fatal(err)
		}
		h.Work()
		bare(t, h, who)
		h.Clock.Advance(time.Second)
		if status := p.uses("export", 1920, 1080); status != http.StatusForbidden {
			t.Errorf("after the withdrawal, with the old cookie: %d", status)
		}
		if status := other.uses("export", 1920, 1080); status != http.StatusNoContent || count(h) != 2 {
			t.Errorf("somebody else: %d, %d rows", status, count(h))
		}
	})
}

// bare fails if the one row holds more than a function and a day, or is somebody's.
func bare(t *testing.T, h *activitytest.House, who string) {
	t.Helper()
	if got := stored(h, "function"); !slices.Equal(got, []string{"export"}) {
		t.Errorf("functions: %q", got)
	}
	for _, column := range []string{"os", "browser", "screen", "region", "network"} {
		if got := stored(h, column); !slices.Equal(got, []string{"-"}) {
			t.Errorf("%s: %q", column, got)
		}
	}
	err := h.Events.Of(context.Background(), eventTable, who, func(event.Row) error { t.Error("the row is still somebody's"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	oldest, err := h.Events.Oldest(context.Background(), eventTable)
	if err != nil || !oldest.Equal(noon.Truncate(24*time.Hour)) {
		t.Errorf("the row is of %s, %v", oldest, err)
	}
}

func TestHostileRequestsStoreNothing(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := agreed(h)
		now := h.Clock.Now()
		good := message1(now, "export", 1, 1)
		for name, body := range map[string]string{
			"empty":              "",
			"no JSON":            "\xff",
			"two messages":       good + good,
			"another version":    strings.Replace(good, `"v":1`, `"v":2`, 1),
			"no events":          `{"v":1,"events":[]}`,
			"an unknown field":   strings.Replace(good, `"f"`, `"email":"a@b.example","f"`, 1),
			"too many":           `{"v":1,"events":[` + strings.Repeat(strings.TrimSuffix(strings.TrimPrefix(good, `{"v":1,"events":[`), `]}`)+",", maxUses) + `{}]}`,
			"too long":           good + strings.Repeat(" ", maxBody),
			"an address":         message1(now, "anna@firma.example", 1, 1),
			"a path":             message1(now, "/kunden/anna", 1, 1),
			"a number":           message1(now, "kunde-4711", 1, 1),
			"a long name":        message1(now, strings.Repeat("a", longestFunction+1), 1, 1),
			"no name":            message1(now, "", 1, 1),
			"a screen too large": message1(now, "export", largestScreen+1, 1),
			"a negative screen":  message1(now, "export", -1, 1),
			"a day ago":          message1(now.Add(-25*time.Hour), "export", 1, 1),
		} {
			if status := p.tells(body); status < 400 || status > 499 {
				t.Errorf("%s: answered %d", name, status)
			}
		}
		for name, change := range map[string]func(r *http.Request){
			"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"another origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"forged consent": func(r *http.Request) { r.Header.Set("Cookie", "kept_choice=a.b.c.d") },
		} {
			r := p.request(good)
			change(r)
			if status := h.Serve(r).StatusCode; status < 400 || status > 499 {
				t.Errorf("%s: answered %d", name, status)
			}
		}
		if n := count(h); n != 0 {
			t.Fatalf("%d rows are stored", n)
		}
	})
}

func TestARepeatedRequestIsStoredOnce(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := agreed(h)
		body := message1(h.Clock.Now(), "export", 1, 1)
		p.tells(body)
		p.tells(body)
		if n := count(h); n != 1 {
			t.Fatalf("%d rows are stored", n)
		}
	})
}

// Another consent is none, and what is not declared is not counted.
func TestOnlyWhatIsDeclaredAndAgreedTo(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(everyField), clock.At(noon), Kind{})
	p := agreed(h)
	h.SetPolicy(policyOf(nil))
	if status := p.uses("export", 1, 1); status != http.StatusNotFound || count(h) != 0 {
		t.Errorf("without an entry: %d, %d rows", status, count(h))
	}
	h.SetPolicy(policyOf([]string{"function"}))
	p = agreed(h)
	p.uses("export", 1, 1)
	for _, column := range []string{"os", "browser", "screen", "region", "network"} {
		if got := stored(h, column); !slices.Equal(got, []string{"-"}) {
			t.Errorf("%s: %q", column, got)
		}
	}
	h.SetPolicy(strings.Replace(policyOf(everyField), "group: statistics", "group: comfort", 1))
	if status := p.uses("export", 1, 1); status != http.StatusForbidden {
		t.Errorf("with consent to something else: %d", status)
	}
}
