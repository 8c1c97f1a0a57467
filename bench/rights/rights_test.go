package rights

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/clock/clocktest"
	"kept/internal/duty/answer"
	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
	"kept/internal/vault"
)

var people = flag.Int("people", 300, "how many people are erased")

const (
	kinds = 5
	rows  = 4 // of each person in each kind
)

// club is one of the kinds: members with a sealed name.
func club(n int) manifest.Manifest {
	name := fmt.Sprintf("club%d", n)
	return manifest.Manifest{
		Kind: policy.Kind{
			Name: name, Title: policy.Text{"en": name, "de": name}, About: policy.Text{"en": "A club.", "de": "Ein Verein."},
			Fields:  []policy.Field{{Name: "name", Category: "user.name", Source: "person", Title: policy.Text{"en": "name", "de": "Name"}}},
			Moments: []policy.Moment{{Name: "collection", Title: policy.Text{"en": "collection", "de": "Erhebung"}}},
		},
		Tables: []manifest.Table{{
			Name: name, About: "a membership", Subject: "subject", Moments: map[string]string{"collection": "at"},
			Columns: []manifest.Column{
				{Name: "id", Why: "names the row"}, {Name: "subject", Why: "whose"},
				{Name: "name", Type: manifest.BytesType, Field: "name", Class: manifest.Sealed, Null: true},
				{Name: "at", Type: manifest.TimeType, Why: "when"},
			},
		}},
	}
}

// house is an instance with the clubs, and people in all of them.
func house(t *testing.T, place store.Config) (*dutytest.House, *rights.Desk, []string) {
	var text strings.Builder
	var more []manifest.Manifest
	for n := range kinds {
		more = append(more, club(n))
		fmt.Fprintf(&text, "  club%d:\n    purpose: essential.service\n    basis: contract\n    data: [name]\n    retention: [{from: collection, keep: 1 year, then: delete}]\n", n)
	}
	h := dutytest.Open(t, place, text.String(), append(more, rights.Manifest()))
	d, err := rights.Open(h.Ctx, rights.Config{DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Consent: h.Consent,
		Jobs: h.Jobs, Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy})
	if err != nil {
		t.Fatal(err)
	}
	for n := range kinds {
		h.Exec(fmt.Sprintf("create table club%d (id text primary key, subject text not null, name bytea, at bigint not null)", n))
		h.Exec(fmt.Sprintf("create index club%d_subject on club%d (subject)", n, n))
	}
	return h, d, plant(t, h)
}

func plant(t *testing.T, h *dutytest.House) (all []string) {
	var refs []vault.Ref
	var drafts []subject.Draft
	for i := range *people {
		d := h.Subjects.Draft(subject.Email, fmt.Sprintf("person%d@club.example", i))
		drafts, all = append(drafts, d), append(all, d.ID)
		refs = append(refs, d.Key())
		for n := range kinds {
			refs = append(refs, vault.Ref{Subject: d.ID, Rule: fmt.Sprintf("club%d/*/collection", n)})
		}
	}
	for some := range slices.Chunk(refs, 5000) {
		if err := h.Vault.Prepare(h.Ctx, some...); err != nil {
			t.Fatal(err)
		}
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, d := range drafts {
			if err := h.Subjects.Insert(ctx, tx, d); err != nil {
				return err
			}
			for n := range kinds {
				table := fmt.Sprintf("club%d", n)
				sealed, err := h.Vault.Seal(ctx, vault.Ref{Subject: d.ID, Rule: table + "/*/collection"}, table+".name", []byte("Ada Lovelace"))
				if err != nil {
					return err
				}
				for range rows {
					if _, err := tx.ExecContext(ctx, "insert into "+table+" values ($1, $2, $3, $4)", store.NewID(), d.ID, sealed, store.At(h.Clock.Now())); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return all
}

func TestFigures(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, d, all := house(t, place)
		access(t, h, d, all)
		erase(t, h, d, all)
	})
}

// access measures the packages of a hundred people.
func access(t *testing.T, h *dutytest.House, d *rights.Desk, all []string) {
	p := answer.Open(d)
	var took []time.Duration
	for _, id := range all[:min(100, len(all))] {
		begin := time.Now()
		sum, err := p.Write(h.Ctx, io.Discard, answer.Package{Person: rights.Person{Subjects: []string{id}}, Right: rights.Access, Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		if sum.Rows < kinds*rows {
			t.Fatalf("only %d rows", sum.Rows)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	t.Logf("access: a package of %d rows from %d kinds among %d people: median %v, p95 %v", kinds*rows, kinds, len(all), took[len(took)/2], took[len(took)*95/100])
}

// erase measures from the first request to the last leaf.
func erase(t *testing.T, h *dutytest.House, d *rights.Desk, all []string) {
	begin, busy := time.Now(), clocktest.Spent(t)
	if _, err := d.EraseMany(h.Ctx, all); err != nil {
		t.Fatal(err)
	}
	h.Work()
	h.Clock.Advance(retain.Spread)
	h.Work()
	leaves := h.Leaves("erasure.done")
	took := time.Since(begin)
	if leaves != int64(len(all)) {
		t.Fatalf("%d erasures are done of %d", leaves, len(all))
	}
	for n := range kinds {
		if left := h.Count(fmt.Sprintf("club%d", n), "1 = 1"); left != 0 {
			t.Fatalf("%d rows are left", left)
		}
	}
	t.Logf("erasure: %d people with %d rows in %d kinds each, keys destroyed, asked again, leaves sequenced: %v, %.0f a second, %v of processor time each",
		len(all), kinds*rows, kinds, took.Round(time.Millisecond), float64(len(all))/took.Seconds(), ((clocktest.Spent(t) - busy) / time.Duration(len(all))).Round(time.Microsecond))
}
