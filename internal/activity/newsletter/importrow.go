package newsletter

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
)

// longestText is how many bytes the text of a consent may have.
const longestText = 4000

// Row is somebody who is to be taken over, with the proof of it.
type Row struct {
	row               int // in the file
	Email             string
	First             string
	Last              string
	Company, Language string
	Zone              string
	Topics, Lists     []string

	SignedUp, Confirmed   time.Time
	SignUpIP, ConfirmIP   netip.Addr
	Source, Text, Version string

	SoldAt     time.Time
	Sold, Told string
}

// reading turns lines of a table into rows and notes what is wrong.
type reading struct {
	table   Table
	mapping Mapping
	entry   *policy.Activity
	ground  Ground
	zone    *time.Location
	now     time.Time

	line     line
	bad      bool // the line has a problem
	problems []Problem
}

// read returns the rows that can be taken and every problem of the others.
func (r *reading) read() (rows []Row) {
	seen := map[string]int{}
	for _, l := range r.table.rows {
		r.line, r.bad = l, false
		row := r.row()
		if first, twice := seen[row.Email]; twice && row.Email != "" {
			r.wrong(columnEmail, "twice", first)
		}
		if row.Email != "" {
			seen[row.Email] = l.row
		}
		if !r.bad {
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *reading) row() Row {
	row := Row{row: r.line.row, First: r.text(columnFirst, longest), Last: r.text(columnLast, longest), Company: r.text(columnCompany, longest)}
	address, err := mail.Normalise(r.cell(columnEmail))
	if err != nil {
		r.wrong(columnEmail, "address")
	}
	row.Email = address
	if lang := r.cell(columnLanguage); lang != "" {
		row.Language = strings.ToLower(lang[:min(len(lang), 2)])
		if !slices.Contains(i18n.Languages(), row.Language) {
			r.wrong(columnLanguage, "language", strings.Join(i18n.Languages(), ", "))
		}
	}
	if row.Zone = r.text(columnZone, longest); row.Zone != "" {
		if _, err := zone(row.Zone); err != nil {
			r.wrong(columnZone, "zone")
		}
	}
	row.Topics, row.Lists = r.words(columnTopics), r.words(columnLists)
	if len(topicsOf(r.entry)) == 0 { // what the entry does not offer is not kept either
		row.Topics = nil
	}
	if knownTopics(r.entry, row.Topics) != nil {
		r.wrong(columnTopics, "topic", strings.Join(names(topicsOf(r.entry)), ", "))
	}
	if g := r.cell(columnGround); g != "" && g != string(r.ground) {
		r.wrong(columnGround, "ground", r.ground)
	}
	if r.ground == ByCustomer {
		r.sale(&row)
	} else {
		r.consent(&row)
	}
	return row
}

// consent reads the proof of a consent. Nobody is taken over without: whoever
// sends must be able to show who consented to what and when (Art. 7(1) GDPR).
func (r *reading) consent(row *Row) {
	row.SignedUp, row.Confirmed = r.moment(columnSignUp), r.moment(columnConfirm)
	row.SignUpIP, row.ConfirmIP = r.address(columnSignUpIP), r.address(columnConfirmIP)
	row.Source, row.Text, row.Version = r.needed(columnSource, longest), r.needed(columnText, longestText), r.text(columnVersion, longest)
	if len(topicsOf(r.entry)) > 0 && len(row.Topics) == 0 {
		r.wrong(columnTopics, "topicless")
	}
	if !row.SignUpIP.IsValid() && !row.ConfirmIP.IsValid() && r.cell(columnSignUpIP)+r.cell(columnConfirmIP) == "" {
		r.wrong(columnConfirmIP, "ipless")
	}
	if !row.SignedUp.IsZero() && !row.Confirmed.IsZero() && row.Confirmed.Before(row.SignedUp) {
		r.wrong(columnConfirm, "before")
	}
}

// sale reads what § 7(3) UWG asks for: a sale from which the address is known, and
// that the customer was told then that they may object.
func (r *reading) sale(row *Row) {
	row.SoldAt, row.Sold, row.Told = r.moment(columnSoldAt), r.needed(columnSold, longest), r.needed(columnTold, longestText)
	row.Source = r.text(columnSource, longest)
	row.SignedUp = row.SoldAt
}

// cell returns what stands in a column of the line, empty if the file has none.
func (r *reading) cell(column string) string {
	i, ok := r.mapping[column]
	if !ok || i >= len(r.line.cells) {
		return ""
	}
	return r.line.cells[i]
}

// text returns a cell of one line of text.
func (r *reading) text(column string, most int) string {
	v := r.cell(column)
	if len(v) > most || !utf8.ValidString(v) || strings.ContainsFunc(v, func(c rune) bool {
		return c < ' ' && (most != longestText || c != '\n' && c != '\r' && c != '\t') || c == 0x7f
	}) {
		r.wrong(column, "text", most)
		return ""
	}
	return v
}

func (r *reading) needed(column string, most int) string {
	v := r.text(column, most)
	if v == "" && r.cell(column) == "" {
		r.wrong(column, lacking[column])
	}
	return v
}

// lacking names the words that say why a row is not taken without a column.
var lacking = map[string]string{
	columnSignUp:  "no-sign-up",
	columnConfirm: "no-confirmation",
	columnSource:  "no-source",
	columnText:    "no-text",
	columnSoldAt:  "no-sale",
	columnSold:    "no-goods",
	columnTold:    "no-notice",
}

// words splits a cell at commas, semicolons or bars.
func (r *reading) words(column string) (found []string) {
	for _, w := range strings.FieldsFunc(r.text(column, longestText), func(c rune) bool { return strings.ContainsRune(",;|", c) }) {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(found, w) {
			found = append(found, w)
		}
	}
	return found
}

func (r *reading) address(column string) netip.Addr {
	v := r.cell(column)
	if v == "" {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(v)
	if err != nil || a.Zone() != "" {
		r.wrong(column, "ip")
	}
	return a
}

// forms are the ways in which a moment is written. Days with slashes are not
// among them: nobody can tell 3/4 from 4/3.
var forms = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02",
	"02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006, 15:04", "02.01.2006",
}

// moment returns a time that a row must have.
func (r *reading) moment(column string) time.Time {
	v := r.cell(column)
	if v == "" {
		r.wrong(column, lacking[column])
		return time.Time{}
	}
	for _, form := range forms {
		t, err := time.ParseInLocation(form, v, r.zone)
		switch {
		case err != nil:
			continue
		case t.After(r.now):
			r.wrong(column, "future")
		case t.Year() < 1990:
			r.wrong(column, "past")
		}
		return t.UTC()
	}
	r.wrong(column, "time")
	return time.Time{}
}

// wrong notes what is wrong with a column of the line, under the head that it has
// in the file. what names the words that say it.
func (r *reading) wrong(column, what string, args ...any) {
	r.bad = true
	head := column
	if i, ok := r.mapping[column]; ok && i < len(r.table.Head) {
		head = plainFile(r.table.Head[i])
	}
	p := Problem{File: r.table.Name, Row: r.line.row, Column: head, what: what, args: args}
	p.Says = p.In(i18n.English)
	r.problems = append(r.problems, p)
}
