package httpdata

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Collection says how rows of one name are found, changed and deleted.
type Collection struct {
	Fields []string // top-level fields that rows have
	Key    []string
	Read   []Request // each finds rows by its placeholders
	Update *Request  // nil: rows cannot be changed
	Delete *Request  // nil: rows cannot be deleted
}

// Request is one request. Placeholders are names of fields in braces; the name
// "changes" in a body stands for all fields that change.
type Request struct {
	Method string
	Path   string
	Query  map[string]string
	Header map[string]string
	Body   any    // maps, lists and text; nil: none, of an update all changes
	Items  string // where in the answer the rows are, with dots; empty: the answer itself
	Paging Paging
}

// Paging says how further pages are found. The zero Paging is one page.
type Paging struct {
	Link   bool   // the header Link names the next page (RFC 8288)
	Param  string // query parameter of cursor or offset
	Cursor string // where in the answer the next cursor is, with dots
	Size   int    // rows of a page that is not the last one, for an offset
}

var braces = regexp.MustCompile(`\{([A-Za-z0-9_.-]+)\}`)

// changesName is the placeholder for everything that changes.
const changesName = "changes"

// placeholders returns the fields that a request needs.
func (r *Request) placeholders() []string {
	found := map[string]bool{}
	note := func(text string) {
		for _, m := range braces.FindAllStringSubmatch(text, -1) {
			if m[1] != changesName {
				found[m[1]] = true
			}
		}
	}
	note(r.Path)
	for _, texts := range []map[string]string{r.Query, r.Header} {
		for _, text := range texts {
			note(text)
		}
	}
	inTexts(r.Body, func(text string) any { note(text); return text })
	return slices.Sorted(maps.Keys(found))
}

// fill puts values in place of placeholders.
func fill(text string, values map[string]string, escape func(string) string) string {
	return braces.ReplaceAllStringFunc(text, func(m string) string {
		return escape(values[strings.Trim(m, "{}")])
	})
}

// inTexts returns v with every text replaced by f.
func inTexts(v any, f func(string) any) any {
	switch x := v.(type) {
	case string:
		return f(x)
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = inTexts(x[i], f)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(x))
		for k := range x {
			object[k] = inTexts(x[k], f)
		}
		return object
	}
	return v
}

// reach returns what is at a path with dots in an answer.
func reach(v any, path string) any {
	if path == "" {
		return v
	}
	for _, name := range strings.Split(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}
