package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/account"
	"kept/internal/app"
)

func customerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "customer",
		Short: "Look at customers, note what expires, delete on request",
		Long: `Customers register at the portal, and people act for them there. These commands list
customers without the people, open one, note by hand when its subscription expires,
and delete everything of one that asked for it. Whoever opens one is noted in the
ledger. A customer is named by its id, or by the address of somebody who acts for it.`,
		Example: `  kept customer list --json
  kept customer show ada@firma.example
  kept customer expiry ada@firma.example 2026-12-31
  kept customer delete ada@firma.example --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(customerList(), customerShow(), customerExpiry(), customerDelete())
	return cmd
}

// withAccounts opens the accounts of an instance, also beside a serving one.
func withAccounts(ctx context.Context, place app.Place, f func(*account.Accounts) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	accounts, err := a.OpenAccounts(ctx)
	if err != nil {
		return err
	}
	if err := f(accounts); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

// customerLine is a customer for programs.
type customerLine struct {
	ID         string       `json:"id"`
	Registered string       `json:"registered,omitempty"`
	Since      time.Time    `json:"since"`
	Expires    time.Time    `json:"expires,omitzero"`
	Closed     time.Time    `json:"closed,omitzero"`
	Deletion   time.Time    `json:"deletion_asked,omitzero"`
	People     int          `json:"people"`
	Members    []memberLine `json:"members,omitempty"`
}

type memberLine struct {
	Email string    `json:"email"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
}

func lineOf(c account.Customer) customerLine {
	return customerLine{ID: c.ID, Registered: c.Registered, Since: c.Since, Expires: c.Expires, Closed: c.Closed, Deletion: c.Deletion, People: c.People}
}

func customerList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the customers, the latest first, without the people",
		Example: "  kept customer list --data ./kept-data\n  kept customer list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccounts(cmd.Context(), place, func(a *account.Accounts) error {
				all, count, err := a.List(cmd.Context())
				if err != nil {
					return err
				}
				lines := []customerLine{}
				for _, c := range all {
					lines = append(lines, lineOf(c))
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), lines)
				}
				return writeCustomers(cmd.OutOrStdout(), lines, count)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func writeCustomers(w io.Writer, all []customerLine, count int) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSINCE\tPEOPLE\tEXPIRES\tCLOSED\tDELETION ASKED FOR")
	for _, c := range all {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\n", c.ID, stamp(c.Since), c.People, stamp(c.Expires), stamp(c.Closed), stamp(c.Deletion))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if count > len(all) {
		_, err := fmt.Fprintf(w, "%d of %d are shown.\n", len(all), count)
		return err
	}
	return nil
}

func customerShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show CUSTOMER",
		Short:   "Open one customer with the people who act for it",
		Example: "  kept customer show ada@firma.example\n  kept customer show 4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAccounts(cmd.Context(), place, func(a *account.Accounts) error {
				id, err := a.Named(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				v, err := a.Look(cmd.Context(), id, commandLine)
				if err != nil {
					return err
				}
				line := lineOf(v.Customer)
				for _, m := range v.Members {
					line.Members = append(line.Members, memberLine{m.Email, string(m.Role), m.Since})
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), line)
				}
				return writeCustomer(cmd.OutOrStdout(), line)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func writeCustomer(w io.Writer, c customerLine) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Customer\t%s\nRegistered\t%s\nSince\t%s\nExpires\t%s\nClosed\t%s\nDeletion asked for\t%s\n\n", c.ID, c.Registered, stamp(c.Since), stamp(c.Expires), stamp(c.Closed), stamp(c.Deletion))
	for _, m := range c.Members {
		fmt.Fprintf(table, "%s\t%s\tsince %s\n", visible(m.Email), m.Role, stamp(m.Since))
	}
	return table.Flush()
}

func customerExpiry() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:   "expiry CUSTOMER DAY|none",
		Short: "Note by hand when a customer's subscription expires",
		Long: `Notes when the subscription of a customer expires, with every activity that serves
it: the policy's periods run from then on. none takes that back.`,
		Example: "  kept customer expiry ada@firma.example 2026-12-31\n  kept customer expiry ada@firma.example none",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			day := args[1]
			if day == "none" {
				day = ""
			} else if day == "" {
				return misuse("name a day like 2026-12-31, or none")
			}
			at, err := account.ParseDay(day)
			if err != nil {
				return misuse("%v", err)
			}
			return withAccounts(cmd.Context(), place, func(a *account.Accounts) error {
				id, err := a.Named(cmd.Context(), args[0])
				if err == nil {
					err = a.Expire(cmd.Context(), id, at, commandLine)
				}
				if err != nil {
					return err
				}
				say := "Customer " + id + " expires on " + args[1] + ".\n"
				if day == "" {
					say = "Customer " + id + " does not expire.\n"
				}
				_, err = fmt.Fprint(cmd.OutOrStdout(), say)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	return cmd
}

func customerDelete() *cobra.Command {
	var place app.Place
	var out format
	var trial bool
	cmd := &cobra.Command{
		Use:   "delete CUSTOMER",
		Short: "Delete everything of a customer that asked for it",
		Long: `Notes that a customer wants everything deleted, with every activity that serves it.
What the policy keeps no moment longer is gone at once, the rest when its time is
over. With --dry-run nothing is changed, and what other activities hold is not
counted.`,
		Example: "  kept customer delete ada@firma.example --dry-run\n  kept customer delete 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAccounts(cmd.Context(), place, func(a *account.Accounts) error {
				id, err := a.Named(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				gone, err := a.DeleteFor(cmd.Context(), id, commandLine, trial)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), map[string]any{"id": id, "deleted": gone, "dry_run": trial})
				}
				return writeGone(cmd.OutOrStdout(), gone, trial)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "say what would be deleted at once, and change nothing")
	return cmd
}

func writeGone(w io.Writer, gone []account.Gone, trial bool) error {
	var rows int64
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, g := range gone {
		rows += g.Rows
		fmt.Fprintf(table, "%s\t%d\n", g.Table, g.Rows)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	say := "%d rows of accounts were deleted at once.\n"
	if trial {
		say = "%d rows of accounts would be deleted at once. Nothing was changed.\n"
	}
	_, err := fmt.Fprintf(w, say, rows)
	return err
}
