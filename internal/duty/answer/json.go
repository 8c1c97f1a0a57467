package answer

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"io"

	"kept/internal/duty/rights"
)

//go:embed data.schema.json
var dataSchema []byte

// Schema returns the JSON schema of data.json.
func Schema() []byte { return dataSchema }

func (b *bundle) schema(context.Context) error {
	return b.file("data.schema.json", "application/schema+json", "schema", func(w io.Writer) error {
		_, err := w.Write(dataSchema)
		return err
	})
}

// json is data.json: a copy (rights.Copy) whose rows are written as they are read.
// It is the first reading: it learns which sheets there are.
func (b *bundle) json(ctx context.Context) error {
	return b.file("data.json", "application/json", "data", func(w io.Writer) error {
		out := bufio.NewWriter(w)
		j := &sheets{w: out}
		head, err := b.head(ctx)
		if err != nil {
			return err
		}
		j.begin(head)
		err = b.Stream(ctx, b.Person, b.Right, func(s *rights.Sheet, row []any) error {
			b.meet(s)
			return j.row(s, row)
		})
		if err != nil {
			return err
		}
		j.end(b.rows == 0)
		for _, s := range b.sheets {
			b.masked += s.Table.Masked
		}
		if j.err != nil {
			return j.err
		}
		return out.Flush()
	})
}

// meet notes a row of a sheet.
func (b *bundle) meet(s *rights.Sheet) {
	if n := len(b.sheets); n == 0 || b.sheets[n-1].Sheet != s {
		b.sheets = append(b.sheets, &seen{Sheet: s})
	}
	b.sheets[len(b.sheets)-1].rows++
	b.rows++
}

// sheets writes activities, tables and rows as JSON, row by row. Letters that mean
// something in HTML are escaped, so that data which ends up in a page stays text.
type sheets struct {
	w    *bufio.Writer
	last *rights.Sheet
	key  string // of the activity that is open
	err  error
}

func (j *sheets) text(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *sheets) value(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		j.err = err
		return
	}
	j.text(string(b))
}

// open writes the members of v and leaves the object open for one more.
func (j *sheets) object(v any, more string) {
	b, err := json.Marshal(v)
	if err != nil {
		j.err = err
		return
	}
	j.text(string(b[:len(b)-1]) + "," + more)
}

func (j *sheets) begin(head rights.Copy) {
	j.object(struct {
		Schema     string       `json:"schema"`
		Made       any          `json:"made"`
		Right      rights.Right `json:"right"`
		Controller string       `json:"controller"`
		Contact    string       `json:"contact,omitempty"`
		Authority  string       `json:"authority,omitempty"`
		Suspended  any          `json:"suspended,omitempty"`
	}{head.Schema, head.Made, head.Right, head.Controller, head.Contact, head.Authority, suspended(head)}, "\"activities\":[")
}

// suspended is left out where nothing is.
func suspended(c rights.Copy) any {
	if len(c.Suspended) == 0 {
		return nil
	}
	return c.Suspended
}

func (j *sheets) row(s *rights.Sheet, row []any) error {
	if s != j.last {
		j.table(s)
	} else {
		j.text(",\n")
	}
	j.value(row)
	return j.err
}

func (j *sheets) table(s *rights.Sheet) {
	key := s.System + "/" + s.Activity.Key
	switch {
	case j.last == nil:
		j.activity(s)
	case key != j.key:
		j.closeTable()
		j.text("]},")
		j.activity(s)
	default:
		j.closeTable()
		j.text(",")
	}
	j.last, j.key = s, key
	j.object(struct {
		Name    string          `json:"name"`
		About   string          `json:"about"`
		Columns []rights.Column `json:"columns"`
	}{s.Table.Name, s.Table.About, s.Table.Columns}, "\"rows\":[\n")
}

func (j *sheets) activity(s *rights.Sheet) {
	j.object(struct {
		Key        string             `json:"key"`
		System     string             `json:"system,omitempty"`
		Title      rights.Words       `json:"title"`
		Purpose    string             `json:"purpose"`
		Basis      string             `json:"basis"`
		Recipients []rights.Recipient `json:"recipients,omitempty"`
		Periods    []rights.Period    `json:"periods,omitempty"`
	}{s.Activity.Key, s.System, s.Activity.Title, s.Activity.Purpose, s.Activity.Basis, s.Activity.Recipients, s.Activity.Periods}, "\"tables\":[")
}

func (j *sheets) closeTable() {
	j.text("\n],\"masked\":")
	j.value(j.last.Table.Masked)
	j.text("}")
}

func (j *sheets) end(nothing bool) {
	if j.last != nil {
		j.closeTable()
		j.text("]}")
	}
	j.text("],\"nothing\":")
	j.value(nothing)
	j.text("}\n")
}
