package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/activity/subscription"
	"kept/internal/app"
)

func subscriptionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "subscription",
		Short: "See what customers have subscribed to, take note of payments, hand out invoices",
		Long: `Customers subscribe at the portal. What can be subscribed to stands in the price
list (kept serve --plans FILE), which data that takes and how long it is kept in
the policy. Invoices are numbered without gaps and never change: one that is wrong
is cancelled by another.`,
		Example: `  kept subscription list
  kept subscription pay R2027-0012 --on 2027-03-02
  kept subscription export --from 2027-01-01 --to 2027-03-31 > invoices.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(subscriptionList(), subscriptionShow(), subscriptionCancel(), subscriptionInvoice(), subscriptionPay(), subscriptionExport())
	return cmd
}

// withSubscriptions opens the subscriptions of an instance, also beside a serving one.
func withSubscriptions(ctx context.Context, place app.Place, f func(*subscription.Office) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	o, err := a.OpenSubscriptions(ctx)
	if err != nil {
		return err
	}
	if err := f(o); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

func subscriptionList() *cobra.Command {
	var place app.Place
	var out format
	var waiting bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List subscriptions, or the invoices that wait for money, without the names of customers",
		Example: "  kept subscription list --data ./kept-data\n  kept subscription list --unpaid --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withSubscriptions(cmd.Context(), place, func(o *subscription.Office) error {
				if waiting {
					return listUnpaid(cmd, o, out)
				}
				all, err := o.List(cmd.Context())
				if err != nil {
					return err
				}
				if out == asJSON {
					if all == nil {
						all = []subscription.Line{}
					}
					return writeAsJSON(cmd.OutOrStdout(), all)
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tPLAN\tSTATE\tPAYS BY\tBEGUN\tTERM UNTIL\tEXPIRES")
				for _, l := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, dash(l.Plan), l.State, dash(l.PayBy), onDay(l.Begun), onDay(l.Until), onDay(l.Expires))
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&waiting, "unpaid", false, "list the invoices that wait for money, the oldest first")
	return cmd
}

func listUnpaid(cmd *cobra.Command, o *subscription.Office, out format) error {
	all, err := o.Waiting(cmd.Context())
	if err != nil {
		return err
	}
	if out == asJSON {
		if all == nil {
			all = []subscription.Bill{}
		}
		return writeAsJSON(cmd.OutOrStdout(), all)
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NUMBER\tDATE\tDUE\tAMOUNT\tREMINDED")
	for _, b := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", b.Number, onDay(b.At), onDay(b.Due), b.Gross.Plain()+" "+b.Currency, b.Reminded)
	}
	return table.Flush()
}

func onDay(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

func subscriptionShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a subscription with its orders and invoices; the look is recorded in the ledger",
		Example: "  kept subscription show 4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSubscriptions(cmd.Context(), place, func(o *subscription.Office) error {
				s, orders, bills, err := o.Look(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), map[string]any{"subscription": s, "orders": orders, "invoices": bills})
				}
				if s.Restricted {
					fmt.Fprintln(cmd.OutOrStdout(), "This customer's data is restricted; whose subscription it is is not shown until the restriction ends.")
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, line := range [][2]string{{"Subscription", s.ID}, {"Plan", s.Plan}, {"Pays by", s.PayBy}, {"Begun", onDay(s.Begun)}, {"Term until", onDay(s.PaidUntil)}, {"Expires", onDay(s.Expires)},
					{"Company", s.Company}, {"Name", s.Name}, {"Street", s.Address.Street}, {"Town", s.Address.City}, {"Country", s.Address.Country}, {"Tenant", s.Tenant},
					{"Registered", s.Registered}, {"Invoices to", s.Billing}, {"VAT number", s.VATID}} {
					if line[1] != "" && line[1] != "-" {
						fmt.Fprintf(table, "%s\t%s\n", line[0], line[1])
					}
				}
				for _, b := range bills {
					fmt.Fprintf(table, "Invoice\t%s\t%s\t%s\n", b.Number, onDay(b.At), b.Gross.Plain()+" "+b.Currency)
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func subscriptionCancel() *cobra.Command {
	var place app.Place
	var trial bool
	cmd := &cobra.Command{
		Use:     "cancel ID",
		Short:   "Cancel a subscription to the end of its term; the serving process does it and writes to the customer",
		Example: "  kept subscription cancel 4w2k0c1e5xq7m9s3v8b6d2r4ta --dry-run",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSubscriptions(cmd.Context(), place, func(o *subscription.Office) error {
				s, err := o.CancelLater(cmd.Context(), args[0], trial)
				if err != nil {
					return err
				}
				what := "It ends on %s; the serving process writes to the customer.\n"
				if trial {
					what = "It would end on %s.\n"
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), what, onDay(s.PaidUntil))
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "only say when it would end")
	return cmd
}

func subscriptionInvoice() *cobra.Command {
	var place app.Place
	var file string
	var cancel, anew, trial bool
	cmd := &cobra.Command{
		Use:     "invoice NUMBER",
		Short:   "Write an invoice to a file, cancel it by another, or write it anew; all are recorded in the ledger",
		Example: "  kept subscription invoice R2027-0012 --out R2027-0012.pdf\n  kept subscription invoice R2027-0012 --out R2027-0012.xml\n  kept subscription invoice R2027-0012 --cancel --dry-run\n  kept subscription invoice R2027-0012 --anew",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if anew && file != "" || (cancel || anew) == (file != "") {
				return misuse("name a file with --out, or --cancel the invoice, or write it --anew")
			}
			return withSubscriptions(cmd.Context(), place, func(o *subscription.Office) error {
				if anew {
					b, err := o.RewriteLater(cmd.Context(), args[0], commandLine, trial)
					if err != nil {
						return err
					}
					say := "The serving process cancels %s and writes it anew; the customer gets both by mail.\n"
					if trial {
						say = "%s would be cancelled and written anew.\n"
					}
					_, err = fmt.Fprintf(cmd.OutOrStdout(), say, b.Number)
					return err
				}
				if cancel && !trial {
					b, err := o.CancelBill(cmd.Context(), args[0], commandLine)
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is cancelled by %s, %s.\n", args[0], b.Number, b.Gross.Plain()+" "+b.Currency)
					return err
				}
				b, err := o.Invoice(cmd.Context(), args[0], commandLine)
				if err != nil {
					return err
				}
				if cancel {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s would be cancelled: %s.\n", b.Number, b.Gross.Plain()+" "+b.Currency)
					return err
				}
				form := subscription.AsPDF
				if filepath.Ext(file) == ".xml" {
					form = subscription.AsXML
				}
				as, err := b.As(form)
				if err != nil {
					return err
				}
				return os.WriteFile(file, as.Data, 0o600)
			})
		},
	}
	addPlace(cmd, &place)
	f := cmd.Flags()
	f.StringVar(&file, "out", "", "file to write the invoice to: PDF, or the e-invoice (EN 16931) if its name ends in .xml")
	f.BoolVar(&cancel, "cancel", false, "cancel it by another invoice, which the customer gets by mail")
	f.BoolVar(&anew, "anew", false, "have the serving process cancel it and write it anew with the customer's present details; the customer gets both by mail")
	f.BoolVar(&trial, "dry-run", false, "with --cancel or --anew: only say what would be cancelled")
	return cmd
}

func subscriptionPay() *cobra.Command {
	var place app.Place
	var on string
	cmd := &cobra.Command{
		Use:     "pay NUMBER",
		Short:   "Note that an invoice was paid",
		Example: "  kept subscription pay R2027-0012\n  kept subscription pay R2027-0012 --on 2027-03-02",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at := time.Now()
			if on != "" {
				var err error
				if at, err = subscription.DayOf(on); err != nil {
					return misuse("--on takes a day like 2027-03-02")
				}
			}
			return withSubscriptions(cmd.Context(), place, func(o *subscription.Office) error {
				if err := o.Pay(cmd.Context(), args[0], at, commandLine); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "Noted that %s was paid on %s.\n", args[0], at.Format(time.DateOnly))
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&on, "on", "", "day of the payment (default: now)")
	return cmd
}

func subscriptionExport() *cobra.Command {
	var place app.Place
	var from, to, archive string
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the invoices of some days as CSV or with all their files, for the accountant; that is recorded in the ledger",
		Example: "  kept subscription export --from 2027-01-01 --to 2027-12-31 > invoices.csv\n  kept subscription export --from 2027-01-01 --to 2027-01-31 --zip january.zip",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			first, err := subscription.DayOf(from)
			last, err2 := subscription.DayOf(to)
			if err != nil || err2 != nil {
				return misuse("--from and --to take days like 2027-01-01")
			}
			return withSubscriptions(cmd.Context(), place, func(o *subscription.Office) error {
				if archive == "" {
					_, err := o.Export(cmd.Context(), cmd.OutOrStdout(), first, last.AddDate(0, 0, 1), commandLine)
					return err
				}
				var all bytes.Buffer
				n, err := o.Archive(cmd.Context(), &all, first, last.AddDate(0, 0, 1), commandLine)
				if err != nil {
					return err
				}
				if err := os.WriteFile(archive, all.Bytes(), 0o600); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d invoices are in %s.\n", n, archive)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&from, "from", "", "first day")
	cmd.Flags().StringVar(&to, "to", "", "last day")
	cmd.Flags().StringVar(&archive, "zip", "", "file to write a ZIP to: the table, and each invoice as PDF and e-invoice")
	return cmd
}
