package i18n

import (
	"slices"
	"strconv"
	"strings"
)

// Lang is a language by its ISO 639-1 code: "de" or "en".
type Lang = string

// The languages that every built-in text exists in.
const (
	German  Lang = "de"
	English Lang = "en"
)

// Languages returns every language with built-in words.
func Languages() []Lang { return []Lang{German, English} }

// Match returns the offered language that an Accept-Language header (RFC 9110,
// section 12.5.4) likes best; the first offered one if it names none of them.
// Regional variants count as their language. offered must not be empty.
func Match(acceptLanguage string, offered []string) string {
	best, bestQ := offered[0], 0.0
	for i, part := range strings.Split(acceptLanguage, ",") {
		if i == maxRanges {
			break
		}
		tag, q := quality(part)
		if q <= bestQ {
			continue
		}
		if tag == "*" {
			best, bestQ = offered[0], q
		} else if slices.Contains(offered, tag) {
			best, bestQ = tag, q
		}
	}
	return best
}

// maxRanges bounds the work that a hostile header can ask for.
const maxRanges = 32

func quality(part string) (base string, q float64) {
	tag, weight, weighted := strings.Cut(part, ";")
	base, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	if !weighted {
		return base, 1
	}
	value, found := strings.CutPrefix(strings.TrimSpace(weight), "q=")
	if !found {
		return base, 0
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q < 0 || q > 1 {
		return base, 0
	}
	return base, q
}
