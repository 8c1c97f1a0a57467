package rights

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kept/internal/duty/dutytest"
)

// hostile is what visitors write who want to act in somebody's browser.
var hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`</style></td></table><iframe srcdoc="<script>alert(1)</script>">`,
	`{{.Copy}}<!-- `,
	"a\x00b\xff\xfe\u202Ec",
}

func TestACopyShowsHostileDataAsText(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := h.Subject("ada")
		member := h.Join(ada, `"<b>ada</b>"@circle.example`)
		for i, text := range hostile[:4] {
			h.WriteLetter(member, text)
			h.See(ada, "/"+text, h.Clock.Now().AddDate(0, 0, -i))
		}
		c, err := d.Access(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		c.Activities[0].Tables[0].Rows = append(c.Activities[0].Tables[0].Rows, []any{hostile[4], hostile[1]})
		for _, lang := range []string{"en", "de", "xx"} {
			var page strings.Builder
			if err := c.HTML(&page, lang); err != nil {
				h.T.Fatal(err)
			}
			harmless(h.T, page.String())
			for _, text := range hostile[:2] {
				if !strings.Contains(text, "<") || !strings.Contains(html.UnescapeString(page.String()), text) {
					h.T.Errorf("%s: the text %q is not shown", lang, text)
				}
			}
		}
		var text strings.Builder
		if err := c.JSON(&text); err != nil {
			h.T.Fatal(err)
		}
		if strings.ContainsAny(text.String(), "<>") {
			h.T.Error("the JSON holds markup")
		}
		var back Copy
		if err := json.Unmarshal([]byte(text.String()), &back); err != nil || back.Schema != Schema || len(back.Activities) == 0 {
			h.T.Errorf("the JSON does not read back: %v", err)
		}
	})
}

// harmless fails the test if the page has an element or an attribute that acts.
func harmless(t testing.TB, page string) {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(page))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		tag := tokens.Token()
		switch tag.Data {
		case "script", "iframe", "img", "object", "embed", "link", "base", "form", "svg", "a":
			t.Errorf("the page has an element %s", tag.Data)
		}
		for _, a := range tag.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "style" {
				t.Errorf("the page has an attribute %s=%q", a.Key, a.Val)
			}
		}
	}
}

// The page's own policy lets its style in and nothing else.
func TestTheStyleOfACopyFitsItsPolicy(t *testing.T) {
	var page strings.Builder
	if err := (Copy{}).HTML(&page, "de"); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(page.String(), "<style>")
	inside, _, _ := strings.Cut(after, "</style>")
	sum := sha256.Sum256([]byte(inside))
	if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(html.UnescapeString(page.String()), "'sha256-"+hash+"'") {
		t.Error("the style's hash is not in the policy")
	}
	if !strings.Contains(page.String(), wording["de"]["nothing"]) && !strings.Contains(page.String(), wording["de"]["title"]) {
		t.Error("the page does not speak German")
	}
}

func TestPortableHoldsWhatThePersonGave(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		c, err := d.Portable(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		var text strings.Builder
		if err := c.JSON(&text); err != nil {
			h.T.Fatal(err)
		}
		for _, given := range []string{"ada@circle.example", "a secret of ada", "/read/ada"} {
			if !strings.Contains(text.String(), given) {
				h.T.Errorf("%q is missing", given)
			}
		}
		for _, derived := range []string{"signed up", dutytest.Invoice} {
			if strings.Contains(text.String(), derived) {
				h.T.Errorf("%q was not given by the person", derived)
			}
		}
	})
}

func TestACopyOfNobody(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		plant(h, "ada", "ada@circle.example")
		c, err := d.Access(h.Ctx, "nobody")
		if err != nil || !c.Nothing || len(c.Activities) != 0 {
			h.T.Errorf("%+v, %v", c, err)
		}
	})
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	for key := range wording["en"] {
		if wording["de"][key] == "" {
			t.Errorf("%q has no German", key)
		}
	}
}

// A period that stands alone is about everything; beside one that names fields it is
// about what is left.
func TestAPeriodSaysWhatItIsAbout(t *testing.T) {
	v := view{Lang: "en", Words: wording["en"]}
	rest, named := Period{Keep: "6 months"}, Period{Keep: "3 years", Data: []string{"proof"}}
	for want, of := range map[string][]Period{"everything": {rest, rest}, "everything else": {named, rest}} {
		if got := v.Which(Activity{Periods: of}, rest); got != want {
			t.Errorf("%d periods: %q, want %q", len(of), got, want)
		}
	}
}
