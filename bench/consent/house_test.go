package consent

import (
	"context"
	_ "embed"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
	"kept/internal/vault"
)

//go:embed policy.yaml
var source []byte

const notice = "notice"

// house is a consent service as it runs: the sequencer and the poll at work.
type house struct {
	db      *store.DB
	service *consent.Service
}

func open(b *testing.B, place store.Config) *house {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	master, err := vault.MasterFromFile(filepath.Join(b.TempDir(), "master"), true)
	check(b, err)
	h := &house{db: storetest.Open(b, place)}
	v, err := vault.Open(ctx, vault.Config{Dir: place.Dir, Master: master, Clock: clock.System})
	check(b, err)
	b.Cleanup(func() { check(b, v.Close()) })
	seed, err := v.Secret(ctx, "ledger", 32)
	check(b, err)
	log, err := ledger.Open(ctx, h.db, ledger.Config{Origin: "muster.example/ledger", Key: seed, Clock: clock.System})
	check(b, err)
	subjects, err := subject.Open(ctx, h.db, v, log, clock.System)
	check(b, err)
	p := load(b)
	h.service, err = consent.Open(ctx, h.db, v, log, subjects, clock.System, func() *policy.Policy { return p }, consent.Config{})
	check(b, err)
	check(b, h.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return h.service.Publish(ctx, tx, consent.Notice{Hash: notice, PolicyHash: p.Hash, Language: "en", Text: "text"})
	}))
	var running sync.WaitGroup
	running.Go(func() { _ = log.Run(ctx) })
	running.Go(func() { _ = h.service.Run(ctx) })
	b.Cleanup(func() { stop(); running.Wait() })
	return h
}

func load(b *testing.B) *policy.Policy {
	b.Helper()
	own, title := consent.Manifest().Kind, policy.Text{"en": "visits", "de": "Besuche"}
	visits := policy.Kind{
		Name: "visits", Title: title, Moments: []policy.Moment{{Name: "collection", Title: title}},
		Fields: []policy.Field{
			{Name: "page", Category: "user.behavior.browsing_history", Title: title, Source: "device"},
			{Name: "time", Category: "user.behavior.browsing_history", Title: title, Source: "device"},
		},
	}
	p, findings := policy.Load("policy.yaml", source, policy.Vocabulary{own.Name: &own, "visits": &visits}, time.Now())
	if findings.HasErrors() {
		b.Fatal(findings)
	}
	return p
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// ServeHTTP is what the center does with the banner's form.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out, err := h.service.Decide(r.Context(), consent.Request{
		All: r.PostForm.Get("choice") == "all", Source: consent.Banner, Language: "en", NoticeHash: r.PostForm.Get("notice"), Previous: h.service.State(r),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, out.Cookie)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out.Receipt) // whoever left does not miss it
}
