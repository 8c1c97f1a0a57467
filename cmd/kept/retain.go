package main

import (
	"fmt"
	"io"
	"strings"
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
minutes. With --dry-run it says what would go and deletes nothing. What waits for
a person, because the clock jumped or too much of a table would go at once, runs
with --confirm and the id that is printed with it; everything else goes on.
Exit code 1 if something waits.`,
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
				report.Plan, err = a.Retain.Propose(cmd.Context())
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
			return printRetention(cmd.OutOrStdout(), place, report, dry, asJSON)
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would go, delete nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().StringVar(&confirm, "confirm", "", "id of a waiting plan to run")
	return cmd
}

func printRetention(w io.Writer, place app.Place, report retain.Report, dry, asJSON bool) error {
	var err error
	switch {
	case asJSON:
		err = printJSON(w, report)
	case dry:
		err = printPlan(w, report.Plan)
	default:
		err = printDone(w, report)
	}
	if err == nil && !asJSON {
		err = printWaits(w, place, report.Plan.Waits)
	}
	if err == nil && len(report.Plan.Waits) > 0 {
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
	return table.Flush()
}

// printWaits says what waits for a person, and the command that lets it run.
func printWaits(w io.Writer, place app.Place, waits []retain.Wait) error {
	for _, wait := range waits {
		if _, err := fmt.Fprintf(w, "\nWaits for a person: %s\nRun it with: %s --confirm %s\n", wait.Text, at("kept retain", place), wait.Plan); err != nil {
			return err
		}
	}
	return nil
}

// at is a command with the flags that name the place; an address may hold a
// password and is not repeated.
func at(command string, place app.Place) string {
	words := []string{command, "--data", place.Data}
	if strings.ContainsAny(place.Data, " \t'\"$&;()*?") {
		words[2] = "'" + strings.ReplaceAll(place.Data, "'", `'\''`) + "'"
	}
	for _, flag := range []struct{ name, value string }{{"--database", place.Database}, {"--vault", place.Vault}} {
		if flag.value != "" {
			words = append(words, flag.name, "…")
		}
	}
	if place.Master != "" {
		words = append(words, "--master-key", place.Master)
	}
	return strings.Join(words, " ")
}

func printDone(w io.Writer, report retain.Report) error {
	if len(report.Done) == 0 {
		text := "Nothing has reached its time."
		if report.Waiting {
			text = "Nothing ran."
		}
		_, err := fmt.Fprintln(w, text)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tTABLE\tACTION\tROWS\tPARTITIONS")
	for _, d := range report.Done {
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
