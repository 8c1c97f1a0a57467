package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/accesslog"
	"kept/internal/app"
)

// commandLine stands for the person in what this command does; who may run it is
// the machine's to say.
const commandLine = "command-line"

func incidentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "incident",
		Short: "Declare an attack, so that full addresses may be used against it",
		Long: `A policy may keep full addresses for no time at all. Only a declared attack lifts
that: from the declaration until its end full addresses are kept and can be
looked at, and each of these acts stands in the ledger.`,
		Example: `  kept accesslog incident start --reason "login flood" --hours 12
  kept accesslog incident attackers ID
  kept accesslog incident end ID`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(incidentStart(), incidentEnd(), incidentList(), incidentAttackers())
	return cmd
}

// withAccessLog opens the access log of an instance, also beside a serving one.
func withAccessLog(ctx context.Context, place app.Place, f func(*accesslog.Log) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	log, err := a.OpenAccessLog(ctx)
	if err != nil {
		return err
	}
	if err := f(log); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

func incidentStart() *cobra.Command {
	var place app.Place
	var reason string
	var hours int
	cmd := &cobra.Command{
		Use:     "start",
		Short:   "Declare an attack from now on",
		Example: `  kept accesslog incident start --reason "login flood" --hours 12 --data ./kept-data`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if hours < 1 || time.Duration(hours)*time.Hour > accesslog.LongestIncident {
				return misuse("--hours takes 1 to %d", int(accesslog.LongestIncident/time.Hour))
			}
			return withAccessLog(cmd.Context(), place, func(log *accesslog.Log) error {
				i, err := log.Incident(cmd.Context(), reason, commandLine, time.Now().Add(time.Duration(hours)*time.Hour))
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Declared: %s, until %s\n", i.ID, i.Until.Format(time.RFC3339))
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&reason, "reason", "", "what is seen, in a few words")
	cmd.Flags().IntVar(&hours, "hours", 24, "how long, at most 14 days")
	return cmd
}

func incidentEnd() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:     "end ID",
		Short:   "End an attack's declaration before its time",
		Example: "  kept accesslog incident end 4w2k0c1e5xq7m9s3v8b6d2r4ta --data ./kept-data",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAccessLog(cmd.Context(), place, func(log *accesslog.Log) error {
				return log.EndIncident(cmd.Context(), args[0], commandLine)
			})
		},
	}
	addPlace(cmd, &place)
	return cmd
}

func incidentList() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List declared attacks",
		Example: "  kept accesslog incident list --data ./kept-data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccessLog(cmd.Context(), place, func(log *accesslog.Log) error {
				all, err := log.Incidents(cmd.Context())
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tFROM\tUNTIL\tREASON")
				for _, i := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", i.ID, i.At.Format(time.RFC3339), i.Until.Format(time.RFC3339), i.Reason)
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	return cmd
}

func incidentAttackers() *cobra.Command {
	var place app.Place
	var most int
	cmd := &cobra.Command{
		Use:     "attackers ID",
		Short:   "Show the addresses with the most requests in a declared attack",
		Long:    "Shows full addresses. Looking at them is recorded in the ledger.",
		Example: "  kept accesslog incident attackers 4w2k0c1e5xq7m9s3v8b6d2r4ta --data ./kept-data",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAccessLog(cmd.Context(), place, func(log *accesslog.Log) error {
				found, err := log.Attackers(cmd.Context(), args[0], commandLine, most)
				if err != nil {
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ADDRESS\tREQUESTS")
				for _, x := range found {
					fmt.Fprintf(table, "%s\t%d\n", x.Address, x.Requests)
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().IntVar(&most, "most", 20, "how many addresses at most")
	return cmd
}
