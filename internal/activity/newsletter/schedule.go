package newsletter

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// campaignJob sends a slice of a campaign.
const campaignJob = "newsletter.campaign"

// campaignLeaf is the kind of the leaf that says what a campaign came to.
const campaignLeaf = "newsletter.campaign"

// aboutCampaign names the campaign that a job is about.
type aboutCampaign struct {
	Campaign string `json:"campaign"`
}

// ErrOver is the answer to a time that is over: whoever meant another one has not sent
// anything yet.
var ErrOver = fault.New(fault.Invalid, "that time is over: choose one to come, or send it now")

// Reach is whom a campaign would get to now.
type Reach struct {
	Recipients int64            `json:"recipients"`
	Languages  map[string]int64 `json:"languages"` // in which they would read it
}

// asked is the campaign's segment with what bounds it: whoever consented to
// other contents is not among them.
func (c *Campaign) asked() Segment {
	s := c.Segment
	s.Activity, s.Contents = c.Activity, c.Contents
	return s
}

// covered returns why nobody's consent can cover the campaign, nil if one can.
func (c *Campaign) covered(a *policy.Activity) error {
	if len(c.Contents) == 0 {
		return fault.New(fault.Refused, "say what the mail is about: choose at least one of the descriptions that people consented to")
	}
	s := c.asked()
	return s.Covers(a)
}

// Reach counts whom a campaign would get to now, a page of ids at a time.
func (n *Newsletter) Reach(ctx context.Context, c *Campaign) (Reach, error) {
	found := Reach{Languages: map[string]int64{}}
	a, err := n.declared(c.Activity)
	if err != nil {
		return found, err
	}
	if err := c.covered(a); err != nil {
		return found, err
	}
	for after := ""; ; {
		page, next, err := n.Recipients(ctx, n.env.DB, c.asked(), after, countPage)
		if err != nil {
			return found, err
		}
		spoken, err := n.said(ctx, a, "language", page)
		if err != nil {
			return found, err
		}
		for _, r := range page {
			found.Recipients++
			found.Languages[c.languageFor(spoken[r.ID], n.env.Policy().Notice.Languages)]++
		}
		if next == "" {
			return found, nil
		}
		after = next
	}
}

// said returns what the subscriptions of a page of recipients say in a column, by
// their ids.
func (n *Newsletter) said(ctx context.Context, a *policy.Activity, column string, page []Recipient) (map[string]string, error) {
	found := make(map[string]string, len(page))
	if len(page) == 0 {
		return found, nil
	}
	rows, err := n.env.DB.QueryContext(ctx, "select id, "+column+" from newsletter_subscriber where activity = $1 and subject >= $2 and subject <= $3 and unsubscribed_at is null and "+column+" is not null",
		a.Key, page[0].Subject, page[len(page)-1].Subject)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, value string
		if err := rows.Scan(&id, &value); err != nil {
			return nil, err
		}
		found[id] = value
	}
	return found, store.Classify(rows.Err())
}

// languageFor returns the language in which a reader gets the campaign: theirs if
// it is written in it, else the first of the notice's that it is.
func (c *Campaign) languageFor(theirs string, usual []string) string {
	written := c.Languages()
	for _, lang := range append([]string{theirs}, usual...) {
		if slices.Contains(written, lang) {
			return lang
		}
	}
	if len(written) == 0 {
		return ""
	}
	return written[0]
}

// ready returns why a campaign cannot leave, nil if it can.
func (n *Newsletter) ready(c *Campaign) (*policy.Activity, map[string]*issue.Issue, error) {
	a, err := n.declared(c.Activity)
	if err != nil {
		return nil, nil, err
	}
	if err := c.covered(a); err != nil {
		return nil, nil, err
	}
	issues, err := n.issues(c)
	if err != nil {
		return nil, nil, err
	}
	if c.Public { // what stands in the archive is for everybody
		for _, i := range issues {
			if i.Says("name") {
				return nil, nil, fault.New(fault.Invalid, "{{name}} is for letters alone, and this campaign stands in the archive too: write {{greeting}}")
			}
		}
	}
	if n.env.Mail.Sends() { // else a command beside the process that sends and has the accounts
		_, err = n.Carrier(a)
	}
	return a, issues, err
}

