package house

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every direct dependency has its line of reason, and no line is left over.
func TestDependenciesHaveAReason(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	doc := read(t, "docs/dependencies.md")
	direct := map[string]bool{}
	for _, r := range mod.Require {
		if r.Indirect {
			continue
		}
		direct[r.Path] = true
		if !strings.Contains(doc, "`"+r.Path+"`") {
			t.Errorf("docs/dependencies.md gives no reason for %s", r.Path)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| (`[^|]+)\\|").FindAllStringSubmatch(doc, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(m[1], -1) {
			if !direct[name[1]] {
				t.Errorf("docs/dependencies.md names %s, which go.mod does not require", name[1])
			}
		}
	}
}

// Every relative link of the documentation leads to a file.
func TestLinksOfTheDocumentationLeadSomewhere(t *testing.T) {
	files := []string{"README.md", "CHANGELOG.md"}
	err := filepath.WalkDir("docs", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	for _, file := range files {
		for _, m := range link.FindAllStringSubmatch(read(t, file), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s: the link %s leads nowhere", file, m[1])
			}
		}
	}
}

// Every decision stands in the table of decisions.
func TestDecisionsAreListed(t *testing.T) {
	list := read(t, "docs/decisions/README.md")
	files, err := filepath.Glob("docs/decisions/0*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no decisions found", err)
	}
	for _, f := range files {
		if !strings.Contains(list, "("+filepath.Base(f)+")") {
			t.Errorf("docs/decisions/README.md does not list %s", filepath.Base(f))
		}
	}
}

// said is a comment that belongs to the package clause.
var said = regexp.MustCompile(`(?m)^(?://.*\n)+package `)

// Every package says why it exists.
func TestEveryRoomSaysWhyItExists(t *testing.T) {
	for _, p := range rooms(t) {
		dir := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "kept"), "/")
		if dir == "" || strings.HasPrefix(dir, "cmd/") || strings.HasPrefix(dir, "bench/") || strings.HasPrefix(dir, "examples") {
			continue
		}
		documented := false
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			documented = documented || said.MatchString(read(t, f))
		}
		if !documented {
			t.Errorf("%s does not say why it exists", p.ImportPath)
		}
	}
}

// Every test that the threat model names is there.
func TestTheThreatModelNamesTests(t *testing.T) {
	named := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`").FindAllStringSubmatch(read(t, "docs/threat-model.md"), -1)
	if len(named) < 20 {
		t.Fatalf("%d tests are named", len(named))
	}
	found := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
	for _, root := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			for _, m := range declared.FindAllStringSubmatch(read(t, path), -1) {
				found[m[1]] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range named {
		if !found[m[1]] {
			t.Errorf("the threat model names %s, which is no test", m[1])
		}
	}
}
