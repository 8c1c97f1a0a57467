package register

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"kept/internal/i18n"
)

//go:embed page.css
var pageStyle string

//go:embed page.gohtml
var pageSource string

var pageTemplate = template.Must(template.New("record").Parse(pageSource))

// page is what the template shows.
type page struct {
	*Record
	Style   template.CSS
	Picture template.HTML
}

// writeHTML writes the record as one page that needs nothing else: it prints on
// paper, follows light and dark, and forbids itself to load anything.
func (r *Record) writeHTML(w io.Writer) error {
	p := page{Record: r, Style: template.CSS(pageStyle), Picture: template.HTML(r.picture())} // both made here, every text in the picture escaped
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("write the record as a page: %w", err)
	}
	return nil
}

// T returns the record's words called key.
func (p page) T(key string, args ...any) string { return p.say(key, args...) }

// Stand names the version and the hash of the policy.
func (p page) Stand() string {
	return p.say("stand", i18n.Day(p.Policy.Version, p.Language))
}

// Entry is an activity as the page shows it.
type Entry struct {
	*Activity
	Terms []TermLine
	Data  Table
}

// TermLine is a word and what stands for it.
type TermLine struct {
	Name string
	Says Cell
}

// Own are the activities of the controller's own account.
func (p page) Own() []Entry { return p.entriesOf(p.Activities) }

// Entries are the activities of a commission.
func (p page) Entries(c Commission) []Entry { return p.entriesOf(c.Activities) }

func (p page) entriesOf(list []Activity) []Entry {
	var all []Entry
	for i := range list {
		all = append(all, p.entry(&list[i]))
	}
	return all
}

// entry says of an activity what the columns of the workbook say.
func (p page) entry(a *Activity) Entry {
	whole := entry{r: p.Record, a: a, c: Category{Data: a.Data}}
	x := Entry{Activity: a, Data: p.dataOf(a)}
	for _, c := range []column[entry]{colForm, colSystem, colPurpose, colBases, colPeople, colSource, colWho, colSorts, colContracts, colAbroad, colLimits, colAccess, colDecision, colGiven} {
		if says := c.cell(whole); len(says) > 0 {
			x.Terms = append(x.Terms, TermLine{Name: p.say("col." + c.key), Says: says})
		}
	}
	return x
}

// dataOf is the activity's data by category.
func (p page) dataOf(a *Activity) Table {
	var rows []entry
	for _, c := range a.Categories() {
		rows = append(rows, entry{r: p.Record, a: a, c: c})
	}
	return tableOf(p.Language, "data", []column[entry]{colCategory, colKey, colFields, colSpecial, colReached, colLimit, colISO}, rows)
}

// Appendix are the tables that stand behind the activities, those that hold
// something.
func (p page) Appendix() []Table {
	var all []Table
	for _, t := range []Table{p.CustomerTable(), p.RecipientTable(), p.TransferTable(), p.MeasureTable(), p.StorageTable()} {
		if len(t.Rows) > 0 {
			all = append(all, t.narrow())
		}
	}
	return all
}

// narrow is the table without columns that are empty in every row.
func (t Table) narrow() Table {
	n := Table{Key: t.Key, Title: t.Title}
	for i, head := range t.Head {
		empty := true
		for _, row := range t.Rows {
			empty = empty && len(row[i]) == 0
		}
		if empty {
			continue
		}
		n.Head, n.Width = append(n.Head, head), append(n.Width, t.Width[i])
		for j, row := range t.Rows {
			if len(n.Rows) == j {
				n.Rows = append(n.Rows, nil)
			}
			n.Rows[j] = append(n.Rows[j], row[i])
		}
	}
	return n
}

// Narrow is narrow for the template.
func (t Table) Narrow() Table { return t.narrow() }

// Anchor is the id of an activity in the page.
func (a *Activity) Anchor() string { return "activity-" + strings.ReplaceAll(escaped(a.ID), "/", "-") }
