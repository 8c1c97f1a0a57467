package retain

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/duty/dutytest"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// life is a member's row as the model sees it.
type life struct {
	there, person, proof bool
	moments              map[string]time.Time // those that have come
}

// drawRules returns one to four deleting rules about members.
func drawRules(t *rapid.T) []*term {
	var terms []*term
	for range rapid.IntRange(1, 4).Draw(t, "rules") {
		r := &policy.Rule{
			From: rapid.SampledFrom([]string{"collection", "confirmed", "left"}).Draw(t, "from"),
			Keep: period.Period{Days: rapid.IntRange(0, 40).Draw(t, "keep")},
			Then: policy.Delete,
		}
		if unless := rapid.SampledFrom([]string{"", "", "confirmed", "left"}).Draw(t, "unless"); unless != r.From {
			r.Unless = unless
		}
		if data := rapid.SampledFrom([]string{"", "person", "proof"}).Draw(t, "data"); data != "" {
			r.Data = []policy.Ref{{Name: data}}
		}
		terms = append(terms, &term{Rule: r})
	}
	return terms
}

func drawLife(t *rapid.T, now time.Time) life {
	l := life{there: true, person: true, proof: rapid.Bool().Draw(t, "proof"), moments: map[string]time.Time{}}
	for _, m := range []string{"collection", "confirmed", "left"} {
		if m == "collection" || rapid.Bool().Draw(t, m) {
			l.moments[m] = now.AddDate(0, 0, -rapid.IntRange(0, 60).Draw(t, m+" ago"))
		}
	}
	return l
}

func (l life) begun(t *term) bool {
	_, came := l.moments[t.From]
	_, suspended := l.moments[t.Unless]
	return came && !suspended
}

func (l life) due(t *term, now time.Time) bool {
	return l.begun(t) && !t.over(l.moments[t.From]).After(now)
}

// after is what should be left of a row at now: the words of doc.go, executed.
func (l life) after(terms []*term, now time.Time) life {
	restDue, anyDue := false, false
	for _, t := range terms {
		anyDue = anyDue || l.due(t, now)
		restDue = restDue || len(t.Data) == 0 && l.due(t, now)
	}
	ended := func(data string) bool {
		begun, due := false, false
		for _, t := range terms {
			if len(t.Data) > 0 && t.Data[0].Name == data {
				begun, due = begun || l.begun(t), due || l.due(t, now)
			}
		}
		return due || restDue && !begun
	}
	person, proof := ended("person"), ended("proof")
	if anyDue && (person || !l.person) && (proof || !l.proof) {
		return life{}
	}
	l.person, l.proof = l.person && !person, l.proof && !proof
	return l
}

// Whatever the rules, the SQL leaves of a row what the words leave of it, and a
// second run finds nothing to do.
func TestRulesMeetRowsAsTheWordsSay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		if err := db.Migrate(ctx, "circle", dutytest.Migrations()); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			m := dutytest.Circle()
			table, _ := m.Table(dutytest.Member)
			now := dutytest.Start
			terms := drawRules(t)
			c := condition{cover(&policy.Activity{Key: "circle"}, terms, &m, table), now}
			rows := map[string]life{}
			err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.ExecContext(ctx, "delete from circle_member"); err != nil {
					return err
				}
				for range rapid.IntRange(1, 6).Draw(t, "rows") {
					id, l := store.NewID(), drawLife(t, now)
					rows[id] = l
					if err := l.insert(ctx, tx, id); err != nil {
						return err
					}
				}
				for run := range 2 {
					n, err := runSteps(ctx, tx, c)
					if err != nil || run == 1 && n > 0 {
						t.Fatalf("run %d: %d rows, %v", run, n, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for id, before := range rows {
				got, err := read(ctx, db, id)
				if err != nil {
					t.Fatal(err)
				}
				want := before.after(terms, now)
				if got.there != want.there || got.person != want.person || got.proof != want.proof {
					t.Errorf("of %+v is left %+v, want %+v", before, got, want)
				}
			}
		})
	})
}

func (l life) insert(ctx context.Context, tx *store.Tx, id string) error {
	at := func(moment string) store.Time {
		if came, ok := l.moments[moment]; ok {
			return store.At(came)
		}
		return store.Time{}
	}
	var proof []byte
	if l.proof {
		proof = []byte("p")
	}
	_, err := tx.ExecContext(ctx, `insert into circle_member (id, subject, email, email_index, name, proof, joined_at, confirmed_at, left_at)
		values ($1, 's', $2, $2, 'Ada', $3, $4, $5, $6)`, id, []byte("e"), proof, at("collection"), at("confirmed"), at("left"))
	return err
}

func runSteps(ctx context.Context, tx *store.Tx, c condition) (rows int64, err error) {
	for _, st := range c.steps() {
		page, err := c.page(ctx, tx, st.where, nil)
		if err != nil || len(page) == 0 {
			if err != nil {
				return rows, err
			}
			continue
		}
		n, err := c.apply(ctx, tx, st, page)
		rows += n
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func read(ctx context.Context, db *store.DB, id string) (l life, err error) {
	var name sql.NullString
	var email, proof []byte
	err = db.QueryRowContext(ctx, "select name, email, proof from circle_member where id = $1", id).Scan(&name, &email, &proof)
	if err == sql.ErrNoRows {
		return l, nil
	}
	return life{there: true, person: name.Valid || len(email) > 0, proof: proof != nil}, err
}
