package mail

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"kept/internal/fault"
	"kept/internal/store"
)

// Deferred is the event of a letter that the relay did not take now: the campaign
// offers it again later.
const Deferred Event = "deferred"

// Withheld is the event of a letter that did not leave because Still said so.
const Withheld Event = "withheld"

// Letter is one mail of a campaign.
type Letter struct {
	// ID names the letter for good: random (store.NewID), kept with its recipient.
	// The Message-ID and the address for bounces are made of it, and outcomes name it.
	ID      string
	Message Message
}

// Campaign is many letters that leave over few connections.
type Campaign struct {
	Activity string // key in the policy
	// Next returns at most n letters that are still to leave, none at the end. It
	// is not called by two at a time, and returns no letter twice in a campaign's
	// run; a run begins with what no Record has named.
	Next func(ctx context.Context, n int) ([]Letter, error)
	// Still, if set, is asked right before a letter leaves, and again if it begins
	// anew or the relay is slow to take it: what Next said may be a while ago. A letter that it says no to ends as
	// Withheld; its error ends the run. It is called by many at a time.
	Still func(ctx context.Context, l *Letter) (bool, error)
	// Record stores outcomes (Sent, Refused, Deferred, Withheld) in the caller's tables.
	// Once it has committed, they must not be among Next's.
	Record      func(ctx context.Context, tx *store.Tx, outcomes []Outcome) error
	Connections int       // UsualConnections if zero
	PerDomain   []Domains // how fast one provider may be written to; empty: as fast as the relay takes it
}

// Domains bounds how many letters a period go to each of some domains.
type Domains struct {
	Names   []string // none: every domain for itself that no other line names
	Letters int
	Per     time.Duration
}

// Tally counts what became of letters.
type Tally struct{ Sent, Refused, Deferred, Withheld int64 }

// UsualConnections is how many connections a campaign opens: a commit of their outcomes
// holds one of each. A relay that takes fewer gets fewer.
const UsualConnections = 20

// mostCommit is the longest commit that is taken for usual.
const mostCommit = 20 * time.Millisecond

// batch is how many letters are asked for at a time.
const batch = 500

// Dispatch sends a campaign until Next has no more letters or ctx ends. Each
// connection ends a letter only after the outcome of its letter before is
// committed. So whatever ends the process, a new run misses nobody, and at most
// one letter of each connection leaves twice, with the same Message-ID.
//
// A connection that the relay does not take gives its letter to the others; what comes
// back too late for them is left to the next run.
//
// Dispatch returns when ctx ends or at Halt too, with what was done and no error. It returns
// Unavailable if the relay cannot be reached, Refused if the policy has no such
// activity.
func (p *Post) Dispatch(ctx context.Context, c Campaign) (Tally, error) {
	switch {
	case p.Policy().Activity(c.Activity) == nil:
		return Tally{}, fault.New(fault.Refused, "the policy has no activity %q that could write mails", c.Activity)
	case p.relay == nil:
		return Tally{}, noRelay()
	}
	if c.Connections <= 0 {
		c.Connections = UsualConnections
	}
	d := &dispatch{Post: p, Campaign: c, letters: make(chan Letter, c.Connections), back: make(chan Letter, 2*c.Connections), outcomes: make(chan recording, c.Connections), head: p.letterhead()}
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(p.life, end)()
	work, stop := context.WithCancel(ctx)
	defer stop()
	recorded := make(chan error, 1)
	go func() { recorded <- d.record(context.WithoutCancel(ctx), stop) }()
	group, work := errgroup.WithContext(work)
	pages := make(chan []Letter)
	group.Go(func() error { return d.ask(work, pages) })
	group.Go(func() error { return d.pull(work, pages) })
	d.carriers.Store(int32(c.Connections))
	for range c.Connections {
		group.Go(func() error { return d.carry(work) })
	}
	err := group.Wait()
	close(d.outcomes)
	if failed := <-recorded; failed != nil {
		err = failed
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("dispatch: %w", err)
	}
	return d.tally, err
}

