package i18n

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

var regions = map[Lang]display.Namer{
	German:  display.Regions(language.German),
	English: display.Regions(language.English),
}

// Country names a country by its ISO 3166 alpha-2 code; a code that is none
// comes back as it is.
func Country(code, lang string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := regions[known(lang)].Name(region); name != "" {
		return name
	}
	return code
}
