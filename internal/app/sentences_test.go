package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kept/internal/i18n"
)

// What a row is and why a column is there stand in English beside the code, and in
// German in internal/i18n/sentences.de.txt: one line for each, and no other.
func TestEveryRoomSaysInGermanWhatItStores(t *testing.T) {
	known, said := i18n.Sentences(), map[string]bool{}
	say := func(place, english string) {
		said[english] = true
		if !slices.Contains(known, english) {
			t.Errorf("internal/i18n/sentences.de.txt has no German for what %s says: %s", place, english)
		}
	}
	for _, m := range Manifests() {
		for _, table := range m.Tables {
			say(table.Name, table.About)
			for _, c := range table.Columns {
				if c.Why != "" {
					say(table.Name+"."+c.Name, c.Why)
				}
			}
		}
	}
	for place, english := range auditSays(t) {
		say(place, english)
	}
	for _, english := range known {
		if !said[english] && !composed[english] {
			t.Errorf("internal/i18n/sentences.de.txt holds a sentence that nobody says: %s", english)
		}
	}
}

// composed are sentences that the audit puts together from parts.
var composed = map[string]bool{
	"delete {1} after {2}": true, "anonymise {1} after {2}": true, "restrict {1} after {2}": true, "leaf {1}: {2}": true,
	"rows of {1}": true, "activity {1}": true, "column {1}": true, "table {1}": true, "consent to {1}": true, "not in the ledger: {1}": true,
	"field {1}, not listed": true, "proofs of consent to {1} with a leaf": true,
	"no checkpoint has left the house yet; export the ledger or have its checkpoints mailed":       true,
	"no checkpoint has left the house since {1}; export the ledger or have its checkpoints mailed": true,
	"the column {1} is in the database and not in the manifest":                                    true,
	"{1} stores the field {2}, which the entry {3} does not list":                                  true,
}

var (
	verb  = regexp.MustCompile(`%[a-z]`)
	prose = regexp.MustCompile(`^[a-zA-Z%{].*[a-z)%}.]$`)
	query = regexp.MustCompile(`select |insert |update |exists |is null|is not null| = |count\(|union| in \(|like |[<>]|%%|%w|\$1|^(and|or|not|from|where|group) `)
)

// auditSays are the sentences in the audit's code, by the place where they stand.
func auditSays(t *testing.T) map[string]string {
	found := map[string]string{}
	files, err := filepath.Glob("../duty/audit/*.go")
	fatal(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "/text.go") || strings.HasSuffix(file, "/manifest.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		fatal(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || len(strings.Fields(text)) < 3 || query.MatchString(text) || text[0] >= 'A' && text[0] <= 'Z' {
				return true
			}
			if strings.HasSuffix(text, " ") { // something follows
				text += "%s"
			}
			n0 := 0
			text = strings.ReplaceAll(text, "%s.%s", "%s")
			text = verb.ReplaceAllStringFunc(text, func(string) string { n0++; return "{" + strconv.Itoa(n0) + "}" })
			if prose.MatchString(text) && !partOf(text) {
				found[filepath.Base(file)+":"+strconv.Itoa(set.Position(literal.Pos()).Line)+":"+strconv.Itoa(set.Position(literal.Pos()).Column)] = text
			}
			return true
		})
	}
	if len(found) < 60 {
		t.Fatalf("only %d sentences found in the audit's code", len(found))
	}
	return found
}

// partOf reports whether a text is put together with others, see composed.
func partOf(text string) bool {
	for whole := range composed {
		if strings.Contains(whole, text) && whole != text {
			return true
		}
	}
	return slices.Contains([]string{"read the policies: {1}", "{1} {2} after {3}", "the policy on record"}, text)
}
