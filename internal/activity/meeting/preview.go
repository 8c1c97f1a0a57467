package meeting

import (
	"context"
	"strings"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/subject"
)

// preview works out what taking a report in would do. It writes nothing and
// makes no key.
func (m *Register) preview(ctx context.Context, a *policy.Activity, o Order, r *Result) error {
	known, err := m.seen(ctx, m.env.DB, a.Key+"/"+sum(o.Source))
	if known || err != nil {
		r.Known = known
		return err
	}
	c, err := m.aim(ctx, a, o)
	if fault.Is(err, fault.NotFound) && o.Conference == "" {
		r.Added = len(o.Report.People)
		return nil
	}
	if err != nil {
		return err
	}
	r.Conference = c.ID
	have, err := m.participants(ctx, m.env.DB, c.ID)
	if err != nil {
		return err
	}
	for _, p := range o.Report.People {
		values := m.values(p, o.Report)
		found, err := m.among(ctx, a, have, values)
		if err != nil {
			return err
		}
		if found == nil {
			r.Added++
			continue
		}
		if _, changed := merge(a, found.Values, values); changed {
			r.Changed++
		} else {
			r.Same++
		}
	}
	return nil
}

func (m *Register) aim(ctx context.Context, a *policy.Activity, o Order) (Conference, error) {
	if o.Conference == "" {
		return m.known(ctx, m.env.DB, a, o.Report)
	}
	c, err := conference(ctx, m.env.DB, o.Conference)
	if err == nil && c.Activity != a.Key {
		err = fault.New(fault.Conflict, "the conference belongs to the activity %s", c.Activity)
	}
	return c, err
}

// among finds the person of some values among those noted, nil if it is none.
func (m *Register) among(ctx context.Context, a *policy.Activity, have []Participation, values map[string]string) (*Participation, error) {
	who := ""
	var err error
	if address, bad := mail.Normalise(values["email"]); bad == nil && a.Has("email") {
		who, err = m.env.Subjects.Find(ctx, m.env.DB, subject.Email, address)
	} else if number := digits(values["phone"]); a.Has("phone") && len(number) > 5 {
		who, err = m.env.Subjects.Find(ctx, m.env.DB, phoneKind, number)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	for i := range have {
		byName := who == "" && a.Has("name") && values["name"] != "" && have[i].Values["email"] == "" && strings.EqualFold(have[i].Values["name"], values["name"])
		if have[i].Subject == who && who != "" || byName {
			return &have[i], nil
		}
	}
	return nil, nil
}
