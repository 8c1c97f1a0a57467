package event

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"kept/internal/fault"
)

var (
	errClosed = fault.New(fault.Unavailable, "the event store is closed")
	errFull   = fault.New(fault.Unavailable, "more events arrive than the disk takes; try again")
)

// row is a checked Row on its way to the disk.
type row struct {
	id       int64
	personal bool
	mark     mark  // of the person in the partition, if personal
	number   int64 // the person's number once it is known, 0 for nobody
	redraw   bool  // the id stands for its moment only
	values   []any // as plain returns them; words as text
}

// request is one call of Append in the queue.
type request struct {
	rows []row
	done chan error
}

// requests that were answered serve again: with its channel a request was a
// tenth of the memory that an event takes on its way.
var requests = sync.Pool{New: func() any { return &request{done: make(chan error, 1)} }}

// lane is the one way that rows of a table take to the disk. While one
// transaction is being written the next gathers behind it, so that many callers
// share a commit and a lone caller waits for nobody; and while the disk takes a
// transaction the next is being written already.
type lane struct {
	store  *Store
	layout *layout
	queue  chan *request
	rows   atomic.Int64 // rows that are not answered yet
	taken  chan *batch  // committed, and not known to be on the disk
	folds  chan span    // partitions whose log has become long
	ended  chan struct{}

	mu     sync.RWMutex // held for reading while a request enters the queue
	closed bool
}

func (s *Store) newLane(l *layout) *lane {
	ln := &lane{store: s, layout: l, queue: make(chan *request, s.limits.queue), taken: make(chan *batch), folds: make(chan span), ended: make(chan struct{})}
	go ln.run()
	go ln.settle()
	go ln.fold()
	return ln
}

// Append stores rows and returns when they survive a power cut. Rows of one
// call share a transaction with others; each is stored or none of the call's
// partition is. Append returns Invalid or TooLarge for a value that does not fit
// its column, and Unavailable when the queue is full, the disk is full or the
// database does not answer: the caller may try again with the same ids, and what
// was stored after all is stored once. It returns Conflict if the person was erased meanwhile: then
// the person's rows of this call are not kept. A context that ends while Append
// waits leaves it open whether the rows were stored.
func (s *Store) Append(ctx context.Context, table string, rows ...Row) error {
	l, err := s.layout(table)
	if err != nil {
		return err
	}
	checked := make([]row, 0, len(rows))
	for i := range rows {
		r, err := l.check(&rows[i])
		if err != nil {
			return fmt.Errorf("append to %s: %w", table, err)
		}
		checked = append(checked, r)
	}
	if len(checked) == 0 {
		return nil
	}
	since, err := s.identify(ctx, l, rows, checked)
	if err != nil {
		return fmt.Errorf("append to %s: %w", table, err)
	}
	if err := s.lanes[table].append(ctx, checked); err != nil {
		return err
	}
	return s.takeBack(ctx, l, rows, checked, since)
}

// identify finds the persons of rows and returns how many keys had been
// destroyed before. It gives new persons a key here, so that the one writer never
// waits for the vault's disk.
func (s *Store) identify(ctx context.Context, l *layout, rows []Row, checked []row) (since uint64, err error) {
	if since, err = s.keys.Destructions(ctx); err != nil {
		return 0, err
	}
	var unknown []person
	var of []int // rows
	for i := range rows {
		if !checked[i].personal {
			continue
		}
		who := person{rows[i].Subject, l.placeOf(checked[i].id)}
		m, ok := s.marks.get(who, since)
		if !ok {
			unknown, of = append(unknown, who), append(of, i)
		}
		checked[i].mark = m
	}
	if len(unknown) == 0 {
		return since, nil
	}
	marks, err := s.marksOf(ctx, l, unknown)
	if err != nil {
		return 0, err
	}
	for k, who := range unknown {
		checked[of[k]].mark = marks[who]
		s.marks.put(who, marks[who], since)
	}
	return since, nil
}

// check turns a Row into what is written, all but its person.
func (l *layout) check(r *Row) (row, error) {
	checked := row{id: r.ID, personal: r.Subject != "", values: make([]any, len(r.Values))}
	if err := checked.date(r); err != nil {
		return row{}, err
	}
	switch {
	case len(r.Values) != len(l.columns):
		return row{}, fault.New(fault.Internal, "%d values for %d columns", len(r.Values), len(l.columns))
	case r.Subject != "" && !l.person:
		return row{}, fault.New(fault.Internal, "the table is about nobody, the row names a subject")
	}
	for i := range l.columns {
		v, err := plain(l.Name, &l.columns[i], r.Values[i])
		if err != nil {
			return row{}, err
		}
		checked.values[i] = v
	}
	return checked, nil
}

