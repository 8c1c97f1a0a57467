package audit

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Verdict returns the worst verdict of the nine.
func (r Report) Verdict() Verdict {
	worst := Verified
	for _, g := range r.Guarantees {
		if severity[g.Verdict] > severity[worst] {
			worst = g.Verdict
		}
	}
	return worst
}

// signs stand before the words, so that nothing depends on colour.
var signs = map[Verdict]string{Verified: "✓", Sampled: "≈", NotVerifiable: "?", Broken: "✗"}

// Text writes the report for a terminal: a paragraph for each guarantee, then
// what to do.
func (r Report) Text(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "Audit of %s, policy %.12s\n", r.At.UTC().Format("2 January 2006, 15:04 UTC"), r.Policy)
	for _, g := range r.Guarantees {
		fmt.Fprintf(b, "\n%s %d. %s: %s\n", signs[g.Verdict], g.Number, g.Title, g.Verdict)
		writeChecks(b, g.Checks)
	}
	findings := r.Findings()
	if len(findings) > 0 {
		fmt.Fprintf(b, "\n%s\n", plural(len(findings), "finding"))
	}
	for i, f := range findings {
		fmt.Fprintf(b, "\n%d. Guarantee %d: %s\n", i+1, f.Guarantee, f.What)
		writeField(b, "where", join(f.Table, f.Column))
		writeField(b, "rule", f.Rule)
		writeField(b, "how many", thousands(f.Count))
		writeField(b, "oldest", moment(f.Oldest))
		writeField(b, "what to do", f.Remedy)
	}
	fmt.Fprintf(b, "\n%s %s. %s, %s.\n", signs[r.Verdict()], capital(string(r.Verdict())), plural(len(findings), "finding"), r.Took.Round(time.Millisecond))
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// writeChecks writes checks in columns.
func writeChecks(b io.Writer, checks []Check) {
	rows := make([][4]string, len(checks))
	var wide [4]int
	for i, c := range checks {
		rows[i] = [4]string{cmp.Or(c.Table, c.Rule), c.What, thousands(c.Counted), moment(c.Oldest)}
		for j, cell := range rows[i] {
			wide[j] = max(wide[j], utf8.RuneCountInString(cell))
		}
	}
	for i, c := range checks {
		row := rows[i]
		line := fmt.Sprintf("    %s %s  %s  %s  %s", signs[c.Verdict], pad(row[0], wide[0]), pad(row[1], wide[1]), left(row[2], wide[2]), pad(row[3], wide[3]))
		fmt.Fprintln(b, strings.TrimRight(line, " "))
		if c.Why != "" {
			fmt.Fprintf(b, "      %s: %s\n", c.Verdict, c.Why)
		}
	}
}

func writeField(b io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(b, "   %s %s\n", pad(name, 10), value)
	}
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s))) }

func left(s string, n int) string {
	return strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s))) + s
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func join(table, column string) string {
	if column == "" {
		return table
	}
	return table + "." + column
}

func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
