package newsletter

import (
	"context"
	"net/netip"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// byLink returns the subscription that stands and that a link is about; NotFound
// if there is none.
func (n *Newsletter) byLink(ctx context.Context, q store.Querier, token string) (s Subscription, err error) {
	var id string
	err = q.QueryRowContext(ctx, "select id from newsletter_proof where link = $1", n.env.Mail.TokenMark(linkSpace, token)).Scan(&id)
	if err != nil {
		return s, store.Classify(err)
	}
	if s, err = n.subscription(ctx, q, "id", id); err == nil && !s.stands() {
		err = fault.New(fault.NotFound, "this subscription has ended")
	}
	return s, err
}

// Details are what a subscriber may change.
type Details struct {
	First, Last, Company, Language string
	Zone                           string // time zone; empty: it is not to be known
	Topics                         []string
}

// Change writes new details of the subscriber whose link it is, and what changed
// into the proof. NotFound if the subscription does not stand.
func (n *Newsletter) Change(ctx context.Context, token string, d Details, from netip.Addr) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err := n.byLink(ctx, tx, token)
		if err != nil {
			return err
		}
		a, err := n.declared(s.Activity)
		if err != nil {
			return err
		}
		entered := SignUp{Email: s.Email, First: d.First, Last: d.Last, Company: d.Company, Topics: d.Topics, Zone: d.Zone}
		if err := entered.check(); err != nil {
			return err
		}
		if err := chosen(a, d.Topics); err != nil {
			return err
		}
		entered.only(a)
		if !a.Has(fieldLanguage) {
			d.Language = ""
		}
		changed := differences(s, entered, d.Language)
		if len(changed) == 0 {
			return nil
		}
		if err := n.update(ctx, tx, a, s, entered, d.Language); err != nil {
			return err
		}
		s.Topics = entered.Topics
		return n.note(ctx, tx, a, s, changed, from)
	})
}

// differences returns the fields that changed, sorted.
func differences(s Subscription, to SignUp, language string) (changed []string) {
	for field, values := range map[string][2]string{
		fieldFirst: {s.First, to.First}, fieldLast: {s.Last, to.Last}, fieldCompany: {s.Company, to.Company}, fieldLanguage: {s.Language, language}, fieldZone: {s.Zone, to.Zone},
	} {
		if values[0] != values[1] {
			changed = append(changed, field)
		}
	}
	if !slices.Equal(s.Topics, to.Topics) {
		changed = append(changed, fieldTopics)
	}
	slices.Sort(changed)
	return changed
}

func (n *Newsletter) update(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, to SignUp, language string) error {
	seal := n.env.Sealer(ctx, a, s.Subject)
	first := seal.Text(subscriberTable+".first_name", fieldFirst, to.First)
	last := seal.Text(subscriberTable+".last_name", fieldLast, to.Last)
	company := seal.Text(subscriberTable+".company", fieldCompany, to.Company)
	if seal.Err() != nil {
		return seal.Err()
	}
	_, err := tx.ExecContext(ctx, "update newsletter_subscriber set first_name = $2, last_name = $3, company = $4, language = $5, topics = $6, time_zone = $7 where id = $1",
		s.ID, first, last, company, listed(a, fieldLanguage, language), listedTopics(a, fieldTopics, to.Topics), listed(a, fieldZone, to.Zone))
	return store.Classify(err)
}

// note writes into the proof what was changed, if the policy lists that: which
// details, not what they hold, since those end with the subscription. Topics are
// noted whole: they bound the consent from then on.
func (n *Newsletter) note(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, changed []string, from netip.Addr) error {
	if !a.Has(fieldChanges) {
		return nil
	}
	seal := n.env.Sealer(ctx, a, s.Subject)
	address := seal.Text(changeTable+".address", fieldChanges, addressText(from))
	if seal.Err() != nil {
		return seal.Err()
	}
	var topics any
	if slices.Contains(changed, fieldTopics) {
		topics = listedTopics(a, fieldChanges, s.Topics)
	}
	_, err := tx.ExecContext(ctx, "insert into newsletter_change (id, proof, at, address, changed, topics) values ($1, $2, $3, $4, $5, $6)",
		store.NewID(), s.ID, store.At(n.env.Clock.Now()), address, store.JSON[[]string]{V: changed}, topics)
	return store.Classify(err)
}
