package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// didYouMean returns a remedy that names the known word nearest to word, else
// all that are known; "" if none is known.
func didYouMean(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(known) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(known))
	if len(sorted) > 12 {
		return ""
	}
	return "one of: " + strings.Join(sorted, ", ")
}

// nearest returns the known word that word was probably meant to be, "" if none
// is near. A third of the letters may differ; a letter of many bytes counts as one.
func nearest(word string, known []string) string {
	word = strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return unicode.ToLower(r)
	}, word)
	best, bestDistance := "", max(1, min(len(word), 24)/3)+1
	for _, k := range known {
		if abs(len(k)-len(word)) >= bestDistance {
			continue
		}
		if d := distance(word, k); d < bestDistance || d == bestDistance && best != "" && k < best {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts the letters to add, drop, change or swap with a neighbour to
// make b of a (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
