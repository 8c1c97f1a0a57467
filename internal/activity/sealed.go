package activity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/vault"
)

// KeyOf names the key under which a field of a person is sealed: that of the rule
// that ends it, so that the key goes when the rule says so; the kind's own where no
// rule does.
func KeyOf(a *policy.Activity, subject, field string) vault.Ref {
	if r := a.RuleFor(field); r != nil {
		return vault.Ref{Subject: subject, Rule: r.ID}
	}
	return vault.Ref{Subject: subject, Rule: a.Kind}
}

// Sealer seals the values of one person for the columns of a kind, and keeps the
// first error. A field that the policy does not list is never written through it.
type Sealer struct {
	ctx     context.Context
	vault   *vault.Vault
	entry   *policy.Activity
	subject string
	err     error
}

// Sealer returns a sealer for a person under an entry of the policy.
func (e Env) Sealer(ctx context.Context, entry *policy.Activity, subject string) *Sealer {
	return &Sealer{ctx: ctx, vault: e.Vault, entry: entry, subject: subject}
}

// Bytes seals a value for a place (table.column); nil if it is empty or its field is
// not listed. A place without a field is the kind's own.
func (s *Sealer) Bytes(place, field string, value []byte) []byte {
	if s.err != nil || len(value) == 0 || field != "" && !s.entry.Has(field) {
		return nil
	}
	sealed, err := s.vault.Seal(s.ctx, KeyOf(s.entry, s.subject, field), place, value)
	s.err = err
	return sealed
}

// Text is Bytes for a text.
func (s *Sealer) Text(place, field, value string) []byte {
	return s.Bytes(place, field, []byte(value))
}

// JSON is Bytes for a value as JSON; nil if it says nothing.
func (s *Sealer) JSON(place, field string, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		s.err = fmt.Errorf("write %s as JSON: %w", place, err)
		return nil
	}
	for _, nothing := range []string{"null", "{}", "[]", `""`} {
		if string(text) == nothing {
			return nil
		}
	}
	return s.Bytes(place, field, text)
}

// Err is the first error; what was returned before it is not to be stored.
func (s *Sealer) Err() error { return s.err }

// Keys open what is sealed: the vault, or a bunch of its keys.
type Keys interface {
	Open(ctx context.Context, ref vault.Ref, place string, sealed []byte) ([]byte, error)
	IndexFor(ctx context.Context, ref vault.Ref, value string) ([]byte, error)
	Refs(ctx context.Context, subject string) ([]vault.Ref, error)
}

// Opener opens the values of one person, under whichever key they were sealed: the
// policy may have been another one then. It keeps the first error.
type Opener struct {
	ctx     context.Context
	keys    Keys
	subject string
	refs    []vault.Ref // the one that opened the last value first: mostly it opens the next one too
	asked   bool        // refs are all that the person has
	err     error
}

// Opener returns an opener for a person.
func (e Env) Opener(ctx context.Context, subject string) *Opener {
	return OpenerWith(ctx, e.Vault, subject)
}

// OpenerWith returns an opener for a person whose keys were read with those of others.
func OpenerWith(ctx context.Context, keys Keys, subject string) *Opener {
	return &Opener{ctx: ctx, keys: keys, subject: subject}
}

// Try names the key that should fit the next value. Who reads thousands of people
// spares the question which keys each of them has.
func (o *Opener) Try(ref vault.Ref) {
	i := slices.Index(o.refs, ref)
	if i < 0 {
		i, o.refs = len(o.refs), append(o.refs, ref)
	}
	o.refs[0], o.refs[i] = o.refs[i], o.refs[0]
}

// Bytes opens the value of a place; nil if there is none or its key is destroyed.
func (o *Opener) Bytes(place string, sealed []byte) []byte {
	if o.err != nil || len(sealed) == 0 {
		return nil
	}
	plain := o.open(place, sealed)
	if plain == nil && o.err == nil && !o.asked {
		if o.refs, o.err = o.keys.Refs(o.ctx, o.subject); o.err == nil {
			o.asked = true
			plain = o.open(place, sealed)
		}
	}
	return plain
}

// open opens a value under the keys that are known.
func (o *Opener) open(place string, sealed []byte) []byte {
	for i, ref := range o.refs {
		plain, err := o.keys.Open(o.ctx, ref, place, sealed)
		switch {
		case err == nil:
			o.refs[0], o.refs[i] = o.refs[i], o.refs[0]
			return plain
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			o.err = err
			return nil
		}
	}
	return nil
}

// Text is Bytes for a text.
func (o *Opener) Text(place string, sealed []byte) string { return string(o.Bytes(place, sealed)) }

// JSON reads a value that was sealed as JSON into into, and leaves into as it is if
// there is none.
func (o *Opener) JSON(place string, sealed []byte, into any) {
	text := bytes.TrimSpace(o.Bytes(place, sealed))
	if len(text) == 0 {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		o.err = fmt.Errorf("read %s: %w", place, err)
	}
}

// Err is the first error; what was returned after it is empty.
func (o *Opener) Err() error { return o.err }
