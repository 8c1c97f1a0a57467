package dataset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kept/internal/duty/rights"
	"kept/internal/remote/records"
	"kept/internal/subject"
)

// found reads everything of a person and names the rows, sorted.
func found(t rapid.TB, e *Estate, mail string) []string {
	t.Helper()
	var rows []string
	err := e.Read(context.Background(), ada(mail), rights.Access, func(r rights.Record) error {
		rows = append(rows, r.Table+":"+r.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

func ada(mail string) rights.Person {
	return rights.Person{Identifiers: []subject.Identifier{{Kind: subject.Email, Value: mail}}}
}

// world is a random graph with random rows.
type world struct {
	datasets []*Dataset
	memory   *memory
}

// draw makes up to five collections with keys of one or two fields, references of
// all directions among them and rows with few different values, so that much
// fits together and circles are usual.
func draw(t *rapid.T) world {
	n := rapid.IntRange(1, 5).Draw(t, "collections")
	var lines []string
	names := []string{"a", "b", "c", "d", "e"}[:n]
	double := map[string]bool{}
	for _, c := range names {
		double[c] = rapid.Bool().Draw(t, "double key of "+c)
	}
	for i, c := range names {
		lines = append(lines, c+".id key")
		if double[c] {
			lines = append(lines, c+".tenant key")
		} else {
			lines = append(lines, c+".tenant")
		}
		if i == 0 || rapid.IntRange(0, 4).Draw(t, "identity of "+c) == 0 {
			lines = append(lines, c+".mail identity")
		}
		for k := range rapid.IntRange(0, 3).Draw(t, "references of "+c) {
			other := rapid.SampledFrom(names).Draw(t, "other")
			field := rapid.SampledFrom([]string{"id", "x0"}).Draw(t, "field")
			direction := rapid.SampledFrom([]string{"from", "to", "ref"}).Draw(t, "direction")
			lines = append(lines, fmt.Sprintf("%s.x%d %s %s.%s", c, k, direction, other, field))
		}
		for k := range 3 {
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, fmt.Sprintf("%s.x%d", c, k)) }) {
				lines = append(lines, fmt.Sprintf("%s.x%d", c, k))
			}
		}
	}
	slices.SortStableFunc(lines, func(x, y string) int { return strings.Compare(x[:1], y[:1]) })
	datasets, findings := Read("d.yml", []byte(compose(strings.Join(lines, "\n"))))
	if findings.Failed() {
		t.Fatal(findings)
	}
	w := world{datasets, &memory{rows: map[string][]map[string]any{}}}
	for _, c := range names {
		seen := map[string]bool{}
		for range rapid.IntRange(0, 12).Draw(t, "rows of "+c) {
			row := map[string]any{"mail": rapid.SampledFrom([]any{"ada@example.org", "bob@example.org", nil}).Draw(t, "mail")}
			for _, f := range []string{"id", "tenant", "x0", "x1", "x2"} {
				row[f] = int64(rapid.IntRange(1, 4).Draw(t, f))
			}
			key := fmt.Sprint(row["id"])
			if double[c] {
				key += "/" + fmt.Sprint(row["tenant"])
			}
			if !seen[key] {
				seen[key] = true
				w.memory.rows[c] = append(w.memory.rows[c], row)
			}
		}
		w.memory.tables = append(w.memory.tables, records.Table{Name: c})
	}
	return w
}

// brute finds the same rows by trying every way on every pair of rows until
// nothing more comes up.
func brute(g *Graph, rows map[string][]map[string]any, mail string) []string {
	reached := map[string]map[string]any{}
	name := func(c *Collection, row map[string]any) string {
		key := fmt.Sprint(row["id"])
		if len(c.Key()) == 2 {
			key += "/" + fmt.Sprint(row["tenant"])
		}
		return c.Name + ":" + key
	}
	for grew := true; grew; {
		grew = false
		for _, w := range g.Ways {
			for _, row := range rows[w.To.Name] {
				if reached[name(w.To, row)] != nil {
					continue
				}
				hit := w.From == nil && row["mail"] == mail
				if w.From != nil {
					for _, from := range rows[w.From.Name] {
						if reached[name(w.From, from)] != nil && !slices.ContainsFunc(w.Pairs, func(p Pair) bool {
							v := from[p.Source.Name()]
							return v == nil || v != row[p.Target.Name()]
						}) {
							hit = true
						}
					}
				}
				if hit {
					reached[name(w.To, row)], grew = row, true
				}
			}
		}
	}
	var all []string
	for k := range reached {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestTheWalkFindsWhatTryingEverythingFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		e := &Estate{Config: Config{Systems: []*System{{Name: "m", Source: w.memory, Datasets: []string{"d"}}}}}
		graph, findings := NewGraph(w.datasets)
		if findings.Failed() {
			t.Skip("ambiguous on purpose")
		}
		e.graph = graph
		got, want := found(t, e, "ada@example.org"), brute(graph, w.memory.rows, "ada@example.org")
		if !slices.Equal(got, want) {
			t.Errorf("found %v, want %v\nways:\n%s", got, want, ways(graph))
		}
		if w.memory.most > records.Batch {
			t.Errorf("a match of %d tuples", w.memory.most)
		}
	})
}

