package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kept/internal/clock/clocktest"
)

// outline writes a tree with its places, for comparison.
func outline(n *Node, indent string) string {
	s := fmt.Sprintf("%s%s %s %q\n", indent, n.Pos, n.Kind, n.Scalar)
	for _, e := range n.Entries {
		s += fmt.Sprintf("%s%s %s:\n", indent, e.Pos, e.Key) + outline(e.Value, indent+"  ")
	}
	for _, item := range n.Items {
		s += outline(item, indent+"- ")
	}
	return s
}

func TestEveryValueKnowsItsPlace(t *testing.T) {
	src := "# a comment\nüber: \"x\\u0041\"\nflow: {ä: 1, list: [x, 'y z', 7 days]}\nblock: |\n  one\n  two\nnone:\n" +
		"items:\n  - a: 1\n    b: true\n  - c\n2024: 2024-02-13\n"
	want := `2:1 a map ""
2:1 über:
  2:7 text "xA"
3:1 flow:
  3:7 a map ""
  3:8 ä:
    3:11 a number "1"
  3:14 list:
    3:20 a list ""
    - 3:21 text "x"
    - 3:24 text "y z"
    - 3:31 text "7 days"
4:1 block:
  4:8 text "one\ntwo"
7:1 none:
  7:6 nothing ""
8:1 items:
  9:3 a list ""
  - 9:5 a map ""
  - 9:5 a:
  -   9:8 a number "1"
  - 10:5 b:
  -   10:8 true or false "true"
  - 11:5 text "c"
12:1 2024:
  12:7 text "2024-02-13"
`
	root, mistakes := Parse([]byte(src))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if got := outline(root, ""); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWindowsLineEndsAndAMarkInFront(t *testing.T) {
	root, mistakes := Parse([]byte("\ufeffa: 1\r\nb: x\r\n"))
	if len(mistakes) > 0 || len(root.Entries) != 2 || root.Entries[0].Key != "a" || root.Entries[1].Value.Scalar != "x" || root.Entries[1].Pos != (Pos{2, 1}) {
		t.Errorf("%v %+v", mistakes, root)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, src, want string
	}{
		{"nothing", "", "1:1 K109"},
		{"a comment only", "# nothing\n", "1:1 K109"},
		{"broken encoding", "a: 1\nb: \xff\n", "2:4 K102"},
		{"a carriage return alone", "a: 1\rb: 1\n", "1:5 K102"},
		{"a control character", "a: \x00\n", "1:4 K102"},
		{"two tabs", "a:\n\tb: 1\n\tc: 1\n", "2:1 K104, 3:1 K104"},
		{"an anchor and an alias", "a: &x 1\nb: *x\n", "1:4 K105, 2:4 K105"},
		{"a merge key", "a:\n  <<: {b: 1}\n", "2:3 K105"},
		{"a tag", "a: !!str 1\n", "1:4 K106"},
		{"a directive", "%YAML 1.2\n---\na: 1\n", "1:1 K106"},
		{"a complex key", "? a\n: b\n", "1:1 K106"},
		{"a map as a key", "{a: 1}: 2\n", "1:7 K103"},
		{"two documents", "a: 1\n---\nb: 2\n", "3:1 K107"},
		{"a colon in text", "a: b: c\n", "1:4 K103"},
		{"an open bracket", "a: [1\nb: 2\n", "1:4 K103"},
		{"an open quote", "a: \"x\nb: 1\n", "1:4 K103"},
		{"nesting in brackets", "a: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n", "1:35 K108"},
		{"nesting in braces", strings.Repeat("{a: ", 40) + strings.Repeat("}", 40) + "\n", "1:129 K108"},
		{"nesting in dashes", strings.Repeat("- ", 40) + "x\n", "1:65 K108"},
		{"nesting in lines", deep(40), "33:33 K108"},
		{"too many bytes", "a: " + strings.Repeat("x", MaxBytes), "1:1 K101"},
		{"too many lines", "a:\n" + strings.Repeat("\n", MaxLines+1), "1:1 K101"},
		{"too many words", strings.Repeat("a: b\n", MaxTokens/3+1), "1:1 K101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, mistakes := Parse([]byte(c.src))
			var got []string
			for _, m := range mistakes {
				got = append(got, fmt.Sprintf("%s %s", m.Pos, m.Fault))
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got %s, want %s (%v)", s, c.want, mistakes)
			}
		})
	}
}

func deep(levels int) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

func TestASlipInOneSectionDoesNotHideTheOthers(t *testing.T) {
	root, mistakes := Parse([]byte("a: 1\n\nb:\n  c: d: e\n\nf:\n  g: 2\n\nh: [\ni: 3\n"))
	if len(mistakes) != 2 || mistakes[0].Pos != (Pos{4, 6}) || mistakes[1].Line != 9 {
		t.Errorf("%v", mistakes)
	}
	var keys []string
	for _, e := range root.Entries {
		keys = append(keys, e.Pos.String()+" "+e.Key)
	}
	if got := strings.Join(keys, ", "); got != "1:1 a, 6:1 f, 10:1 i" {
		t.Errorf("got %s", got)
	}
	if at := root.Entries[1].Value.Entries[0].Value.Pos; at != (Pos{7, 6}) {
		t.Errorf("the value of g is said to be at %s", at)
	}
}

