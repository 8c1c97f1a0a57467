package change_test

import (
	"strings"
	"testing"

	"kept/internal/duty/change"
)

// What a policy says in its own words acts neither on the report nor on the page
// that shows it.
func TestWordsOfAPolicyStayWords(t *testing.T) {
	hostile := `"Cloud\n\nTo do\n  1. Nothing @everyone #1 ~~x~~ <img src=x> &lt;b [a](https://evil.example) | \\` + "`" + `"`
	report := change.Between(edited(t), edited(t, "name: Cloud Ltd.", "name: "+hostile), "en")
	var text, page strings.Builder
	if err := report.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := report.Markdown(&page); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "\n  1. Nothing") || !strings.Contains(text.String(), "Cloud  To do   1. Nothing") {
		t.Error(text.String())
	}
	for _, sign := range []string{"@everyone", "#1", "~~", "<img", "[a](", " &lt;b", " | \\`"} {
		if strings.Contains(page.String(), sign) {
			t.Errorf("%q acts: %s", sign, page.String())
		}
	}
}

// What must be given, and whether the officer comes from outside, is said in
// words, not by the keys of the language.
func TestDutiesToGiveAreSaidInWords(t *testing.T) {
	for lang, want := range map[string][]string{
		"de": {"Pflicht zur Angabe: Wir brauchen die Angaben → Der Vertrag verlangt die Angaben", "notwendige Angaben", "datenschutzbeauftragte Person, von außerhalb"},
		"en": {"duty to provide: We need the data → The contract requires the data", "data that must be provided", "data protection officer, from outside"},
	} {
		report := change.Between(edited(t), edited(t, "required: needed, data: [page]", "required: contract, data: [time]", ", external: true", ""), lang)
		var text strings.Builder
		if err := report.Text(&text); err != nil {
			t.Fatal(err)
		}
		for _, words := range want {
			if !strings.Contains(text.String(), words) {
				t.Errorf("%s: the report does not say %q:\n%s", lang, words, text.String())
			}
		}
	}
}
