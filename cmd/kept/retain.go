package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/retain"
	"kept/internal/fault"
)

func retainCommand() *cobra.Command {
	var place app.Place
	var dry, asJSON bool
	var confirm string
	cmd := &cobra.Command{
		Use:   "retain",
		Short: "End what has reached its time, now or as a dry run",
		Long: `Runs the policy's retention rules once, as a serving instance does every ten
minutes. With --dry-run it says what would go and changes nothing. A plan that
waits for a person, because the clock jumped or too much would go at once, runs
with --confirm and its id. Exit code 1 if a plan waits.`,
		Example: "  kept retain --dry-run --data ./kept-data\n  kept retain --data ./kept-data --confirm 4w2k…",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := app.OpenStored(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer a.Close()
			var report retain.Report
			switch {
			case dry:
				report.Plan, err = a.Retain.Plan(cmd.Context())
			case confirm != "":
				report, err = a.Retain.Confirm(cmd.Context(), confirm, "command line")
				if fault.Is(err, fault.NotFound) {
					return misuse("no plan %s waits for a person; see: kept retain --dry-run", confirm)
				}
			default:
				report, err = a.Retain.Sweep(cmd.Context())
			}
			if err != nil {
				return err
			}
			if !dry {
				if err := a.Settle(cmd.Context()); err != nil {
					return err
				}
			}
			if confirm != "" && report.Finished.IsZero() && !asJSON {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "Confirmed. The changed policy is taken over at the next start, or at SIGHUP.")
				return err
			}
			return printRetention(cmd.OutOrStdout(), report, dry, asJSON)
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would go, change nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().StringVar(&confirm, "confirm", "", "id of a waiting plan to run")
	return cmd
}

func printRetention(w io.Writer, report retain.Report, dry, asJSON bool) error {
	waits := report.Waiting || dry && len(report.Plan.Waits) > 0
	err := error(nil)
	switch {
	case asJSON:
		err = printJSON(w, report)
	case dry || report.Waiting:
		err = printPlan(w, report.Plan)
	default:
		err = printDone(w, report.Done)
	}
	if err == nil && waits {
		err = errFinding
	}
	return err
}

func printPlan(w io.Writer, plan retain.Plan) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tTABLE\tACTION\tDUE\tKEPT BACK\tOLDEST\tNEXT")
	for _, i := range plan.Items {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", i.Rule, i.Table, i.Action, i.Due, i.Kept, day(i.Oldest), day(i.Next))
	}
	err := table.Flush()
	for _, wait := range plan.Waits {
		_, failed := fmt.Fprintf(w, "Waits for a person: %s\n", wait.Text)
		err = errors.Join(err, failed)
	}
	if plan.ID != "" {
		_, failed := fmt.Fprintf(w, "Run it with: kept retain --confirm %s\n", plan.ID)
		err = errors.Join(err, failed)
	}
	return err
}

func printDone(w io.Writer, done []retain.Done) error {
	if len(done) == 0 {
		_, err := fmt.Fprintln(w, "Nothing has reached its time.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tTABLE\tACTION\tROWS\tPARTITIONS")
	for _, d := range done {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\n", d.Rule, d.Table, d.Action, d.Rows, d.Partitions)
	}
	return table.Flush()
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}
