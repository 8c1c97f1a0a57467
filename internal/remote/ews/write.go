package ews

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/throttle"
)

// Most is how many contacts one call writes at most: more would keep the server
// longer than it lets a call last.
const Most = 60

// Write is a contact to be written. A field that the card does not have is emptied,
// and what Fields does not name is left as it is.
type Write struct {
	ID     string // empty for a new contact
	Mark   string
	Card   card.Card
	Fields Fields // of a change; a new contact gets all
}

// Result is what became of one contact. Err is NotFound if it is gone, and wraps
// ErrUnclear if it is not known whether it was done: Find tells.
type Result struct {
	Item Item // id and tag alone
	Err  error
}

// Create writes new contacts, many in one call.
func (m *Mailbox) Create(ctx context.Context, folder string, all []Write) []Result {
	done := m.batch(ctx, "write a contact", len(all), func(which []int) element {
		items := el("m:Items")
		for _, i := range which {
			items.Inner = append(items.Inner, whole(m.values(all[i].Mark, all[i].Card, All)))
		}
		return el("m:CreateItem", in("m:SavedItemFolderId", folder), items)
	})
	for i, r := range done {
		if r.Err == nil && r.Item.ID == "" {
			done[i].Err = fmt.Errorf("write a contact: %w: it does not say which contact it made", ErrUnclear)
		}
	}
	return done
}

// Update changes contacts, many in one call, whatever their owners changed in them.
func (m *Mailbox) Update(ctx context.Context, all []Write) []Result {
	return m.batch(ctx, "change a contact", len(all), func(which []int) element {
		items := el("m:ItemChanges")
		for _, i := range which {
			items.Inner = append(items.Inner, el("t:ItemChange", itemOf(all[i].ID), changes(m.values(all[i].Mark, all[i].Card, all[i].Fields))))
		}
		return el("m:UpdateItem", items).with("ConflictResolution", "AlwaysOverwrite")
	})
}

// Delete removes contacts for good, many in one call. One that is gone already is no
// error.
func (m *Mailbox) Delete(ctx context.Context, ids []string) []Result {
	done := m.batch(ctx, "remove a contact", len(ids), func(which []int) element {
		items := el("m:ItemIds")
		for _, i := range which {
			items.Inner = append(items.Inner, itemOf(ids[i]))
		}
		return el("m:DeleteItem", items).with("DeleteType", "HardDelete")
	})
	for i := range done {
		if fault.Is(done[i].Err, fault.NotFound) {
			done[i].Err = nil
		}
	}
	return done
}

// batch makes calls for n contacts, Most in each.
func (m *Mailbox) batch(ctx context.Context, what string, n int, request func(which []int) element) []Result {
	done := make([]Result, n)
	for from := 0; from < n; from += Most {
		which := make([]int, min(Most, n-from))
		for i := range which {
			which[i] = from + i
		}
		m.some(ctx, which, request, done)
	}
	for i := range done {
		if done[i].Err != nil {
			done[i].Err = fmt.Errorf("%s: %w", what, done[i].Err)
		}
	}
	return done
}

// some makes one call. What the server refuses for the rate is asked for again, and
// nothing else of the call. A call that the server does not understand is made for
// each contact alone, so that one spoils none of the others.
func (m *Mailbox) some(ctx context.Context, which []int, request func(which []int) element, done []Result) {
	c, x := m.client, call{mailbox: m.address, writes: true}
	body, err := envelope(m.address, request(which))
	if err == nil {
		err = c.Limiter.Do(ctx, c.scope(m.address), int64(len(body)), func(ctx context.Context) (throttle.Verdict, error) {
			body, err := envelope(m.address, request(which))
			if err != nil {
				return throttle.Verdict{}, err
			}
			return c.send(ctx, x, body, func(all []message) (v throttle.Verdict, err error) {
				which, v, err = c.sort(x, all, which, done)
				return v, err
			})
		})
	}
	if fault.Is(err, fault.Invalid) && len(which) > 1 {
		for _, i := range which {
			m.some(ctx, []int{i}, request, done)
		}
		return
	}
	for _, i := range which {
		if err != nil {
			done[i].Err = err
		}
	}
}

// sort notes what became of each contact and returns those that the server refused
// for the rate.
func (c *Client) sort(x call, all []message, which []int, done []Result) (again []int, v throttle.Verdict, err error) {
	if len(all) != len(which) {
		return which, v, fmt.Errorf("%w: it answers for %d of %d contacts", ErrUnclear, len(all), len(which))
	}
	for k, said := range all {
		i := which[k]
		refused, err := c.judge(x, said)
		switch {
		case refused.Level != throttle.Nothing:
			again = append(again, i)
			v = throttle.Verdict{Level: max(v.Level, refused.Level), RetryAfter: max(v.RetryAfter, refused.RetryAfter)}
		case err != nil:
			done[i].Err = err
		case len(said.Items) == 1:
			done[i].Item = Item{ID: said.Items[0].ID.ID, Tag: said.Items[0].ID.Key}
		}
	}
	return again, v, nil
}
