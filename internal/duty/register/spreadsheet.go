package register

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// book writes a workbook as ECMA-376 has it (SpreadsheetML, transitional): a ZIP of
// XML parts. It knows text, two styles, a head that stays in sight and filters,
// which is what a record needs; other people's workbooks are not read here.
type book struct {
	zip             *zip.Writer
	title, language string
	sheets          []sheet
	err             error // the first; later parts are not written
}

// sheet is one table: text cells, the first row the head.
type sheet struct {
	name   string
	widths []float64 // of the columns, in characters
	frozen int       // columns that stay in sight beside the head
	rows   []sheetRow
}

type sheetRow struct {
	cells  []string
	height float64 // points; 0 leaves it to the reader
}

// The styles: indices into cellXfs of the part styles.
const (
	headStyle = 1
	bodyStyle = 2
)

func newBook(w io.Writer, title, language string) *book {
	return &book{zip: zip.NewWriter(w), title: title, language: language}
}

// add writes a sheet.
func (b *book) add(s sheet) error {
	b.sheets = append(b.sheets, s)
	b.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.sheets)), s.xml())
	return b.err
}

// close writes the parts that name the others, and ends the file.
func (b *book) close() error {
	var types, sheets, links, filters strings.Builder
	for i, s := range b.sheets {
		name, n := attribute(s.name), i+1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%s.worksheet+xml"/>`, n, partType)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, n, n)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relation, n)
		fmt.Fprintf(&filters, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">'%s'!$A$1:%s</definedName>`,
			i, strings.ReplaceAll(name, "&#39;", "&#39;&#39;"), s.last("$"))
	}
	b.part("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`+
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`+
		`<Override PartName="/xl/workbook.xml" ContentType="`+partType+`.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="`+partType+`.styles+xml"/>`+
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>`+types.String()+`</Types>`)
	b.part("_rels/.rels", relationships+`<Relationship Id="rId1" Type="`+relation+`/officeDocument" Target="xl/workbook.xml"/>`+
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`)
	b.part("docProps/core.xml", `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">`+
		`<dc:title>`+text(b.title)+`</dc:title><dc:creator>Kept</dc:creator><dc:language>`+text(b.language)+`</dc:language></cp:coreProperties>`)
	b.part("xl/workbook.xml", `<workbook xmlns="`+spreadsheetML+`" xmlns:r="`+relation+`"><sheets>`+sheets.String()+`</sheets><definedNames>`+filters.String()+`</definedNames></workbook>`)
	b.part("xl/_rels/workbook.xml.rels", relationships+links.String()+fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, len(b.sheets)+1, relation))
	b.part("xl/styles.xml", stylesPart)
	if b.err != nil {
		return b.err
	}
	return b.zip.Close()
}

// part writes one file of the ZIP, without a date.
func (b *book) part(name, content string) {
	if b.err != nil {
		return
	}
	w, err := b.zip.Create(name)
	if err == nil {
		_, err = io.WriteString(w, xml.Header+content)
	}
	b.err = err
}

func (s sheet) xml() string {
	var b strings.Builder
	b.WriteString(`<worksheet xmlns="` + spreadsheetML + `"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0">` + s.pane() + `</sheetView></sheetViews><cols>`)
	for i, w := range s.widths {
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%g" customWidth="1"/>`, i+1, i+1, w)
	}
	b.WriteString(`</cols><sheetData>`)
	style := headStyle
	for y, row := range s.rows {
		fmt.Fprintf(&b, `<row r="%d"`, y+1)
		if row.height > 0 {
			fmt.Fprintf(&b, ` ht="%g" customHeight="1"`, row.height)
		}
		b.WriteByte('>')
		for x, c := range row.cells {
			fmt.Fprintf(&b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, place(x, y), style, text(c))
		}
		b.WriteString(`</row>`)
		style = bodyStyle
	}
	// Paper 9 is A4.
	b.WriteString(`</sheetData><autoFilter ref="A1:` + s.last("") + `"/><pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/></worksheet>`)
	return b.String()
}

// pane keeps the head and the frozen columns in sight.
func (s sheet) pane() string {
	if s.frozen == 0 {
		return `<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>`
	}
	return fmt.Sprintf(`<pane xSplit="%d" ySplit="1" topLeftCell="%s" activePane="bottomRight" state="frozen"/>`, s.frozen, place(s.frozen, 1))
}

// last is the cell at the end, its parts after sign.
func (s sheet) last(sign string) string {
	return fmt.Sprintf("%s%s%s%d", sign, letters(len(s.widths)-1), sign, len(s.rows))
}

// place names a cell by column and row, both counted from 0: "A1".
func place(x, y int) string { return fmt.Sprint(letters(x), y+1) }

func letters(x int) string {
	if x < 26 {
		return string(rune('A' + x))
	}
	return letters(x/26-1) + letters(x%26)
}

// charRef is what a spreadsheet would read as a character's number.
var charRef = regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`)

func text(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(charRef.ReplaceAllString(s, "_x005F_$1"))) // a buffer takes everything
	return b.String()
}

func attribute(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// Names of the format.
const (
	spreadsheetML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relation      = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	partType      = "application/vnd.openxmlformats-officedocument.spreadsheetml"
	relationships = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
)

// stylesPart has two fonts, plain and bold; the fills that every workbook begins
// with and that of the head; a line below each cell. Format 49 is "text": a cell
// stays text when somebody edits it.
const stylesPart = `<styleSheet xmlns="` + spreadsheetML + `">` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
	`<fill><patternFill patternType="solid"><fgColor rgb="FFECEFF1"/></patternFill></fill></fills>` +
	`<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>` +
	`<border><left/><right/><top/><bottom style="thin"><color rgb="FFC8C8C8"/></bottom><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
