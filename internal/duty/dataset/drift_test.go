package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/remote/sqldata/sqltest"
)

func looker(t *testing.T, s *sqltest.Server, datasets []*Dataset) *Estate {
	t.Helper()
	e, err := Open(context.Background(), Config{Dir: t.TempDir(), Datasets: datasets, Systems: []*System{{Name: "erp", Source: s.Source, Datasets: []string{"shop"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDriftIsFound(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e := looker(t, s, mustRead(t, shopFile))
		findings, err := e.Drift(context.Background())
		if err != nil || findings.Failed() {
			t.Errorf("the file that fits: %v %v", findings, err)
		}
		s.Exec(t, "alter table customer add phone varchar(30);\nalter table item drop column engraving;\ncreate table audit_log (id int primary key, who varchar(10));\n")
		findings, err = e.Drift(context.Background())
		if err != nil || !findings.Failed() {
			t.Fatal("no drift", err)
		}
		for _, want := range []string{"table customer has the column phone", "table item has no column engraving", "the table audit_log, which the dataset does not name"} {
			if !strings.Contains(all(findings), want) {
				t.Errorf("%q is missing in\n%s", want, all(findings))
			}
		}
	})
}

// A key that is said to be shorter than it is would mix tenants.
func TestAShorterKeyIsDrift(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	file := strings.Replace(shopFile, "primary_key: true, references: [{dataset: shop, field: tenant.id, direction: to}]", "references: [{dataset: shop, field: tenant.id, direction: to}]", 1)
	findings, err := looker(t, s, mustRead(t, file)).Drift(context.Background())
	if err != nil || !strings.Contains(findings.Error(), "the key of table customer is tenant_id and id, the dataset says id") {
		t.Errorf("findings:\n%s\n%v", all(findings), err)
	}
}

func TestASearchWithoutAnIndexIsTold(t *testing.T) {
	s := sqltest.Postgres(t)
	s.Exec(t, shopTables)
	e := looker(t, s, mustRead(t, shopFile))
	findings, err := e.Drift(context.Background())
	if err != nil || !strings.Contains(all(findings), "make an index on lower(mail)") {
		t.Errorf("findings:\n%s\n%v", all(findings), err)
	}
	s.Exec(t, "create index customer_mail on customer (lower(mail));\ncreate index item_purchase on item (purchase_id);\ncreate index purchase_customer on purchase (tenant_id, customer_id);\n")
	if findings, err = e.Drift(context.Background()); err != nil || len(findings) > 0 {
		t.Errorf("findings:\n%s\n%v", all(findings), err)
	}
}

func TestAnAnnotationIsADatasetThatFits(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		s.Exec(t, "create table kunde (kundennr int primary key, vorname varchar(20), x17 varchar(60), plz varchar(5), geburtsdatum date, passwort varchar(64));\n")
		for i := range 5 {
			s.Exec(t, fmt.Sprintf("insert into kunde values (%d, 'Planted', 'person%d@example.org', '65183', '1990-01-01', 'x');\n", i, i))
		}
		e := looker(t, s, nil)
		a, err := e.Annotate(context.Background(), "erp")
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := a.WriteYAML(&text); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"name: vorname, data_categories: [user.name.first]", "name: x17, data_categories: [user.contact.email], fides_meta: {", "name: plz, data_categories: [user.contact.address.postal_code]",
			"name: geburtsdatum, data_categories: [user.demographic.date_of_birth]", "name: passwort, data_categories: [user.authorization.password]", "references: [{dataset: shop, field: purchase.id}]",
			"name: mail, data_categories: [user.contact.email], fides_meta: {identity: email",
		} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q is missing in\n%s", want, text.String())
			}
		}
		if strings.Contains(text.String(), "Planted") || strings.Contains(text.String(), "person1") {
			t.Error("a value left the machine")
		}
		datasets, findings := Read("new.yml", []byte(text.String()))
		if findings.Failed() {
			t.Fatal(findings)
		}
		if findings, err := looker(t, s, datasets).Drift(context.Background()); err != nil || findings.Failed() {
			t.Errorf("what was proposed does not fit: %v %v", findings, err)
		}
	})
}

func TestADiffShowsWhatIsNewAndGone(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables+"alter table customer add telefon varchar(30);\nalter table item drop column engraving;\n")
	a, err := looker(t, s, mustRead(t, shopFile)).Annotate(context.Background(), "erp")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := a.WriteDiff(&text); err != nil {
		t.Fatal(err)
	}
	const want = `--- datasets/shop.yml
+++ datasets/shop.yml, as the live schema is
@@ collection customer @@
+          - {name: telefon, data_categories: [user.contact.phone_number], fides_meta: {length: 30}} # 80 %: its name
@@ collection item @@
-          - {name: engraving}
`
	if text.String() != want {
		t.Errorf("diff:\n%s\nwant:\n%s", text.String(), want)
	}
}

