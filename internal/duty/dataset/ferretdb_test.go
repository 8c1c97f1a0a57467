package dataset

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/rights"
	"kept/internal/manifest"
	"kept/internal/remote/mongodata"
	"kept/internal/remote/mongodata/mongotest"
	"kept/internal/remote/sqldata/sqltest"
	"kept/internal/store/storetest"
)

const wikiFile = `
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: tenant_id, fides_meta: {primary_key: true}}
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
  - fides_key: wiki
    collections:
      - name: pages
        fields:
          - {name: _id, fides_meta: {primary_key: true}}
          - {name: tenant, fides_meta: {references: [{dataset: shop, field: customer.tenant_id, direction: from}]}}
          - {name: customer, fides_meta: {references: [{dataset: shop, field: customer.id, direction: from}]}}
          - {name: text, data_categories: [user.content]}
          - name: author
            fields:
              - {name: name, data_categories: [user.name]}
              - {name: words, data_categories: [user.content]}
`

// A row of a relational database leads to documents of a server that speaks MongoDB's
// protocol, by every part of its key: nothing of the other tenant, whose customer has
// the same number, is found, corrected or erased.
func TestDocumentsOfAServerOfOthers(t *testing.T) {
	address, db := mongotest.FerretDB(t)
	page := func(tenant int, name string) bson.D {
		return bson.D{{Key: "tenant", Value: tenant}, {Key: "customer", Value: 7}, {Key: "text", Value: name + "'s page"},
			{Key: "author", Value: bson.D{{Key: "name", Value: name}, {Key: "words", Value: bson.A{"from " + name}}}}}
	}
	if _, err := db.Collection("pages").InsertMany(t.Context(), []any{page(1, "Ada"), page(2, "Bob")}); err != nil {
		t.Fatal(err)
	}
	source, err := mongodata.Open(mongodata.Config{Addresses: []string{address}, Database: mongotest.Database, Dial: (&net.Dialer{}).DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	front := sqltest.SQLite(t)
	front.Exec(t, shopTables)
	h := dutytest.Open(t, storetest.SQLite(t), sales, []manifest.Manifest{Manifest()})
	e, err := Open(h.Ctx, Config{Dir: t.TempDir(), DB: h.DB, Vault: h.Vault, Clock: h.Clock, Policy: h.Policy, Datasets: mustRead(t, wikiFile), Systems: []*System{
		{Name: "erp", Source: front.Source, Datasets: []string{"shop"}}, {Name: "wiki", Source: source, Datasets: []string{"wiki"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var copied strings.Builder
	err = e.Read(h.Ctx, ada("ada@example.org"), rights.Access, func(r rights.Record) error {
		for _, v := range r.Values {
			fmt.Fprintf(&copied, "%s %s\n", v.Name, v.Value)
		}
		return nil
	})
	if err != nil || !strings.Contains(copied.String(), "from Ada") || strings.Contains(copied.String(), "Bob") {
		t.Errorf("%v: %s", err, copied.String())
	}
	if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err != nil {
		t.Fatal(err)
	}
	var pages []bson.M
	found, err := db.Collection("pages").Find(t.Context(), bson.D{})
	if err == nil {
		err = found.All(t.Context(), &pages)
	}
	text, _ := bson.MarshalExtJSON(bson.D{{Key: "all", Value: pages}}, false, false)
	if got := string(text); err != nil || strings.Contains(got, "Ada") || !strings.Contains(got, "Bob's page") || !strings.Contains(got, "from Bob") {
		t.Errorf("%v: %s", err, got)
	}
	if left, err := e.Left(h.Ctx, ada("ada@example.org")); err != nil || len(left) > 0 {
		t.Errorf("left %v: %v", left, err)
	}
}
