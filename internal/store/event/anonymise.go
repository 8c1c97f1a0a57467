package event

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
)

// Truncation of addresses that the store anonymises, in bits: the defaults of
// the rule pack. A kind that promises more truncates before it appends.
const (
	keptIPv4 = 16
	keptIPv6 = 48
)

// Anonymise applies each column's Anonymiser to the rows dated at or before the
// cutoff (a zero cutoff is none): to those of subject, or to all if subject is
// empty. The link to the person is cut, the time becomes as coarse as the column
// at says (the partition's beginning if it says Drop) and the id is drawn anew
// for it. Where columns are named, only these change: "at" stands for the time,
// "person" for the link. It returns how many rows changed.
//
// With an empty subject, rows of the subjects in except are moved to <table>_held
// first, and held rows whose subject is not in except come back anonymised, their
// link cut; what was done once is not looked at again. With a subject that is in
// except nothing happens.
func (s *Store) Anonymise(ctx context.Context, table, subject string, cutoff time.Time, except []string, columns ...string) (int64, error) {
	l, err := s.layout(table)
	if err != nil {
		return 0, err
	}
	return s.change(ctx, &anonymisation{layout: l, columns: columns}, subject, cutoff, except)
}

// Clear empties the named columns of the rows dated at or before the cutoff,
// whatever their Anonymiser says, and otherwise does what Anonymise does to all
// subjects.
func (s *Store) Clear(ctx context.Context, table string, cutoff time.Time, except []string, columns ...string) (int64, error) {
	l, err := s.layout(table)
	if err != nil || len(columns) == 0 {
		return 0, err
	}
	return s.change(ctx, &anonymisation{layout: l, columns: columns, clear: true}, "", cutoff, except)
}

func (s *Store) change(ctx context.Context, change *anonymisation, subject string, cutoff time.Time, except []string) (changed int64, err error) {
	l := change.layout
	if subject != "" && (!l.person || slices.Contains(except, subject)) {
		return 0, nil
	}
	if cutoff.IsZero() {
		cutoff = latest
	}
	if subject == "" {
		if changed, err = s.returnHeld(ctx, change, cutoff, except); err != nil {
			return changed, fmt.Errorf("anonymise held rows: %w", err)
		}
	}
	err = s.each(ctx, l.Name, time.Time{}, cutoff.Add(time.Millisecond), func(p *partition) error {
		n, err := s.anonymise(ctx, p, change, subject, cutoff, except)
		changed += n
		return err
	})
	if err != nil {
		return changed, fmt.Errorf("anonymise: %w", err)
	}
	return changed, nil
}

func (s *Store) anonymise(ctx context.Context, p *partition, change *anonymisation, subject string, cutoff time.Time, except []string) (int64, error) {
	walk := stretchOfRows{from: p.first(), before: min(p.end(), idAfter(cutoff))}
	if subject != "" {
		number, ok, err := s.number(ctx, p, p.db, subject)
		if err != nil || !ok {
			return 0, err
		}
		walk.person = number
		return p.anonymise(ctx, change, walk)
	}
	if err := s.takeOut(ctx, p, idAfter(cutoff), except); err != nil {
		return 0, err
	}
	state, err := p.state(ctx, p.db)
	if err != nil {
		return 0, err
	}
	walk.note = change.name()
	walk.from = max(walk.from, state[walk.note])
	return p.anonymise(ctx, change, walk)
}

// stretchOfRows is what is anonymised of a partition: ids from from on and
// smaller than before, of one person or of all.
type stretchOfRows struct {
	from, before int64
	person       int64
	note         string // where the progress is kept, empty for one person
}

// anonymise changes rows in pieces: they are taken out, changed and put back
// under their new ids in one transaction.
func (p *partition) anonymise(ctx context.Context, change *anonymisation, walk stretchOfRows) (changed int64, err error) {
	condition := fmt.Sprintf("id >= $1 and id < $2 order by id limit %d", piece)
	if walk.person != 0 {
		condition = p.ofPersons(walk.person) + " and " + condition
	}
	for more := true; more; {
		err := p.clean(ctx, func(ctx context.Context, tx *store.Tx, g *gone) error {
			rows, err := p.find(ctx, tx, condition, walk.from, walk.before)
			if err != nil {
				return err
			}
			if more = len(rows) == piece; more {
				walk.from = rows[piece-1].id + 1
			} else {
				walk.from = walk.before
			}
			n, err := p.replace(ctx, tx, g, change, rows)
			if err != nil || walk.note == "" {
				changed += n
				return err
			}
			changed += n
			return p.note(ctx, tx, walk.note, walk.from)
		})
		if err != nil {
			return changed, err
		}
	}
	return changed, p.truncate(ctx)
}

// replace puts anonymised rows in the place of rows, and returns how many differ.
func (p *partition) replace(ctx context.Context, tx *store.Tx, g *gone, change *anonymisation, rows []found) (int64, error) {
	spelled, err := p.spell(ctx, tx, rows, map[int64]string{})
	if err != nil {
		return 0, err
	}
	var ids, persons []int64
	var fresh []row
	var replaced []found
	for i, old := range spelled {
		r, differs := change.apply(old)
		if !differs {
			continue
		}
		replaced = append(replaced, rows[i])
		ids = append(ids, old.id)
		if old.person != 0 {
			persons = append(persons, old.person)
		}
		fresh = append(fresh, r)
	}
	if err := p.deleteRows(ctx, tx, ids); err != nil || len(fresh) == 0 {
		return 0, err
	}
	if err := p.putBack(ctx, tx, fresh); err != nil {
		return 0, err
	}
	if err := p.letGo(ctx, tx, g, replaced); err != nil {
		return 0, err
	}
	return int64(len(fresh)), p.dropRowlessAmong(ctx, tx, g, persons)
}

