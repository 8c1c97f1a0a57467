package audit

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/manifest"
	"kept/internal/vault"
)

// visibility checks guarantee 7: no table is outside the manifests, and every
// row about a person leads to a subject that can ask for it.
func (x *examination) visibility(ctx context.Context, s *sheet) error {
	declared := x.declared()
	for _, place := range []struct {
		what   string
		tables map[string][]string
	}{{"tables of the database", x.live}, {"tables of event partitions", x.events}, {"tables of the keys", x.keys}} {
		for table := range place.tables {
			if declared[table] {
				continue
			}
			rows := tally{}
			if x.has(table) {
				var err error
				if rows, err = count(ctx, x.DB, table, "", "1 = 1"); err != nil {
					return err
				}
			}
			s.check(Check{What: "table " + table, Table: table, Counted: rows.n, Verdict: Broken})
			s.find(Finding{Table: table, Count: max(rows.n, 1),
				What:   fmt.Sprintf("the table %s is in no manifest: no copy, erasure or period reaches it", table),
				Remedy: "declare the table in the manifest of its room, or drop it"})
		}
		s.check(Check{What: place.what, Counted: int64(len(place.tables)), Verdict: Verified})
	}
	return x.lostRows(ctx, s)
}

// declared returns every table that a manifest names, with those that the event
// store keeps beside its own, and those of the keys.
func (x *examination) declared() map[string]bool {
	declared := map[string]bool{}
	for _, m := range append(slices.Clone(x.Manifests), vault.Manifest()) {
		for j := range m.Tables {
			for _, t := range stored(&m.Tables[j]) {
				declared[t.Name] = true
			}
		}
	}
	return declared
}

// lostRows counts rows about subjects that are not known: nobody can find them.
func (x *examination) lostRows(ctx context.Context, s *sheet) error {
	if !x.has("subject") {
		return nil
	}
	for i := range x.Manifests {
		m := &x.Manifests[i]
		for j := range m.Tables {
			t := &m.Tables[j]
			if t.Impersonal != "" || t.Shape != manifest.Rows || t.Subject == "" || !x.has(t.Name) || roots(m, t) {
				continue
			}
			whole, err := count(ctx, x.DB, t.Name, anyMoment(t), t.Subject+" is not null")
			if err != nil {
				return err
			}
			lost, err := count(ctx, x.DB, t.Name, anyMoment(t), and(t.Subject+" is not null", x.unknown(t)))
			if err != nil {
				return err
			}
			s.counted(Check{What: "rows that lead to a known subject", Table: t.Name, Counted: whole.n, Oldest: whole.oldest}, Finding{
				Count: lost.n, Oldest: lost.oldest,
				What:   fmt.Sprintf("rows of %s about subjects that are not known: nobody can ask for them", t.Name),
				Remedy: "delete them, or restore the subjects from a backup"})
		}
	}
	return nil
}

// unknown is the condition under which a row of t leads to nobody: to no subject,
// and to no row that stands for itself. A letter about a request leads to the request.
func (x *examination) unknown(t *manifest.Table) string {
	nobody := "not exists (select 1 from subject where subject.id = " + t.Name + "." + t.Subject + ")"
	for i := range x.Manifests {
		m := &x.Manifests[i]
		for j := range m.Tables {
			root := &m.Tables[j]
			if root.Shape != manifest.Rows || root.Parent != "" || !x.has(root.Name) || !roots(m, root) {
				continue
			}
			nobody = and(nobody, "not exists (select 1 from "+root.Name+" as root where root."+root.Subject+" = "+t.Name+"."+t.Subject+")")
		}
	}
	return nobody
}

// roots reports whether a row of t is itself the person (an account), or hangs
// on one: then nothing else has to know it.
func roots(m *manifest.Manifest, t *manifest.Table) bool {
	for range m.Tables {
		if t.Subject != "" && t.Subject == key(t) && slices.ContainsFunc(t.Columns, func(c manifest.Column) bool { return c.Name == "id" && c.Name == t.Subject }) {
			return true
		}
		parent, ok := m.Table(t.Parent)
		if !ok {
			return false
		}
		t = parent
	}
	return false
}
