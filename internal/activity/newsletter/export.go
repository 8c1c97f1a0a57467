package newsletter

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/table"
)

// Exported is a subscriber with the proof, as an export writes it and an import
// reads it.
type Exported struct {
	Email     string    `json:"email"`
	First     string    `json:"first_name,omitempty"`
	Last      string    `json:"last_name,omitempty"`
	Company   string    `json:"company,omitempty"`
	Language  string    `json:"language,omitempty"`
	Zone      string    `json:"time_zone,omitempty"`
	Topics    []string  `json:"topics,omitempty"`
	Lists     []string  `json:"lists,omitempty"`
	Ground    Ground    `json:"ground"`
	SignedUp  time.Time `json:"signed_up,omitzero"`
	SignUpIP  string    `json:"sign_up_ip,omitempty"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	ConfirmIP string    `json:"confirm_ip,omitempty"`
	Source    string    `json:"source,omitempty"`
	Text      string    `json:"text,omitempty"`
	Version   string    `json:"version,omitempty"`
	SoldAt    time.Time `json:"sold_at,omitzero"`
	Sold      string    `json:"sold,omitempty"`
	Told      string    `json:"told,omitempty"`
}

// cells are the columns in the order of Columns.
func (e Exported) cells() []string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	return []string{
		e.Email, e.First, e.Last, e.Company, e.Language, e.Zone, strings.Join(e.Topics, ", "), strings.Join(e.Lists, ", "), string(e.Ground),
		at(e.SignedUp), e.SignUpIP, at(e.Confirmed), e.ConfirmIP, e.Source, e.Text, e.Version, at(e.SoldAt), e.Sold, e.Told,
	}
}

// Export writes those whom a segment finds, with their proof: as CSV whose cells no
// spreadsheet computes, or as a JSON list. That it was done goes into the ledger
// before the first line is written. Whose data is restricted, or who objected, is
// not in it.
func (n *Newsletter) Export(ctx context.Context, a *policy.Activity, s Segment, w io.Writer, asJSON bool, by string) (total int64, err error) {
	s.Activity = a.Key
	err = n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := n.env.Ledger.Append(ctx, tx, "newsletter.exported", map[string]any{"activity": a.Key, "by": by})
		return err
	})
	if err != nil {
		return 0, err
	}
	out := csvOut(w)
	if asJSON {
		out = jsonOut(w)
	}
	if err := out.begin(); err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	for after := ""; ; {
		page, next, err := n.Recipients(ctx, n.env.DB, s, after, importPart)
		if err != nil {
			return total, fmt.Errorf("export: %w", err)
		}
		for _, r := range page {
			e, err := n.exported(ctx, r.ID)
			if err == nil {
				err = out.write(e)
			}
			if err != nil {
				return total, fmt.Errorf("export: %w", err)
			}
			total++
		}
		if after = next; next == "" {
			return total, out.end()
		}
	}
}

// exported reads one subscriber.
func (n *Newsletter) exported(ctx context.Context, id string) (e Exported, err error) {
	s, err := n.subscription(ctx, n.env.DB, "id", id)
	if err != nil {
		return e, err
	}
	p, err := n.proof(ctx, n.env.DB, "id", id)
	if err := ignoreMissing(err); err != nil {
		return e, err
	}
	lists, err := store.Texts(ctx, n.env.DB, "select l.name from newsletter_member m join newsletter_list l on l.id = m.list where m.subscription = $1 order by l.name", id)
	e = Exported{
		Email: s.Email, First: s.First, Last: s.Last, Company: s.Company, Language: s.Language, Zone: s.Zone, Topics: s.Topics, Lists: lists, Ground: s.Ground,
		SignedUp: p.SignedUp, SignUpIP: p.SignedUpIP, Confirmed: p.Confirmed, ConfirmIP: p.ConfirmedIP, Source: p.Origin, Text: p.Text, Version: p.Version,
		SoldAt: p.Sold, Sold: p.SoldWhat, Told: p.Told,
	}
	if e.Source == "" { // who signed up here
		e.Source = p.Source
	}
	return e, err
}

// output writes subscribers one by one.
type output struct {
	begin, end func() error
	write      func(Exported) error
}

func csvOut(w io.Writer) output {
	c := csv.NewWriter(w)
	return output{
		begin: func() error { return c.Write(Columns) },
		write: func(e Exported) error {
			cells := e.cells()
			for i := range cells {
				cells[i] = table.Guard(cells[i])
			}
			return c.Write(cells)
		},
		end: func() error { c.Flush(); return c.Error() },
	}
}

func jsonOut(w io.Writer) output {
	between := "\n"
	return output{
		begin: func() error { _, err := io.WriteString(w, "["); return err },
		write: func(e Exported) error {
			b, err := json.Marshal(e)
			if err == nil {
				_, err = fmt.Fprintf(w, "%s%s", between, b)
			}
			between = ",\n"
			return err
		},
		end: func() error { _, err := io.WriteString(w, "\n]\n"); return err },
	}
}
