package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kept/internal/i18n"
)

// Every kind of leaf that some room writes into the ledger, and every fact of one, has
// words on the console: the code is read for what it appends, so a new kind cannot be
// forgotten, and words of one that is gone do not stay.
func TestEveryLeafHasWords(t *testing.T) {
	kinds, facts := leaves(t)
	if len(kinds) < 80 || len(facts) < 40 {
		t.Fatalf("the code writes only %d kinds of leaf with %d facts: %q", len(kinds), len(facts), kinds)
	}
	for place, kind := range kinds {
		if !i18n.Has("console.leaf." + kind) {
			t.Errorf("%s writes the leaf %s, which has no words: console.leaf.%s", place, kind, kind)
		}
	}
	for place, fact := range facts {
		if !i18n.Has("console.fact." + fact) {
			t.Errorf("%s writes the fact %s, which has no words: console.fact.%s", place, fact, fact)
		}
	}
	written := slices.Collect(maps.Values(kinds))
	for _, key := range i18n.Keys(i18n.English) {
		if kind, ok := strings.CutPrefix(key, "console.leaf."); ok && !slices.Contains(written, kind) {
			t.Errorf("nobody writes the leaf %s, which has words", kind)
		}
	}
}

// leaves reads the program for the kinds of leaf and the facts that it appends, by the
// place of each and what it is.
func leaves(t *testing.T) (kinds, facts map[string]string) {
	t.Helper()
	kinds, facts = map[string]string{}, map[string]string{}
	rooms := map[string]*room{}
	if err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir := filepath.Dir(path)
		if rooms[dir] == nil {
			rooms[dir] = &room{set: token.NewFileSet()}
		}
		file, err := parser.ParseFile(rooms[dir].set, path, nil, 0)
		rooms[dir].files = append(rooms[dir].files, file)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms {
		for _, w := range r.written() {
			values := r.values(w.kind, w.in, 0)
			if len(values) == 0 {
				t.Errorf("%s: no value of this kind of leaf is found: name it where it is handed on", r.at(w.kind))
			}
			for _, v := range values {
				if v == "" { // writes none
					continue
				}
				kinds[r.at(w.kind)+" ("+v+")"] = v
			}
			for _, name := range r.facts(w.facts, w.in) {
				facts[r.at(w.kind)+" {"+name+"}"] = name
			}
		}
	}
	return kinds, facts
}

// room is the code of one package.
type room struct {
	set   *token.FileSet
	files []*ast.File
}

// writing is one place that writes a leaf.
type writing struct {
	kind, facts ast.Expr
	in          *ast.FuncDecl
}

func (r *room) at(n ast.Node) string {
	p := r.set.Position(n.Pos())
	return filepath.ToSlash(p.Filename) + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// each calls f for every node of the package, with the function that it stands in.
func (r *room) each(f func(n ast.Node, in *ast.FuncDecl)) {
	for _, file := range r.files {
		for _, d := range file.Decls {
			in, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				if n != nil {
					f(n, in)
				}
				return true
			})
		}
	}
}

var ledgers = regexp.MustCompile(`(?i)(^|\.)ledger\.Append$`)

// written are the calls of the ledger's Append and the Acts for its AppendAll.
func (r *room) written() (all []writing) {
	r.each(func(n ast.Node, in *ast.FuncDecl) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if len(n.Args) == 4 && ledgers.MatchString(spelt(n.Fun)) {
				all = append(all, writing{n.Args[2], n.Args[3], in})
			} else if len(n.Args) == 4 && spelt(n.Fun) == "newRow" && isWord(n.Args[1]) { // the ledger's own
				all = append(all, writing{n.Args[1], n.Args[3], in})
			}
		case *ast.CompositeLit:
			if spelt(n.Type) != "ledger.Act" {
				return
			}
			var w writing
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && spelt(kv.Key) == "Kind" {
					w.kind = kv.Value
				} else if ok && spelt(kv.Key) == "Facts" {
					w.facts = kv.Value
				}
			}
			if w.in = in; w.kind != nil {
				all = append(all, w)
			}
		}
	})
	return all
}

func isWord(e ast.Expr) bool {
	word, ok := e.(*ast.BasicLit)
	return ok && word.Kind == token.STRING
}

// spelt is an expression of names and dots as it is written.
func spelt(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return spelt(e.X) + "." + e.Sel.Name
	}
	return ""
}

