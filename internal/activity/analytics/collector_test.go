package analytics

import (
	"context"
	"fmt"
	"io"
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
	"kept/internal/store/storetest"
)

var everyField = []string{
	"visitor", "time", "page", "referrer", "scroll", "outbound_link", "search", "video", "download", "campaign", "language",
	"truncated_ip", "region", "browser", "os", "device", "screen",
}

const head = `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
`

// policyOf returns a policy whose analytics list fields.
func policyOf(fields []string) string {
	if len(fields) == 0 {
		return head + "activities: {}\n"
	}
	return head + `activities:
  analytics:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [` + strings.Join(fields, ", ") + `]
    cookies: [{name: kept_visitor, lifetime: 2 years}]
    retention:
      - {from: collection, keep: 14 months, then: delete, every: 1 month}
`
}

func house(t testing.TB, place store.Config) *activitytest.House {
	t.Helper()
	return activitytest.Env(t, place, policyOf(everyField), clock.At(noon), Kind{})
}

func collectorOf(h *activitytest.House) *Collector { return h.Running(Name).(*Collector) }

const (
	firefox     = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
	homeAddress = "217.0.0.77" // in a German network
)

// browser is a visitor's browser: it keeps cookies.
type browser struct {
	h       *activitytest.House
	cookies map[string]*http.Cookie
	from    string
}

func newBrowser(h *activitytest.House) *browser {
	return &browser{h: h, cookies: map[string]*http.Cookie{}, from: homeAddress + ":4711"}
}

// accept clicks on "accept".
func (b *browser) accept() consent.State {
	b.h.T.Helper()
	c, st := b.h.Accept("statistics")
	b.cookies[c.Name] = c
	return st
}

// withdraw takes the consent back; the cookie stays as an old device would have
// it.
func (b *browser) withdraw(st consent.State) {
	b.h.T.Helper()
	if _, err := b.h.Consent.Decide(context.Background(), consent.Request{None: true, Language: "en", Source: consent.Settings, Previous: st}); err != nil {
		b.h.T.Fatal(err)
	}
}

// request returns the request that brings body.
func (b *browser) request(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://www.muster.example"+Path, strings.NewReader(body))
	r.RemoteAddr = b.from
	r.Header.Set("User-Agent", firefox)
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return r
}

// send sends body and returns the status.
func (b *browser) send(body string) int {
	b.h.T.Helper()
	answer := b.h.Serve(b.request(body))
	for _, c := range answer.Cookies() {
		b.cookies[c.Name] = c
	}
	if answer.StatusCode == http.StatusInternalServerError {
		b.h.T.Errorf("an internal error; the log says:\n%s", b.h.Logged)
	}
	return answer.StatusCode
}

// subject returns whose this browser's events are.
func (b *browser) subject() string {
	b.h.T.Helper()
	r := b.request("")
	who, err := collectorOf(b.h).Holder(context.Background(), r)
	if err != nil {
		b.h.T.Fatal(err)
	}
	return who
}

// now returns a message with one event of now.
func now(h *activitytest.House, kind, more string) string { return one(h.Clock.Now(), kind, more) }

// stored returns the stored events of one column with their type, in the order of the
// alphabet.
func stored(h *activitytest.House, column string) []string {
	h.T.Helper()
	all := h.Said(eventTable, "select k.text || ' ' || coalesce(w.text, '-') from analytics_event e join analytics_event_word k on k.id = e.event left join analytics_event_word w on w.id = e."+column+" order by e.id")
	slices.Sort(all)
	return all
}

func count(h *activitytest.House) int64 {
	h.T.Helper()
	n, err := h.Events.Count(context.Background(), eventTable)
	if err != nil {
		h.T.Fatal(err)
	}
	return n
}

