package examples_test

import (
	"bytes"
	"html"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kept/examples"
	"kept/internal/app"
	"kept/internal/duty/notice"
	"kept/internal/duty/register"
	"kept/internal/policy"
)

// fact is something that people are told: it stands in a part of the notice, and
// in the record where it belongs there, in both languages; and it is gone from
// both once the entry that carries it is taken out of the policy.
type fact struct {
	in      string // the id of the notice's part; empty: anywhere in it
	de, en  string // the notice's words
	record  both   // the record's; none where the law wants it in the notice alone
	out     edit   // takes the entry out
	refused string // the check that refuses the policy without it; empty: the policy stays valid
}

// both are words in German and in English.
type both struct{ de, en string }

func (b both) in(lang string) string { return map[string]string{"de": b.de, "en": b.en}[lang] }

// same are words that both languages share: a name, an address.
func same(words string) both { return both{words, words} }

// tells holds facts against what is published from the system's policy, with
// the entry and without it.
func tells(t *testing.T, system string, facts ...fact) {
	t.Helper()
	src := source(t, system)
	whole := published(t, system, src, "")
	for _, f := range facts {
		name := f.de
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(name, func(t *testing.T) {
			less := published(t, system, f.out(t, src), f.refused)
			for _, lang := range []string{"de", "en"} {
				words := both{f.de, f.en}.in(lang)
				if !whole[lang].says(f.in, words) {
					t.Errorf("%s: the notice does not say %q in %q:\n%s", lang, words, f.in, whole[lang].part(f.in))
				}
				if less[lang].says(f.in, words) {
					t.Errorf("%s: the notice says %q in %q, and nothing declares it", lang, words, f.in)
				}
				words = f.record.in(lang)
				if words == "" {
					continue
				}
				if !strings.Contains(whole[lang].record, words) {
					t.Errorf("%s: the record does not say %q", lang, words)
				}
				if strings.Contains(less[lang].record, words) {
					t.Errorf("%s: the record says %q, and nothing declares it", lang, words)
				}
			}
		})
	}
}

// publication is what Kept publishes from a policy in one language.
type publication struct {
	notice notice.Notice
	record string // the words of the record's page
}

// published publishes a policy in both languages. With a code, the check must
// have refused the policy for that reason; it is published as far as it reads.
func published(t *testing.T, system, src, refused string) map[string]publication {
	t.Helper()
	p, findings := policy.Load(path.Join(system, "policy.yaml"), []byte(src), app.Vocabulary(), today)
	if p == nil {
		t.Fatal(findings)
	}
	var codes []string
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			codes = append(codes, f.Code)
		}
	}
	if refused == "" && len(codes) > 0 || refused != "" && !slices.Contains(codes, refused) {
		t.Errorf("refused for %q, want %q", codes, refused)
	}
	all := map[string]publication{}
	for _, lang := range []string{"de", "en"} {
		var page bytes.Buffer
		if err := register.Build(p, lang).Write(&page, register.HTML); err != nil {
			t.Fatal(err)
		}
		all[lang] = publication{notice.Build(p, lang), flat(html.UnescapeString(markup.ReplaceAllString(page.String(), " ")))}
	}
	return all
}

var markup = regexp.MustCompile(`(?s)<style>.*?</style>|<svg.*?</svg>|<[^>]*>`)

// flat makes every white space one blank.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func (p publication) says(part, words string) bool { return strings.Contains(p.part(part), words) }

// part is the text of the notice's part id, with its heading; all of it for the
// empty id, none for a part that the notice does not have.
func (p publication) part(id string) string {
	if id == "" {
		return flat(p.notice.Text())
	}
	rest, here := p.notice.Text(), ""
	for _, s := range p.notice.Sections {
		_, after, _ := strings.Cut(rest, "\n"+s.Title+"\n")
		if here != "" {
			return flat(here + " " + strings.TrimSuffix(rest[:len(rest)-len(after)], s.Title+"\n"))
		}
		if s.ID == id {
			here = s.Title
		}
		rest = after
	}
	if here == "" {
		return ""
	}
	return flat(here + " " + rest)
}

func source(t *testing.T, system string) string {
	t.Helper()
	src, err := fs.ReadFile(examples.Files, path.Join(system, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// edit changes the source of a policy. One that finds nothing to change fails
// the test.
type edit func(t *testing.T, src string) string

// without takes out the entry at a path of keys, with all that is indented below
// it: without("recipients", "network").
func without(keys ...string) edit {
	return func(t *testing.T, src string) string {
		t.Helper()
		lines, from, to := strings.SplitAfter(src, "\n"), 0, 0
		to = len(lines)
		for depth, key := range keys {
			if from, to = block(lines, from, to, 2*depth, key); from < 0 {
				t.Fatalf("the policy has no %s", strings.Join(keys, "."))
			}
			from++
		}
		return strings.Join(append(lines[:from-1:from-1], lines[to:]...), "")
	}
}

// block finds the lines of an entry between two others: its first, and the one
// after its last.
func block(lines []string, from, to, indent int, key string) (first, end int) {
	start := strings.Repeat(" ", indent) + key + ":"
	for i := from; i < to; i++ {
		if !strings.HasPrefix(lines[i], start) {
			continue
		}
		for end = i + 1; end < to; end++ {
			text := strings.TrimLeft(lines[end], " ")
			if len(lines[end])-len(text) <= indent && strings.TrimSpace(text) != "" {
				break
			}
		}
		return i, end
	}
	return -1, -1
}

// cut takes out a piece of text, wherever it stands.
func cut(text string) edit { return swap(text, "") }

// oneLine takes out the one line that holds text.
func oneLine(text string) edit {
	return func(t *testing.T, src string) string {
		t.Helper()
		var rest []string
		for line := range strings.Lines(src) {
			if !strings.Contains(line, text) {
				rest = append(rest, line)
			}
		}
		less := strings.Join(rest, "")
		if strings.Count(less, "\n") != strings.Count(src, "\n")-1 {
			t.Fatalf("not one line of the policy holds %q", text)
		}
		return less
	}
}

// swap puts other text in the place of a piece, wherever it stands.
func swap(old, by string) edit {
	return func(t *testing.T, src string) string {
		t.Helper()
		if !strings.Contains(src, old) {
			t.Fatalf("the policy does not hold %q", old)
		}
		return strings.ReplaceAll(src, old, by)
	}
}

// all makes several edits, one after the other.
func all(edits ...edit) edit {
	return func(t *testing.T, src string) string {
		t.Helper()
		for _, e := range edits {
			src = e(t, src)
		}
		return src
	}
}
