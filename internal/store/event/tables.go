package event

import "kept/internal/manifest"

// Beside a declared table the store keeps up to five more. They are declared
// here, so that the comparison of manifests with the live schema knows them.

// WordTable declares the dictionary that stands beside t in each partition.
func WordTable(t manifest.Table) manifest.Table {
	return manifest.Table{
		Name: t.Name + "_word", Shape: t.Shape, About: "a text that rows of " + t.Name + " use",
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "the number that rows hold instead of the text"},
			{Name: "text", Why: "the text; what it says is declared with the columns that use it"},
			{Name: "first", Type: manifest.IntType, Why: "the first row that uses it, to find whether anybody still does"},
			{Name: "last", Type: manifest.TimeType, Why: "when it was last used, rounded up to the minute, for the same purpose"},
			{Name: "uses", Type: manifest.IntType, Why: "how many rows use it as long as they are few, for the same purpose"},
			{Name: "owner", Type: manifest.IntType, Why: "the only person who uses it, for the same purpose"},
		},
	}
}

// PersonTable declares the table of persons that stands beside t in each
// partition.
func PersonTable(t manifest.Table) manifest.Table {
	return manifest.Table{
		Name: t.Name + "_person", Shape: t.Shape, About: "a person whom rows of " + t.Name + " are about, known to the holder of that person's key",
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "the number that rows hold"},
			{Name: "mark", Type: manifest.BytesType, Class: manifest.Indexed, Why: "finds the number of a person while the person's key lives"},
		},
	}
}

// TrailTable declares what stands beside t on SQLite in place of an index.
func TrailTable(t manifest.Table) manifest.Table {
	return manifest.Table{
		Name: t.Name + "_trail", Shape: t.Shape, About: "which rows of " + t.Name + " are about a person",
		Columns: []manifest.Column{
			{Name: "person", Type: manifest.IntType, Why: "the number of the person"},
			{Name: "id", Type: manifest.IntType, Why: "the row; it goes with it"},
		},
	}
}

// StateTable declares what the store remembers of each partition of t.
func StateTable(t manifest.Table) manifest.Table {
	return manifest.Table{
		Name: t.Name + "_state", Shape: t.Shape, About: "how far a partition of " + t.Name + " was cleaned",
		Impersonal: "holds counts and times of the store's own work",
		Columns: []manifest.Column{
			{Name: "name", Why: "what is counted"},
			{Name: "value", Type: manifest.IntType, Why: "the count, or the first id not yet reached"},
		},
	}
}

// HeldTable declares the table of the main database in which rows under hold or
// restriction outlive their partition of t. Words stand in it as text.
func HeldTable(t manifest.Table) manifest.Table {
	held := manifest.Table{
		Name: t.Name + "_held", About: "a row of " + t.Name + " that a hold or a restriction keeps past its time",
		Moments: t.Moments,
	}
	for _, c := range t.Columns {
		if c.Name == manifest.PersonColumn {
			continue
		}
		if c.Class == manifest.Word {
			c.Class, c.Null = manifest.Clear, true
		}
		held.Columns = append(held.Columns, c)
	}
	held.Columns = append(held.Columns,
		manifest.Column{Name: "person_mark", Type: manifest.BytesType, Class: manifest.Indexed, Why: "finds the rows of a person while the person's key lives"})
	return held
}

// Tables returns what the store keeps for a declared event table: t itself, the
// tables beside it, and the held rows.
func Tables(t manifest.Table) []manifest.Table {
	l, err := layoutOf(t)
	if err != nil {
		return []manifest.Table{t}
	}
	all := []manifest.Table{t, StateTable(t)}
	if l.words {
		all = append(all, WordTable(t))
	}
	if l.person {
		all = append(all, PersonTable(t), TrailTable(t), HeldTable(t))
	}
	return all
}
