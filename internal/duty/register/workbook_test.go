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

// What a spreadsheet shows beside the text: names in sight, filters, a head that
// stands out, cells that stay text, one page wide.
func TestTheWorkbookIsReadyToRead(t *testing.T) {
	f := workbook(t, register.Build(load(t, source(t, whole)), "de"))
	const data = "Daten"
	panes, err := f.GetPanes(data)
	if err != nil || panes.XSplit != 3 || panes.TopLeftCell != "D2" {
		t.Errorf("the columns that name the row do not stay in sight: %+v %v", panes, err)
	}
	if filters := f.GetDefinedName(); len(filters) != len(f.GetSheetList()) || filters[2].Scope != data || !strings.HasPrefix(filters[2].RefersTo, "'Daten'!$A$1:$") {
		t.Errorf("filters %+v", filters)
	}
	for cell, bold := range map[string]bool{"A1": true, "A2": false} {
		id, err := f.GetCellStyle(data, cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || !style.Alignment.WrapText || (style.Font != nil && style.Font.Bold) != bold || (style.NumFmt == 49) == bold {
			t.Errorf("%s: %+v %v", cell, style, err)
		}
	}
	layout, err := f.GetPageLayout(data)
	if err != nil || *layout.Orientation != "landscape" || *layout.Size != 9 || *layout.FitToWidth != 1 || *layout.FitToHeight != 0 {
		t.Errorf("layout %+v %v", layout, err)
	}
	about, err := f.GetDocProps()
	if err != nil || about.Creator != "Kept" || about.Language != "de" || about.Title == "" || about.Created != "" {
		t.Errorf("about it: %+v %v", about, err)
	}
}

// Text that a workbook would read as a character's number comes back as it is.
func TestTheWorkbookKeepsTextAsItIs(t *testing.T) {
	const odd = `a_x0041_ <b> & "c" ' d`
	r := register.Build(load(t, strings.Replace(source(t, whole), "Muster Sync Inc.", `'a_x0041_ <b> & "c" '' d'`, 1)), "en")
	rows, err := workbook(t, r).GetRows("Overview")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(rows, func(row []string) bool { return strings.Contains(strings.Join(row, "\n"), odd) }) {
		t.Errorf("no row says %s: %q", odd, rows[:5])
	}
}
