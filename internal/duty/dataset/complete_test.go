package dataset

import (
	"fmt"
	"strings"
	"testing"

	"kept/internal/duty/rights"
	"kept/internal/remote/sqldata/sqltest"
)

// fixes plans corrections and has the plan carried out, changed by decide.
func (e *Estate) fixes(t *testing.T, p rights.Person, decide func([]rights.Planned), all ...rights.Correction) (plan []rights.Planned, done []rights.Part) {
	t.Helper()
	plan, err := e.Plan(t.Context(), p, rights.Rectification, rights.Wish{Corrections: all})
	if err != nil {
		t.Fatal(err)
	}
	if decide != nil {
		decide(plan)
	}
	done, err = e.Correct(t.Context(), p, all, plan, "case-1")
	if err != nil {
		t.Fatal(err)
	}
	return plan, done
}

func said(plan []rights.Planned) (text string) {
	for _, p := range plan {
		text += fmt.Sprintf("%s %s %s %d", p.Does, p.Field, p.Value, p.Rows)
		for _, r := range p.Empty {
			text += " " + r.Key
		}
		text += "\n"
	}
	return text
}

// A plan says which field of which rows gets what in another system, and what is added
// goes into those rows alone, unless somebody leaves them empty.
func TestOnlyThePlannedRowsAreCompletedInOtherSystems(t *testing.T) {
	for _, leave := range []bool{false, true} {
		sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
			s.Exec(t, shopTables)
			e, _ := estate(t, s, shopFile, sales)
			plan, done := e.fixes(t, ada("ada@example.org"), func(plan []rights.Planned) {
				s.Exec(t, "insert into item values (4, 1, null);\n") // came since the plan
				for i := range plan {
					if leave && plan[i].Does == rights.Adds {
						plan[i].Chosen = rights.ChooseLeave
					}
				}
			}, rights.Correction{Field: "item.engraving", New: "A. L."})
			if got, want := said(plan), "correct item.engraving A. L. 1\nadd item.engraving A. L. 1 3\n"; got != want || plan[1].Text["de"] == "" || plan[1].Chosen == "" || len(plan[1].Choices) != 2 {
				t.Errorf("plan:\n%swant:\n%s", got, want)
			}
			want, rows := "A. L.\nFor Bob\nA. L.\n∅", int64(2)
			if leave {
				want, rows = "A. L.\nFor Bob\n∅\n∅", 1
			}
			if got := s.Text(t, "select engraving from item order by id"); got != want {
				t.Errorf("left %v: %q", leave, got)
			}
			if len(done) != 1 || done[0].Rows != rows {
				t.Errorf("left %v: told %+v", leave, done)
			}
		})
	}
}

// The name of a field here reaches the fields of its category elsewhere.
func TestACorrectionHereReachesOtherSystems(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	e, _ := estate(t, s, shopFile, sales)
	plan, _ := e.fixes(t, ada("ada@example.org"), nil, rights.Correction{Field: "name", Categories: []string{"user.name"}, Old: "Ada", New: "Ada L."})
	if got := said(plan); got != "correct customer.name Ada L. 1\n" || s.Text(t, "select name from customer where tenant_id = 1") != "Ada L." {
		t.Errorf("plan %s", got)
	}
}

// A new address counts in other systems too once it is proven, what does not fit is left
// to a person, and what a constraint forbids is said and does not stop the rest.
func TestWhatCannotBeWrittenInOtherSystemsIsSaid(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		e, _ := estate(t, s, shopFile, sales)
		p := ada("ada@example.org")
		mail := rights.Correction{Field: "customer.mail", New: "bob@example.org"}
		plan, done := e.fixes(t, p, nil, mail, rights.Correction{Field: "customer.name", New: strings.Repeat("Ada ", 20)})
		if got := said(plan); !strings.HasPrefix(got, "confirm customer.mail") || !strings.Contains(got, "cannot customer.name") || len(done) != 0 {
			t.Errorf("plan:\n%s%+v", got, done)
		}
		if got := s.Text(t, "select mail, name from customer where tenant_id = 1"); got != "Ada@example.org|Ada" {
			t.Errorf("became %q", got)
		}
		p.Identifiers = append(p.Identifiers, ada("bob@example.org").Identifiers...) // proven, but there is a customer of that address
		plan, done = e.fixes(t, p, nil, rights.Correction{Field: "customer.mail", Old: "ada@example.org", New: "bob@example.org"})
		if len(plan) != 1 || plan[0].Does != rights.Corrects || len(done) != 1 || done[0].Reason != rights.Taken {
			t.Errorf("plan:\n%s%+v", said(plan), done)
		}
	})
}

