package mail

import (
	"context"
	"errors"
	"time"

	"kept/internal/fault"
)

// tries is how often a letter is begun again after its connection broke.
const tries = 3

// lastWords is how long a relay is waited for once the campaign is to stop.
const lastWords = 5 * time.Second

// unasked is how long a letter may be on its way to the relay before the campaign is
// asked again whether it is to leave: a relay may take minutes.
const unasked = time.Second

// errLate says that a letter is not to leave any more.
var errLate = errors.New("the letter is withheld")

// errEnough says that the relay takes no further connection while others work.
var errEnough = errors.New("the relay takes no further connection")

// carrier is one connection of a campaign.
type carrier struct {
	*dispatch
	line    *connection
	sheet   sheet
	leaving bool         // its letter counts among the dispatch's leaving
	asked   time.Time    // when the campaign last said that its letter is to leave
	before  <-chan error // the commit of the letter before; nil if there is none
	next    *Letter      // the letter after the one under way, if it was there in time
	// body is next's if that was announced: the server waits for it and for nothing else.
	body []byte
}

// carry sends letters over one connection until there are no more.
func (d *dispatch) carry(ctx context.Context) error {
	c := &carrier{dispatch: d}
	defer c.hangUp()
	defer c.left()
	for l := c.take(); l != nil; l = c.take() {
		switch err := c.letter(ctx, l); {
		case errors.Is(err, errEnough):
			c.giveBack(l)
			return c.committed()
		case err != nil:
			return err
		}
	}
	d.carriers.Add(-1)
	return c.committed()
}

// giveBack leaves letters to the other connections.
func (c *carrier) giveBack(letters ...*Letter) {
	for _, l := range append(letters, c.next) {
		if l != nil {
			c.back <- *l // has room for two of each
		}
	}
	c.next = nil
}

// take returns the next letter, nil if there are no more.
func (c *carrier) take() *Letter {
	if l := c.next; l != nil {
		c.next = nil
		return l
	}
	select {
	case l := <-c.back:
		return &l
	default:
	}
	if l, more := <-c.letters; more {
		return &l
	}
	select {
	case l := <-c.back:
		return &l
	default:
		return nil
	}
}

// hangUp ends the conversation: in the middle of a mail without a word, which the
// server then drops.
func (c *carrier) hangUp() {
	switch {
	case c.line == nil:
	case c.body != nil:
		c.drop()
	default:
		_ = c.line.quit() // every letter has its answer
	}
}

// drop closes the connection. What was announced is not known to the next one.
func (c *carrier) drop() {
	_ = c.line.conn.Close()
	c.line, c.body = nil, nil
}

// committed waits for the record of the letter before.
func (c *carrier) committed() error {
	if c.before == nil {
		return nil
	}
	err := <-c.before
	c.before = nil
	return err
}

// letter sends one letter and hands its outcome to the recorder.
func (c *carrier) letter(ctx context.Context, l *Letter) error {
	o := Outcome{Event: Withheld, Message: l.ID, Activity: c.Activity, Subject: l.Message.Subject, Key: l.Message.Key}
	for try := 1; ; try++ {
		still, err := c.still(ctx, l)
		if err != nil {
			return err
		}
		if !still {
			if c.body != nil {
				c.drop()
			}
			break
		}
		reply, err := c.attempt(ctx, l)
		if err == nil {
			o.take(reply)
			break
		}
		if errors.Is(err, errLate) {
			break
		}
		if try == tries || ctx.Err() != nil || errors.Is(err, errEnough) {
			return err
		}
		if err := c.Clock.Sleep(ctx, time.Duration(try)*time.Second); err != nil {
			return err
		}
	}
	o.At = c.Clock.Now()
	if err := c.committed(); err != nil {
		return err
	}
	done := make(chan error, 1)
	c.left()
	c.outcomes <- recording{o, done}
	c.before = done
	return nil
}

// still asks the campaign whether the letter is to leave.
func (c *carrier) still(ctx context.Context, l *Letter) (bool, error) {
	if c.Still == nil {
		return true, nil
	}
	c.asked = c.Clock.Now()
	return c.Still(ctx, l)
}

// late asks again about a letter that the relay took its time for.
func (c *carrier) late(ctx context.Context, l *Letter, asked time.Time) error {
	if c.Still == nil || c.Clock.Now().Sub(asked) < unasked {
		return nil
	}
	still, err := c.still(ctx, l)
	if err == nil && !still {
		err = errLate
	}
	return err
}

