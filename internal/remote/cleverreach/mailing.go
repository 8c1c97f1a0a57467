package cleverreach

import (
	"context"
	"fmt"
	"net/http"
)

// Mailing is a letter to the receivers of a filter.
type Mailing struct {
	Name        string
	Subject     string
	SenderName  string
	SenderEmail string
	Text, HTML  string // {EMAIL}, {FIRSTNAME}… and {UNSUBSCRIBE} are filled in
	Filter      int64  // of Filter
	Opens       bool   // count who opens it
	Clicks      bool   // count who clicks
}

// Filter returns the id of a group's filter that finds the receivers with a tag.
// It is made under name, or found by it.
func (c *Client) Filter(ctx context.Context, group int64, name, tag string) (int64, error) {
	type filter struct {
		ID   number `json:"id"`
		Name string `json:"name"`
	}
	path := fmt.Sprintf("/groups/%d/filters", group)
	var all []filter
	if err := c.call(ctx, http.MethodGet, path, nil, &all); err != nil {
		return 0, err
	}
	for _, f := range all {
		if f.Name == name {
			return int64(f.ID), nil
		}
	}
	in := map[string]any{"name": name, "operator": "AND", "rules": []map[string]string{{"field": "tags", "logic": "contains", "condition": tag}}}
	var made filter
	if err := c.call(ctx, http.MethodPost, path, in, &made); err != nil {
		return 0, err
	}
	return int64(made.ID), nil
}

// Create makes a mailing. Nothing is sent before Release.
func (c *Client) Create(ctx context.Context, m Mailing) (int64, error) {
	kind := "html/text"
	if m.HTML == "" {
		kind = "text"
	}
	in := map[string]any{
		"name": m.Name, "subject": m.Subject, "sender_name": m.SenderName, "sender_email": m.SenderEmail,
		"content":   map[string]string{"type": kind, "html": m.HTML, "text": m.Text},
		"receivers": map[string]any{"filter": fmt.Sprint(m.Filter)},
		"settings":  map[string]any{"editor": "freeform", "open_tracking": m.Opens, "click_tracking": m.Clicks},
	}
	var made struct {
		ID number `json:"id"`
	}
	if err := c.call(ctx, http.MethodPost, "/mailings", in, &made); err != nil {
		return 0, err
	}
	return int64(made.ID), nil
}

// Find returns the id of the mailing called name; 0 if there is none.
func (c *Client) Find(ctx context.Context, name string) (id int64, err error) {
	var all map[string][]struct { // by state: draft, waiting, running, finished
		ID   number `json:"id"`
		Name string `json:"name"`
	}
	if err := c.call(ctx, http.MethodGet, "/mailings", nil, &all); err != nil {
		return 0, err
	}
	for _, state := range all {
		for _, m := range state {
			if m.Name == name {
				return int64(m.ID), nil
			}
		}
	}
	return 0, nil
}

// Draft reports whether a mailing waits for its release.
func (c *Client) Draft(ctx context.Context, id int64) (bool, error) {
	var m struct {
		State string `json:"state"`
	}
	if err := c.call(ctx, http.MethodGet, fmt.Sprintf("/mailings/%d", id), nil, &m); err != nil {
		return false, err
	}
	return m.State == "draft", nil
}

// Release has a mailing sent now.
func (c *Client) Release(ctx context.Context, id int64) error {
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/mailings/%d/release", id), map[string]int64{"time": 0}, nil)
}
