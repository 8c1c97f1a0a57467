package event

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
)

// Row is one event.
type Row struct {
	// ID has the form that NewID makes. Zero lets Append make one from At. A row
	// whose id is stored already is the same row and is not stored again.
	ID int64
	// At is when it happened. Zero is the time of ID; if both are given they are
	// the same millisecond.
	At time.Time
	// Subject is the id of the person, empty if the row is about nobody.
	Subject string
	// Values are those of the table's declared columns in their order, without
	// id, at and person: string for text and words ("" is no word), int64 or int,
	// bool, []byte, time.Time; nil where the column may be null. Read back, an
	// absent word is "", any other absent value nil, a time a UTC time.Time.
	Values []any
}

// randomBits is how much of an id is not time: 4 million events a millisecond.
const randomBits = 22

// latest is the first moment without ids: 41 bits of milliseconds end within
// September 2039.
var latest = time.Date(2039, time.September, 1, 0, 0, 0, 0, time.UTC)

// drawn makes the part of ids that is not time. It starts at random and steps by
// an odd number, so that of four million ids in a row that this process makes no
// two are the same, even for one millisecond.
var drawn atomic.Uint64

func init() { drawn.Store(rand.Uint64()) }

const step = 0x1e3779b1

// NewID makes an id for an event at a moment between 1970 and September 2039.
func NewID(at time.Time) int64 {
	return at.UnixMilli()<<randomBits | int64(drawn.Add(step)&(1<<randomBits-1))
}

// TimeOf returns the moment that an id was made for.
func TimeOf(id int64) time.Time { return time.UnixMilli(id >> randomBits).UTC() }

// firstID is the smallest id of a moment.
func firstID(at time.Time) int64 { return at.UnixMilli() << randomBits }

// idAfter is the first id past the cutoff's millisecond: what is dated at or
// before the cutoff has a smaller one.
func idAfter(cutoff time.Time) int64 {
	ms := min(max(cutoff.UnixMilli()+1, 0), latest.UnixMilli())
	return ms << randomBits
}

// Partition is one month or day of a table: what happened at From or later, and
// before To.
type Partition struct {
	Table       string
	From, To    time.Time
	Rows, Bytes int64
}

// Store keeps the event tables of an instance. It is safe for concurrent use.
type Store struct {
	db     *store.DB
	keys   Keys
	clock  clock.Clock
	place  place
	tables map[string]*layout
	lanes  map[string]*lane
	shelf  *shelf
	marks  *marks
	limits limits

	heldStale atomic.Bool // the main database's log may hold what was cleaned
}

// limits bound what the store holds in memory.
type limits struct {
	queue int // rows that wait to be written, a table
	batch int // rows in one transaction
	open  int // partitions open at a time
	words int // dictionary entries remembered, a partition
	marks int // persons remembered, a partition
	rest  int // rows above the mark of the trail
	log   int // commits in the log of a partition before it is folded
}

// Fifteen hundred commits of a few rows are some three thousand pages of a log, the
// trail's included; of a log with four thousand the writer itself takes care.
var usual = limits{queue: 16384, batch: 1024, open: 8, words: 1 << 15, marks: 1 << 16, rest: 32768, log: 1500}

// Open opens the event tables among tables; tables of other shapes are passed
// over. What a crash left half made is finished or removed.
func Open(ctx context.Context, db *store.DB, keys Keys, clk clock.Clock, tables []manifest.Table) (*Store, error) {
	return open(ctx, db, keys, clk, tables, usual)
}

func open(ctx context.Context, db *store.DB, keys Keys, clk clock.Clock, tables []manifest.Table, lim limits) (*Store, error) {
	s := &Store{db: db, keys: keys, clock: clk, tables: map[string]*layout{}, lanes: map[string]*lane{}, limits: lim}
	for _, t := range tables {
		if t.Shape == manifest.Rows {
			continue
		}
		l, err := layoutOf(t)
		if err != nil {
			return nil, err
		}
		s.tables[t.Name] = l
	}
	s.heldStale.Store(true)
	var err error
	if s.place, err = placeIn(ctx, db, s.tables); err != nil {
		return nil, fmt.Errorf("open the event tables: %w", err)
	}
	if err := s.makeHeld(ctx); err != nil {
		return nil, fmt.Errorf("open the event tables: %w", err)
	}
	s.shelf = newShelf(s.place, clk, lim)
	s.marks = newMarks(lim.marks)
	for name, l := range s.tables {
		s.lanes[name] = s.newLane(l)
	}
	return s, nil
}

// Close writes what was accepted, then closes every partition. On SQLite the
// write-ahead logs are folded into the files and removed.
func (s *Store) Close(ctx context.Context) error {
	var errs []error
	for _, l := range s.lanes {
		errs = append(errs, l.close(ctx))
	}
	return errors.Join(append(errs, s.shelf.close())...)
}

func (s *Store) layout(table string) (*layout, error) {
	if l := s.tables[table]; l != nil {
		return l, nil
	}
	return nil, fault.New(fault.Internal, "there is no event table %s", table)
}
