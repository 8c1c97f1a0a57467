package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kept/internal/i18n"
)

// What a person is refused in the console, the portal and the privacy center stands in
// English in the code, and in German in internal/i18n/faults.de.txt: one line for each,
// and no other.
func TestEveryRefusalOnAPageIsSaidInGerman(t *testing.T) {
	known, said := i18n.Faults(), map[string]bool{}
	for english, place := range refusals(t) {
		said[english] = true
		if !slices.Contains(known, english) {
			t.Errorf("internal/i18n/faults.de.txt has no German for what %s says: %s", place, english)
		}
	}
	if len(said) < 300 {
		t.Fatalf("only %d refusals found in the code", len(said))
	}
	for _, english := range known {
		if !said[english] && !filledIn[english] {
			t.Errorf("internal/i18n/faults.de.txt holds a refusal that nobody says: %s", english)
		}
	}
}

// What a page refuses is said in the reader's language, as exactly as in English.
func TestARefusalIsSaidInTheReadersLanguage(t *testing.T) {
	h := solo(t)
	owner := h.owner()
	for lang, says := range map[string]string{
		"de": "Geben Sie an, bis zu welchem Tag die Aussetzung gilt.",
		"en": "Say until which day the hold stands.",
	} {
		got := owner.post(h.ConsoleURL()+"/holds?lang="+lang, url.Values{"reason": {"because"}})
		if got.StatusCode != http.StatusBadRequest || !strings.Contains(got.body, says) {
			t.Errorf("%s: %s\n%s", lang, got.Status, got.body)
		}
	}
	for lang, says := range map[string]string{"de": "Diese Seite gibt es nicht.", "en": "There is no such page."} {
		if got := owner.get(h.ConsoleURL() + "/none?lang=" + lang); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, says) {
			t.Errorf("%s: %s\n%s", lang, got.Status, got.body)
		}
	}
	for lang, says := range map[string]string{"de": "Es wurde nichts gewählt.", "en": "The form makes no choice"} {
		visitor := h.browser()
		visitor.header.Set("Accept-Language", lang)
		if got := visitor.post("/privacy/choice", url.Values{"source": {"settings"}}); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.body, says) {
			t.Errorf("%s: %s\n%s", lang, got.Status, got.body)
		}
	}
}

// refusing are the rooms whose faults a page shows.
var refusing = []string{
	"duty/audit/keep.go", "duty/request", "duty/rights", "duty/retain", "duty/answer", "duty/change",
	"staff", "console", "center", "consent", "page", "access", "subject", "passkey", "password", "mail/address.go", "remote/oidc",
	"activity/newsletter", "activity/contact", "activity/booking", "activity/meeting", "activity/account",
	"activity/subscription", "activity/contactsync", "activity/contactsync/roster", "activity/analytics", "activity/accesslog", "activity/entrance.go", "activity/beacon.go",
}

// filledIn are words and parts that refusals are filled in with.
var filledIn = map[string]bool{
	"a phone number is digits, with + in front of the country": true,
	"an address of a page begins with https:// or http://":     true,
	"a language is a code like de or en":                       true,
	"a country is a code of two letters like DE":               true,
	"a day is written 1815-12-10":                              true,
	"the notice is {1} to {2} minutes (90 days)":               true,
	"appointments are made {1} to {2} days ahead":              true,
	"{1} to {2} people take part at one time":                  true,
	"length": true, "pause before": true, "pause after": true, "step": true,

	"access": true, "portability": true, "erasure": true, "restriction": true, "objection": true, "rectification": true, "human-review": true,
	"withdrawal": true, "safeguards": true, "confirmation": true,
	"received": true, "identified": true, "planned": true, "approved": true,
	"executing": true, "carried": true, "answered": true, "closed": true, "refused": true, "withdrawn": true, "lapsed": true, "waiting": true,
	"verified": true, "done": true, "identify": true, "plan": true, "approve": true, "execute": true, "carry": true, "answer": true, "close": true,
	"refuse": true, "withdraw": true, "pause": true, "resume": true, "lapse": true, "reread": true, "verify": true, "finish": true, "wait": true,
}

var anyVerb = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?(\[[0-9]\])?[a-zA-Z]`)

// refusals are the messages of fault.New in these rooms, {1} for what is filled in,
// by the place where they stand; what is Internal is shown to nobody. What is handed to
// a function that refuses with it counts as well.
func refusals(t *testing.T) map[string]string {
	found, all := map[string]string{}, map[string]*ast.File{}
	set := token.NewFileSet()
	for _, room := range refusing {
		files := []string{"../" + room}
		if !strings.HasSuffix(room, ".go") {
			var err error
			files, err = filepath.Glob("../" + room + "/*.go")
			fatal(t, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(set, file, nil, 0)
			fatal(t, err)
			all[file] = parsed
		}
	}
	said := func(at token.Pos, format string) {
		n := 0
		said := anyVerb.ReplaceAllStringFunc(format, func(string) string { n++; return "{" + strconv.Itoa(n) + "}" })
		found[strings.ReplaceAll(said, "%%", "%")] = strings.TrimPrefix(set.Position(at).String(), "../")
	}
	hands := map[string]map[int]bool{} // function → the parameters that it refuses with
	for _, file := range all {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				handed(f, hands)
			}
		}
		calls(file, func(call *ast.CallExpr) {
			if format := refusal(call); format != "" && format != "%s" && format != "%w" {
				said(call.Pos(), format)
			}
		})
	}
	for _, file := range all {
		calls(file, func(call *ast.CallExpr) {
			for i := range hands[nameOf(call.Fun)] {
				// One word is a name that is looked up, and no message.
				if i < len(call.Args) && strings.Contains(literal(call.Args[i]), " ") {
					said(call.Pos(), literal(call.Args[i]))
				}
			}
		})
	}
	return found
}

// refusal is the format of a call of fault.New that somebody is shown, else empty.
func refusal(call *ast.CallExpr) string {
	if len(call.Args) < 2 || !selects(call.Fun, "fault", "New") || selects(call.Args[0], "fault", "Internal") {
		return ""
	}
	return literal(call.Args[1])
}

// handed notes which parameters of f are what it refuses with.
func handed(f *ast.FuncDecl, hands map[string]map[int]bool) {
	at, n := map[string]int{}, 0
	for _, p := range f.Type.Params.List {
		for _, name := range p.Names {
			at[name.Name] = n
			n++
		}
	}
	calls(f, func(call *ast.CallExpr) {
		if !selects(call.Fun, "fault", "New") {
			return
		}
		for _, arg := range call.Args[1:] {
			name, ok := arg.(*ast.Ident)
			if !ok {
				continue
			}
			if i, ok := at[name.Name]; ok {
				if hands[f.Name.Name] == nil {
					hands[f.Name.Name] = map[int]bool{}
				}
				hands[f.Name.Name][i] = true
			}
		}
	})
}

// calls does something with each call below n.
func calls(n ast.Node, do func(*ast.CallExpr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			do(call)
		}
		return true
	})
}

// nameOf is the name of the function or method that is called.
func nameOf(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// selects reports whether e is pkg.name.
func selects(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := s.X.(*ast.Ident)
	return ok && from.Name == pkg && s.Sel.Name == name
}

// literal is the text of e, empty where it is not written there.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	}
	return ""
}
