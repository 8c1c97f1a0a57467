package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"kept/internal/fault"
)

// Reach is one thing that the application can do, or cannot, as a trial shows.
type Reach struct {
	What    string // users, groups, contacts or mailbox
	Mailbox string // address, if What is mailbox
	Can     bool
	Says    string // the service's reason where it cannot
}

// Probe tries what the application can read, in the directory and in some
// mailboxes, and changes nothing. Mailboxes that it should not reach are worth
// trying: that they refuse is what limits the application. An error means that the
// trial itself could not be made, for want of a token above all (ErrNoToken).
func (c *Client) Probe(ctx context.Context, mailboxes ...string) ([]Reach, error) {
	var found []Reach
	top := url.Values{"$top": {"1"}, "$select": {"id"}}
	for _, list := range []string{"users", "groups", "contacts"} {
		r, err := c.try(ctx, Reach{What: list}, call{scope: c.directory(), url: c.address(top, list)})
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	reached, err := c.Reach(ctx, mailboxes...)
	return append(found, reached...), err
}

// Reach tries which mailboxes the application can read.
func (c *Client) Reach(ctx context.Context, mailboxes ...string) ([]Reach, error) {
	var found []Reach
	for _, address := range mailboxes {
		m := &Mailbox{client: c, address: address}
		r, err := c.try(ctx, Reach{What: "mailbox", Mailbox: address}, call{scope: m.scope(), url: m.at(url.Values{"$top": {"1"}, "$select": {"id"}}, "contacts")})
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, nil
}

func (c *Client) try(ctx context.Context, r Reach, x call) (Reach, error) {
	x.method = http.MethodGet
	err := c.do(ctx, x, nil)
	switch {
	case err == nil:
		r.Can = true
	case errors.Is(err, ErrNoToken):
		return r, err
	case fault.Is(err, fault.Forbidden), fault.Is(err, fault.NotFound):
		r.Says = err.Error()
	default:
		return r, err
	}
	return r, nil
}
