package period

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Longest is the longest period that Parse accepts, in years.
const Longest = 200

var (
	errForm = errors.New("not a period: write it like 7 days, 14 months, 1 year 6 months, 30 seconds or P14M")
	errLong = fmt.Errorf("longer than %d years", Longest)
	iso     = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	units   = [...]string{"year", "month", "week", "day", "hour", "minute", "second"}
)

// Parse reads plain words (7 days, 1 year 6 months) or ISO 8601 (P7D, P1Y6M,
// PT30S) in whole numbers. Weeks are seven days. The error goes on after "is":
// not a period: write it like …
func Parse(s string) (Period, error) {
	counts, err := parseWords(s)
	if strings.HasPrefix(s, "P") {
		counts, err = parseISO(s)
	}
	if err != nil {
		return Period{}, err
	}
	return fromCounts(counts)
}

// counts holds a number for each of units.
type counts [len(units)]int

func parseISO(s string) (counts, error) {
	var c counts
	m := iso.FindStringSubmatch(s)
	if m == nil || strings.HasSuffix(s, "P") || strings.HasSuffix(s, "T") {
		return c, errForm
	}
	for i, digits := range m[1:] {
		if digits == "" {
			continue
		}
		n, err := number(digits)
		if err != nil {
			return c, err
		}
		c[i] = n
	}
	return c, nil
}

func parseWords(s string) (counts, error) {
	var c counts
	words := strings.Fields(s)
	if len(words) == 0 || len(words)%2 != 0 {
		return c, errForm
	}
	last := -1
	for i := 0; i < len(words); i += 2 {
		unit := unitOf(words[i+1])
		if unit <= last { // unknown, twice, or smaller before larger
			return c, errForm
		}
		n, err := number(words[i])
		if err != nil {
			return c, err
		}
		c[unit], last = n, unit
	}
	return c, nil
}

func unitOf(word string) int {
	for i, unit := range units {
		if word == unit || word == unit+"s" {
			return i
		}
	}
	return -1
}

func number(digits string) (int, error) {
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, errForm
		}
	}
	if len(digits) > 10 {
		return 0, errLong
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, errForm
	}
	return n, nil
}

func fromCounts(c counts) (Period, error) {
	const day = 24 * 60 * 60
	seconds := [len(units)]int{365 * day, 30 * day, 7 * day, day, 60 * 60, 60, 1}
	total := 0
	for i, n := range c {
		if n > Longest*366*day/seconds[i] {
			return Period{}, errLong
		}
		total += n * seconds[i]
	}
	if total > Longest*366*day {
		return Period{}, errLong
	}
	return Period{
		Years:  c[0],
		Months: c[1],
		Days:   7*c[2] + c[3],
		Clock:  time.Duration(c[4]*3600+c[5]*60+c[6]) * time.Second,
	}, nil
}
