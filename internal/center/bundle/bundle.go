// Package bundle makes the browser's files from browser/ with esbuild as a Go
// library. Only the generator and a test import it, so that no bundler is part
// of the program.
package bundle

import (
	"fmt"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// Make returns the content of every generated asset by name, from the sources
// in the folder browser.
func Make(browser string) (map[string][]byte, error) {
	browser, err := filepath.Abs(browser)
	if err != nil {
		return nil, err
	}
	made := map[string][]byte{}
	for name, entry := range map[string]string{"kept.js": "kept.ts", "kept.css": "kept.css", "center.css": "center.css"} {
		result := api.Build(api.BuildOptions{
			EntryPoints:   []string{filepath.Join(browser, entry)},
			AbsWorkingDir: browser,
			Bundle:        true,
			Format:        api.FormatIIFE,
			Target:        api.ES2020,
			// Style rules may nest and ask :has: what has neither shows all choices at once.
			Engines:           []api.Engine{{Name: api.EngineChrome, Version: "111"}, {Name: api.EngineFirefox, Version: "115"}, {Name: api.EngineSafari, Version: "16.4"}},
			MinifyWhitespace:  true,
			MinifyIdentifiers: true,
			MinifySyntax:      true,
			Charset:           api.CharsetUTF8,
			LegalComments:     api.LegalCommentsNone,
			TsconfigRaw:       `{"compilerOptions": {"target": "es2020"}}`,
			LogLevel:          api.LogLevelSilent,
		})
		if len(result.Errors) > 0 {
			text := api.FormatMessages(result.Errors, api.FormatMessagesOptions{})
			return nil, fmt.Errorf("bundle %s: %s", entry, text[0])
		}
		made[name] = result.OutputFiles[0].Contents
	}
	return made, nil
}
