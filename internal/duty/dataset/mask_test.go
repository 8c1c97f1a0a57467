package dataset

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"kept/internal/remote/records"
	"kept/internal/remote/sqldata"
	"kept/internal/remote/sqldata/sqltest"
)

func TestStrategies(t *testing.T) {
	m, s := newMasker(), &System{}
	c := &Collection{Dataset: &Dataset{}}
	table := func(length int, null bool) *records.Table {
		return &records.Table{Columns: []records.Column{{Name: "f", Kind: records.Text, Null: null, Length: length}}}
	}
	for name, x := range map[string]struct {
		mask   Mask
		length int
		want   string
	}{
		"rewrite":           {Mask{Strategy: rewrite, Value: "gone"}, 0, `^gone$`},
		"rewrite cut":       {Mask{Strategy: rewrite, Value: "everything gone", Suffix: "!"}, 8, `^everyth!$`},
		"hash":              {Mask{Strategy: hashed}, 0, `^[0-9a-f]{64}$`},
		"hash of 512 bits":  {Mask{Strategy: hashed, Algorithm: "SHA-512"}, 0, `^[0-9a-f]{128}$`},
		"hash as address":   {Mask{Strategy: hashed, Suffix: "@x.example"}, 30, `^[0-9a-f]{20}@x\.example$`},
		"hmac":              {Mask{Strategy: hmaced, Algorithm: "SHA-256"}, 40, `^[0-9a-f]{40}$`},
		"random":            {Mask{Strategy: random, Length: 12}, 0, `^[a-z2-7]{12}$`},
		"random as address": {Mask{Strategy: random, Length: 30, Suffix: "@x.example"}, 20, `^[a-z2-7]{10}@x\.example$`},
		"encrypted":         {Mask{Strategy: encrypted}, 0, `^[A-Za-z0-9+/=]{44,}$`},
	} {
		t.Run(name, func(t *testing.T) {
			f := &Field{Collection: c, Path: []string{"f"}, Categories: []string{"user.name"}, Mask: &x.mask}
			got, _ := m.mask(s, table(x.length, false), f, "Ada Lovelace").(string)
			if !regexp.MustCompile(x.want).MatchString(got) {
				t.Errorf("masked: %q", got)
			}
			if !m.looks(s, table(x.length, false), f, got) {
				t.Errorf("%q does not look masked", got)
			}
			if again := m.mask(s, table(x.length, false), f, "Ada Lovelace"); x.mask.Strategy != random && again != got {
				t.Errorf("the same value became %q and %q", got, again)
			}
			if other := newMasker().mask(s, table(x.length, false), f, "Ada Lovelace"); x.mask.Strategy != rewrite && other == got {
				t.Error("another erasure made the same of it: values could be tried")
			}
			if m.mask(s, table(0, true), f, nil) != nil {
				t.Error("nothing became something")
			}
		})
	}
}

// Every kind of column that must hold something, one of them single and one with a
// form that the database checks.
const strict = `
create table person (id int primary key, mail varchar(60) not null unique check (mail like '%_@_%._%'), login varchar(12) not null unique, zip varchar(5) not null, n int not null unique, rate decimal(5,2) not null,
 born date not null, seen {moment} not null, member {bool} not null, photo {bytes} not null, notes {json} not null, nick varchar(3) not null, free varchar(30));
`

const strictFile = `
dataset:
  - fides_key: shop
    collections:
      - name: person
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: login, data_categories: [user.account.username]}
          - {name: zip, data_categories: [user.contact.address.postal_code]}
          - {name: n, data_categories: [user.unique_id]}
          - {name: rate, data_categories: [user.financial]}
          - {name: born, data_categories: [user.demographic.date_of_birth]}
          - {name: seen, data_categories: [user.behavior]}
          - {name: member, data_categories: [user.account]}
          - {name: photo, data_categories: [user.content.self_image]}
          - name: notes
            fields:
              - {name: text, data_categories: [user.content]}
              - {name: kind}
              - name: list
                fides_meta: {data_type: "object[]"}
                fields:
                  - {name: who, data_categories: [user.name], fides_meta: {masking_strategy_override: {strategy: string_rewrite, configuration: {rewrite_value: X}}}}
                  - {name: n}
          - {name: nick, data_categories: [user.name]}
          - {name: free, data_categories: [user.name], fides_meta: {masking_strategy_override: {strategy: random_string_rewrite, configuration: {length: 20, format_preservation: {suffix: "-end"}}}}}
`

