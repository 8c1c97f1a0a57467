package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
)

// What an audit found can be read a month later, names nobody, and goes after a year.
func TestWhatAnAuditFoundIsKeptForAYear(t *testing.T) {
	instances(t, func(i *instance) {
		i.Exec("update circle_letter set at = 0")
		first := i.run()
		if len(first.Findings()) == 0 {
			i.T.Fatal("nothing was found")
		}
		i.Clock.Advance(30 * 24 * time.Hour)
		second := i.run()
		kept, err := i.audit.Report(i.Ctx, first.ID)
		must(i.House, err)
		if text(i, kept) != text(i, first) || kept.Leaf != first.Leaf {
			i.T.Errorf("kept:\n%s\nfound:\n%s", text(i, kept), text(i, first))
		}
		var stored string
		must(i.House, i.DB.QueryRowContext(i.Ctx, "select report from audit_report where id = $1", first.ID).Scan(&stored))
		for _, who := range []string{i.ada, i.member, "ada@circle.example", "dear all"} {
			if strings.Contains(stored, who) {
				i.T.Errorf("a report names %s: %s", who, stored)
			}
		}
		i.Clock.Set(first.At.AddDate(1, 0, 1))
		i.run()
		if _, err := i.audit.Report(i.Ctx, first.ID); !fault.Is(err, fault.NotFound) {
			i.T.Errorf("after a year: %v", err)
		}
		last, err := i.audit.Last(i.Ctx, 10)
		must(i.House, err)
		var whole []bool
		for _, s := range last {
			whole = append(whole, s.Whole)
		}
		if !slices.Equal(whole, []bool{true, true, false}) || last[1].ID != second.ID || last[2].Findings != len(first.Findings()) {
			i.T.Errorf("the list: %+v", last)
		}
	})
}
