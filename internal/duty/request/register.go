package request

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/store"
	"kept/internal/table"
)

// Entry is a line of the register of requests, as an authority gets it: it names
// nobody.
type Entry struct {
	Number     string         `json:"number"`
	Received   time.Time      `json:"received"`
	Channel    Channel        `json:"channel"`
	Rights     []rights.Right `json:"rights"`
	Activity   string         `json:"activity,omitempty"`
	State      State          `json:"state"`
	Identified time.Time      `json:"identified,omitzero"`
	Approved   time.Time      `json:"approved,omitzero"`
	Due        time.Time      `json:"due"`
	Extended   time.Time      `json:"extended,omitzero"`
	Stood      int            `json:"daysTheClockStood,omitempty"`
	Answered   time.Time      `json:"answered,omitzero"`
	Closed     time.Time      `json:"closed,omitzero"`
	Days       int            `json:"daysToAnswer,omitempty"`
	InTime     bool           `json:"inTime"`
	Ground     Ground         `json:"ground,omitempty"`
}

// entry is a case as the register has it.
func (c Case) entry(now time.Time) Entry {
	e := Entry{
		Number: c.Number, Received: c.Received, Channel: c.Channel, Rights: c.Rights, Activity: c.Activity, State: c.State, Identified: c.Identified,
		Approved: c.Approved, Due: c.LastDay(), Extended: c.Extended, Stood: int(c.Paused / (24 * time.Hour)), Answered: c.Answered, Closed: c.Closed, Ground: c.Ground,
	}
	end := c.ended()
	if !end.IsZero() {
		e.Days = int(end.Sub(c.Received) / (24 * time.Hour))
		e.InTime = end.Before(c.Due)
		return e
	}
	e.InTime = !c.Late(now)
	return e
}

// ended is when the person had an answer; the zero time while there is none.
func (c Case) ended() time.Time {
	if !c.Answered.IsZero() {
		return c.Answered
	}
	return c.Closed
}

// Register returns the entries of the requests that were received in [from, to),
// the latest first; a zero bound is none.
func (d *Desk) Register(ctx context.Context, from, to time.Time) ([]Entry, error) {
	cases, err := d.List(ctx, Which{From: from, To: to})
	if err != nil {
		return nil, err
	}
	now := d.Clock.Now()
	all := make([]Entry, len(cases))
	for i, c := range cases {
		all[i] = c.entry(now)
	}
	return all, nil
}

// Export writes the register for an authority and notes that it was taken out.
func (d *Desk) Export(ctx context.Context, w io.Writer, from, to time.Time, asCSV bool, by string) error {
	all, err := d.Register(ctx, from, to)
	if err != nil {
		return err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Ledger.Append(ctx, tx, "request.exported", map[string]any{"by": by, "requests": len(all)})
		return err
	})
	if err != nil {
		return err
	}
	if asCSV {
		return writeCSV(w, all)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

// head is the first line of the register as CSV.
var head = []string{
	"number", "received", "channel", "rights", "activity", "state", "identified", "approved", "due", "extended", "days_the_clock_stood", "answered", "closed",
	"days_to_answer", "in_time", "ground",
}

func writeCSV(w io.Writer, all []Entry) error {
	out := csv.NewWriter(w)
	lines := [][]string{head}
	for _, e := range all {
		days := ""
		if !e.Answered.IsZero() || !e.Closed.IsZero() {
			days = strconv.Itoa(e.Days)
		}
		lines = append(lines, []string{
			e.Number, day(e.Received), string(e.Channel), strings.ReplaceAll(listed(e.Rights), ", ", " "), e.Activity, string(e.State), day(e.Identified), day(e.Approved),
			day(e.Due), day(e.Extended), strconv.Itoa(e.Stood), day(e.Answered), day(e.Closed), days, strconv.FormatBool(e.InTime), string(e.Ground),
		})
	}
	for _, line := range lines {
		for i := range line {
			line[i] = table.Guard(line[i])
		}
	}
	return out.WriteAll(lines)
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// Statistics are the requests of a time in numbers.
type Statistics struct {
	From      time.Time            `json:"from"`
	To        time.Time            `json:"to"`
	All       int                  `json:"all"`
	Open      int                  `json:"open"`
	Late      int                  `json:"late"`     // open and overdue
	Answered  int                  `json:"answered"` // by an answer
	Refused   int                  `json:"refused"`
	Withdrawn int                  `json:"withdrawn"`
	Lapsed    int                  `json:"lapsed"` // nobody showed that it is theirs
	InTime    int                  `json:"inTime"` // of those answered or refused
	Extended  int                  `json:"extended"`
	Median    int                  `json:"medianDays"` // from receipt to answer, served at once left out
	Longest   int                  `json:"longestDays"`
	Rights    map[rights.Right]int `json:"rights"`
	Channels  map[Channel]int      `json:"channels"`
	Grounds   map[Ground]int       `json:"grounds"`
}

// Count returns the statistics of the requests received in [from, to).
func (d *Desk) Count(ctx context.Context, from, to time.Time) (Statistics, error) {
	s := Statistics{From: from, To: to, Rights: map[rights.Right]int{}, Channels: map[Channel]int{}, Grounds: map[Ground]int{}}
	cases, err := d.List(ctx, Which{From: from, To: to})
	if err != nil {
		return s, fmt.Errorf("count requests: %w", err)
	}
	var days []int
	now := d.Clock.Now()
	for _, c := range cases {
		s.add(c, now)
		if end := c.ended(); !end.IsZero() && c.State != Withdrawn && c.State != Lapsed && c.Channel != Browser {
			days = append(days, int(end.Sub(c.Received)/(24*time.Hour)))
		}
	}
	slices.Sort(days)
	if len(days) > 0 {
		s.Median, s.Longest = days[len(days)/2], days[len(days)-1]
	}
	return s, nil
}

func (s *Statistics) add(c Case, now time.Time) {
	s.All++
	s.Channels[c.Channel]++
	for _, r := range c.Rights {
		s.Rights[r]++
	}
	if c.Ground != "" {
		s.Grounds[c.Ground]++
	}
	if !c.Extended.IsZero() {
		s.Extended++
	}
	switch {
	case c.State == Refused:
		s.Refused++
	case c.State == Withdrawn:
		s.Withdrawn++
	case c.State == Lapsed:
		s.Lapsed++
	case !c.Answered.IsZero():
		s.Answered++
	default:
		s.Open++
	}
	if c.Late(now) {
		s.Late++
	}
	if end := c.ended(); !end.IsZero() && c.State != Withdrawn && c.State != Lapsed && end.Before(c.Due) {
		s.InTime++
	}
}