func TestGuesses(t *testing.T) {
	text := records.Column{Kind: records.Text}
	for _, c := range []struct {
		name    string
		samples []string
		want    string
		sure    float64
	}{
		{"E-Mail", nil, "user.contact.email", byWholeName},
		{"customerEmail", nil, "user.contact.email", byPartName},
		{"Straße", nil, "user.contact.address.street", byWholeName},
		{"mail", []string{"a@b.de", "c@d.de", "e@f.de"}, "user.contact.email", bothAgree},
		{"mail", []string{"yes", "no", "yes"}, "user.contact.email", contradict},
		{"field_7", []string{"DE89 3704 0044 0532 0130 00", "DE02120300000000202051", "DE02500105170137075030"}, "user.financial.bank_account", bySamples},
		{"x", []string{"192.0.2.1", "2001:db8::1", "198.51.100.7"}, "user.device.ip_address", bySamples},
		{"created_at", nil, technical, byWholeName},
		{"zzz", nil, technical, byNothing},
	} {
		column := text
		column.Name = c.name
		if got := guess("t", column, c.samples); got.Category != c.want || got.Confidence != c.sure {
			t.Errorf("%s: %+v, want %s %.2f", c.name, got, c.want, c.sure)
		}
	}
}

func TestConnectionsNameTheirSecrets(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pw"), []byte("planted-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHOP_TOKEN", "planted-token")
	const file = `
connections:
  erp: {kind: postgres, host: db.internal, database: erp, user: kept, password: {file: pw}, datasets: [books, crm], erase: {strategy: hash}, mail_case: exact}
  old: {kind: sqlite, file: old.db}
  shop:
    kind: http
    url: https://shop.example/api
    auth: {bearer: {env: SHOP_TOKEN}}
    collections:
      customer:
        read: {path: /customers, query: {email: "{email}"}, items: data, paging: {offset: {param: skip, size: 100}}}
        update: {method: PUT, path: "/customers/{id}", body: {customer: "{changes}", n: 1}}
        delete: {path: "/customers/{id}"}
`
	found, findings := ReadConnections(filepath.Join(dir, "connections.yml"), []byte(file))
	if len(findings) > 0 {
		t.Fatal(all(findings))
	}
	if found[0].Password.Reveal() != "planted-secret" || found[2].Auth.Secret.Reveal() != "planted-token" || found[1].File != filepath.Join(dir, "old.db") {
		t.Errorf("connections %+v", found)
	}
	if text := fmt.Sprintf("%v %+v %#v", found, *found[0], *found[2]); strings.Contains(text, "planted") {
		t.Error("a secret is told")
	}
	systems, err := Connect(found, nil, egress.Bare(), clock.System)
	if err != nil || len(systems) != 3 {
		t.Fatal(err)
	}
	for _, s := range systems {
		s.Source.Close()
	}
}

func TestMistakesInConnections(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"secret in the file": {"connections:\n  a: {kind: sqlite, file: x, password: hunter2}", "c.yml:2:40: a secret stands in the file itself; write {file: /run/secrets/name} or {env: NAME}"},
		"missing":            {"connections:\n  a: {kind: postgres, host: x}", "connection a has no database; add database"},
		"kind":               {"connections:\n  a: {kind: oracle}", "kind is \"oracle\""},
		"no file":            {"connections:\n  a: {kind: sqlite, file: x, password: {file: nowhere}}", "the secret's file cannot be read: nowhere"},
		"credentials in url": {"connections:\n  a: {kind: http, url: \"https://u:p@x.example\", collections: {}}", "this is no address of an interface"},
		"in the open":        {"connections:\n  a: {kind: http, url: \"http://x.example\", collections: {}}", "is not encrypted"},
		"two ways":           {"connections:\n  a: {kind: http, url: \"https://x.example\", auth: {bearer: {env: HOME}, basic: {user: x, password: {env: HOME}}}, collections: {}}", "auth says more than one way"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := ReadConnections("c.yml", []byte(c.src))
			if !strings.Contains(all(findings), c.want) || strings.Contains(all(findings), "hunter2") {
				t.Errorf("findings:\n%s\nwant %q", all(findings), c.want)
			}
		})
	}
	connections, _ := ReadConnections("c.yml", []byte("connections:\n  a: {kind: http, url: \"https://x.example\", collections: {c: {read: {path: /all}}}}"))
	if _, err := Connect(connections, nil, egress.Bare(), clock.System); !fault.Is(err, fault.Invalid) {
		t.Errorf("a request for everybody: %v", err)
	}
}
