package rights

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/manifest"
)

// Reading is a table of a copy set for people: an entry below the other, or,
// where there are many events, one compact table. Nothing is left out but what
// is empty: what only machines need is folded away.
type Reading struct {
	Entries []Entry

	Same   []Line // what reads alike wherever an event has it
	Head   []string
	Rows   [][]Cell
	Folded Fold

	Left int // rows beyond the most that were asked for
}

// Entry is one row.
type Entry struct {
	Lines  []Line
	Folded []Line
}

// Fold are the technical columns of a compact table.
type Fold struct {
	Head []Line
	Rows [][]Cell
}

// Line is a label and what stands for it.
type Line struct {
	Title string
	Why   string // why a technical column is there
	Value Value
}

// Cell is a cell of a compact table: a value, or several with their labels.
type Cell struct {
	Value
	Lines []Line
}

// Value is one value as text.
type Value struct {
	Text string
	Link string // a page of the privacy center, empty if there is none
	Code bool   // not words: a checksum, an id, JSON
}

// Reader says for whom a table is set.
type Reader struct {
	Lang   string
	Linked bool // the privacy center's pages can be reached from here
	Most   int  // rows, 0: all

	Zone *time.Location // in which times are told; nil: UTC
}

func (r Reader) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

// tableColumns is how many columns a page has room for; what is more goes into
// the last one, with labels.
const tableColumns = 4

// Read sets t for r.
func (r Reader) Read(t Table) Reading {
	set := reading{Reader: r, Table: t, titles: titles(t, r.Lang)}
	rows := t.Rows
	if r.Most > 0 && len(rows) > r.Most {
		rows, set.Left = rows[:r.Most], len(rows)-r.Most
	}
	if t.events && len(t.Rows) > 1 {
		set.compact(rows)
	} else {
		for _, row := range rows {
			set.Entries = append(set.Entries, set.entry(row))
		}
	}
	return set.Reading
}

type reading struct {
	Reading
	Reader
	Table
	titles []string
}

// titles are the columns' labels, each once.
func titles(t Table, lang string) []string {
	all := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		all[i] = i18n.Begins(c.Title.In(lang))
		if slices.Contains(all[:i], all[i]) {
			all[i] += " (" + c.Name + ")"
		}
	}
	return all
}

// order returns the columns as people read them: what happened first.
func (s *reading) order() []int {
	at := make([]int, len(s.Columns))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return s.rank(a) - s.rank(b) })
	return at
}

func (s *reading) rank(column int) int {
	if s.Columns[column].show.Place == manifest.First {
		return 0
	}
	return 1
}

// folds reports whether a column is for machines.
func (s *reading) folds(column int) bool {
	c := s.Columns[column]
	return c.show.Place == manifest.Folded || c.Category == "" && c.show.Place != manifest.First
}

func (s *reading) entry(row []any) (e Entry) {
	for _, i := range s.order() {
		if i >= len(row) || empty(row[i]) {
			continue
		}
		v, whole := s.value(i, row)
		if s.folds(i) || v.Text == "" {
			e.Folded = append(e.Folded, s.line(i, whole))
			continue
		}
		e.Lines = append(e.Lines, s.line(i, v))
		if v.Text != whole.Text && whole.Text != "" {
			e.Folded = append(e.Folded, s.line(i, whole))
		}
	}
	return e
}

func (s *reading) line(column int, v Value) Line {
	why := i18n.Sentence(s.language(), s.Columns[column].Why)
	if !s.folds(column) {
		why = "" // its title and what it says are enough
	}
	return Line{Title: s.titles[column], Why: why, Value: v}
}

// compact sets many events: what they have in common above the table, what few
// of them have in its last column.
func (s *reading) compact(rows [][]any) {
	var own, rare, folded []int
	for _, i := range s.order() {
		filled, same := s.spread(i)
		first := s.rank(i) == 0
		switch {
		case filled == 0:
		case s.folds(i):
			folded = append(folded, i)
		case same != nil && !first && 3*filled >= len(s.Table.Rows):
			v, _ := s.value(i, same)
			s.Same = append(s.Same, s.line(i, v))
		case !first && (2*filled < len(s.Table.Rows) || len(own) == tableColumns):
			rare = append(rare, i)
		default:
			own = append(own, i)
			s.Head = append(s.Head, s.titles[i])
		}
	}
	if len(rare) > 0 {
		s.Head = append(s.Head, wording[s.language()]["further"])
	}
	for _, row := range rows {
		cells := s.cells(own, row)
		if len(rare) > 0 {
			cells = append(cells, Cell{Lines: s.filled(rare, row)})
		}
		s.Reading.Rows = append(s.Reading.Rows, cells)
	}
	s.fold(folded, own[:min(2, len(own))], rows)
}

