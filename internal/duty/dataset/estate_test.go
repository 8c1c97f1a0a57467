package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/remote/sqldata/sqltest"
	"kept/internal/store/storetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	sqltest.Stop()
	os.Exit(code)
}

const shopTables = `
create table tenant (id int primary key, title varchar(40) not null);
create table customer (tenant_id int not null references tenant (id), id int not null, mail varchar(60) not null unique, name varchar(20), primary key (tenant_id, id));
create table purchase (id int primary key, tenant_id int not null, customer_id int not null, delivered_to varchar(80) not null, foreign key (tenant_id, customer_id) references customer (tenant_id, id));
create table item (id int primary key, purchase_id int not null, engraving varchar(10), foreign key (purchase_id) references purchase (id));
insert into tenant values (1, 'North');
insert into tenant values (2, 'South');
insert into customer values (1, 7, 'Ada@example.org', 'Ada');
insert into customer values (2, 7, 'bob@example.org', 'Bob');
insert into purchase values (1, 1, 7, 'Ada, North Street');
insert into purchase values (2, 2, 7, 'Bob, South Street');
insert into item values (1, 1, 'For Ada');
insert into item values (2, 2, 'For Bob');
insert into item values (3, 1, null);
`

// estate opens the shop in one system, in a house with some entries.
func estate(t *testing.T, s *sqltest.Server, file, activities string) (*Estate, *dutytest.House) {
	t.Helper()
	h := dutytest.Open(t, storetest.SQLite(t), activities, []manifest.Manifest{Manifest()})
	e, err := Open(h.Ctx, Config{
		Dir: t.TempDir(), DB: h.DB, Vault: h.Vault, Clock: h.Clock, Policy: h.Policy, Holds: h.Subjects.Holds,
		Datasets: mustRead(t, file), Systems: []*System{{Name: "erp", Source: s.Source, Datasets: []string{"shop"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, h
}

const sales = `
  sales:
    kind: external
    title: {de: Verkauf, en: Sales}
    purpose: sales
    basis: contract
    people: [customer]
    data: [user.name, user.contact, user.content]
    retention:
      - {from: contract-end, keep: 3 years, then: delete}
    dataset: datasets/shop.yml
`

func TestAPersonIsFoundInAnotherSystem(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, h := estate(t, s, shopFile, sales)
		plan, err := e.Plan(h.Ctx, ada("ada@example.org"), rights.Access, rights.Wish{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range plan {
			got += fmt.Sprintf("%s %s %s %d %s\n", p.System, p.Activity, p.Table, p.Rows, p.Does)
		}
		if want := "erp sales tenant 1 hand-out\nerp sales customer 1 hand-out\nerp sales purchase 1 hand-out\nerp sales item 2 hand-out\n"; got != want {
			t.Errorf("plan:\n%s\nwant:\n%s", got, want)
		}
		rows := ""
		err = e.Read(h.Ctx, ada("ada@example.org"), rights.Access, func(r rights.Record) error {
			rows += fmt.Sprintln(r.System, r.Activity, r.Table, r.Key, r.Values)
			return nil
		})
		const want = `erp sales tenant 1 [{id 1} {title North}]
erp sales customer 1/7 [{tenant_id 1} {id 7} {mail Ada@example.org} {name Ada}]
erp sales purchase 1 [{id 1} {tenant_id 1} {customer_id 7} {delivered_to Ada, North Street}]
erp sales item 1 [{id 1} {purchase_id 1} {engraving For Ada}]
erp sales item 3 [{id 3} {purchase_id 1} {engraving <nil>}]
`
		if err != nil || rows != want {
			t.Errorf("read:\n%s\nwant:\n%s%v", rows, want, err)
		}
	})
}

func TestAPortableCopyHoldsWhatThePersonProvided(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	e, h := estate(t, s, shopFile, strings.ReplaceAll(sales, "user.content]", "{name: words, category: user.content, source: derived, title: {de: W, en: W}}]"))
	rows := ""
	err := e.Read(h.Ctx, ada("ada@example.org"), rights.Portability, func(r rights.Record) error {
		rows += fmt.Sprintln(r.Table, r.Values)
		return nil
	})
	if want := "tenant [{title North}]\ncustomer [{mail Ada@example.org} {name Ada}]\npurchase [{delivered_to Ada, North Street}]\n"; err != nil || rows != want {
		t.Errorf("read:\n%s%v", rows, err)
	}
}

// An erasure masks by default: rows stay, and nothing in them says whose they were.
func TestAnErasureMasksWhatMustStand(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, h := estate(t, s, shopFile, sales)
		parts, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(parts); !strings.Contains(got, "customer 1") || !strings.Contains(got, "item 1") {
			t.Errorf("parts %s", got)
		}
		mail := s.Text(t, "select mail from customer where tenant_id = 1")
		if !strings.HasPrefix(mail, "erased-") || !strings.HasSuffix(mail, "@erased.invalid") {
			t.Errorf("the address became %q", mail)
		}
		if got := s.Text(t, "select name from customer where tenant_id = 1"); got != "∅" {
			t.Errorf("the name became %q", got)
		}
		if got := s.Text(t, "select delivered_to from purchase order by id"); got != "erased\nBob, South Street" {
			t.Errorf("purchases %q", got)
		}
		if got := s.Text(t, "select engraving from item order by id"); got != "∅\nFor Bob\n∅" {
			t.Errorf("items %q", got)
		}
		if got := s.Text(t, "select title from tenant order by id"); got != "erased\nSouth" {
			t.Errorf("a tenant that only she uses: %q", got)
		}
		left, err := e.Left(h.Ctx, ada("ada@example.org"))
		if err != nil || len(left) > 0 {
			t.Errorf("left %v: %v", left, err)
		}
		if n := h.Count("dataset_tuple", "1 = 1"); n != 0 {
			t.Errorf("%d tuples stay in the journal", n)
		}
		again, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1")
		if err != nil || len(again) > 0 {
			t.Errorf("once more: %v, %v", again, err)
		}
	})
}

// What many people share stays as it is.
func TestWhatOthersUseStays(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		s.Exec(t, "insert into customer values (1, 8, 'cy@example.org', 'Cy');\n")
		e, h := estate(t, s, shopFile, sales)
		if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err != nil {
			t.Fatal(err)
		}
		if got := s.Text(t, "select title from tenant order by id"); got != "North\nSouth" {
			t.Errorf("tenants %q", got)
		}
	})
}

// Rows go children first; what the other tenant has stays.
func TestAnErasureDeletesChildrenFirst(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, h := estate(t, s, shopFile, sales)
		e.Config.Systems[0].Delete = true
		plan, err := e.Plan(h.Ctx, ada("ada@example.org"), rights.Erasure, rights.Wish{})
		if err != nil {
			t.Fatal(err)
		}
		order := ""
		for _, p := range plan {
			order += p.Table + " " + string(p.Does) + ","
		}
		if order != "item delete,purchase delete,customer delete,tenant delete," {
			t.Errorf("order %s", order)
		}
		if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"item", "purchase", "customer", "tenant"} {
			if got := s.Text(t, "select count(*) from "+table); got != "1" {
				t.Errorf("%s rows of %s", got, table)
			}
		}
		if got := s.Text(t, "select mail from customer"); got != "bob@example.org" {
			t.Errorf("customers %s", got)
		}
	})
}

