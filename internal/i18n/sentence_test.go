package i18n_test

import (
	"strings"
	"testing"

	"kept/internal/i18n"
)

func TestASentenceIsSaidInGerman(t *testing.T) {
	for english, german := range map[string]string{
		"periods run from it":                         "davon laufen Fristen",
		"rows of analytics":                           "Zeilen von analytics",
		"nobody ever said this":                       "nobody ever said this",
		"proofs of consent to statistics with a leaf": "Nachweise der Einwilligung in statistics mit Eintrag im Protokoll",
		// What is filled in may be a sentence itself.
		"not in the ledger: retention runs with a leaf":            "nicht im Protokoll: Löschläufe mit Eintrag im Protokoll",
		"rows past their time (delete 14 months after collection)": "Zeilen über ihre Zeit hinaus (löschen: 14 months nach dem Anlass collection)",
	} {
		if got := i18n.Sentence("de", english); got != german {
			t.Errorf("%q: %q", english, got)
		}
		if got := i18n.Sentence("en", english); got != english {
			t.Errorf("%q in English: %q", english, got)
		}
	}
}

func TestEachGermanSentenceFillsInWhatTheEnglishDoes(t *testing.T) {
	for _, english := range i18n.Sentences() {
		german := i18n.Sentence("de", english)
		for _, blank := range []string{"{1}", "{2}", "{3}"} {
			if strings.Contains(english, blank) != strings.Contains(german, blank) {
				t.Errorf("%q and %q fill in something else", english, german)
			}
		}
	}
}
