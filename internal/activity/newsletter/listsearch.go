package newsletter

import (
	"context"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Bounds of a search for words: names are sealed one by one, so each has to be
// opened to be compared.
const (
	searchRows  = 5000
	searchFinds = 50
)

// Found is what a search for subscribers found.
type Found struct {
	Subscriptions []Subscription
	Looked        int  // how many were opened
	More          bool // there are others that were not looked at
}

// Search looks for an entry's subscribers: an address by its index, every other text
// in the names and addresses of the newest 5,000. Somebody whose data is restricted is
// found by the whole address alone, and not named.
func (n *Newsletter) Search(ctx context.Context, a *policy.Activity, text string) (f Found, err error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > longest+54 {
		return f, fault.New(fault.Invalid, "search for an address, a name or a company of at most 254 letters")
	}
	if address, err := mail.Normalise(text); err == nil {
		return n.searchAddress(ctx, a, address)
	}
	ids, err := store.Texts(ctx, n.env.DB, "select id from newsletter_subscriber where activity = $1 order by signed_up_at desc, id limit $2", a.Key, searchRows+1)
	if err != nil {
		return f, err
	}
	if f.More = len(ids) > searchRows; f.More {
		ids = ids[:searchRows]
	}
	restricted, err := n.env.Subjects.Restricted(ctx)
	if err != nil {
		return f, err
	}
	for _, id := range ids {
		s, err := n.subscription(ctx, n.env.DB, "id", id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return f, err
		}
		f.Looked++
		if s.says(text) && !restricted[s.Subject] {
			f.Subscriptions = append(f.Subscriptions, s)
		}
		if len(f.Subscriptions) == searchFinds {
			f.More = true
			break
		}
	}
	return f, nil
}

func (n *Newsletter) searchAddress(ctx context.Context, a *policy.Activity, address string) (f Found, err error) {
	who, err := n.env.Subjects.Find(ctx, n.env.DB, subject.Email, address)
	if err != nil {
		return f, ignoreMissing(err)
	}
	ids, err := store.Texts(ctx, n.env.DB, "select id from newsletter_subscriber where activity = $1 and subject = $2 order by signed_up_at desc", a.Key, who)
	for _, id := range ids {
		s, err := n.subscription(ctx, n.env.DB, "id", id)
		if err != nil {
			return f, ignoreMissing(err)
		}
		f.Looked++
		f.Subscriptions = append(f.Subscriptions, s)
	}
	if err == nil {
		f.Subscriptions, err = n.unnamed(ctx, f.Subscriptions)
	}
	return f, err
}

// says reports whether a text stands in what is known of a subscriber.
func (s *Subscription) says(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{s.Email, s.called(), s.Company}, func(v string) bool { return strings.Contains(strings.ToLower(v), text) })
}

// Remove ends a subscription on behalf of somebody who asked by letter or call.
func (n *Newsletter) Remove(ctx context.Context, a *policy.Activity, address string, dry bool) (ended bool, err error) {
	address, err = mail.Normalise(address)
	if err != nil {
		return false, err
	}
	who, err := n.env.Subjects.Find(ctx, n.env.DB, subject.Email, address)
	if err != nil {
		return false, ignoreMissing(err)
	}
	s, err := n.latest(ctx, n.env.DB, a, who)
	if err != nil || !s.stands() {
		return false, ignoreMissing(err)
	}
	if dry {
		return true, nil
	}
	return true, n.end(ctx, ByStaff, func(context.Context, *store.Tx) (string, error) { return s.ID, nil })
}
