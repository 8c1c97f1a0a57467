package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
)

//go:embed templates
var parts embed.FS

// Templates are the pages of a kind by name, each read when it is first shown: most
// runs show few, and a command none.
type Templates map[string]func() *template.Template

// Framed is a struct that embeds Base.
type Framed interface{ Frame() Base }

// Parse finds every file NAME.gohtml of a folder. Each defines "body" and can
// call the parts of this room and those of a file parts.gohtml beside it. The
// folder is embedded: a mistake in it panics, and a test of the house reads all.
func Parse(sources fs.FS, folder string) Templates {
	set := Templates{}
	files, err := fs.Glob(sources, folder+"/*.gohtml")
	if err != nil {
		panic(err)
	}
	shared := []string{}
	for _, f := range files {
		if f == folder+"/parts.gohtml" {
			shared = append(shared, f)
		}
	}
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, folder+"/"), ".gohtml")
		if name == "parts" {
			continue
		}
		set[name] = sync.OnceValue(func() *template.Template {
			t := template.Must(template.New(name).Funcs(template.FuncMap{"field": newField}).ParseFS(parts, "templates/*.gohtml"))
			return template.Must(t.ParseFS(sources, append(slices.Clone(shared), f)...))
		})
	}
	return set
}

// Show writes the page called name in a shell. Nothing is sent if the template
// fails.
func (t Templates) Show(s Shell, w http.ResponseWriter, r *http.Request, name string, data Framed) error {
	var b bytes.Buffer
	if err := t[name]().ExecuteTemplate(&b, "body", data); err != nil {
		return fmt.Errorf("show page %s: %w", name, err)
	}
	return s.Show(w, r, data.Frame(), template.HTML(b.String())) //nolint:gosec // html/template has escaped it
}
