package newsletter

import (
	"context"
	"maps"
	"slices"
	"time"

	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/remote/cleverreach"
	"kept/internal/store"
)

// attributes are CleverReach's names for the fields that can be handed over.
var attributes = map[string]string{fieldFirst: "firstname", fieldLast: "lastname", fieldCompany: "company", fieldLanguage: "language"}

// provider carries an entry's campaigns through CleverReach. Its receivers get
// there only with a campaign that is for them, with the fields that the policy
// declares, and are deleted there when their subscription ends.
type provider struct {
	*Newsletter
	entry     *policy.Activity
	recipient string
	client    *cleverreach.Client
	fields    []string // that the policy lets go over
}

// cleverreach returns the carrier through CleverReach.
func (n *Newsletter) cleverreach(a *policy.Activity, recipient string) (*provider, error) {
	to := n.env.Policy().Recipient(recipient)
	at := slices.IndexFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == recipient })
	switch {
	case to == nil || at < 0:
		return nil, fault.New(fault.Refused, "%s hands nothing to %s: name it among the recipients of the activity", a.Key, recipient)
	case to.Role != policy.Processor:
		return nil, fault.New(fault.Refused, "%s would write to our readers on its own account: only a processor may carry the newsletter (role: processor)", recipient)
	case len(to.Hosts) == 0:
		return nil, fault.New(fault.Refused, "the policy names no host of the recipient %s", recipient)
	case n.CleverReach.ID == "" || n.CleverReach.Secret.IsZero():
		return nil, fault.New(fault.Refused, "%s is dispatched through %s, and this instance has no account there: start serve with --cleverreach-id and --cleverreach-secret", a.Key, recipient)
	}
	p := &provider{Newsletter: n, entry: a, recipient: recipient}
	for _, f := range a.Fields() {
		if a.Recipients[at].Gets(f) {
			p.fields = append(p.fields, f)
		}
	}
	if !slices.Contains(p.fields, fieldEmail) {
		return nil, fault.New(fault.Refused, "%s may not hand the address to %s, so nothing can be sent through it", a.Key, recipient)
	}
	client, err := n.clientOf(recipient, to.Hosts[0])
	p.client = client
	return p, err
}

// clientOf returns the client of a recipient: it keeps its token and its
// connections.
func (n *Newsletter) clientOf(recipient, host string) (*cleverreach.Client, error) {
	n.clientsMu.Lock()
	defer n.clientsMu.Unlock()
	if c := n.clients[recipient]; c != nil && c.Host == host {
		return c, nil
	}
	way, err := n.env.Egress.Client(recipient)
	if err != nil {
		return nil, err
	}
	if n.clients == nil {
		n.clients = map[string]*cleverreach.Client{}
	}
	n.clients[recipient] = cleverreach.New(cleverreach.Config{Account: n.CleverReach, HTTP: way, Host: host, Clock: n.env.Clock})
	return n.clients[recipient], nil
}

// Personal implements Carrier.
func (*provider) Personal() bool { return false }

// Carry implements Carrier: it hands over whoever the campaign is for, then what
// it says, and releases it once. Whoever leaves in between is deleted there first.
func (p *provider) Carry(ctx context.Context, c Consignment) (mail.Tally, error) {
	var tally mail.Tally
	group, err := p.group(ctx)
	if err != nil {
		return tally, err
	}
	for ctx.Err() == nil {
		letters, err := c.Next(ctx, cleverreach.Batch)
		if err != nil {
			return tally, err
		}
		if len(letters) == 0 {
			return tally, p.release(ctx, group, c)
		}
		if err := p.handOver(ctx, group, c, letters, &tally); err != nil {
			return tally, err
		}
	}
	return tally, nil // it goes on with the next run
}

// tag marks the receivers that a campaign is for.
func tag(c Consignment) string { return "kept." + c.ID }

