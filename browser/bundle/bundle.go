// Package bundle makes the browser's files from browser/ with esbuild as a Go
// library. Only the generator and a test import it, so that no bundler is part
// of the program.
package bundle

import (
	"fmt"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// The assets of each room, by the file they are served as, and their sources.
var (
	Center  = Assets{"kept.js": "kept.ts", "kept.css": "kept.css", "center.css": "center.css"}
	Console = Assets{"console.css": "console.css"}
	Portal  = Assets{"portal.css": "portal.css"}
	Account = Assets{"passkey.js": "passkey.ts"}
	Contact = Assets{"contact.js": "contact.ts"}
)

// Assets maps a generated file to its source in the folder browser.
type Assets map[string]string

// Make returns the content of every file of a by name, from the sources in the
// folder browser.
func (a Assets) Make(browser string) (map[string][]byte, error) {
	browser, err := filepath.Abs(browser)
	if err != nil {
		return nil, err
	}
	made := map[string][]byte{}
	for name, entry := range a {
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
