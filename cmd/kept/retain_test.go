package main

import (
	"errors"
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/duty/retain"
)

// What waits is printed with its reason and the command that lets it run, at the
// place where it waits, and no address that may hold a password.
func TestWhatWaitsIsPrintedWithTheCommandThatRunsIt(t *testing.T) {
	report := retain.Report{Waiting: true, Plan: retain.Plan{Waits: []retain.Wait{
		{Code: retain.WaitShare, Plan: "4w2k", Text: "Letters: 9 of 10 entries."}, {Code: retain.WaitShare, Plan: "7h3m", Text: "Visits: 8 of 9 entries."},
	}}}
	place := app.Place{Data: "/srv/my data", Database: "postgres://kept:secret@db/kept"}
	for _, dry := range []bool{true, false} {
		var out strings.Builder
		if err := printRetention(&out, place, report, dry, false); !errors.Is(err, errFinding) {
			t.Errorf("%v; want exit code 1", err)
		}
		for _, want := range []string{"Letters: 9 of 10 entries.", "kept retain --data '/srv/my data' --database … --confirm 4w2k\n", "--confirm 7h3m\n"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is missing in:\n%s", want, out.String())
			}
		}
		if strings.Contains(out.String(), "secret") {
			t.Errorf("a password is printed:\n%s", out.String())
		}
	}
	var out strings.Builder
	if err := printRetention(&out, app.Place{Data: "./kept-data"}, retain.Report{}, false, false); err != nil || out.String() != "Nothing has reached its time.\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
