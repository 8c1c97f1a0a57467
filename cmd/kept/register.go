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

	"kept/internal/duty/register"
	"kept/internal/i18n"
)

type registerOptions struct {
	lang, format, out, asOf string
	mark                    bool
}

func registerCommand() *cobra.Command {
	var o registerOptions
	cmd := &cobra.Command{
		Use:   "register [FILE]",
		Short: "Write the record of processing activities of a policy",
		Long: `Writes the record of processing activities (Art. 30 GDPR) of a policy; the file
is policy.yaml unless you name another. No instance is needed. What is done on
behalf of customers stands in a part of its own (Art. 30(2)).

  csv     a row for each activity and data category, to filter
  xlsx    a workbook: activities, data, recipients, transfers, measures …
  json    for programs, by docs/reference/register.schema.json
  jsonld  in terms of the W3C Data Privacy Vocabulary
  html    one page to read and to print, with the picture
  svg     the picture alone: who gets what from where

The same policy gives the same bytes.`,
		Example: `  kept register --format csv | head
  kept register policy.yaml --lang de -o verzeichnis.xlsx
  kept register policy.yaml -o record.html`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completePolicies,
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "policy.yaml"
			if len(args) > 0 {
				file = args[0]
			}
			return runRegister(cmd, file, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.lang, "lang", "", "language, de or en; the first of the policy unless given")
	f.StringVar(&o.format, "format", "", strings.Join(register.Formats(), ", ")+"; what the output's name ends in, else csv")
	f.StringVarP(&o.out, "output", "o", "", "file to write to; the standard output unless given")
	f.BoolVar(&o.mark, "bom", false, "begin a CSV file with a byte order mark, which Excel needs to read UTF-8")
	f.StringVar(&o.asOf, "as-of", "", "check by the rules of this day (YYYY-MM-DD); today unless given")
	completeWords(cmd, "format", register.Formats()...)
	completeWords(cmd, "lang", i18n.Languages()...)
	return cmd
}

func runRegister(cmd *cobra.Command, file string, o registerOptions) error {
	if err := o.complete(); err != nil {
		return err
	}
	if o.format == register.XLSX && o.out == "" && isTerminal(cmd.OutOrStdout()) {
		return misuse("a workbook is nothing for a terminal; name a file with -o record.xlsx")
	}
	p, err := policyAsOf(cmd, file, o.asOf)
	if err != nil {
		return err
	}
	if o.lang == "" {
		o.lang = p.Notice.Languages[0]
	}
	return o.write(cmd.OutOrStdout(), register.Build(p, o.lang))
}

// complete checks the options and derives the format from the output's name.
func (o *registerOptions) complete() error {
	if o.format == "" {
		o.format = strings.TrimPrefix(strings.ToLower(filepath.Ext(o.out)), ".")
		if !slices.Contains(register.Formats(), o.format) {
			o.format = register.CSV
		}
	}
	if !slices.Contains(register.Formats(), o.format) {
		return misuse("--format takes %s, not %q", strings.Join(register.Formats(), ", "), o.format)
	}
	if o.lang != "" && !slices.Contains(i18n.Languages(), o.lang) {
		return misuse("--lang takes %s, not %q", strings.Join(i18n.Languages(), " or "), o.lang)
	}
	if o.mark && o.format != register.CSV {
		return misuse("--bom is for --format csv")
	}
	return nil
}

// write writes the record to the output; a file is written whole or not at all.
func (o *registerOptions) write(stdout io.Writer, r *register.Record) error {
	var b bytes.Buffer
	if o.mark {
		b.WriteString(register.ByteOrderMark)
	}
	if err := r.Write(&b, o.format); err != nil {
		return err
	}
	if o.out == "" {
		_, err := stdout.Write(b.Bytes())
		return err
	}
	if err := os.WriteFile(o.out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}
