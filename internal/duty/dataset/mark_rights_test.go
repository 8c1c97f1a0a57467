package dataset

import (
	"testing"

	"kept/internal/duty/rights"
	"kept/internal/remote/sqldata/sqltest"
)

const flags = `
create table client (id integer primary key, mail text, name text, blocked integer not null default 0, no_ads text);
insert into client values (1, 'ada@example.org', 'Ada', 0, null), (2, 'bob@example.org', 'Bob', 0, null);
create table note (id integer primary key, client_id integer not null, body text);
insert into note values (1, 1, 'likes tea'), (2, 2, 'likes rum');
`

const flagsFile = `
dataset:
  - fides_key: shop
    collections:
      - name: client
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: name, data_categories: [user.name]}
          - {name: blocked, fides_meta: {data_type: boolean, kept: {restriction: {on: "1", off: "0"}}}}
          - {name: no_ads, fides_meta: {kept: {objection: {on: "yes"}}}}
      - name: note
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: client_id, fides_meta: {references: [{dataset: shop, field: client.id, direction: from}]}}
          - {name: body, data_categories: [user.content]}
`

// A dataset says by which field a restriction and an objection stand in the system;
// what it does not say, a person does by hand.
func TestRestrictionsAndObjectionsStandInOtherSystems(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, flags)
		e, h := estate(t, s, flagsFile, sales)
		for _, c := range []struct {
			right rights.Right
			want  rights.Does
		}{{rights.Restriction, rights.Restricts}, {rights.Objection, rights.Stops}, {rights.Withdrawal, rights.Cannot}} {
			plan, err := e.Plan(h.Ctx, ada("ada@example.org"), c.right, rights.Wish{})
			if err != nil || len(plan) != 2 {
				t.Fatalf("%s: %+v, %v", c.right, plan, err)
			}
			for _, p := range plan {
				if p.Does != c.want || (c.want == rights.Cannot) != (p.Text["de"] != "") {
					t.Errorf("%s: %+v", c.right, p)
				}
			}
		}
		for _, step := range []struct {
			right rights.Right
			on    bool
			want  string
		}{
			{rights.Restriction, true, "1|∅\n0|∅"}, {rights.Restriction, true, "1|∅\n0|∅"}, {rights.Objection, true, "1|yes\n0|∅"},
			{rights.Restriction, false, "0|yes\n0|∅"}, {rights.Withdrawal, true, "0|yes\n0|∅"},
		} {
			if _, err := e.Mark(h.Ctx, ada("ada@example.org"), step.right, rights.Wish{}, step.on); err != nil {
				t.Fatal(err)
			}
			if got := s.Text(t, "select blocked, no_ads from client order by id"); got != step.want {
				t.Errorf("%s %v: %q, want %q", step.right, step.on, got, step.want)
			}
		}
	})
}

func TestAMarkIsOnAFieldThatCanBeWritten(t *testing.T) {
	for _, field := range []string{
		"{name: id, fides_meta: {primary_key: true, kept: {restriction: {on: x}}}}",
		"{name: x, fides_meta: {kept: {restriction: {off: x}}}}",
	} {
		_, findings := Read("d.yml", []byte("dataset:\n  - fides_key: d\n    collections:\n      - name: c\n        fields:\n          - "+field+"\n"))
		if !findings.Failed() {
			t.Errorf("%s is taken", field)
		}
	}
}
