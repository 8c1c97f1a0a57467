package consent

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

const marketing = "marketing"

func TestTheSignalIsExactlyOne(t *testing.T) {
	for _, c := range []struct {
		values []string
		counts bool
	}{
		{nil, false}, {[]string{"1"}, true}, {[]string{"0"}, false}, {[]string{"true"}, false}, {[]string{"1 "}, false}, {[]string{"1,1"}, false}, {[]string{""}, false},
		{[]string{"0", "1"}, true}, {[]string{"1", "x"}, true}, {[]string{"11"}, false},
	} {
		h := http.Header{}
		for _, v := range c.values {
			h.Add("sec-gpc", v)
		}
		if Objects(h) != c.counts {
			t.Errorf("%q: %t", c.values, !c.counts)
		}
	}
}

func TestTheSignalRefusesMarketing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := open(t, db)
		p := h.policy.Load()
		var told []string
		h.OnWithdraw(func(_ context.Context, _ *store.Tx, _ string, groups []string) error { told = groups; return nil })
		b := h.browser()
		b.decide(Request{All: true})
		b.gpc = true
		if st := b.state(); st.AllowsGroup(marketing) || st.Allows(p, "pixel") || !st.AllowsGroup("statistics") || !st.Known {
			t.Fatalf("the signal after an acceptance: %v", st)
		}
		b.visit() // the page view records it
		st := b.state()
		if !slices.Equal(told, []string{marketing}) || st.overridden || st.AllowsGroup(marketing) || !st.AllowsGroup("statistics") {
			t.Errorf("recorded: told %v, %v", told, st)
		}
		person, err := h.Subject(ctx, st.Decision)
		if err != nil {
			t.Fatal(err)
		}
		if objected, err := h.subjects.Objected(ctx, person, "ads"); err != nil || !objected {
			t.Errorf("no objection on record: %t, %v", objected, err)
		}
		found, err := h.Decisions(ctx, person)
		if err != nil || len(found) != 2 || !slices.ContainsFunc(found, func(d Decision) bool { return d.Source == Signal && d.GPC && d.NoticeHash == h.notice }) {
			t.Errorf("decisions %+v, %v", found, err)
		}
		// An explicit later choice wins, and says that the signal was on.
		out := b.decide(Request{All: true, Source: Settings})
		if st := b.visit(); !st.GPC || !st.Allows(p, "pixel") || !out.State.AllowsGroup(marketing) {
			t.Errorf("the explicit choice: %v", st)
		}
		d, err := h.previous(ctx, out.State.Decision)
		if err != nil || !d.GPC {
			t.Errorf("%+v, %v", d, err)
		}
		if objected, err := h.subjects.Objected(ctx, person, "ads"); err != nil || objected {
			t.Errorf("the objection stands beside the consent: %t, %v", objected, err)
		}
		// What was chosen against the signal stays chosen on a placeholder.
		b.decide(Request{Services: []string{"map"}, Source: Placeholder})
		if st := b.state(); !st.Allows(p, "pixel") {
			t.Errorf("after a placeholder: %v", st)
		}
	})
}

func TestTheSignalRefusesAdvertisingByAnyName(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	h.enforce(load(t, "group: marketing", "group: functional", "purpose: PURPOSE\n    basis: consent\n    group: marketing", "purpose: marketing.advertising.serving\n    basis: consent\n    group: functional"))
	p := h.policy.Load()
	b := h.browser()
	b.decide(Request{All: true})
	b.gpc = true
	if st := b.state(); st.AllowsGroup("functional") || st.Allows(p, "pixel") || !st.AllowsGroup("statistics") || !st.Known {
		t.Fatalf("the signal after an acceptance: %v", st)
	}
	st := b.visit()
	person, err := h.Subject(t.Context(), b.state().Decision)
	if err != nil {
		t.Fatal(err)
	}
	if objected, err := h.subjects.Objected(t.Context(), person, "ads"); err != nil || !objected {
		t.Errorf("no objection on record: %t, %v, %v", objected, err, st)
	}
	c := h.browser()
	c.gpc = true
	if st := c.state(); slices.Contains(st.Open, "functional") {
		t.Errorf("it is asked against the signal: %v", st.Open)
	}
}

func TestTheSignalAlone(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.gpc = true
	if st := b.visit(); st.Known || st.AllowsGroup(marketing) || len(b.cookies) > 0 {
		t.Errorf("an undecided visitor with the signal: %v, %v", st, b.cookies)
	}
	b.decide(Request{Groups: []string{"media", "statistics"}})
	if st := b.state(); !st.Known || st.AllowsGroup(marketing) {
		t.Errorf("%v", st)
	}
	// A signal over an acceptance of marketing alone leaves a refusal.
	c := h.browser()
	c.decide(Request{Groups: []string{marketing}})
	c.gpc = true
	c.visit()
	if st := c.state(); !st.Refused || st.Decision != "" {
		t.Errorf("%v", st)
	}
}

func TestTheSignalOverAnErasedDecisionLeavesNothing(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.decide(Request{All: true})
	if _, err := h.db.ExecContext(context.Background(), "delete from consent_decision"); err != nil {
		t.Fatal(err)
	}
	b.gpc = true
	b.visit()
	if st := b.state(); len(st.Groups) > 0 || st.Decision != "" {
		t.Errorf("%v", st)
	}
	if n := h.count("select count(*) from consent_decision"); n != 0 {
		t.Errorf("%d records came back", n)
	}
}