// fold sets the technical columns beside those by which an event is recognised.
func (s *reading) fold(columns, known []int, rows [][]any) {
	if len(columns) == 0 {
		return
	}
	columns = append(slices.Clone(known), columns...)
	for _, i := range columns {
		s.Folded.Head = append(s.Folded.Head, Line{Title: s.titles[i], Why: i18n.Sentence(s.language(), s.Columns[i].Why)})
	}
	for k := range known {
		s.Folded.Head[k].Why = ""
	}
	for _, row := range rows {
		s.Folded.Rows = append(s.Folded.Rows, s.cells(columns, row))
	}
}

func (s *reading) cells(columns []int, row []any) []Cell {
	cells := make([]Cell, len(columns))
	for k, i := range columns {
		cells[k].Value, _ = s.value(i, row)
	}
	if len(cells) > 0 {
		cells[0].Text = i18n.Begins(cells[0].Text) // it heads the row
	}
	return cells
}

func (s *reading) filled(columns []int, row []any) (lines []Line) {
	for _, i := range columns {
		if v, _ := s.value(i, row); v.Text != "" {
			lines = append(lines, s.line(i, v))
		}
	}
	return lines
}

// spread says how many rows have a value in column, and returns one of them if
// all have the same.
func (s *reading) spread(column int) (filled int, same []any) {
	for _, row := range s.Table.Rows {
		if column >= len(row) || empty(row[column]) {
			continue
		}
		switch filled++; {
		case filled == 1:
			same = row
		case same != nil && fmt.Sprint(same[column]) != fmt.Sprint(row[column]):
			same = nil
		}
	}
	return filled, same
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case json.RawMessage:
		return slices.Contains([]string{"", "null", "[]", "{}"}, string(v))
	}
	return false
}

func (r Reader) language() string {
	if _, ok := wording[r.Lang]; ok {
		return r.Lang
	}
	return i18n.English
}

// checksum is a text that an eye can only compare.
var checksum = regexp.MustCompile(`^[0-9a-f]{40,}$`)

// opaque is what random ids look like.
var opaque = regexp.MustCompile(`^[0-9A-Za-z_-]{16,}$`)

// value returns what stands in an entry, and the whole if that is only a part
// of it. What cannot be set for people has no first value.
func (s *reading) value(column int, row []any) (v, whole Value) {
	if column >= len(row) || empty(row[column]) {
		return
	}
	c := s.Columns[column]
	link := s.link(c, row)
	words := wording[s.language()]
	switch x := row[column].(type) {
	case bool:
		v.Text = words[strconv.FormatBool(x)]
	case int64:
		v.Text = strconv.FormatInt(x, 10) // as it is stored: not every number is a count
	case json.RawMessage:
		if names, ok := s.names(x); ok {
			v.Text = names
			break
		}
		if link == "" {
			return Value{}, Value{Text: string(x), Code: true}
		}
		v.Text = words["load"] // the link leads to all of it
	case string:
		v = s.text(c, x)
		whole = v
		if checksum.MatchString(x) {
			v = Value{Text: x[:12] + "…", Code: true}
			whole = Value{Text: x, Code: true}
		}
		v.Link = link
		return v, whole
	default:
		v.Text = fmt.Sprint(x)
	}
	v.Link = link
	return v, v
}

func (s *reading) text(c Column, text string) Value {
	if says := Words(c.show.Says[text]).In(s.Lang); says != "" {
		return Value{Text: says}
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		if t.Equal(t.Truncate(24 * time.Hour)) {
			return Value{Text: i18n.Date(t, s.Lang)} // a day is all that is stored
		}
		return Value{Text: i18n.DateTimeIn(t, s.zone(), s.Lang)}
	}
	return Value{Text: text, Code: opaque.MatchString(text) && strings.ContainsAny(text, "0123456789")}
}

// names reads JSON that lists keys of the policy, or other words.
func (s *reading) names(list json.RawMessage) (string, bool) {
	var keys []string
	if json.Unmarshal(list, &keys) != nil {
		return "", false
	}
	for i, key := range keys {
		if name := s.called[key].In(s.Lang); name != "" {
			keys[i] = name
		}
	}
	return strings.Join(keys, ", "), true
}

var blank = regexp.MustCompile(`\{[a-z_]+\}`)

// link returns where a column leads, empty if from here or for this row it leads
// nowhere.
func (s *reading) link(c Column, row []any) string {
	if !s.Linked || c.show.Leads == "" {
		return ""
	}
	whole := true
	link := blank.ReplaceAllStringFunc(c.show.Leads, func(name string) string {
		i := slices.IndexFunc(s.Columns, func(o Column) bool { return "{"+o.Name+"}" == name })
		if i < 0 || i >= len(row) || empty(row[i]) {
			whole = false
			return ""
		}
		return url.PathEscape(fmt.Sprint(row[i]))
	})
	if !whole {
		return ""
	}
	return link
}
