package pdf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/pdf"
)

// names are people and companies whose letters are not those of Western Europe.
var names = []string{"Łukasz Żółć", "Ștefan Țâră", "Đorđe Šušnjić", "Ödön Űrházi", "Γιώργος Παπαδόπουλος", "Юрій Ґалаґан", "株式会社サンプル", "上海软件有限公司", "삼성전자 주식회사", "Kōji 山田 GmbH"}

func sample() *pdf.Document {
	d := pdf.New("Rechnung (R-1)", "Müller & Söhne", "de", time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC))
	d.Text(25, 30, pdf.Bold, 14, "Rechnung")
	d.Text(25, 40, pdf.Regular, 10, "Größe – 1.234,56\u00a0€ (netto) \\ Łódź")
	d.Right(185, 50, pdf.Regular, 10, "19,00 %")
	d.Rule(25, 52, 185)
	d.Page()
	d.Text(25, 30, pdf.Regular, 10, "zweite Seite")
	for i, name := range names {
		d.Text(25, 60+6*float64(i), pdf.Font(i%2), 10, name)
	}
	return d
}

func TestTheSameDocumentHasTheSameBytes(t *testing.T) {
	if !bytes.Equal(sample().Bytes(), sample().Bytes()) {
		t.Error("two documents of one content differ")
	}
}

// Two programs that have nothing to do with Kept read the document: pdftotext of
// Poppler, and Ghostscript, which complains of every fault of form.
func TestOtherProgramsReadIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(file, sample().Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed (poppler-utils)")
	}
	text, err := exec.Command("pdftotext", "-layout", file, "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, says := range []string{"Rechnung", "Größe – 1.234,56 € (netto) \\ Łódź", "19,00 %", "\fzweite Seite"} {
		if !strings.Contains(strings.ReplaceAll(string(text), "\u00a0", " "), says) {
			t.Errorf("%q is missing in\n%s", says, text)
		}
	}
	for _, name := range names {
		if !strings.Contains(strings.ReplaceAll(string(text), "\u00a0", " "), name) {
			t.Errorf("%q is missing in\n%s", name, text)
		}
	}
	if _, err := exec.LookPath("gs"); err != nil {
		t.Skip("gs is not installed (ghostscript)")
	}
	said, err := exec.Command("gs", "-dBATCH", "-dNOPAUSE", "-dPDFSTOPONERROR", "-dPDFSTOPONWARNING", "-sDEVICE=nullpage", "-q", file).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(said)) > 0 {
		t.Errorf("Ghostscript: %v\n%s", err, said)
	}
}

func TestLinesAreBroken(t *testing.T) {
	lines := pdf.Wrap("ein Satz, der zu lang ist, und Donaudampfschifffahrtsgesellschaftskapitän", 10, 30)
	for _, l := range lines {
		if pdf.Length(l, 10) > 30 {
			t.Errorf("%q is %.1f mm long", l, pdf.Length(l, 10))
		}
	}
	if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != "einSatz,derzulangist,undDonaudampfschifffahrtsgesellschaftskapitän" {
		t.Error(got)
	}
	if got := pdf.Length("0123456789", 10); got < 19.6 || got > 19.7 { // ten times 0.556 × 10 pt
		t.Error(got)
	}
}

// What no font has is known before it is written.
func TestWhatIsLostIsKnown(t *testing.T) {
	for _, name := range names {
		if lost := pdf.Lost(name); len(lost) > 0 {
			t.Errorf("%q loses %q", name, lost)
		}
	}
	for name, want := range map[string]string{"Nguyễn GmbH": "ễ", "שלום": "שלום", "بيت": "بيت", "Größe 😀": "😀"} {
		if got := string(pdf.Lost(name)); got != want {
			t.Errorf("%q loses %q, want %q", name, got, want)
		}
	}
}
