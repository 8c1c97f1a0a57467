package i18n

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

var months = map[Lang][12]string{
	German:  {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
	English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Begins writes words as they begin a sentence, a heading or a line: with a capital.
func Begins(words string) string {
	if words == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:]
}

// Date writes the day of t in UTC: "13. Februar 2024", "13 February 2024". It is for what
// is a day and no moment; a moment has the day of a zone (DateIn).
func Date(t time.Time, lang string) string { return DateIn(t, time.UTC, lang) }

// DateIn writes the day that t is on in a zone.
func DateIn(t time.Time, zone *time.Location, lang string) string {
	t = t.In(zone)
	day := strconv.Itoa(t.Day())
	if lang == German {
		day += "."
	}
	return day + nbsp + months[known(lang)][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// DateTimeIn writes t to the minute in a zone, with the zone's short name:
// "13. Februar 2024, 14:05 Uhr (MEZ)", "13 February 2024, 14:05 CET".
func DateTimeIn(t time.Time, zone *time.Location, lang string) string {
	t = t.In(zone)
	clock := t.Format("15:04")
	if lang == German {
		return DateIn(t, zone, lang) + ", " + clock + nbsp + "Uhr (" + abbreviation(t, lang) + ")"
	}
	return DateIn(t, zone, lang) + ", " + clock + nbsp + abbreviation(t, lang)
}

// zonesInGerman are the short names of zones that Germans call otherwise.
var zonesInGerman = map[string]string{"CET": "MEZ", "CEST": "MESZ", "WET": "WEZ", "WEST": "WESZ", "EET": "OEZ", "EEST": "OESZ"}

// abbreviation is the short name of the zone that t is told in.
func abbreviation(t time.Time, lang string) string {
	name := t.Format("MST")
	if german, ok := zonesInGerman[name]; ok && lang == German {
		return german
	}
	if name[0] == '+' || name[0] == '-' { // it has none
		return "UTC" + name
	}
	return name
}

// Day writes a date of the form 2024-02-13, as policies hold them, in words;
// anything else is returned as it is.
func Day(date, lang string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return Date(t, lang)
}

// Number writes n with groups of three: "12.345", "12,345".
func Number(n int64, lang string) string {
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "−"
	}
	group := ","
	if lang == German {
		group = "."
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + group + digits[i:]
	}
	return sign + digits
}

// Bytes writes a size in decimal units with three digits at most: "1,5 MB".
func Bytes(n int64, lang string) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	value, unit := float64(n), 0
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	places := 0
	if unit > 0 && value < 99.95 {
		places = 1
	}
	return decimal(value, places, lang) + nbsp + units[unit]
}

// Percent writes a share of one with one decimal at most: "12,5 %", "12.5%".
func Percent(share float64, lang string) string {
	text := decimal(share*100, 1, lang)
	if lang == German {
		return text + nbsp + "%"
	}
	return text + "%"
}

func decimal(v float64, places int, lang string) string {
	text := strconv.FormatFloat(v, 'f', places, 64)
	if places > 0 {
		text = strings.TrimSuffix(text, ".0")
	}
	if lang == German {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// List joins items as a sentence does: "a, b und c", "a, b and c".
func List(items []string, lang string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " " + T(lang, "list.and") + " " + items[last]
}

func known(lang string) Lang {
	if lang == German {
		return German
	}
	return English
}