// take makes the relay's answer the outcome.
func (o *Outcome) take(reply Reply) {
	o.Event, o.Code, o.Status, o.Hard = Refused, reply.Code, reply.Status, hardStatus(reply.Code, reply.Status)
	switch {
	case reply.accepted():
		o.Event, o.Hard = Sent, false
	case !reply.permanent():
		o.Event, o.Hard = Deferred, false
	}
}

// attempt sends the letter once. An error is the connection's, which is then
// closed; a letter that cannot be written is refused like one that the relay
// refuses.
func (c *carrier) attempt(ctx context.Context, l *Letter) (Reply, error) {
	var e envelope
	body := c.body
	if body == nil {
		var refusal Reply
		var err error
		if e, body, refusal, err = c.compose(ctx, l); err != nil || refusal.Code != 0 {
			return refusal, err
		}
	}
	if c.line == nil {
		var err error
		if c.line, err = c.relay.connect(ctx); err != nil {
			return Reply{}, c.refused(err)
		}
	}
	reply, err := c.exchange(ctx, l, e, body)
	if err != nil || reply.Code == 421 {
		c.drop()
	}
	return reply, err
}

// refused is errEnough if others carry on, and err for the last one, which tries again.
func (c *carrier) refused(err error) error {
	if c.carriers.Add(-1) > 0 {
		return errEnough
	}
	c.carriers.Add(1)
	return err
}

// compose writes a letter onto the carrier's sheet. A Reply says why it cannot be
// written, or must not be.
func (c *carrier) compose(ctx context.Context, l *Letter) (e envelope, body []byte, refusal Reply, err error) {
	if err := l.Message.check(); err != nil {
		return e, nil, Reply{Code: 554, Status: "5.6.0", Text: err.Error()}, nil
	}
	if err := c.wanted(ctx, &l.Message); fault.Is(err, fault.Refused) {
		return e, nil, unwanted(err), nil
	} else if err != nil {
		return e, nil, Reply{}, err
	}
	if e, err = c.envelope(&l.Message, l.ID); err != nil {
		return e, nil, Reply{Code: 553, Status: "5.1.3", Text: err.Error()}, nil
	}
	if body, err = c.head.writeOn(&c.sheet, &l.Message, l.ID, c.threadID(&l.Message), c.Clock.Now()); err != nil {
		return e, nil, Reply{Code: 554, Status: "5.6.0", Text: err.Error()}, nil
	}
	return e, body, Reply{}, nil
}

// exchange is a delivery that does not end before the letter before is recorded.
func (c *carrier) exchange(ctx context.Context, l *Letter, e envelope, body []byte) (Reply, error) {
	line, asked := c.line, c.asked
	stop := context.AfterFunc(ctx, func() { _ = line.bound(lastWords) })
	defer stop()
	begin := func() (Reply, error) { return line.begin(e) }
	if c.body != nil {
		c.body, begin = nil, line.announced
	}
	reply, err := begin()
	if err != nil || reply.Code != 354 {
		return reply, err
	}
	if err := line.send(body); err != nil {
		return Reply{}, err
	}
	announcement := c.lookAhead(ctx)
	if err := c.committed(); err != nil {
		return Reply{}, err
	}
	if err := ctx.Err(); err != nil { // it has not left, and need not
		return Reply{}, err
	}
	if err := c.late(ctx, l, asked); err != nil {
		return Reply{}, err
	}
	c.leaving = true
	c.dispatch.leaving.Add(1)
	reply, err = line.finish(announcement)
	if err != nil {
		c.left()
	}
	return reply, err
}

// lookAhead writes the next letter, if it is there, and returns the commands that
// announce it: they leave with the last line of the one under way, which is one
// round trip for a letter instead of two. Whatever is in the way shows when its turn
// comes.
func (c *carrier) lookAhead(ctx context.Context) (announcement []string) {
	if !c.line.pipelines() {
		return nil
	}
	if c.next == nil {
		select {
		case l, more := <-c.letters:
			if !more {
				return nil
			}
			c.next = &l
		default:
			return nil
		}
	}
	if still, err := c.still(ctx, c.next); err != nil || !still {
		return nil
	}
	e, body, refusal, err := c.compose(ctx, c.next)
	if err != nil || refusal.Code != 0 {
		return nil
	}
	if announcement, refusal = c.line.announcement(e); refusal.Code == 0 {
		c.body = body
	}
	return announcement
}

// left says that the letter's outcome is known, or that it did not leave.
func (c *carrier) left() {
	if c.leaving {
		c.leaving = false
		c.dispatch.leaving.Add(-1)
	}
}
