package i18n_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kept/internal/i18n"
)

func TestBothLanguagesSayTheSame(t *testing.T) {
	de, en := i18n.Keys(i18n.German), i18n.Keys(i18n.English)
	for _, k := range de {
		if !slices.Contains(en, k) {
			t.Errorf("%s is missing in English", k)
		}
	}
	blanks := regexp.MustCompile(`\{\d\}`)
	for _, k := range en {
		if !slices.Contains(de, k) {
			t.Errorf("%s is missing in German", k)
			continue
		}
		german, english := i18n.T("de", k), i18n.T("en", k)
		if german == "" || english == "" {
			t.Errorf("%s is empty", k)
		}
		a, b := blanks.FindAllString(german, -1), blanks.FindAllString(english, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s fills in %v in German and %v in English", k, a, b)
		}
	}
}

// Keys are written in the code as strings, whole ("title") or as a prefix that
// a value completes ("basis."). Rooms and templates prefix their section, so a
// key is used if what follows its section is.
func TestNoWordIsLeftOver(t *testing.T) {
	used := literals(t)
	for _, k := range i18n.Keys(i18n.English) {
		_, inside, _ := strings.Cut(k, ".")
		if !isUsed(used, k) && !isUsed(used, inside) {
			t.Errorf("no code says %s", k)
		}
	}
}

func isUsed(used map[string]bool, key string) bool {
	if used[key] {
		return true
	}
	for i := range key {
		if key[i] == '.' && (used[key[:i+1]] || used[key[:i]]) {
			return true
		}
	}
	return false
}

var quoted = regexp.MustCompile(`"([a-z0-9.-]+)"`)

// literals collects every string of Go code and templates that looks like a key.
func literals(t *testing.T) map[string]bool {
	found := map[string]bool{}
	read(t, func(_, text string) {
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
	})
	return found
}

var calls = map[string]*regexp.Regexp{
	"":        regexp.MustCompile(`i18n\.(?:T|Count)\([^,]+, "([a-z0-9.-]+)"[,)]`),
	"notice.": regexp.MustCompile(`\bw\.t\("([a-z0-9.-]+)"[,)]`),
	"center.": regexp.MustCompile(`\.T[ (]"([a-z0-9.-]+)"`),
}

func TestEveryWordThatIsSaidExists(t *testing.T) {
	read(t, func(file, text string) {
		for prefix, call := range calls {
			if prefix == "center." && !strings.Contains(file, "center") {
				continue
			}
			section := prefix
			if strings.HasSuffix(file, "banner.gohtml") {
				section = "banner."
			}
			for _, m := range call.FindAllStringSubmatch(text, -1) {
				key := section + m[1]
				if strings.HasSuffix(key, ".") || i18n.Has(key) || i18n.Has(key+".one") {
					continue
				}
				t.Errorf("%s says %s, which is not there", file, key)
			}
		}
	})
}

// read gives f every Go file and template of the house that is no test.
func read(t *testing.T, f func(file, text string)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".gohtml" && ext != ".html" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f(path, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