// values are the strings that an expression can be: what it says, what is assigned to
// it, what the callers of the function hand over, what a constant of its type is.
func (r *room) values(e ast.Expr, in *ast.FuncDecl, depth int) (all []string) {
	if e == nil || depth > 8 {
		return nil
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			all = append(all, text)
		}
	case *ast.ParenExpr:
		return r.values(e.X, in, depth)
	case *ast.BinaryExpr:
		for _, a := range r.values(e.X, in, depth+1) {
			for _, b := range r.values(e.Y, in, depth+1) {
				all = append(all, a+b)
			}
		}
	case *ast.CallExpr: // a conversion, or the first that is not empty
		for _, a := range e.Args {
			all = append(all, r.values(a, in, depth+1)...)
		}
	case *ast.IndexExpr: // of a map, whose values the package writes down
		return r.named(spelt(e.X), in, depth)
	case *ast.SelectorExpr:
		return r.field(e.Sel.Name, depth)
	case *ast.Ident:
		return r.named(e.Name, in, depth)
	case *ast.CompositeLit:
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok {
				all = append(all, r.values(kv.Value, in, depth+1)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// named are the values of a name: of a constant, a variable, a parameter.
func (r *room) named(name string, in *ast.FuncDecl, depth int) (all []string) {
	if in != nil && in.Type.Params != nil {
		i := 0
		for _, p := range in.Type.Params.List {
			for _, n := range p.Names {
				if n.Name == name {
					found := r.handed(in.Name.Name, i, depth)
					return append(found, r.ofType(spelt(p.Type))...)
				}
				i++
			}
		}
	}
	r.each(func(n ast.Node, of *ast.FuncDecl) {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if id.Name == name && i < len(n.Values) && (of == nil || of == in) {
					all = append(all, r.values(n.Values[i], of, depth+1)...)
				}
			}
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok && id.Name == name && i < len(n.Rhs) && of == in {
					all = append(all, r.values(n.Rhs[i], of, depth+1)...)
				}
			}
		}
	})
	return all
}

// field are the values that the package gives to a field of this name.
func (r *room) field(name string, depth int) (all []string) {
	r.each(func(n ast.Node, of *ast.FuncDecl) {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok && id.Name == name {
				all = append(all, r.values(n.Value, of, depth+1)...)
			}
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == name && i < len(n.Rhs) {
					all = append(all, r.values(n.Rhs[i], of, depth+1)...)
				}
			}
		}
	})
	return all
}

// handed is what the callers of a function of the package hand over in one place.
func (r *room) handed(function string, place, depth int) (all []string) {
	r.each(func(n ast.Node, of *ast.FuncDecl) {
		call, ok := n.(*ast.CallExpr)
		if !ok || place >= len(call.Args) {
			return
		}
		called := spelt(call.Fun)
		if called == function || strings.HasSuffix(called, "."+function) {
			all = append(all, r.values(call.Args[place], of, depth+1)...)
		}
	})
	return all
}

// ofType are the constants of a type of the package that is made of words.
func (r *room) ofType(name string) (all []string) {
	if name == "" || name == "string" {
		return nil
	}
	r.each(func(n ast.Node, _ *ast.FuncDecl) {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Type != nil && spelt(spec.Type) == name {
			for _, v := range spec.Values {
				all = append(all, r.values(v, nil, 1)...)
			}
		}
	})
	return all
}

// facts are the names in a map of facts, written in place or in a variable.
func (r *room) facts(e ast.Expr, in *ast.FuncDecl) (all []string) {
	keys := func(e ast.Expr) {
		if m, ok := e.(*ast.CompositeLit); ok {
			for _, x := range m.Elts {
				if kv, ok := x.(*ast.KeyValueExpr); ok {
					all = append(all, r.values(kv.Key, in, 1)...)
				}
			}
		}
	}
	keys(e)
	id, ok := e.(*ast.Ident)
	if !ok || in == nil {
		return all
	}
	ast.Inspect(in, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, l := range a.Lhs {
			if x, ok := l.(*ast.Ident); ok && x.Name == id.Name && i < len(a.Rhs) {
				keys(a.Rhs[i])
			}
			if x, ok := l.(*ast.IndexExpr); ok && spelt(x.X) == id.Name {
				all = append(all, r.values(x.Index, in, 1)...)
			}
		}
		return true
	})
	return all
}
