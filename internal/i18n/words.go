package i18n

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

//go:embed words.de.txt
var german string

//go:embed words.en.txt
var english string

var catalogs = map[Lang]map[string]string{
	German:  mustParse("words.de.txt", german),
	English: mustParse("words.en.txt", english),
}

// T returns the words called key in lang, English if lang is neither of the
// two, with {1}, {2} … replaced by args. The result is plain text: whoever puts
// it into HTML escapes it. A key that does not exist comes back as it is; a test
// keeps that from happening.
func T(lang, key string, args ...any) string {
	words, ok := catalogs[known(lang)][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return words
	}
	return fill(words, args)
}

// Count is T for a number of things: it takes key.one for one and key.many
// otherwise; {1} is the number as the language writes it, args follow as {2} ….
func Count(lang, key string, n int64, args ...any) string {
	form := ".many"
	if n == 1 {
		form = ".one"
	}
	return T(lang, key+form, append([]any{Number(n, lang)}, args...)...)
}

// Has reports whether the catalogs hold key.
func Has(key string) bool {
	_, ok := catalogs[English][key]
	return ok
}

// Keys returns every key of lang, sorted.
func Keys(lang Lang) []string { return slices.Sorted(maps.Keys(catalogs[lang])) }

// fill replaces {n}. It reads words once, so braces in an argument stay text.
func fill(words string, args []any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(words, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		number, after, closed := strings.Cut(rest, "}")
		n, err := strconv.Atoi(number)
		if !closed || err != nil || n < 1 || n > len(args) {
			b.WriteString("{")
			words = rest
			continue
		}
		fmt.Fprint(&b, args[n-1])
		words = after
	}
}

// glue keeps on one line what a reader takes in at one glance: an abbreviation
// and what it counts.
var glue = strings.NewReplacer("Art. ", "Art."+nbsp, "Abs. ", "Abs."+nbsp, "Buchst. ", "Buchst."+nbsp, "§ ", "§"+nbsp, "§§ ", "§§"+nbsp)

// mustParse reads a catalog: "[section]" lines, "key = words" lines, comments
// that begin with #. A line that ends in \ goes on in the next one. The files
// are embedded, so a mistake in one is a mistake of the program.
func mustParse(name, src string) map[string]string {
	words := make(map[string]string, strings.Count(src, "\n"))
	section, pending, n := "", "", 0
	for read := range strings.SplitSeq(src, "\n") { // what is read stays in src: no copies
		n++
		line := pending + strings.TrimSpace(read)
		pending = ""
		if head, more := strings.CutSuffix(line, `\`); more {
			pending = strings.TrimRight(head, " ") + " "
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			section = line[1:len(line)-1] + "."
			continue
		}
		key, text, found := strings.Cut(line, "=")
		key = section + strings.TrimSpace(key)
		if _, twice := words[key]; !found || twice || section == "" {
			panic(fmt.Sprintf("%s:%d: %q is no entry, stands in no section or stands there twice", name, n, line))
		}
		words[key] = glue.Replace(strings.TrimSpace(text))
	}
	return words
}
