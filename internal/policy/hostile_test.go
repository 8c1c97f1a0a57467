package policy_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"kept/internal/clock/clocktest"
	"kept/internal/policy"
)

// repeated writes n lines that differ by their number.
func repeated(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

// However large or deep a file is, it is refused or checked in bounded time and
// memory: a policy is written by people, and sent in by others.
func TestHostilePoliciesAreCheckedInBoundedTimeAndMemory(t *testing.T) {
	other := "activities:\n  o:\n    kind: external\n    title: {de: a, en: a}\n    people: [customer]\n    purpose: sales\n    basis: contract\n"
	for name, c := range map[string]struct{ src, code string }{
		"10 MB of keys":     {repeated(1_000_000, "key%d: x\n"), "K101"},
		"10 MB in one word": {"kept: " + strings.Repeat("x", 10<<20), "K101"},
		"deep brackets":     {onBase("groups: " + strings.Repeat("[", 20_000) + "\n"), "K108"},
		"deep maps":         {onBase("groups:\n" + strings.Repeat("{a: ", 9_000) + "\n"), "K108"},
		"deep blocks": {"kept:\n" + func() string {
			var b strings.Builder
			for i := range 900 {
				b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
			}
			return b.String()
		}(), "K108"},
		"an alias of aliases": {"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", "K105"},
		"many activities":     {onBase("activities:\n" + repeated(1_800, "  a%d: {kind: access-log, data: [url], basis: x}\n")), "K116"},
		"many fields":         {onBase(other + "    data:\n" + repeated(3_500, "      - {name: f%d, category: user.name}\n")), "K304"},
		"many unknown fields": {onBase(other + "    data:\n" + repeated(9_000, "      - f%d\n")), "K321"},
		"many rules":          {onBase(other + "    data: [user.name]\n    retention:\n" + repeated(2_000, "      - {from: m%d, keep: 1 day, then: delete}\n")), "K306"},
		"many cookies":        {onBase("cookies:\n" + repeated(3_000, "  - {name: c%d, session: true}\n")), "K514"},
		"many recipients":     {onBase("recipients:\n" + repeated(2_000, "  r%d: {name: a, country: DE, role: third-party}\n")), "K402"},
		"a long chain":        {onBase("recipients:\n" + repeated(1_500, "  r%[1]d: {name: a, country: DE, role: third-party, via: [r%[1]d]}\n")), "K417"},
		"many measures":       {onBase("measures:\n" + repeated(9_000, "  - m%d\n")), "K702"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := clocktest.Spent(t)
			_, findings := policy.Load("hostile.yaml", []byte(c.src), words(), today)
			took := clocktest.Spent(t) - start
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			if !strings.Contains(strings.Join(codesOf(findings), " "), c.code) {
				t.Errorf("%s is not found: %.300v", c.code, findings)
			}
			if took > 5*time.Second || allocated > 512 || len(findings) > 501 {
				t.Errorf("%s, %d MB, %d findings", took, allocated, len(findings))
			}
			t.Logf("%d kB: %s, %d MB, %d findings", len(c.src)>>10, took.Round(time.Millisecond), allocated, len(findings))
		})
	}
}
