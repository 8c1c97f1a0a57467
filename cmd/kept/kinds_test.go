package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/policy"
)

const (
	kindsFile     = "../../docs/reference/kinds.md"
	firstPolicy   = "../../docs/guide/first-policy.md"
	analyticsKind = "analytics"
)

// The reference of the kinds is made from what they declare.
func TestReferenceOfKindsIsUpToDate(t *testing.T) {
	made := kindsPage()
	if *update {
		if err := os.WriteFile(kindsFile, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(kindsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != made {
		t.Error("docs/reference/kinds.md is out of date; make it anew with: make generate")
	}
}

// The notice and the record name whom each activity concerns (Art. 30(1)(c) GDPR).
func TestEveryKindSaysWhomItConcerns(t *testing.T) {
	for _, k := range app.Vocabulary() {
		if len(k.Fields) > 0 && len(k.People) == 0 {
			t.Errorf("kind %s names no people", k.Name)
		}
	}
}

// The parts of the guide make one policy, in the order in which they stand; it
// passes without a finding.
func TestTheFirstPolicyPasses(t *testing.T) {
	guide, err := os.ReadFile(firstPolicy)
	if err != nil {
		t.Fatal(err)
	}
	var src strings.Builder
	for i, part := range strings.Split(string(guide), "```yaml\n") {
		if yaml, _, ok := strings.Cut(part, "```"); i > 0 && ok {
			src.WriteString(yaml)
		}
	}
	p, findings := policy.Load("first-policy.md", []byte(src.String()), app.Vocabulary(), clock.System.Now())
	if len(findings) > 0 {
		t.Fatalf("%s\n%s", src.String(), findings)
	}
	if len(p.OfKind(analyticsKind)) != 1 || len(p.Services) == 0 {
		t.Error("the guide shows no statistics or no service")
	}
}

func kindsPage() string {
	var b strings.Builder
	b.WriteString("# Kinds of activity\n\nMade from the program. An activity of the [policy](policy.md) is of the kind that its name, or its\n`kind`, says; here is what each kind can store, count from and be set to.\n")
	for _, m := range app.Manifests() {
		k := m.Kind
		if k.BuiltIn && len(k.Default) == 0 { // a room that no entry can name
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s", k.Name, k.Title.In("en"))
		if about := k.About.In("en"); about != "" {
			fmt.Fprintf(&b, ": %s", about)
		}
		b.WriteString("\n\n")
		writeFacts(&b, k)
		writeWords(&b, k)
	}
	return b.String()
}

// writeFacts says when the kind runs and what it needs.
func writeFacts(b *strings.Builder, k policy.Kind) {
	if k.Planned {
		b.WriteString("- Declared, checked and published; this build does not run it yet: nothing is collected, routed or stored.\n")
	}
	if k.Asks {
		b.WriteString("- Asks for a consent itself, where the data is given: an entry needs no group.\n")
	}
	if len(k.People) > 0 {
		fmt.Fprintf(b, "- About: %s.\n", code(k.People))
	}
	if k.BuiltIn {
		b.WriteString("- Stands in every policy; an entry under its name changes the keys that it has.\n")
	}
	bases := "any"
	if len(k.OnlyBases) > 0 {
		bases = code(k.OnlyBases)
	}
	fmt.Fprintf(b, "- Bases: %s.\n", bases)
	if len(k.Cookies) > 0 {
		fmt.Fprintf(b, "- Cookies that the entry must declare: %s.\n", code(k.Cookies))
	}
	if !k.Anonymises {
		b.WriteString("- Its rules cannot say `anonymise`.\n")
	}
	if k.Delivers {
		b.WriteString("- Can hand fields to `recipients`.\n")
	}
}

func writeWords(b *strings.Builder, k policy.Kind) {
	if len(k.Fields) > 0 {
		b.WriteString("\n| field | | category (fideslang) |\n|---|---|---|\n")
	}
	for _, f := range k.Fields {
		fmt.Fprintf(b, "| `%s` | %s | `%s` |\n", f.Name, f.Title.In("en"), f.Category)
	}
	if len(k.Sets) > 0 {
		b.WriteString("\n| set | | fields |\n|---|---|---|\n")
	}
	for _, s := range k.Sets {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", s.Name, s.Title.In("en"), code(s.Fields))
	}
	if len(k.Moments) > 0 {
		b.WriteString("\n| moment | a period runs from |\n|---|---|\n")
	}
	for _, x := range k.Moments {
		fmt.Fprintf(b, "| `%s` | %s |\n", x.Name, x.Title.In("en"))
	}
	if len(k.Settings) > 0 {
		b.WriteString("\n| setting | | form | unless given |\n|---|---|---|---|\n")
	}
	writeSettings(b, "", k.Settings)
}

// writeSettings lists settings, those of a group behind it.
func writeSettings(b *strings.Builder, prefix string, specs []policy.SettingSpec) {
	for _, s := range specs {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", prefix+s.Name, s.Title.In("en"), form(s), unlessGiven(s))
		writeSettings(b, prefix+s.Name+".", s.Parts)
	}
}

// form shows how a setting is written.
func form(s policy.SettingSpec) string {
	forms := map[policy.SettingType]string{
		policy.SettingBool: "`true` or `false`", policy.SettingInt: "a whole number", policy.SettingPercent: "a share like `5%`",
		policy.SettingPeriod: "a period", policy.SettingString: "a word", policy.SettingStrings: "a list of words", policy.SettingText: "text by language",
		policy.SettingRate: "`{requests: 50, per: 1 second, burst: 200}`", policy.SettingTruncation: "`{ipv4: 16, ipv6: 48}`",
		policy.SettingForward: "a map by recipient, each with a `protocol`", policy.SettingFlags: "a map of `true` and `false`",
		policy.SettingRecipient: "a recipient", policy.SettingRecipients: "a list of recipients", policy.SettingDepartments: "a list of departments", policy.SettingGroup: "a map of these settings", policy.SettingTexts: "texts by name",
	}
	if len(s.Keys) > 0 {
		return forms[s.Type] + ": " + code(s.Keys)
	}
	return forms[s.Type]
}

func unlessGiven(s policy.SettingSpec) string {
	switch v := s.Default.(type) {
	case nil:
		if s.Required {
			return "required"
		}
		return "nothing"
	case policy.Truncation:
		return fmt.Sprintf("`{ipv4: %d, ipv6: %d}`", v.IPv4, v.IPv6)
	case policy.Rate:
		return fmt.Sprintf("`{requests: %d, per: %s, burst: %d}`", v.Requests, v.Per.In("en"), v.Burst)
	case float64:
		return fmt.Sprintf("`%g%%`", v*100)
	case []string:
		return "`[" + strings.Join(v, ", ") + "]`"
	case interface{ In(lang string) string }:
		return "`" + v.In("en") + "`"
	case map[string]bool:
		var on []string
		for key, yes := range v {
			if yes {
				on = append(on, key)
			}
		}
		slices.Sort(on)
		return code(on)
	}
	return fmt.Sprintf("`%v`", s.Default)
}

// code sets words as code, in their order.
func code[W ~string](words []W) string {
	var set []string
	for _, w := range words {
		set = append(set, "`"+string(w)+"`")
	}
	return strings.Join(set, ", ")
}