// putBack stores anonymised rows.
func (p *partition) putBack(ctx context.Context, tx *store.Tx, fresh []row) error {
	if err := p.drawIDs(ctx, tx, fresh); err != nil {
		return err
	}
	defer p.met.clear()
	if err := p.meetWords(ctx, tx, fresh); err != nil {
		return err
	}
	_, err := p.insert(ctx, tx, fresh) // what a crash left in both places stands
	return err
}

// drawIDs gives every row whose id stands for a moment only an id that is free.
// Many rows can share a coarse moment; where it is crowded the next millisecond
// serves.
func (p *partition) drawIDs(ctx context.Context, tx *store.Tx, rows []row) error {
	taken := map[int64]bool{}
	pending := make([]*row, 0, len(rows))
	for i := range rows {
		if rows[i].redraw {
			pending = append(pending, &rows[i])
		} else {
			taken[rows[i].id] = true
		}
	}
	for try := 0; len(pending) > 0; try++ {
		var ids []int64
		for _, r := range pending {
			r.id = NewID(time.UnixMilli(r.id>>randomBits + int64(try/8)))
			ids = append(ids, r.id)
		}
		used, err := p.existing(ctx, tx, ids)
		if err != nil {
			return err
		}
		var again []*row
		for _, r := range pending {
			if taken[r.id] || used[r.id] {
				again = append(again, r)
			}
			taken[r.id] = true
		}
		pending = again
	}
	return nil
}

// anonymisation is what happens to rows of a table.
type anonymisation struct {
	*layout
	columns []string // empty for all
	clear   bool     // the values go, whatever the columns' Anonymisers say
}

// name is where a partition keeps how far it was done.
func (a *anonymisation) name() string {
	sorted := slices.Sorted(slices.Values(a.columns))
	if a.clear {
		sorted = append([]string{"clear"}, sorted...)
	}
	return strings.Join(append([]string{anonymisedPrefix}, sorted...), " ")
}

func (a *anonymisation) covers(column string) bool {
	return len(a.columns) == 0 || slices.Contains(a.columns, column)
}

// apply returns the changed row of a spelled one, and whether anything differs.
func (a *anonymisation) apply(old found) (r row, differs bool) {
	r = row{id: old.id, number: old.person, values: make([]any, len(old.values))}
	if a.covers(manifest.PersonColumn) && old.person != 0 {
		r.number, differs = 0, true
	}
	if at := TimeOf(old.id); a.covers("at") {
		if coarse := coarsen(a.at.Anonymise, at, spanOf(a.Shape, at).from); !coarse.Equal(at) {
			r.id, r.redraw, differs = firstID(coarse), true, true
		}
	}
	for i, v := range old.values {
		c := &a.layout.columns[i]
		r.values[i] = v
		if a.covers(c.Name) {
			if r.values[i] = nothing(c); !a.clear {
				r.values[i] = blur(c, v)
			}
			differs = differs || !reflect.DeepEqual(r.values[i], v)
		}
	}
	return r, differs
}

// coarsen makes a time less exact; start is what Drop leaves.
func coarsen(how manifest.Anonymiser, at, start time.Time) time.Time {
	switch how {
	case manifest.Retain:
		return at
	case manifest.CoarsenHour:
		return at.Truncate(time.Hour)
	case manifest.CoarsenDay:
		return at.Truncate(24 * time.Hour)
	}
	return start
}

// blur anonymises one plain value.
func blur(c *manifest.Column, v any) any {
	if v == nil || c.Anonymise == manifest.Retain {
		return v
	}
	switch x := v.(type) {
	case string:
		switch c.Anonymise {
		case manifest.StripQuery:
			if i := strings.IndexAny(x, "?#"); i >= 0 {
				return x[:i]
			}
			return x
		case manifest.TruncateAddr:
			return truncated(c, x)
		}
	case int64:
		if c.Type == manifest.TimeType && (c.Anonymise == manifest.CoarsenHour || c.Anonymise == manifest.CoarsenDay) {
			return coarsen(c.Anonymise, time.UnixMilli(x), time.Time{}).UnixMilli()
		}
	}
	return nothing(c)
}

// nothing is what Drop leaves: null, or the type's empty value.
func nothing(c *manifest.Column) any {
	if c.Null || c.Class == manifest.Word {
		return nil
	}
	switch c.Type {
	case manifest.IntType, manifest.TimeType:
		return int64(0)
	case manifest.BoolType:
		return false
	case manifest.BytesType:
		return []byte{}
	}
	return ""
}

// truncated cuts the host part off an address; what is none is dropped.
func truncated(c *manifest.Column, text string) any {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			addr = prefix.Addr()
		} else {
			return nothing(c)
		}
	}
	bits := keptIPv6
	if addr = addr.Unmap(); addr.Is4() {
		bits = keptIPv4
	}
	return netip.PrefixFrom(addr.WithZone(""), bits).Masked().Addr().String()
}
