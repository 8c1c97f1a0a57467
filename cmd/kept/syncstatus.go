package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/contactsync"
	"kept/internal/app"
	"kept/internal/i18n"
)

// syncState is how a synchronisation stands, for programs.
type syncState struct {
	Next    time.Time          `json:"next"` // zero: by hand
	Failed  int64              `json:"failed"`
	Problem string             `json:"problem,omitempty"`
	Runs    []contactsync.Past `json:"runs"`

	Mailboxes []contactsync.BoxState `json:"mailboxes,omitempty"`
}

func syncStatus() *cobra.Command {
	var place app.Place
	var out format
	var boxes bool
	cmd := &cobra.Command{
		Use:     "status ID",
		Short:   "Show the latest runs and what went wrong in them",
		Example: "  kept sync status 3f2a…\n  kept sync status 3f2a… --mailboxes --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				s, err := y.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				past, err := y.History(cmd.Context(), args[0], 20)
				if err != nil {
					return err
				}
				var states []contactsync.BoxState
				if boxes {
					if states, err = y.Mailboxes(cmd.Context(), args[0]); err != nil {
						return err
					}
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), syncState{Next: s.Next, Failed: s.Failed, Problem: s.Problem, Runs: append([]contactsync.Past{}, past...), Mailboxes: states})
				}
				if boxes {
					return printBoxes(cmd, states)
				}
				next := "by hand"
				if !s.Next.IsZero() {
					next = stamp(s.Next)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Next run: %s\n", next)
				if s.Failed > 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "Failed %d times in a row: %s\n", s.Failed, i18n.T(i18n.English, "sync.remedy."+s.Problem))
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "BEGUN\tWHAT\tSTATE\tMAILBOXES\tCREATED\tUPDATED\tREMOVED\tPROBLEMS")
				for _, p := range past {
					fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", stamp(p.Begun), p.Mode, p.State, p.Count.Mailboxes, p.Count.Creates, p.Count.Updates, p.Count.Deletes, len(p.Problems))
				}
				if err := table.Flush(); err != nil || len(past) == 0 {
					return err
				}
				return printRemedies(cmd, y, args[0], past[0].Problems)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&boxes, "mailboxes", false, "show how each mailbox stands, those that fail first")
	return cmd
}

func printBoxes(cmd *cobra.Command, all []contactsync.BoxState) error {
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MAILBOX\tTARGET\tCONTACTS\tWRITTEN TO\tPROBLEM")
	for _, b := range all {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", b.Address, b.Target, b.Contacts, stamp(b.Ran), orDash(b.Problem))
	}
	return table.Flush()
}