func TestConformance(t *testing.T) {
	browsers := map[string]*browser{}
	activitytest.Run(t, Kind{}, activitytest.Config{
		Policy: policyOf,
		Fields: everyField,
		Use:    func(h *activitytest.House, p activitytest.Planted) { browsers[p.Subject].send(now(h, pageView, "")) },
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			b := newBrowser(h)
			if h.Policy().Activity(Name) != nil {
				b.accept()
			}
			values := map[string]string{
				fieldPage: fmt.Sprintf("/seite-%d.html", n), fieldReferrer: fmt.Sprintf("quelle-%d.example", n), fieldOutbound: fmt.Sprintf("ziel-%d.example/a", n),
				fieldSearch: fmt.Sprintf("begriff-%d", n), fieldVideo: fmt.Sprintf("play film-%d", n), fieldDownload: fmt.Sprintf("www.muster.example/liste-%d.pdf", n),
				fieldCampaign: fmt.Sprintf("kampagne-%d", n), fieldScreen: fmt.Sprintf("1920x%d", 1000+n), fieldLanguage: "de-DE", fieldRegion: "DE",
				fieldNetwork: "217.0.0.0", fieldBrowser: "Firefox 132", fieldOS: "Windows", fieldDevice: "desktop", fieldScroll: "90",
			}
			for kind, x := range map[string]string{
				pageView: "", scroll: "90", outbound: "https://" + values[fieldOutbound] + "?who=max", search: values[fieldSearch],
				video: values[fieldVideo], download: "https://" + values[fieldDownload],
			} {
				more := fmt.Sprintf(`,"r":"https://%s/?q=x","x":%q,"c":%q,"l":"de-DE","w":1920,"h":%d`, values[fieldReferrer], x, values[fieldCampaign], 1000+n)
				b.send(strings.Replace(now(h, kind, more), "/seite", values[fieldPage], 1))
			}
			browsers[b.subject()] = b
			return activitytest.Planted{Subject: b.subject(), Values: values}
		},
		Ends: []activitytest.End{{Table: eventTable, Months: 14, Monthly: true}},
	})
}

// AH06: what is measured after consent.
func TestPromise_AH06_EventsAfterConsent(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		b.accept()
		for _, e := range []struct{ kind, more string }{
			{pageView, `,"l":"de"`}, {scroll, `,"x":"90"`}, {outbound, `,"x":"https://ziel.example/a"`},
			{search, `,"x":"Preise"`}, {video, `,"x":"play Imagefilm"`}, {download, `,"x":"/liste.pdf"`},
		} {
			if status := b.send(now(h, e.kind, e.more)); status != http.StatusNoContent {
				t.Fatalf("%s was answered %d", e.kind, status)
			}
		}
		for column, want := range map[string][]string{
			"page":          {"download /seite", "first_visit /seite", "outbound /seite", "page_view /seite", "scroll /seite", "search /seite", "session_start /seite", "video /seite"},
			"search":        {"download -", "first_visit -", "outbound -", "page_view -", "scroll -", "search preise", "session_start -", "video -"},
			"outbound_link": {"download -", "first_visit -", "outbound ziel.example/a", "page_view -", "scroll -", "search -", "session_start -", "video -"},
			"language":      {"download -", "first_visit de", "outbound -", "page_view de", "scroll -", "search -", "session_start de", "video -"},
		} {
			if got := stored(h, column); !slices.Equal(got, want) {
				t.Errorf("%s:\n got %q\nwant %q", column, got, want)
			}
		}
		r := reportOf(h)
		if r.Visitors != 1 || r.Visits != 1 || r.PageViews != 1 || len(r.Videos) != 1 || len(r.Downloads) != 1 || len(r.ScrolledToTheEnd) != 1 {
			t.Errorf("the report says %+v", r)
		}
	})
}

func reportOf(h *activitytest.House) Report {
	h.T.Helper()
	r, err := collectorOf(h).Report(context.Background(), noon.Add(-24*time.Hour), h.Clock.Now().Add(time.Hour))
	if err != nil {
		h.T.Fatal(err)
	}
	return r
}

// AH07, MC09: where from, with what, for how long.
func TestPromise_AH07_MC09_StatisticsOfAVisit(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		b.accept()
		b.send(now(h, pageView, `,"r":"https://suche.example/?q=geheim","c":"news / mail","l":"de-DE","w":1920,"h":1080`))
		h.Clock.Advance(90 * time.Second)
		b.send(now(h, pageView, `,"r":"https://www.muster.example/seite"`))
		h.Clock.Advance(time.Hour)
		b.send(now(h, pageView, ``))
		r := reportOf(h)
		if r.Visitors != 1 || r.Visits != 2 || r.PageViews != 3 || r.Time != 90*time.Second || r.Average() != 45*time.Second {
			t.Errorf("visitors %d, visits %d, pages %d, time %v", r.Visitors, r.Visits, r.PageViews, r.Time)
		}
		for name, got := range map[string][]Count{"suche.example": r.Sources, "DE": r.Countries, "Firefox 132": r.Browsers, "desktop": r.Devices, "1920x1080": r.Screens, "news / mail": r.Campaigns} {
			if len(got) != 1 && name != "DE" && name != "Firefox 132" && name != "desktop" || got[0].Name != name {
				t.Errorf("%s: the report says %v", name, got)
			}
		}
		if len(r.Days) != 1 || r.Days[0].PageViews != 3 || r.Days[0].Visits != 2 {
			t.Errorf("the days are %+v", r.Days)
		}
	})
}

