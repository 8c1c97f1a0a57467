package house

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"text/template/parse"
)

// Templates are read when a page is first shown, so a mistake in one is found
// here, not by its first reader.
func TestEveryTemplateCanBeRead(t *testing.T) {
	found := 0
	err := filepath.WalkDir("internal", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".gohtml") {
			return err
		}
		found++
		tree := parse.New(path)
		tree.Mode = parse.SkipFuncCheck
		_, err = tree.Parse(read(t, path), "", "", map[string]*parse.Tree{})
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if found < 50 {
		t.Errorf("only %d templates were found", found)
	}
}
