package period

import (
	"slices"
	"time"
)

// Holiday is a public holiday: a day of the year, or one that moves with Easter.
type Holiday struct {
	DE, EN string // its names

	month  time.Month
	day    int
	easter int  // days after Easter Sunday, if month is 0
	from   int  // the first year, 0: always
	until  int  // the last year, 0: still
	prayer bool // the Wednesday before 23 November
}

// falls reports whether the holiday is on day.
func (h Holiday) falls(day time.Time) bool {
	year, month, date := day.Date()
	if h.from > year || h.until != 0 && h.until < year {
		return false
	}
	if h.prayer {
		return month == time.November && date >= 16 && date <= 22 && day.Weekday() == time.Wednesday
	}
	if h.month == 0 {
		moved := EasterSunday(year).AddDate(0, 0, h.easter)
		return moved.Month() == month && moved.Day() == date
	}
	return h.month == month && h.day == date
}

// EasterSunday returns Easter of the Gregorian calendar, at midnight UTC.
func EasterSunday(year int) time.Time {
	// Gauss's rule in the form without exceptions that Butcher gave it in 1876.
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func fixed(month time.Month, day int, de, en string) Holiday {
	return Holiday{DE: de, EN: en, month: month, day: day}
}

func moving(days int, de, en string) Holiday { return Holiday{DE: de, EN: en, easter: days} }

// since returns h from a year on.
func (h Holiday) since(year int) Holiday { h.from = year; return h }

// only returns h in one year.
func (h Holiday) only(year int) Holiday { h.from, h.until = year, year; return h }

var (
	newYear       = fixed(time.January, 1, "Neujahr", "New Year's Day")
	epiphany      = fixed(time.January, 6, "Heilige Drei Könige", "Epiphany")
	womensDay     = fixed(time.March, 8, "Internationaler Frauentag", "International Women's Day")
	goodFriday    = moving(-2, "Karfreitag", "Good Friday")
	easterMonday  = moving(1, "Ostermontag", "Easter Monday")
	labourDay     = fixed(time.May, 1, "Tag der Arbeit", "Labour Day")
	liberation    = fixed(time.May, 8, "Tag der Befreiung", "Liberation Day")
	europeDay     = fixed(time.May, 9, "Europatag", "Europe Day")
	ascension     = moving(39, "Christi Himmelfahrt", "Ascension Day")
	whitMonday    = moving(50, "Pfingstmontag", "Whit Monday")
	corpusChristi = moving(60, "Fronleichnam", "Corpus Christi")
	bastille      = fixed(time.July, 14, "Französischer Nationalfeiertag", "Bastille Day")
	assumption    = fixed(time.August, 15, "Mariä Himmelfahrt", "Assumption Day")
	childrensDay  = fixed(time.September, 20, "Weltkindertag", "Children's Day")
	unity         = fixed(time.October, 3, "Tag der Deutschen Einheit", "Day of German Unity").since(1990)
	austria       = fixed(time.October, 26, "Österreichischer Nationalfeiertag", "Austrian National Day")
	reformation   = fixed(time.October, 31, "Reformationstag", "Reformation Day")
	allSaints     = fixed(time.November, 1, "Allerheiligen", "All Saints' Day")
	armistice     = fixed(time.November, 11, "Waffenstillstand 1918", "Armistice Day")
	repentance    = Holiday{DE: "Buß- und Bettag", EN: "Day of Repentance and Prayer", prayer: true}
	conception    = fixed(time.December, 8, "Mariä Empfängnis", "Immaculate Conception")
	christmas     = fixed(time.December, 25, "Erster Weihnachtstag", "Christmas Day")
	secondDay     = fixed(time.December, 26, "Zweiter Weihnachtstag", "Second day of Christmas")
)

// germany is what holds in all of Germany. The feast of Reformation was one
// there once, 500 years after it.
var germany = []Holiday{
	newYear, goodFriday, easterMonday, labourDay, ascension, whitMonday, unity, reformation.only(2017), christmas, secondDay,
}

// jurisdictions are the calendars. A day that only some communities of a Land
// keep (Assumption in Bavaria, Corpus Christi in Saxony and Thuringia, Good
// Friday in Alsace-Moselle) is left out, and so are the days off that the
// institutions of the Union fix each year anew: they would prolong a period
// where nothing may be prolonged.
var jurisdictions = map[string][]Holiday{
	"DE":    germany,
	"DE-BW": land(epiphany, corpusChristi, allSaints),
	"DE-BY": land(epiphany, corpusChristi, allSaints),
	"DE-BE": land(womensDay.since(2019), liberation.only(2020), liberation.only(2025)),
	"DE-BB": land(reformation),
	"DE-HB": land(reformation.since(2018)),
	"DE-HH": land(reformation.since(2018)),
	"DE-HE": land(corpusChristi),
	"DE-MV": land(womensDay.since(2023), reformation),
	"DE-NI": land(reformation.since(2018)),
	"DE-NW": land(corpusChristi, allSaints),
	"DE-RP": land(corpusChristi, allSaints),
	"DE-SL": land(corpusChristi, assumption, allSaints),
	"DE-SN": land(reformation, repentance),
	"DE-ST": land(epiphany, reformation),
	"DE-SH": land(reformation.since(2018)),
	"DE-TH": land(childrensDay.since(2019), reformation),
	"AT": {
		newYear, epiphany, easterMonday, labourDay, ascension, whitMonday, corpusChristi, assumption, austria, allSaints,
		conception, christmas, secondDay,
	},
	"FR": {
		newYear, easterMonday, labourDay, liberation, ascension, whitMonday, bastille, assumption, allSaints, armistice, christmas,
	},
	"EU": {
		newYear, goodFriday, easterMonday, labourDay, europeDay, ascension, whitMonday, assumption, allSaints, christmas, secondDay,
	},
}

func land(own ...Holiday) []Holiday { return slices.Concat(germany, own) }
