//go:build ignore

// Writes the bundled assets; run by go generate in internal/center.
package main

import (
	"log"
	"os"
	"path/filepath"

	"kept/internal/center/bundle"
)

func main() {
	made, err := bundle.Make("../../browser")
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join("assets", name), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
