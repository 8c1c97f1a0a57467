package change_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kept/internal/duty/change"
	"kept/internal/policy"
	"kept/internal/policy/source"
)

func TestTheWholePolicyUsesEveryKey(t *testing.T) {
	if _, findings := policy.Load("whole.yaml", []byte(whole(t)), words(), today); slices.ContainsFunc(findings, func(f policy.Finding) bool { return f.Code < "K2" && f.Severity == policy.Mistake }) {
		t.Fatal(findings)
	}
	used := map[string]bool{}
	var walk func(keys []policy.Key, nodes []*source.Node, path string)
	walk = func(keys []policy.Key, nodes []*source.Node, path string) {
		for _, k := range keys {
			at := path + k.Name
			var below []*source.Node
			for _, n := range nodes {
				for _, e := range n.Entries {
					if e.Key == k.Name {
						used[at], below = true, append(below, inside(k.Form, e.Value)...)
					}
				}
			}
			if !used[at] && !strings.HasSuffix(at, "cookies.session") && !strings.HasSuffix(at, "cookies.lifetime") && !strings.HasSuffix(at, "cookies.storage") {
				t.Errorf("testdata/whole.yaml does not use %s", at)
			}
			walk(k.Keys, below, at+".")
		}
	}
	walk(policy.Language(), []*source.Node{parse(t, whole(t))}, "")
}

// inside are the maps that a value of that form holds.
func inside(form policy.Form, n *source.Node) []*source.Node {
	switch form {
	case policy.FormEntries:
		var found []*source.Node
		for _, e := range n.Entries {
			found = append(found, e.Value)
		}
		return found
	case policy.FormMaps, policy.FormItems:
		return n.Items
	}
	return []*source.Node{n}
}

func TestNothingChangesBetweenAPolicyAndItself(t *testing.T) {
	for _, edits := range [][]string{
		nil,
		{"kept: 1\n", "kept: 1 # a comment\n"},
		{"[page, time, address]", "[address, page, time]"},
		{"keep: 1 year,", "keep: P1Y,"},
		{"measures: [tls, backups,", "measures: [backups, tls,"},
		{"hosts: [v.cloud.example]", "hosts: v.cloud.example"},
	} {
		report := change.Between(edited(t), edited(t, edits...), "en")
		if len(report.Changes) > 0 || report.Matters() {
			t.Errorf("%q: %+v", edits, report)
		}
	}
}

// Each key of the language, once its value changes or is gone, is said in both
// languages: a new key cannot be forgotten.
func TestEveryChangeIsSaid(t *testing.T) {
	before := load(t, write(parse(t, whole(t))))
	said := 0
	mutate(parse(t, whole(t)), "", func(root *source.Node, what string) {
		next := load(t, write(root))
		if next.Hash == before.Hash {
			return // written otherwise, meant alike
		}
		said++
		for _, pair := range [][2]*policy.Policy{{before, next}, {next, before}} {
			for _, lang := range policy.Languages {
				report := change.Between(pair[0], pair[1], lang)
				if len(report.Changes) == 0 {
					t.Errorf("%s is not said", what)
					return
				}
				for _, c := range report.Changes {
					if c.Text == "" || strings.Contains(c.Text, "change.") || strings.Contains(c.Text, "{") || strings.Contains(c.Text, "0x") {
						t.Errorf("%s: %q", what, c.Text)
					}
				}
				for _, d := range report.ToDo {
					if strings.Contains(d.Text+d.Law, "change.") {
						t.Errorf("%s: %+v", what, d)
					}
				}
			}
		}
	})
	if said < 200 {
		t.Errorf("only %d changes were tried", said)
	}
}

// mutate calls f with the tree once for each value changed and each key or item
// left out.
func mutate(root *source.Node, path string, f func(root *source.Node, what string)) {
	var walk func(n *source.Node, path string)
	walk = func(n *source.Node, path string) {
		switch n.Kind {
		case source.Map:
			for i := range n.Entries {
				at := path + "." + n.Entries[i].Key
				kept := n.Entries
				n.Entries = slices.Delete(slices.Clone(kept), i, i+1)
				f(root, at+" left out")
				n.Entries = kept
				walk(n.Entries[i].Value, at)
			}
		case source.List:
			for i := range n.Items {
				at := fmt.Sprintf("%s[%d]", path, i)
				kept := n.Items
				n.Items = slices.Delete(slices.Clone(kept), i, i+1)
				f(root, at+" left out")
				n.Items = kept
				walk(n.Items[i], at)
			}
		default:
			kept := n.Scalar
			for _, value := range others(n) {
				n.Scalar = value
				f(root, path+" becomes "+value)
			}
			n.Scalar = kept
		}
	}
	walk(root, path)
}

// others are values that may stand in the place of n: what is refused there counts
// as absent.
func others(n *source.Node) []string {
	switch n.Kind {
	case source.Truth:
		return []string{"false"}
	case source.Number:
		return []string{n.Scalar + "1"}
	}
	if other := swap[n.Scalar]; other != "" {
		return []string{other}
	}
	return []string{n.Scalar + "x", "20 years"}
}

