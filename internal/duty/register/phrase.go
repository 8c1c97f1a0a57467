package register

import (
	"strings"

	"kept/internal/i18n"
)

// What several formats say in the same words.

func (r *Record) say(key string, args ...any) string { return words(r.Language, key, args...) }

// Title is the heading of the record.
func (r *Record) Title() string { return r.say("title") }

// basisLines are the legal bases, each with what it rests on.
func (r *Record) basisLines(a *Activity) Cell {
	c := Cell{}
	for _, b := range a.Bases {
		says := []string{b.Name}
		if b.For != "" {
			says = append(says, r.say("basis.for", b.For))
		}
		if b.Interest != "" {
			says = append(says, r.say("basis.interest", b.Interest))
		}
		if b.Law != "" {
			says = append(says, b.Law)
		}
		if b.Group != "" {
			says = append(says, r.say("basis.group", b.Group))
		}
		c = append(c, oneLine(strings.Join(says, "; ")))
	}
	return c
}

// sourceLines are where an activity's data comes from.
func (r *Record) sourceLines(a *Activity) Cell { return append(names(a.Sources), cell(a.Origin)...) }

// limitLines are the time limits of an activity with the data that each is for.
func (r *Record) limitLines(a *Activity) Cell {
	c := Cell{}
	for _, rule := range a.Retention {
		c = append(c, oneLine(r.governed(a, rule)+": "+rule.Says))
	}
	if a.System == Page {
		c = append(c, r.say("embed.limit"))
	}
	return append(c, cell(a.Withdrawal)...)
}

// governed names the data that a rule decides about.
func (r *Record) governed(a *Activity, rule Rule) string {
	switch len(rule.Fields) {
	case len(a.Data):
		return r.say("limit.all")
	case 0:
		return r.say("limit.none")
	}
	return strings.Join(a.fieldNames(rule.Fields), ", ")
}

func (a *Activity) fieldNames(fields []string) []string {
	named := make([]string, 0, len(fields))
	for _, f := range fields {
		name := spoken(f)
		for _, d := range a.Data {
			if d.Field == f {
				name = d.Name
			}
		}
		named = append(named, name)
	}
	return named
}

// deliveryLines are who gets what.
func (r *Record) deliveryLines(a *Activity) Cell {
	c := Cell{}
	for _, d := range a.Recipients {
		c = append(c, oneLine(r.place(d.Recipient)+": "+strings.Join(namesOf(d.Fields), ", ")))
	}
	return c
}

// place names a recipient with its country.
func (r *Record) place(key string) string {
	x := r.Recipient(key)
	switch {
	case x == nil:
		return spoken(key)
	case x.Country == nil:
		return x.Name
	}
	return x.Name + " (" + x.Country.Name + ")"
}

// reached are the recipients of an activity and everybody down their chains.
func (r *Record) reached(deliveries []Delivery) []*Recipient {
	var all []*Recipient
	seen := map[string]bool{}
	add := func(key string) {
		if x := r.Recipient(key); x != nil && !seen[key] {
			seen[key] = true
			all = append(all, x)
		}
	}
	for _, d := range deliveries {
		add(d.Recipient)
		if x := r.Recipient(d.Recipient); x != nil {
			for _, further := range x.Chain {
				add(further)
			}
		}
	}
	return all
}

// categoryOf says what sort of recipient somebody is.
func (x *Recipient) categoryOf() string {
	if x.Category == "" {
		return x.Role.Name
	}
	return x.Role.Name + ": " + x.Category
}

// agreementSays names the contract, its date and what it says.
func (r *Record) agreementSays(x *Recipient) Cell {
	if x.Agreement == nil {
		return Cell{}
	}
	says := x.Agreement.Kind.Name
	if x.Agreement.Since != "" {
		says = r.say("agreement.since", says, i18n.Day(x.Agreement.Since, r.Language))
	}
	return cell(says, x.Agreement.Essence)
}

// transferSays names the country and the safeguard with its document.
func (r *Record) transferSays(t Transfer) string {
	says := t.To.Name + ": " + r.safeguardSays(t)
	if t.Checked != "" {
		says += ", " + r.say("transfer.checked", i18n.Day(t.Checked, r.Language))
	}
	if t.Copy != "" {
		says += ", " + r.say("transfer.copy", t.Copy)
	}
	return says
}

func (r *Record) safeguardSays(t Transfer) string {
	if t.Framework != "" {
		return t.Safeguard.Name + " (" + t.Framework + ")"
	}
	return t.Safeguard.Name
}

// decisionLines say what is decided about people by automation.
func (r *Record) decisionLines(a *Activity) Cell {
	d := a.Decision
	if d == nil {
		return Cell{}
	}
	first := d.Kind.Name
	if d.Ground != nil {
		first += ", " + d.Ground.Name
	}
	return cell(first, d.Logic, d.Consequences)
}

// provisionLines say whether the data must be given.
func (r *Record) provisionLines(a *Activity) Cell {
	if a.Provision == nil {
		return Cell{}
	}
	return cell(a.Provision.Required.Name, strings.Join(namesOf(a.Provision.Data), ", "), a.Provision.Consequence)
}

// systemLine says what runs the activity.
func (a *Activity) systemLine() Cell {
	if a.Dataset == "" {
		return cell(a.SystemName)
	}
	return cell(a.SystemName, a.Dataset)
}

// formLine says what an entry is and to which part of the record it belongs.
func (r *Record) partOf(a *Activity) string {
	if a.OnBehalfOf != "" {
		return r.say("part.commission")
	}
	return r.say("part.own")
}

// partyLines are a name and the ways to reach it. The words in front of a phone
// number tell a spreadsheet that it is no sum.
func (r *Record) partyLines(p Party) Cell {
	c := cell(p.Name, p.Address, p.Email)
	if p.Phone != "" {
		c = append(c, oneLine(r.say("party.phone", p.Phone)))
	}
	if p.External {
		c = append(c, oneLine(r.say("party.external")))
	}
	return append(c, cell(p.URL)...)
}

func (r *Record) contactLines(p *Party) Cell {
	if p == nil {
		return Cell{}
	}
	return r.partyLines(*p)
}

func (r *Record) holdLines() Cell {
	c := Cell{}
	for _, h := range r.Holds {
		c = append(c, oneLine(h.Says))
	}
	return c
}

func (r *Record) jointLines() Cell {
	c := Cell{}
	for _, j := range r.Joint {
		line := strings.Join(cell(j.Name, j.Address), ", ")
		if j.Essence != "" {
			line += ": " + j.Essence
		}
		c = append(c, oneLine(line))
	}
	return c
}
