package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/request"
	"kept/internal/duty/rights"
)

// act is what the commands that do something to a case have in common.
type act struct {
	place app.Place
	out   format
	trial bool
}

// acting adds the flags of a command that does something to a case.
func acting(cmd *cobra.Command, a *act) {
	addPlace(cmd, &a.place)
	addFormat(cmd, &a.out, asText, asJSON)
	cmd.Flags().BoolVar(&a.trial, "dry-run", false, "say where the request would stand, and change nothing")
}

// on does something to a case, or tries it, and says where it stands then.
func (a *act) on(cmd *cobra.Command, f func(ctx context.Context, d *request.Desk) (request.Case, error)) error {
	return withRequests(cmd.Context(), a.place, func(d *request.Desk) error {
		is := "is"
		if a.trial {
			d, is = d.Trial(), "would be"
		}
		c, err := f(cmd.Context(), d)
		if err != nil {
			return err
		}
		if a.out == asJSON {
			return writeAsJSON(cmd.OutOrStdout(), c)
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s.\n", c.Number, is, c.State)
		return err
	})
}

func requestClassify() *cobra.Command {
	var a act
	var all []string
	var activity string
	cmd := &cobra.Command{
		Use:   "classify NUMBER",
		Short: "Say which rights a request is about, as a person read it",
		Long: `For a request that came in words, or that means something else than was ticked.
What it asked for before is replaced, and the plan is made anew. Rights are
` + rightsWords(request.Rights()) + `.`,
		Example: "  kept request classify 7K3M-9QXD --right access --right erasure\n  kept request classify 7K3M-9QXD --right objection --activity newsletter",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var asked []rights.Right
			for _, r := range all {
				asked = append(asked, rights.Right(r))
			}
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) {
				return d.Classify(ctx, args[0], asked, activity, commandLine)
			})
		},
	}
	acting(cmd, &a)
	cmd.Flags().StringArrayVar(&all, "right", nil, "what is asked for (again for each)")
	cmd.Flags().StringVar(&activity, "activity", "", "what an objection or a withdrawal is about: a key of the policy")
	return cmd
}

func requestCorrect() *cobra.Command {
	var a act
	var x rights.Correction
	cmd := &cobra.Command{
		Use:   "correct NUMBER",
		Short: "Enter a correction that a request for rectification wants",
		Long: `Enters which value is wrong and what is right, as a person read it out of the
letter. Without --old every other value of the field is replaced, and it is added
where nothing is stored yet (Art. 16 GDPR). In another system a field is meant by
its data category, or by collection.field.`,
		Example: `  kept request correct 7K3M-9QXD --field last_name --old Lovelance --new Lovelace
  kept request correct 7K3M-9QXD --field phone --new "+49 611 1234" --activity booking
  kept request correct 7K3M-9QXD --system erp --field customer.city --new Wiesbaden --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) {
				if err := d.Correct(ctx, args[0], x, commandLine); err != nil {
					return request.Case{}, err
				}
				return d.Case(ctx, args[0])
			})
		},
	}
	acting(cmd, &a)
	f := cmd.Flags()
	f.StringVar(&x.Field, "field", "", "name of the field in the policy; in another system: data category or collection.field")
	f.StringVar(&x.Old, "old", "", "the wrong value; empty: whatever stands there, or nothing")
	f.StringVar(&x.New, "new", "", "the right value")
	f.StringVar(&x.Activity, "activity", "", "key of the activity; all unless given")
	f.StringVar(&x.System, "system", "", "name of another system; all unless given")
	return cmd
}

func requestWithdraw() *cobra.Command {
	var a act
	cmd := &cobra.Command{
		Use:     "withdraw NUMBER",
		Short:   "End a request because the person takes it back",
		Example: "  kept request withdraw 7K3M-9QXD --dry-run\n  kept request withdraw 7K3M-9QXD",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.on(cmd, func(ctx context.Context, d *request.Desk) (request.Case, error) {
				return d.Withdraw(ctx, args[0], commandLine)
			})
		},
	}
	acting(cmd, &a)
	return cmd
}

func requestFetch() *cobra.Command {
	var a act
	var file, right string
	cmd := &cobra.Command{
		Use:   "fetch NUMBER",
		Short: "Write the package of a request to a file, for who is answered by post",
		Long: `Writes the ZIP of an access or a portability as the person would fetch it. That it
was taken out, and by whom, is in the ledger. A file that is encrypted to the
person's key stays encrypted.`,
		Example: "  kept request fetch 7K3M-9QXD --out answer.zip\n  kept request fetch 7K3M-9QXD --right portability --out data.zip --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" && !a.trial {
				return misuse("say with --out which file to write")
			}
			return withRequests(cmd.Context(), a.place, func(d *request.Desk) error {
				if a.trial {
					d = d.Trial()
				}
				c, p, err := d.TakeOut(cmd.Context(), args[0], right, commandLine)
				if err != nil {
					return err
				}
				if !a.trial {
					if err := takeOut(cmd.Context(), d, c, p, file); err != nil {
						return err
					}
				}
				if a.out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), p)
				}
				said := "Written         " + file
				if a.trial {
					said = "Would be written"
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d files, %d bytes\nSHA-256         %s\n", said, p.Files, p.Bytes, p.SHA256)
				return err
			})
		},
	}
	acting(cmd, &a)
	cmd.Flags().StringVar(&file, "out", "", "file to write, which must not exist")
	cmd.Flags().StringVar(&right, "right", string(rights.Access), "whose package: access or portability")
	return cmd
}

// takeOut writes a package into a new file that the owner alone can read; one that
// is not whole is taken away.
func takeOut(ctx context.Context, d *request.Desk, c request.Case, p request.Package, name string) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return misuse("%s cannot be made: %v", name, err)
	}
	err = d.Fetch(ctx, c, p, out)
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(name)
	}
	return err
}
