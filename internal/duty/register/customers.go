package register

import (
	"context"
	"fmt"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// Customers are the controllers on whose behalf something is done now (Art. 30(2)(a)).
// No policy names them, so whoever makes the record of an instance adds them.
type Customers struct {
	Count int        `json:"count"`
	Named []Customer `json:"named,omitempty"` // none where the reader may not see who they are
}

// Customer is one of them, with the categories of processing that are carried out on its
// behalf (Art. 30(2)(b)).
type Customer struct {
	ID string `json:"id"`
	Party
	Since      string  `json:"since"` // day
	Activities []Named `json:"activities"`
}

// Serves returns which entries that act on behalf of others hold rows of which subjects.
func Serves(ctx context.Context, q store.Querier, p *policy.Policy, all []manifest.Manifest) (map[string][]string, error) {
	serves := map[string][]string{}
	for i := range p.Activities {
		a := &p.Activities[i]
		if len(a.OnBehalfOf) == 0 {
			continue
		}
		for j := range all {
			if all[j].Name != a.Kind {
				continue
			}
			who, err := subjectsOf(ctx, q, a.Key, &all[j])
			if err != nil {
				return nil, fmt.Errorf("look on whose behalf %s is done: %w", a.Key, err)
			}
			for id := range who {
				serves[id] = append(serves[id], a.Key)
			}
		}
	}
	return serves, nil
}

// subjectsOf are the subjects of a kind's rows under an entry.
func subjectsOf(ctx context.Context, q store.Querier, key string, m *manifest.Manifest) (map[string]bool, error) {
	who := map[string]bool{}
	for i := range m.Tables {
		t := &m.Tables[i]
		if t.Shape != manifest.Rows || t.Subject == "" {
			continue
		}
		query, args := fmt.Sprintf("select distinct %s from %s where %s is not null", t.Subject, t.Name, t.Subject), []any{}
		if t.Activity != "" {
			query, args = query+fmt.Sprintf(" and %s = $1", t.Activity), append(args, key)
		}
		ids, err := store.Texts(ctx, q, query, args...)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			who[id] = true
		}
	}
	return who, nil
}

// NameOf is what an activity of the record is called, its key where there is none.
func (r *Record) NameOf(key string) string {
	for a := range r.All() {
		if a.ID == key {
			return a.Name
		}
	}
	return key
}

// CustomerTable has a row for each customer that is named.
func (r *Record) CustomerTable() Table {
	columns := []column[Customer]{
		{"customer", 30, func(c Customer) Cell { return cell(or(c.Name, or(c.Email, c.ID))) }},
		{"reached", 36, func(c Customer) Cell { return cell(c.Address, c.Email) }},
		{"done-for", 36, func(c Customer) Cell { return names(c.Activities) }},
		{"since", 14, func(c Customer) Cell { return cell(c.Since) }},
	}
	var named []Customer
	if r.Customers != nil {
		named = r.Customers.Named
	}
	return tableOf(r.Language, "customers", columns, named)
}

// NamesCustomers reports whether a format has a place for who the customers are.
func NamesCustomers(format string) bool { return format == HTML || format == XLSX || format == JSON }
