package sqldata

import (
	"errors"
	"strings"
	"testing"

	"kept/internal/remote/records"
	"kept/internal/vault"
)

// No SQL Server could be had where this is built: its statements are held as text.
func TestStatementsOfSQLServer(t *testing.T) {
	d := sqlserver{}
	st := &statement{dialect: d}
	table := &records.Table{Name: "Kunde", Columns: []records.Column{
		{Name: "Mandant", Kind: records.Integer, Type: "int"}, {Name: "Nr", Kind: records.Integer, Type: "int"},
		{Name: "E-Mail", Kind: records.Text}, {Name: "Folded", Kind: records.Text, Folds: true}, {Name: "Id", Kind: records.UUID},
	}}
	some, err := st.where(table, records.Match{Fields: []string{"Mandant", "Nr"}, Tuples: [][]string{{"1", "7"}, {"2", "x"}, {"3", "9"}}})
	if want := " where ([Mandant] = @p1 and [Nr] = @p2) or ([Mandant] = @p3 and [Nr] = @p4)"; !some || err != nil || st.text.String() != want || len(st.args) != 4 {
		t.Errorf("where %q %v", st.text.String(), err)
	}
	for name, want := range map[string]string{"E-Mail": " where lower([E-Mail]) in (@p1)", "Folded": " where [Folded] in (@p1)"} {
		st = &statement{dialect: d}
		if _, err := st.where(table, records.Match{Fields: []string{name}, Tuples: [][]string{{"Ada@example.org"}}, Fold: true}); err != nil || st.text.String() != want {
			t.Errorf("where %q %v", st.text.String(), err)
		}
	}
	if got := d.quote("a]b; drop table x"); got != "[a]]b; drop table x]" {
		t.Errorf("quoted %s", got)
	}
	if head, tail := d.top(50); head != "top (50) " || tail != "" {
		t.Errorf("top %q %q", head, tail)
	}
	if got := d.column(table.Columns[4], "[Id]"); got != "cast([Id] as varchar(36))" {
		t.Errorf("an id is selected by %s", got)
	}
}

// A number that a column cannot hold finds nothing, instead of having the whole
// statement refused.
func TestWordsBecomeValuesOfTheirColumn(t *testing.T) {
	for _, c := range []struct {
		column records.Column
		word   string
		ok     bool
	}{
		{records.Column{Kind: records.Integer, Type: "smallint"}, "40000", false},
		{records.Column{Kind: records.Integer, Type: "integer"}, "-2147483648", true},
		{records.Column{Kind: records.Integer, Type: "integer"}, "2147483648", false},
		{records.Column{Kind: records.Integer, Type: "bigint"}, "9223372036854775807", true},
		{records.Column{Kind: records.Integer}, "7 or 1=1", false},
		{records.Column{Kind: records.UUID}, "6f1b1d2e-0000-4000-9000-000000000001", true},
		{records.Column{Kind: records.UUID}, "6f1b1d2e", false},
		{records.Column{Kind: records.Moment}, "2026-01-02 03:04:05", true},
		{records.Column{Kind: records.Moment}, "tomorrow", false},
		{records.Column{Kind: records.Decimal}, "1.50", true},
		{records.Column{Kind: records.Truth}, "maybe", false},
		{records.Column{Kind: records.Text}, "a\x00b", false},
	} {
		if _, ok := parse(c.column, c.word); ok != c.ok {
			t.Errorf("%s %s: %q is a value: %v", c.column.Kind, c.column.Type, c.word, ok)
		}
	}
}

// A message of a driver that repeats the password is told without it.
func TestSecretsAreTakenOutOfErrors(t *testing.T) {
	err := redact(errors.New("cannot parse sqlserver://u:planted-secret@x"), vault.NewSecret("planted-secret"))
	if strings.Contains(err.Error(), "planted-secret") {
		t.Error(err)
	}
}
