package meeting

import (
	"strconv"
	"strings"
	"time"
)

// order is how a file writes days with slashes.
type order string

const (
	dayFirst   order = "dmy"
	monthFirst order = "mdy"
)

// guess looks which of the orders all the times of a file agree with: a day above
// twelve decides, else the American clock does. Empty if nothing tells.
func guess(times []string) order {
	american := false
	for _, t := range times {
		day, _, _ := strings.Cut(t, " ")
		parts := strings.Split(strings.Trim(day, ","), "/")
		if len(parts) == 3 {
			a, _ := strconv.Atoi(parts[0])
			b, _ := strconv.Atoi(parts[1])
			if a > 12 {
				return dayFirst
			}
			if b > 12 {
				return monthFirst
			}
		}
		upper := strings.ToUpper(t)
		american = american || strings.HasSuffix(upper, "AM") || strings.HasSuffix(upper, "PM")
	}
	if american {
		return monthFirst
	}
	return ""
}

var (
	clocks = []string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM"}
	days   = []string{"2006-01-02", "2.1.2006", "2.1.06"}
	slash  = map[order][]string{dayFirst: {"2/1/2006", "2/1/06"}, monthFirst: {"1/2/2006", "1/2/06"}}
)

// moment reads a time as the tools write it: RFC 3339, a day and a clock time of
// some country, or a clock time on r.Day. ok is false if it cannot be read.
func (r Reading) moment(text string) (time.Time, bool) {
	text = strings.Join(strings.Fields(strings.NewReplacer("\u202f", " ", "\u00a0", " ", ",", " ").Replace(text)), " ")
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), believable(t)
	}
	upper := strings.ToUpper(text)
	for _, c := range clocks {
		if t, err := time.ParseInLocation(c, upper, r.Zone); err == nil && !r.Day.IsZero() {
			y, m, d := r.Day.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, r.Zone).UTC(), true
		}
		for _, d := range append(slash[order(r.Order)], days...) {
			if t, err := time.ParseInLocation(d+" "+c, upper, r.Zone); err == nil {
				return t.UTC(), believable(t)
			}
		}
		if t, err := time.ParseInLocation("2006-01-02T"+c, upper, r.Zone); err == nil {
			return t.UTC(), believable(t)
		}
	}
	return time.Time{}, false
}

// believable keeps a slip of the century out of the register.
func believable(t time.Time) bool { return t.Year() >= 2000 && t.Year() < 2100 }

// length reads how long somebody stayed: "1h 2m 3s", "1 Std. 2 Min. 3 Sek.",
// "01:02:03", "62 min", or seconds.
func length(text string) (time.Duration, bool) {
	text = strings.TrimSpace(strings.ToLower(strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(text)))
	if parts := strings.Split(text, ":"); len(parts) == 3 || len(parts) == 2 {
		return counted(parts)
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 7*24*3600 {
		return time.Duration(n) * time.Second, true
	}
	var total time.Duration
	found := false
	for text != "" {
		i := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if i <= 0 {
			return 0, false
		}
		n, err := strconv.Atoi(text[:i])
		if err != nil || n > 1e6 {
			return 0, false
		}
		text = strings.TrimLeft(text[i:], " ")
		j := strings.IndexAny(text, "0123456789")
		unit := text
		if j >= 0 {
			unit, text = text[:j], text[j:]
		} else {
			text = ""
		}
		switch unit = strings.Trim(unit, " ."); {
		case strings.HasPrefix(unit, "h"), strings.HasPrefix(unit, "st"):
			total += time.Duration(n) * time.Hour
		case strings.HasPrefix(unit, "m"):
			total += time.Duration(n) * time.Minute
		case strings.HasPrefix(unit, "s"):
			total += time.Duration(n) * time.Second
		default:
			return 0, false
		}
		found = true
	}
	return total, found
}

func counted(parts []string) (time.Duration, bool) {
	var total time.Duration
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 1e4 {
			return 0, false
		}
		total = total*60 + time.Duration(n)*time.Second
	}
	if len(parts) == 2 {
		total *= 60 // hours and minutes
	}
	return total, true
}
