package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/newsletter"
	"kept/internal/app"
	"kept/internal/fault"
	"kept/internal/table"
)

func newsletterImport() *cobra.Command {
	var place app.Place
	var out format
	var i newsletter.Import
	var zone, bad string
	var columns map[string]string
	var customers bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take subscribers over from a CSV file, only with the proof of their consent",
		Long: `Takes a file over in whole or not at all. Every row needs the proof of a consent:
` + "`signed_up`, `confirmed`, `sign_up_ip` or `confirm_ip`, `source` and `text`" + `. Mistakes are
named with file, row and column; --skip-bad takes the other rows and writes the
mistakes to a file. Whoever unsubscribed here stays out, and nobody gets a mail.
With --customers the rows are existing customers (§ 7(3) UWG): ` + "`sold_at`, `sold`" + ` and
` + "`told`" + ` instead. With - the file comes from standard input.`,
		Example: `  kept newsletter import contacts.csv --zone Europe/Berlin --dry-run
  kept newsletter import contacts.csv --map "email=Mail privat" --list "Trade fair 2026"
  kept newsletter import contacts.csv --skip-bad bad.csv
  kept newsletter import customers.csv --customers --similar`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if i.Zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
				return misuse("--zone takes a time zone like Europe/Berlin")
			}
			data, err := readUpTo(cmd.InOrStdin(), args[0], newsletter.MaxFile)
			if err != nil {
				return err
			}
			if i.Table, err = newsletter.ReadTable(filepath.Base(args[0]), data); err != nil {
				return err
			}
			if i.Mapping, err = i.Table.Guess().With(i.Table, columns); err != nil {
				return misuse("%w", err)
			}
			if customers {
				i.Ground = newsletter.ByCustomer
			}
			i.SkipBad, i.By = bad != "", commandLine
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				r, err := n.Import(cmd.Context(), i)
				if err != nil {
					return err
				}
				if bad != "" && len(r.Problems) > 0 {
					if err := writeBad(bad, r.Problems); err != nil {
						return err
					}
				}
				if out == asJSON {
					err = writeAsJSON(cmd.OutOrStdout(), r)
				} else {
					err = writeImported(cmd.OutOrStdout(), r, i.DryRun)
				}
				if err == nil && len(r.Problems) > 0 && bad == "" {
					err = fault.New(fault.Conflict, "%d of %d rows have mistakes, so nothing was taken over; mend them, or leave them out with --skip-bad FILE", r.Bad, r.Rows)
				}
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	addActivity(cmd, &i.Activity)
	f := cmd.Flags()
	f.StringVar(&zone, "zone", "UTC", "time zone of times that name none")
	f.StringToStringVar(&columns, "map", nil, `column of the file for a column of the import, as in "email=E-Mail privat"`)
	f.StringVar(&i.List, "list", "", "list to put everybody on; it is made if there is none of the name")
	f.BoolVar(&customers, "customers", false, "the rows are existing customers (§ 7(3) UWG), not consents")
	f.BoolVar(&i.Similar, "similar", false, "the mails are for own goods or services similar to those bought; customers need it")
	f.StringVar(&bad, "skip-bad", "", "take the good rows, and write the mistakes of the others to this file (CSV)")
	f.BoolVar(&i.DryRun, "dry-run", false, "say what would change, and change nothing")
	return cmd
}

func writeImported(w io.Writer, r newsletter.Imported, dry bool) error {
	for _, p := range r.Problems {
		fmt.Fprintln(w, p)
	}
	if len(r.Problems) > 0 && !r.Done && !dry {
		return nil
	}
	did := "taken over"
	if dry {
		did = "would be taken over"
	}
	fmt.Fprintf(w, "%s: %d rows, %d %s, %d subscribed already, %d unsubscribed before, %d objected or restricted, %d bad\n",
		r.Activity, r.Rows, r.Added, did, r.Known, r.Suppressed, r.Objected, r.Bad)
	if len(r.Dropped) > 0 {
		fmt.Fprintf(w, "not taken over: %s\n", strings.Join(r.Dropped, ", "))
	}
	return nil
}

// writeBad writes the report of bad rows. Cells are named, not repeated.
func writeBad(name string, problems []newsletter.Problem) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	rows := [][]string{{"file", "row", "column", "mistake"}}
	for _, p := range problems {
		rows = append(rows, []string{table.Guard(p.File), strconv.Itoa(p.Row), table.Guard(p.Column), p.Says})
	}
	err = w.WriteAll(rows)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func newsletterExport() *cobra.Command {
	var place app.Place
	var activity, segment, kind string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the subscribers with their proof to standard output, as CSV or JSON",
		Long: `Writes everybody who may be written to, or whom a segment finds, with the proof of
the consent. No spreadsheet computes a cell of the CSV. What was written can be
imported by another instance. That it was done goes into the ledger.`,
		Example: "  kept newsletter export > subscribers.csv\n  kept newsletter export --segment \"Berlin\" --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kind != "csv" && kind != "json" {
				return misuse("--format takes csv or json")
			}
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				a, err := n.Entry(activity)
				if err != nil {
					return err
				}
				s := newsletter.Segment{Activity: a.Key}
				if segment != "" {
					if s, err = n.SegmentCalled(cmd.Context(), a, segment); err != nil {
						return err
					}
				}
				_, err = n.Export(cmd.Context(), a, s, cmd.OutOrStdout(), kind == "json", commandLine)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addActivity(cmd, &activity)
	cmd.Flags().StringVar(&segment, "segment", "", "name of a segment; without it everybody who may be written to")
	cmd.Flags().StringVar(&kind, "format", "csv", "csv or json")
	return cmd
}
