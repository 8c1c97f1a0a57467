package i18n

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

//go:embed faults.de.txt
var faultsSource string

// faults are what rooms refuse, parsed when a German reader first meets it.
var faults = sync.OnceValues(func() (map[string]sentence, []sentence) {
	return mustParseSentences("faults.de.txt", faultsSource)
})

// longestFault is the longest message that is looked for, in bytes: some repeat what
// somebody sent.
const longestFault = 1 << 10

// Fault returns a fault's message in lang as a sentence, and whether it is known there:
// what has no German is said by the page in its own words.
func Fault(lang, message string) (string, bool) {
	if known(lang) != German {
		return Whole(message), message != ""
	}
	if len(message) > longestFault {
		return "", false
	}
	plain, blanks := faults()
	if s, ok := plain[message]; ok {
		return s.german, true
	}
	for _, s := range blanks {
		if m := s.form.FindStringSubmatch(message); m != nil {
			if _, ok := Fault(lang, m[len(m)-1]); !ok && !strings.ContainsFunc(s.english, unicode.IsLetter) {
				continue // "{1}: {2}" says nothing by itself
			}
			args := make([]any, len(m)-1)
			for i, arg := range m[1:] {
				args[i] = filled(arg)
			}
			return fill(s.german, args), true
		}
	}
	return "", false
}

// filled is in German what a message is filled in with: another message, a word or a
// list of words that are known, a name in German quotes, or what stands there.
func filled(arg string) string {
	if said, ok := Fault(German, arg); ok {
		return said
	}
	if name, err := strconv.Unquote(arg); err == nil && strings.HasPrefix(arg, `"`) {
		return "„" + name + "“"
	}
	if items := strings.Split(arg, ", "); len(items) > 1 {
		for i, item := range items {
			items[i] = filled(item)
		}
		return strings.Join(items, ", ")
	}
	return arg
}

// Whole writes what stands alone as a sentence: with a capital and a full stop. What
// begins with a name, an address or a key keeps its first letter; what has several lines,
// its last.
func Whole(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if plainWord.MatchString(first) {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if text == "" || strings.ContainsRune(text, '\n') || strings.ContainsAny(text[len(text)-1:], ".!?:") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// plainWord is a word of English, and no name, address or key.
var plainWord = regexp.MustCompile("^[a-z]+(['’-][a-z]+)*[,;:]?$")

// Faults are the English messages that have a German one, {1} for what is filled in.
func Faults() []string {
	plain, _ := faults()
	all := make([]string, 0, len(plain))
	for english := range plain {
		all = append(all, english)
	}
	slices.Sort(all)
	return all
}
