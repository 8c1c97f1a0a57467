package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const shopFile = `
dataset:
  - fides_key: shop
    name: Shop
    collections:
      - name: tenant
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: title, data_categories: [user.contact.organization]}
      - name: customer
        fields:
          - name: tenant_id
            fides_meta: {primary_key: true, references: [{dataset: shop, field: tenant.id, direction: to}]}
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email, length: 60}}
          - {name: name, data_categories: [user.name]}
      - name: purchase
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: tenant_id}
          - name: customer_id
            fides_meta: {references: [{dataset: shop, field: customer.id, direction: from}]}
          - {name: delivered_to, data_categories: [user.contact.address]}
      - name: item
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - name: purchase_id
            fides_meta: {references: [{dataset: shop, field: purchase.id, direction: from}]}
          - {name: engraving, data_categories: [user.content]}
`

func mustRead(t testing.TB, src string) []*Dataset {
	t.Helper()
	datasets, findings := Read("datasets/shop.yml", []byte(src))
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return datasets
}

func ways(g *Graph) string {
	var lines []string
	for _, w := range g.Ways {
		lines = append(lines, w.String())
	}
	return strings.Join(lines, "\n")
}

func TestPartsOfAKeyLeadTogether(t *testing.T) {
	g, findings := NewGraph(mustRead(t, shopFile))
	if findings.Failed() {
		t.Fatal(findings)
	}
	const want = `email → shop.customer(mail)
shop.customer(tenant_id) → shop.tenant(id)
shop.customer(id, tenant_id) → shop.purchase(customer_id, tenant_id)
shop.purchase(id) → shop.item(purchase_id)`
	if got := ways(g); got != want {
		t.Errorf("ways:\n%s\nwant:\n%s", got, want)
	}
}

// graphs: the ways of a file of one line a field, collection.field flags refs.
func TestWaysAreCombined(t *testing.T) {
	for name, c := range map[string]struct{ fields, want, problem string }{
		"sender and recipient are two ways": {
			"user.id key\nuser.mail identity\nnote.id key\nnote.sender from user.id\nnote.recipient from user.id",
			"user(id) → note(sender)\nuser(id) → note(recipient)", ""},
		"a tenant narrows both": {
			"user.tenant key\nuser.id key\nuser.mail identity\nnote.id key\nnote.tenant from user.tenant\nnote.sender from user.id\nnote.recipient from user.id",
			"user(tenant, id) → note(tenant, sender)\nuser(tenant, id) → note(tenant, recipient)", ""},
		"a tenant narrows although the key is said to be one field": {
			"user.id key\nuser.tenant\nuser.mail identity\nnote.id key\nnote.tenant from user.tenant\nnote.owner from user.id",
			"user(id, tenant) → note(owner, tenant)", ""},
		"a tenant's own table narrows and never widens": {
			"tenant.id key\nuser.id key\nuser.tenant to tenant.id\nuser.mail identity\nnote.id key\nnote.tenant from tenant.id\nnote.owner from user.id",
			"user(tenant) → tenant(id)\nuser(id, tenant) → note(owner, tenant)", ""},
		"an undirected tenant only leads up": {
			"tenant.id key\nuser.id key\nuser.tenant ref tenant.id\nuser.mail identity\nnote.id key\nnote.tenant ref tenant.id\nnote.owner ref user.id",
			"user(tenant) → tenant(id)\nnote(tenant) → tenant(id)\nuser(id) → note(owner)\nnote(owner) → user(id)", ""},
		"two addresses of one person": {
			"user.id key\nuser.mail identity\nuser.home to place.id\nuser.work to place.id\nplace.id key",
			"user(home) → place(id)\nuser(work) → place(id)", ""},
		"a key and an address are two ways": {
			"user.id key\nuser.mail identity\nletter.id key\nletter.user from user.id\nletter.to from user.mail",
			"user(id) → letter(user)\nuser(mail) → letter(to)", ""},
		"a part of a key that is missing": {
			"user.tenant key\nuser.id key\nuser.mail identity\nnote.id key\nnote.owner from user.id",
			"", "only a part of the key"},
		"a boss is somebody else": {
			"user.id key\nuser.mail identity\nuser.boss ref user.id", "", "other people's rows"},
	} {
		t.Run(name, func(t *testing.T) {
			g, findings := NewGraph(mustRead(t, compose(c.fields)))
			if c.problem != "" && !strings.Contains(findings.Error()+all(findings), c.problem) {
				t.Errorf("findings %v, want one with %q", findings, c.problem)
			}
			got := strings.ReplaceAll(ways(g), "d.", "")
			got = strings.TrimPrefix(strings.TrimPrefix(got, "email → user(mail)"), "\n")
			if c.want != "" && got != c.want {
				t.Errorf("ways:\n%s\nwant:\n%s\n%v", got, c.want, findings)
			}
		})
	}
}

func all(f Findings) string {
	var lines []string
	for _, x := range f {
		lines = append(lines, x.String())
	}
	return strings.Join(lines, "\n")
}

