package register

import (
	"strings"

	"kept/internal/i18n"
)

// entry is one activity, and for the table of data one category of it.
type entry struct {
	r *Record
	a *Activity
	c Category
}

// fields are the deliveries of the category's data.
func (e entry) deliveries() []Delivery {
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
	for _, d := range e.c.Data {
		if d.Field == field {
			return true
		}
	}
	return false
}

// limits are the rules that decide about the category's data, in the order of
// the policy.
func (e entry) limits() []Rule {
	var found []Rule
	for i, rule := range e.a.Retention {
		for _, d := range e.c.Data {
			if contains(d.Rules, i) {
				found = append(found, rule)
				break
			}
		}
	}
	return found
}

func contains(list []int, i int) bool {
	for _, x := range list {
		if x == i {
			return true
		}
	}
	return false
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
	return all
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
	colGets      = column[entry]{"recipients", 40, func(e entry) Cell { return e.recipients() }}
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
			for _, f := range rule.Fields {
				if f == d.Field {
					named = append(named, d.Name)
				}
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

// Data is the table that an auditor filters: a row for each activity and data
// category, with everything that Art. 30 asks for. Its columns are the same for
// every policy.
func (r *Record) Data() Table {
	always := []column[entry]{
		{"controller", 24, func(e entry) Cell { return e.r.partyLines(e.r.Controller) }},
		{"representative", 24, func(e entry) Cell { return e.r.contactLines(e.r.Representative) }},
		{"joint", 24, func(e entry) Cell { return e.r.jointLines() }},
		{"officer", 24, func(e entry) Cell { return e.r.contactLines(e.r.Officer) }},
		{"version", 12, func(e entry) Cell { return cell(e.r.Policy.Version) }},
		{"hash", 20, func(e entry) Cell { return cell(e.r.Policy.Hash) }},
	}
	columns := append([]column[entry]{
		colPart, colID, colActivity, colForm, colSystem, colOnBehalf, colPurpose, colUse, colBases, colPeople, colCategory, colKey, colFields,
		colSpecial, colSource, colGets, colSorts, colContracts, colAbroad, colLimit, colISO, colHolds, colAccess, colDecision, colGiven, colMeasures,
	}, always...)
	return tableOf(r.Language, "data", columns, r.entries())
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

// Overview has a row for each activity, short enough for a page.
func (r *Record) Overview() Table {
	columns := []column[entry]{colActivity, colPurpose, colBases, colPeople, colCategories, colSub2(), colLimits}
	return tableOf(r.Language, "overview", columns, r.whole(func(*Activity) bool { return true }))
}

// colSub2 are the recipients by name, under their usual head.
func colSub2() column[entry] {
	return column[entry]{"recipients", 30, func(e entry) Cell { return e.recipients() }}
}

// ActivityTable has a row for each activity of the controller's own, in full.
func (r *Record) ActivityTable() Table {
	columns := []column[entry]{
		colID, colActivity, colForm, colSystem, colPurpose, colUse, colBases, colPeople, colCategories, colSource, colWho, colSorts, colAbroad,
		colLimits, colHolds, colAccess, colDecision, colGiven,
	}
	return tableOf(r.Language, "activities", columns, r.whole(func(a *Activity) bool { return a.OnBehalfOf == "" }))
}

// ProcessorTable has a row for each activity on behalf of others (Art. 30(2)).
func (r *Record) ProcessorTable() Table {
	columns := []column[entry]{
		colOnBehalf, colID, colActivity, colSystem, colPurpose, colUse, colBases, colPeople, colCategories, colSource, colSub, colContracts, colAbroad,
		colLimits, colHolds, colAccess, colDecision, colMeasures,
	}
	return tableOf(r.Language, "processor", columns, r.whole(func(a *Activity) bool { return a.OnBehalfOf != "" }))
}

// listed is a recipient, and for the table of transfers one of its transfers.
type listed struct {
	r *Record
	x *Recipient
	t Transfer
}

func (r *Record) listed() []listed {
	var all []listed
	for i := range r.Recipients {
		all = append(all, listed{r: r, x: &r.Recipients[i]})
	}
	return all
}

var (
	colRecipient = column[listed]{"recipient", 28, func(l listed) Cell { return cell(l.x.Name, l.x.Address) }}
	colCountry   = column[listed]{"country", 16, func(l listed) Cell { return l.country() }}
)

func (l listed) country() Cell {
	if l.x.Country == nil {
		return Cell{}
	}
	return cell(l.x.Country.Name)
}

// RecipientTable has a row for each recipient.
func (r *Record) RecipientTable() Table {
	columns := []column[listed]{
		colRecipient,
		{"role", 22, func(l listed) Cell { return cell(l.x.Role.Name) }},
		{"recipient-category", 24, func(l listed) Cell { return cell(l.x.Category) }},
		colCountry,
		{"agreement", 30, func(l listed) Cell { return l.r.agreementSays(l.x) }},
		{"gets", 44, func(l listed) Cell { return l.gets() }},
		{"chain", 28, func(l listed) Cell { return l.places(l.x.Chain) }},
		{"stored", 18, func(l listed) Cell { return l.stored() }},
		{"third-countries", 44, func(l listed) Cell { return l.transfers() }},
		{"own-purposes", 34, func(l listed) Cell { return cell(l.x.OwnPurposes) }},
		{"links", 34, func(l listed) Cell { return cell(l.x.Notice, l.x.Objection) }},
		{"hosts", 26, func(l listed) Cell { return cell(l.x.Hosts...) }},
	}
	return tableOf(r.Language, "recipients", columns, r.listed())
}

func (l listed) gets() Cell {
	c := Cell{}
	for _, g := range l.x.Gets {
		c = append(c, oneLine(g.Name+": "+strings.Join(g.Fields, ", ")))
	}
	for _, key := range l.x.From {
		c = append(c, oneLine(l.r.say("recipient.from", l.r.place(key))))
	}
	return c
}

func (l listed) places(keys []string) Cell {
	c := Cell{}
	for _, key := range keys {
		c = append(c, oneLine(l.r.place(key)))
	}
	return c
}

func (l listed) stored() Cell {
	c := Cell{}
	for _, country := range l.x.Storage {
		c = append(c, country.Name)
	}
	return c
}

func (l listed) transfers() Cell {
	c := Cell{}
	for _, t := range l.x.Transfers {
		c = append(c, oneLine(l.r.transferSays(t)))
	}
	return c
}

// TransferTable has a row for each transfer to a third country, with the
// document of its safeguard (Art. 30(1)(e), 30(2)(c)).
func (r *Record) TransferTable() Table {
	columns := []column[listed]{
		{"to", 20, func(l listed) Cell { return cell(l.t.To.Name) }},
		colRecipient, colCountry,
		{"safeguard", 40, func(l listed) Cell { return cell(l.t.Safeguard.Name) }},
		{"framework", 14, func(l listed) Cell { return cell(l.t.Framework) }},
		{"checked", 18, func(l listed) Cell { return cell(i18n.Day(l.t.Checked, l.r.Language)) }},
		{"copy", 30, func(l listed) Cell { return cell(l.t.Copy) }},
		{"risk", 44, func(l listed) Cell { return cell(l.t.Risk) }},
		{"gets", 44, func(l listed) Cell { return l.gets() }},
	}
	var all []listed
	for _, l := range r.listed() {
		for _, t := range l.x.Transfers {
			all = append(all, listed{r: r, x: l.x, t: t})
		}
	}
	return tableOf(r.Language, "transfers", columns, all)
}

// MeasureTable lists what protects the data, who inside sees it and what may
// keep it longer.
func (r *Record) MeasureTable() Table {
	type line struct {
		kind string
		says Cell
	}
	var all []line
	add := func(kind string, list Cell) {
		for _, says := range list {
			all = append(all, line{r.say("measure-kind." + kind), Cell{says}})
		}
	}
	add("measure", names(r.Measures))
	add("department", names(r.Departments))
	add("hold", r.holdLines())
	columns := []column[line]{
		{"kind", 26, func(l line) Cell { return cell(l.kind) }},
		{"measure", 80, func(l line) Cell { return l.says }},
	}
	return tableOf(r.Language, "measures", columns, all)
}

// StorageTable lists what is kept on visitors' devices.
func (r *Record) StorageTable() Table {
	columns := []column[Storage]{
		{"name", 26, func(s Storage) Cell { return cell(s.Name) }},
		{"storage-kind", 20, func(s Storage) Cell { return cell(s.Kind.Name) }},
		{"used-by", 28, func(s Storage) Cell { return cell(s.UsedName) }},
		{"storage-purpose", 44, func(s Storage) Cell { return cell(s.Purpose) }},
		{"lifetime", 20, func(s Storage) Cell { return cell(s.Lasts) }},
	}
	return tableOf(r.Language, "storage", columns, r.Storage)
}

// Cover says who answers for all this, and which policy it was made from.
func (r *Record) Cover() Table {
	type line struct {
		key  string
		says Cell
	}
	all := []line{
		{"controller", r.partyLines(r.Controller)}, {"representative", r.contactLines(r.Representative)}, {"joint", r.jointLines()},
		{"officer", r.contactLines(r.Officer)}, {"authority", r.authorityLines()},
		{"version", cell(i18n.Day(r.Policy.Version, r.Language))}, {"hash", cell(r.Policy.Hash)}, {"jurisdiction", cell(i18n.Country(r.Policy.Jurisdiction, r.Language))},
	}
	said := all[:0]
	for _, l := range all {
		if len(l.says) > 0 {
			said = append(said, l)
		}
	}
	columns := []column[line]{
		{"what", 28, func(l line) Cell { return cell(r.say("col." + l.key)) }},
		{"says", 76, func(l line) Cell { return l.says }},
	}
	return tableOf(r.Language, "cover", columns, said)
}

func (r *Record) authorityLines() Cell {
	if r.Authority == nil {
		return Cell{}
	}
	return cell(r.Authority.Name, r.Authority.URL)
}
