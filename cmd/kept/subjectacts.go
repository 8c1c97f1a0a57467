package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	packages "kept/internal/duty/answer"
	"kept/internal/duty/rights"
	"kept/internal/store"
)

func subjectExport() *cobra.Command {
	var place app.Place
	var out format
	var file, right, lang, recipient, passphrase string
	cmd := &cobra.Command{
		Use:   "export WHO",
		Short: "Write a person's package: everything that is held, as a ZIP",
		Long: `Writes a ZIP with a page to read, JSON with its schema, CSV, vCard, iCalendar and
mbox where there is something for them, receipts of consents, and a manifest with
checksums. With --right portability: what the person provided under consent or a
contract. Encrypted with age to a public key, or to the passphrase in a file.
What is about other people is masked, and the package says so.`,
		Example: "  kept subject export ada@example.org --out ada.zip\n  kept subject export ada@example.org --right portability --out ada.zip.age --recipient age1…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return misuse("say with --out which file to write")
			}
			if right != string(rights.Access) && right != string(rights.Portability) {
				return misuse("--right takes access or portability")
			}
			if passphrase != "" {
				text, err := os.ReadFile(passphrase)
				if err != nil {
					return err
				}
				recipient = strings.TrimRight(string(text), "\r\n")
			}
			return withPerson(cmd.Context(), place, args[0], func(a *app.App, p rights.Person) error {
				if err := a.Looked(cmd.Context(), "subject.export", commandLine); err != nil {
					return err
				}
				pkg := packages.Package{Person: p, Right: rights.Right(right), Lang: lang, Recipient: recipient}
				sum, err := pack(cmd.Context(), a, file, pkg)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), sum)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Written         %s: %d files, %d rows, %d bytes\nMasked          %d places about other people\nSHA-256         %s\n",
					file, sum.Files, sum.Rows, sum.Bytes, sum.Masked, sum.SHA256)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	f := cmd.Flags()
	f.StringVar(&file, "out", "", "file to write; it must not exist")
	f.StringVar(&right, "right", string(rights.Access), "access or portability")
	f.StringVar(&lang, "lang", "en", "language of the page: de or en")
	f.StringVar(&recipient, "recipient", "", "public key of age that the package is encrypted to")
	f.StringVar(&passphrase, "passphrase-file", "", "file with a passphrase that the package is encrypted with")
	return cmd
}

// pack writes a package into a new file that the owner alone can read; one that is
// not whole is taken away.
func pack(ctx context.Context, a *app.App, name string, pkg packages.Package) (packages.Summary, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return packages.Summary{}, err
	}
	sum, err := packages.Open(a.Rights).Write(ctx, file, pkg)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(name) // not whole: it must not be handed out
	}
	return sum, err
}

func subjectRestrict() *cobra.Command {
	var place app.Place
	var reason string
	var dry bool
	cmd := &cobra.Command{
		Use:     "restrict WHO",
		Short:   "Keep a person's data from being used and from being deleted (Art. 18 GDPR)",
		Example: `  kept subject restrict ada@example.org --reason "accuracy disputed"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return misuse("say why with --reason")
			}
			return withPerson(cmd.Context(), place, args[0], func(a *app.App, p rights.Person) error {
				plan, err := a.Rights.Plan(cmd.Context(), p, rights.Restriction, rights.Wish{})
				if err != nil {
					return err
				}
				if dry {
					return writeParts(cmd.OutOrStdout(), plan.Parts, "Would")
				}
				done, err := carry(cmd.Context(), a, rights.Order{Person: p, Right: rights.Restriction, Wish: rights.Wish{Reason: reason}, Plan: plan})
				if err != nil {
					return err
				}
				return writeProgress(cmd.OutOrStdout(), asText, done)
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&reason, "reason", "", "why, in plain words: the person reads it")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be restricted, change nothing")
	return cmd
}

func subjectLift() *cobra.Command {
	var place app.Place
	var now bool
	cmd := &cobra.Command{
		Use:   "lift WHO",
		Short: "End a restriction, after the person was told",
		Long: `The person is told before a restriction ends (Art. 18(3) GDPR): it ends three days
after the letter. With --now it ends at once, because the person asked for that or
was told already.`,
		Example: "  kept subject lift ada@example.org\n  kept subject lift ada@example.org --now",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPerson(cmd.Context(), place, args[0], func(a *app.App, p rights.Person) error {
				for _, id := range p.Subjects {
					if err := lift(cmd.Context(), a, id, now); err != nil {
						return err
					}
				}
				said := "Lifted."
				if !now {
					said = "The person is told. The restriction ends on " + time.Now().Add(rights.Notice).UTC().Format("2006-01-02T15:04Z") + "."
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), said)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&now, "now", false, "end it at once")
	return cmd
}

func lift(ctx context.Context, a *app.App, id string, now bool) error {
	if now {
		return a.Rights.Lift(ctx, id)
	}
	return a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return a.Rights.LiftAfterNotice(ctx, tx, "command/"+store.NewID(), id)
	})
}

func subjectTold() *cobra.Command {
	var place app.Place
	var out format
	var tick string
	cmd := &cobra.Command{
		Use:   "told",
		Short: "List the recipients that are still to be told (Art. 19 GDPR), and what is done by hand in other systems",
		Long: `Recipients with a connection or an address (requests in the policy) are told by
themselves. What is listed waits for a person: tell the recipient, or do it in the
other system, then tick it off. A request is not answered before what it wants in
another system is ticked off. Exit code 1 while something waits.`,
		Example: "  kept subject told --data ./kept-data\n  kept subject told --tick 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := app.OpenStored(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer a.Close()
			if tick != "" {
				if err := a.Rights.Tick(cmd.Context(), tick, commandLine); err != nil {
					return err
				}
				_, err := a.Ledger.Sequence(cmd.Context())
				return err
			}
			open, err := a.Rights.Tellings(cmd.Context(), "")
			if err != nil {
				return err
			}
			if out == asJSON {
				err = writeAsJSON(cmd.OutOrStdout(), append([]rights.Informing{}, open...))
			} else {
				err = writeTellings(cmd.OutOrStdout(), open)
			}
			if err == nil && len(open) > 0 {
				return errFinding
			}
			return err
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().StringVar(&tick, "tick", "", "id of a recipient that was told")
	return cmd
}

func writeTellings(w io.Writer, open []rights.Informing) error {
	if len(open) == 0 {
		_, err := fmt.Fprintln(w, "Every recipient was told.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, i := range open {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.Since.UTC().Format(time.DateOnly), cmp.Or(i.System, i.Recipient), i.Right, i.Way, strings.Join(i.Fields, ", "))
	}
	return table.Flush()
}
