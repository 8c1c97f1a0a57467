package register

import (
	"slices"
	"strings"
)

// entry is one activity, and for the table of data one category of it.
type entry struct {
	r *Record
	a *Activity
	c Category
}

// deliveries are those of the category's data; where there is no data, all.
func (e entry) deliveries() []Delivery {
	if len(e.c.Data) == 0 {
		return e.a.Recipients
	}
	var found []Delivery
	for _, d := range e.a.Recipients {
		var fields []Named
		for _, f := range d.Fields {
			if e.has(f.Key) {
				fields = append(fields, f)
			}
		}
		if len(fields) > 0 {
			found = append(found, Delivery{Recipient: d.Recipient, Name: d.Name, Fields: fields})
		}
	}
	return found
}

func (e entry) has(field string) bool {
	return slices.ContainsFunc(e.c.Data, func(d Datum) bool { return d.Field == field })
}

// limits are the rules that decide about the category's data, in the order of
// the policy.
func (e entry) limits() []Rule {
	var found []Rule
	for i, rule := range e.a.Retention {
		if slices.ContainsFunc(e.c.Data, func(d Datum) bool { return slices.Contains(d.Rules, i) }) {
			found = append(found, rule)
		}
	}
	return found
}

// entries are the activities, each with every category of its data; one that
// holds none is an entry all the same.
func (r *Record) entries() []entry {
	var all []entry
	for a := range r.All() {
		categories := a.Categories()
		if len(categories) == 0 {
			categories = []Category{{}}
		}
		for _, c := range categories {
			all = append(all, entry{r: r, a: a, c: c})
		}
	}
	if a := r.mentioned(); len(a.Recipients) > 0 {
		all = append(all, entry{r: r, a: a})
	}
	return all
}

// mentioned holds the recipients that the policy declares and gives nothing to,
// so that the table names them too: whoever is only a source, for one.
func (r *Record) mentioned() *Activity {
	x := &Activity{ID: "recipients", Form: Mentioned, Name: r.say("mentioned")}
	reached := map[string]bool{}
	for a := range r.All() {
		for _, y := range r.reached(a.Recipients) {
			reached[y.Key] = true
		}
	}
	for _, y := range r.Recipients {
		if !reached[y.Key] {
			x.Recipients = append(x.Recipients, Delivery{Recipient: y.Key, Name: y.Name})
		}
	}
	return x
}

// The columns over an activity.
var (
	colPart     = column[entry]{"part", 14, func(e entry) Cell { return cell(e.r.partOf(e.a)) }}
	colID       = column[entry]{"id", 18, func(e entry) Cell { return cell(e.a.ID) }}
	colActivity = column[entry]{"activity", 26, func(e entry) Cell { return cell(e.a.Name) }}
	colForm     = column[entry]{"form", 18, func(e entry) Cell { return cell(e.r.say("form." + string(e.a.Form))) }}
	colSystem   = column[entry]{"system", 22, func(e entry) Cell { return e.a.systemLine() }}
	colOnBehalf = column[entry]{"on-behalf", 24, func(e entry) Cell { return cell(e.a.OnBehalfOf) }}
	colPurpose  = column[entry]{"purpose", 26, func(e entry) Cell { return cell(e.a.Purpose.Name) }}
	colUse      = column[entry]{"purpose-key", 26, func(e entry) Cell { return e.use() }}
	colBases    = column[entry]{"bases", 40, func(e entry) Cell { return e.r.basisLines(e.a) }}
	colPeople   = column[entry]{"people", 20, func(e entry) Cell { return terms(e.a.People) }}
	colAccess   = column[entry]{"access", 20, func(e entry) Cell { return names(e.a.Access) }}
	colDecision = column[entry]{"decision", 34, func(e entry) Cell { return e.r.decisionLines(e.a) }}
	colMeasures = column[entry]{"measures", 40, func(e entry) Cell { return names(e.r.Measures) }}
	colHolds    = column[entry]{"holds", 34, func(e entry) Cell { return e.r.holdLines() }}
	colGiven    = column[entry]{"provision", 30, func(e entry) Cell { return e.r.provisionLines(e.a) }}
)

// use is the purpose's key, for what has one in the taxonomy.
func (e entry) use() Cell {
	if e.a.Form == Embed {
		return Cell{}
	}
	return cell(e.a.Purpose.Key)
}