// date checks the row's time and makes an id if there is none.
func (checked *row) date(r *Row) error {
	at := r.At
	if at.IsZero() {
		at = TimeOf(r.ID)
	}
	switch {
	case r.ID == 0 && r.At.IsZero():
		return fault.New(fault.Invalid, "an event has an id or a time")
	case r.ID < 0 || at.UnixMilli() <= 0 || !at.Before(latest):
		return fault.New(fault.Invalid, "the time of an event lies between 1970 and September 2039")
	case r.ID == 0:
		checked.id = NewID(at)
	case at.UnixMilli() != r.ID>>randomBits:
		return fault.New(fault.Invalid, "the time of an event is the time of its id")
	}
	return nil
}

func (ln *lane) append(ctx context.Context, rows []row) error {
	req := requests.Get().(*request)
	req.rows = rows
	if err := ln.enter(req); err != nil {
		return err
	}
	if ctx.Done() == nil { // to wait for one thing costs less than for the first of two
		return req.answered(<-req.done)
	}
	select {
	case err := <-req.done:
		return req.answered(err)
	case <-ctx.Done(): // the answer is still to come: the request serves nobody else
		return ctx.Err()
	}
}

// answered returns the answer, and the request to those that serve again.
func (req *request) answered(err error) error {
	req.rows = nil
	requests.Put(req)
	return err
}

// enter puts the request into the queue or refuses it; it never waits.
func (ln *lane) enter(req *request) error {
	ln.mu.RLock()
	defer ln.mu.RUnlock()
	if ln.closed {
		return errClosed
	}
	n := int64(len(req.rows))
	if all := ln.rows.Add(n); all > n && all > int64(ln.store.limits.queue) {
		ln.rows.Add(-n)
		return errFull
	}
	select {
	case ln.queue <- req:
		return nil
	default:
		ln.rows.Add(-n)
		return errFull
	}
}

// close lets the queue run empty and ends the writer.
func (ln *lane) close(ctx context.Context) error {
	ln.mu.Lock()
	if !ln.closed {
		ln.closed = true
		close(ln.queue)
	}
	ln.mu.Unlock()
	select {
	case <-ln.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write the last events of %s: %w", ln.layout.Name, ctx.Err())
	}
}

// run writes batch after batch and lets settle answer. One batch may be written
// while the disk takes the one before, and no more: the longer a disk takes, the
// more callers share the next commit.
func (ln *lane) run() {
	defer close(ln.taken)
	for req := range ln.queue {
		// Who is about to enter the queue goes first and shares the commit. Only
		// once: the others are answered meanwhile, and both cores stay busy.
		runtime.Gosched()
		ln.taken <- ln.write(ln.gather(req))
	}
}

// gather takes what waits in the queue, up to a batch.
func (ln *lane) gather(first *request) []*request {
	all, rows := []*request{first}, len(first.rows)
	for rows < ln.store.limits.batch {
		select {
		case req, ok := <-ln.queue:
			if !ok {
				return all
			}
			all = append(all, req)
			rows += len(req.rows)
		default:
			return all
		}
	}
	return all
}

// batch is what was written together, a transaction a partition.
type batch struct {
	requests []*request
	parts    []*part
}

// part is the rows of a batch that lie in one partition.
type part struct {
	span
	rows []row
	sync func() error // returns once they survive a power cut
	err  error        // why they are not stored
}

// part returns the part of a partition. Mostly there is one: rows are of now.
func (b *batch) part(sp span) *part {
	for _, p := range b.parts {
		if p.label == sp.label {
			return p
		}
	}
	p := &part{span: sp, rows: make([]row, 0, len(b.requests))}
	b.parts = append(b.parts, p)
	return p
}

// write commits the requests, a transaction a partition.
func (ln *lane) write(requests []*request) *batch {
	b := &batch{requests: requests}
	for _, req := range requests {
		for _, r := range req.rows {
			p := b.part(ln.layout.spanAt(r.id))
			p.rows = append(p.rows, r)
		}
	}
	for _, p := range b.parts {
		p.sync, p.err = ln.store.write(ln.layout, p.span, p.rows)
	}
	return b
}

// settle answers the callers of each batch once it is on the disk.
func (ln *lane) settle() {
	defer close(ln.ended)
	defer close(ln.folds)
	since := 0 // commits
	for b := range ln.taken {
		failed := false
		for _, p := range b.parts {
			if p.err == nil {
				p.err = ln.onDisk(p)
			}
			failed = failed || p.err != nil
		}
		for _, req := range b.requests {
			ln.rows.Add(-int64(len(req.rows)))
			if failed {
				req.done <- ln.outcome(req, b)
			} else {
				req.done <- nil
			}
		}
		if since += len(b.parts); since >= ln.store.limits.log && ln.askToFold(b.parts[0].span) {
			since = 0
		}
	}
}

func (ln *lane) onDisk(p *part) error {
	if err := p.sync(); err != nil {
		return fmt.Errorf("write to %s: %w", ln.layout.Name+"-"+p.label, err)
	}
	return nil
}

// outcome joins the errors of the partitions that the request touched.
func (ln *lane) outcome(req *request, b *batch) error {
	var errs []error
	for _, p := range b.parts {
		if p.err != nil && slices.ContainsFunc(req.rows, func(r row) bool { return ln.layout.spanAt(r.id).label == p.label }) {
			errs = append(errs, p.err)
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
