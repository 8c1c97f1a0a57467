package sqldata_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/remote/sqldata"
	"kept/internal/remote/sqldata/sqltest"
	"kept/internal/vault"
)

func TestMain(m *testing.M) {
	code := m.Run()
	sqltest.Stop()
	os.Exit(code)
}

const shop = `
create table customer (tenant_id int not null, id int not null, mail varchar(60) not null, name varchar(20), born date, active {bool} not null, since {moment}, notes {json}, photo {bytes}, primary key (tenant_id, id), unique (mail, tenant_id));
create table purchase (id int not null primary key, tenant_id int not null, customer_id int not null, total decimal(10,2), foreign key (tenant_id, customer_id) references customer (tenant_id, id));
insert into customer values (1, 7, 'Ada@example.org', 'Ada', '1990-12-10', true, '2026-01-02 03:04:05', '{"a": [1, "x"]}', null);
insert into customer values (2, 7, 'bob@example.org', null, null, false, null, null, null);
insert into purchase values (1, 1, 7, 12.50);
insert into purchase values (2, 2, 7, 99.00);
`

func read(t *testing.T, s *sqldata.Source, q records.Query) []records.Row {
	t.Helper()
	var rows []records.Row
	if err := s.Read(context.Background(), q, func(r records.Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestRowsAreFoundByAllPartsOfAKey(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shop)
		got := read(t, s.Source, records.Query{Table: "purchase", Fields: []string{"id", "total"}, Match: records.Match{
			Fields: []string{"tenant_id", "customer_id"}, Tuples: [][]string{{"1", "7"}, {"1", "x"}, {"3", "99999999999999999999"}},
		}})
		if want := []records.Row{{int64(1), "12.50"}}; len(got) != 1 || got[0][0] != want[0][0] {
			t.Errorf("found %v, want %v", got, want)
		}
	})
}

func TestValuesComeAsTheyAre(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shop)
		rows := read(t, s.Source, records.Query{Table: "customer", Fields: []string{"tenant_id", "mail", "name", "born", "active", "since", "notes"},
			Match: records.Match{Fields: []string{"mail"}, Tuples: [][]string{{"ada@EXAMPLE.org"}}, Fold: true}})
		if len(rows) != 1 {
			t.Fatalf("found %d rows by the address in other letters", len(rows))
		}
		want := records.Row{int64(1), "Ada@example.org", "Ada", time.Date(1990, 12, 10, 0, 0, 0, 0, time.UTC), true, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			map[string]any{"a": []any{int64(1), "x"}}}
		if s.Config.Kind == sqldata.MySQL {
			want[6] = `{"a": [1, "x"]}` // JSON is an alias of text there
		}
		if diff := cmp.Diff(want, rows[0]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheLiveSchemaIsRead(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shop)
		tables, err := s.Source.Tables(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(tables) != 2 || tables[0].Name != "customer" {
			t.Fatalf("tables %v", tables)
		}
		c, p := tables[0], tables[1]
		if diff := cmp.Diff([]string{"tenant_id", "id"}, c.Key); diff != "" {
			t.Error(diff)
		}
		if len(c.Unique) != 1 || len(c.Unique[0]) != 2 {
			t.Errorf("unique %v", c.Unique)
		}
		if want := []records.Refers{{Fields: []string{"tenant_id", "customer_id"}, Table: "customer", Target: []string{"tenant_id", "id"}}}; !cmp.Equal(want, p.Refers) {
			t.Errorf("references %v", p.Refers)
		}
		name, _ := c.Column("name")
		mail, _ := c.Column("mail")
		if name.Length != 20 || !name.Null || mail.Null || name.Kind != records.Text {
			t.Errorf("columns %+v %+v", name, mail)
		}
	})
}

