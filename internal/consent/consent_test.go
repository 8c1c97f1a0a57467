package consent

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestTheManifestIsTheLiveSchema(t *testing.T) {
	m := Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		live, err := h.db.Columns(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for name, columns := range live {
			if !strings.HasPrefix(name, "consent_") {
				continue
			}
			table, ok := m.Table(name)
			if !ok {
				t.Errorf("table %s is not declared", name)
				continue
			}
			var declared []string
			for _, c := range table.Columns {
				declared = append(declared, c.Name)
			}
			if !slices.Equal(columns, declared) {
				t.Errorf("%s has %v, declared are %v", name, columns, declared)
			}
		}
	})
	if findings := manifest.Vocabulary([]manifest.Manifest{m}); findings[Name] == nil {
		t.Error("the kind is missing")
	}
}

func TestPromise_MC05_NothingIsAllowedBeforeTheDecision(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		b := h.browser()
		st := b.visit()
		if st.Known || len(b.cookies) > 0 {
			t.Fatalf("before the decision: %v, cookies %v", st, b.cookies)
		}
		for _, s := range h.policy.Load().Services {
			if st.Allows(h.policy.Load(), s.Key) {
				t.Errorf("%s may load before the decision", s.Key)
			}
		}
		out := b.decide(Request{Groups: []string{"media"}})
		st = b.state()
		if !st.Known || !st.Allows(h.policy.Load(), "player") || st.Allows(h.policy.Load(), "pixel") || st.AllowsGroup("statistics") {
			t.Errorf("after accepting media: %v", st)
		}
		if out.Receipt == nil || !slices.Equal(out.Clear, []string{"_px*", "kept_visitor"}) {
			t.Errorf("receipt of %d bytes, clear %v", len(out.Receipt), out.Clear)
		}
	})
}

func TestPromise_MC06_OneButtonWithdraws(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		var told []string
		h.OnWithdraw(func(_ context.Context, _ *store.Tx, subject string, groups []string) error {
			told = append(told, groups...)
			return nil
		})
		b := h.browser()
		given := b.decide(Request{All: true})
		old := b.cookies[CookieName]
		if !given.State.AllowsGroup("statistics") {
			t.Fatalf("after accepting all: %v", given.State)
		}
		h.clock.Advance(time.Hour)
		// Withdrawing asks for less than giving did: no notice, no language.
		out, err := h.Decide(context.Background(), Request{None: true, Source: Settings, Previous: b.state()})
		if err != nil {
			t.Fatal(err)
		}
		b.keep(out.Cookie)
		if st := b.state(); !st.Refused || st.Decision != "" {
			t.Errorf("after the withdrawal: %v", st)
		}
		if !slices.Equal(told, []string{"marketing", "media", "statistics"}) {
			t.Errorf("ended: %v", told)
		}
		b.keep(old)
		if st := b.state(); st.Known || len(st.Groups) > 0 {
			t.Errorf("the replayed cookie says %v", st)
		}
		if !slices.Equal(out.Clear, []string{"PLAYER", "_px*", "kept_visitor"}) {
			t.Errorf("clear %v", out.Clear)
		}
		d, err := h.previous(context.Background(), given.State.Decision)
		if err != nil || d.EndedBy != Withdrew || !d.Ended.Equal(h.clock.Now()) || !slices.Equal(d.Accepted, []string{"marketing", "media", "statistics"}) {
			t.Errorf("what was lawful before is not on record any more: %+v, %v", d, err)
		}
	})
}

func TestPromise_AH34_AnalyticsConsentIsWithdrawnInTheSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		var told []string
		h.OnWithdraw(func(_ context.Context, _ *store.Tx, subject string, groups []string) error {
			told = append(told, groups...)
			return nil
		})
		b := h.browser()
		first := b.decide(Request{Groups: []string{"media", "statistics"}})
		second := b.decide(Request{Groups: []string{"media"}, Source: Settings})
		if st := b.state(); st.AllowsGroup("statistics") || !st.AllowsGroup("media") || !slices.Equal(told, []string{"statistics"}) {
			t.Errorf("state %v, ended %v", st, told)
		}
		one, err := h.Subject(context.Background(), first.State.Decision)
		if err != nil {
			t.Fatal(err)
		}
		two, err := h.Subject(context.Background(), second.State.Decision)
		if err != nil || one != two {
			t.Errorf("one browser is two people: %s, %s, %v", one, two, err)
		}
		found, err := h.Decisions(context.Background(), one)
		if err != nil || len(found) != 2 {
			t.Fatalf("%d decisions, %v", len(found), err)
		}
		if !h.Withdrawn(first.State.Decision) || h.Withdrawn(second.State.Decision) {
			t.Error("the replaced decision still counts, or the new one does not")
		}
	})
}

