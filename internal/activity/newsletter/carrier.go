package newsletter

import (
	"context"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
)

// Carrier takes the letters of a campaign to their readers: the relay, or a
// processor that the policy declares for the entry's dispatch.
type Carrier interface {
	// Personal reports whether every letter is written here. If not, the carrier
	// gets the letter that is the same for all and fills in what is personal itself.
	Personal() bool
	// Carry sends a campaign to its end, or until ctx ends. What Record named is not
	// sent again, whatever ended the run before: a later Carry of the same ID goes on.
	Carry(ctx context.Context, c Consignment) (mail.Tally, error)
}

// Consignment is a campaign that is to be carried.
type Consignment struct {
	// Campaign says whose turn it is and stores what became of each letter. A letter
	// names its reader by Message.Subject; a carrier that is not Personal needs no
	// other part of its Message.
	mail.Campaign
	ID string // of the campaign; letters, digits and hyphens
	// Common is the letter that is the same for all, for a carrier that is not
	// Personal. fill returns the carrier's word for a field of the reader (fieldFirst
	// …), and for the link to unsubscribe under the name "unsubscribe"; it is empty
	// for a field that the policy does not hand to the carrier.
	Common func(fill func(field string) string) (Common, error)
}

// Common is a letter before it is anybody's.
type Common struct {
	From              mail.Address // the zero Address: the instance's sender
	Title, Text, HTML string
}

// fillUnsubscribe asks Consignment's fill for the link to unsubscribe.
const fillUnsubscribe = "unsubscribe"

// Carrier returns who carries an entry's mails. Refused if the policy names a
// processor that this instance has no account for.
func (n *Newsletter) Carrier(a *policy.Activity) (Carrier, error) {
	to := a.Settings.Forwards("dispatch")
	switch {
	case len(to) == 0 || to[0].Protocol == "smtp":
		return relay{n.env.Mail}, nil
	case len(to) > 1:
		return nil, fault.New(fault.Refused, "%s is dispatched through %d recipients; name one", a.Key, len(to))
	}
	p, err := n.cleverreach(a, to[0].Recipient)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// relay sends letters one by one through the instance's own relay.
type relay struct{ post *mail.Post }

// Personal implements Carrier.
func (relay) Personal() bool { return true }

// Carry implements Carrier.
func (r relay) Carry(ctx context.Context, c Consignment) (mail.Tally, error) {
	return r.post.Dispatch(ctx, c.Campaign)
}
