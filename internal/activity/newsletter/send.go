package newsletter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// A campaign is sent in slices, each a run of its job, so that a campaign of hours
// holds no worker for ever and a process that died is followed by another soon.
const (
	slice      = 20 * time.Second
	sliceLease = 30 * time.Second
)

var campaignOptions = job.Options{Lease: sliceLease, MaxAttempts: 200, Backoff: 10 * time.Second}

// fillPage is how many recipients are written down at a time.
const fillPage = 2000

// under are the campaigns that this process sends now, and how each is stopped.
type under struct {
	mu   sync.Mutex
	ends map[string]context.CancelFunc
}

func (u *under) begin(id string, end context.CancelFunc) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ends == nil {
		u.ends = map[string]context.CancelFunc{}
	}
	u.ends[id] = end
}

func (u *under) end(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if stop := u.ends[id]; stop != nil {
		stop()
		delete(u.ends, id)
	}
}

// stop ends a campaign's run in this process; others see its state within a second.
func (n *Newsletter) stop(id string) { n.sending.end(id) }

// send is the job: it sends a slice of a campaign.
func (n *Newsletter) send(ctx context.Context, j job.Job) error {
	var about aboutCampaign
	if err := j.Decode(&about); err != nil {
		return err
	}
	c, err := n.Campaign(ctx, about.Campaign)
	if fault.Is(err, fault.NotFound) || err == nil && c.State != Scheduled && c.State != Sending {
		return nil
	}
	if err != nil {
		return err
	}
	a, _, err := n.ready(&c)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) || fault.Is(err, fault.NotFound) {
		n.env.Log.WarnContext(ctx, "a campaign cannot leave and was paused", "campaign", c.ID, "error", err)
		return n.Pause(ctx, c.ID, "")
	}
	if err != nil {
		return err
	}
	now := n.env.Clock.Now()
	if begin := c.When.begin(a); c.State == Scheduled && begin.After(now) {
		return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return n.wake(ctx, tx, c.ID, begin) })
	}
	if c.State == Scheduled {
		if err := n.start(ctx, &c); err != nil {
			return err
		}
	}
	return n.slice(ctx, a, &c)
}

// start writes that a campaign begins to leave.
func (n *Newsletter) start(ctx context.Context, c *Campaign) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "update newsletter_campaign set state = $3, started_at = $4 where id = $1 and state = $2", c.ID, string(Scheduled), string(Sending), store.At(n.env.Clock.Now()))
		if err := changed(done, err, "the campaign does not wait any more"); err != nil {
			return err
		}
		c.State = Sending
		return n.noteState(ctx, tx, c, Sending, "")
	})
}

// slice sends for a while and says when it goes on.
func (n *Newsletter) slice(ctx context.Context, a *policy.Activity, c *Campaign) error {
	work, end := context.WithTimeout(ctx, slice)
	defer end()
	n.sending.begin(c.ID, end)
	defer n.sending.end(c.ID)
	go n.watch(work, c.ID, end)
	err := n.fill(work, a, c)
	if err == nil && c.filled {
		err = n.carry(work, a, c)
	}
	rest := time.Duration(0)
	switch {
	case fault.Is(err, fault.Unavailable):
		n.env.Log.WarnContext(ctx, "a campaign waits for the mail server", "campaign", c.ID, "error", err)
		rest = 30 * time.Second
	case fault.Is(err, fault.Conflict): // paused or cancelled meanwhile
	case err != nil && work.Err() == nil:
		return fmt.Errorf("send campaign %s: %w", c.ID, err)
	case work.Err() == nil: // halted, or done
		rest = time.Second
	}
	return n.goOn(context.WithoutCancel(ctx), c.ID, rest)
}

// watch ends a run whose campaign was paused or cancelled elsewhere.
func (n *Newsletter) watch(ctx context.Context, id string, end context.CancelFunc) {
	for n.env.Clock.Sleep(ctx, time.Second) == nil {
		var state State
		err := n.env.DB.QueryRowContext(ctx, "select state from newsletter_campaign where id = $1", id).Scan(&state)
		if err != nil || state != Sending {
			end()
			return
		}
	}
}

