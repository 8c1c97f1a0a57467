package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/ledger"
)

// patient lets a test live through months in steps of weeks: whether the clock
// jumped is another test's question.
func patient(h *house) {
	h.config.Brake = retain.Brake{Jump: 100 * 24 * time.Hour, Share: 0.9, Rows: 1000}
}

// live moves the clock to the moment in steps of at most step, with the work
// that is due done after each.
func (h *house) live(to time.Time, step time.Duration) {
	h.t.Helper()
	for now := h.clock.Now(); now.Before(to); now = h.clock.Now() {
		h.clock.Set(earlier(now.Add(step), to))
		h.settle()
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

const week = 7 * 24 * time.Hour

// asks reports whether the page shows the banner.
func (a answer) asks() bool { return strings.Contains(a.body, `<button name="choice" value="accept">`) }

// given is the cookie that an answer sets, nil if it sets none of the name.
func (a answer) given(name string) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// withdraw presses the one button in the settings.
func (b *browser) withdraw() answer {
	b.t.Helper()
	return b.post("/privacy/choice", url.Values{"choice": {"refuse"}, "source": {"settings"}, "lang": {"de"}})
}

func months(from time.Time, n int) time.Time { return from.AddDate(0, n, 0) }

func TestPromise_MC23_AChoiceIsRememberedSixMonthsFromTheLastVisit(t *testing.T) {
	on(t, []string{"m365connect"}, func(t *testing.T, h *house) {
		agreed, refused := h.browser(), h.browser()
		agreed.choose("accept")
		refused.choose("refuse")
		for _, after := range []int{5, 10, 15} { // each within six months of the one before
			h.clock.Set(months(begin, after))
			for _, b := range []*browser{agreed, refused} {
				page := b.get("/")
				if page.asks() {
					t.Errorf("after %d months the banner asks again", after)
				}
				life := page.given("kept_choice")
				want := months(h.clock.Now(), 6).Sub(h.clock.Now())
				if life == nil || time.Duration(life.MaxAge)*time.Second != want {
					t.Errorf("after %d months the cookie is prolonged to %v, want %v", after, life, want)
				}
			}
		}
		if !strings.Contains(agreed.get("/").body, "data-collect") {
			t.Error("the consent is forgotten")
		}
		// A browser that keeps its cookie for longer is asked all the same.
		h.clock.Set(months(begin, 22))
		if page := agreed.get("/"); !page.asks() || strings.Contains(page.body, "data-collect") {
			t.Error("seven months after the last visit the consent still counts")
		}
	})
}

func TestACookieOfThePolicysOwnLifetime(t *testing.T) {
	h := solo(t, func(h *house) {
		h.edit("activities:\n", "activities:\n  consent:\n    cookies:\n      - {name: kept_choice, lifetime: 3 months}\n      - {name: kept_once, session: true}\n\n")
	})
	b := h.browser()
	if life := b.choose("accept").given("kept_choice"); life == nil || life.MaxAge > 92*24*3600 {
		t.Errorf("the cookie lives %v", life)
	}
	h.clock.Set(months(begin, 4))
	if !b.get("/").asks() {
		t.Error("four months later the consent still counts")
	}
}

// Asked again is what changed, and nothing else; an answer that fits again
// counts again.
func TestConsentIsAskedAgainForWhatChanged(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		asks     bool
	}{
		"the version of the text alone": {"version: 2024-02-13", "version: 2024-03-01", false},
		"a phone number":                {"phone: +49 611 000000", "phone: +49 611 111111", false},
		"what needs no consent":         {"requests: 50", "requests: 60", false},
		"a purpose":                     {"purpose: analytics.reporting", "purpose: analytics.reporting.ad_performance", true},
		"a recipient":                   {"recipient: type\n    group: comfort", "recipient: maps\n    group: comfort", true},
		"a transfer":                    {"- {to: GB, safeguard: adequacy}", "- {to: GB, safeguard: adequacy}\n      - {to: US, safeguard: scc, copy: privacy@agentur.example}", true},
		"a text":                        {"name: {de: Videos, en: Videos}", "name: {de: Filme, en: Films}", true},
		"what is collected":             {"screen, user_id]", "screen]", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := solo(t)
			b := h.browser()
			b.choose("accept")
			h.clock.Advance(time.Second)
			h.edit(c.old, c.new)
			fatal(t, h.Reload(t.Context()))
			if asks := b.get("/").asks(); asks != c.asks {
				t.Errorf("the banner asks: %v", asks)
			}
			if stands := b.loadsVideo(); !stands && name != "a text" {
				t.Error("what did not change no longer stands")
			}
			h.clock.Advance(time.Second)
			h.edit(c.new, c.old)
			h.Config.TakeBack = h.InForce.Now().Hash
			fatal(t, h.Reload(t.Context()))
			if b.get("/").asks() {
				t.Error("the old question is asked again, although it was answered")
			}
			h.audit("after the changes")
		})
	}
}

func TestTheSignalWithdrawsAnOlderConsentToMarketing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		ads := func() bool {
			return strings.Contains(b.get("/").body, `src="http://`+h.others.Hosts()["ads.reach.example"])
		}
		if !ads() {
			t.Fatal("accepted ads do not load")
		}
		b.header.Set("Sec-Gpc", "1")
		if ads() {
			t.Error("ads load against the signal")
		}
		if !b.loadsVideo() {
			t.Error("the signal takes more than marketing")
		}
		h.settle()
		h.wantLeaf("consent.withdrawn")
		if got := b.choose("accept"); got.given("kept_choice") == nil {
			t.Fatal("no new choice")
		}
		if !ads() {
			t.Error("the later choice does not count for more than the signal")
		}
		h.audit("after the signal")
	})
}