// errKilled stands for the end of the process.
var errKilled = errors.New("killed")

// Wherever an erasure is killed, it goes on: also where what led to a row is gone.
func TestAnErasureBearsBeingKilledAnywhere(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, h := estate(t, s, strings.ReplaceAll(shopFile, "- name: item", "- name: item\n        fides_meta: {erase_after: [shop.customer]}"), sales)
		kills := 0
		for {
			steps := 0
			e.fail = func(string) error {
				if steps++; steps > kills-kills/2 && kills < 6 {
					return errKilled
				}
				return nil
			}
			_, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1")
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			kills++
		}
		if kills == 0 {
			t.Fatal("nothing was killed")
		}
		if got := s.Text(t, "select name from customer where tenant_id = 1") + s.Text(t, "select engraving from item where id = 1"); got != "∅∅" {
			t.Errorf("left after %d kills: %s", kills, got)
		}
	})
}

// A system that is down keeps the request open, and loses nothing of it.
func TestASystemThatIsDownLosesNothing(t *testing.T) {
	m := &memory{err: fault.New(fault.Unavailable, "down")}
	h := dutytest.Open(t, storetest.SQLite(t), sales, []manifest.Manifest{Manifest()})
	e, err := Open(h.Ctx, Config{Dir: t.TempDir(), DB: h.DB, Vault: h.Vault, Clock: h.Clock, Policy: h.Policy,
		Datasets: mustRead(t, shopFile), Systems: []*System{{Name: "erp", Source: m, Datasets: []string{"shop"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Plan(h.Ctx, ada("a@example.org"), rights.Access, rights.Wish{Activity: "circle"}); err != nil {
		t.Errorf("a request that is about something else waits: %v", err)
	}
	_, planned := e.Plan(h.Ctx, ada("a@example.org"), rights.Access, rights.Wish{})
	read := e.Read(h.Ctx, ada("a@example.org"), rights.Access, func(rights.Record) error { return nil })
	_, erased := e.Erase(h.Ctx, ada("a@example.org"), "c")
	_, left := e.Left(h.Ctx, ada("a@example.org"))
	_, corrected := e.Correct(h.Ctx, ada("a@example.org"), []rights.Correction{{Field: "user.name", New: "x"}}, nil, "c")
	for name, err := range map[string]error{"plan": planned, "read": read, "erase": erased, "left": left, "correct": corrected} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const books = sales + `
  books:
    kind: external
    title: {de: Bücher, en: Books}
    purpose: finance
    basis: legal-obligation
    law: § 147 AO
    people: [customer]
    data: [user.contact.address]
    retention:
      - {from: invoice-date, keep: 8 years, until: end-of-year, then: delete}
    dataset: datasets/shop.yml
`

// What a law wants kept stays, and the plan says which law; the rest of the row goes.
func TestWhatALawKeepsStays(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, h := estate(t, s, shopFile, books)
		e.Config.Systems[0].Delete = true
		plan, err := e.Plan(h.Ctx, ada("ada@example.org"), rights.Erasure, rights.Wish{})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, p := range plan {
			said += fmt.Sprintf("%s %s %s %s %s\n", p.Table, p.Does, p.Activity, p.Reason, p.Text.In("en"))
		}
		if !strings.Contains(said, "purchase keep books law § 147 AO\n") {
			t.Errorf("plan:\n%s", said)
		}
		if !strings.Contains(said, "customer anonymise sales") { // the purchase stays and refers to it
			t.Errorf("a customer whose purchase stays:\n%s", said)
		}
		if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err != nil {
			t.Fatal(err)
		}
		if got := s.Text(t, "select count(*) from item where purchase_id = 1"); got != "0" {
			t.Errorf("%s items that nothing keeps", got)
		}
		if got := s.Text(t, "select delivered_to from purchase where id = 1"); got != "Ada, North Street" {
			t.Errorf("what the law keeps: %q", got)
		}
		left, err := e.Left(h.Ctx, ada("ada@example.org"))
		for _, p := range left {
			if p.Reason == "" {
				t.Errorf("left %+v", p)
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func TestCorrectionsReachEveryPlace(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, _ := estate(t, s, shopFile, sales)
		fix := []rights.Correction{{Field: "user.name", Old: "ada", New: "Ada L."}, {Field: "purchase.delivered_to", Old: "somewhere else", New: "x"}}
		for range 2 {
			e.fixes(t, ada("ada@example.org"), nil, fix...)
			if got := s.Text(t, "select name from customer order by tenant_id"); got != "Ada L.\nBob" {
				t.Errorf("names %q", got)
			}
			if got := s.Text(t, "select delivered_to from purchase where id = 1"); got != "Ada, North Street" {
				t.Errorf("a value that was another one: %q", got)
			}
		}
	})
}

// Art. 16, second sentence: what is missing is added, unless the person says that
// another value stands there.
func TestWhatIsMissingIsAddedInOtherSystems(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		s.Exec(t, "update purchase set delivered_to = '' where id = 1;\n")
		e, _ := estate(t, s, shopFile, sales)
		for _, c := range []struct{ old, want string }{{"somewhere", ""}, {"", "Ada, South Street"}} {
			fix := []rights.Correction{{Field: "purchase.delivered_to", Old: c.old, New: "Ada, South Street"}}
			e.fixes(t, ada("ada@example.org"), nil, fix...)
			if got := s.Text(t, "select delivered_to from purchase where id = 1"); got != c.want {
				t.Errorf("old %q: %q, want %q", c.old, got, c.want)
			}
		}
	})
}

// Two systems: an address in one leads to rows of the other.
func TestReferencesLeadIntoOtherSystems(t *testing.T) {
	ctx := context.Background()
	front, back := sqltest.SQLite(t), sqltest.Postgres(t)
	front.Exec(t, "create table account (id integer primary key, mail text);\ninsert into account values (5, 'ada@example.org');\n")
	back.Exec(t, "create table ticket (id uuid primary key, account text not null, body text);\ninsert into ticket values ('6f1b1d2e-0000-4000-9000-000000000001', '5', 'help'), ('6f1b1d2e-0000-4000-9000-000000000002', '6', 'other');\n")
	const file = `
dataset:
  - fides_key: front
    collections:
      - name: account
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
  - fides_key: back
    collections:
      - name: ticket
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: account, fides_meta: {references: [{dataset: front, field: account.id, direction: from}]}}
          - {name: body, data_categories: [user.content]}
`
	h := dutytest.Open(t, storetest.SQLite(t), sales, []manifest.Manifest{Manifest()})
	e, err := Open(ctx, Config{Dir: t.TempDir(), DB: h.DB, Vault: h.Vault, Clock: h.Clock, Datasets: mustRead(t, file), Systems: []*System{
		{Name: "front", Source: front.Source, Datasets: []string{"front"}}, {Name: "back", Source: back.Source, Datasets: []string{"back"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(found(t, e, "ada@example.org")); got != "[account:5 ticket:6f1b1d2e-0000-4000-9000-000000000001]" {
		t.Errorf("found %s", got)
	}
	if _, err := e.Erase(ctx, ada("ada@example.org"), "c"); err != nil {
		t.Fatal(err)
	}
	if got := back.Text(t, "select body from ticket order by id"); got != "∅\nother" {
		t.Errorf("tickets %q", got)
	}
}
