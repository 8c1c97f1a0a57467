package newsletter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
)

// SimilarGoods stands for what existing customers may be written about without a
// consent: similar goods and services of the company's own (§ 7(3) UWG).
const SimilarGoods = "similar"

// usualContents stands for a sign-up that described no contents: it covers
// services, projects and the company.
const usualContents = ""

// contentsOf returns the id of the description of the contents that the entry
// has now: made of its words, so that other words are another description.
func contentsOf(a *policy.Activity) string {
	says := a.Settings.Text("contents")
	if len(says) == 0 {
		return usualContents
	}
	var b strings.Builder
	for _, lang := range i18n.Languages() {
		b.WriteString(lang + "\n" + says[lang] + "\n")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}

// measuredBy returns what whoever signs up now agrees to be measured, as it is
// stored with the subscription: "opens clicks".
func measuredBy(a *policy.Activity) string {
	var all []string
	for _, m := range measures {
		if a.Settings.Flag("measure", m) {
			all = append(all, m)
		}
	}
	return strings.Join(all, " ")
}

// measures are what can be measured.
var measures = []string{fieldOpens, fieldClicks}

// describe keeps the words of the description that an entry has now.
func (n *Newsletter) keepDescription(ctx context.Context, tx *store.Tx, a *policy.Activity, at time.Time) error {
	id := contentsOf(a)
	if id == usualContents {
		return nil
	}
	_, err := tx.ExecContext(ctx, "insert into newsletter_contents (id, activity, says, first_at) values ($1, $2, $3, $4) on conflict (id) do nothing",
		id, a.Key, store.JSON[policy.Text]{V: a.Settings.Text("contents")}, store.At(at))
	return store.Classify(err)
}

// Description is one of the contents that people consented to.
type Description struct {
	ID     string
	Says   string
	Now    bool  // it is what the entry says now
	People int64 // whose consent names it
}

// Descriptions returns what the standing consents of an entry are about, what it
// says now first.
func (n *Newsletter) Descriptions(ctx context.Context, a *policy.Activity, lang string) ([]Description, error) {
	now := contentsOf(a)
	found := []Description{{ID: now, Says: n.contents(a, lang), Now: true}}
	rows, err := n.env.DB.QueryContext(ctx, `select coalesce(s.contents, ''), c.says, count(*) from newsletter_subscriber s left join newsletter_contents c on c.id = s.contents
		where s.activity = $1 and s.confirmed_at is not null and s.unsubscribed_at is null group by coalesce(s.contents, ''), c.says order by 1`, a.Key)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d Description
		var says store.JSON[policy.Text]
		if err := rows.Scan(&d.ID, &says, &d.People); err != nil {
			return nil, err
		}
		switch {
		case d.ID == now:
			found[0].People = d.People
			continue
		case d.ID == usualContents:
			d.Says = i18n.T(lang, "newsletter.contents")
		case d.ID == SimilarGoods:
			d.Says = i18n.T(lang, "newsletter.contents.similar")
		default:
			d.Says = says.V.In(lang)
		}
		found = append(found, d)
	}
	return found, store.Classify(rows.Err())
}

// contents words what an entry's sign-up is about.
func (n *Newsletter) contents(a *policy.Activity, lang string) string {
	if says := a.Settings.Text("contents").In(lang); says != "" {
		return says
	}
	return i18n.T(lang, "newsletter.contents")
}

// agreed reports whether a subscriber agreed to a measure and it is done now.
func agreed(a *policy.Activity, measured, measure string) bool {
	return a.Settings.Flag("measure", measure) && slices.Contains(strings.Fields(measured), measure)
}
