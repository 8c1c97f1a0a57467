package i18n

import (
	"regexp"
	"strings"
)

// Law writes a citation as the language does: "Art. 6(1)(c) GDPR" becomes
// "Art. 6 Abs. 1 Buchst. c DSGVO", "§§ 195, 199 BGB" becomes "sections 195, 199
// BGB". Names of national laws stay; what is no citation stays as it is.
func Law(citation, lang string) string {
	if known(lang) == German {
		return glue.Replace(germanLaw(citation))
	}
	return glue.Replace(englishLaw(citation))
}

var (
	englishPoint     = regexp.MustCompile(`(\d[a-z]?)\((\d+)\)\(([a-z])\)`)
	englishParagraph = regexp.MustCompile(`(\d[a-z]?)\((\d+)\)`)
	englishSection   = regexp.MustCompile(`(?i)\bsections? (\d)`)
	span             = regexp.MustCompile(`(\d)-(\d)`)

	germanSection   = regexp.MustCompile(`§[ \x{a0}]?(\d)`)
	germanSections  = regexp.MustCompile(`§§[ \x{a0}]?(\d)`)
	germanParagraph = regexp.MustCompile(`[ \x{a0}]Abs\.[ \x{a0}]?(\d+)`)
	germanPoint     = regexp.MustCompile(`[ \x{a0}](?:Buchst\.|lit\.)[ \x{a0}]?([a-z])\b`)
	germanWords     = strings.NewReplacer("DSGVO", "GDPR", "DS-GVO", "GDPR", " Satz ", " sentence ", " Nr. ", " no. ", " und ", " and ", " i. V. m. ", " with ")
	englishWords    = strings.NewReplacer("GDPR", "DSGVO", " sentence ", " Satz ", " no. ", " Nr. ", " and ", " und ", " with ", " i. V. m. ")
)

func germanLaw(s string) string {
	s = englishPoint.ReplaceAllString(s, "$1 Abs. $2 Buchst. $3")
	s = englishParagraph.ReplaceAllString(s, "$1 Abs. $2")
	s = englishSection.ReplaceAllString(s, "§ $1")
	return englishWords.Replace(span.ReplaceAllString(s, "$1–$2"))
}

func englishLaw(s string) string {
	s = germanParagraph.ReplaceAllString(s, "($1)")
	s = germanPoint.ReplaceAllString(s, "($1)")
	s = germanSections.ReplaceAllString(s, "sections $1")
	s = germanSection.ReplaceAllString(s, "section $1")
	return germanWords.Replace(span.ReplaceAllString(s, "$1–$2"))
}
