// Command reference writes docs/reference/checks.md, the page of all checks,
// from their explanations. It is run by go generate; a test says when the page
// is out of date.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"strings"
	"text/template"

	"kept/internal/policy"
)

//go:embed checks.md.tmpl
var pageText string

// family is the checks of one hundred.
type family struct {
	Title string
	Codes []policy.Explanation
}

var titles = map[string]string{
	"K1": "The file and its form",
	"K2": "Legal bases and consent",
	"K3": "Data and how long it is kept",
	"K4": "Recipients and transfers",
	"K5": "Services and cookies",
	"K6": "The notice",
	"K7": "The organisation",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reference FILE")
		os.Exit(2)
	}
	page, err := checksPage()
	if err == nil {
		err = os.WriteFile(os.Args[1], page, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func checksPage() ([]byte, error) {
	t, err := template.New("checks").Funcs(template.FuncMap{"yaml": block, "lower": strings.ToLower}).Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, families()); err != nil {
		return nil, fmt.Errorf("filling the template: %w", err)
	}
	return page.Bytes(), nil
}

func families() []family {
	var found []family
	for _, e := range policy.Codes() {
		title := titles[e.Code[:2]]
		if len(found) == 0 || found[len(found)-1].Title != title {
			found = append(found, family{Title: title})
		}
		last := &found[len(found)-1]
		last.Codes = append(last.Codes, e)
	}
	return found
}

// block sets YAML as a block of code.
func block(example string) string { return "```yaml\n" + strings.TrimRight(example, "\n") + "\n```" }
