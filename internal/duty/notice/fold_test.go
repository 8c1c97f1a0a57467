package notice

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestAShortNoticeDoesNotFold(t *testing.T) {
	n := Notice{Lang: "en", Title: "T", Sections: []Section{{ID: "summary", Level: 2}, {ID: "activities", Level: 2, Blocks: []Block{{Para: say(strings.Repeat("word ", 1000))}}}}}
	n.text = n.plain()
	if n.Folded() != n.HTML() {
		t.Error(n.Folded())
	}
}

// A long one folds its long chapters, and the parts of those that have many; who
// answers and the rights stay open, and nothing is lost.
func TestALongNoticeFolds(t *testing.T) {
	long := []Block{{Para: say(strings.Repeat("long words here ", 300))}}
	n := Notice{Lang: "en", Title: "T", Contents: "Contents", Sections: []Section{
		{ID: "summary", Level: 2, Title: "In short", Blocks: long}, {ID: "controller", Level: 2, Title: "Who", Blocks: long},
		{ID: "activities", Level: 2, Title: "In detail"},
	}}
	for i := range 7 {
		n.Sections = append(n.Sections, Section{ID: fmt.Sprintf("activity-%d", i), Level: 3, Title: fmt.Sprintf("Part %d", i), Blocks: long})
	}
	n.Sections = append(n.Sections, Section{ID: "rights", Level: 2, Title: "Rights", Blocks: long}, Section{ID: "version", Level: 2, Title: "Version", Blocks: []Block{{Para: say("short")}}})
	n.text = n.plain()
	page := string(n.Folded())
	for id, folds := range map[string]bool{"summary": false, "controller": false, "activities": true, "activity-3": true, "rights": false, "version": false} {
		if got := regexp.MustCompile(`<details class="chapter"><summary><h[23] id="` + id + `">`).MatchString(page); got != folds {
			t.Errorf("%s folds: %t", id, got)
		}
	}
	tags := regexp.MustCompile(`<[^>]*>\s*`)
	if a, b := tags.ReplaceAllString(page, " "), tags.ReplaceAllString(string(n.HTML()), " "); strings.Join(strings.Fields(a), " ") != strings.Join(strings.Fields(b), " ") {
		t.Error("the folded notice says something else")
	}
	if open, closed := strings.Count(page, "<details"), strings.Count(page, "</details>"); open != 8 || open != closed {
		t.Errorf("%d opened, %d closed", open, closed)
	}
}
