package register

import (
	"slices"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// recipients are everybody outside who gets data (Art. 30(1)(d), (e)).
func (b builder) recipients() []Recipient {
	all := []Recipient{}
	for i := range b.p.Recipients {
		all = append(all, b.recipient(&b.p.Recipients[i]))
	}
	return all
}

func (b builder) recipient(r *policy.Recipient) Recipient {
	x := Recipient{
		Key: r.Key, Party: Party{Name: b.names.Recipient(r.Key), Address: r.Address}, Role: b.named("role.", string(r.Role)),
		Category: r.Category.In(b.lang), Agreement: b.agreement(r.Agreement), Chain: b.chain(r), Storage: []Country{},
		Transfers: b.transfers(r), OwnPurposes: r.OwnPurposes.In(b.lang), Objection: r.Objection, Notice: r.Notice,
		Hosts: some(r.Hosts), Gets: b.gets(r.Key), From: []string{},
	}
	if r.Country != "" {
		country := b.country(r.Country)
		x.Country = &country
	}
	for _, code := range r.Storage {
		x.Storage = append(x.Storage, b.country(code))
	}
	for _, other := range b.p.Recipients {
		if slices.Contains(other.Via, r.Key) {
			x.From = append(x.From, other.Key)
		}
	}
	return x
}

func (b builder) country(code string) Country {
	return Country{Code: code, Name: i18n.Country(code, b.lang)}
}

func (b builder) agreement(a *policy.Agreement) *Agreement {
	if a == nil {
		return nil
	}
	return &Agreement{Kind: b.named("agreement.", a.Kind), Since: a.Since, Essence: a.Essence.In(b.lang)}
}

// chain is everybody that r hands data on to, directly or through others.
func (b builder) chain(r *policy.Recipient) []string {
	chain, seen := []string{}, map[string]bool{r.Key: true}
	for next := slices.Clone(r.Via); len(next) > 0; next = next[1:] {
		if seen[next[0]] {
			continue
		}
		seen[next[0]] = true
		chain = append(chain, next[0])
		if further := b.p.Recipient(next[0]); further != nil {
			next = append(next, further.Via...)
		}
	}
	return chain
}

func (b builder) transfers(r *policy.Recipient) []Transfer {
	all := []Transfer{}
	for _, t := range r.Transfers {
		all = append(all, Transfer{
			To: b.country(t.To), Safeguard: b.named("safeguard.", t.Safeguard), Framework: t.Framework, Checked: t.Checked,
			Copy: t.Copy, Risk: t.Risk.In(b.lang),
		})
	}
	return all
}

// gets is what the recipient named key gets, by activity and embed.
func (b builder) gets(key string) []Receipt {
	all := []Receipt{}
	take := func(id, name string, d Delivery) {
		if d.Recipient == key {
			all = append(all, Receipt{Activity: id, Name: name, Fields: namesOf(d.Fields)})
		}
	}
	for i := range b.p.Activities {
		a := &b.p.Activities[i]
		for _, d := range b.deliveries(a) {
			take(a.Key, b.names.Activity(a), d)
		}
	}
	for i := range b.p.Services {
		x := b.embed(&b.p.Services[i])
		take(x.ID, x.Name, x.Recipients[0])
	}
	return all
}

func namesOf(list []Named) []string {
	names := []string{}
	for _, n := range list {
		names = append(names, n.Name)
	}
	return names
}

// joint are the controllers that decide together with this one (Art. 26,
// 30(1)(a)).
func (b builder) joint() []Joint {
	all := []Joint{}
	for _, r := range b.p.Recipients {
		if r.Role != policy.JointController {
			continue
		}
		x := Joint{Recipient: r.Key, Party: Party{Name: b.names.Recipient(r.Key), Address: r.Address}}
		if r.Agreement != nil {
			x.Essence = r.Agreement.Essence.In(b.lang)
		}
		all = append(all, x)
	}
	return all
}
