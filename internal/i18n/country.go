package i18n

import (
	_ "embed"
	"strings"
)

//go:generate go run ./countries countries.txt

//go:embed countries.txt
var countries string // a line a country: code, German and English name

// Country names a country by its ISO 3166 alpha-2 code; a code that is none
// comes back as it is.
func Country(code, lang string) string {
	if len(code) != 2 {
		return code
	}
	for line := range strings.Lines(countries) {
		names, found := strings.CutPrefix(line, code+"\t")
		if !found {
			continue
		}
		german, english, _ := strings.Cut(strings.TrimSuffix(names, "\n"), "\t")
		if known(lang) == German {
			return german
		}
		return english
	}
	return code
}
