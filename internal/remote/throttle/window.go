package throttle

import "time"

// parts is into how many parts a window is cut. What was counted leaves the
// window with its part, up to a part's length late and never early.
const parts = 60

// window counts what happened within a time that slides. It is not safe for
// concurrent use.
type window struct {
	most   int64 // 0: no limit
	part   time.Duration
	counts [parts + 1]int64
	at     int64 // number of the newest part since the epoch
}

func newWindow(most int64, per time.Duration) *window {
	return &window{most: most, part: max(per/parts, 1)}
}

// slide forgets the parts that have left the window.
func (w *window) slide(now time.Time) {
	n := now.UnixNano() / int64(w.part)
	for i := int64(1); i <= min(n-w.at, parts+1); i++ {
		w.counts[(w.at+i)%(parts+1)] = 0
	}
	w.at = max(w.at, n)
}

func (w *window) sum(now time.Time) (all int64) {
	w.slide(now)
	for _, n := range w.counts {
		all += n
	}
	return all
}

// fits returns zero if n more fit now, else when to ask again. What exceeds the
// whole window fits an empty one.
func (w *window) fits(now time.Time, n int64) time.Time {
	all := w.sum(now)
	if w.most == 0 || all == 0 || all+n <= w.most {
		return time.Time{}
	}
	// The oldest parts leave first; ask again when enough of them have.
	part := w.at - parts
	for ; part < w.at && all+n > w.most; part++ {
		all -= w.counts[(part+parts+1)%(parts+1)]
	}
	return time.Unix(0, (part+parts)*int64(w.part)).UTC()
}

func (w *window) add(now time.Time, n int64) {
	w.slide(now)
	w.counts[w.at%(parts+1)] += n
}