// swap are words of the language with another that stands in the same place.
var swap = map[string]string{
	"consent": "contract", "legitimate-interests": "public-task", "legal-obligation": "contract",
	"delete": "anonymise", "anonymise": "delete", "processor": "third-party", "dpa": "arrangement", "adequacy": "scc",
	"cookie": "local-storage", "local-storage": "indexed-db", "decision": "profiling", "contract": "law", "needed": "statute",
	"third-party": "derived", "IE": "GB", "NL": "BE", "US": "IN", "DE": "AT", "de": "en", "en": "de", "media": "marketing",
	"analytics.reporting": "analytics", "finance": "sales", "customer": "employee", "user.financial": "user.name", "short": "long",
	"collection": "confirmed", "confirmed": "collection", "page": "address", "tls": "logging", "2026-05-01": "2026-06-01", "2024-01-01": "2024-02-01",
}

func find(r change.Report, key string) []change.Change {
	var found []change.Change
	for _, c := range r.Changes {
		if c.Key == key {
			found = append(found, c)
		}
	}
	return found
}

func duties(r change.Report) string {
	var codes []string
	for _, d := range r.ToDo {
		codes = append(codes, d.Code)
	}
	return strings.Join(codes, " ")
}

func TestWhatAChangeAsksOfTheOperator(t *testing.T) {
	for _, c := range []struct {
		name   string
		edits  []string
		key    string
		weight change.Weight
		kind   change.Kind
		say    string
		todo   string
	}{
		{"a longer period", []string{"keep: 1 year,", "keep: 2 years,"}, "activities.retention.keep", change.Tell, change.Longer, "1 year → 2 years", "tell version"},
		{"a shorter period", []string{"keep: 1 year,", "keep: 3 months,"}, "activities.retention.keep", change.Less, change.Shorter, "1 year → 3 months", "confirm version"},
		{"a new field", []string{"[page, time, address]", "[page, time]"}, "activities.data", change.Less, change.Removed, "no longer: address", "ask confirm version"},
		{"a new purpose", []string{"purpose: analytics.reporting", "purpose: marketing.advertising"}, "activities.purpose", change.Tell, change.Changed, "statistics → advertising", "purpose tell ask version"},
		{"another basis", []string{"basis: consent", "basis: contract", "    group: usage\n", ""}, "activities.basis", change.Tell, change.Changed, "your consent, Art.\u00a06(1)(a) GDPR → a contract", "tell version"},
		{"a service's group", []string{"group: media", "group: marketing"}, "services.group", change.Tell, change.Changed, "Media → Marketing", "tell ask version"},
		{"a transfer", []string{"{to: US, safeguard: adequacy, framework: DPF,", "{to: IN, safeguard: scc,"}, "recipients.transfers", change.Tell, change.Added, "India (standard contractual clauses of the European Commission)", "tell ask version"},
		{"another host", []string{"v.cloud.example", "w.cloud.example"}, "services.hosts", change.Runs, change.Added, "w.cloud.example", ""},
		{"a setting", []string{"pause: 7 days", "pause: 9 days"}, "activities.settings", change.Runs, change.Longer, "pause: longer, 7 days → 9 days", ""},
		{"a word", []string{"en: Visits", "en: Visitors"}, "activities.title", change.Wording, change.Changed, "“Visits” → “Visitors”", "ask version"},
		{"an address", []string{"Musterstraße 1, 65183", "Musterstraße 9, 65183"}, "controller.address", change.Wording, change.Changed, "Musterstraße 9", ""},
		{"a cookie's life", []string{"lifetime: 6 months", "lifetime: 12 months"}, "services.cookies.lifetime", change.Tell, change.Longer, "6 months → 12 months", "tell version"},
		{"a recipient less", []string{"    recipients: {cloud: [page, time]}\n", ""}, "activities.recipients", change.Less, change.Removed, "Cloud Ltd.", "ask version"},
		{"a field for a recipient", []string{"{cloud: [page, time]}", "{cloud: [page, time, address]}"}, "activities.recipients.fields", change.Tell, change.Added, "Cloud Ltd.): new: address", "tell ask version"},
		{"a further processor", []string{"{cloud: [page, time]}", "{cloud: [page, time], below: [page]}"}, "activities.recipients", change.Tell, change.Added, "Below Inc.: page", "tell customers ask version"},
		{"a rule less", []string{"      - {from: collection, keep: 1 year, then: anonymise}\n", ""}, "activities.retention", change.Tell, change.Removed, "this period is gone: 1 year", "tell version"},
		{"a new version", []string{"version: 2026-11-01", "version: 2026-12-01"}, "notice.version", change.Wording, change.Changed, "1\u00a0December 2026", ""},
	} {
		r := change.Between(edited(t), edited(t, c.edits...), "en")
		found := find(r, c.key)
		i := slices.IndexFunc(found, func(x change.Change) bool {
			return x.Kind == c.kind && x.Weight == c.weight && strings.Contains(x.Text, c.say)
		})
		if i < 0 {
			t.Errorf("%s: want %s %s %q, got %+v", c.name, c.weight, c.kind, c.say, r.Changes)
		}
		if got := duties(r); got != c.todo {
			t.Errorf("%s: to do %q, want %q", c.name, got, c.todo)
		}
	}
}
