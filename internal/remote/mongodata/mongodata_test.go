package mongodata

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/vault"
)

func open(t *testing.T, s *server, c Config) *Source {
	t.Helper()
	c.Addresses, c.Database, c.Dial = append(c.Addresses, s.l.Addr().String()), "test", (&net.Dialer{}).DialContext
	source, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

var id = bson.ObjectID{1, 2, 3}

func people(s *server) {
	s.docs["people"] = []bson.D{
		{{Key: "_id", Value: id}, {Key: "mail", Value: "Ada@example.org"}, {Key: "n", Value: int32(7)}, {Key: "in", Value: bson.D{{Key: "ref", Value: bson.ObjectID{9}}, {Key: "tags", Value: bson.A{"x", int32(2)}}}}},
		{{Key: "_id", Value: bson.ObjectID{2}}, {Key: "mail", Value: "bob@example.org"}, {Key: "n", Value: int32(7)}},
	}
}

func TestDocumentsAreFoundByWords(t *testing.T) {
	s := serve(t)
	people(s)
	source := open(t, s, Config{})
	for name, m := range map[string]records.Match{
		"address":   {Fields: []string{"mail"}, Tuples: [][]string{{"ada@example.org"}}, Fold: true},
		"id":        {Fields: []string{"_id"}, Tuples: [][]string{{id.Hex()}}},
		"nested":    {Fields: []string{"in.tags"}, Tuples: [][]string{{"x"}}},
		"two parts": {Fields: []string{"n", "mail"}, Tuples: [][]string{{"7", "Ada@example.org"}, {"8", "bob@example.org"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []records.Row
			err := source.Read(context.Background(), records.Query{Table: "people", Fields: []string{"_id", "mail", "n", "in"}, Match: m}, func(r records.Row) error {
				rows = append(rows, r)
				return nil
			})
			want := []records.Row{{id.Hex(), "Ada@example.org", int64(7), map[string]any{"ref": records.Own{Text: bson.ObjectID{9}.Hex(), Value: bson.ObjectID{9}}, "tags": []any{"x", int64(2)}}}}
			if diff := cmp.Diff(want, rows); err != nil || diff != "" {
				t.Error(err, diff)
			}
			if n, err := source.Count(context.Background(), "people", m); n != 1 || err != nil {
				t.Errorf("counted %d: %v", n, err)
			}
		})
	}
}

// What is written back is what was there, but for what changed.
func TestNestedValuesGoBackAsTheyCame(t *testing.T) {
	s := serve(t)
	people(s)
	source := open(t, s, Config{})
	in := map[string]any{"ref": records.Own{Text: "…", Value: bson.ObjectID{9}}, "tags": []any{"x", int64(2)}}
	err := source.Change(context.Background(), "people", []records.Change{{Key: map[string]string{"_id": id.Hex()}, Set: map[string]any{"mail": nil, "in": in}}})
	if err != nil {
		t.Fatal(err)
	}
	want := bson.D{{Key: "_id", Value: id}, {Key: "mail", Value: nil}, {Key: "n", Value: int32(7)}, {Key: "in", Value: bson.D{{Key: "ref", Value: bson.ObjectID{9}}, {Key: "tags", Value: bson.A{"x", int64(2)}}}}}
	if diff := cmp.Diff(want, s.docs["people"][0]); diff != "" {
		t.Error(diff)
	}
	n, err := source.Delete(context.Background(), "people", records.Match{Fields: []string{"n"}, Tuples: [][]string{{"7"}}})
	if n != 2 || err != nil || len(s.docs["people"]) != 0 {
		t.Errorf("deleted %d: %v", n, err)
	}
}

func TestCollectionsAreDescribedByTheirDocuments(t *testing.T) {
	s := serve(t)
	people(s)
	tables, err := open(t, s, Config{}).Tables(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, c := range tables[0].Columns {
		text += c.Name + " " + c.Type + ","
	}
	if text != "_id object_id,in object,mail string,n integer," {
		t.Error(text)
	}
}

// No value is an operator, whatever it says.
func TestValuesAreNoOperators(t *testing.T) {
	s := serve(t)
	people(s)
	source := open(t, s, Config{})
	for _, hostile := range []string{`{"$gt": ""}`, "$where", `{"$ne": null}`} {
		n, err := source.Count(context.Background(), "people", records.Match{Fields: []string{"mail"}, Tuples: [][]string{{hostile}}})
		if n != 0 || err != nil {
			t.Errorf("%q found %d: %v", hostile, n, err)
		}
	}
}

// A server that names other hosts leads nowhere.
func TestOtherHostsAreNotDialled(t *testing.T) {
	s := serve(t)
	s.says = []string{"169.254.169.254:27017"}
	people(s)
	var dialled []string
	c := Config{Addresses: []string{s.l.Addr().String()}, Set: "rs", Database: "test", Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled = append(dialled, address)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	source, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if _, err := source.Tables(context.Background()); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(dialled, func(a string) bool { return strings.HasPrefix(a, "169.") }) {
		t.Errorf("dialled %v", dialled)
	}
}

func TestASilentServerIsUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	source, err := Open(Config{Addresses: []string{address}, Database: "x", User: "u", Password: vault.NewSecret("planted-secret"), Dial: (&net.Dialer{}).DialContext})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 1e9)
	defer cancel()
	_, err = source.Tables(ctx)
	if !fault.Is(err, fault.Unavailable) || strings.Contains(fmt.Sprintf("%v %+v", err, source), "planted-secret") {
		t.Errorf("error %v", err)
	}
}
