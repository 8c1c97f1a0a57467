package mail

import (
	"context"
	"time"

	"kept/internal/fault"
)

// tries is how often a letter is begun again after its connection broke.
const tries = 3

// lastWords is how long a relay is waited for once the campaign is to stop.
const lastWords = 5 * time.Second

// carrier is one connection of a campaign.
type carrier struct {
	*dispatch
	line    *connection
	sheet   sheet
	leaving bool         // its letter counts among the dispatch's leaving
	before  <-chan error // the commit of the letter before; nil if there is none
}

// carry sends letters over one connection until there are no more.
func (d *dispatch) carry(ctx context.Context) error {
	c := &carrier{dispatch: d}
	defer c.hangUp()
	defer c.left()
	for l := range d.letters {
		if err := c.letter(ctx, &l); err != nil {
			return err
		}
	}
	return c.committed()
}

func (c *carrier) hangUp() {
	if c.line != nil {
		_ = c.line.quit() // every letter has its answer
	}
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
			break
		}
		reply, err := c.attempt(ctx, l)
		if err == nil {
			o.take(reply)
			break
		}
		if try == tries || ctx.Err() != nil {
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
	return c.Still(ctx, l)
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
	if err := l.Message.check(); err != nil {
		return Reply{Code: 554, Status: "5.6.0", Text: err.Error()}, nil
	}
	if err := c.wanted(ctx, &l.Message); fault.Is(err, fault.Refused) {
		return unwanted(err), nil
	} else if err != nil {
		return Reply{}, err
	}
	e, err := c.envelope(&l.Message, l.ID)
	if err != nil {
		return Reply{Code: 553, Status: "5.1.3", Text: err.Error()}, nil
	}
	body, err := c.head.writeOn(&c.sheet, &l.Message, l.ID, c.threadID(&l.Message), c.Clock.Now())
	if err != nil {
		return Reply{Code: 554, Status: "5.6.0", Text: err.Error()}, nil
	}
	if c.line == nil {
		if c.line, err = c.relay.connect(ctx); err != nil {
			return Reply{}, err
		}
	}
	reply, err := c.exchange(ctx, e, body)
	if err != nil || reply.Code == 421 {
		_ = c.line.conn.Close()
		c.line = nil
	}
	return reply, err
}

// exchange is a delivery that does not end before the letter before is recorded.
func (c *carrier) exchange(ctx context.Context, e envelope, body []byte) (Reply, error) {
	line := c.line
	stop := context.AfterFunc(ctx, func() { _ = line.bound(lastWords) })
	defer stop()
	reply, err := c.line.begin(e)
	if err != nil || reply.Code != 354 {
		return reply, err
	}
	if err := c.line.send(body); err != nil {
		return Reply{}, err
	}
	if err := c.committed(); err != nil {
		return Reply{}, err
	}
	if err := ctx.Err(); err != nil { // it has not left, and need not
		return Reply{}, err
	}
	c.leaving = true
	c.dispatch.leaving.Add(1)
	reply, err = c.line.finish()
	if err != nil {
		c.left()
	}
	return reply, err
}

// left says that the letter's outcome is known, or that it did not leave.
func (c *carrier) left() {
	if c.leaving {
		c.leaving = false
		c.dispatch.leaving.Add(-1)
	}
}
