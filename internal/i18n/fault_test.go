package i18n_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kept/internal/i18n"
)

func TestARefusalIsSaidInGerman(t *testing.T) {
	for english, german := range map[string]string{
		"this hold does not stand":                                    "Diese Aussetzung gilt nicht oder nicht mehr.",
		"a request has at most 5000 bytes of text and 20 corrections": "Ein Antrag hat höchstens 5000 Byte Text und 20 Berichtigungen.",
		// Quotes around what is filled in are German ones, and known words are too.
		fmt.Sprintf("the policy has no activity %.80q", `news "letter"`):        "Die Regeln kennen keinen Vorgang „news \"letter\"“.",
		"there is no right called \"x\"; one of: access, erasure":               "Ein Recht „x“ gibt es nicht. Möglich sind: Auskunft, Löschung.",
		"a request that is closed cannot approve":                               "Dieser Schritt geht bei diesem Antrag nicht: genehmigen (Stand: abgeschlossen).",
		"this is not a receipt: line one\nline two":                             "Das ist keine Quittung: line one\nline two",
		"the form could not be read: http: request body too large":              "Das Formular war nicht lesbar. Senden Sie es noch einmal.",
		"the policy has no activity of this name":                               "Die Regeln kennen keinen Vorgang dieses Namens.",
		"it can be extended once, and only inside the first month (Art. 12(3))": "Verlängern können Sie nur einmal und nur innerhalb des ersten Monats (Art.\u00a012 Abs.\u00a03 DSGVO).",
	} {
		if got, ok := i18n.Fault("de", english); !ok || got != german {
			t.Errorf("%q: %q", english, got)
		}
		if got, ok := i18n.Fault("en", english); !ok || got != i18n.Whole(english) {
			t.Errorf("%q in English: %q", english, got)
		}
	}
	tooLong := "the policy has no activity " + strings.Repeat("x", 1<<10)
	for _, unknown := range []string{"", "nobody ever said this", "nobody: ever said this", tooLong} {
		if got, ok := i18n.Fault("de", unknown); ok {
			t.Errorf("%q: %q", unknown, got)
		}
	}
	if _, ok := i18n.Fault("en", ""); ok {
		t.Error("an empty message says nothing")
	}
}

func TestARefusalIsASentence(t *testing.T) {
	for text, want := range map[string]string{
		"say until which day the hold stands":                                   "Say until which day the hold stands.",
		"it can be extended once, and only inside the first month (Art. 12(3))": "It can be extended once, and only inside the first month (Art. 12(3)).",
		"ada@example.org is no address of ours":                                 "ada@example.org is no address of ours.",
		"contacts.csv:3 has no name":                                            "contacts.csv:3 has no name.",
		`"x" is no rule for a field`:                                            `"x" is no rule for a field.`,
		"try again!":                                                            "Try again!",
		"the report cannot be taken in:\nline 3: no time":                       "The report cannot be taken in:\nline 3: no time",
		"": "",
	} {
		if got := i18n.Whole(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// A cause may stay out of the German; nothing else may come in.
func TestEachGermanRefusalFillsInWhatTheEnglishDoes(t *testing.T) {
	blank := regexp.MustCompile(`\{\d\}`)
	for _, english := range i18n.Faults() {
		german, ok := i18n.Fault("de", english)
		if !ok && !strings.ContainsFunc(english, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
			continue
		}
		for _, b := range blank.FindAllString(german, -1) {
			if !slices.Contains(blank.FindAllString(english, -1), b) {
				t.Errorf("%q and %q fill in something else", english, german)
			}
		}
	}
}