// compose writes a dataset: a line a field, collection.field and what it is.
func compose(fields string) string {
	var b strings.Builder
	b.WriteString("dataset:\n- fides_key: d\n  collections:\n")
	last := ""
	for _, line := range strings.Split(fields, "\n") {
		parts := strings.Fields(line)
		collection, field, _ := strings.Cut(parts[0], ".")
		if collection != last {
			b.WriteString("  - name: " + collection + "\n    fields:\n")
			last = collection
		}
		b.WriteString("    - {name: " + field + ", data_categories: [user.content]")
		if len(parts) > 1 {
			b.WriteString(", fides_meta: {")
			switch parts[1] {
			case "key":
				b.WriteString("primary_key: true")
			case "identity":
				b.WriteString("identity: email")
			case "ref":
				b.WriteString("references: [{dataset: d, field: " + parts[2] + "}]")
			default:
				b.WriteString("references: [{dataset: d, field: " + parts[2] + ", direction: " + parts[1] + "}]")
			}
			b.WriteString("}")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func TestMistakesAreNamedWithPlaceAndRemedy(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"unknown key":     {"dataset:\n- fides_key: a\n  colections: []\n  collections: []", "d.yml:3:3: warning: a dataset has the unknown key colections, which is not read; do you mean collections?"},
		"no name":         {"dataset:\n- fides_key: a\n  collections:\n  - fields: []", "d.yml:4:5: a collection has no name; add name"},
		"twice":           {"dataset:\n- fides_key: a\n  fides_key: b\n  collections: []", "d.yml:3:3: a dataset says fides_key twice; keep one of them"},
		"no list":         {"dataset: 7", "d.yml:1:10: dataset is a number here and must be a list"},
		"type":            {"dataset:\n- fides_key: a\n  collections:\n  - name: c\n    fields:\n    - name: f\n      fides_meta: {data_type: integr}", "d.yml:7:19: data_type is \"integr\"; write one of string, integer, float, boolean, object_id, object, with [] for a list"},
		"strategy":        {"dataset:\n- fides_key: a\n  collections:\n  - name: c\n    fields:\n    - name: f\n      fides_meta: {masking_strategy_override: {strategy: shred}}", "strategy is \"shred\""},
		"direction":       {"dataset:\n- fides_key: a\n  collections:\n  - name: c\n    fields:\n    - name: f\n      fides_meta: {references: [{dataset: a, field: c.g, direction: up}]}", "direction is \"up\"; write from or to"},
		"category":        {"dataset:\n- fides_key: a\n  collections:\n  - name: c\n    fields:\n    - {name: f, data_categories: [user.naem]}", "warning: the data category user.naem is not in the taxonomy; it counts as user"},
		"nothing":         {"", "the file says nothing"},
		"not yaml":        {"dataset: [", "not YAML"},
		"nested and text": {"dataset:\n- fides_key: a\n  collections:\n  - name: c\n    fields:\n    - {name: f, fides_meta: {data_type: string}, fields: [{name: g}]}", "has fields and the type string"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := Read("d.yml", []byte(c.src))
			if !strings.Contains(all(findings), c.want) {
				t.Errorf("findings:\n%s\nwant %q", all(findings), c.want)
			}
		})
	}
}

func TestReferencesThatLeadNowhere(t *testing.T) {
	src := func(ref string) string {
		return "dataset:\n- fides_key: a\n  collections:\n  - name: c\n    fields:\n    - {name: f, fides_meta: {identity: email, references: [" + ref + "]}}\n"
	}
	for name, c := range map[string]struct {
		ref, want string
		warning   bool
	}{
		"field":       {"{dataset: a, field: c.g}", "f refers to a.c.g, which is no field; name a field that holds a value", false},
		"collection":  {"{dataset: a, field: x.g}", "f refers to a.x, which is not there", false},
		"not here":    {"{dataset: other, field: x.g}", "f refers to other.x, which is not there; add its file", true},
		"no contents": {"{dataset: a, field: g}", "the reference names no collection", false},
	} {
		t.Run(name, func(t *testing.T) {
			datasets, findings := Read("d.yml", []byte(src(c.ref)))
			_, more := NewGraph(datasets)
			findings = append(findings, more...)
			if !strings.Contains(all(findings), c.want) || findings.Failed() == c.warning {
				t.Errorf("findings:\n%s\nwant %q", all(findings), c.want)
			}
		})
	}
}

// Files that lie in testdata/fides are written as people write them for Fides, with
// everything that the format knows; they are read without a word but warnings.
func TestFilesForFidesAreReadAsTheyAre(t *testing.T) {
	files, err := filepath.Glob("testdata/fides/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v: %v", files, err)
	}
	var datasets []*Dataset
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found, findings := Read(file, src)
		if len(findings) > 0 {
			t.Error(all(findings))
		}
		datasets = append(datasets, found...)
	}
	g, findings := NewGraph(datasets)
	if findings.Failed() {
		t.Error(findings)
	}
	want, err := os.ReadFile("testdata/fides/ways.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := ways(g) + "\n"; got != string(want) {
		t.Errorf("ways:\n%s\nwant:\n%s", got, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(shopFile))
	f.Add([]byte(compose("user.id key\nuser.mail identity\nnote.owner ref user.id")))
	f.Add([]byte("dataset:\n- fides_key: a\n  meta: {a: {b: [c]}}\n  collections:\n  - name: c\n    fields:\n    - name: d\n      fides_meta: {masking_strategy_override: {strategy: hash, configuration: {algorithm: SHA_512}}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		datasets, findings := Read("f.yml", src)
		for _, x := range findings {
			if x.Problem == "" || x.Line < 1 {
				t.Errorf("a finding without place or problem: %+v", x)
			}
		}
		if findings.Failed() || len(src) > 4000 {
			return
		}
		NewGraph(datasets)
	})
}
