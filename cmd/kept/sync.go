package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kept/internal/activity/contactsync"
	"kept/internal/app"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/vault"
)

func syncCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Keep a directory's contacts in mailboxes up to date",
		Long: `Contacts of a directory appear in the mailboxes that a customer chose, and follow
the directory. Only contacts that Kept wrote are ever changed or removed: each
carries a mark, and what bears none is left alone.

A file says which systems there are, where contacts come from and where they go:
see docs/guide/contact-sync.md.`,
		Example: `  kept sync set-up muster.yaml
  kept sync probe 3f2a…
  kept sync plan 3f2a… --data ./kept-data
  kept sync run 3f2a…
  kept sync verify 3f2a…
  kept sync undo 3f2a…`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(syncSetUp(), syncList(), syncProbe(), syncScript(), syncPlan(), syncRun(), syncVerify(), syncUndo(), syncStatus(), syncRemove())
	return cmd
}

// withSync opens the synchronisations of an instance, also beside a serving one.
func withSync(ctx context.Context, place app.Place, f func(*contactsync.Synchroniser) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	y, err := a.OpenSync(ctx)
	if err != nil {
		return err
	}
	if err := f(y); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

func syncSetUp() *cobra.Command {
	var place app.Place
	var activity string
	var trial bool
	cmd := &cobra.Command{
		Use:   "set-up FILE",
		Short: "Store a synchronisation, or put it in place of the customer's one of the same name",
		Long: `Reads a set-up file, checks it against the policy and stores it sealed. Passwords
stand in files that the set-up names (password_file), relative to it; they are not
needed any more afterwards.`,
		Example: "  kept sync set-up muster.yaml --dry-run\n  kept sync set-up muster.yaml --data ./kept-data",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSetup(args[0])
			if err != nil {
				return err
			}
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				if trial {
					if err := y.Fits(activity, s); err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%s fits the policy; nothing was stored.\n", s)
					return nil
				}
				id, err := y.Set(cmd.Context(), activity, s)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is set up as %s. Next: kept sync plan %s\n", s, id, id)
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&activity, "activity", "", "key of the policy's entry, if it has several of this kind")
	cmd.Flags().BoolVar(&trial, "dry-run", false, "check the file and store nothing")
	return cmd
}

// readSetup reads a set-up file with the passwords that it names.
func readSetup(file string) (contactsync.Setup, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return contactsync.Setup{}, fault.New(fault.Invalid, "the set-up cannot be read: %w", err)
	}
	s, err := contactsync.ReadSetup(file, text)
	if err != nil {
		return s, err
	}
	for key, c := range s.Connections {
		for path, into := range map[string]*vault.Secret{c.PasswordFile: &c.Password, c.CertificateFile: &c.Certificate} {
			if path == "" {
				continue
			}
			if !filepath.IsAbs(path) {
				path = filepath.Join(filepath.Dir(file), path)
			}
			secret, err := os.ReadFile(path)
			if err != nil {
				return s, fault.New(fault.Invalid, "%s: connections.%s: the file with its password or certificate cannot be read: %w", file, key, err)
			}
			*into = vault.NewSecret(strings.TrimRight(string(secret), "\r\n"))
		}
		s.Connections[key] = c
	}
	return s, nil
}

func syncList() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the synchronisations",
		Example: "  kept sync list\n  kept sync list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				all, err := y.List(cmd.Context())
				if err != nil {
					return err
				}
				if out == asJSON {
					if all == nil {
						all = []contactsync.Sync{}
					}
					return writeAsJSON(cmd.OutOrStdout(), all)
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tCUSTOMER\tNAME\tSET UP\tEXPIRES\tEVERY\tNEXT RUN")
				for _, s := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Setup.Customer, s.Setup.Name, stamp(s.Made), stamp(s.Expires), orDash(s.Setup.Every), stamp(s.Next))
				}
				return table.Flush()
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func syncPlan() *cobra.Command {
	var place app.Place
	var out format
	var old bool
	cmd := &cobra.Command{
		Use:   "plan ID",
		Short: "Show what a run would change, and how long it would take",
		Long: `Reads the sources and compares them with what Kept wrote. It changes nothing in a
mailbox and does not call one. Exit code 1 if the brake would stop the run.`,
		Example: "  kept sync plan 3f2a…\n  kept sync plan 3f2a… --as-read --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				p, err := y.Plan(cmd.Context(), args[0], contactsync.Options{Fresh: !old})
				if err != nil {
					return err
				}
				if out == asJSON {
					err = writeAsJSON(cmd.OutOrStdout(), p)
				} else {
					err = p.Write(cmd.OutOrStdout())
				}
				if err == nil && p.Brake != nil {
					err = errFinding
				}
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&old, "as-read", false, "use the sources as they were read last")
	return cmd
}

