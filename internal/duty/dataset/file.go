package dataset

import (
	"strings"

	"kept/internal/policy/source"
)

// Pos is a place in a file.
type Pos = source.Pos

// Dataset is one system's data as its file describes it.
type Dataset struct {
	At          Pos
	File        string
	Key         string // fides_key
	Name        string
	Categories  []string // of every field that names none
	Collections []*Collection
}

// Collection is a table, a collection of documents or what an interface hands
// out under one name.
type Collection struct {
	At         Pos
	Dataset    *Dataset
	Name       string
	Categories []string
	Fields     []*Field
	After      []string // dataset.collection: read after these
	EraseAfter []string // dataset.collection: erased after these
	Skip       bool     // left alone
	Delete     bool     // an erasure deletes the row, whatever the default is
}

// Field is a value, an object with fields of its own, or a list of either.
type Field struct {
	At         Pos
	Collection *Collection
	Path       []string // from the top of the collection
	Categories []string
	Fields     []*Field
	Key        bool   // part of the primary key
	Identity   string // kind of identifier by which people are found here
	References []Reference
	Type       string // string, integer, float, boolean, object_id, object; empty: not said
	List       bool   // several of them
	Length     int    // characters at most; zero: not said
	ReadOnly   bool
	Whole      bool            // return_all_elements: the whole list belongs to the person
	Mask       *Mask           // instead of the default
	Marks      map[string]Mark // by right: what the field says of a restricted person, or one who objected
}

// Mark is what a field says while a restriction or an objection stands, and else.
// It is Kept's own word in fides_meta.
type Mark struct {
	At      Pos
	On, Off string
}

// Reference leads from a field to another collection, or from there to here.
type Reference struct {
	At        Pos
	Dataset   string
	Field     string // collection.field
	Direction string // from, to; empty: both ways
}

// Mask is a masking strategy with its configuration.
type Mask struct {
	At        Pos
	Strategy  string
	Value     string // string_rewrite
	Algorithm string // hash, hmac: SHA-256 or SHA-512
	Length    int    // random_string_rewrite
	Suffix    string // format_preservation
}

// String is dataset.collection.
func (c *Collection) String() string { return c.Dataset.Key + "." + c.Name }

// Name is the field's path with dots.
func (f *Field) Name() string { return strings.Join(f.Path, ".") }

// String is dataset.collection.field.
func (f *Field) String() string { return f.Collection.String() + "." + f.Name() }

// Leaves returns the fields without fields of their own, in the order of the file.
func (c *Collection) Leaves() []*Field { return leaves(c.Fields, nil) }

func leaves(fields, found []*Field) []*Field {
	for _, f := range fields {
		if len(f.Fields) > 0 {
			found = leaves(f.Fields, found)
			continue
		}
		found = append(found, f)
	}
	return found
}

// Field returns the field at a path with dots, nil if there is none.
func (c *Collection) Field(path string) *Field { return at(c.Fields, strings.Split(path, ".")) }

func at(fields []*Field, path []string) *Field {
	for _, f := range fields {
		if f.Path[len(f.Path)-1] != path[0] {
			continue
		}
		if len(path) == 1 {
			return f
		}
		return at(f.Fields, path[1:])
	}
	return nil
}

// Key returns the fields of the primary key.
func (c *Collection) Key() []*Field {
	var key []*Field
	for _, f := range c.Leaves() {
		if f.Key {
			key = append(key, f)
		}
	}
	return key
}

// Tops returns the names of the top-level fields.
func (c *Collection) Tops() []string {
	names := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		names[i] = f.Path[0]
	}
	return names
}

// Category is the first data category of the field, its collection or dataset.
func (f *Field) Category() string {
	for _, of := range [][]string{f.Categories, f.Collection.Categories, f.Collection.Dataset.Categories} {
		if len(of) > 0 {
			return of[0]
		}
	}
	return ""
}

// Personal reports whether the field holds data about people: a category of the
// branch user.
func (f *Field) Personal() bool {
	c := f.Category()
	return c == "user" || strings.HasPrefix(c, "user.")
}