func TestChangesAreAllOrNone(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		ctx := context.Background()
		s.Exec(t, shop)
		first := records.Change{Key: map[string]string{"tenant_id": "1", "id": "7"}, Set: map[string]any{"name": nil, "born": nil}}
		broken := records.Change{Key: map[string]string{"tenant_id": "2", "id": "7"}, Set: map[string]any{"mail": nil}}
		if err := s.Source.Change(ctx, "customer", []records.Change{first, broken}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a forbidden null: %v", err)
		}
		if got := s.Text(t, "select name from customer where tenant_id = 1"); got != "Ada" {
			t.Errorf("half a change: %s", got)
		}
		if err := s.Source.Change(ctx, "customer", []records.Change{first}); err != nil {
			t.Fatal(err)
		}
		if got := s.Text(t, "select name, born, mail from customer where tenant_id = 1"); got != "∅|∅|Ada@example.org" {
			t.Errorf("changed: %s", got)
		}
		m := records.Match{Fields: []string{"tenant_id", "id"}, Tuples: [][]string{{"1", "7"}}}
		if _, err := s.Source.Delete(ctx, "customer", m); !fault.Is(err, fault.Conflict) {
			t.Errorf("a row that others refer to: %v", err)
		}
		if n, err := s.Source.Delete(ctx, "purchase", records.Match{Fields: []string{"id"}, Tuples: [][]string{{"1"}}}); n != 1 || err != nil {
			t.Errorf("deleted %d: %v", n, err)
		}
		if n, err := s.Source.Count(ctx, "purchase", records.Match{Fields: []string{"id"}, Tuples: [][]string{{"1"}, {"2"}}}); n != 1 || err != nil {
			t.Errorf("counted %d: %v", n, err)
		}
	})
}

// Names come from a file; they reach a statement only if the schema has them, and
// quoted.
func TestNamesAreNoStatements(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shop)
		for _, name := range []string{"customer; drop table purchase", `customer" --`, "customer` --", "nothing"} {
			err := s.Source.Read(context.Background(), records.Query{Table: name, Fields: []string{"id"}}, func(records.Row) error { return nil })
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("table %q: %v", name, err)
			}
			err = s.Source.Read(context.Background(), records.Query{Table: "purchase", Fields: []string{name}}, func(records.Row) error { return nil })
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("column %q: %v", name, err)
			}
		}
		hostile := "x' or '1'='1"
		if n, err := s.Source.Count(context.Background(), "customer", records.Match{Fields: []string{"mail"}, Tuples: [][]string{{hostile}}}); n != 0 || err != nil {
			t.Errorf("a hostile value found %d rows: %v", n, err)
		}
	})
}

func TestStrangeNamesAreQuoted(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		mark := `"`
		if s.Config.Kind == sqldata.MySQL {
			mark = "`"
		}
		s.Exec(t, strings.ReplaceAll("create table 'select' ('order by' int primary key, 'Größe' int);\ninsert into 'select' values (1, 2);\n", "'", mark))
		if rows := read(t, s.Source, records.Query{Table: "select", Fields: []string{"order by", "Größe"}}); len(rows) != 1 || rows[0][1] != int64(2) {
			t.Errorf("rows %v", rows)
		}
	})
}

// servers are the products that listen somewhere; a build tag adds one.
var servers = []sqldata.Kind{sqldata.Postgres, sqldata.MySQL}

// Nobody who reads an error learns the password, and a server that is down is
// Unavailable.
func TestASilentServerIsUnavailableAndKeepsSecrets(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := silent.Addr().String()
	silent.Close()
	for _, kind := range servers {
		s, err := sqldata.Open(sqldata.Config{Kind: kind, Address: address, Database: "x", User: "u", Password: vault.NewSecret("planted-secret"),
			Dial: (&net.Dialer{Timeout: time.Second}).DialContext})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Tables(context.Background())
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", kind, err)
		}
		if text := fmt.Sprintf("%v %+v", err, s); strings.Contains(text, "planted-secret") {
			t.Errorf("%s tells its secret", kind)
		}
		s.Close()
	}
	s, err := sqldata.Open(sqldata.Config{Kind: sqldata.SQLite, File: t.TempDir() + "/missing.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Tables(context.Background()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a missing file: %v", err)
	}
}

// A wrong password is told without the password.
func TestAWrongPasswordIsNotRepeated(t *testing.T) {
	for name, server := range map[string]func(testing.TB) *sqltest.Server{"mariadb": sqltest.MariaDB} {
		t.Run(name, func(t *testing.T) {
			c := server(t).Config
			c.Password = vault.NewSecret("planted-secret")
			s, err := sqldata.Open(c)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, err = s.Tables(context.Background())
			if !fault.Is(err, fault.Unavailable) || strings.Contains(fmt.Sprint(err), "planted-secret") {
				t.Errorf("error %v", err)
			}
		})
	}
}