// AH07: the provider, where the operator has a database that names it.
func TestPromise_AH07_ProviderFromTheOperatorsDatabase(t *testing.T) {
	h := house(t, storetest.SQLite(t))
	file := activitytest.ProviderFile(t, netip.MustParsePrefix("217.0.0.0/13"), "Musternetz AG")
	h.SetPolicy(policyOf(append(slices.Clone(everyField), fieldProvider)) + "    settings: {provider_database: " + file + "}\n")
	b := newBrowser(h)
	b.accept()
	b.send(now(h, pageView, ``))
	if got := stored(h, "provider"); !slices.Contains(got, "page_view Musternetz AG") {
		t.Errorf("the providers are %q", got)
	}
}

// MC10, MC35, AH07: the address is truncated before anything is stored, and is
// nowhere beside other data.
func TestPromise_MC10_MC35_AddressIsTruncatedFirst(t *testing.T) {
	planted := []netip.Addr{netip.MustParseAddr("217.0.113.77"), netip.MustParseAddr("217.9.51.23"), netip.MustParseAddr("217.77.66.55")}
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		for _, a := range planted {
			b := newBrowser(h)
			b.accept()
			for range 20 {
				b.from = netip.AddrPortFrom(a, 5000).String()
				b.send(now(h, pageView, ``))
				b.from = netip.AddrPortFrom(netip.AddrFrom16(a.As16()), 5000).String()
				b.send(now(h, pageView, ``))
			}
		}
		if got := stored(h, "network"); !slices.Contains(got, "page_view 217.0.0.0") || !slices.Contains(got, "page_view 217.77.0.0") {
			t.Errorf("the networks are %q", slices.Compact(got))
		}
		for _, hit := range activitytest.Leaks(h.Everything(), planted...) {
			t.Errorf("while running: %s", hit)
		}
		h.Close()
		for _, hit := range activitytest.Leaks(h.Everything(), planted...) {
			t.Errorf("after a clean stop: %s", hit)
		}
	})
}

// MC11: only after consent, and never again after an opt-out, old cookies
// included.
func TestPromise_MC11_OnlyAfterConsent(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		answer := h.Serve(b.request(now(h, pageView, ``)))
		if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) != 0 || count(h) != 0 {
			t.Fatalf("without consent: %d, cookies %v, %d events", answer.StatusCode, answer.Cookies(), count(h))
		}
		st := b.accept()
		if status := b.send(now(h, pageView, ``)); status != http.StatusNoContent {
			t.Fatalf("with consent: %d", status)
		}
		before := count(h)
		b.withdraw(st)
		h.Clock.Advance(time.Second)
		if status := b.send(now(h, pageView, ``)); status != http.StatusForbidden || count(h) > before {
			t.Fatalf("after the withdrawal, with the old cookies: %d", status)
		}
	})
}

// MC11: an event that a withdrawal overtakes on its way to the disk goes too.
func TestPromise_MC11_AnEventInFlightGoesWithTheConsent(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		st := b.accept()
		c := collectorOf(h)
		r := b.request(now(h, pageView, ``))
		events, err := c.read(r)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.visit(r, c.current(), st.Decision)
		if err != nil {
			t.Fatal(err)
		}
		b.withdraw(st)
		h.Work()
		if err := c.store(context.Background(), c.current(), st, v, c.rows(c.current(), v, r, events)); err != nil {
			t.Fatal(err)
		}
		if n := count(h); n != 0 {
			t.Fatalf("%d events are left", n)
		}
	})
}