func TestTombstonesRespectEveryConstraint(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, strict)
		blob := map[sqldata.Kind]string{sqldata.Postgres: `'\x01'`}[s.Config.Kind]
		if blob == "" {
			blob = "x'01'"
		}
		for i := range 3 { // two of Ada's, in different letters, and one of Bob's
			mail := []string{"ada@example.org", "ada+x@example.org", "bob@example.org"}[i]
			s.Exec(t, fmt.Sprintf(`insert into person values (%d, '%s', 'login%d', '6518%d', %d, 1.5, '1990-01-01', '2026-01-01 00:00:00', true, %s, '{"text": "secret", "kind": "k", "list": [{"who": "Eve", "n": 1.5}, {"n": 2}]}', 'ad%d', 'free');`, i, mail, i, i, 100+i, blob, i)+"\n")
		}
		e, h := estate(t, s, strictFile, sales)
		p := ada("ada@example.org")
		p.Identifiers = append(p.Identifiers, ada("ada+x@example.org").Identifiers...)
		for range 2 { // a second time, by an identifier that leads nowhere any more
			if _, err := e.Erase(h.Ctx, p, "case-1"); err != nil {
				t.Fatal(err)
			}
		}
		got := s.Text(t, "select mail, login, zip, rate, nick, free, notes from person where id < 2 order by id")
		for _, line := range strings.Split(got, "\n") {
			want := `^erased-[a-z2-7]{13}@erased\.invalid\|[a-z2-7]{12}\|erase\|0(\.00)?\|era\|[a-z2-7]{20}-end\|`
			if !regexp.MustCompile(want).MatchString(line) || strings.Contains(line, "secret") || strings.Contains(line, "Eve") || !strings.Contains(line, `"k"`) || !strings.Contains(line, `"X"`) || !strings.Contains(line, "1.5") {
				t.Errorf("row %s", line)
			}
		}
		if got := s.Text(t, "select count(*) from person where born > '1970-01-02' or seen > '1970-01-02 12:00:00' or n > 0"); got != "1" {
			t.Errorf("%s rows are as they were, Bob's alone should be", got)
		}
		if got := s.Text(t, "select mail, nick from person where id = 2"); got != "bob@example.org|ad2" {
			t.Errorf("Bob's row: %s", got)
		}
	})
}

// A trigger that writes a value again does not pass for an erasure.
func TestAValueThatComesBackIsNoErasure(t *testing.T) {
	s := sqltest.SQLite(t)
	s.Exec(t, shopTables)
	s.Exec(t, "create trigger again after update of name on customer begin update customer set name = old.name where tenant_id = old.tenant_id and id = old.id and new.name is null; end;\n")
	e, h := estate(t, s, shopFile, sales)
	if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err == nil || !strings.Contains(err.Error(), "trigger") {
		t.Errorf("error %v", err)
	}
}

// A table that no dataset names holds on to a row: the error says what to do, and
// nothing is called done.
func TestATableThatNobodyNamedIsTold(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, s *sqltest.Server) {
		s.Exec(t, shopTables)
		s.Exec(t, "create table hidden (id int primary key, item int not null, foreign key (item) references item (id));\ninsert into hidden values (1, 1);\n")
		e, h := estate(t, s, shopFile, sales)
		e.Config.Systems[0].Delete = true
		_, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1")
		if err == nil || !strings.Contains(err.Error(), "a table that no dataset names") {
			t.Errorf("error %v", err)
		}
		if n := h.Count("dataset_erasure", "state = 'walked'"); n != 1 {
			t.Error("the journal is gone")
		}
		s.Exec(t, "delete from hidden;\n")
		if _, err := e.Erase(h.Ctx, ada("ada@example.org"), "case-1"); err != nil {
			t.Error(err)
		}
	})
}
