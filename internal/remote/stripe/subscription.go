package stripe

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"kept/internal/fault"
)

// Status is where a subscription stands at Stripe.
type Status string

// The statuses.
const (
	Incomplete        Status = "incomplete"
	IncompleteExpired Status = "incomplete_expired"
	Trialing          Status = "trialing"
	Active            Status = "active"
	PastDue           Status = "past_due"
	Unpaid            Status = "unpaid"
	Canceled          Status = "canceled"
	Paused            Status = "paused"
)

// Subscription is one at Stripe, as far as we need it.
type Subscription struct {
	ID       string
	Customer string
	Own      string // our number of the subscription
	Status   Status
	Price    string
	Item     string    // the line that has the price
	Until    time.Time // the end of the current term
	Ends     time.Time // when a cancelled one ends, or has ended
}

// decoded is a subscription as Stripe writes it. The term stands at its line, in
// earlier versions of the interface at the whole.
type decoded struct {
	ID                string            `json:"id"`
	Customer          string            `json:"customer"`
	Status            Status            `json:"status"`
	Metadata          map[string]string `json:"metadata"`
	CancelAtPeriodEnd bool              `json:"cancel_at_period_end"`
	CancelAt          int64             `json:"cancel_at"`
	EndedAt           int64             `json:"ended_at"`
	CurrentPeriodEnd  int64             `json:"current_period_end"`
	Items             struct {
		Data []struct {
			ID               string `json:"id"`
			CurrentPeriodEnd int64  `json:"current_period_end"`
			Price            struct {
				ID string `json:"id"`
			} `json:"price"`
		} `json:"data"`
	} `json:"items"`
}

func (d decoded) read() Subscription {
	s := Subscription{ID: d.ID, Customer: d.Customer, Own: d.Metadata["kept"], Status: d.Status}
	until := d.CurrentPeriodEnd
	if len(d.Items.Data) > 0 {
		line := d.Items.Data[0]
		s.Item, s.Price = line.ID, line.Price.ID
		until = max(until, line.CurrentPeriodEnd)
	}
	s.Until = moment(until)
	switch {
	case d.EndedAt > 0:
		s.Ends = moment(d.EndedAt)
	case d.CancelAt > 0:
		s.Ends = moment(d.CancelAt)
	case d.CancelAtPeriodEnd:
		s.Ends = s.Until
	}
	return s
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// ReadSubscription reads a subscription as it stands now.
func (c *Client) ReadSubscription(ctx context.Context, id string) (Subscription, error) {
	var got decoded
	err := c.call(ctx, http.MethodGet, "subscriptions/"+url.PathEscape(id), nil, "", &got)
	return got.read(), err
}

// CancelAtEnd has a subscription end with its term, or go on after all.
func (c *Client) CancelAtEnd(ctx context.Context, id string, ends bool, key string) (Subscription, error) {
	var got decoded
	err := c.call(ctx, http.MethodPost, "subscriptions/"+url.PathEscape(id), url.Values{"cancel_at_period_end": {strconv.FormatBool(ends)}}, key, &got)
	return got.read(), err
}

// CancelNow ends a subscription at once.
func (c *Client) CancelNow(ctx context.Context, id string) (Subscription, error) {
	var got decoded
	err := c.call(ctx, http.MethodDelete, "subscriptions/"+url.PathEscape(id), nil, "", &got)
	return got.read(), err
}

// SetPrice gives a subscription another price. With prorate the difference for the
// rest of the term is taken, else the new price counts from the next term on.
func (c *Client) SetPrice(ctx context.Context, s Subscription, price string, prorate bool, key string) (Subscription, error) {
	if s.Item == "" {
		return Subscription{}, fault.New(fault.Invalid, "the subscription at Stripe has no line whose price could change")
	}
	how := "none"
	if prorate {
		how = "create_prorations"
	}
	var got decoded
	err := c.call(ctx, http.MethodPost, "subscriptions/"+url.PathEscape(s.ID),
		url.Values{"items[0][id]": {s.Item}, "items[0][price]": {price}, "proration_behavior": {how}}, key, &got)
	return got.read(), err
}

// decode reads a subscription out of a message.
func decode(text []byte) (Subscription, error) {
	var d decoded
	if err := json.Unmarshal(text, &d); err != nil {
		return Subscription{}, fault.New(fault.Invalid, "the message cannot be read: %w", err)
	}
	return d.read(), nil
}
