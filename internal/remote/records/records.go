package records

import "context"

// Source is one other system's data. Its methods return fault.Unavailable when
// the system does not answer, fault.NotFound for a table or field that is not
// there, and fault.Conflict when a constraint forbids a change. A Source is safe
// for concurrent use.
type Source interface {
	// Tables returns what is there now. A protocol that cannot tell returns what it
	// was told about itself.
	Tables(ctx context.Context) ([]Table, error)
	// Read hands over rows one by one; what f returns ends the reading.
	Read(ctx context.Context, q Query, f func(Row) error) error
	// Count counts rows.
	Count(ctx context.Context, table string, m Match) (int64, error)
	// Delete deletes rows and returns how many there were.
	Delete(ctx context.Context, table string, m Match) (int64, error)
	// Change sets values of single rows, all of them or none where the protocol can.
	Change(ctx context.Context, table string, changes []Change) error
	// Close lets connections go.
	Close() error
}

// Match says which rows are meant: those in which, for one of the tuples, every
// field has the value of its place. No tuple matches no row.
type Match struct {
	Fields []string   // a nested one is written with dots
	Tuples [][]string // at most Batch
	Fold   bool       // letters of either case are the same
}

// Batch is the most tuples of a match: what every database takes as parameters
// of one statement.
const Batch = 200

// Query asks for fields of rows.
type Query struct {
	Table  string
	Fields []string // top-level ones
	Match  Match
	Most   int // rows; zero: all
}

// Row holds values in the order of the query's fields: string, int64, float64,
// bool, time.Time, []byte or nil, and of nested data map[string]any, []any and Own.
type Row []any

// Own is a value of a type that only its system has, inside nested data: it is
// shown as text, and goes back as it came.
type Own struct {
	Text  string
	Value any
}

// MarshalText returns the text.
func (o Own) MarshalText() ([]byte, error) { return []byte(o.Text), nil }

// Change sets fields of the one row that key names.
type Change struct {
	Key map[string]string
	Set map[string]any // top-level fields; nil is null
}

// Table is what a system says of a table or collection.
type Table struct {
	Name               string
	Columns            []Column
	Key                []string   // fields of the primary key
	Unique             [][]string // further sets of fields that no two rows share
	Refers             []Refers
	NoChange, NoDelete bool     // the protocol was given no way to
	Indexes            []string // first field of every index; "lower(x)" for one over small letters
}

// Column returns the column of that name.
func (t *Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Kind is what a column holds.
type Kind string

// The kinds.
const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Decimal Kind = "decimal"
	Truth   Kind = "truth"
	Moment  Kind = "moment"
	Date    Kind = "date"
	Bytes   Kind = "bytes"
	Nested  Kind = "nested" // JSON, documents, arrays
	UUID    Kind = "uuid"
	Other   Kind = "other"
)

// Column is one column.
type Column struct {
	Name   string
	Type   string // as the system calls it
	Kind   Kind
	Null   bool // may be empty
	Length int  // characters at most; zero: no bound is known
	Fixed  bool // computed or otherwise not to be written
	Array  bool // several values of the kind
	Folds  bool // compared without regard to upper and lower case
}

// Refers is a foreign key: rows of this table hang on rows of another.
type Refers struct {
	Fields []string
	Table  string
	Target []string
}