// dispatch is a campaign under way.
type dispatch struct {
	*Post
	Campaign
	letters  chan Letter // with room: a connection that looks for its next letter finds one
	back     chan Letter // of connections that the relay did not take
	carriers atomic.Int32
	outcomes chan recording
	head     letterhead
	leaving  atomic.Int32  // letters whose last line was sent and whose outcome is not handed over
	commits  time.Duration // how long the last commit took; the recorder's alone
	tally    Tally         // the recorder's alone until it has ended
}

// recording is an outcome, and where to say that it is committed.
type recording struct {
	Outcome
	done chan<- error
}

// ask asks for letters, the next ones while those before are sent.
func (d *dispatch) ask(ctx context.Context, pages chan<- []Letter) error {
	defer close(pages)
	for {
		more, err := d.Next(ctx, batch)
		if err != nil {
			return fmt.Errorf("ask for letters: %w", err)
		}
		if len(more) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case pages <- more:
		}
	}
}

// pull hands letters to the connections, those of a throttled domain when their
// time has come.
func (d *dispatch) pull(ctx context.Context, pages <-chan []Letter) error {
	defer close(d.letters)
	t := newThrottle(d.PerDomain)
	for page := range pages {
		for _, l := range page {
			if err := d.offer(ctx, t, l); err != nil {
				return err
			}
		}
	}
	return d.rest(ctx, t)
}

// offer hands on a letter and whatever waited and may go now.
func (d *dispatch) offer(ctx context.Context, t *throttle, l Letter) error {
	t.put(l, d.Clock.Now())
	for {
		next, wait := t.next(d.Clock.Now())
		if wait > 0 && t.waiting() < mostWaiting {
			return nil
		}
		if wait > 0 {
			if err := d.Clock.Sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if next == nil {
			return nil
		}
		if err := d.pass(ctx, *next); err != nil {
			return err
		}
	}
}

// rest hands on what still waits.
func (d *dispatch) rest(ctx context.Context, t *throttle) error {
	for t.waiting() > 0 {
		next, wait := t.next(d.Clock.Now())
		if wait > 0 {
			if err := d.Clock.Sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if err := d.pass(ctx, *next); err != nil {
			return err
		}
	}
	return nil
}

func (d *dispatch) pass(ctx context.Context, l Letter) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case d.letters <- l:
		return nil
	}
}

// record commits outcomes, all that have gathered while the last commit ran. When
// that fails it stops the campaign: what has left and is not recorded stays at
// one letter a connection.
func (d *dispatch) record(ctx context.Context, stop func()) (failed error) {
	for first := range d.outcomes {
		group := d.gather(ctx, []recording{first})
		err := failed
		if err == nil {
			err = d.commit(ctx, group)
		}
		if err != nil && failed == nil {
			failed = err
			stop()
		}
		for _, r := range group {
			r.done <- err
		}
	}
	return failed
}

// gather adds the outcomes that are there, and those of the letters that are about to
// be answered: if they came after the commit their connections would wait for two. It
// waits for them as long as the last commit took, and no longer: a mail server may
// take minutes.
func (d *dispatch) gather(ctx context.Context, group []recording) []recording {
	ctx, end := context.WithTimeout(ctx, min(d.commits, mostCommit))
	defer end()
	for {
		select {
		case r, open := <-d.outcomes:
			if !open {
				return group
			}
			group = append(group, r)
			continue
		default:
		}
		if d.leaving.Load() == 0 {
			return group
		}
		select {
		case r, open := <-d.outcomes:
			if !open {
				return group
			}
			group = append(group, r)
		case <-ctx.Done():
			return group
		}
	}
}

func (d *dispatch) commit(ctx context.Context, group []recording) error {
	begun := d.Clock.Now()
	defer func() { d.commits = d.Clock.Now().Sub(begun) }()
	outcomes := make([]Outcome, len(group))
	for i, r := range group {
		outcomes[i] = r.Outcome
	}
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.Record(ctx, tx, outcomes) })
	if err != nil {
		return fmt.Errorf("record what has left: %w", err)
	}
	for _, o := range outcomes {
		switch o.Event {
		case Sent:
			d.tally.Sent++
		case Refused:
			d.tally.Refused++
		case Withheld:
			d.tally.Withheld++
		default:
			d.tally.Deferred++
		}
	}
	return nil
}
