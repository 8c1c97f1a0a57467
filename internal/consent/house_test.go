package consent

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// start is when the tests begin; they move on from it.
var start = time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)

const text = `
kept: 1
notice: {version: 2026-03-01, languages: [de, en], jurisdiction: DE}
controller:
  name: Musteragentur GmbH
  address: Musterstraße 1, 65183 Wiesbaden, DE
  email: privacy@agentur.example
  authority: {name: HBDI Hessen, url: https://datenschutz.hessen.de}
recipients:
  video: {name: Video Ltd, address: Barrow Street, country: IE, role: third-party}
  maps: {name: Maps Ltd, address: Barrow Street, country: IE, role: third-party}
  ads: {name: Ads Ltd, address: Barrow Street, country: IE, role: third-party}
services:
  player: {recipient: video, group: media, hosts: [player.example], cookies: [{name: PLAYER, lifetime: 6 months}]}
  map: {recipient: maps, group: media, hosts: [map.example]}
  pixel: {recipient: ads, group: marketing, hosts: [pixel.example], cookies: [{name: _px*, lifetime: 3 months}]}
activities:
  analytics:
    purpose: PURPOSE
    basis: consent
    group: statistics
    data: [page, time]
    cookies: [{name: kept_visitor, lifetime: 1 year}]
    retention: [{from: collection, keep: 14 months, then: delete}]
  ads:
    purpose: PURPOSE
    basis: consent
    group: marketing
    data: [page]
    retention: [{from: collection, keep: 1 month, then: delete}]
`

// vocabulary has the kinds that the test policy uses beside the room's own.
func vocabulary() policy.Vocabulary {
	own := words()
	title := policy.Text{"en": "x", "de": "x"}
	fields := []policy.Field{{Name: "page", Category: "user.behavior.browsing_history", Title: title, Source: "device"}, {Name: "time", Category: "user.behavior.browsing_history", Title: title, Source: "device"}}
	moments := []policy.Moment{{Name: "collection", Title: title}}
	return policy.Vocabulary{
		Name:        &own,
		"analytics": {Name: "analytics", Title: title, Fields: fields, Moments: moments, Cookies: []string{"kept_visitor"}},
		"ads":       {Name: "ads", Title: title, Fields: fields, Moments: moments},
	}
}

func load(t testing.TB, change ...string) *policy.Policy {
	t.Helper()
	src := strings.NewReplacer(append(change, "PURPOSE", "analytics.reporting")...).Replace(text)
	p, findings := policy.Load("policy.yaml", []byte(src), vocabulary(), start)
	if findings.HasErrors() {
		for _, f := range findings {
			t.Errorf("%s %s %s %s", f.Severity, f.Code, f.Pos, f.Problem)
		}
		t.FailNow()
	}
	return p
}

// house is a consent service with everything below it.
type house struct {
	*Service
	t      testing.TB
	clock  *clock.Manual
	policy atomic.Pointer[policy.Policy]
	ledger *ledger.Ledger
	notice string
}

func open(t testing.TB, db *store.DB) *house {
	t.Helper()
	dir := t.TempDir()
	master, err := vault.MasterFromFile(filepath.Join(dir, "master"), true)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.At(start)
	v, err := vault.Open(context.Background(), vault.Config{Dir: dir, Master: master, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return openOn(t, db, v, c)
}

// openOn opens one node over a database and a vault.
func openOn(t testing.TB, db *store.DB, v *vault.Vault, c *clock.Manual) *house {
	t.Helper()
	ctx := context.Background()
	seed, err := v.Secret(ctx, "ledger", 32)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ctx, db, ledger.Config{Origin: "agentur.example/ledger", Key: seed, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	subjects, err := subject.Open(ctx, db, v, l, c)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, clock: c, ledger: l}
	h.Service, err = Open(ctx, db, v, l, subjects, c, h.policy.Load, Config{Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	h.enforce(load(t))
	return h
}

// enforce publishes a policy's notice and puts it into force.
func (h *house) enforce(p *policy.Policy) {
	h.t.Helper()
	h.notice = "notice-" + p.Hash
	err := h.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return h.Publish(ctx, tx, Notice{Hash: h.notice, PolicyHash: p.Hash, Version: p.Notice.Version, Language: "de", HTML: "<p>Text</p>", Text: "Text"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.policy.Store(p)
}

// browser keeps cookies like one, and their age.
type browser struct {
	h       *house
	cookies map[string]*http.Cookie
	expires map[string]time.Time
	gpc     bool
}

func (h *house) browser() *browser {
	return &browser{h: h, cookies: map[string]*http.Cookie{}, expires: map[string]time.Time{}}
}

func (b *browser) request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for name, c := range b.cookies {
		if end := b.expires[name]; !end.IsZero() && !b.h.clock.Now().Before(end) {
			continue
		}
		r.AddCookie(&http.Cookie{Name: name, Value: c.Value})
	}
	if b.gpc {
		r.Header.Set("Sec-GPC", "1")
	}
	return r
}

func (b *browser) keep(cookies ...*http.Cookie) {
	for _, c := range cookies {
		delete(b.expires, c.Name)
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c
		if c.MaxAge > 0 {
			b.expires[c.Name] = b.h.clock.Now().Add(time.Duration(c.MaxAge) * time.Second)
		}
	}
}

func (b *browser) state() State { return b.h.State(b.request()) }

// visit is a page view: what the gateway does about consent.
func (b *browser) visit() State {
	st := b.state()
	w := httptest.NewRecorder()
	b.h.Renew(w, st)
	b.keep(w.Result().Cookies()...)
	return st
}

func (b *browser) decide(q Request) Outcome {
	b.h.t.Helper()
	out, err := b.try(q)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return out
}

func (b *browser) try(q Request) (Outcome, error) {
	if q.Source == "" {
		q.Source = Banner
	}
	q.Language, q.NoticeHash, q.GPC, q.Previous = "de", b.h.notice, b.gpc, b.state()
	out, err := b.h.Decide(context.Background(), q)
	if err == nil {
		b.keep(out.Cookie)
	}
	return out, err
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	if err := h.db.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (st State) String() string {
	return fmt.Sprintf("known %t refused %t decision %t groups %v services %v without %v", st.Known, st.Refused, st.Decision != "", st.Groups, st.Services, st.Without)
}
