package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kept/internal/duty/register"
)

// The console shows the record of the policy in force, and hands it out in every
// format to those who may see it and to nobody else.
func TestTheConsoleHandsOutTheRecord(t *testing.T) {
	h := solo(t)
	stranger, owner := h.browser(), h.owner()
	page := owner.get(h.ConsoleURL() + "/record?lang=de")
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, "Art.\u00a030 DSGVO") || !strings.Contains(page.body, h.InForce.Now().Hash) {
		t.Fatalf("%s\n%s", page.Status, page.body)
	}
	for _, format := range register.Formats() {
		for lang, file := range map[string]string{"de": "verzeichnis-de.", "en": "record-en."} {
			address := h.ConsoleURL() + "/record/" + format + "?lang=" + lang
			if !strings.Contains(page.body, `href="/record/`+format+`?lang=`+lang+`"`) {
				t.Errorf("the page does not offer %s in %s", format, lang)
			}
			if got := stranger.get(address); got.StatusCode == http.StatusOK {
				t.Errorf("a stranger gets %s", address)
			}
			got := owner.get(address)
			if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != register.MediaType(format) {
				t.Errorf("%s: %s, %s", address, got.Status, got.Header.Get("Content-Type"))
			}
			if want := "attachment; filename=" + file + format; got.Header.Get("Content-Disposition") != want {
				t.Errorf("%s: %s", address, got.Header.Get("Content-Disposition"))
			}
			if format == register.JSON && !json.Valid([]byte(got.body)) {
				t.Errorf("%s is no JSON", address)
			}
		}
	}
	if got := owner.get(h.ConsoleURL() + "/record/docx"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a format that does not exist: %s", got.Status)
	}
}
