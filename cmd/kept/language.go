package main

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/i18n"
)

// addLanguage adds --lang: the language in which a command speaks to people.
func addLanguage(cmd *cobra.Command, lang *string, unlessGiven string) {
	cmd.Flags().StringVar(lang, "lang", "", "language, de or en; "+unlessGiven+" unless given")
	completeWords(cmd, "lang", i18n.Languages()...)
}

// languageOf is the language that was asked for, else that of the terminal, else
// English.
func languageOf(asked string) (i18n.Lang, error) {
	if asked != "" {
		if !slices.Contains(i18n.Languages(), asked) {
			return "", misuse("--lang takes %s, not %q", strings.Join(i18n.Languages(), " or "), asked)
		}
		return asked, nil
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := os.Getenv(name); locale != "" {
			if strings.HasPrefix(locale, i18n.German) {
				return i18n.German, nil
			}
			break
		}
	}
	return i18n.English, nil
}
