package register_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kept/internal/duty/register"
	"kept/internal/i18n"
)

// attacks are what somebody might put where a policy has text.
var attacks = []string{
	`=HYPERLINK("http://evil.example","x")`, `+1+cmd|' /C calc'!A0`, `-2+3`, `@SUM(1+1)`, "\t=1+1", "\r=1+1", "  =1+1", "＝1+1", "|calc",
	`<script>alert(1)</script>`, `</title></svg><img src=x onerror=alert(1)>`, `"><b onclick=x>`, `</style><script>1</script>`, "]]>", "{{.Style}}",
	"first\n=second", "a\u2028b", "a;b,c\"d", "&lt;b&gt;",
}

// hostile puts one attack into every text that the policy has for people.
func hostile(t *testing.T, attack string) *register.Record {
	t.Helper()
	p := load(t, source(t, whole))
	r := register.Build(p, "en")
	r.Controller = register.Party{Name: attack, Address: attack, Email: attack, Phone: attack, URL: attack}
	r.Representative, r.Officer = &r.Controller, &r.Controller
	r.Authority = &register.Authority{Name: attack, URL: attack}
	for a := range r.All() {
		a.Name, a.About, a.Origin = attack, attack, attack
		for i := range a.Data {
			a.Data[i].Name = attack
		}
		for i := range a.People {
			a.People[i].Name = attack
		}
		for i := range a.Bases {
			a.Bases[i].Interest, a.Bases[i].Law, a.Bases[i].For = attack, attack, attack
		}
		for i := range a.Retention {
			a.Retention[i].Says, a.Retention[i].Reason = attack, attack
		}
	}
	for i := range r.Commissions {
		r.Commissions[i].Controller = attack
	}
	for i := range r.Recipients {
		x := &r.Recipients[i]
		x.Name, x.Address, x.Category, x.OwnPurposes, x.Notice, x.Objection = attack, attack, attack, attack, attack, attack
		for j := range x.Transfers {
			x.Transfers[j].Copy, x.Transfers[j].Risk, x.Transfers[j].Framework = attack, attack, attack
		}
	}
	for _, list := range [][]register.Named{r.Measures, r.Departments} {
		for i := range list {
			list[i].Name = attack
		}
	}
	for i := range r.Holds {
		r.Holds[i].Says = attack
	}
	for i := range r.Storage {
		r.Storage[i].Name, r.Storage[i].Purpose = attack, attack
	}
	return r
}

func TestNoCellBeginsAFormula(t *testing.T) {
	for _, attack := range attacks {
		r := hostile(t, attack)
		lines, err := csv.NewReader(strings.NewReader(written(t, r, register.CSV))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			for _, value := range line {
				if dangerous(value) {
					t.Errorf("%q makes the CSV cell %q", attack, value)
				}
			}
		}
		f := workbook(t, r)
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, value := range row {
					for line := range strings.Lines(value) {
						if dangerous(line) {
							t.Errorf("%q makes the cell %q of the sheet %s", attack, value, sheet)
						}
					}
				}
			}
		}
	}
}

func dangerous(value string) bool {
	value = strings.TrimLeft(value, " \u00a0\n")
	return value != "" && strings.ContainsRune("=+-@\t\r|＝＋－＠", []rune(value)[0])
}

// Text stays text: whatever stands in a policy adds no element to the page and
// none to the picture.
func TestTextAddsNoElement(t *testing.T) {
	want := elements(t, written(t, hostile(t, "plain"), register.HTML))
	for _, attack := range attacks {
		r := hostile(t, attack)
		if got := elements(t, written(t, r, register.HTML)); got["script"]+got["img"]+got["b"] > 0 || got["section"] != want["section"] || got["style"] != want["style"] || got["svg"] != 1 {
			t.Errorf("%q changes the page: %v", attack, got)
		}
		picture := written(t, r, register.SVG)
		d := xml.NewDecoder(strings.NewReader(picture))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%q breaks the picture: %v", attack, err)
				break
			}
			if start, ok := token.(xml.StartElement); ok && slices.Contains([]string{"script", "img", "b"}, start.Name.Local) {
				t.Errorf("%q adds <%s> to the picture", attack, start.Name.Local)
			}
		}
		if !json.Valid([]byte(written(t, r, register.JSON))) || !json.Valid([]byte(written(t, r, register.JSONLD))) {
			t.Errorf("%q breaks JSON", attack)
		}
	}
}

func elements(t *testing.T, page string) map[string]int {
	t.Helper()
	found := map[string]int{}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			found[string(name)]++
		}
	}
}

// The page and the picture ask for nothing from anywhere.
func TestNothingIsLoaded(t *testing.T) {
	for _, lang := range i18n.Languages() {
		r := register.Build(load(t, source(t, whole)), lang)
		for _, format := range []string{register.HTML, register.SVG} {
			text := written(t, r, format)
			for _, way := range []string{"<link", "<script", "src=", "@import", "xlink:href", "<image", "<iframe"} {
				if strings.Contains(text, way) {
					t.Errorf("%s holds %s", format, way)
				}
			}
		}
	}
}
