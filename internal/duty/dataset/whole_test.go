package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/clock"
	"kept/internal/duty/dutytest"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/remote/records"
	"kept/internal/remote/sqldata/sqltest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// A case's order reaches the other system and ends only when that was asked again;
// while the system is down it waits.
func TestAnOrderReachesOtherSystems(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, h := estate(t, s, shopFile, sales)
		flaky := &failing{Source: s.Source, left: 3}
		e.Config.Systems[0].Source = flaky
		var ended []rights.Carried
		d, err := rights.Open(h.Ctx, rights.Config{
			DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Consent: h.Consent, Jobs: h.Jobs, Clock: h.Clock,
			Manifests: append(h.Manifests, rights.Manifest()), Policy: h.Policy, Elsewhere: []rights.Elsewhere{e},
		})
		if err != nil {
			t.Fatal(err)
		}
		d.OnCarried(func(_ context.Context, _ *store.Tx, c rights.Carried) error {
			ended = append(ended, c)
			return nil
		})
		p := ada("ada@example.org")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			id, _, err := h.Subjects.Ensure(ctx, tx, subject.Email, "ada@example.org")
			p.Subjects = []string{id}
			return err
		})
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return d.Carry(ctx, tx, rights.Order{Case: "case-1", Person: p, Right: rights.Erasure, Plan: rights.Plan{Right: rights.Erasure}, By: "officer"})
		})
		for range 50 {
			h.Work()
			if len(ended) > 0 {
				break
			}
			if got := s.Text(t, "select name from customer where tenant_id = 1"); flaky.left > 0 && got == "∅" {
				t.Error("erased while it was down")
			}
			h.Clock.Advance(3600e9)
		}
		if len(ended) != 1 || ended[0].Failed != "" {
			t.Fatalf("ended %+v", ended)
		}
		if got := s.Text(t, "select name from customer order by tenant_id"); got != "∅\nBob" {
			t.Errorf("names %q", got)
		}
	})
}

// failing is a system that goes down again and again, also in the middle of rows.
type failing struct {
	records.Source
	left  int // failures to come
	calls int
}

func (f *failing) Read(ctx context.Context, q records.Query, each func(records.Row) error) error {
	f.calls++
	fails := f.left > 0 && f.calls%3 == 0
	err := f.Source.Read(ctx, q, func(r records.Row) error {
		if fails {
			return fault.New(fault.Unavailable, "down in the middle of a row")
		}
		return each(r)
	})
	if err != nil && fails {
		f.left--
	}
	return err
}

// What a hold keeps stays, and says so.
func TestWhatAHoldKeepsStays(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	e, h := estate(t, s, shopFile, sales)
	p := ada("ada@example.org")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		id, _, err := h.Subjects.Ensure(ctx, tx, subject.Email, "ada@example.org")
		p.Subjects = []string{id}
		return err
	})
	hold := h.Hold(subject.Hold{Subject: p.Subjects[0], Activity: "sales"})
	plan, err := e.Plan(h.Ctx, p, rights.Erasure, rights.Wish{})
	if err != nil || len(plan) == 0 {
		t.Fatal(plan, err)
	}
	for _, x := range plan {
		if x.Does != rights.Keeps || x.Reason != byHold {
			t.Errorf("plan %+v", x)
		}
	}
	if _, err := e.Erase(h.Ctx, p, "case-1"); err != nil {
		t.Fatal(err)
	}
	if got := s.Text(t, "select name from customer where tenant_id = 1"); got != "Ada" {
		t.Errorf("a held name became %q", got)
	}
	h.Lift(hold)
	if _, err := e.Erase(h.Ctx, p, "case-2"); err != nil {
		t.Fatal(err)
	}
	if got := s.Text(t, "select name from customer where tenant_id = 1"); got != "∅" {
		t.Errorf("the name after the hold: %q", got)
	}
}

