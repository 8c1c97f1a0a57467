package mongodata

import (
	"cmp"
	"context"
	"net"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"kept/internal/remote/mongodata/mongotest"
	"kept/internal/remote/records"
)

// What Kept does to a database, it does at a server that others wrote. FerretDB knows no
// collations: letters of either case are told apart there.
func TestAServerOfOthers(t *testing.T) {
	address, db := mongotest.FerretDB(t)
	source, err := Open(Config{Addresses: []string{address}, Database: mongotest.Database, Dial: (&net.Dialer{}).DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	ctx := t.Context()
	people := []any{
		bson.D{{Key: "_id", Value: id}, {Key: "tenant", Value: int32(1)}, {Key: "n", Value: int32(7)}, {Key: "mail", Value: "ada@example.org"}, {Key: "in", Value: bson.D{{Key: "ref", Value: bson.ObjectID{9}}, {Key: "tags", Value: bson.A{"x", int32(2)}}}}},
		bson.D{{Key: "_id", Value: bson.ObjectID{2}}, {Key: "tenant", Value: int32(2)}, {Key: "n", Value: int32(7)}, {Key: "mail", Value: "bob@example.org"}},
	}
	if _, err := db.Collection("people").InsertMany(ctx, people); err != nil {
		t.Fatal(err)
	}
	tables, err := source.Tables(ctx)
	if err != nil || len(tables) != 1 || len(tables[0].Columns) != 5 {
		t.Fatalf("%+v, %v", tables, err)
	}
	for name, m := range map[string]records.Match{
		"address":    {Fields: []string{"mail"}, Tuples: [][]string{{"ada@example.org"}}},
		"id":         {Fields: []string{"_id"}, Tuples: [][]string{{id.Hex()}}},
		"nested":     {Fields: []string{"in.tags"}, Tuples: [][]string{{"x"}}},
		"all of key": {Fields: []string{"tenant", "n"}, Tuples: [][]string{{"1", "7"}, {"3", "7"}}},
	} {
		t.Run(name, func(t *testing.T) {
			rows := rowsOf(t, source, m)
			want := []records.Row{{id.Hex(), "ada@example.org", map[string]any{"ref": records.Own{Text: bson.ObjectID{9}.Hex(), Value: bson.ObjectID{9}}, "tags": []any{"x", int64(2)}}}}
			if diff := gocmp.Diff(want, rows); diff != "" {
				t.Error(diff)
			}
			if n, err := source.Count(ctx, "people", m); n != 1 || err != nil {
				t.Errorf("counted %d: %v", n, err)
			}
		})
	}
	for _, hostile := range []string{`{"$gt": ""}`, "$where", `{"$ne": null}`} {
		if n, err := source.Count(ctx, "people", records.Match{Fields: []string{"mail"}, Tuples: [][]string{{hostile}}}); n != 0 || err != nil {
			t.Errorf("%q found %d: %v", hostile, n, err)
		}
	}
	in := map[string]any{"ref": records.Own{Text: "…", Value: bson.ObjectID{9}}, "tags": []any{}}
	if err := source.Change(ctx, "people", []records.Change{{Key: map[string]string{"_id": id.Hex()}, Set: map[string]any{"mail": nil, "in": in}}}); err != nil {
		t.Fatal(err)
	}
	both := records.Match{Fields: []string{"n"}, Tuples: [][]string{{"7"}}}
	rows := rowsOf(t, source, both)
	slices.SortFunc(rows, func(a, b records.Row) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	in["ref"] = records.Own{Text: bson.ObjectID{9}.Hex(), Value: bson.ObjectID{9}}
	if diff := gocmp.Diff([]records.Row{{id.Hex(), nil, in}, {bson.ObjectID{2}.Hex(), "bob@example.org", nil}}, rows); diff != "" {
		t.Error(diff)
	}
	if n, err := source.Delete(ctx, "people", records.Match{Fields: []string{"tenant", "n"}, Tuples: [][]string{{"1", "7"}}}); n != 1 || err != nil {
		t.Errorf("deleted %d: %v", n, err)
	}
	if rows := rowsOf(t, source, both); len(rows) != 1 || rows[0][1] != "bob@example.org" {
		t.Errorf("left %v", rows)
	}
}

func rowsOf(t *testing.T, source *Source, m records.Match) (rows []records.Row) {
	t.Helper()
	err := source.Read(context.Background(), records.Query{Table: "people", Fields: []string{"_id", "mail", "in"}, Match: m}, func(r records.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
