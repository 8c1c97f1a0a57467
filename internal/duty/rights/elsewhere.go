package rights

import "context"

// Elsewhere is other systems that hold data of the person. Every method may
// return fault.Unavailable when a system does not answer: the request waits then
// and is never closed.
type Elsewhere interface {
	// Systems names the systems, as plans and records call them.
	Systems() []string
	// Plan says what a right would do there.
	Plan(ctx context.Context, p Person, r Right, w Wish) ([]Planned, error)
	// Read hands over what is held, streamed; the records of one table come one
	// after the other.
	Read(ctx context.Context, p Person, r Right, f func(Record) error) error
	// Erase erases what goes. It is idempotent by key and ends with a re-query of
	// its own.
	Erase(ctx context.Context, p Person, key string) ([]Part, error)
	// Correct writes corrected values, and adds them where the plan that was approved
	// says so, idempotent by key. A part with a reason could not be done.
	Correct(ctx context.Context, p Person, c []Correction, plan []Planned, key string) ([]Part, error)
	// Mark has the person's rows say that they are restricted, or objected to, and
	// no longer, where a system knows how. Done twice it changes nothing more.
	Mark(ctx context.Context, p Person, r Right, w Wish, on bool) ([]Part, error)
	// Left asks again and returns what an erasure should have taken.
	Left(ctx context.Context, p Person) ([]Part, error)
}

// Correctable is other systems that can say which of their fields a correction reaches.
type Correctable interface{ Correctable() []Place }

// Place is a field of another system, as a correction names it.
type Place struct{ System, Field string }

// Record is one row of another system.
type Record struct {
	System   string
	Activity string // the policy's entry
	Table    string
	Title    Words
	Category map[string]string // fideslang data category, by field
	Key      string            // names the row in its table
	Values   []Field           // in the order of the table
}

// Field is one value of a record: text, int64, float64, bool, time.Time,
// json.RawMessage or nil.
type Field struct {
	Name  string
	Value any
}
