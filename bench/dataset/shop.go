package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// table is one of the shop's, with its share of the rows in thousandths.
type table struct {
	name, parent string
	share        int
	columns      string // name type category, separated by commas
	values       string // of row i of the parent p
}

// shop is what hangs on a customer, and on what hangs on one.
var shop = []table{
	{"address", "customer", 12, "street text user.contact.address.street, city text user.contact.address.city", "'Street ' || i, 'City ' || i % 900"},
	{"device", "customer", 20, "agent text user.device.user_agent", "'Mozilla/5.0 (' || i || ')'"},
	{"login", "customer", 150, "at timestamptz user.behavior, ip text user.device.ip_address", "now() - i * interval '1 second', '192.0.2.' || i % 250"},
	{"visit", "customer", 400, "at timestamptz user.behavior, page text user.behavior.browsing_history", "now() - i * interval '1 second', '/page/' || i % 5000"},
	{"newsletter", "customer", 8, "topic text user.privacy_preferences", "'topic ' || i % 7"},
	{"cart", "customer", 15, "note text user.content", "'note ' || i"},
	{"review", "customer", 15, "body text user.content.public", "'It was good ' || i"},
	{"ticket", "customer", 20, "subject text user.content", "'Question ' || i"},
	{"message", "ticket", 60, "body text user.content.message", "'Message ' || i"},
	{"purchase", "customer", 70, "total numeric(10,2) user.behavior.purchase_history", "i % 500"},
	{"item", "purchase", 150, "sku text user.behavior.purchase_history, engraving text user.content", "'sku ' || i % 9000, 'For ' || i"},
	{"invoice", "purchase", 35, "recipient text user.name", "'Name ' || i"},
	{"payment", "invoice", 25, "account text user.financial.bank_account", "'DE00' || i"},
}

const schema = "bench_dataset"

// fill makes the shop unless one of this size is there.
func fill(ctx context.Context, db *sql.DB, rows, heavy int) error {
	var there int
	err := db.QueryRowContext(ctx, "select rows from "+schema+".filled where heavy = $1", heavy).Scan(&there)
	if err == nil && there == rows {
		return nil
	}
	statements := []string{
		"drop schema if exists " + schema + " cascade", "create schema " + schema,
		fmt.Sprintf("create table %s.tenant (id bigint primary key, title text)", schema),
		fmt.Sprintf("insert into %s.tenant select i, 'Tenant ' || i from generate_series(1, 10) i", schema),
		fmt.Sprintf("create table %s.customer (tenant_id bigint not null references %s.tenant (id), id bigint not null, mail text not null, name text, primary key (tenant_id, id))", schema, schema),
		fmt.Sprintf("insert into %s.customer select i %% 10 + 1, i / 10, 'person' || i || '@example.org', 'Name ' || i from generate_series(0, %d) i", schema, customers(rows)-1),
		fmt.Sprintf("create index on %s.customer (lower(mail))", schema),
	}
	count := map[string]int{"customer": customers(rows)}
	for _, t := range shop {
		n := rows / 1000 * t.share
		count[t.name] = n
		statements = append(statements, t.make(n, count[t.parent])...)
	}
	statements = append(statements,
		fmt.Sprintf("insert into %s.visit select 100000000000 + i, 1, 0, now(), '/page/' || i %% 5000 from generate_series(1, %d) i", schema, heavy),
		fmt.Sprintf("create table %s.filled as select %d as rows, %d as heavy", schema, rows, heavy),
		"analyze",
	)
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func customers(rows int) int { return max(rows/50, 10) }

func (t table) make(n, parents int) []string {
	var columns []string
	for _, c := range strings.Split(t.columns, ", ") {
		parts := strings.Fields(c)
		columns = append(columns, parts[0]+" "+parts[1])
	}
	keys, owner := "parent_id bigint not null", fmt.Sprintf("(i::bigint * 7919) %% %d + 1", parents)
	index := "parent_id"
	if t.parent == "customer" {
		keys, index = "tenant_id bigint not null, customer_id bigint not null", "tenant_id, customer_id"
		owner = fmt.Sprintf("((i::bigint * 7919) %% %d) %% 10 + 1, ((i::bigint * 7919) %% %d) / 10", parents, parents)
	}
	return []string{
		fmt.Sprintf("create table %s.%s (id bigint primary key, %s, %s)", schema, t.name, keys, strings.Join(columns, ", ")),
		fmt.Sprintf("insert into %s.%s select i, %s, %s from generate_series(1, %d) i", schema, t.name, owner, t.values, n),
		fmt.Sprintf("create index on %s.%s (%s)", schema, t.name, index),
	}
}

// file is the shop as a dataset.
func file() string {
	var b strings.Builder
	b.WriteString(`dataset:
- fides_key: shop
  collections:
  - name: tenant
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: title}
  - name: customer
    fields:
    - {name: tenant_id, fides_meta: {primary_key: true, references: [{dataset: shop, field: tenant.id, direction: to}]}}
    - {name: id, fides_meta: {primary_key: true}}
    - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
    - {name: name, data_categories: [user.name]}
`)
	for _, t := range shop {
		fmt.Fprintf(&b, "  - name: %s\n    fields:\n    - {name: id, fides_meta: {primary_key: true}}\n", t.name)
		if t.parent == "customer" {
			b.WriteString("    - {name: tenant_id}\n    - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customer.id, direction: from}]}}\n")
		} else {
			fmt.Fprintf(&b, "    - {name: parent_id, fides_meta: {references: [{dataset: shop, field: %s.id, direction: from}]}}\n", t.parent)
		}
		for _, c := range strings.Split(t.columns, ", ") {
			parts := strings.Fields(c)
			fmt.Fprintf(&b, "    - {name: %s, data_categories: [%s]}\n", parts[0], parts[2])
		}
	}
	return b.String()
}
