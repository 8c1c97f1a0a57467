package main

import (
	"io"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/register"
)

func registerCommand() *cobra.Command {
	var d documentFlags
	var mark, customers bool
	var place app.Place
	cmd := &cobra.Command{
		Use:   "register [FILE]",
		Short: "Write the record of processing activities of a policy",
		Long: `Writes the record of processing activities (Art. 30 GDPR) of a policy; the file
is policy.yaml unless you name another. No instance is needed. What is done on
behalf of customers stands in a part of its own (Art. 30(2)). With --customers it is
the record of an instance, by the policy in force there, and names the customers on
whose behalf it acts now; that somebody had it made is noted in the ledger.

  csv     a row for each activity and data category, to filter
  xlsx    a workbook: activities, data, recipients, transfers, measures …
  json    for programs, by docs/reference/register.schema.json
  jsonld  in terms of the W3C Data Privacy Vocabulary
  html    one page to read and to print, with the picture
  svg     the picture alone: who gets what from where

The same policy gives the same bytes.`,
		Example: `  kept register --format csv | head
  kept register policy.yaml --lang de -o verzeichnis.xlsx
  kept register policy.yaml -o record.html
  kept register --customers --data ./kept-data -o record.xlsx`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completePolicies,
		RunE: func(cmd *cobra.Command, args []string) error {
			if customers {
				return registerOfInstance(cmd, args, &d, place)
			}
			return runRegister(cmd, args, &d, mark)
		},
	}
	var forms []format
	for _, f := range register.Formats() {
		forms = append(forms, format(f))
	}
	addDocument(cmd, &d, forms...)
	cmd.Flags().BoolVar(&customers, "customers", false, "name the customers of an instance on whose behalf it acts; for html, xlsx and json")
	addPlace(cmd, &place)
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

// registerOfInstance writes the record of a stored instance, with its customers.
func registerOfInstance(cmd *cobra.Command, args []string, d *documentFlags, place app.Place) error {
	if err := d.complete(); err != nil {
		return err
	}
	if len(args) > 0 {
		return misuse("--customers takes the policy in force in an instance, and no file")
	}
	if !register.NamesCustomers(string(d.format)) {
		return misuse("--customers is for --format html, xlsx or json")
	}
	if err := d.check(cmd, register.XLSX, "a workbook"); err != nil {
		return err
	}
	a, err := app.OpenStored(cmd.Context(), place)
	if err != nil {
		return err
	}
	defer a.Close()
	if _, err := a.OpenAccounts(cmd.Context()); err != nil {
		return err
	}
	p := a.InForce.Now()
	if d.lang == "" {
		d.lang = p.Notice.Languages[0]
	}
	record := register.Build(p, d.lang)
	if err := a.Serving(cmd.Context(), record, "command"); err != nil {
		return err
	}
	if _, err := a.Ledger.Sequence(cmd.Context()); err != nil {
		return err
	}
	return d.write(cmd.OutOrStdout(), "record", func(w io.Writer) error { return record.Write(w, string(d.format)) })
}