// A small shop behind an HTTP interface: customers by address, orders by customer;
// what it cannot do is told, not passed over.
func TestAnInterfaceIsAnEstate(t *testing.T) {
	customers := map[string]map[string]any{"7": {"id": 7, "email": "Ada@example.org", "name": "Ada"}, "8": {"id": 8, "email": "bob@example.org", "name": "Bob"}}
	orders := map[string]map[string]any{"1": {"id": "a-1", "customer": 7, "street": "North"}, "2": {"id": "b-2", "customer": 8, "street": "South"}}
	mux := http.NewServeMux()
	list := func(w http.ResponseWriter, of map[string]map[string]any, fits func(map[string]any) bool) {
		rows := []map[string]any{}
		for _, key := range []string{"1", "2", "7", "8"} {
			if row := of[key]; row != nil && fits(row) {
				rows = append(rows, row)
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"data": rows})
	}
	mux.HandleFunc("GET /customers", func(w http.ResponseWriter, r *http.Request) {
		list(w, customers, func(row map[string]any) bool {
			return r.FormValue("id") == fmt.Sprint(row["id"]) || strings.EqualFold(fmt.Sprint(row["email"]), r.FormValue("email"))
		})
	})
	mux.HandleFunc("PATCH /customers/{id}", func(_ http.ResponseWriter, r *http.Request) {
		json.NewDecoder(r.Body).Decode(ptr(customers[r.PathValue("id")]))
	})
	mux.HandleFunc("GET /orders", func(w http.ResponseWriter, r *http.Request) {
		list(w, orders, func(map[string]any) bool { return true }) // it ignores its filter
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	const file = `
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: name, data_categories: [user.name]}
      - name: order
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: customer, fides_meta: {references: [{dataset: shop, field: customer.id, direction: from}]}}
          - {name: street, data_categories: [user.contact.address]}
`
	connections, findings := ReadConnections("c.yml", []byte(`
connections:
  shop:
    kind: http
    url: `+server.URL+`
    collections:
      customer:
        read: [{path: /customers, query: {email: "{email}"}, items: data}, {path: /customers, query: {id: "{id}"}, items: data}]
        update: {path: "/customers/{id}"}
      order:
        read: {path: /orders, query: {customer: "{customer}"}, items: data}
`))
	if findings.Failed() {
		t.Fatal(findings)
	}
	h := dutytest.Open(t, storetest.SQLite(t), sales, []manifest.Manifest{Manifest()})
	datasets := mustRead(t, file)
	systems, err := Connect(connections, datasets, egress.Bare(), clock.System)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(h.Ctx, Config{Dir: t.TempDir(), DB: h.DB, Vault: h.Vault, Clock: h.Clock, Policy: h.Policy, Datasets: datasets, Systems: systems})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if got := fmt.Sprint(found(t, e, "ada@example.org")); got != "[customer:7 order:a-1]" {
		t.Errorf("found %s", got)
	}
	plan, err := e.Plan(h.Ctx, ada("ada@example.org"), rights.Erasure, rights.Wish{})
	said := ""
	for _, p := range plan {
		said += fmt.Sprintf("%s %s %d,", p.Table, p.Does, p.Rows)
	}
	if err != nil || said != "customer anonymise 1,order cannot 1," {
		t.Errorf("plan %s %v", said, err)
	}
	if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err != nil {
		t.Fatal(err)
	}
	if customers["7"]["name"] != nil || customers["8"]["name"] != "Bob" {
		t.Errorf("customers %v", customers)
	}
}

func ptr[T any](v T) *T { return &v }

// The dataset files of the examples are read without a word.
func TestTheExamplesDatasetsAreRead(t *testing.T) {
	files, err := filepath.Glob("../../../examples/*/datasets/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	var datasets []*Dataset
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found, findings := Read(file, src)
		if len(findings) > 0 {
			t.Errorf("%s", all(findings))
		}
		datasets = append(datasets, found...)
	}
	if _, findings := NewGraph(datasets); findings.Failed() {
		t.Error(findings)
	}
}

// Of a person whom nobody knows there is nothing to erase, and nothing is.
func TestAnUnknownPersonIsNobody(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	e, h := estate(t, s, shopFile, sales)
	for _, p := range []rights.Person{{}, ada("nobody@example.org"), {Identifiers: []subject.Identifier{{Kind: subject.Visitor, Value: "v-1"}}}} {
		parts, err := e.Erase(h.Ctx, p, "case-1")
		if err != nil || len(parts) > 0 {
			t.Errorf("erased %v: %v", parts, err)
		}
	}
	if got := s.Text(t, "select count(*) from customer where name is not null"); got != "2" {
		t.Errorf("%s customers left", got)
	}
}

// A reading that its caller ends, ends.
func TestAReadingEndsWithItsReader(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	e, h := estate(t, s, shopFile, sales)
	stop := errors.New("stop")
	n := 0
	err := e.Read(h.Ctx, ada("ada@example.org"), rights.Access, func(rights.Record) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("read %d rows: %v", n, err)
	}
}
