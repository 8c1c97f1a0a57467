package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Table reads a CSV file; file is what it is called in errors. Cells are parted by
// commas, semicolons or tabs; the first row says what the columns are, in the words
// of Outlook, of Google or plain ones, English or German. Columns that are none of
// a contact are passed over.
func Table(file string, raw []byte) ([]Entry, error) {
	raw, err := text(file, raw)
	if err != nil {
		return nil, err
	}
	t := table{file: file, found: entries{file: file, at: map[string]int{}}}
	t.rows = csv.NewReader(bytes.NewReader(raw))
	t.rows.Comma, t.announced = separator(raw)
	t.rows.FieldsPerRecord, t.rows.ReuseRecord = -1, true
	if err := t.head(); err != nil {
		return nil, err
	}
	for {
		cells, err := t.next()
		if errors.Is(err, io.EOF) {
			return t.found.all, nil
		}
		if err == nil {
			err = t.row(cells)
		}
		if err != nil {
			return nil, err
		}
	}
}

// separator is what parts the cells: what a first line like "sep=;" says, else the
// one that the first line has most of.
func separator(raw []byte) (comma rune, announced bool) {
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	if rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimRight(string(line), "\r")), "sep="); ok && len(rest) == 1 && strings.Contains(",;\t", rest) {
		return rune(rest[0]), true
	}
	counts, quoted := map[byte]int{}, false
	for _, b := range line {
		if b == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[b]++
		}
	}
	comma = ','
	for _, c := range ";\t" {
		if counts[byte(c)] > counts[byte(comma)] {
			comma = c
		}
	}
	return comma, false
}

// table is a file that is being read.
type table struct {
	file      string
	rows      *csv.Reader
	announced bool // the first line names the separator
	columns   []column
	found     entries
}

// next reads a row; io.EOF after the last.
func (t *table) next() ([]string, error) {
	cells, err := t.rows.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		return nil, place{t.file, broken.Line, broken.Column}.wrong("the row cannot be read (%s); put the cell in quotes and double quotes inside it", broken.Err)
	case err != nil:
		return nil, err
	case len(cells) > mostColumns:
		return nil, fault.New(fault.TooLarge, "%s: more than %d columns", t.at(mostColumns), mostColumns)
	}
	for i, cell := range cells {
		if len(cell) > mostCell {
			return nil, fault.New(fault.TooLarge, "%s: a cell of more than %d kB", t.at(i), mostCell>>10)
		}
	}
	return cells, nil
}

// at is the place of a cell of the last row.
func (t *table) at(i int) place {
	line, col := t.rows.FieldPos(i)
	return place{t.file, line, col}
}

// head reads what the columns are.
func (t *table) head() error {
	cells, err := t.next()
	if err == nil && t.announced {
		cells, err = t.next()
	}
	if errors.Is(err, io.EOF) {
		return place{t.file, 1, 1}.wrong("the file is empty; its first row says what the columns are")
	}
	if err != nil {
		return err
	}
	columns, known := columnsOf(cells)
	if !known {
		return t.at(0).wrong("no column is known; name them like First Name, Last Name, E-mail Address, Mobile Phone (or Vorname, Nachname, E-Mail-Adresse, Mobiltelefon)")
	}
	t.columns = columns
	return nil
}

// row makes a contact of a row. A row without anything is none.
func (t *table) row(cells []string) error {
	if strings.TrimSpace(strings.Join(cells, "")) == "" {
		return nil
	}
	if len(cells) > len(t.columns) {
		return t.at(len(t.columns)).wrong("the row has more cells than the first row has names")
	}
	var d draft
	for i, cell := range cells {
		if cell = strings.TrimSpace(cell); cell == "" || t.columns[i] == nil {
			continue
		}
		if err := t.columns[i](&d, cell); err != nil {
			return t.at(i).wrong("%s", err)
		}
	}
	c := d.card()
	return t.found.add(t.at(0).line, d.id, c, nil)
}

// draft is a contact whose cells are being read: some say what others are.
type draft struct {
	id        string
	c         card.Card
	labels    map[string]string       // "phone 1": Work
	addresses map[string]card.Address // by use, or by number where a label says the use
	order     []string                // of addresses
	more      map[string][]string     // further lines of a street
}

func (d *draft) address(key string) card.Address {
	if d.addresses == nil {
		d.addresses, d.more = map[string]card.Address{}, map[string][]string{}
	}
	a, there := d.addresses[key]
	if !there {
		d.order = append(d.order, key)
	}
	return a
}

// card returns the contact.
func (d *draft) card() card.Card {
	for _, key := range d.order {
		a := d.addresses[key]
		if a.Use == "" {
			a.Use = useOf(d.labels[key], card.Other)
		}
		for _, line := range d.more[key] {
			a.Street = strings.TrimPrefix(a.Street+"\n"+line, "\n")
		}
		d.c.Addresses = append(d.c.Addresses, a)
	}
	return d.c
}