// Whatever the file leaves out, rows of another tenant are never found: in each
// tenant there are the same local ids.
func TestNoTenantSeesAnother(t *testing.T) {
	for name, fields := range map[string]string{
		"tenant in the key":             "user.tenant key\nuser.id key\nuser.mail identity\norder.id key\norder.tenant\norder.owner from user.id\nline.id key\nline.tenant\nline.owner from user.id",
		"tenant as a reference":         "user.id key\nuser.tenant\nuser.mail identity\norder.id key\norder.tenant from user.tenant\norder.owner from user.id\nline.id key\nline.tenant from user.tenant\nline.owner from user.id",
		"a table of tenants in between": "tenant.id key\nuser.id key\nuser.tenant to tenant.id\nuser.mail identity\norder.id key\norder.tenant from tenant.id\norder.owner from user.id\nline.id key\nline.tenant from tenant.id\nline.owner from user.id",
		"upwards":                       "user.tenant key\nuser.id key\nuser.mail\norder.id key\norder.tenant\norder.owner to user.id\norder.mail identity\nline.id key\nline.tenant\nline.owner from user.id",
	} {
		t.Run(name, func(t *testing.T) {
			datasets := mustRead(t, compose(fields))
			graph, findings := NewGraph(datasets)
			if findings.Failed() {
				t.Fatal(findings)
			}
			m := &memory{rows: map[string][]map[string]any{}}
			for tenant := int64(1); tenant <= 2; tenant++ {
				mail := []any{"ada@example.org", "bob@example.org"}[tenant-1]
				m.rows["tenant"] = append(m.rows["tenant"], map[string]any{"id": tenant})
				m.rows["user"] = append(m.rows["user"], map[string]any{"tenant": tenant, "id": int64(7), "mail": mail})
				for i := range int64(3) {
					m.rows["order"] = append(m.rows["order"], map[string]any{"id": tenant*100 + i, "tenant": tenant, "owner": int64(7), "mail": mail})
					m.rows["line"] = append(m.rows["line"], map[string]any{"id": tenant*100 + i, "tenant": tenant, "owner": int64(7)})
				}
			}
			e := &Estate{Config: Config{Systems: []*System{{Name: "m", Source: m, Datasets: []string{"d"}}}}, graph: graph}
			rows := found(t, e, "ada@example.org")
			for _, r := range rows {
				if strings.Contains(r, ":2") && r != "user:2/7" || r == "user:2/7" {
					t.Errorf("%s is the other tenant's", r)
				}
			}
			if got := len(rows); got < 7 {
				t.Errorf("only %d rows: %v", got, rows)
			}
		})
	}
}

// A list through which a row was found is handed out without the entries of others.
func TestAListIsHandedOutWithoutOthers(t *testing.T) {
	const file = `
dataset:
  - fides_key: d
    collections:
      - name: talk
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - name: people
            fides_meta: {data_type: "object[]"}
            fields:
              - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
              - {name: said, data_categories: [user.content]}
          - {name: tags, fides_meta: {data_type: "string[]"}}
`
	graph, findings := NewGraph(mustRead(t, file))
	if findings.Failed() {
		t.Fatal(findings)
	}
	m := &memory{rows: map[string][]map[string]any{"talk": {{"id": int64(1), "tags": []any{"x", "y"}, "people": []any{
		map[string]any{"mail": "Ada@example.org", "said": "hello"}, map[string]any{"mail": "bob@example.org", "said": "secret"},
	}}}}}
	e := &Estate{Config: Config{Systems: []*System{{Name: "m", Source: m, Datasets: []string{"d"}}}}, graph: graph}
	var text string
	err := e.Read(context.Background(), ada("ada@example.org"), rights.Access, func(r rights.Record) error {
		text += fmt.Sprintf("%s", r.Values)
		return nil
	})
	if err != nil || !strings.Contains(text, "hello") || strings.Contains(text, "secret") || !strings.Contains(text, `["x","y"]`) {
		t.Errorf("handed out %s: %v", text, err)
	}
}
