package main

import (
	"io"

	"github.com/spf13/cobra"

	"kept/internal/duty/register"
)

func registerCommand() *cobra.Command {
	var d documentFlags
	var mark bool
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
			return runRegister(cmd, args, &d, mark)
		},
	}
	var forms []format
	for _, f := range register.Formats() {
		forms = append(forms, format(f))
	}
	addDocument(cmd, &d, forms...)
	cmd.Flags().BoolVar(&mark, "bom", false, "begin a CSV file with a byte order mark, which Excel needs to read UTF-8")
	return cmd
}

func runRegister(cmd *cobra.Command, args []string, d *documentFlags, mark bool) error {
	if err := d.complete(); err != nil {
		return err
	}
	if mark && d.format != register.CSV {
		return misuse("--bom is for --format csv")
	}
	if err := d.check(cmd, register.XLSX, "a workbook"); err != nil {
		return err
	}
	p, err := d.policyOf(cmd, args)
	if err != nil {
		return err
	}
	return d.write(cmd.OutOrStdout(), "record", func(w io.Writer) error {
		if mark {
			if _, err := io.WriteString(w, register.ByteOrderMark); err != nil {
				return err
			}
		}
		return register.Build(p, d.lang).Write(w, string(d.format))
	})
}
