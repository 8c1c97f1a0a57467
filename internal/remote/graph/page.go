package graph

import (
	"context"
	"encoding/json"
	"net/http"

	"kept/internal/fault"
	"kept/internal/remote/throttle"
)

// page is one answer of a list.
type page struct {
	Value []json.RawMessage `json:"value"`
	Next  string            `json:"@odata.nextLink"`
	Delta string            `json:"@odata.deltaLink"`
}

// list reads a list page by page and returns the link to ask for what changed
// since, if it is such a list.
func (c *Client) list(ctx context.Context, s throttle.Scope, address string, header map[string]string, each func(json.RawMessage) error) (delta string, err error) {
	for address != "" {
		var p page
		if err := c.do(ctx, call{scope: s, method: http.MethodGet, url: address, header: header}, &p); err != nil {
			return "", err
		}
		for _, raw := range p.Value {
			if err := each(raw); err != nil {
				return "", err
			}
		}
		if p.Next == address {
			return "", fault.New(fault.Unavailable, "Microsoft Graph answers the same page again and again")
		}
		address, delta = p.Next, p.Delta
	}
	return delta, nil
}

// change is what each line of a list of changes may say beside its content.
type change struct {
	ID      string    `json:"id"`
	Removed *struct{} `json:"@removed"`
}

// changes reads what changed since a link that an earlier reading returned, or
// everything if since is empty, and returns the next link. ErrExpired if the
// service does not know any more.
func (c *Client) changes(ctx context.Context, s throttle.Scope, since, first string, header map[string]string, each func(json.RawMessage) error, gone func(id string) error) (next string, err error) {
	address := first
	if since != "" {
		address = since
	}
	next, err = c.list(ctx, s, address, header, func(raw json.RawMessage) error {
		var line change
		if err := json.Unmarshal(raw, &line); err != nil {
			return fault.New(fault.Unavailable, "the answer of Microsoft Graph cannot be read: %w", err)
		}
		if line.Removed != nil {
			return gone(line.ID)
		}
		return each(raw)
	})
	if err == nil && next == "" {
		err = fault.New(fault.Unavailable, "Microsoft Graph ended a list of changes without the link to go on from")
	}
	return next, err
}

// decode reads a line of a list.
func decode[T any](raw json.RawMessage) (value T, err error) {
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, fault.New(fault.Unavailable, "the answer of Microsoft Graph cannot be read: %w", err)
	}
	return value, nil
}
