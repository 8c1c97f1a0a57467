package i18n

import (
	"bufio"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed sentences.de.txt
var sentencesSource string

// sentence is one that rooms say in English, with its German.
type sentence struct {
	english, german string
	form            *regexp.Regexp // of one with blanks
}

// sentences are those without blanks by their English, and those with blanks, what
// says most first.
var sentences, forms = mustParseSentences("sentences.de.txt", sentencesSource)

var blank = regexp.MustCompile(`\\\{\d\\\}`)

func mustParseSentences(name, src string) (map[string]sentence, []sentence) {
	plain, blanks := map[string]sentence{}, []sentence(nil)
	lines := bufio.NewScanner(strings.NewReader(src))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		english, german, found := strings.Cut(strings.ReplaceAll(line, `\n`, "\n"), " = ")
		if _, twice := plain[english]; !found || twice {
			panic(fmt.Sprintf("%s:%d: %q is no sentence in two languages, or stands there twice", name, n, line))
		}
		s := sentence{english: english, german: glue.Replace(german)}
		if strings.Contains(english, "{1}") {
			s.form = regexp.MustCompile("(?s)^" + blank.ReplaceAllString(regexp.QuoteMeta(english), "(.+)") + "$")
			blanks = append(blanks, s)
		}
		plain[english] = s
	}
	slices.SortStableFunc(blanks, func(a, b sentence) int { return len(b.english) - len(a.english) })
	return plain, blanks
}

// Sentence returns in lang what a room says in English beside its code: what a column
// is for, what an audit found. What has no German stays as it is, unless one of terms
// knows what is filled in: a period, a name.
func Sentence(lang, english string, terms ...func(string) (string, bool)) string {
	if known(lang) != German {
		return english
	}
	if s, ok := sentences[english]; ok {
		return s.german
	}
	for _, s := range forms {
		if m := s.form.FindStringSubmatch(english); m != nil {
			args := make([]any, len(m)-1)
			for i, arg := range m[1:] {
				args[i] = Sentence(lang, arg, terms...)
			}
			return fill(s.german, args)
		}
	}
	for _, term := range terms {
		if said, ok := term(english); ok {
			return said
		}
	}
	return english
}

// Sentences are the English sentences that have a German one, {1} for what is filled in.
func Sentences() []string {
	var all []string
	for english := range sentences {
		all = append(all, english)
	}
	slices.Sort(all)
	return all
}
