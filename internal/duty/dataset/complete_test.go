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