// What is nested or a list is corrected by a person: the plan says where.
func TestWhatIsNestedIsCorrectedByHand(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, `create table account (id integer primary key, mail text, data text, tags text);
insert into account values (1, 'ada@example.org', '{"name": "Eva"}', '["Eva", "x"]');
`)
	e, _ := estate(t, s, `
dataset:
  - fides_key: shop
    collections:
      - name: account
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: data, fields: [{name: name, data_categories: [user.name]}]}
          - {name: tags, data_categories: [user.content], fides_meta: {data_type: "string[]"}}
`, sales)
	plan, done := e.fixes(t, ada("ada@example.org"), nil, rights.Correction{Field: "user.name", New: "Ada"}, rights.Correction{Field: "account.tags", New: "y"})
	if got := said(plan); got != "cannot account.data.name Ada 1\ncannot account.tags y 1\n" || len(done) != 0 {
		t.Errorf("plan:\n%s%+v", got, done)
	}
	if got := s.Text(t, "select data, tags from account"); got != `{"name": "Eva"}|["Eva", "x"]` {
		t.Errorf("became %s", got)
	}
}

const tenantsFile = `
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: tenant, fides_meta: {primary_key: true}}
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: name, data_categories: [user.name]}
          - {name: blocked, fides_meta: {data_type: boolean, kept: {restriction: {on: "1", off: "0"}}}}
      - name: note
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: tenant, fides_meta: {references: [{dataset: shop, field: customer.tenant, direction: from}]}}
          - {name: customer, fides_meta: {references: [{dataset: shop, field: customer.id, direction: from}]}}
          - {name: body, data_categories: [user.content]}
`

// Two tenants have a customer of the same number, of the same name, with notes: no right
// of the one touches what the other has (threat 16).
func TestTwoTenantsWithTheSameNumbers(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, `create table customer (tenant int not null, id int not null, mail varchar(60) not null, name varchar(40), blocked int not null default 0, primary key (tenant, id));
create table note (id int primary key, tenant int not null, customer int not null, body varchar(40), foreign key (tenant, customer) references customer (tenant, id));
insert into customer values (1, 7, 'ada@example.org', 'Ada', 0), (2, 7, 'other@example.org', 'Ada', 0);
insert into note values (1, 1, 7, 'hers'), (2, 2, 7, 'theirs'), (3, 1, 7, null), (4, 2, 7, null);
`)
		const others = "select mail, name, blocked from customer where tenant = 2 union all select coalesce(body, ''), '', 0 from note where tenant = 2 order by 1"
		e, h := estate(t, s, tenantsFile, sales)
		before, p := s.Text(t, others), ada("ada@example.org")
		err := e.Read(h.Ctx, p, rights.Access, func(r rights.Record) error {
			if text := fmt.Sprint(r.Values); strings.Contains(text, "other@") || strings.Contains(text, "theirs") {
				t.Errorf("handed out %s", text)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		plan, _ := e.fixes(t, p, nil, rights.Correction{Field: "user.name", New: "Ada L."}, rights.Correction{Field: "note.body", New: "right"})
		if got := said(plan); got != "correct customer.name Ada L. 1\ncorrect note.body right 1\nadd note.body right 1 3\n" {
			t.Errorf("plan:\n%s", got)
		}
		if _, err := e.Mark(h.Ctx, p, rights.Restriction, rights.Wish{}, true); err != nil {
			t.Fatal(err)
		}
		if got := s.Text(t, "select name, blocked from customer where tenant = 1"); got != "Ada L.|1" {
			t.Errorf("hers became %q", got)
		}
		if after := s.Text(t, others); after != before {
			t.Errorf("the other's became %q, was %q", after, before)
		}
		for i, deletes := range []bool{false, true} {
			e.Config.Systems[0].Delete = deletes
			if _, err := e.Erase(h.Ctx, p, fmt.Sprint("case-", i)); err != nil {
				t.Fatal(err)
			}
			if after := s.Text(t, others); after != before {
				t.Errorf("an erasure made the other's %q, was %q", after, before)
			}
		}
		if left, err := e.Left(h.Ctx, p); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	})
}