// MC11: a consent to something else is none, also where visitors are not told
// apart.
func TestPromise_MC11_AnotherConsentIsNone(t *testing.T) {
	const media = `recipients:
  video: {name: Video GmbH, address: Berlin, country: DE, role: processor, agreement: {kind: dpa, since: 2024-01-01}}
services:
  player: {recipient: video, group: media, hosts: [video.example]}
`
	for name, fields := range map[string][]string{"every field": everyField, "no visitor": {"page", "time"}} {
		t.Run(name, func(t *testing.T) {
			h := house(t, storetest.SQLite(t))
			h.SetPolicy(policyOf(fields) + media)
			b := newBrowser(h)
			if status := b.send(now(h, pageView, ``)); status != http.StatusForbidden || count(h) != 0 {
				t.Fatalf("without consent: %d", status)
			}
			c, _ := h.Accept("media")
			b.cookies[c.Name] = c
			if status := b.send(now(h, pageView, ``)); status != http.StatusForbidden || count(h) != 0 {
				t.Fatalf("with consent to media only: %d", status)
			}
			b.accept()
			if status := b.send(now(h, pageView, ``)); status != http.StatusNoContent || count(h) == 0 {
				t.Fatalf("with consent: %d", status)
			}
			if name == "no visitor" && b.cookies[VisitorCookie] != nil {
				t.Fatal("a visitor cookie is set, and the policy tells no visitors apart")
			}
		})
	}
}

// MA16: this policy has no analytics, so nothing is measured.
func TestPromise_MA16_NoAnalyticsWithoutAnEntry(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		b.accept()
		h.SetPolicy(policyOf(nil))
		answer := h.Serve(b.request(now(h, pageView, ``)))
		if answer.StatusCode != http.StatusNotFound || len(answer.Cookies()) != 0 || count(h) != 0 {
			t.Fatalf("answered %d with cookies %v, %d events stored", answer.StatusCode, answer.Cookies(), count(h))
		}
	})
}

// AH09: fourteen months, what has reached its age goes in a monthly run.
func TestPromise_AH09_FourteenMonthsMonthly(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		b.accept()
		b.send(now(h, pageView, ``))
		held := count(h)
		h.Clock.Set(time.Date(2028, time.January, 21, 13, 0, 0, 0, time.UTC)) // over, the run of the month is past
		h.Sweep()
		h.Clock.Set(time.Date(2028, time.January, 31, 23, 0, 0, 0, time.UTC))
		h.Sweep()
		if n := count(h); n != held {
			t.Fatalf("%d of %d events are left before the monthly run", n, held)
		}
		h.Clock.Set(time.Date(2028, time.February, 1, 0, 0, 1, 0, time.UTC))
		h.Sweep()
		if n := count(h); n != 0 {
			t.Fatalf("%d events are left after the monthly run", n)
		}
	})
}

// AH10: the cookie ends two years after it was first set, however often it is
// renewed.
func TestPromise_AH10_CookieLivesTwoYearsAtMost(t *testing.T) {
	h := house(t, storetest.SQLite(t))
	b := newBrowser(h)
	b.accept()
	b.send(now(h, pageView, ``))
	end := noon.AddDate(2, 0, 0)
	first := b.cookies[VisitorCookie]
	if first.MaxAge != int(end.Sub(noon)/time.Second) || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookie is %+v", first)
	}
	for range 10 {
		h.Clock.Advance(70 * 24 * time.Hour)
		b.accept() // consent lapses earlier than the cookie
		b.send(now(h, pageView, ``))
		now := h.Clock.Now()
		c := b.cookies[VisitorCookie]
		v, _ := collectorOf(h).signer.decode(c.Value)
		if life := v.since.AddDate(2, 0, 0); now.Add(time.Duration(c.MaxAge) * time.Second).After(life) {
			t.Fatalf("set at %s, the cookie given out at %s lives %d seconds more", now, v.since, c.MaxAge)
		}
	}
	stale := newVisitor(noon)
	r := b.request("")
	r.Header.Set("Cookie", VisitorCookie+"="+collectorOf(h).signer.encode(stale))
	declared := *collectorOf(h).current().cookie
	if _, ok := collectorOf(h).signer.read(r, declared, end.Add(-time.Second)); !ok {
		t.Error("the cookie ends early")
	}
	if _, ok := collectorOf(h).signer.read(r, declared, end); ok {
		t.Error("a cookie that the browser kept too long is taken")
	}
}

