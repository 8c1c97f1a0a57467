package usage

import (
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
)

//go:embed templates
var sources embed.FS

var pages = page.Parse(sources, "templates")

// deskPath is where the reports stand at the console.
const deskPath = "/usage"

// Entries implements page.Listed.
func (c *Collector) Entries() []page.Entry {
	if c.entry() == nil {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: section + ".nav"}}
}

type reportPage struct {
	page.Base
	Entry bool // the policy has one
	Weeks []weekLine
	Week  *Week
	Name  string // of the week that is shown
	Lists []shownList
	Least int
}

type weekLine struct {
	Name, Link string
	People     int64
	Shown      bool
}

type shownList struct {
	Title  string
	Lines  []Line
	Others int64
}

// showReport shows the report on one week, the newest unless another is asked for.
func (c *Collector) showReport(w http.ResponseWriter, r *http.Request) error {
	p := reportPage{Base: c.env.Desk.Open(r, section), Least: SmallestGroup}
	p.Title, p.Here = p.T("title"), deskPath
	entry := c.entry()
	if entry == nil {
		return pages.Show(c.env.Desk, w, r, "report", p)
	}
	p.Entry = true
	all, err := c.Weeks(r.Context(), entry.Key)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return pages.Show(c.env.Desk, w, r, "report", p)
	}
	week, err := shown(all, r.PathValue("week"))
	if err != nil {
		return err
	}
	if week.Lists, err = c.Lists(r.Context(), entry.Key, week.Begins); err != nil {
		return err
	}
	p.Week, p.Name = &week, weekName(week.Begins, p.Lang)
	for _, l := range week.Lists {
		if l.Field == fieldRegion {
			for i := range l.Lines {
				l.Lines[i].Name = i18n.Country(l.Lines[i].Name, p.Lang)
			}
		}
		p.Lists = append(p.Lists, shownList{Title: i18n.Begins(titleOf(l.Field, p.Lang)), Lines: l.Lines, Others: l.Others})
	}
	for _, x := range all {
		p.Weeks = append(p.Weeks, weekLine{
			Name: weekName(x.Begins, p.Lang), People: x.People, Shown: x.Begins.Equal(week.Begins),
			Link: p.To(deskPath + "/" + x.Begins.Format(time.DateOnly)),
		})
	}
	return pages.Show(c.env.Desk, w, r, "report", p)
}

// shown is the week that a page is about: the one that began on a day, else the newest.
func shown(all []Week, day string) (Week, error) {
	if day == "" {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(w Week) bool { return w.Begins.Format(time.DateOnly) == day })
	if i < 0 {
		return Week{}, fault.New(fault.NotFound, "there is no report on this week")
	}
	return all[i], nil
}

// weekName is the first and the last day of a week, without saying anything twice.
func weekName(begins time.Time, lang string) string {
	ends := begins.AddDate(0, 0, 6)
	last := i18n.DateIn(ends, ends.Location(), lang)
	first := i18n.DateIn(begins, begins.Location(), lang)
	if begins.Year() == ends.Year() {
		first = strings.TrimSuffix(first, " "+strconv.Itoa(begins.Year()))
	}
	if begins.Month() == ends.Month() {
		day, _, _ := strings.Cut(first, "\u00a0") // which binds it to its month
		return day + "–" + last
	}
	return first + " – " + last
}

// titleOf is what the policy's words call a field.
func titleOf(field, lang string) string {
	for _, f := range kind().Fields {
		if f.Name == field {
			return f.Title.In(lang)
		}
	}
	return field
}
