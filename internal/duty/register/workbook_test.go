package register_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kept/internal/duty/register"
	"kept/internal/policy"
)

func workbook(t *testing.T, r *register.Record) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(written(t, r, register.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestTheWorkbookHoldsEverySheet(t *testing.T) {
	each(t, func(t *testing.T, _ *policy.Policy, r *register.Record) {
		f := workbook(t, r)
		want := map[string][]string{
			"de": {"Überblick", "Tätigkeiten", "Daten", "Empfänger", "Übermittlungen", "Maßnahmen", "Im Auftrag", "Gerätespeicher"},
			"en": {"Overview", "Activities", "Data", "Recipients", "Transfers", "Measures", "Processor", "Device storage"},
		}[r.Language]
		if got := f.GetSheetList(); !slices.Equal(got, want) {
			t.Fatalf("sheets %q", got)
		}
		for i, table := range r.Sheets() {
			rows, err := f.GetRows(want[i])
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(table.Rows)+1 {
				t.Errorf("%s has %d rows of %d", want[i], len(rows), len(table.Rows)+1)
			}
			panes, err := f.GetPanes(want[i])
			if err != nil || !panes.Freeze || panes.YSplit != 1 {
				t.Errorf("%s: the head does not stay in sight: %+v %v", want[i], panes, err)
			}
			for j, row := range table.Rows {
				for k := range row {
					at, _ := excelize.CoordinatesToCellName(k+1, j+2)
					if formula, err := f.GetCellFormula(want[i], at); formula != "" || err != nil {
						t.Errorf("%s!%s holds a formula: %s %v", want[i], at, formula, err)
					}
				}
			}
		}
	})
}

// The workbook says what the tables say.
func TestTheWorkbookSaysWhatTheTablesSay(t *testing.T) {
	r := register.Build(load(t, source(t, whole)), "en")
	f := workbook(t, r)
	for sheet, words := range map[string][]string{
		"Overview":   {"Muster Sync Inc.", "Vertreter GmbH", "Dr. Dora Schutz", r.Policy.Hash},
		"Activities": {"Orders", "another system", "Bookkeeping", "a score below 50 refuses"},
		"Data":       {"special category, Art. 9 GDPR", "P90D", "user.health_and_medical"},
		"Recipients": {"Cloud Ireland Ltd.", "Netherlands", "billing and abuse prevention", "https://cloud.example/opt-out", "api.cloud.example"},
		"Transfers":  {"India", "Authorities may have access.", "DPF", "https://cloud.example/scc"},
		"Measures":   {"two people for each deletion", "Customer service", "limitation period of claims, sections 195, 199 BGB, 3 years at most"},
		"Processor":  {"companies with Exchange", "Address book synchronisation", "Cloud Corp. (United States)"},
	} {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, row := range rows {
			all.WriteString(strings.Join(row, "\n") + "\n")
		}
		for _, w := range words {
			if !strings.Contains(strings.ReplaceAll(all.String(), "\u00a0", " "), strings.ReplaceAll(w, "\u00a0", " ")) {
				t.Errorf("%s does not say %q", sheet, w)
			}
		}
	}
}
