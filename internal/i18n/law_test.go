package i18n_test

import (
	"strings"
	"testing"

	"kept/internal/i18n"
)

func TestLawsAreCitedAsEachLanguageDoes(t *testing.T) {
	for _, c := range []struct{ from, de, en string }{
		{"Art. 7(1), 5(2) GDPR", "Art. 7 Abs. 1, 5 Abs. 2 DSGVO", "Art. 7(1), 5(2) GDPR"},
		{"Art. 6 Abs. 1 Buchst. c DSGVO", "Art. 6 Abs. 1 Buchst. c DSGVO", "Art. 6(1)(c) GDPR"},
		{"Art. 22(2)(a) GDPR", "Art. 22 Abs. 2 Buchst. a DSGVO", "Art. 22(2)(a) GDPR"},
		{"Art. 12, 15-22 GDPR", "Art. 12, 15–22 DSGVO", "Art. 12, 15–22 GDPR"},
		{"§ 147 AO", "§ 147 AO", "section 147 AO"},
		{"§§ 195, 199 BGB", "§§ 195, 199 BGB", "sections 195, 199 BGB"},
		{"§ 147 Abs. 1 Nr. 4 AO und § 257 HGB", "§ 147 Abs. 1 Nr. 4 AO und § 257 HGB", "section 147(1) no. 4 AO and section 257 HGB"},
		{"section 147 AO", "§ 147 AO", "section 147 AO"},
		{"Loi Informatique et Libertés", "Loi Informatique et Libertés", "Loi Informatique et Libertés"},
		{"", "", ""},
	} {
		for lang, want := range map[string]string{"de": c.de, "en": c.en} {
			if got := strings.ReplaceAll(i18n.Law(c.from, lang), "\u00a0", " "); got != want {
				t.Errorf("%s in %s: %q, want %q", c.from, lang, got, want)
			}
		}
	}
}
