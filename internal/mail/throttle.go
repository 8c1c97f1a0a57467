package mail

import (
	"container/heap"
	"strings"
	"time"
)

// mostWaiting bounds the letters that wait for their domain's turn in memory.
const mostWaiting = 2000

// throttle orders letters by when their domain may be written to. It is not safe
// for concurrent use.
type throttle struct {
	lines []Domains
	of    map[string]*Domains  // by domain
	free  map[string]time.Time // when a domain, or a line of domains, may be written to next
	queue waiting
	count int
}

func newThrottle(lines []Domains) *throttle {
	t := &throttle{lines: lines, of: map[string]*Domains{}, free: map[string]time.Time{}}
	for i := range lines {
		for _, name := range lines[i].Names {
			t.of[strings.ToLower(name)] = &lines[i]
		}
	}
	return t
}

// turn is a letter with the time from which it may go.
type turn struct {
	Letter
	at    time.Time
	place int // among those of the same time: in the order they came
}

// put gives a letter its turn.
func (t *throttle) put(l Letter, now time.Time) {
	_, domain, _ := l.Message.To.split()
	at := t.reserve(strings.ToLower(domain), now)
	t.count++
	heap.Push(&t.queue, turn{l, at, t.count})
}

// reserve returns when the next letter may go to a domain.
func (t *throttle) reserve(domain string, now time.Time) time.Time {
	line, key := t.of[domain], ""
	if line == nil {
		for i := range t.lines {
			if len(t.lines[i].Names) == 0 {
				line, key = &t.lines[i], domain
			}
		}
	} else {
		key = line.Names[0] + "…" // no domain is called so
	}
	if line == nil || line.Letters <= 0 {
		return now
	}
	at := t.free[key]
	if at.Before(now) {
		at = now
	}
	t.free[key] = at.Add(line.Per / time.Duration(line.Letters))
	return at
}

// waiting is how many letters have a turn.
func (t *throttle) waiting() int { return len(t.queue) }

// next returns the letter whose turn it is, or how long until somebody's; neither
// if nobody waits.
func (t *throttle) next(now time.Time) (*Letter, time.Duration) {
	if len(t.queue) == 0 {
		return nil, 0
	}
	if wait := t.queue[0].at.Sub(now); wait > 0 {
		return nil, wait
	}
	first := heap.Pop(&t.queue).(turn)
	return &first.Letter, 0
}

// waiting is a heap of turns, the earliest first.
type waiting []turn

func (w waiting) Len() int      { return len(w) }
func (w waiting) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)   { *w = append(*w, x.(turn)) }

func (w waiting) Less(i, j int) bool {
	if w[i].at.Equal(w[j].at) {
		return w[i].place < w[j].place
	}
	return w[i].at.Before(w[j].at)
}

func (w *waiting) Pop() any {
	old := *w
	last := old[len(old)-1]
	old[len(old)-1] = turn{}
	*w = old[:len(old)-1]
	return last
}