// wantLeaf fails the test if the ledger has no leaf of the kind.
func (h *house) wantLeaf(kind string) (found ledger.Leaf) {
	h.t.Helper()
	all, err := h.Ledger.Recent(h.t.Context(), 1000)
	fatal(h.t, err)
	for _, leaf := range all {
		if leaf.Kind == kind {
			return leaf
		}
	}
	h.t.Errorf("the ledger has no leaf %s", kind)
	return ledger.Leaf{}
}

func (h *house) count(query string, args ...any) (n int64) {
	h.t.Helper()
	fatal(h.t, h.DB.QueryRowContext(h.t.Context(), query, args...).Scan(&n))
	return n
}

func TestPromise_MC22_AWithdrawalEndsTheDataAndIsProvedForThreeYears(t *testing.T) {
	on(t, []string{"m365connect"}, func(t *testing.T, h *house) {
		b, other := h.browser(), h.browser()
		for _, x := range []*browser{b, other} {
			x.choose("accept")
			x.view("/", map[string]any{"t": "search", "x": "linde"})
		}
		h.settle()
		mine := len(h.events()) / 2
		if got := b.withdraw(); !strings.Contains(got.body, "href=\"data:application/json;base64,") {
			t.Errorf("the withdrawal hands out no receipt: %s", got.Status)
		}
		h.settle()
		if left := len(h.events()); left != mine {
			t.Errorf("%d events are left, want those %d of the other visitor", left, mine)
		}
		const proofs = "select count(*) from consent_decision where ended_at is not null and length(proof) > 0 and length(ending) > 0"
		if n := h.count(proofs); n != 1 {
			t.Errorf("%d proofs of a withdrawal", n)
		}
		h.audit("after the withdrawal")
		h.live(begin.AddDate(3, 0, -1), 13*week)
		if n := h.count(proofs); n == 0 {
			t.Error("the proof of the withdrawal is gone before three years are over")
		}
		h.live(begin.AddDate(3, 0, 1), 12*time.Hour)
		if n := h.count(proofs + " and ended_by <> 'lapsed'"); n != 0 {
			t.Errorf("%d proofs are left after three years", n)
		}
		h.audit("after three years")
		h.verifyLedger()
	}, patient)
}

func TestPromise_AH09_StatisticsGoAfterFourteenMonthsInAMonthlyRun(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		held := func() (months []string) {
			all, err := h.Events.Partitions(t.Context(), "analytics_event")
			fatal(t, err)
			for _, p := range all {
				if p.Rows > 0 {
					months = append(months, p.From.Format("2006-01"))
				}
			}
			return months
		}
		for _, month := range []int{0, 1, 2, 7, 12, 13, 14} { // November 2026 to January 2028
			h.live(months(begin, month), 5*week)
			b.get("/")
			if got := b.view("/"); got.StatusCode != http.StatusNoContent {
				t.Fatalf("month %d: %s", month, got.Status)
			}
		}
		h.live(time.Date(2028, 1, 31, 23, 0, 0, 0, time.UTC), week)
		if got := held(); len(got) != 7 || got[0] != "2026-11" {
			t.Errorf("at the end of January 2028 there are %v", got)
		}
		h.live(time.Date(2028, 2, 1, 1, 0, 0, 0, time.UTC), time.Hour)
		if got := held(); len(got) != 6 || got[0] != "2026-12" {
			t.Errorf("after the run of February 2028 there are %v", got)
		}
		h.wantLeaf("retention.ran")
		h.audit("after the run")
		h.live(time.Date(2028, 3, 1, 1, 0, 0, 0, time.UTC), week)
		if got := held(); len(got) != 5 || got[0] != "2027-01" {
			t.Errorf("after the run of March 2028 there are %v", got)
		}
	}, patient)
}

// Under restriction data is kept and nothing is added; once lifted it goes on.
func TestARestrictionStopsTheCounting(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		b.view("/")
		before := len(h.events())
		if got := b.post("/privacy/me/restrict", url.Values{"reason": {"Ich prüfe das."}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("restrict: %s", got.Status)
		}
		h.clock.Advance(2 * time.Second)
		if got := b.view("/leistungen.html"); got.StatusCode != http.StatusNoContent {
			t.Errorf("under restriction: %s", got.Status)
		}
		h.settle()
		if n := len(h.events()); n != before {
			t.Errorf("under restriction %d events became %d", before, n)
		}
		if me := b.get("/privacy/me?lang=en"); !strings.Contains(me.body, "/privacy/me/lift") {
			t.Error("the person does not see the restriction")
		}
		b.post("/privacy/me/lift", nil)
		h.clock.Advance(2 * time.Second)
		b.view("/leistungen.html")
		if n := len(h.events()); n != before+1 {
			t.Errorf("after lifting there are %d events, want %d", n, before+1)
		}
		h.audit("at the end")
	})
}

// The console's cookie lies on the console's host: the notice, the cookie table
// and the record of what the site stores do not name it.
func TestTheConsolesCookieIsNoVisitors(t *testing.T) {
	b := solo(t).browser()
	for _, page := range []string{"/privacy?lang=de", "/privacy?lang=en", "/privacy/settings?lang=de"} {
		got := b.get(page)
		if strings.Contains(got.body, "kept_staff") {
			t.Errorf("%s names the console's cookie", page)
		}
		if !strings.Contains(got.body, "kept_choice") {
			t.Errorf("%s names no cookie: this test cannot fail", page)
		}
	}
}
