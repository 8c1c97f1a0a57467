package table_test

import (
	"strings"
	"testing"

	"kept/internal/table"
)

// What a spreadsheet would compute is text, and what it would not stays as it is.
func TestACellIsNoFormula(t *testing.T) {
	for _, cell := range []string{"=1+1", "+49 611", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "|cmd", "＝1", "＋1", "－1", "＠1", "\n=1"} {
		got := table.Guard(cell)
		if got != "'"+cell {
			t.Errorf("%q became %q", cell, got)
		}
		if back := table.Unguard(got); back != cell {
			t.Errorf("%q came back as %q", cell, back)
		}
	}
	for _, cell := range []string{"", "Ada", "a=b", "'tis", "O'Neill", "1-2", " Ada", "\xff"} {
		if got := table.Guard(cell); got != cell {
			t.Errorf("%q became %q", cell, got)
		}
		if got := table.Unguard(cell); got != cell {
			t.Errorf("%q was read as %q", cell, got)
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add("=1")
	f.Add("' =1")
	f.Fuzz(func(t *testing.T, cell string) {
		got := table.Guard(cell)
		if table.Guard(got) != got || got != cell && got != "'"+cell {
			t.Errorf("%q became %q", cell, got)
		}
		if got != "" && strings.ContainsRune("=+-@\t\r|＝＋－＠", []rune(got)[0]) {
			t.Errorf("%q still begins like a formula", got)
		}
	})
}
