package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// bar is one day of a chart: counts stacked from the bottom, each with the class
// that colours it.
type bar struct {
	Label string
	Parts []part
}

type part struct {
	Class string
	Count int64
}

const (
	chartWidth  = 640
	chartHeight = 120
)

// chart draws bars as SVG. Each bar has its numbers as a title, so that they
// can be read by a pointer and by a screen reader; the table beneath a chart
// holds them too. Classes and labels are the console's own words.
func chart(label string, bars []bar) template.HTML {
	var most int64 = 1
	for _, b := range bars {
		var sum int64
		for _, p := range b.Parts {
			sum += p.Count
		}
		most = max(most, sum)
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartWidth, chartHeight, template.HTMLEscapeString(label))
	step := float64(chartWidth) / float64(max(len(bars), 1))
	for i, b := range bars {
		y := float64(chartHeight)
		fmt.Fprintf(&s, `<g><title>%s</title>`, template.HTMLEscapeString(b.Label))
		for _, p := range b.Parts {
			h := float64(p.Count) / float64(most) * (chartHeight - 2)
			y -= h
			fmt.Fprintf(&s, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, p.Class, float64(i)*step+1, y, max(step-2, 1), h)
		}
		s.WriteString("</g>")
	}
	s.WriteString("</svg>")
	return template.HTML(s.String()) // every text in it was escaped above
}

// days returns n days up to the one of now, each at midnight.
func days(now time.Time, n int) []time.Time {
	today := now.Truncate(24 * time.Hour)
	all := make([]time.Time, n)
	for i := range all {
		all[i] = today.AddDate(0, 0, i-n+1)
	}
	return all
}
