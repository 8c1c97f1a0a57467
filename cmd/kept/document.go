package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kept/internal/app"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// documentFlags are those of a command that makes a document of a policy.
type documentFlags struct {
	formatFlag
	format     format
	lang       string
	file, asOf string
}

// addDocument adds --format, --lang, --output and --as-of. The form is what the
// output's name ends in, else the first of offered.
func addDocument(cmd *cobra.Command, d *documentFlags, offered ...format) {
	d.formatFlag = formatFlag{value: &d.format, offered: offered}
	f := cmd.Flags()
	f.Var(d.formatFlag, "format", d.list(", ")+"; what the output's name ends in, else "+string(offered[0]))
	f.StringVarP(&d.file, "output", "o", "", "file to write to; the standard output unless given")
	f.StringVar(&d.asOf, "as-of", "", "check by the rules of this day (YYYY-MM-DD); today unless given")
	addLanguage(cmd, &d.lang, "the first of the policy")
	completeWords(cmd, "format", d.words()...)
}

// complete derives the form from the output's name, unless it was asked for.
func (d *documentFlags) complete() error {
	if d.lang != "" && !slices.Contains(i18n.Languages(), d.lang) {
		return misuse("--lang takes %s, not %q", strings.Join(i18n.Languages(), " or "), d.lang)
	}
	if d.format != "" {
		return nil
	}
	ending := format(strings.TrimPrefix(strings.ToLower(filepath.Ext(d.file)), "."))
	switch {
	case ending == "":
		d.format = d.offered[0]
	case slices.Contains(d.offered, ending):
		d.format = ending
	default:
		return misuse("there is no format %s; let the name end in one of %s, or say which with --format", ending, d.list(", "))
	}
	return nil
}

// check refuses a form that a terminal cannot show.
func (d *documentFlags) check(cmd *cobra.Command, binary format, noun string) error {
	if d.format == binary && d.file == "" && isTerminal(cmd.OutOrStdout()) {
		return misuse("%s is nothing for a terminal; name a file with -o FILE.%s", noun, binary)
	}
	return nil
}

// policyOf reads the policy that the document is made of, policy.yaml unless one is
// named, and settles the language. Mistakes are printed and end the command.
func (d *documentFlags) policyOf(cmd *cobra.Command, args []string) (*policy.Policy, error) {
	day, err := dayOf(d.asOf)
	if err != nil {
		return nil, err
	}
	file := "policy.yaml"
	if len(args) > 0 {
		file = args[0]
	}
	name, src, err := readPolicy(cmd, file)
	if err != nil {
		return nil, err
	}
	p, findings := policy.Load(name, src, app.Vocabulary(), day)
	if findings.HasErrors() {
		if err := findings.Write(cmd.ErrOrStderr()); err != nil {
			return nil, err
		}
		return nil, errFinding
	}
	if d.lang == "" {
		d.lang = p.Notice.Languages[0]
	}
	return p, nil
}

// write writes what make makes to the output; a file only once it is made whole.
func (d *documentFlags) write(stdout io.Writer, noun string, make func(io.Writer) error) error {
	var b bytes.Buffer
	if err := make(&b); err != nil {
		return err
	}
	if d.file == "" {
		_, err := stdout.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(d.file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the %s: %w", noun, err)
	}
	return nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