// MC33 speaks of consents from before the GDPR: an acceptance is withdrawn
// however old it is, and under whatever policy it was given.
func TestPromise_MC33_AnOldConsentIsWithdrawnLikeANewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		var told []string
		h.OnWithdraw(func(_ context.Context, _ *store.Tx, _ string, groups []string) error { told = groups; return nil })
		h.clock.Set(time.Date(2018, 1, 10, 0, 0, 0, 0, time.UTC))
		b := h.browser()
		given := b.decide(Request{All: true})
		for h.clock.Now().Before(start) {
			h.clock.Advance(150 * day)
			b.visit()
		}
		h.enforce(load(t, "data: [page, time]", "data: [page]", "Video Ltd", "Video Inc"))
		b.visit()
		if st := b.state(); st.AllowsGroup("statistics") || st.Known || st.Decision != given.State.Decision {
			t.Fatalf("after eight years and another policy: %v", st)
		}
		b.decide(Request{None: true})
		if !slices.Equal(told, []string{"marketing", "media", "statistics"}) {
			t.Errorf("ended: %v", told)
		}
	})
}

func TestPromise_AH05_EachProviderHasItsOwnObjection(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		b := h.browser()
		b.decide(Request{All: true})
		b.decide(Request{Groups: []string{"media", "statistics", "marketing"}, Without: []string{"player"}, Source: Settings})
		st := b.state()
		if p := h.policy.Load(); st.Allows(p, "player") || !st.Allows(p, "map") || !st.AllowsGroup("media") {
			t.Errorf("after objecting to one provider: %v", st)
		}
		// The objection is in the cookie: without the cookie it has to be made again.
		delete(b.cookies, CookieName)
		if st := b.state(); st.Known {
			t.Errorf("without the cookie: %v", st)
		}
	})
}

func TestASingleServiceIsAlwaysAllowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		p := h.policy.Load()
		b := h.browser()
		b.decide(Request{Services: []string{"player"}, Source: Placeholder})
		if st := b.state(); st.Known || !st.Allows(p, "player") || st.Allows(p, "map") {
			t.Errorf("first on the placeholder: %v", st)
		}
		b.decide(Request{None: true})
		b.decide(Request{Services: []string{"map"}, Source: Placeholder})
		if st := b.state(); !st.Known || st.Allows(p, "player") || !st.Allows(p, "map") {
			t.Errorf("after a refusal: %v", st)
		}
		b.decide(Request{Groups: []string{"media"}})
		if st := b.state(); !st.Allows(p, "player") || len(st.Services) > 0 {
			t.Errorf("with the group: %v", st)
		}
	})
}

func TestLoadOnce(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	p := h.policy.Load()
	b := h.browser()
	b.decide(Request{None: true})
	grant, err := h.Once("player")
	if err != nil || grant.MaxAge != 0 || !grant.Expires.IsZero() || !grant.HttpOnly {
		t.Fatalf("%v, %v", grant, err)
	}
	b.keep(grant)
	if st := b.visit(); !st.Allows(p, "player") || st.Allows(p, "map") || !st.Refused {
		t.Errorf("the page view: %v once %v", st, st.Once)
	}
	if st := b.visit(); st.Allows(p, "player") {
		t.Error("the next page view may load it too")
	}
	b.keep(grant)
	h.clock.Advance(onceLife)
	if b.state().Allows(p, "player") {
		t.Error("an old grant counts")
	}
	if _, err := h.Once("nothing"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown service: %v", err)
	}
	if n := h.count("select count(*) from consent_decision"); n != 0 {
		t.Errorf("%d records of somebody who refused and loaded once", n)
	}
}

func TestARefusalIsNobodys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		one, two := h.browser(), h.browser()
		one.decide(Request{None: true})
		h.clock.Advance(40 * day)
		if out := two.decide(Request{None: true}); out.Receipt != nil || out.State.Decision != "" || !out.State.Refused {
			t.Errorf("a refusal led to %v", out.State)
		}
		one.visit()
		if a, b := one.cookies[CookieName].Value, two.cookies[CookieName].Value; a != b {
			t.Errorf("two refusals can be told apart:\n%s\n%s", a, b)
		}
		if n := h.count("select count(*) from consent_decision") + h.count("select count(*) from subject"); n != 0 {
			t.Errorf("%d rows about somebody", n)
		}
		rates, err := h.Rates(context.Background(), 60)
		if err != nil || len(rates) != 2 || rates[0].Outcome != "refused" || rates[0].Count != 1 {
			t.Errorf("rates %v, %v", rates, err)
		}
	})
}

