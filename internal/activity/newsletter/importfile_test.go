package newsletter_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"kept/internal/activity/newsletter"
	"kept/internal/fault"
)

func TestFilesOfManyKindsAreRead(t *testing.T) {
	text := "E-Mail;Vorname\r\nada@person.example;Jürgen\r\n"
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, data := range map[string][]byte{
		"UTF-8": []byte(text), "UTF-8 with a mark": append([]byte{0xef, 0xbb, 0xbf}, text...), "UTF-16": wide,
		"Windows-1252": []byte(strings.ReplaceAll(text, "ü", "\xfc")), "commas": []byte(strings.ReplaceAll(text, ";", ",")), "tabs": []byte(strings.ReplaceAll(text, ";", "\t")),
	} {
		got, err := newsletter.ReadTable("C:\\Users\\x\\kontakte.csv", data)
		if err != nil || got.Len() != 1 || got.Name != "kontakte.csv" || len(got.Guess()) != 2 {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
	for name, data := range map[string]string{
		"nothing": "", "zeros": "a;b\x00\n", "quotes": "a;b\n\"x;y\n", "columns": strings.Repeat("a;", 100), "a cell": "a\n" + strings.Repeat("x", 9000), "half a character": "\xff\xfea",
		"a sheet": "PK\x03\x04\x00\x00",
	} {
		if _, err := newsletter.ReadTable("../../etc/passwd", []byte(data)); err == nil || strings.Contains(err.Error(), "..") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add([]byte(head + proven("a@b.example")))
	f.Add([]byte("\xff\xfea\x00;\x00"))
	f.Add([]byte("a,b\n\"x\ny\",'=1\n"))
	f.Add([]byte("E-Mail\n=1+1\n\xfc\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := newsletter.ReadTable("x.csv", data)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("%v", err)
			}
			return
		}
		for _, i := range read.Guess() {
			if i < 0 || i >= len(read.Head) {
				t.Errorf("column %d of %d", i, len(read.Head))
			}
		}
	})
}
