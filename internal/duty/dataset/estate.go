package dataset

import (
	"context"
	"errors"
	"slices"

	"kept/internal/clock"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Config is what an estate stands on. Without a DB nothing can be erased or
// corrected: a command that only looks needs none.
type Config struct {
	Dir      string // where the file of a walk lies; empty: the system's place for such files
	DB       *store.DB
	Vault    *vault.Vault
	Clock    clock.Clock
	Policy   func() *policy.Policy                         // in force; nil: none, all data is of no entry
	Holds    func(context.Context) ([]subject.Hold, error) // nil: there are none
	Datasets []*Dataset
	Systems  []*System
}

// Estate is the other systems that hold data of people. It is safe for
// concurrent use.
type Estate struct {
	Config
	graph *Graph
	fail  func(step string) error // lets a test break an erasure anywhere; nil otherwise
}

var _ rights.Elsewhere = (*Estate)(nil)

// Identifier is what a person is known by.
type Identifier struct{ Kind, Value string }

// Open joins the datasets, as far as a system holds them, and returns the estate.
// Invalid with all findings if they do not fit together.
func Open(ctx context.Context, c Config) (*Estate, error) {
	e := &Estate{Config: c}
	connected := slices.DeleteFunc(slices.Clone(c.Datasets), func(d *Dataset) bool { return e.holder(d.Key) == nil })
	graph, findings := NewGraph(connected)
	if findings.Failed() {
		return nil, fault.New(fault.Invalid, "the datasets cannot be used: %w", findings)
	}
	e.graph = graph
	if c.DB == nil {
		return e, nil
	}
	return e, c.DB.Migrate(ctx, "dataset", files)
}

// Close lets the connections go.
func (e *Estate) Close() error {
	var failed error
	for _, s := range e.Config.Systems {
		failed = errors.Join(failed, s.Source.Close())
	}
	return failed
}

// Graph returns the collections and ways.
func (e *Estate) Graph() *Graph { return e.graph }

// Systems names the systems.
func (e *Estate) Systems() []string {
	names := make([]string, len(e.Config.Systems))
	for i, s := range e.Config.Systems {
		names[i] = s.Name
	}
	return names
}

// holder returns the system that a dataset lies in, nil if none.
func (e *Estate) holder(dataset string) *System {
	i := slices.IndexFunc(e.Config.Systems, func(s *System) bool { return slices.Contains(s.Datasets, dataset) })
	if i < 0 {
		return nil
	}
	return e.Config.Systems[i]
}

func (e *Estate) system(c *Collection) (*System, error) {
	if s := e.holder(c.Dataset.Key); s != nil {
		return s, nil
	}
	return nil, fault.New(fault.Invalid, "no connection leads to dataset %s; name it in the connections file", c.Dataset.Key)
}

// kinds are the names of identifiers in datasets, where they differ.
var kinds = map[string]string{subject.Phone: "phone_number"}

// identifiers is what the datasets may find a person by. A browser's pseudonym and
// a decision are Kept's own and mean nothing elsewhere.
func identifiers(p rights.Person) []Identifier {
	var ids []Identifier
	for _, id := range p.Identifiers {
		if id.Kind == subject.Visitor || id.Kind == subject.Decision {
			continue
		}
		ids = append(ids, Identifier{id.Kind, id.Value})
		if also := kinds[id.Kind]; also != "" {
			ids = append(ids, Identifier{also, id.Value})
		}
	}
	return ids
}

// at lets a test break off.
func (e *Estate) at(step string) error {
	if e.fail == nil {
		return nil
	}
	return e.fail(step)
}