func TestPromise_MC23_SixMonthsFromTheLastVisit(t *testing.T) {
	for _, accept := range []bool{true, false} {
		h := open(t, storetest.Open(t, storetest.SQLite(t)))
		b := h.browser()
		b.decide(Request{All: accept, None: !accept})
		if c := b.cookies[CookieName]; c.MaxAge != int(time.Date(2026, 10, 1, 0, 0, 0, -1, time.UTC).Sub(start)/time.Second) { // 31 March and six months: the end of 30 September
			t.Errorf("the cookie lives %d s", c.MaxAge)
		}
		for range 5 { // each visit prolongs
			h.clock.Advance(5 * 30 * day)
			if st := b.visit(); !st.Known {
				t.Fatalf("forgotten within six months: %v", st)
			}
		}
		kept := b.cookies[CookieName]
		h.clock.Advance(184*day + 24*time.Hour)
		if st := b.state(); st.Known {
			t.Errorf("remembered after more than six months: %v", st)
		}
		if accept { // the server does not rely on the browser to forget
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.AddCookie(&http.Cookie{Name: CookieName, Value: kept.Value})
			if st := h.State(r); st.Known || st.Decision != "" {
				t.Errorf("a cookie that was kept too long says %v", st)
			}
		}
	}
}

func TestPromise_MC07_RecognisedOnlyInsideTheDeclaredLifetime(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	h.enforce(load(t, "activities:\n", "activities:\n  consent:\n    cookies: [{name: kept_choice, lifetime: 1 month}, {name: kept_once, session: true}]\n"))
	b := h.browser()
	out := b.decide(Request{All: true})
	if out.Cookie.MaxAge != int(time.Date(2026, 5, 1, 0, 0, 0, -1, time.UTC).Sub(start)/time.Second) { // 31 March and a month: the end of 30 April
		t.Errorf("the cookie lives %d s", out.Cookie.MaxAge)
	}
	b.expires = map[string]time.Time{} // a browser that keeps cookies for ever
	h.clock.Advance(29 * day)
	if !b.state().Known {
		t.Error("not recognised inside the lifetime")
	}
	h.clock.Advance(3 * day)
	if b.state().Known {
		t.Error("recognised after the lifetime")
	}
}

func TestRenewalAtMostOnceADay(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.decide(Request{All: true})
	renewed := func() bool {
		w := httptest.NewRecorder()
		h.Renew(w, b.state())
		b.keep(w.Result().Cookies()...)
		return len(w.Result().Cookies()) > 0
	}
	if renewed() {
		t.Error("renewed on the day of the decision")
	}
	h.clock.Advance(day)
	if !renewed() || renewed() {
		t.Error("not renewed exactly once the next day")
	}
	if err := h.Poll(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := h.count("select count(*) from consent_decision where last_visit_at = $1", store.At(dayTime(dayOf(h.clock.Now())))); n != 1 {
		t.Error("the last visit is not written down")
	}
}

func TestOnlyWhatChangedIsAskedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		yes, no := h.browser(), h.browser()
		yes.decide(Request{All: true})
		no.decide(Request{None: true})
		h.enforce(load(t, "email: privacy@", "email: datenschutz@", "keep: 14 months", "keep: 13 months"))
		if !yes.visit().Known || !no.visit().Known {
			t.Error("asked again although nothing changed that they decided on")
		}
		h.enforce(load(t, "data: [page, time]", "data: [page]"))
		st := yes.visit()
		if st.Known || st.AllowsGroup("statistics") || !st.AllowsGroup("media") || !st.AllowsGroup("marketing") {
			t.Errorf("after a change of statistics: %v", st)
		}
		if st := no.visit(); st.Known || st.Refused {
			t.Errorf("a refusal of something else stands: %v", st)
		}
		h.enforce(load(t))
		if st := yes.visit(); !st.Known || !st.AllowsGroup("statistics") {
			t.Errorf("back at what was accepted: %v", st)
		}
		if st := no.visit(); !st.Refused {
			t.Errorf("back at what was refused: %v", st)
		}
	})
}

func TestATextThatIsNotInForceCannotBeAccepted(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	old := h.notice
	h.enforce(load(t, "data: [page, time]", "data: [page]"))
	for _, hash := range []string{old, "", "forged"} {
		_, err := h.Decide(context.Background(), Request{All: true, Source: Banner, NoticeHash: hash})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("notice %q: %v", hash, err)
		}
	}
	if _, err := h.Decide(context.Background(), Request{None: true, Source: Banner, NoticeHash: old}); err != nil {
		t.Errorf("refusing under an old text: %v", err)
	}
	for _, q := range []Request{{Groups: []string{"nothing"}}, {Services: []string{"media"}}, {All: true, None: true}, {Source: "x"}, {Services: []string{"map"}, Without: []string{"map"}}} {
		if _, err := b.try(q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if n, err := h.Notice(context.Background(), old); err != nil || n.Text != "Text" {
		t.Errorf("the old notice: %+v, %v", n, err)
	}
	if all, err := h.Notices(context.Background()); err != nil || len(all) != 2 || all[0].HTML != "" {
		t.Errorf("the notices: %+v, %v", all, err)
	}
}