// The YAML library takes minutes for some of these; the bounds hold each to
// about a second, however slow the machine is.
func TestHostileFilesAreReadInBoundedTime(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, MaxBytes/len(s)) }
	for name, src := range map[string]string{
		"keys":          strings.Repeat("a: b\n", MaxTokens/3-1),
		"question":      many("? a\n"),
		"dashes":        many("- "),
		"brackets":      many("["),
		"braces":        many("{a: "),
		"anchors":       many("&a "),
		"aliases":       many("*a "),
		"tags":          many("!a "),
		"documents":     many("---\n"),
		"directives":    many("%YAML 1.2\n"),
		"blank literal": "a: |\n" + many("\n"),
		"blank folded":  "a: >\n x\n" + strings.Repeat("\n", MaxLines-3),
		"blank plain":   "a: x\n" + strings.Repeat("\n", MaxLines-3) + "  x",
		"literals":      many("- |\n  x\n"),
		"open quote":    "a: '" + many("x\n"),
		"one word":      many("a"),
		"colons":        many("a:"),
		"hashes":        "a: " + many("x #"),
		"escapes":       "a: \"" + many("\\x41") + "\"",
		"umlauts":       "ä: " + many("ö"),
		"sections":      many("a: [\n"),
		"returns":       "a: |\n" + many(" x\r"),
	} {
		t.Run(name, func(t *testing.T) {
			src = src[:min(len(src), MaxBytes)]
			start := clocktest.Spent(t)
			Parse([]byte(src))
			if took := clocktest.Spent(t) - start; took > 5*time.Second {
				t.Errorf("took %s", took)
			} else {
				t.Log(took)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	src := "kept: 1\nnotice:\n  version: \"a b\" # c\n\n\tx: 1\n"
	for at, want := range map[Pos]string{
		{1, 1}:  "1 | kept: 1\n  | ^^^^",
		{3, 3}:  "2 | notice:\n3 |   version: \"a b\" # c\n  |   ^^^^^^^",
		{3, 12}: "2 | notice:\n3 |   version: \"a b\" # c\n  |            ^^^^^",
		{5, 2}:  "5 | \tx: 1\n  | \t^",
		{9, 1}:  "", {0, 0}: "", {1, 40}: "1 | kept: 1\n  |        ^",
	} {
		if got := Split([]byte(src)).Excerpt(at); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", at, got, want)
		}
	}
	hostile := Split([]byte("a: \x1b[31mred " + strings.Repeat("x", 500))).Excerpt(Pos{1, 4})
	if strings.Contains(hostile, "\x1b") || len(hostile) > 600 {
		t.Errorf("%q", hostile)
	}
}

// Nothing that a reader does not see gets through, written as it is or as an
// escape within quotes, in a value, a key or a comment.
func TestCharactersThatNobodySees(t *testing.T) {
	for name, src := range map[string]string{
		"an escape sequence":       `a: "x\e[31m"`,
		"a bell":                   `a: ["\a"]`,
		"a key":                    `"\u001b]0;x": 1`,
		"a command of the C1 set":  `a: "\x9b31m"`,
		"one as it is":             "a: x\u009b31m",
		"an override":              `a: "\u202egnp.exe"`,
		"an override as it is":     "a: \u202egnp.exe",
		"a line end of its own":    `a: "x\u2028y"`,
		"a carriage return":        `a: "x\ry"`,
		"an override in a comment": "a: 1 # \u2066 x",
		"a mark within the file":   "a: x\ufeff",
	} {
		root, mistakes := Parse([]byte(src))
		if len(mistakes) != 1 || mistakes[0].Fault != Unseen || mistakes[0].Line != 1 {
			t.Errorf("%s: %+v, %+v", name, root, mistakes)
		}
	}
	for name, src := range map[string]string{
		"emoji, soft hyphens, marks of direction":  "a: \"\U0001f469\u200d\U0001f467 Daten\u00adschutz \u05d0\u200f!\"",
		"an escaped tab and line end":              `a: "x\ty\nz"`,
		"a text over lines that end as on Windows": "a: |\r\n  x\r\n  y\r\nb: \"x\r\n  y\"\r\nc: >\r\n  x\r\n  y\r\n",
	} {
		if _, mistakes := Parse([]byte(src)); len(mistakes) > 0 {
			t.Errorf("%s: %+v", name, mistakes)
		}
	}
	if got := Visible("a\x1b]0;\u202e\u009bb\t"); got != "a?]0;??b\t" {
		t.Errorf("%q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a: 1\n", "a: {b: [c, 'd']}\n", "- a\n- b: c\n", "a: |\n  x\n", "a: &x 1\nb: *x\n", "? a\n", "a: \"\\x41\"\n", "\ta: 1", "---\na: 1\n...\n", "a: b: c\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		root, mistakes := Parse(src)
		if root == nil && len(mistakes) == 0 {
			t.Fatal("nothing was read and nothing is wrong")
		}
		lines := Split(src)
		for _, m := range mistakes {
			if m.Line < 1 || m.Column < 1 || m.Line > len(lines)+1 || m.Problem == "" || m.Fault == "" {
				t.Fatalf("%+v", m)
			}
			lines.Excerpt(m.Pos)
		}
	})
}
