//go:build ignore

// Writes the bundled assets of one room into the folder assets; run by go
// generate in internal/center, internal/console, internal/portal and the kinds that have a script.
package main

import (
	"log"
	"os"
	"path/filepath"

	"kept/browser/bundle"
)

func main() {
	rooms := map[string]bundle.Assets{"center": bundle.Center, "console": bundle.Console, "contact": bundle.Contact, "portal": bundle.Portal, "account": bundle.Account}
	if len(os.Args) != 3 || rooms[os.Args[1]] == nil {
		log.Fatal("usage: write.go center|console|contact|portal|account SOURCES")
	}
	made, err := rooms[os.Args[1]].Make(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join("assets", name), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
