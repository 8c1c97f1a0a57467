package draft

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed policy.yaml.tmpl
var pattern string

// Write writes the policy. The comments are in the first language.
func (a Answers) Write() ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	t, err := template.New("policy").Funcs(a.words()).Parse(pattern)
	if err != nil {
		return nil, fmt.Errorf("read the draft: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, entries{a, a.companies(), a.embedded()}); err != nil {
		return nil, fmt.Errorf("write the draft: %w", err)
	}
	return blank.ReplaceAll(b.Bytes(), []byte("\n\n")), nil
}

// entries are the answers with what follows from them.
type entries struct {
	Answers
	Companies []company
	Embedded  []provider
}

var blank = regexp.MustCompile(`\n{3,}`)

func (a Answers) words() template.FuncMap {
	german := a.Languages[0] == "de"
	return template.FuncMap{
		"q":    quoted,
		"join": func(words []string) string { return strings.Join(words, ", ") },
		"say": func(de, en string) string {
			if german {
				return "# " + de
			}
			return "# " + en
		},
		"text":  a.text,
		"title": func(of string) string { t := titles[of]; return a.text(t[0], t[1]) },
	}
}

var titles = map[string][2]string{Videos: {"Videos", "Videos"}, Maps: {"Karten", "Maps"}, Fonts: {"Schriften", "Fonts"}}

// text writes a text in every language of the notice.
func (a Answers) text(de, en string) string {
	var parts []string
	for _, lang := range a.Languages {
		words := en
		if lang == "de" {
			words = de
		}
		parts = append(parts, lang+": "+inBraces(words))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// inBraces quotes what would end a text within braces.
func inBraces(s string) string {
	if strings.ContainsAny(s, ",{}[]:#\"'") {
		return quoted(s)
	}
	return s
}

// plain is text that means itself in YAML, whatever stands around it.
var plain = regexp.MustCompile(`^[\p{L}(][\p{L}\p{N} .,&+/()@:’-]*$`)

// words that YAML reads as something else than text.
var notText = []string{"true", "false", "null", "yes", "no", "on", "off"}

// quoted writes a value so that YAML reads it as this text, without quotes where
// none are needed.
func quoted(s string) string {
	if plain.MatchString(s) && !strings.Contains(s, ": ") && !strings.HasSuffix(s, ":") && !strings.HasSuffix(s, " ") && !slices.Contains(notText, strings.ToLower(s)) {
		return s
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // text only
		panic(fmt.Sprintf("draft: quoting %q: %v", s, err))
	}
	return strings.TrimSpace(b.String())
}
