package press_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"kept/internal/duty/notice"
	"kept/internal/duty/notice/press"
	"kept/internal/policy"
)

// shop is a policy whose activities are all done elsewhere, so that it needs no
// kind.
func shop(t *testing.T) *policy.Policy {
	t.Helper()
	src, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, findings := policy.Load("shop.yaml", src, policy.Vocabulary{}, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			t.Fatalf("%s: %s: %s", f.Pos, f.Code, f.Problem)
		}
	}
	return p
}

func set(t *testing.T, n notice.Notice) []byte {
	t.Helper()
	b, err := press.PDF(n, "Muster GmbH")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	streams = regexp.MustCompile(`(?s)stream\r?\n(.*?)endstream`)
	shown   = regexp.MustCompile(`(?s) Td \((.*?)\) Tj ET`)
)

// pages returns the text of each page, as the file's own commands set it.
func pages(t *testing.T, file []byte) []string {
	t.Helper()
	var all []string
	for _, m := range streams.FindAllSubmatch(file, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte(" Tj ET")) {
			continue
		}
		var page []string
		for _, s := range shown.FindAllSubmatch(content, -1) {
			page = append(page, decoded(s[1]))
		}
		all = append(all, strings.Join(page, " "))
	}
	return all
}

// decoded reads a string of UTF-16 with the escapes of the format.
func decoded(b []byte) string {
	var plain []byte
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
			if b[i] == 'r' {
				b[i] = '\r'
			}
		}
		plain = append(plain, b[i])
	}
	units := make([]uint16, 0, len(plain)/2)
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}

// flat takes out what lines and columns break.
func flat(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\u00a0' }), "")
}

func TestPaperHoldsEveryWordOfTheText(t *testing.T) {
	p := shop(t)
	for _, lang := range []string{"de", "en"} {
		n := notice.Build(p, lang)
		paper := flat(strings.Join(pages(t, set(t, n)), " "))
		for _, word := range strings.Fields(n.Text()) {
			word = flat(strings.Trim(word, ":-="))
			if !strings.Contains(paper, word) {
				t.Errorf("%s: the PDF lacks %q", lang, word)
			}
		}
	}
}

func TestTheSameNoticeGivesTheSameBytes(t *testing.T) {
	p := shop(t)
	first := set(t, notice.Build(p, "de"))
	for range 3 {
		if !bytes.Equal(first, set(t, notice.Build(p, "de"))) {
			t.Fatal("two files of one notice differ")
		}
	}
	if bytes.Equal(first, set(t, notice.Build(p, "en"))) {
		t.Error("another language, the same file")
	}
}

func TestPaperSaysWhatItIs(t *testing.T) {
	n := notice.Build(shop(t), "de")
	file := set(t, n)
	for _, want := range []string{"/Lang (de)", "/Outlines", "/Dest [", "/URI (mailto:privacy@shop.example)"} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("the file lacks %q", want)
		}
	}
	all := pages(t, file)
	if last := flat(all[len(all)-1]); !strings.Contains(last, flat("Muster GmbH · Datenschutzerklärung · Fassung vom 1. März 2026")) {
		t.Errorf("the foot of the last page is not there: %s", all[len(all)-1])
	}
	if bytes.Count(file, []byte("/Type /Page\n")) != len(all) {
		t.Errorf("%d pages hold text", len(all))
	}
}

// The contents name the page on which a chapter is.
func TestContentsNameThePagesOfTheChapters(t *testing.T) {
	n := notice.Build(shop(t), "en")
	all := pages(t, set(t, n))
	list := flat(strings.Join(all[:2], " "))
	for _, c := range n.Chapters() {
		page := regexp.MustCompile(regexp.QuoteMeta(flat(c.Title)) + `(\d+)`).FindStringSubmatch(list)
		if page == nil {
			t.Errorf("the contents lack %s", c.Title)
			continue
		}
		i, _ := strconv.Atoi(page[1])
		if i < 1 || i > len(all) || !strings.Contains(flat(all[i-1]), flat(c.Title)) {
			t.Errorf("%s is not on page %s", c.Title, page[1])
		}
	}
}

// A table that goes over several pages has its head on each.
func TestTablesGoOnOverPages(t *testing.T) {
	p := shop(t)
	for i := range 60 {
		a := p.Activities[0]
		a.Key, a.Title = fmt.Sprintf("more-%d", i), policy.Text{"en": fmt.Sprintf("Activity number %d", i)}
		p.Activities = append(p.Activities, a)
	}
	a := &p.Activities[1]
	a.Title = policy.Text{"en": strings.Repeat("a title that is far longer than a page of paper can hold ", 200)}
	all := pages(t, set(t, notice.Build(p, "en")))
	heads := 0
	for _, page := range all {
		if strings.Contains(flat(page), flat("Which data When Why, and on which legal basis")) {
			heads++
		}
	}
	if heads < 4 {
		t.Errorf("the head of the overview stands on %d pages", heads)
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	p := shop(t)
	p.Controller.Name = "(evil) \\) Tj ET /JavaScript \u202e \U0001F600 \x07 中"
	p.Controller.URL = "javascript:alert(1)"
	p.Recipients[0].Notice = "https://a.example/) /S /Launch"
	p.Activities[0].Title = policy.Text{"en": strings.Repeat("x", 3000)}
	file := set(t, notice.Build(p, "en"))
	if bytes.Contains(file, []byte("/URI (javascript")) || bytes.Contains(file, []byte("/JS")) || bytes.Contains(file, []byte("example/) /S")) {
		t.Error("words of the policy became commands or an address that runs")
	}
	if text := flat(strings.Join(pages(t, file), " ")); !strings.Contains(text, flat(`(evil) \) Tj ET /JavaScript □ □ □ □`)) {
		t.Error("what the fonts cannot show is not marked")
	}
}

func TestAddressesAreWholeWhereASiteIsNamed(t *testing.T) {
	n := notice.Build(shop(t), "en")
	if file := set(t, n); bytes.Contains(file, []byte("/privacy/versions)")) && bytes.Contains(file, []byte("/URI (/privacy")) {
		t.Error("a file leads to an address without a site")
	}
	if file := set(t, n.At("https://shop.example/")); !bytes.Contains(file, []byte("/URI (https://shop.example/privacy/versions)")) {
		t.Error("the address of the versions is not whole")
	}
	if n.At("https://shop.example").Hash() != n.Hash() {
		t.Error("another site, another hash")
	}
}
