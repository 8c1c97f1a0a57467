package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kept/internal/activity/newsletter"
	"kept/internal/app"
	"kept/internal/fault"
	"kept/internal/policy"
)

func newsletterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "newsletter",
		Short: "Keep the newsletters: subscribers with their proof, lists, import and export",
		Long: `Who ordered a newsletter, how that can be proven, and how it ended. A policy can
have several entries of the kind; without --activity the first is meant. What
staff opens about a person goes into the ledger.`,
		Example: `  kept newsletter list
  kept newsletter import contacts.csv --zone Europe/Berlin --dry-run
  kept newsletter export --format json > subscribers.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newsletterList(), newsletterShow(), newsletterImport(), newsletterExport(), newsletterRemove(), campaignCommand())
	return cmd
}

// withNewsletter opens the newsletters of an instance, also beside a serving one.
func withNewsletter(ctx context.Context, place app.Place, f func(*newsletter.Newsletter) error) error {
	return withStored(ctx, place, (*app.App).OpenNewsletter, f)
}

// addActivity adds the flag that names an entry of the policy.
func addActivity(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "activity", "", "key of the activity in the policy (default: the first newsletter)")
}

// newsletterState is what newsletter list tells of an entry.
type newsletterState struct {
	Activity string               `json:"activity"`
	Standing int64                `json:"standing"`
	Waiting  int64                `json:"waiting"`
	Ended    int64                `json:"ended_with_proof"`
	Lists    []newsletter.List    `json:"lists"`
	Segments []newsletter.Segment `json:"segments"`
	Months   []newsletter.Month   `json:"months"`
}

func newsletterList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the newsletters with their lists, segments and numbers, without the names of people",
		Example: "  kept newsletter list --data ./kept-data\n  kept newsletter list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				all := []newsletterState{}
				for _, a := range n.Entered() {
					s, err := newsletterNow(cmd.Context(), n, a)
					if err != nil {
						return err
					}
					all = append(all, s)
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), all)
				}
				return writeNewsletters(cmd.OutOrStdout(), all)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func newsletterNow(ctx context.Context, n *newsletter.Newsletter, a *policy.Activity) (s newsletterState, err error) {
	s = newsletterState{Activity: a.Key, Lists: []newsletter.List{}, Segments: []newsletter.Segment{}, Months: []newsletter.Month{}}
	if s.Standing, s.Waiting, s.Ended, err = n.Counts(ctx, a); err != nil {
		return s, err
	}
	lists, err := n.Lists(ctx, a)
	if err != nil {
		return s, err
	}
	segments, err := n.Segments(ctx, a)
	if err != nil {
		return s, err
	}
	months, err := n.Months(ctx, a, 100)
	s.Lists, s.Segments, s.Months = append(s.Lists, lists...), append(s.Segments, segments...), append(s.Months, months...)
	return s, err
}

func writeNewsletters(w io.Writer, all []newsletterState) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ACTIVITY\tWHAT\tNAME\tPEOPLE")
	for _, s := range all {
		fmt.Fprintf(table, "%s\tsubscribers\t-\t%d\n", s.Activity, s.Standing)
		fmt.Fprintf(table, "%s\twaiting\t-\t%d\n", s.Activity, s.Waiting)
		fmt.Fprintf(table, "%s\tended, proof kept\t-\t%d\n", s.Activity, s.Ended)
		for _, l := range s.Lists {
			fmt.Fprintf(table, "%s\tlist\t%s\t%d\n", s.Activity, l.Name, l.People)
		}
		for _, g := range s.Segments {
			fmt.Fprintf(table, "%s\tsegment\t%s\t-\n", s.Activity, g.Name)
		}
	}
	return table.Flush()
}

func newsletterShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show ADDRESS",
		Short:   "Show the proofs of consent that are kept of an address",
		Long:    "Shows how an address came to the newsletter and how that ended. That it was looked at goes into the ledger.",
		Example: "  kept newsletter show ada@example.org\n  kept newsletter show ada@example.org --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				proofs, err := n.Look(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), append([]newsletter.Proof{}, proofs...))
				}
				for _, p := range proofs {
					writeProof(cmd.OutOrStdout(), p)
				}
				if len(proofs) == 0 {
					return fault.New(fault.NotFound, "nothing is held of this address")
				}
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func writeProof(w io.Writer, p newsletter.Proof) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-14s %s\n", name, value)
		}
	}
	line("activity", p.Activity)
	if p.Restricted {
		line("restricted", "kept, and not shown until the restriction ends")
	}
	line("address", p.Address)
	line("signed up", stamp(p.SignedUp)+" "+p.SignedUpIP)
	line("by", p.Source)
	line("taken from", p.Origin)
	line("confirmed", stamp(p.Confirmed)+" "+p.ConfirmedIP)
	line("leaf", p.ConfirmedLeaf)
	line("text", p.Text)
	if p.SoldWhat != "" {
		line("bought", stamp(p.Sold)+" "+p.SoldWhat)
		line("told", p.Told)
	}
	for _, c := range p.Changes {
		line("changed", fmt.Sprintf("%s %s %v", stamp(c.At), c.IP, c.Fields))
	}
	line("unsubscribed", stamp(p.Unsubscribed)+" "+p.UnsubscribedBy)
	fmt.Fprintln(w)
}

func newsletterRemove() *cobra.Command {
	var place app.Place
	var out format
	var activity string
	var dry bool
	cmd := &cobra.Command{
		Use:   "remove ADDRESS",
		Short: "Unsubscribe somebody who asked for it by letter or call",
		Long: `Ends the subscription of an address as its own link would: the details are
deleted at once, the proof is kept as long as the policy says, and the address
stays barred without being kept.`,
		Example: "  kept newsletter remove ada@example.org --dry-run\n  kept newsletter remove ada@example.org",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withNewsletter(cmd.Context(), place, func(n *newsletter.Newsletter) error {
				a, err := n.Entry(activity)
				if err != nil {
					return err
				}
				ended, err := n.Remove(cmd.Context(), a, args[0], dry)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), map[string]any{"activity": a.Key, "subscribed": ended, "done": ended && !dry})
				}
				switch {
				case !ended:
					fmt.Fprintln(cmd.OutOrStdout(), "No subscription of this address stands; nothing changed.")
				case dry:
					fmt.Fprintln(cmd.OutOrStdout(), "The subscription would end. Nothing was changed.")
				default:
					fmt.Fprintln(cmd.OutOrStdout(), "The subscription has ended.")
				}
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	addActivity(cmd, &activity)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say whether a subscription would end, and change nothing")
	return cmd
}
