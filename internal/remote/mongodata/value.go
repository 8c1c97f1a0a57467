package mongodata

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kept/internal/remote/records"
)

// plain is a value of a document as records know it. At the top an id is text; in
// nested data, which may be written back whole, it stays what it is.
func plain(v any, nested bool) any {
	switch x := v.(type) {
	case bson.D:
		object := make(map[string]any, len(x))
		for _, e := range x {
			object[e.Key] = plain(e.Value, true)
		}
		return object
	case bson.A:
		list := make([]any, len(x))
		for i := range x {
			list[i] = plain(x[i], true)
		}
		return list
	case int32:
		return int64(x)
	case bson.DateTime:
		return x.Time().UTC()
	case bson.Binary:
		if x.Subtype == bson.TypeBinaryGeneric {
			return x.Data
		}
		return own(x, fmt.Sprintf("%x", x.Data), nested)
	case bson.ObjectID:
		return own(x, x.Hex(), nested)
	case bson.Decimal128:
		return own(x, x.String(), nested)
	case nil, string, int64, float64, bool, time.Time, []byte:
		return v
	}
	return own(v, fmt.Sprint(v), nested)
}

func own(v any, text string, nested bool) any {
	if nested {
		return records.Own{Text: text, Value: v}
	}
	return text
}

// stored is a value as a document takes it.
func stored(v any) any {
	switch x := v.(type) {
	case records.Own:
		return x.Value
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		f, _ := x.Float64()
		return f
	case []any:
		list := make(bson.A, len(x))
		for i := range x {
			list[i] = stored(x[i])
		}
		return list
	case map[string]any:
		object := make(bson.D, 0, len(x))
		for _, name := range slices.Sorted(maps.Keys(x)) {
			object = append(object, bson.E{Key: name, Value: stored(x[name])})
		}
		return object
	}
	return v
}

// meanings are the values that a word may stand for: a number, an id, a moment or
// just itself.
func meanings(word string) bson.A {
	all := bson.A{word}
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		all = append(all, n)
	} else if f, err := strconv.ParseFloat(word, 64); err == nil {
		all = append(all, f)
	}
	if id, err := bson.ObjectIDFromHex(word); err == nil {
		all = append(all, id)
	}
	if t, err := time.Parse(time.RFC3339Nano, word); err == nil {
		all = append(all, bson.NewDateTimeFromTime(t))
	}
	return all
}

// filter is a match as a query. Every value stands below $in, so none of them can
// be an operator.
func filter(m records.Match) bson.D {
	if len(m.Fields) == 1 {
		var all bson.A
		for _, t := range m.Tuples {
			all = append(all, meanings(t[0])...)
		}
		return bson.D{{Key: m.Fields[0], Value: bson.D{{Key: "$in", Value: all}}}}
	}
	var either bson.A
	for _, t := range m.Tuples {
		var every bson.A
		for i, f := range m.Fields {
			every = append(every, bson.D{{Key: f, Value: bson.D{{Key: "$in", Value: meanings(t[i])}}}})
		}
		either = append(either, bson.D{{Key: "$and", Value: every}})
	}
	return bson.D{{Key: "$or", Value: either}}
}
