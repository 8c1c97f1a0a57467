package request

import (
	"context"
	"fmt"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/subject"
)

// identities returns what was shown of the person of a case.
func (d *Desk) identities(ctx context.Context, q store.Querier, id string) ([]Identity, error) {
	rows, err := q.QueryContext(ctx, "select kind, value, proof, evidence, coalesce(by_whom, ''), at from request_identity where request = $1 order by at, id", id)
	if err != nil {
		return nil, fmt.Errorf("read who asks: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Identity
	for rows.Next() {
		var i Identity
		var value, evidence []byte
		var at store.Time
		if err := rows.Scan(&i.Kind, &value, &i.Proof, &evidence, &i.By, &at); err != nil {
			return nil, fmt.Errorf("read who asks: %w", err)
		}
		if i.Value, err = d.openText(ctx, id, "request_identity.value", value); err != nil {
			return nil, err
		}
		if i.Evidence, err = d.openText(ctx, id, "request_identity.evidence", evidence); err != nil {
			return nil, err
		}
		i.At = at.Time
		all = append(all, i)
	}
	return all, store.Classify(rows.Err())
}

// person returns who asks, as far as it was shown: whom the identifiers lead to
// now, and the identifiers themselves.
func (d *Desk) person(ctx context.Context, q store.Querier, id string) (rights.Person, error) {
	var p rights.Person
	shown, err := d.identities(ctx, q, id)
	if err != nil {
		return p, err
	}
	known := map[string]bool{}
	for _, i := range shown {
		p.Identifiers = append(p.Identifiers, subject.Identifier{Kind: i.Kind, Value: i.Value, At: i.At})
		who, err := d.Subjects.Find(ctx, q, i.Kind, i.Value)
		if fault.Is(err, fault.NotFound) {
			continue
		} else if err != nil {
			return p, err
		}
		if !known[who] {
			known[who] = true
			p.Subjects = append(p.Subjects, who)
		}
	}
	return p, nil
}

// withRequests adds the person's requests themselves: they are data about the
// person too. What is erased leaves them, what is handed out has them.
func (d *Desk) withRequests(ctx context.Context, q store.Querier, id string, p rights.Person) (rights.Person, error) {
	p.Subjects = append(p.Subjects, id)
	for _, i := range p.Identifiers {
		others, err := d.Of(ctx, q, i.Kind, i.Value)
		if err != nil {
			return p, err
		}
		for _, other := range others {
			if other != id {
				p.Subjects = append(p.Subjects, other)
			}
		}
	}
	return p, nil
}

// Of returns the ids of the requests of whoever an identifier was shown to belong
// to. They are subjects under which the requests lie.
func (d *Desk) Of(ctx context.Context, q store.Querier, kind, value string) ([]string, error) {
	all, err := store.Texts(ctx, q, "select request from request_identity where lookup = $1 order by at, id", d.lookup(kind, value))
	if err != nil {
		return nil, fmt.Errorf("find the requests of a person: %w", err)
	}
	return all, nil
}

// contact reads how the person of a case is reached.
func (d *Desk) contact(ctx context.Context, q store.Querier, id string) (c Contact, err error) {
	var sealed []byte
	if err := q.QueryRowContext(ctx, "select contact from request_case where id = $1", id).Scan(&sealed); err != nil {
		return c, store.Classify(err)
	}
	return c, d.unseal(ctx, id, "request_case.contact", sealed, &c)
}

// wish reads what the person of a case wrote.
func (d *Desk) wish(ctx context.Context, q store.Querier, id string) (w Wish, err error) {
	var sealed []byte
	if err := q.QueryRowContext(ctx, "select wish from request_case where id = $1", id).Scan(&sealed); err != nil {
		return w, store.Classify(err)
	}
	return w, d.unseal(ctx, id, "request_case.wish", sealed, &w)
}

// wished is the wish as the room rights takes it.
func (c Case) wished(w Wish) rights.Wish {
	return rights.Wish{Activity: c.Activity, Corrections: w.Corrections, Reason: w.Words}
}
