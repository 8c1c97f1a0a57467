package contact

import (
	"context"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/vault"
)

// keyOf names the key under which a person's field is sealed: that of the rule
// that ends it.
func keyOf(a *policy.Activity, subject, field string) vault.Ref {
	if r := a.RuleFor(field); r != nil {
		return vault.Ref{Subject: subject, Rule: r.ID}
	}
	return vault.Ref{Subject: subject, Rule: Name}
}

// arrivalKey seals what the form took until it is known whose it is; no two
// share a key.
func arrivalKey(id string) vault.Ref { return vault.Ref{Subject: id, Rule: Name} }

// sealer seals the values of one person and keeps the first error. No other way
// leads into a sealed column, so a field that is not listed is never written.
type sealer struct {
	ctx     context.Context
	vault   *vault.Vault
	entry   *policy.Activity
	subject string
	err     error
}

func (c *Correspondence) sealer(ctx context.Context, a *policy.Activity, subject string) *sealer {
	return &sealer{ctx: ctx, vault: c.env.Vault, entry: a, subject: subject}
}

// bytes seals a value for a column; nil if it is empty or not listed.
func (s *sealer) bytes(place, field string, value []byte) []byte {
	if s.err != nil || len(value) == 0 || !s.entry.Has(field) {
		return nil
	}
	sealed, err := s.vault.Seal(s.ctx, keyOf(s.entry, s.subject, field), place, value)
	s.err = err
	return sealed
}

func (s *sealer) text(place, field, value string) []byte { return s.bytes(place, field, []byte(value)) }

// opener opens the values of one person, under whichever key they were sealed:
// the policy may have been another one then.
type opener struct {
	ctx     context.Context
	vault   *vault.Vault
	subject string
	refs    []vault.Ref
	err     error
}

func (c *Correspondence) opener(ctx context.Context, subject string) *opener {
	return &opener{ctx: ctx, vault: c.env.Vault, subject: subject}
}

// bytes opens a value; nil if there is none or its key is destroyed.
func (o *opener) bytes(place string, sealed []byte) []byte {
	if o.err != nil || len(sealed) == 0 {
		return nil
	}
	if o.refs == nil {
		if o.refs, o.err = o.vault.Refs(o.ctx, o.subject); o.err != nil {
			return nil
		}
	}
	for _, ref := range o.refs {
		plain, err := o.vault.Open(o.ctx, ref, place, sealed)
		switch {
		case err == nil:
			return plain
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			o.err = err
			return nil
		}
	}
	return nil
}

func (o *opener) text(place string, sealed []byte) string { return string(o.bytes(place, sealed)) }
