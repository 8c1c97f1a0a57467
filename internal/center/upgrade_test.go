package center_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/policy"
	"kept/internal/store"
)

// publishAs puts a policy in force with the words of another program.
func (b *bench) publishAs(p *policy.Policy, words map[string]string) map[string]string {
	b.t.Helper()
	hashes := map[string]string{}
	must(b.t, b.db.Write(b.ctx, func(ctx context.Context, tx *store.Tx) error {
		for lang, text := range words {
			sum := sha256.Sum256([]byte(text))
			hashes[lang] = hex.EncodeToString(sum[:])
			err := b.consent.Publish(ctx, tx, consent.Notice{
				Hash: hashes[lang], Version: p.Notice.Version, Language: lang, Text: text, PolicyHash: p.Hash,
				HTML: `<article class="notice" lang="` + lang + `"><h1>` + text + `</h1></article>`, At: b.clock.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	b.policy = p
	return hashes
}

// A program that words things differently goes on showing what a policy came
// into force with, and people accept that text.
func TestPromise_CS14_AnUpgradeOfTheProgramChangesNoPublishedText(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	old := *b.policy
	old.Hash = "by-an-earlier-program"
	words := map[string]string{"de": "Wie man es früher sagte.\n", "en": "As one put it in those days.\n"}
	hashes := b.publishAs(&old, words)
	for lang, text := range words {
		br := b.browser()
		page := br.get("/privacy?lang=" + lang)
		if !strings.Contains(page.body, strings.TrimSpace(text)) || !strings.Contains(page.body, hashes[lang]) {
			t.Errorf("%s: the page is worded anew", lang)
		}
		if rebuilt := notice.Build(&old, lang).Hash(); strings.Contains(page.body, rebuilt) || b.NoticeHash(lang) != hashes[lang] {
			t.Errorf("%s: the text in force is said to be another", lang)
		}
		if a := br.get("/privacy/notice/" + hashes[lang] + ".txt"); a.body != text {
			t.Errorf("%s: under its hash stands %q", lang, a.body)
		}
		if page := br.get("/privacy/notice/" + hashes[lang]); strings.Contains(page.body, "notice.old") || strings.Contains(page.body, "gilt nicht mehr") || strings.Contains(page.body, "no longer") {
			t.Errorf("%s: the text in force is said to be an earlier one", lang)
		}
	}
	out, err := b.consent.Decide(b.ctx, consent.Request{All: true, Language: "de", Source: consent.Settings, NoticeHash: b.NoticeHash("de")})
	if err != nil || len(out.Receipt) == 0 {
		t.Fatalf("nobody can accept the text that is shown: %v", err)
	}

	// Another policy comes into force, worded by today's program: every text that
	// ever was stays readable under its hash, in both languages.
	next := *b.policy
	next.Hash, next.Notice.Version = "by-todays-program", "2026-06-02"
	b.publish(&next)
	b.policy = &next
	for lang, text := range words {
		br := b.browser()
		if page := br.get("/privacy?lang=" + lang); !strings.Contains(page.body, notice.Build(&next, lang).Hash()) {
			t.Errorf("%s: the new policy is not worded by today's program", lang)
		}
		if page := br.get("/privacy/notice/" + hashes[lang]); page.StatusCode != http.StatusOK || !strings.Contains(page.body, strings.TrimSpace(text)) {
			t.Errorf("%s: the earlier text: %s", lang, page.Status)
		}
		a := br.get("/privacy/notice/" + hashes[lang] + ".txt")
		if sum := sha256.Sum256([]byte(a.body)); hex.EncodeToString(sum[:]) != hashes[lang] {
			t.Errorf("%s: the earlier text does not have its checksum", lang)
		}
		if list := br.get("/privacy/versions?lang=" + lang); !strings.Contains(list.body, hashes[lang]) {
			t.Errorf("%s: the list of versions lacks the earlier text", lang)
		}
	}
}
