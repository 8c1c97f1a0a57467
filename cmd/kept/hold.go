package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/store"
	"kept/internal/subject"
)

func holdCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hold",
		Short: "Suspend deletions for a lawsuit, an audit, a claim; see and end what is suspended",
		Example: "  kept hold list --data ./kept-data\n" +
			"  kept hold set ada@example.org --ground limitation --until 2029-12-31\n  kept hold lift 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(holdSet(), holdList(), holdLift())
	return cmd
}

// withHolds opens the instance.
func withHolds(ctx context.Context, place app.Place, f func(*app.App) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := f(a); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

func holdSet() *cobra.Command {
	var place app.Place
	var out format
	h := subject.Hold{By: "command line"}
	var until string
	var dry bool
	cmd := &cobra.Command{
		Use:   "set [WHO]",
		Short: "Suspend deletions: of one person, or of everybody",
		Long: `Nothing that a hold covers is deleted until it ends, neither by a rule nor by an
erasure; the person is told so. It has a reason and an end. Where the policy names
grounds (holds), it rests on one of them and ends within its time. Without WHO it
is for everybody; --activity and --rule narrow it.`,
		Example: "  kept hold set ada@example.org --ground limitation --until 2029-12-31\n  kept hold set --activity newsletter --rule newsletter/proof/unsubscribe --reason \"LG Wiesbaden 4 O 12/26\" --until 2027-06-30",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := time.Parse(time.DateOnly, until); err != nil {
				return misuse("--until takes a day like 2029-12-31")
			}
			return withHolds(cmd.Context(), place, func(a *app.App) error {
				day, err := time.ParseInLocation(time.DateOnly, until, a.InForce.Now().Zone())
				if err != nil {
					return misuse("--until takes a day like 2029-12-31")
				}
				h.Until = day.AddDate(0, 0, 1) // to the end of that day
				if len(args) == 1 {
					p, err := a.Person(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					h.Subject = p.Subjects[0]
				}
				var id string
				err = a.DB.Write(cmd.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
					if id, err = a.Rights.Hold(ctx, tx, h); err == nil && dry {
						err = errRolledBack
					}
					return err
				})
				if dry && errors.Is(err, errRolledBack) {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), "Would be placed; nothing was.")
					return err
				}
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), struct {
						ID string `json:"id"`
					}{id})
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Placed          %s, until the end of %s\n", id, until)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.StringVar(&h.Activity, "activity", "", "key of the activity; all unless given")
	f.StringVar(&h.Rule, "rule", "", "id of a retention rule of the activity; all unless given")
	f.StringVar(&h.Ground, "ground", "", "key of the policy's holds that it rests on")
	f.StringVar(&h.Reason, "reason", "", "why, in plain words (default: as the ground says)")
	f.StringVar(&until, "until", "", "last day of the hold, YYYY-MM-DD")
	f.BoolVar(&dry, "dry-run", false, "check it, and place nothing")
	return cmd
}

// listedHold is a hold as list prints it.
type listedHold struct {
	ID       string    `json:"id"`
	Person   string    `json:"person,omitempty"` // subject id; empty: everybody
	Activity string    `json:"activity,omitempty"`
	Rule     string    `json:"rule,omitempty"`
	Ground   string    `json:"ground,omitempty"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until"`
}

func holdList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the holds that stand, the oldest first",
		Example: "  kept hold list --data ./kept-data\n  kept hold list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withHolds(cmd.Context(), place, func(a *app.App) error {
				holds, err := a.Subjects.Holds(cmd.Context())
				if err != nil {
					return err
				}
				if out == asJSON {
					all := make([]listedHold, len(holds))
					for i, h := range holds {
						all[i] = listedHold{h.ID, h.Subject, h.Activity, h.Rule, h.Ground, h.Reason, h.By, h.Since, h.Until}
					}
					return writeAsJSON(cmd.OutOrStdout(), all)
				}
				if len(holds) == 0 {
					_, err := fmt.Fprintln(cmd.OutOrStdout(), "No deletion is suspended.")
					return err
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, h := range holds {
					fmt.Fprintf(table, "%s\t%s days\tuntil %s\t%s\t%s\t%s\n", h.ID, days(h.Since), h.Until.Add(-time.Millisecond).In(a.InForce.Now().Zone()).Format(time.DateOnly),
						cmp.Or(h.Subject, "everybody"), cmp.Or(h.Rule, h.Activity, "everything"), h.Reason)
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func days(since time.Time) string { return fmt.Sprint(int(time.Since(since).Hours() / 24)) }

func holdLift() *cobra.Command {
	var place app.Place
	var dry bool
	cmd := &cobra.Command{
		Use:     "lift ID",
		Short:   "End a hold before its time; what waited for it is deleted",
		Example: "  kept hold lift 4w2k0c1e5xq7m9s3v8b6d2r4ta --data ./kept-data",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withHolds(cmd.Context(), place, func(a *app.App) error {
				err := a.DB.Write(cmd.Context(), func(ctx context.Context, tx *store.Tx) error {
					if err := a.Subjects.LiftHold(ctx, tx, args[0], "command line"); err != nil {
						return err
					}
					if dry {
						return errRolledBack
					}
					return nil
				})
				said := "Lifted. What waited for it goes with the next run."
				if dry && errors.Is(err, errRolledBack) {
					said, err = "Would be lifted; it stands.", nil
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say whether it would be lifted, and leave it")
	return cmd
}

// errRolledBack takes a trial back.
var errRolledBack = errors.New("a trial")
