package cleverreach

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"kept/internal/fault"
)

// Receiver is somebody in a group.
type Receiver struct {
	ID          int64             `json:"id,omitempty"`
	Email       string            `json:"email"`
	Registered  int64             `json:"registered,omitempty"` // seconds since 1970
	Activated   int64             `json:"activated,omitempty"`
	Deactivated int64             `json:"deactivated"` // 0: gets mails
	Bounced     int64             `json:"bounced,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
}

// Batch is how many receivers one upsert takes.
const Batch = 250

// Page is how many receivers a page of a listing holds.
const Page = 500

// Group returns the id of the group called name, which is made if there is none.
func (c *Client) Group(ctx context.Context, name string) (int64, error) {
	type group struct {
		ID   number `json:"id"`
		Name string `json:"name"`
	}
	var all []group
	if err := c.call(ctx, http.MethodGet, "/groups", nil, &all); err != nil {
		return 0, err
	}
	for _, g := range all {
		if g.Name == name {
			return int64(g.ID), nil
		}
	}
	var made group
	if err := c.call(ctx, http.MethodPost, "/groups", map[string]string{"name": name}, &made); err != nil {
		return 0, err
	}
	return int64(made.ID), nil
}

// Upsert adds receivers to a group or updates them, at most Batch. It returns the
// id of each in their order, 0 for one whose address was refused.
func (c *Client) Upsert(ctx context.Context, group int64, receivers []Receiver) ([]int64, error) {
	if len(receivers) > Batch {
		return nil, fault.New(fault.TooLarge, "one call takes %d receivers", Batch)
	}
	var answers []json.RawMessage
	if err := c.call(ctx, http.MethodPost, fmt.Sprintf("/groups/%d/receivers/upsert", group), receivers, &answers); err != nil {
		return nil, err
	}
	if len(answers) != len(receivers) {
		return nil, fault.New(fault.Unavailable, "CleverReach answered %d receivers of %d", len(answers), len(receivers))
	}
	ids := make([]int64, len(answers))
	for i, a := range answers {
		var taken struct {
			ID number `json:"id"`
		}
		if json.Unmarshal(a, &taken) == nil { // a sentence says that the address is refused
			ids[i] = int64(taken.ID)
		}
	}
	return ids, nil
}

// Receiver returns a receiver of a group; NotFound if it is not there.
func (c *Client) Receiver(ctx context.Context, group, id int64) (r Receiver, err error) {
	err = c.call(ctx, http.MethodGet, fmt.Sprintf("/groups/%d/receivers/%d", group, id), nil, &r)
	return r, err
}

// Delete deletes a receiver from a group. It is no error if it is gone.
func (c *Client) Delete(ctx context.Context, group, id int64) error {
	return gone(c.call(ctx, http.MethodDelete, fmt.Sprintf("/groups/%d/receivers/%d", group, id), nil, nil))
}

// gone takes it as done that what should end is not there.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Inactive returns a page, counted from 0, of the receivers of a group that get no
// mails any more: they unsubscribed there, or their address bounced.
func (c *Client) Inactive(ctx context.Context, group int64, page int) (found []Receiver, err error) {
	q := url.Values{"type": {"inactive"}, "page": {fmt.Sprint(page)}, "pagesize": {fmt.Sprint(Page)}}
	err = c.call(ctx, http.MethodGet, fmt.Sprintf("/groups/%d/receivers?%s", group, q.Encode()), nil, &found)
	return found, err
}

// number is a JSON number that the provider writes as text now and then.
type number int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	var v int64
	if err := json.Unmarshal([]byte(strings.Trim(string(b), `"`)), &v); err != nil {
		return err
	}
	*n = number(v)
	return nil
}

// Attributes sees to it that a group has text attributes of some names: what a
// receiver brings under another name is dropped there.
func (c *Client) Attributes(ctx context.Context, group int64, names ...string) error {
	path := fmt.Sprintf("/groups/%d/attributes", group)
	var all []struct {
		Name string `json:"name"`
	}
	if err := c.call(ctx, http.MethodGet, path, nil, &all); err != nil {
		return err
	}
	have := map[string]bool{}
	for _, a := range all {
		have[a.Name] = true
	}
	for _, name := range names {
		if have[name] {
			continue
		}
		if err := c.call(ctx, http.MethodPost, path, map[string]string{"name": name, "type": "text"}, nil); err != nil {
			return err
		}
	}
	return nil
}
