package contactsync

import (
	"context"
	"encoding/json"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/vault"
)

// keyOf names the key under which a field of a customer is sealed: that of the rule
// that ends it.
func keyOf(a *policy.Activity, customer, field string) vault.Ref {
	if r := a.RuleFor(field); r != nil {
		return vault.Ref{Subject: customer, Rule: r.ID}
	}
	return vault.Ref{Subject: customer, Rule: Name}
}

// sealer seals the values of one customer and keeps the first error. No other way
// leads into a sealed column, so a field that is not listed is never written.
type sealer struct {
	ctx      context.Context
	vault    *vault.Vault
	entry    *policy.Activity
	customer string
	err      error
}

func (y *Synchroniser) sealer(ctx context.Context, a *policy.Activity, customer string) *sealer {
	return &sealer{ctx: ctx, vault: y.env.Vault, entry: a, customer: customer}
}

// bytes seals a value for a column; nil if it is empty or its field is not listed.
// A column without a field is the room's own.
func (s *sealer) bytes(place, field string, value []byte) []byte {
	if s.err != nil || len(value) == 0 || field != "" && !s.entry.Has(field) {
		return nil
	}
	sealed, err := s.vault.Seal(s.ctx, keyOf(s.entry, s.customer, field), place, value)
	s.err = err
	return sealed
}

func (s *sealer) text(place, field, value string) []byte { return s.bytes(place, field, []byte(value)) }

// json seals a value as JSON; nil if it says nothing.
func (s *sealer) json(place, field string, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		s.err = err
		return nil
	}
	if string(text) == "null" || string(text) == "{}" || string(text) == "[]" {
		return nil
	}
	return s.bytes(place, field, text)
}

// opener opens the values of one customer, under whichever key they were sealed: the
// policy may have been another one then.
type opener struct {
	ctx      context.Context
	vault    *vault.Vault
	customer string
	refs     []vault.Ref
	last     int // the key that opened the last value: mostly the next one's too
	err      error
}

func (y *Synchroniser) opener(ctx context.Context, customer string) *opener {
	o := &opener{ctx: ctx, vault: y.env.Vault, customer: customer}
	o.refs, o.err = y.env.Vault.Refs(ctx, customer)
	return o
}

// bytes opens a value; nil stays nil.
func (o *opener) bytes(place string, sealed []byte) []byte {
	if o.err != nil || len(sealed) == 0 {
		return nil
	}
	for i := range o.refs {
		k := (o.last + i) % len(o.refs)
		plain, err := o.vault.Open(o.ctx, o.refs[k], place, sealed)
		if err == nil {
			o.last = k
			return plain
		}
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
			o.err = err
			return nil
		}
	}
	o.err = fault.New(fault.Internal, "a value of a customer cannot be opened: %s", place)
	return nil
}

func (o *opener) text(place string, sealed []byte) string { return string(o.bytes(place, sealed)) }

// json reads a value that was sealed as JSON into into, and leaves it as it is if
// there is none.
func (o *opener) json(place string, sealed []byte, into any) {
	if text := o.bytes(place, sealed); text != nil {
		o.err = json.Unmarshal(text, into)
	}
}
