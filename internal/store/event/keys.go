package event

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/vault"
)

// Keys is what the store needs of the vault.
type Keys interface {
	// Prepare makes the keys that are missing.
	Prepare(ctx context.Context, refs ...vault.Ref) error
	// IndexFor returns 16 bytes derived from value and ref's key, NotFound if
	// there is no such key.
	IndexFor(ctx context.Context, ref vault.Ref, value string) ([]byte, error)
	// Destructions returns a number that moves when a key is destroyed.
	Destructions(ctx context.Context) (uint64, error)
}

var _ Keys = (*vault.Vault)(nil)

// A row's number leads to a mark, and the mark to nobody: it is 16 bytes under
// the person's key. Who asks for a person brings the subject's id and finds the
// mark by the key. So the id stands nowhere, sealed or not, and no key that
// outlives the person's leads from a row to the person.

// KeyOf names the key that ties subject to its rows of table: destroy it and
// the rows are nobody's.
func KeyOf(table, subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: table} }

// mark is how a partition finds a person: 16 bytes under the person's key.
type mark = [16]byte

// markOf returns the mark of subject in a place ("analytics_event-2026-11").
// It returns NotFound if the subject has no key, and so no rows.
func (s *Store) markOf(ctx context.Context, l *layout, subject, place string) (mark, error) {
	index, err := s.keys.IndexFor(ctx, KeyOf(l.Name, subject), place)
	if err != nil {
		return mark{}, err
	}
	if len(index) != len(mark{}) {
		return mark{}, fmt.Errorf("the vault's index has %d bytes", len(index))
	}
	return mark(index), nil
}

// knownMark is markOf for a subject that may have no key; known tells.
func (s *Store) knownMark(ctx context.Context, l *layout, subject, place string) (m mark, known bool, err error) {
	m, err = s.markOf(ctx, l, subject, place)
	if fault.Is(err, fault.NotFound) {
		return m, false, nil
	}
	return m, err == nil, err
}

// person is a subject in a place.
type person struct{ subject, place string }

// marksOf returns the marks of persons who may be new: they get keys, all in one
// commit of the vault.
func (s *Store) marksOf(ctx context.Context, l *layout, persons []person) (map[person]mark, error) {
	marks := make(map[person]mark, len(persons))
	var fresh []vault.Ref
	for _, p := range persons {
		if _, done := marks[p]; done {
			continue
		}
		m, known, err := s.knownMark(ctx, l, p.subject, p.place)
		if err != nil {
			return nil, err
		}
		if marks[p] = m; !known {
			fresh = append(fresh, KeyOf(l.Name, p.subject))
			delete(marks, p)
		}
	}
	if len(fresh) == 0 {
		return marks, nil
	}
	if err := s.keys.Prepare(ctx, fresh...); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	for _, p := range persons {
		if _, done := marks[p]; done {
			continue
		}
		m, err := s.markOf(ctx, l, p.subject, p.place)
		if err != nil {
			return nil, err
		}
		marks[p] = m
	}
	return marks, nil
}
