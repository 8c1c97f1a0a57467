// Command countries writes the names of the countries in the languages of Kept,
// as Unicode's CLDR has them, a line a code: the code, the German and the English
// name. The tables of all languages would be a twentieth of the program.
//
//	go run ./countries countries.txt
package main

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "countries: want the file to write")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], list(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "countries:", err)
		os.Exit(1)
	}
}

// list tries each pair of letters: ISO 3166 has no other codes.
func list() []byte {
	german, english := display.Regions(language.German), display.Regions(language.English)
	var out bytes.Buffer
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			region, err := language.ParseRegion(code)
			if err != nil || german.Name(region) == "" {
				continue
			}
			fmt.Fprintf(&out, "%s\t%s\t%s\n", code, german.Name(region), english.Name(region))
		}
	}
	return out.Bytes()
}
