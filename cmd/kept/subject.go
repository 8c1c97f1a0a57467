package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
)

func subjectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "subject",
		Short: "See, hand out, erase or restrict what is held about one person",
		Long: `For what the operator decides itself. What a person asks for goes through a case
with its clock, proof and letters: kept request.

A person is named by a mail address, or by visitor:ID, decision:ID, phone:NUMBER or
subject:ID. Each look and each act is in the ledger.`,
		Example: "  kept subject show ada@example.org --data ./kept-data\n  kept subject export ada@example.org --out ada.zip\n  kept subject erase ada@example.org --dry-run",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(subjectShow(), subjectExport(), subjectErase(), subjectRestrict(), subjectLift(), subjectTold())
	return cmd
}

// withPerson opens the instance and finds the person.
func withPerson(ctx context.Context, place app.Place, who string, f func(*app.App, rights.Person) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	p, err := a.Person(ctx, who)
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("nothing is held here under this name: %w", err)
	} else if err != nil {
		return err
	}
	if err := f(a, p); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

// shown is what show prints.
type shownPerson struct {
	Subjects    []string         `json:"subjects"`
	Identifiers []string         `json:"identifiers"`
	Restricted  bool             `json:"restricted"`
	Held        []rights.Planned `json:"held"`
	Erasure     []rights.Planned `json:"erasure"` // what an erasure would do
	Told        []rights.Told    `json:"told"`    // recipients that an erasure would tell
	Down        []string         `json:"down,omitempty"`
}

func subjectShow() *cobra.Command {
	var place app.Place
	var out format
	cmd := &cobra.Command{
		Use:     "show WHO",
		Short:   "Show what is held where, and what keeps it",
		Example: "  kept subject show ada@example.org --data ./kept-data\n  kept subject show subject:4w2k0c1e5xq7m9s3v8b6d2r4ta --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPerson(cmd.Context(), place, args[0], func(a *app.App, p rights.Person) error {
				if err := a.Looked(cmd.Context(), "subject.show", commandLine); err != nil {
					return err
				}
				s, err := look(cmd.Context(), a, p)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), s)
				}
				return writePerson(cmd.OutOrStdout(), s)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	return cmd
}

func look(ctx context.Context, a *app.App, p rights.Person) (s shownPerson, err error) {
	s.Subjects = p.Subjects
	for _, i := range p.Identifiers {
		s.Identifiers = append(s.Identifiers, i.Kind+":"+i.Value)
	}
	restricted, err := a.Subjects.Restricted(ctx)
	if err != nil {
		return s, err
	}
	for _, id := range p.Subjects {
		s.Restricted = s.Restricted || restricted[id]
	}
	held, err := a.Rights.Plan(ctx, p, rights.Access, rights.Wish{})
	if err != nil {
		return s, err
	}
	erasure, err := a.Rights.Plan(ctx, p, rights.Erasure, rights.Wish{})
	s.Held, s.Erasure, s.Told, s.Down = held.Parts, erasure.Parts, erasure.Told, erasure.Down
	return s, err
}

func writePerson(w io.Writer, s shownPerson) error {
	for _, i := range s.Identifiers {
		fmt.Fprintf(w, "Known by        %s\n", i)
	}
	if s.Restricted {
		fmt.Fprintln(w, "Restricted      yes: the data is kept and not used")
	}
	if len(s.Held) == 0 {
		fmt.Fprintln(w, "Held            nothing")
	}
	if err := writeParts(w, s.Held, "Held"); err != nil {
		return err
	}
	return writeParts(w, s.Erasure, "An erasure would")
}

// writeParts writes a plan as a table.
func writeParts(w io.Writer, parts []rights.Planned, title string) error {
	if len(parts) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\n%s\n", title)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range parts {
		why := p.Text.In("en")
		if p.Rule != "" {
			why = p.Rule + ": " + why
		}
		if !p.Until.IsZero() {
			why += ", until " + p.Until.Add(-time.Millisecond).UTC().Format(time.DateOnly)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%d\t%s\n", p.Does, cmp.Or(p.System, p.Activity), p.Table, p.Rows, why)
	}
	return table.Flush()
}

