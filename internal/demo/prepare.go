package demo

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Prepare copies an example (policy.yaml and site/) to dir, with every text of
// instead replaced by what it maps to, as a host by an address here. What lies in
// dir is overwritten.
func Prepare(example fs.FS, dir string, instead map[string]string) error {
	err := fs.WalkDir(example, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := fs.ReadFile(example, path)
		if err != nil {
			return err
		}
		for there, here := range instead {
			content = bytes.ReplaceAll(content, []byte(there), []byte(here))
		}
		return os.WriteFile(target, content, 0o644)
	})
	if err != nil {
		return fmt.Errorf("prepare the demo in %s: %w", dir, err)
	}
	return nil
}
