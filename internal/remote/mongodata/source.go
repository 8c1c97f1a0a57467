package mongodata

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kept/internal/remote/records"
)

// looked is how many documents of a collection tell what its fields are.
const looked = 200

// folding makes letters of either case the same, and nothing else.
var folding = &options.Collation{Locale: "en", Strength: 2}

// Tables returns the collections with the fields that some of their documents
// have: MongoDB keeps no schema.
func (s *Source) Tables(ctx context.Context) ([]records.Table, error) {
	names, err := s.database.ListCollectionNames(ctx, bson.D{{Key: "type", Value: "collection"}})
	if err != nil {
		return nil, s.failed(err)
	}
	slices.Sort(names)
	var tables []records.Table
	for _, name := range names {
		t := records.Table{Name: name, Key: []string{"_id"}, Indexes: []string{"_id"}}
		seen := map[string]records.Column{}
		err := s.each(ctx, name, bson.D{}, options.Find().SetLimit(looked), func(d bson.D) error {
			for _, e := range d {
				seen[e.Key] = described(e.Key, e.Value)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, field := range slices.Sorted(maps.Keys(seen)) {
			t.Columns = append(t.Columns, seen[field])
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func described(name string, v any) records.Column {
	c := records.Column{Name: name, Null: name != "_id", Fixed: name == "_id"}
	switch v.(type) {
	case bson.D:
		c.Type, c.Kind = "object", records.Nested
	case bson.A:
		c.Type, c.Kind, c.Array = "array", records.Nested, true
	case int32, int64:
		c.Type, c.Kind = "integer", records.Integer
	case float64, bson.Decimal128:
		c.Type, c.Kind = "number", records.Decimal
	case bool:
		c.Type, c.Kind = "boolean", records.Truth
	case bson.DateTime, time.Time:
		c.Type, c.Kind = "date", records.Moment
	case bson.Binary:
		c.Type, c.Kind = "binary", records.Bytes
	case bson.ObjectID:
		c.Type, c.Kind = "object_id", records.Other
	default:
		c.Type, c.Kind = "string", records.Text
	}
	return c
}

func (s *Source) each(ctx context.Context, collection string, filter bson.D, o *options.FindOptionsBuilder, f func(bson.D) error) error {
	cursor, err := s.database.Collection(collection).Find(ctx, filter, o)
	if err != nil {
		return s.failed(err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		var d bson.D
		if err := cursor.Decode(&d); err != nil {
			return err
		}
		if err := f(d); err != nil {
			return err
		}
	}
	return s.failed(cursor.Err())
}

// Read streams documents.
func (s *Source) Read(ctx context.Context, q records.Query, f func(records.Row) error) error {
	o := options.Find().SetLimit(int64(q.Most))
	projection := bson.D{{Key: "_id", Value: 0}}
	at := map[string]int{}
	for i, name := range q.Fields {
		if at[name] = i; name == "_id" {
			projection[0].Value = 1
			continue
		}
		projection = append(projection, bson.E{Key: name, Value: 1})
	}
	o.SetProjection(projection)
	query := bson.D{}
	if q.Match.Fields != nil {
		if len(q.Match.Tuples) == 0 {
			return nil
		}
		query = filter(q.Match)
	}
	if q.Match.Fold {
		o.SetCollation(folding)
	}
	return s.each(ctx, q.Table, query, o, func(d bson.D) error {
		row := make(records.Row, len(q.Fields))
		for _, e := range d {
			if i, wanted := at[e.Key]; wanted {
				row[i] = plain(e.Value, false)
			}
		}
		return f(row)
	})
}

// Count counts documents.
func (s *Source) Count(ctx context.Context, table string, m records.Match) (int64, error) {
	if len(m.Tuples) == 0 {
		return 0, nil
	}
	o := options.Count()
	if m.Fold {
		o.SetCollation(folding)
	}
	n, err := s.database.Collection(table).CountDocuments(ctx, filter(m), o)
	return n, s.failed(err)
}

// Delete deletes documents.
func (s *Source) Delete(ctx context.Context, table string, m records.Match) (int64, error) {
	if len(m.Tuples) == 0 {
		return 0, nil
	}
	o := options.DeleteMany()
	if m.Fold {
		o.SetCollation(folding)
	}
	result, err := s.database.Collection(table).DeleteMany(ctx, filter(m), o)
	if err != nil {
		return 0, s.failed(err)
	}
	return result.DeletedCount, nil
}

// Change sets values of documents, in one message; a server alone has no
// transactions, so that a failure can leave the first of them changed.
func (s *Source) Change(ctx context.Context, table string, changes []records.Change) error {
	var models []mongo.WriteModel
	for _, c := range changes {
		m := records.Match{Tuples: [][]string{nil}}
		for _, name := range slices.Sorted(maps.Keys(c.Key)) {
			m.Fields, m.Tuples[0] = append(m.Fields, name), append(m.Tuples[0], c.Key[name])
		}
		set := bson.D{}
		for _, name := range slices.Sorted(maps.Keys(c.Set)) {
			set = append(set, bson.E{Key: name, Value: stored(c.Set[name])})
		}
		models = append(models, mongo.NewUpdateOneModel().SetFilter(filter(m)).SetUpdate(bson.D{{Key: "$set", Value: set}}))
	}
	if len(models) == 0 {
		return nil
	}
	_, err := s.database.Collection(table).BulkWrite(ctx, models)
	return s.failed(err)
}
