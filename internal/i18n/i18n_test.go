package i18n_test

import (
	"testing"
	"time"

	"kept/internal/i18n"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"", "de"},
		{"en", "en"},
		{"en-US,en;q=0.9,de;q=0.8", "en"},
		{"fr-FR, fr;q=0.9, en;q=0.4, de;q=0.3", "en"},
		{"de-AT", "de"},
		{"fr", "de"},
		{"*", "de"},
		{"en;q=0, de;q=0.1", "de"},
		{"en;q=2", "de"},
		{"en;level=1", "de"},
		{"EN-gb", "en"},
		{";;;,,,=q", "de"},
	} {
		if got := i18n.Match(c.header, []string{"de", "en"}); got != c.want {
			t.Errorf("Match(%q) = %s, want %s", c.header, got, c.want)
		}
	}
}

func TestFormats(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2024, 2, 13, 14, 5, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct{ got, want string }{
		{i18n.Date(day, "de"), "13.\u00a0Februar 2024"},
		{i18n.Date(day, "en"), "13\u00a0February 2024"},
		{i18n.DateTimeIn(day, time.UTC, "de"), "13.\u00a0Februar 2024, 13:05\u00a0Uhr (UTC)"},
		{i18n.DateTimeIn(day, time.UTC, "en"), "13\u00a0February 2024, 13:05\u00a0UTC"},
		{i18n.DateTimeIn(day, berlin, "de"), "13.\u00a0Februar 2024, 14:05\u00a0Uhr (MEZ)"},
		{i18n.DateTimeIn(day.AddDate(0, 5, 0), berlin, "de"), "13.\u00a0Juli 2024, 15:05\u00a0Uhr (MESZ)"},
		{i18n.DateTimeIn(day, berlin, "en"), "13\u00a0February 2024, 14:05\u00a0CET"},
		{i18n.DateTimeIn(day, time.FixedZone("+03", 3*3600), "en"), "13\u00a0February 2024, 16:05\u00a0UTC+03"},
		{i18n.DateIn(time.Date(2024, 2, 29, 23, 30, 0, 0, time.UTC), berlin, "en"), "1\u00a0March 2024"},
		{i18n.Day("2024-02-13", "en"), "13\u00a0February 2024"},
		{i18n.Day("spring", "en"), "spring"},
		{i18n.Number(1234567, "de"), "1.234.567"},
		{i18n.Number(-1234, "en"), "−1,234"},
		{i18n.Number(999, "en"), "999"},
		{i18n.Number(-1<<63, "en"), "−9,223,372,036,854,775,808"},
		{i18n.Bytes(999, "en"), "999\u00a0B"},
		{i18n.Bytes(1500, "de"), "1,5\u00a0kB"},
		{i18n.Bytes(999_999, "en"), "1\u00a0MB"},
		{i18n.Bytes(234_000_000, "en"), "234\u00a0MB"},
		{i18n.Percent(0.125, "de"), "12,5\u00a0%"},
		{i18n.Percent(1, "en"), "100%"},
		{i18n.List(nil, "de"), ""},
		{i18n.List([]string{"a"}, "de"), "a"},
		{i18n.List([]string{"a", "b", "c"}, "de"), "a, b und c"},
		{i18n.List([]string{"a", "b"}, "en"), "a and b"},
		{i18n.Country("IE", "de"), "Irland"},
		{i18n.Country("US", "en"), "United States"},
		{i18n.Country("", "en"), ""},
		{i18n.Country("<b>", "en"), "<b>"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestWordsAreFilledOnce(t *testing.T) {
	if got := i18n.T("en", "summary.who", "x"); got != "summary.who" {
		t.Errorf("a key that is not there gives %q", got)
	}
	if got := i18n.T("en", "notice.summary.responsible", "{1} & <b>"); got != "{1} & <b> is responsible for your data." {
		t.Errorf("an argument was read as words: %q", got)
	}
	if got := i18n.Count("de", "center.me.count", 1); got != "Ein Eintrag." {
		t.Errorf("one: %q", got)
	}
	if got := i18n.Count("de", "center.me.count", 1200); got != "1.200 Einträge." {
		t.Errorf("many: %q", got)
	}
}
