package register

import (
	"strings"

	"kept/internal/i18n"
)

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
		colSpecial, colSource, colReached, colSorts, colContracts, colAbroad, colLimit, colISO, colHolds, colAccess, colDecision, colGiven, colMeasures,
	}, always...)
	return tableOf(r.Language, "data", columns, r.entries())
}

// Overview has a row for each activity, short enough for a page.
func (r *Record) Overview() Table {
	columns := []column[entry]{colActivity, colPurpose, colBases, colPeople, colCategories, colReached, colLimits}
	return tableOf(r.Language, "overview", columns, r.whole(func(*Activity) bool { return true }))
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
