//go:build ignore

// Writes the bundled assets of one door into the folder assets; run by go
// generate in internal/center and internal/console.
package main

import (
	"log"
	"os"
	"path/filepath"

	"kept/browser/bundle"
)

func main() {
	doors := map[string]bundle.Assets{"center": bundle.Center, "console": bundle.Console}
	if len(os.Args) != 2 || doors[os.Args[1]] == nil {
		log.Fatal("usage: write.go center|console")
	}
	made, err := doors[os.Args[1]].Make("../../browser")
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join("assets", name), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
