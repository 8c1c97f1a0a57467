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
	// A long row begins here if some of it fits; a short one stays whole.
	const short, some = 45.0, 25.0
	if whole := float64(most)*cell.leading + 2*cellAbove; s.y+whole > height && (whole < short || s.y+some > height) {
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

// columns shares the width out: to each column what its longest word needs, the
// rest bit by bit to the column that makes the table shorter by it.
func (s *sheet) columns(t *notice.Table) []float64 {
	widths := make([]float64, len(t.Head))
	for i, h := range t.Head {
		s.measure(plain(h), cellHead, &widths[i])
	}
	lengths := make([][]float64, len(t.Rows))
	for i, row := range t.Rows {
		lengths[i] = make([]float64, len(row))
		for j, p := range row {
			lengths[i][j] = s.measure(p, cellLook(j), &widths[j])
		}
	}
	room, needed := width-float64(len(widths)-1)*cellGap, 0.0
	for i := range widths {
		widths[i] = min(widths[i], room/2)
		needed += widths[i]
	}
	rest := room - needed
	if rest < 0 { // too many long words: each column gives up its share, and words break
		for i := range widths {
			widths[i] *= room / needed
		}
	}
	for ; rest > 0; rest -= step {
		widths[best(widths, lengths)] += min(step, rest)
	}
	return widths
}

// step is the bit of width that is given at a time.
const step = 1.0

// best is the column to which a step more is worth most.
func best(widths []float64, lengths [][]float64) int {
	found, least := 0, math.Inf(1)
	for i := range widths {
		widths[i] += step
		if h := tall(widths, lengths); h < least {
			found, least = i, h
		}
		widths[i] -= step
	}
	return found
}

// tall is about how many lines a table has; lines that only some cells of a row
// need count a little, so that a step is never lost on a column of short words.
func tall(widths []float64, lengths [][]float64) (lines float64) {
	for _, row := range lengths {
		most, all := 0.0, 0.0
		for i, length := range row {
			most = max(most, length/widths[i])
			all += length / widths[i]
		}
		lines += max(most, 1) + all/100
	}
	return lines
}

// measure returns how long p is on one line and raises longest to its longest
// word.
func (s *sheet) measure(p notice.Para, l look, longest *float64) (length float64) {
	s.use(l)
	const rounding = 0.1 // so that a word that just fits is not broken
	for _, w := range words(p) {
		long := s.long(w)
		*longest = max(*longest, long+rounding)
		length += long + s.GetStringWidth(" ")
	}
	return length
}
