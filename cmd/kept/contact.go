package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kept/internal/activity/contact"
	"kept/internal/app"
)

func contactCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "contact",
		Short: "Look at what people wrote, and conclude it",
		Long: `People write by the form or by mail; staff answers them from the console. These
commands list correspondences without the people, open one, conclude it and hand
it out. Whoever opens one is noted in the ledger.`,
		Example: `  kept contact list --json
  kept contact show 4w2k0c1e5xq7m9s3v8b6d2r4ta
  kept contact conclude 4w2k0c1e5xq7m9s3v8b6d2r4ta --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(contactList(), contactShow(), contactConclude(), contactExport())
	return cmd
}

// withContact opens the correspondence of an instance, also beside a serving one.
func withContact(ctx context.Context, place app.Place, f func(*contact.Correspondence) error) error {
	return withStored(ctx, place, (*app.App).OpenContact, f)
}

// listedContacts is how many correspondences the list shows.
const listedContacts = 10_000

func contactList() *cobra.Command {
	var place app.Place
	var out format
	var ended bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the correspondences, those that wait for an answer first, without the people",
		Example: "  kept contact list --data ./kept-data\n  kept contact list --concluded --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			shelf := contact.Standing
			if ended {
				shelf = contact.Ended
			}
			return withContact(cmd.Context(), place, func(c *contact.Correspondence) error {
				all, err := c.List(cmd.Context(), shelf, "", listedContacts)
				if err != nil {
					return err
				}
				if out == asJSON {
					if all == nil {
						all = []contact.Conversation{}
					}
					return writeAsJSON(cmd.OutOrStdout(), all)
				}
				return writeContacts(cmd.OutOrStdout(), c, all)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&ended, "concluded", false, "those that are concluded and still kept")
	return cmd
}

func writeContacts(w io.Writer, c *contact.Correspondence, all []contact.Conversation) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tACTIVITY\tBEGAN\tLATEST\tMESSAGES\tSTATE\tENDS")
	for _, v := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", v.ID, v.Activity, stamp(v.Opened), stamp(v.Latest), v.Messages, contactState(v), stamp(c.Ends(v)))
	}
	return table.Flush()
}

func contactState(v contact.Conversation) string {
	switch {
	case !v.Requested.IsZero():
		return "deletion asked for"
	case !v.Concluded.IsZero():
		return "concluded"
	case v.Waits:
		return "waits"
	}
	return "answered"
}

func contactShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Open a correspondence; the ledger notes that somebody did",
		Example: "  kept contact show 4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withContact(cmd.Context(), place, func(c *contact.Correspondence) error {
				v, err := c.Look(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), v)
				}
				return writeContact(cmd.OutOrStdout(), v)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

// writeContact writes a correspondence as text. What a stranger wrote could steer a
// terminal, so controls are shown, not sent.
func writeContact(w io.Writer, v contact.View) error {
	var b strings.Builder
	line := func(head, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-12s%s\n", head, text)
		}
	}
	line("Activity", v.Activity)
	line("State", contactState(v.Conversation))
	if v.Restricted {
		line("Restricted", "what was written is kept and not shown")
	}
	line("Name", strings.TrimSpace(v.First+" "+v.Last))
	line("E-mail", v.Email)
	line("Phone", v.Phone)
	line("Company", v.Company)
	line("Subject", v.Title)
	for _, m := range v.Written {
		who := "From the person"
		if m.Way == contact.FromUs {
			who = "From us"
		}
		fmt.Fprintf(&b, "\n%s, %s\n%s\n", who, stamp(m.At), m.Text)
		for _, f := range m.Files {
			fmt.Fprintf(&b, "[%s, %s, %d bytes]\n", f.Name, f.Type, f.Size)
		}
	}
	for _, n := range v.Notes {
		fmt.Fprintf(&b, "\nNote, %s\n%s\n", stamp(n.At), n.Text)
	}
	_, err := io.WriteString(w, visible(b.String()))
	return err
}