// handOver hands the readers of some letters over and records which it took.
func (p *provider) handOver(ctx context.Context, group int64, c Consignment, letters []mail.Letter, tally *mail.Tally) error {
	var receivers []cleverreach.Receiver
	var subscriptions []Subscription
	outcomes := make([]mail.Outcome, len(letters))
	var at []int // the letter of each receiver
	for i := range letters {
		outcomes[i] = mail.Outcome{Event: mail.Withheld, Message: letters[i].ID, Activity: p.entry.Key, Subject: letters[i].Message.Subject, At: p.env.Clock.Now()}
		s, err := p.reader(ctx, c, &letters[i])
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		values, err := p.env.Egress.Allowed(p.entry.Key, p.recipient, p.values(*s))
		if err != nil {
			return err
		}
		receivers = append(receivers, receiver(values, s, tag(c)))
		subscriptions, at = append(subscriptions, *s), append(at, i)
	}
	var ids []int64
	if len(receivers) > 0 {
		var err error
		if ids, err = p.client.Upsert(ctx, group, receivers); err != nil {
			return err
		}
	}
	for i, id := range ids {
		o := &outcomes[at[i]]
		if o.Event = mail.Sent; id == 0 {
			o.Event, o.Hard = mail.Refused, true
			tally.Refused++
			continue
		}
		tally.Sent++
	}
	// What the provider has done must not be forgotten because a campaign was stopped.
	return p.env.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		if err := p.note(ctx, tx, group, subscriptions, ids); err != nil {
			return err
		}
		return c.Record(ctx, tx, outcomes)
	})
}

// reader returns whose letter it is; nil if it must not leave any more.
func (p *provider) reader(ctx context.Context, c Consignment, l *mail.Letter) (*Subscription, error) {
	if c.Still != nil {
		if still, err := c.Still(ctx, l); err != nil || !still {
			return nil, err
		}
	}
	s, err := p.latest(ctx, p.env.DB, p.entry, l.Message.Subject)
	if err != nil || !s.stands() || s.Email == "" {
		return nil, ignoreMissing(err)
	}
	barred, err := p.barred(ctx, p.entry.Key)
	if err != nil || barred(s.Subject) {
		return nil, err
	}
	return &s, nil
}

// values are what is handed over of a subscriber: the fields that the policy
// declares for the recipient, and no others.
func (p *provider) values(s Subscription) map[string]string {
	found := map[string]string{}
	for field, v := range map[string]string{fieldEmail: s.Email, fieldFirst: s.First, fieldLast: s.Last, fieldCompany: s.Company, fieldLanguage: s.Language} {
		if v != "" && slices.Contains(p.fields, field) {
			found[field] = v
		}
	}
	return found
}

func receiver(values map[string]string, s *Subscription, tag string) cleverreach.Receiver {
	r := cleverreach.Receiver{Email: values[fieldEmail], Activated: s.Confirmed.Unix(), Tags: []string{tag}, Attributes: map[string]string{}}
	for field, name := range attributes {
		if v := values[field]; v != "" {
			r.Attributes[name] = v
		}
	}
	return r
}

// note stores by which number each subscriber is known at the provider, and that
// they were handed over.
func (p *provider) note(ctx context.Context, tx *store.Tx, group int64, subscriptions []Subscription, ids []int64) error {
	taken := 0
	for i, id := range ids {
		if id == 0 {
			continue
		}
		taken++
		_, err := tx.ExecContext(ctx, `insert into newsletter_carried (id, activity, recipient, receiver, group_id, subject, at) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (activity, recipient, receiver) do update set id = excluded.id, subject = excluded.subject, at = excluded.at`,
			subscriptions[i].ID, p.entry.Key, p.recipient, id, group, subscriptions[i].Subject, store.At(p.env.Clock.Now()))
		if err != nil {
			return store.Classify(err)
		}
	}
	if taken == 0 {
		return nil
	}
	used := map[string]bool{}
	for _, s := range subscriptions {
		for f := range p.values(s) {
			used[f] = true
		}
	}
	_, err := p.env.Egress.Delivered(ctx, tx, egress.Delivery{Activity: p.entry.Key, Recipient: p.recipient, Fields: slices.Sorted(maps.Keys(used)), Count: taken})
	return err
}

// release has a campaign sent to the receivers that bear its tag. It is released
// once, whatever ended the run before.
func (p *provider) release(ctx context.Context, group int64, c Consignment) error {
	if err := p.recall(ctx); err != nil { // whoever left since they were handed over
		return err
	}
	id, released, err := p.consignment(ctx, c.ID)
	if err != nil || released {
		return err
	}
	if id == 0 {
		if id, err = p.create(ctx, group, c); err != nil {
			return err
		}
	}
	draft, err := p.client.Draft(ctx, id)
	if err == nil && draft {
		err = p.client.Release(ctx, id)
	}
	if err != nil {
		return err
	}
	_, err = p.env.DB.ExecContext(context.WithoutCancel(ctx), "update newsletter_consignment set released_at = $2 where id = $1", c.ID, store.At(p.env.Clock.Now()))
	return store.Classify(err)
}