// fill writes down the recipients, each with a letter that is to leave, page by
// page, and reads the next page while it writes. It returns when all are written or
// ctx ends; whoever goes on begins where it stopped.
func (n *Newsletter) fill(ctx context.Context, a *policy.Activity, c *Campaign) error {
	if c.filled {
		return nil
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	for next := n.recipientsFrom(ctx, a, c, c.filledTo); !c.filled && ctx.Err() == nil; {
		p := <-next
		if p.err != nil {
			return p.err
		}
		if p.next != "" {
			next = n.recipientsFrom(ctx, a, c, p.next)
		}
		err := n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			added, err := n.insertLetters(ctx, tx, a, c, p)
			if err != nil {
				return err
			}
			done, err := tx.ExecContext(ctx, "update newsletter_campaign set filled_to = $3, filled = $4, recipients = recipients + $5 where id = $1 and state = $2",
				c.ID, string(Sending), p.next, p.next == "", added)
			return changed(done, err, "the campaign is not being sent any more")
		})
		if err != nil {
			return err
		}
		c.filledTo, c.filled = p.next, p.next == ""
	}
	return nil
}

// recipientPage is a page of recipients, with their time zones where these matter.
type recipientPage struct {
	all   []Recipient
	zones map[string]string
	next  string // whom the next page follows; empty at the end
	err   error
}

// recipientsFrom reads the page behind a subject while its caller does something else.
func (n *Newsletter) recipientsFrom(ctx context.Context, a *policy.Activity, c *Campaign, after string) <-chan recipientPage {
	read, asked, local := make(chan recipientPage, 1), c.asked(), perReader(a, c.When)
	go func() {
		var p recipientPage
		p.all, p.next, p.err = n.Recipients(ctx, n.env.DB, asked, after, fillPage)
		if p.err == nil && local {
			p.zones, p.err = n.said(ctx, a, "time_zone", p.all)
		}
		read <- p
	}()
	return read
}

// insertPage is how many rows one statement inserts: with more of them SQLite
// takes longer to find the place of each value than to write it.
const insertPage = 50

func (n *Newsletter) insertLetters(ctx context.Context, tx *store.Tx, a *policy.Activity, c *Campaign, p recipientPage) (added int64, err error) {
	now := n.env.Clock.Now()
	for some := range slices.Chunk(p.all, insertPage) {
		args := make([]any, 0, 2+4*len(some))
		args = append(args, c.ID, a.Key)
		for _, r := range some {
			args = append(args, store.NewIDAt(now), r.ID, r.Subject, store.At(c.When.dueFor(a, p.zones[r.ID])))
		}
		rows, err := affected(tx.ExecContext(ctx, insertStatement(len(some)), args...))
		if err != nil {
			return added, err
		}
		added += rows
	}
	return added, nil
}

// insertStatement inserts so many letters.
func insertStatement(rows int) string {
	var query strings.Builder
	query.WriteString("insert into newsletter_dispatch (id, campaign, activity, subscription, subject, due_at, first_due_at) values ")
	for i := range rows {
		if i > 0 {
			query.WriteByte(',')
		}
		k := 2 + 4*i
		fmt.Fprintf(&query, "($%d,$1,$2,$%d,$%d,$%d,$%d)", k+1, k+2, k+3, k+4, k+4)
	}
	query.WriteString(" on conflict (campaign, subject) do nothing")
	return query.String()
}

// goOn ends a campaign whose letters are all dealt with, and else has it looked at
// again when the next is due, after a rest.
func (n *Newsletter) goOn(ctx context.Context, id string, rest time.Duration) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := n.campaign(ctx, tx, id)
		if fault.Is(err, fault.NotFound) || err == nil && c.State != Sending {
			return nil
		}
		if err != nil {
			return err
		}
		now := n.env.Clock.Now()
		at := now.Add(rest)
		if c.filled {
			var waiting int64
			var due store.Time
			err := tx.QueryRowContext(ctx, "select count(*), min(due_at) from newsletter_dispatch where campaign = $1 and due_at is not null", id).Scan(&waiting, &due)
			if err != nil {
				return store.Classify(err)
			}
			if waiting == 0 {
				return n.over(ctx, tx, &c, now)
			}
			if due.After(at) {
				at = due.Time
			}
		}
		return n.wake(ctx, tx, id, at)
	})
}

// over writes that a campaign has ended.
func (n *Newsletter) over(ctx context.Context, tx *store.Tx, c *Campaign, at time.Time) error {
	_, err := tx.ExecContext(ctx, "update newsletter_campaign set state = $2, ended_at = $3 where id = $1", c.ID, string(Done), store.At(at))
	if err != nil {
		return store.Classify(err)
	}
	return n.noteState(ctx, tx, c, Done, "")
}
