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
