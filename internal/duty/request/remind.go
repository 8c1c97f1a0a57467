package request

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/store"
)

// remindRhythm is how often the clocks are looked at.
const remindRhythm = time.Hour

// fileLife is how long a file can be fetched, and untouched how long a case may
// wait for the person before somebody looks at it.
const (
	fileLife  = 30 * 24 * time.Hour
	untouched = 30 * 24 * time.Hour
)

// stages are the reminders: how long before the end each goes out, and whether
// the owners get it too. Past the end one goes out each day.
var stages = []struct {
	before   time.Duration
	escalate bool
}{{14 * 24 * time.Hour, false}, {7 * 24 * time.Hour, false}, {3 * 24 * time.Hour, true}, {24 * time.Hour, true}}

// stage is the reminder that is due for a case: 0 for none yet, counted up each
// day once it is late.
func (c Case) stage(now time.Time) (n int, escalate bool) {
	if !c.PausedSince.IsZero() {
		if now.Sub(c.PausedSince) < untouched {
			return 0, false
		}
		return 1, false
	}
	left := c.Due.Sub(now)
	for i, s := range stages {
		if left <= s.before {
			n, escalate = i+1, s.escalate
		}
	}
	if left <= 0 {
		n += 1 + int(-left/(24*time.Hour))
	}
	return n, escalate
}

// remind is the job that looks at every clock.
func (d *Desk) remind(ctx context.Context, _ job.Job) error {
	open, err := d.List(ctx, Which{Open: true})
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	for _, c := range open {
		if c.Channel == Browser {
			if err := d.follow(ctx, c); err != nil {
				return err
			}
			continue
		}
		if d.lapsed(c, now) {
			if err := d.lapse(ctx, c); err != nil && !fault.Is(err, fault.Conflict) {
				return fmt.Errorf("close %s: %w", c.Number, err)
			}
			continue
		}
		if err := d.announce(ctx, c.ID); err != nil {
			return err
		}
		n, escalate := c.stage(now)
		if n <= c.Reminded {
			continue
		}
		if err := d.remindOf(ctx, c, n, escalate); err != nil {
			return fmt.Errorf("remind of %s: %w", c.Number, err)
		}
	}
	return d.closeOld(ctx, now)
}

// remindOf writes to the officer, and to the owners when it gets late. Without a
// relay the console alone shows it.
func (d *Desk) remindOf(ctx context.Context, c Case, n int, escalate bool) error {
	to := []string{d.officer()}
	if escalate && d.Owners != nil {
		owners, err := d.Owners(ctx)
		if err != nil {
			return err
		}
		for _, o := range owners {
			if !slices.Contains(to, o) {
				to = append(to, o)
			}
		}
	}
	_, err := d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error {
		c.Reminded = n
		if err := save(ctx, tx, *c, c.progress()); err != nil {
			return err
		}
		if _, err := d.Ledger.Append(ctx, tx, "request.reminded", map[string]any{"request": c.ID, "stage": n, "escalated": escalate}); err != nil {
			return err
		}
		if !d.Writes() {
			return nil
		}
		lang := d.Policy().Notice.Languages[0]
		title, text := "request.remind.due", i18n.T(lang, "request.remind.text", c.Number, d.day(c.LastDay(), lang), i18n.T(lang, "request.state."+string(c.State)))
		switch {
		case !c.PausedSince.IsZero():
			title, text = "request.remind.silent", i18n.T(lang, "request.remind.waits", c.Number, d.day(c.PausedSince, lang))
		case c.Late(d.Clock.Now()):
			title = "request.remind.late"
		}
		for _, address := range to {
			_, err := d.Mail.Enqueue(ctx, tx, mail.Message{
				Activity: Name, To: mail.Address{Mail: address}, Lang: lang, Title: i18n.T(lang, title, c.Number, d.day(c.LastDay(), lang)), Text: text,
				Key: fmt.Sprintf("request/remind/%s/%d/%x", c.ID, n, d.mark("remind", address)[:4]),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// officer is who is reminded: the data protection officer, else the controller.
func (d *Desk) officer() string {
	c := d.Policy().Controller
	if c.Officer != nil && c.Officer.Email != "" {
		return c.Officer.Email
	}
	return c.Email
}

// closeOld ends the cases whose answer has left and whose file nobody fetched in
// its time.
func (d *Desk) closeOld(ctx context.Context, now time.Time) error {
	answered, err := d.List(ctx, Which{State: Answered})
	if err != nil {
		return err
	}
	for _, c := range answered {
		if now.Sub(c.Answered) < fileLife {
			continue
		}
		_, err := d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error { return d.step(ctx, tx, c, Close, "", "") })
		if err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// Served is a right that somebody exercised by the pseudonym that the browser
// holds, without asking anybody.
type Served struct {
	Right    rights.Right
	Activity string
	Lang     string
	Request  string // of the room rights, where it goes on; empty: it is done
}

// Record puts what was served at once into the register of requests. It names no
// pseudonym: who it was is the browser's to know.
func (d *Desk) Record(ctx context.Context, s Served) error {
	now := d.Clock.Now()
	c := Case{
		ID: store.NewID(), Rights: []rights.Right{s.Right}, Activity: s.Activity, Channel: Browser, Lang: s.Lang, State: Received, Received: now,
		Due: Due(d.Policy(), now, false, 0),
	}
	c.Number = numberOf(c.ID)
	source := ""
	if s.Request != "" {
		source = "rights/" + s.Request
	}
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if source != "" {
			var n int
			if err := tx.QueryRowContext(ctx, "select count(*) from request_case where source = $1", source).Scan(&n); err != nil || n > 0 {
				return store.Classify(err)
			}
		}
		if err := d.insert(ctx, tx, c, source, nil, nil); err != nil {
			return err
		}
		if err := d.note(ctx, tx, c.ID, string(Received), Itself, ""); err != nil {
			return err
		}
		for _, e := range []Event{Identify, Plan, Approve, Execute} {
			if err := d.step(ctx, tx, &c, e, Itself, ""); err != nil {
				return err
			}
		}
		if s.Request != "" {
			return nil
		}
		return d.finish(ctx, tx, &c)
	})
	if err != nil {
		return fmt.Errorf("enter what was served at once: %w", err)
	}
	return nil
}

// finish ends what was served at once: the page itself was the answer.
func (d *Desk) finish(ctx context.Context, tx *store.Tx, c *Case) error {
	for _, e := range []Event{Carry, Answer, Close} {
		if err := d.step(ctx, tx, c, e, Itself, ""); err != nil {
			return err
		}
	}
	return nil
}

// follow ends an entry of what was served at once when the room rights has done
// it.
func (d *Desk) follow(ctx context.Context, c Case) error {
	var source string
	if err := d.DB.QueryRowContext(ctx, "select coalesce(source, '') from request_case where id = $1", c.ID).Scan(&source); err != nil {
		return store.Classify(err)
	}
	if len(source) <= len("rights/") {
		return nil
	}
	r, err := d.Rights.Request(ctx, source[len("rights/"):])
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && r.State != rights.Done && r.State != rights.Refused {
		return nil
	}
	_, err = d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if c.State != Executing {
			return nil
		}
		return d.finish(ctx, tx, c)
	})
	return err
}