// Schedule has a draft leave at a time; the zero time is now. Invalid or Refused
// if it cannot leave or that time is over, Conflict if it is a draft no more.
func (n *Newsletter) Schedule(ctx context.Context, id string, w When, by string) error {
	c, err := n.Campaign(ctx, id)
	if err != nil {
		return err
	}
	a, issues, err := n.ready(&c)
	if err != nil {
		return err
	}
	if w.Zone == "" {
		w.Zone = n.Zone()
	}
	if _, err := zone(w.Zone); err != nil {
		return err
	}
	now := n.env.Clock.Now()
	if w.At.IsZero() {
		w.At, w.Local = now, false
	}
	if w.At.Before(now.Truncate(time.Minute)) { // forms tell no seconds
		return ErrOver
	}
	if carrier, err := n.Carrier(a); err == nil && !carrier.Personal() {
		w.Local = false // it sends to all at once
	}
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "update newsletter_campaign set state = $3, send_at = $4, zone = $5, local = $6 where id = $1 and state = $2",
			id, string(Draft), string(Scheduled), store.At(w.At), w.Zone, w.Local)
		if err := changed(done, err, "only a draft can be sent; copy the campaign and send the copy"); err != nil {
			return err
		}
		for _, lang := range c.Languages() {
			for _, address := range issues[lang].Links {
				_, err := tx.ExecContext(ctx, "insert into newsletter_link (id, campaign, address, clicks) values ($1, $2, $3, 0) on conflict (campaign, address) do nothing", store.NewID(), id, address)
				if err != nil {
					return store.Classify(err)
				}
			}
		}
		if err := n.wake(ctx, tx, id, w.begin(a)); err != nil {
			return err
		}
		return n.noteState(ctx, tx, &c, Scheduled, by)
	})
}

// wake has a campaign looked at, at a time.
func (n *Newsletter) wake(ctx context.Context, tx *store.Tx, id string, at time.Time) error {
	_, err := n.env.Jobs.Enqueue(ctx, tx, job.New{Kind: campaignJob, Key: id, At: at, Payload: aboutCampaign{id}})
	return err
}

// noteState puts what a campaign came to into the ledger; by is who of the staff
// did it, empty if it came by itself.
func (n *Newsletter) noteState(ctx context.Context, tx *store.Tx, c *Campaign, to State, by string) error {
	facts := map[string]any{"activity": c.Activity, "campaign": c.ID, "state": string(to), "sent": c.Tally.Sent}
	if by != "" {
		facts["staff"] = by
	}
	_, err := n.env.Ledger.Append(ctx, tx, campaignLeaf, facts)
	return err
}

// Pause stops a campaign after the letters that are on their way.
func (n *Newsletter) Pause(ctx context.Context, id, by string) error {
	err := n.turn(ctx, id, by, Paused, []State{Scheduled, Sending}, "only a campaign that waits or leaves can be paused")
	n.stop(id)
	return err
}

// Cancel ends a campaign for good. What has not left is forgotten.
func (n *Newsletter) Cancel(ctx context.Context, id, by string) error {
	err := n.turn(ctx, id, by, Cancelled, []State{Draft, Scheduled, Sending, Paused}, "this campaign has ended already")
	n.stop(id)
	return err
}

// Resume lets a paused campaign go on.
func (n *Newsletter) Resume(ctx context.Context, id, by string) error {
	return n.turn(ctx, id, by, Sending, []State{Paused}, "only a paused campaign can be resumed")
}

func (n *Newsletter) turn(ctx context.Context, id, by string, to State, from []State, says string) error {
	err := n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := n.campaign(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(from, c.State) {
			return fault.New(fault.Conflict, "%s", says)
		}
		if to == Sending && c.Started.IsZero() { // it was paused before its time
			to = Scheduled
		}
		if _, err := tx.ExecContext(ctx, "update newsletter_campaign set state = $2 where id = $1", id, string(to)); err != nil {
			return store.Classify(err)
		}
		switch to {
		case Cancelled:
			if err := n.forgetWaiting(ctx, tx, &c); err != nil {
				return err
			}
		case Sending, Scheduled:
			at := n.env.Clock.Now()
			if a := n.env.Policy().Activity(c.Activity); a != nil && to == Scheduled {
				at = c.When.begin(a)
			}
			if err := n.wake(ctx, tx, id, at); err != nil {
				return err
			}
		}
		return n.noteState(ctx, tx, &c, to, by)
	})
	if err != nil {
		return fmt.Errorf("change a campaign: %w", err)
	}
	return nil
}

// forgetWaiting deletes the letters of a campaign that have not left.
func (n *Newsletter) forgetWaiting(ctx context.Context, tx *store.Tx, c *Campaign) error {
	done, err := tx.ExecContext(ctx, "delete from newsletter_dispatch where campaign = $1 and due_at is not null", c.ID)
	if err != nil {
		return store.Classify(err)
	}
	rows, err := done.RowsAffected()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update newsletter_campaign set withheld = withheld + $2, ended_at = $3 where id = $1", c.ID, rows, store.At(n.env.Clock.Now()))
	return store.Classify(err)
}