func subjectErase() *cobra.Command {
	var place app.Place
	var out format
	var dry bool
	var activity, shared, list string
	var people int
	cmd := &cobra.Command{
		Use:   "erase WHO | --file LIST",
		Short: "Erase what is held about a person, but for what a law or a hold keeps",
		Long: `Destroys the person's keys, deletes the rows, asks again, and tells the recipients
that got the data. What a law, a claim or a hold keeps stays and is printed with
its reason and its end. Where several nodes serve, the last look is taken by the
serving process half a minute later. Exit code 1 if something waits, for another
system that does not answer for instance: it goes on by itself.

With --file everybody on a list is erased, one name a line. As a brake it wants the
number of people that --dry-run found: a wrong list is not erased by one key.`,
		Example: "  kept subject erase ada@example.org --dry-run\n  kept subject erase ada@example.org --activity newsletter\n  kept subject erase --file leavers.txt --dry-run\n  kept subject erase --file leavers.txt --people 812",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case (list == "") == (len(args) == 0):
				return misuse("name one person, or a list with --file")
			case list != "" && activity != "":
				return misuse("a list is erased as a whole; --activity is for one person")
			case list != "":
				return eraseMany(cmd, place, out, list, shared, people, dry)
			}
			return withPerson(cmd.Context(), place, args[0], func(a *app.App, p rights.Person) error {
				wish := rights.Wish{Activity: activity}
				plan, err := a.Rights.Plan(cmd.Context(), p, rights.Erasure, wish)
				if err != nil {
					return err
				}
				if dry {
					if out == asJSON {
						return writeAsJSON(cmd.OutOrStdout(), plan)
					}
					return writeParts(cmd.OutOrStdout(), plan.Parts, "Would")
				}
				for _, i := range plan.Undecided() {
					if shared == "" {
						return misuse("other people are in %s too: say with --shared own or all what goes", plan.Parts[i].Table)
					}
					plan.Parts[i].Chosen = shared
				}
				done, err := carry(cmd.Context(), a, rights.Order{Person: p, Right: rights.Erasure, Wish: wish, Plan: plan})
				if err != nil {
					return err
				}
				return writeProgress(cmd.OutOrStdout(), out, done)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would go and what would stay, delete nothing")
	cmd.Flags().StringVar(&list, "file", "", "file with one person a line; # begins a remark")
	cmd.Flags().IntVar(&people, "people", 0, "with --file: how many people are erased, as --dry-run said")
	cmd.Flags().StringVar(&activity, "activity", "", "key of the activity; all unless given")
	cmd.Flags().StringVar(&shared, "shared", "", "of what is shared with others, a recording: own (this person's entry) or all")
	completeWords(cmd, "shared", rights.ChooseOwn, rights.ChooseAll)
	return cmd
}

// carry has an order of the command line carried out, as far as it goes now.
func carry(ctx context.Context, a *app.App, o rights.Order) (rights.Progress, error) {
	o.Case, o.By = "command/"+store.NewID(), "command.line"
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return a.Rights.Carry(ctx, tx, o) })
	if err != nil {
		return rights.Progress{}, err
	}
	if err := a.Settle(ctx); err != nil {
		return rights.Progress{}, err
	}
	orders, err := a.Rights.Orders(ctx, o.Case)
	if err != nil || len(orders) != 1 {
		return rights.Progress{}, err
	}
	return orders[0], nil
}

func writeProgress(w io.Writer, out format, p rights.Progress) error {
	if out == asJSON {
		if err := writeAsJSON(w, p); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(w, "State           %s\n", p.State)
		for _, system := range p.Waits {
			fmt.Fprintf(w, "Waits for       %s\n", system)
		}
		for _, system := range p.ByHand {
			fmt.Fprintf(w, "By hand         %s: do it there, then tick it off with kept subject told --tick\n", system)
		}
		for _, part := range p.Goes {
			fmt.Fprintf(w, "Done            %s %s: %d\n", part.Activity, part.Table, part.Rows)
		}
		for _, part := range p.Stays {
			fmt.Fprintf(w, "Stays           %s %s: %d, %s\n", part.Activity, part.Table, part.Rows, cmp.Or(part.Text.In("en"), part.Reason))
		}
	}
	if len(p.Waits)+len(p.ByHand) > 0 {
		return errFinding
	}
	return nil
}
