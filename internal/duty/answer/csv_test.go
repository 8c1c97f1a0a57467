package answer

import "testing"

// No text is a formula, in no spreadsheet: neither at its beginning, nor where one
// that splits at semicolons or lines sees a cell begin (class 5 of the threats).
func TestNoTextIsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "＝1": "'＝1", "\t=1": "'\t'=1",
		"x;=1+1;y": "x;'=1+1;y", "a\n=1;": "a\n'=1;", "a\r\n-1": "a\r\n'-1",
		"": "", "a;b": "a;b", "1-2": "1-2", "ada@example.org": "ada@example.org", "a\xff;=": "a\xff;'=", "a\n\nb": "a\n\nb",
	} {
		if got := neutral(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
