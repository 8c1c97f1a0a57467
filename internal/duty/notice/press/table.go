package press

import (
	"math"

	"kept/internal/duty/notice"
)

const (
	cellGap   = 3.0 // between columns
	cellAbove = 1.3 // above and below the text of a row
)

// table sets a table. Rows stay whole where a page can hold them; the head
// comes again on each page.
func (s *sheet) table(t *notice.Table) {
	widths := s.columns(t)
	s.need(cellHead.leading + 3*cell.leading + 4*cellAbove)
	s.tableHead(t, widths)
	for _, row := range t.Rows {
		s.row(t, row, widths)
	}
	s.rule(s.y, hairline, edge)
	s.y += 3.5
}

func (s *sheet) tableHead(t *notice.Table, widths []float64) {
	x, most := left, 0
	for i, h := range t.Head {
		lines := s.broken(plain(h), cellHead, widths[i])
		for j, l := range lines {
			s.line(x, s.y+float64(j)*cellHead.leading, l, cellHead)
		}
		most = max(most, len(lines))
		x += widths[i] + cellGap
	}
	s.y += float64(most)*cellHead.leading + 0.6
	s.rule(s.y, 0.3, edge)
}

func cellLook(column int) look {
	if column == 0 {
		return cellName
	}
	return cell
}

// row sets one row, over several pages if it is longer than one.
func (s *sheet) row(t *notice.Table, row []notice.Para, widths []float64) {
	cells, most := make([][]textLine, len(row)), 0
	for i, p := range row {
		cells[i] = s.broken(p, cellLook(i), widths[i])
		most = max(most, len(cells[i]))
	}
	const room = height - top - 20
	if whole := float64(most)*cell.leading + 2*cellAbove; s.y+whole > height && (whole < room || s.y > height-4*cell.leading) {
		s.turn()
		s.tableHead(t, widths)
	} else if s.y > top {
		s.rule(s.y, hairline, line)
	}
	s.y += cellAbove
	for at := 0; at < most; at++ {
		if s.y+cell.leading > height {
			s.turn()
			s.tableHead(t, widths)
			s.y += cellAbove
		}
		x := left
		for i := range cells {
			if at < len(cells[i]) {
				s.line(x, s.y, cells[i][at], cellLook(i))
			}
			x += widths[i] + cellGap
		}
		s.y += cell.leading
	}
	s.y += cellAbove
}

// columns shares the width out: to each column what its longest word needs,
// the rest by the root of how much it has to say, so that a long column does
// not starve the short ones.
func (s *sheet) columns(t *notice.Table) []float64 {
	n := len(t.Head)
	room := float64(width) - float64(n-1)*cellGap
	need, weight := make([]float64, n), make([]float64, n)
	for i, h := range t.Head {
		s.measure(plain(h), cellHead, &need[i], new(float64))
	}
	for _, row := range t.Rows {
		for i, p := range row {
			s.measure(p, cellLook(i), &need[i], &weight[i])
		}
	}
	var needed, weights float64
	for i := range need {
		need[i] = min(need[i], room*0.6) + 0.1
		weight[i] = math.Sqrt(weight[i]) + 1
		needed += need[i]
		weights += weight[i]
	}
	widths := make([]float64, n)
	for i := range widths {
		if needed > room {
			widths[i] = room * need[i] / needed
		} else {
			widths[i] = need[i] + (room-needed)*weight[i]/weights
		}
	}
	return widths
}

// measure raises longest to the longest word of p and adds to total its length.
func (s *sheet) measure(p notice.Para, l look, longest, total *float64) {
	s.use(l)
	for _, w := range words(p) {
		length := s.long(w)
		*longest = max(*longest, length)
		*total += length
	}
}