func syncRun() *cobra.Command {
	var place app.Place
	var out format
	var o contactsync.Options
	var trial bool
	cmd := &cobra.Command{
		Use:   "run ID",
		Short: "Read the sources and bring the mailboxes up to date",
		Long: `A run that is interrupted goes on where it stopped when it is started again; no
contact is written twice. A mailbox that cannot be reached keeps no other waiting.
A run that would remove more than the policy's brake allows does nothing until it
is started with --confirm.`,
		Example: "  kept sync run 3f2a…\n  kept sync run 3f2a… --confirm\n  kept sync run 3f2a… --dry-run",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				o.Fresh = true
				if trial {
					p, err := y.Plan(cmd.Context(), args[0], o)
					if err != nil {
						return err
					}
					return p.Write(cmd.OutOrStdout())
				}
				b := progress("Mailboxes")
				o.Progress = b.set
				r, err := y.Run(cmd.Context(), args[0], o)
				b.finish()
				return printResult(cmd, out, y, args[0], r, err)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&o.Confirmed, "confirm", false, "remove contacts although the brake would stop the run")
	cmd.Flags().BoolVar(&trial, "dry-run", false, "show what would be done, as plan does")
	return cmd
}

func syncUndo() *cobra.Command {
	var place app.Place
	var out format
	var trial bool
	cmd := &cobra.Command{
		Use:   "undo ID",
		Short: "Remove what Kept wrote from every mailbox, and nothing else",
		Long: `Looks into each mailbox for contacts that bear this synchronisation's mark, and
removes those. What people typed themselves stays.`,
		Example: "  kept sync undo 3f2a… --dry-run\n  kept sync undo 3f2a…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				if trial {
					n, boxes, err := y.Written(cmd.Context(), args[0])
					if err == nil {
						fmt.Fprintf(cmd.OutOrStdout(), "%d contacts in %d mailboxes would be removed.\n", n, boxes)
					}
					return err
				}
				b := progress("Mailboxes")
				r, err := y.Undo(cmd.Context(), args[0], contactsync.Options{Progress: b.set})
				b.finish()
				return printResult(cmd, out, y, args[0], r, err)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "count what would be removed")
	return cmd
}

// printResult writes what became of a run, and what is to be done about problems.
func printResult(cmd *cobra.Command, out format, y *contactsync.Synchroniser, id string, r contactsync.Result, err error) error {
	if r.State != "" {
		write := func() error {
			if out == asJSON {
				return writeAsJSON(cmd.OutOrStdout(), r)
			}
			if err := r.Write(cmd.OutOrStdout()); err != nil {
				return err
			}
			return printRemedies(cmd, y, id, r.Problems)
		}
		if err := write(); err != nil {
			return err
		}
	}
	if err == nil && len(r.Problems) > 0 {
		return errFinding
	}
	return err
}

// printRemedies writes what is to be done about problems of a synchronisation.
func printRemedies(cmd *cobra.Command, y *contactsync.Synchroniser, id string, problems []contactsync.BoxProblem) error {
	s, err := y.Get(cmd.Context(), id)
	if err != nil {
		return err
	}
	remedies, err := y.Remedies(cmd.Context(), s, problems, i18n.English)
	if err != nil {
		return err
	}
	return contactsync.WriteRemedies(cmd.OutOrStdout(), remedies)
}