// The columns over one category of data.
var (
	colCategory  = column[entry]{"category", 24, func(e entry) Cell { return cell(e.c.Name) }}
	colKey       = column[entry]{"category-key", 26, func(e entry) Cell { return cell(e.c.Key) }}
	colFields    = column[entry]{"fields", 36, func(e entry) Cell { return e.fieldNames() }}
	colSpecial   = column[entry]{"special", 16, func(e entry) Cell { return e.special() }}
	colSource    = column[entry]{"source", 26, func(e entry) Cell { return e.sources() }}
	colReached   = column[entry]{"recipients", 40, func(e entry) Cell { return e.recipients() }}
	colSorts     = column[entry]{"recipient-categories", 28, func(e entry) Cell { return e.sorts() }}
	colContracts = column[entry]{"agreements", 34, func(e entry) Cell { return e.agreements() }}
	colAbroad    = column[entry]{"transfers", 48, func(e entry) Cell { return e.transfers() }}
	colLimit     = column[entry]{"limit", 44, func(e entry) Cell { return e.limitSays() }}
	colISO       = column[entry]{"limit-iso", 14, func(e entry) Cell { return e.iso() }}
)

func (e entry) fieldNames() Cell {
	c := Cell{}
	for _, d := range e.c.Data {
		c = append(c, oneLine(d.Name))
	}
	return c
}

func (e entry) special() Cell {
	if len(e.c.Data) == 0 || e.c.Data[0].Special == "" {
		return Cell{}
	}
	return cell(e.r.say("special." + string(e.c.Data[0].Special)))
}

func (e entry) sources() Cell { return append(names(sources(e.c.Data)), cell(e.a.Origin)...) }

func (e entry) recipients() Cell {
	c := Cell{}
	for _, x := range e.r.reached(e.deliveries()) {
		c = append(c, oneLine(e.r.place(x.Key)))
	}
	return c
}

func (e entry) sorts() Cell {
	c := Cell{}
	for _, x := range e.r.reached(e.deliveries()) {
		c = append(c, oneLine(x.categoryOf()))
	}
	return unique(c)
}

func (e entry) agreements() Cell {
	c := Cell{}
	for _, x := range e.r.reached(e.deliveries()) {
		for _, line := range e.r.agreementSays(x) {
			c = append(c, oneLine(x.Name+": "+line))
		}
	}
	return c
}

func (e entry) transfers() Cell {
	c := Cell{}
	for _, x := range e.r.reached(e.deliveries()) {
		for _, t := range x.Transfers {
			c = append(c, oneLine(x.Name+" → "+e.r.transferSays(t)))
		}
	}
	return c
}

// limitSays are the time limits of the category; a rule that is not for all of
// its data says for which.
func (e entry) limitSays() Cell {
	c := Cell{}
	for _, rule := range e.limits() {
		says := rule.Says
		var named []string
		for _, d := range e.c.Data {
			if slices.Contains(rule.Fields, d.Field) {
				named = append(named, d.Name)
			}
		}
		if len(named) < len(e.c.Data) {
			says = strings.Join(named, ", ") + ": " + says
		}
		c = append(c, oneLine(says))
	}
	if e.a.System == Page {
		c = append(c, e.r.say("embed.limit"))
	}
	return c
}

func (e entry) iso() Cell {
	c := Cell{}
	for _, rule := range e.limits() {
		c = append(c, rule.Keep)
	}
	return unique(c)
}

// whole are the entries with all of an activity's data as one.
func (r *Record) whole(of func(a *Activity) bool) []entry {
	var all []entry
	for a := range r.All() {
		if of(a) {
			all = append(all, entry{r: r, a: a, c: Category{Data: a.Data}})
		}
	}
	return all
}

var (
	colCategories = column[entry]{"categories", 30, func(e entry) Cell { return e.categories() }}
	colLimits     = column[entry]{"limits", 50, func(e entry) Cell { return e.r.limitLines(e.a) }}
	colWho        = column[entry]{"who-gets-what", 44, func(e entry) Cell { return e.r.deliveryLines(e.a) }}
	colSub        = column[entry]{"sub-processors", 40, func(e entry) Cell { return e.recipients() }}
)

// categories are the names of the categories, special ones marked.
func (e entry) categories() Cell {
	c := Cell{}
	for _, x := range e.a.Categories() {
		line := x.Name
		if s := x.Data[0].Special; s != "" {
			line += " (" + e.r.say("special."+string(s)) + ")"
		}
		c = append(c, oneLine(line))
	}
	return c
}
