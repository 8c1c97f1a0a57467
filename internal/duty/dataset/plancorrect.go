package dataset

import (
	"context"

	"kept/internal/duty/rights"
	"kept/internal/remote/records"
)

// tooLong says why a person writes a value.
var tooLong = rights.Words{
	"en": "the value is too long for this system; whoever looks after it shortens and enters it",
	"de": "der Wert ist für dieses System zu lang; wer es betreut, kürzt ihn und trägt ihn ein",
}

// tooMany says why a person looks where something is missing.
var tooMany = rights.Words{
	"en": "so many rows lack it that nobody can look at each; whoever looks after the system decides where it belongs",
	"de": "so vielen Zeilen fehlt er, dass niemand jede ansehen kann; wer das System betreut, entscheidet, wohin er gehört",
}

// mostAdded bounds the rows that a plan names one by one.
const mostAdded = 10_000

// Correctable names the fields that tell something of a person whose row it is.
func (e *Estate) Correctable() (all []rights.Place) {
	for _, c := range e.graph.Collections {
		s := e.holder(c.Dataset.Key)
		if s == nil || !e.graph.Own(c) {
			continue
		}
		for _, f := range c.Leaves() {
			if f.Personal() && !f.Key {
				all = append(all, rights.Place{System: s.Name, Field: label(f)})
			}
		}
	}
	return all
}

// planCorrections says of each correction which field of which rows gets it.
func (e *Estate) planCorrections(ctx context.Context, walk *walk, p rights.Person, wanted []rights.Correction) (parts []rights.Planned, err error) {
	for _, c := range e.graph.Collections {
		all, s, err := walk.corrections(c, wanted)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			continue
		}
		table, err := s.table(ctx, c)
		if err != nil {
			return nil, err
		}
		found, err := walk.missing(ctx, c, all)
		if err != nil {
			return nil, err
		}
		for i, x := range all {
			for _, part := range found[i].parts(x, p, table) {
				part.Activity, part.Table = keyOf(entryOf(e.fates(c, nil))), c.Name
				parts = append(parts, e.planned(c, part.Does, part.Part))
				at := &parts[len(parts)-1]
				at.Field, at.Value, at.Empty, at.Choices, at.Chosen = label(x.field), x.New, part.Empty, part.Choices, part.Chosen
			}
		}
	}
	return parts, nil
}

// lack is in how many rows a field holds another value than the right one, and in which
// it holds none.
type lack struct {
	wrong, lacks int64
	rows         []rights.Row // at most mostAdded
}

// missing looks at the person's rows of a collection once for all corrections.
func (w *walk) missing(ctx context.Context, c *Collection, all []correction) ([]lack, error) {
	found := make([]lack, len(all))
	var tops []string
	for _, x := range all {
		tops = append(tops, x.field.Path[0])
	}
	err := w.rows(ctx, c, tops, func(fields *selection, row records.Row) error {
		for i, x := range all {
			wrong, lacks := x.look(fields, row)
			switch {
			case wrong:
				found[i].wrong++
			case lacks:
				if found[i].lacks++; found[i].lacks <= mostAdded {
					found[i].rows = append(found[i].rows, rights.Row{Key: keyText(c, fields, row)})
				}
			}
		}
		return nil
	})
	return found, err
}

// parts says what becomes of what was found.
func (l lack) parts(x correction, p rights.Person, table *records.Table) (parts []rights.Planned) {
	add := func(rows int64, part rights.Planned) {
		if part.Rows = rows; rows > 0 {
			parts = append(parts, part)
		}
	}
	does, why := x.writable(table)
	switch {
	case !x.proven(p):
		add(l.wrong+l.lacks, rights.Planned{Does: rights.Confirms, Part: rights.Part{Text: rights.Sentence("confirm")}})
	case does != rights.Corrects:
		add(l.wrong+l.lacks, rights.Planned{Does: does, Part: rights.Part{Text: why}})
	default:
		add(l.wrong, rights.Planned{Does: rights.Corrects})
		if l.lacks > mostAdded {
			add(l.lacks, rights.Planned{Does: rights.Cannot, Part: rights.Part{Text: tooMany}})
			break
		}
		add(l.lacks, rights.Planned{Does: rights.Adds, Choices: []string{rights.ChooseAdd, rights.ChooseLeave}, Chosen: rights.ChooseAdd,
			Empty: l.rows, Part: rights.Part{Text: rights.Sentence("added")}})
	}
	return parts
}
