package egress

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// outward are the names by which a program of ours could leave the house
// without asking. An empty list means every name of the package.
var outward = map[string][]string{
	"net":                        {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer", "LookupHost", "LookupIP", "LookupAddr", "LookupCNAME", "LookupMX", "LookupTXT", "DefaultResolver", "Resolver"},
	"net/http":                   {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Transport", "ProxyFromEnvironment"},
	"crypto/tls":                 {"Dial", "DialWithDialer", "Dialer"},
	"net/smtp":                   {},
	"net/rpc":                    {},
	"log/syslog":                 {},
	"golang.org/x/net/proxy":     {},
	"golang.org/x/net/websocket": {},
	"github.com/gobwas/ws":       {"Dial", "Dialer", "DefaultDialer"},
}

// trusted are the places that may, each with its reason.
var trusted = map[string]string{
	"internal/egress": "it is the way out",
	"bench":           "measures from outside",
	"internal/demo":   "plays visitors of the demo and third parties",
	"cmd/kept/demo":   "plays visitors of the demo",
}

// needed are values that leave the house by a way of their own unless the field
// is set.
var needed = map[string]map[string]string{
	"net/http":                          {"Client": "Transport"},
	"golang.org/x/crypto/acme":          {"Client": "HTTPClient"},
	"golang.org/x/crypto/acme/autocert": {"Manager": "Client"},
}

func TestNobodyElseDials(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && name != "." || entry.Name() == "node_modules" || name == "internal/depskeep") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || excused(filepath.ToSlash(name)) {
			return nil
		}
		files++
		return dials(path, func(at token.Position, what string) {
			t.Errorf("%s:%d uses %s: every way out is internal/egress", name, at.Line, what)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files were looked at", files)
	}
}

// standIns are the far sides that tests start for themselves, on loopback.
var standIns = regexp.MustCompile(`^internal/remote/[a-z]+/[a-z]+test/`)

func excused(name string) bool {
	if standIns.MatchString(name) {
		return true
	}
	for place := range trusted {
		if strings.HasPrefix(name, place+"/") || strings.HasPrefix(name, place+".go") || strings.HasPrefix(name, place+"_") {
			return true
		}
	}
	return false
}

// dials reports each use of an outward name in a file.
func dials(path string, report func(at token.Position, what string)) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	imported := map[string]string{} // local name → package
	for _, spec := range file.Imports {
		pkg, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		forbidden, watched := outward[pkg]
		if !watched && needed[pkg] == nil {
			continue
		}
		local := pkg[strings.LastIndex(pkg, "/")+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if watched && len(forbidden) == 0 || local == "." {
			report(fset.Position(spec.Pos()), pkg)
			continue
		}
		imported[local] = pkg
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if x, ok := n.(*ast.CompositeLit); ok {
			if pkg, name := typeOf(x, imported); lacks(x, needed[pkg][name]) {
				report(fset.Position(x.Pos()), pkg+"."+name+" without "+needed[pkg][name])
			}
		}
		if x, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := x.X.(*ast.Ident); ok {
				for _, name := range outward[imported[id.Name]] {
					if name == x.Sel.Name {
						report(fset.Position(x.Pos()), id.Name+"."+name)
					}
				}
			}
		}
		return true
	})
	return nil
}

// typeOf names the imported type of a literal.
func typeOf(x *ast.CompositeLit, imported map[string]string) (pkg, name string) {
	if selector, ok := x.Type.(*ast.SelectorExpr); ok {
		if id, ok := selector.X.(*ast.Ident); ok {
			return imported[id.Name], selector.Sel.Name
		}
	}
	return "", ""
}

// lacks reports whether a literal does not set the field.
func lacks(x *ast.CompositeLit, field string) bool {
	for _, e := range x.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == field {
				return false
			}
		}
	}
	return field != ""
}

// The lint finds what it is for.
func TestTheLintSeesItsTargets(t *testing.T) {
	found := 0
	if err := dials("egress.go", func(token.Position, string) { found++ }); err != nil {
		t.Fatal(err)
	}
	if err := dials("client.go", func(token.Position, string) { found++ }); err != nil {
		t.Fatal(err)
	}
	planted := filepath.Join(t.TempDir(), "planted.go")
	source := "package x\nimport (h \"net/http\"; \"net/smtp\")\nvar a = h.Client{}\nvar b = &h.Client{Transport: nil}\nvar c, _ = h.Get(\"\")\nvar d = smtp.PlainAuth\n"
	if err := os.WriteFile(planted, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dials(planted, func(token.Position, string) { found++ }); err != nil {
		t.Fatal(err)
	}
	if found < 7 {
		t.Errorf("only %d uses were seen in the room that dials", found)
	}
}
