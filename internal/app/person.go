package app

import (
	"context"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// Person returns who is meant by a mail address, by KIND:VALUE for another
// identifier, or by subject:ID; NotFound if nobody is known by it.
func (p *Platform) Person(ctx context.Context, who string) (rights.Person, error) {
	kind, value, named := strings.Cut(who, ":")
	switch {
	case named && kind == "subject":
		identifiers, err := p.Subjects.Identifiers(ctx, value)
		return rights.Person{Subjects: []string{value}, Identifiers: identifiers}, err
	case !named:
		kind, value = subject.Email, who
	}
	if kind == subject.Email {
		address, err := mail.Normalise(value)
		if err != nil {
			return rights.Person{}, fault.New(fault.Invalid, "name a person by a mail address, visitor:ID, decision:ID, phone:NUMBER or subject:ID")
		}
		value = address
	}
	id, err := p.Subjects.Find(ctx, p.DB, kind, value)
	if err != nil {
		return rights.Person{}, err
	}
	identifiers, err := p.Subjects.Identifiers(ctx, id)
	return rights.Person{Subjects: []string{id}, Identifiers: identifiers}, err
}

// Looked records that staff opened what is held about somebody.
func (p *Platform) Looked(ctx context.Context, what, by string) error {
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Ledger.Append(ctx, tx, "person.opened", map[string]any{"what": what, "by": by})
		return err
	})
}
