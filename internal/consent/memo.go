package consent

import (
	"strings"

	"kept/internal/recent"
)

// statesKept is how many cookies of recent requests are remembered with what they
// say. Only cookies that bear our MAC are, so nobody can crowd out others with
// forgeries.
const statesKept = 16_384

// asked is what a state is read from: a cookie's value, and the signal.
type asked struct {
	value  string
	signal bool
}

// said is what it says to one offer. It is shared by requests and never changed.
type said struct {
	offer *offer
	state State
}

type memo = recent.Cache[asked, said]

func newMemo() *memo { return recent.New[asked, said](statesKept) }

// says returns what a cookie's value and the signal say to an offer, whatever
// day it is and whether the decision has ended or not; ok is false for a value
// that is none of ours.
func (s *Service) says(o *offer, value string, signal bool) (st State, ok bool) {
	if known, ok := s.memo.Get(asked{value, signal}); ok && known.offer == o {
		return known.state, true
	}
	value = strings.Clone(value) // a part of a header holds its whole request in memory
	text, ok := s.signed(CookieName, value)
	if !ok {
		return State{}, false
	}
	c, ok := parseChoice(text)
	if !ok {
		return State{}, false
	}
	st = State{GPC: signal, remembered: true, choice: c, digest: digestOf(c.id), standing: o.standing(c.marks), ends: o.end(c)}
	st.read(o)
	s.memo.Add(asked{value, signal}, said{o, st})
	return st, true
}
