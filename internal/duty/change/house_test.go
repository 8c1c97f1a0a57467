package change_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"kept/internal/policy"
	"kept/internal/policy/source"
)

var today = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// words is the vocabulary of the tests: one kind with a setting of each form.
func words() policy.Vocabulary {
	text := func(s string) policy.Text { return policy.Text{"de": s + " (de)", "en": s} }
	field := func(name, category string) policy.Field {
		return policy.Field{Name: name, Category: category, Title: text(name)}
	}
	return policy.Vocabulary{"log": &policy.Kind{
		Name: "log", Title: text("log"), Delivers: true, Anonymises: true, People: []string{"visitor"},
		Fields:  []policy.Field{field("page", "user.behavior"), field("time", "user.behavior"), field("address", "user.device.ip_address")},
		Moments: []policy.Moment{{Name: "collection", Title: text("the visit")}, {Name: "confirmed", Title: text("the confirmation")}},
		Settings: []policy.SettingSpec{
			{Name: "rate", Type: policy.SettingRate}, {Name: "cut", Type: policy.SettingTruncation}, {Name: "share", Type: policy.SettingPercent},
			{Name: "pause", Type: policy.SettingPeriod, Title: text("pause")}, {Name: "most", Type: policy.SettingInt}, {Name: "on", Type: policy.SettingBool},
			{Name: "form", Type: policy.SettingString, Keys: []string{"short", "long"}}, {Name: "list", Type: policy.SettingStrings},
			{Name: "say", Type: policy.SettingText}, {Name: "flags", Type: policy.SettingFlags, Keys: []string{"opens", "clicks"}},
			{Name: "to", Type: policy.SettingForward, Keys: []string{"post"}},
		},
	}}
}

func whole(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// load reads a policy as far as it can be read: a comparison must not depend on
// its being right.
func load(t *testing.T, src string) *policy.Policy {
	t.Helper()
	p, _ := policy.Load("policy.yaml", []byte(src), words(), today)
	if p == nil {
		t.Fatalf("cannot be read:\n%s", src)
	}
	return p
}

// edited is the whole policy with pairs of old and new text.
func edited(t *testing.T, edits ...string) *policy.Policy {
	t.Helper()
	src := whole(t)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(src, edits[i]) {
			t.Fatalf("the policy does not hold %q", edits[i])
		}
		src = strings.Replace(src, edits[i], edits[i+1], 1)
	}
	return load(t, src)
}

func parse(t *testing.T, src string) *source.Node {
	t.Helper()
	root, mistakes := source.Parse([]byte(src))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return root
}

// write writes a tree as JSON, which the reader takes as YAML.
func write(n *source.Node) string {
	switch n.Kind {
	case source.Map:
		var parts []string
		for _, e := range n.Entries {
			parts = append(parts, quote(e.Key)+": "+write(e.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case source.List:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, write(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case source.Text:
		return quote(n.Scalar)
	}
	return n.Scalar
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("quoting %q: %v", s, err))
	}
	return string(b)
}
