package dataset

import (
	"context"
	"slices"
	"sync"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// email is the kind of identifier whose letters count the same in either case.
const email = "email"

// System is one connected system and the datasets that lie in it.
type System struct {
	Name      string
	Source    records.Source
	Datasets  []string // fides keys
	Mask      *Mask    // what an erasure does where a field says nothing; nil: null
	Delete    bool     // an erasure deletes rows where a collection says nothing
	ExactMail bool     // addresses are stored in small letters

	mu     sync.Mutex
	tables []records.Table
}

// table returns what the system says of a collection now; the answer is kept for
// one walk.
func (s *System) table(ctx context.Context, c *Collection) (*records.Table, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables == nil {
		tables, err := s.Source.Tables(ctx)
		if err != nil {
			return nil, s.failed(c, err)
		}
		s.tables = tables
	}
	i := slices.IndexFunc(s.tables, func(t records.Table) bool { return t.Name == c.Name })
	if i < 0 {
		return nil, fault.New(fault.Conflict, "%s has no %s any more; see kept dataset check", s.Name, c.Name)
	}
	return &s.tables[i], nil
}

// refresh forgets what the system said of itself.
func (s *System) refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables = nil
}