func TestHostileRequestsStoreNothing(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		b.accept()
		good := now(h, pageView, ``)
		for name, change := range map[string]func(r *http.Request){
			"oversized":            func(r *http.Request) { r.Body = body(strings.Repeat(" ", maxBody) + good); r.ContentLength = -1 },
			"said to be oversized": func(r *http.Request) { r.ContentLength = maxBody + 1 },
			"empty":                func(r *http.Request) { r.Body = body(""); r.ContentLength = 0 },
			"broken off":           func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader(good[:9]), broken{})) },
			"no JSON":              func(r *http.Request) { r.Body = body("\xff") },
			"another method":       func(r *http.Request) { r.Method = http.MethodPut },
			"another site":         func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"another origin":       func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"forged consent":       func(r *http.Request) { r.Header.Set("Cookie", "kept_choice=a.b.c.d") },
			"thousands of cookies": func(r *http.Request) {
				r.Header.Set("Cookie", strings.Repeat("kept_choice=x; kept_visitor=y; ", 3000))
			},
		} {
			r := b.request(good)
			change(r)
			if status := h.Serve(r).StatusCode; status < 400 || status > 499 {
				t.Errorf("%s: answered %d", name, status)
			}
		}
		if n := count(h); n != 0 {
			t.Fatalf("%d events are stored", n)
		}
	})
}

func body(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A forged visitor cookie is no visitor: the browser gets its own.
func TestForgedVisitorGetsAnIdOfItsOwn(t *testing.T) {
	h := house(t, storetest.SQLite(t))
	victim, thief := newBrowser(h), newBrowser(h)
	victim.accept()
	victim.send(now(h, pageView, ``))
	thief.accept()
	for _, value := range []string{"forged", victim.cookies[VisitorCookie].Value} { // a stolen one too: it is another person's
		thief.cookies[VisitorCookie] = &http.Cookie{Name: VisitorCookie, Value: value}
		if status := thief.send(now(h, pageView, ``)); status != http.StatusNoContent {
			t.Fatalf("answered %d", status)
		}
		if thief.subject() == "" || thief.subject() == victim.subject() {
			t.Fatal("the events became another person's")
		}
	}
}

func TestARepeatedRequestIsStoredOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place)
		b := newBrowser(h)
		b.accept()
		message := now(h, pageView, ``)
		r := b.request(message) // the answer gets lost, with the cookie in it
		h.Serve(r)
		b.send(message)
		b.send(message)
		if n := count(h); n != 3 { // page_view, session_start, first_visit
			t.Fatalf("%d events are stored: %q", n, stored(h, "page"))
		}
	})
}

func TestRestrictedAndObjectingPeopleAreNotCounted(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		for name, stop := range map[string]func(ctx context.Context, h *activitytest.House, tx *store.Tx, who string) error{
			"restriction": func(ctx context.Context, h *activitytest.House, tx *store.Tx, who string) error {
				return h.Subjects.Restrict(ctx, tx, who, "wrong")
			},
			"objection": func(ctx context.Context, h *activitytest.House, tx *store.Tx, who string) error {
				return h.Subjects.Object(ctx, tx, who, Name)
			},
		} {
			t.Run(name, func(t *testing.T) {
				place := place
				if place.URL == "" {
					place = storetest.SQLite(t)
				} else {
					place = storetest.Postgres(t)
				}
				h := house(t, place)
				b := newBrowser(h)
				b.accept()
				b.send(now(h, pageView, ``))
				before := count(h)
				ctx := context.Background()
				if err := h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return stop(ctx, h, tx, b.subject()) }); err != nil {
					t.Fatal(err)
				}
				h.Clock.Advance(time.Second)
				if status := b.send(now(h, pageView, ``)); status != http.StatusNoContent || count(h) != before {
					t.Fatalf("answered %d, %d events more", status, count(h)-before)
				}
			})
		}
	})
}

func TestWithoutDeclaredTimeTheTimeOfDayIsNoise(t *testing.T) {
	h := house(t, storetest.SQLite(t))
	h.SetPolicy(policyOf([]string{"visitor", "page"}))
	b := newBrowser(h)
	b.accept()
	message := now(h, pageView, ``)
	b.send(message)
	b.send(message)
	if n := count(h); n != 3 {
		t.Fatalf("%d events are stored", n)
	}
	oldest, err := h.Events.Oldest(context.Background(), eventTable)
	if err != nil || !oldest.Truncate(24*time.Hour).Equal(noon.Truncate(24*time.Hour)) {
		t.Fatalf("the oldest event is of %s, %v", oldest, err)
	}
}