// consignment returns the provider's number of a campaign, 0 if it has none yet.
func (p *provider) consignment(ctx context.Context, campaign string) (mailing int64, released bool, err error) {
	var at store.Time
	err = p.env.DB.QueryRowContext(ctx, "select mailing, released_at from newsletter_consignment where id = $1", campaign).Scan(&mailing, &at)
	return mailing, !at.IsZero(), ignoreMissing(store.Classify(err))
}

// create makes the mailing, or finds it if a run made it that ended before it
// could say so.
func (p *provider) create(ctx context.Context, group int64, c Consignment) (int64, error) {
	id, err := p.client.Find(ctx, tag(c))
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if id, err = p.describe(ctx, group, c); err != nil {
			return 0, err
		}
	}
	_, err = p.env.DB.ExecContext(context.WithoutCancel(ctx), "insert into newsletter_consignment (id, activity, recipient, mailing) values ($1, $2, $3, $4)",
		c.ID, p.entry.Key, p.recipient, id)
	return id, store.Classify(err)
}

// describe hands over what the campaign says.
func (p *provider) describe(ctx context.Context, group int64, c Consignment) (int64, error) {
	letter, err := c.Common(p.fill)
	if err != nil {
		return 0, err
	}
	if letter.From.IsZero() {
		letter.From = p.env.Mail.Settings.From
	}
	filter, err := p.client.Filter(ctx, group, tag(c), tag(c))
	if err != nil {
		return 0, err
	}
	return p.client.Create(ctx, cleverreach.Mailing{
		Name: tag(c), Subject: letter.Title, SenderName: letter.From.Name, SenderEmail: letter.From.Mail, Text: letter.Text, HTML: letter.HTML, Filter: filter,
		Opens: p.counts(fieldOpens), Clicks: p.counts(fieldClicks),
	})
}

// counts reports whether the provider may count what the policy measures.
func (p *provider) counts(measure string) bool {
	return p.entry.Settings.Flag("measure", measure) && slices.Contains(p.fields, measure)
}

// fill is CleverReach's word for a field.
func (p *provider) fill(field string) string {
	switch {
	case field == fillUnsubscribe:
		return "{UNSUBSCRIBE}"
	case !slices.Contains(p.fields, field):
		return ""
	}
	return map[string]string{fieldEmail: "{EMAIL}", fieldFirst: "{FIRSTNAME}", fieldLast: "{LASTNAME}", fieldCompany: "{COMPANY}", fieldLanguage: "{LANGUAGE}"}[field]
}

// group returns the group of the entry at the provider, which is made with the
// attributes that the policy declares and a hook that tells who unsubscribed.
func (p *provider) group(ctx context.Context) (group int64, err error) {
	err = p.env.DB.QueryRowContext(ctx, "select group_id from newsletter_account where activity = $1 and recipient = $2", p.entry.Key, p.recipient).Scan(&group)
	if err = store.Classify(err); !fault.Is(err, fault.NotFound) {
		return group, err
	}
	if group, err = p.client.Group(ctx, "Kept "+p.entry.Key); err != nil {
		return 0, err
	}
	var names []string
	for field, name := range attributes {
		if slices.Contains(p.fields, field) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if err := p.client.Attributes(ctx, group, names...); err != nil {
		return 0, err
	}
	var hook any
	token, err := p.client.Hook(ctx, group, p.env.Mail.Link(Path+hookPath+p.entry.Key), p.verify(p.entry.Key))
	switch {
	case err == nil:
		hook = p.hookMark(token)
	case !fault.Is(err, fault.Invalid): // it does not reach our address: asking it regularly has to do
		return 0, err
	}
	_, err = p.env.DB.ExecContext(ctx, `insert into newsletter_account (activity, recipient, group_id, hook) values ($1, $2, $3, $4)
		on conflict (activity, recipient) do nothing`, p.entry.Key, p.recipient, group, hook)
	return group, store.Classify(err)
}

// often is how often the provider is asked who left there, and told who left here.
const often = 5 * time.Minute
