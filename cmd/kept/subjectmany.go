package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
)

// masses are what an erasure of many people found and did.
type masses struct {
	People  int   `json:"people"`  // of whom something is held
	Unknown int   `json:"unknown"` // lines of whom nothing is held
	Rows    int64 `json:"rows"`    // that go
	Keeps   int   `json:"keeps"`   // people of whom a law or a hold keeps something
	Apart   int   `json:"apart"`   // people who go one by one: a recipient is told, or another system holds something
	Done    int   `json:"done"`
	Waiting int   `json:"waiting"` // people of whom something is not done yet
}

// member is one person of the list with how they are erased.
type member struct {
	rights.Person
	plan  rights.Plan
	alone bool
}

// eraseMany erases the people of a list: one name a line, as WHO is written.
func eraseMany(cmd *cobra.Command, place app.Place, out format, list, shared string, expected int, dry bool) error {
	a, err := app.OpenStored(cmd.Context(), place)
	if err != nil {
		return err
	}
	defer a.Close()
	names, err := readNames(list)
	if err != nil {
		return err
	}
	all, c, err := gather(cmd.Context(), a, names, shared, !dry)
	if err != nil {
		return err
	}
	if dry {
		return writeCrowd(cmd.OutOrStdout(), out, c, true)
	}
	if expected != c.People {
		return misuse("the list holds %d people of whom something is held, not %d: look at it with --dry-run, then write --people %d", c.People, expected, c.People)
	}
	if err := eraseAll(cmd.Context(), a, all, &c); err != nil {
		return err
	}
	if err := writeCrowd(cmd.OutOrStdout(), out, c, false); err != nil {
		return err
	}
	if c.Waiting > 0 {
		return errFinding
	}
	return nil
}

// readNames reads a list; what stands behind # is a remark.
func readNames(list string) (names []string, err error) {
	file, err := os.Open(list)
	if err != nil {
		return nil, misuse("the list cannot be read: %v", err)
	}
	defer file.Close()
	known := map[string]bool{}
	for lines := bufio.NewScanner(file); ; {
		if !lines.Scan() {
			return names, lines.Err()
		}
		name, _, _ := strings.Cut(lines.Text(), "#")
		if name = strings.TrimSpace(name); name != "" && !known[name] {
			known[name], names = true, append(names, name)
		}
	}
}

// gather finds the people and plans what is done with each. Nothing is changed.
func gather(ctx context.Context, a *app.App, names []string, shared string, decide bool) (all []member, c masses, err error) {
	b := progress("planning")
	defer b.finish()
	seen := map[string]bool{}
	for i, name := range names {
		b.count(i, len(names))
		p, err := a.Person(ctx, name)
		if fault.Is(err, fault.NotFound) {
			c.Unknown++
			continue
		} else if err != nil {
			return nil, c, fmt.Errorf("%s: %w", name, err)
		}
		if len(p.Subjects) > 0 && seen[p.Subjects[0]] {
			continue
		}
		m := member{Person: p}
		if m.plan, err = a.Rights.Plan(ctx, p, rights.Erasure, rights.Wish{}); err != nil {
			return nil, c, err
		}
		for _, at := range m.plan.Undecided() {
			if m.plan.Parts[at].Chosen = shared; shared == "" && decide {
				return nil, c, misuse("other people are in %s of %s too: say with --shared own or all what goes", m.plan.Parts[at].Table, name)
			}
		}
		m.alone = len(m.plan.Told) > 0 || len(m.plan.Down) > 0 || len(p.Subjects) != 1
		keeps := false
		for _, part := range m.plan.Parts {
			m.alone = m.alone || part.System != "" || part.Does == rights.Decides
			if part.Does == rights.Keeps || part.Does == rights.Cannot {
				keeps = true
			} else {
				c.Rows += part.Rows
			}
		}
		for _, id := range p.Subjects {
			seen[id] = true
		}
		c.add(m, keeps)
		all = append(all, m)
	}
	return all, c, nil
}

func (c *masses) add(m member, keeps bool) {
	c.People++
	if keeps {
		c.Keeps++
	}
	if m.alone {
		c.Apart++
	}
}

// eraseAll takes the requests and carries them out, those of whom nobody has to be
// told together.
func eraseAll(ctx context.Context, a *app.App, all []member, c *masses) error {
	var together, requests, cases []string
	for _, m := range all {
		if !m.alone {
			together = append(together, m.Subjects[0])
			continue
		}
		o := rights.Order{Case: "command/" + store.NewID(), By: "command.line", Person: m.Person, Right: rights.Erasure, Plan: m.plan}
		if err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return a.Rights.Carry(ctx, tx, o) }); err != nil {
			return err
		}
		cases = append(cases, o.Case)
	}
	requests, err := a.Rights.EraseMany(ctx, together)
	if err != nil {
		return err
	}
	if err := settle(ctx, a, len(all)); err != nil {
		return err
	}
	for _, id := range requests {
		r, err := a.Rights.Request(ctx, id)
		if err != nil {
			return err
		}
		c.ended(r.State == rights.Done)
	}
	for _, of := range cases {
		orders, err := a.Rights.Orders(ctx, of)
		if err != nil {
			return err
		}
		c.ended(len(orders) == 1 && orders[0].State == rights.Done)
	}
	return nil
}

func (c *masses) ended(done bool) {
	if done {
		c.Done++
		return
	}
	c.Waiting++
}

// settle works until nothing is left to do now, and shows how far it is.
func settle(ctx context.Context, a *app.App, total int) error {
	b := progress("erasing")
	defer b.finish()
	for {
		ran, err := a.Jobs.Step(ctx)
		if err != nil {
			return err
		}
		var open int
		if err := a.DB.QueryRowContext(ctx, "select count(*) from rights_request where closed_at is null").Scan(&open); err != nil {
			return store.Classify(err)
		}
		b.count(max(0, total-open), total)
		if !ran && !a.Jobs.Wait() {
			break
		}
	}
	_, err := a.Ledger.Sequence(ctx)
	return err
}

func writeCrowd(w io.Writer, out format, c masses, dry bool) error {
	if out == asJSON {
		return writeAsJSON(w, c)
	}
	said := "Erased"
	if dry {
		said = "Would erase"
	}
	fmt.Fprintf(w, "%-16s%d people, %d rows\n", said, c.People, c.Rows)
	fmt.Fprintf(w, "Unknown         %d\nKept in part    %d, for a law or a hold\nOne by one      %d, since a recipient is told or another system holds something\n", c.Unknown, c.Keeps, c.Apart)
	if dry {
		_, err := fmt.Fprintf(w, "\nTo do it, write --people %d.\n", c.People)
		return err
	}
	_, err := fmt.Fprintf(w, "Done            %d\nWaits           %d\n", c.Done, c.Waiting)
	return err
}
