package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

const (
	tellJob      = "rights.tell"
	tellAttempts = 12
)

// Teller tells a recipient of a kind's rows what became of data that it got, by
// the connection on which the kind hands them over.
type Teller interface {
	// Tells reports whether there is such a connection.
	Tells(activity, recipient string) bool
	// Tell tells it; it is asked again after an error. Key makes a repetition known.
	Tell(ctx context.Context, news News, key string) error
}

// News is what a recipient is told (Art. 19).
type News struct {
	Recipient, Activity string
	Right               Right
	Fields              []string
	Person              Person
	Corrections         []Correction
}

// OnTelling has t tell recipients of a kind's rows. Call it before serving.
func (d *Desk) OnTelling(kind string, t Teller) {
	if d.tellers == nil {
		d.tellers = map[string]Teller{}
	}
	d.tellers[kind] = t
}

// Informing is a recipient that is to be told, or was.
type Informing struct {
	ID        string
	Case      string
	Right     Right
	Recipient string
	System    string // of what a person does by hand there; empty: a recipient is told
	Activity  string
	Fields    []string // of a system: its collections
	Way       Way
	Since     time.Time
	Done      time.Time // zero: not yet
	By        string    // who ticked it off, or the way
}

// told says which recipients got what a plan changes, and how they are told. Who
// runs the machines that it lies on needs not be told: it goes there too.
func (d *Desk) told(r Right, parts []Planned) []Told {
	if r != Erasure && r != Rectification && r != Restriction {
		return nil
	}
	p := d.Policy()
	var all []Told
	for _, part := range parts {
		a := p.Activity(part.Activity)
		changes := part.Does == Deletes || part.Does == Corrects || part.Does == Adds || part.Does == Restricts || part.Does == Anonymises || part.Does == Confirms
		if a == nil || !changes || slices.ContainsFunc(all, func(t Told) bool { return t.Activity == a.Key }) {
			continue
		}
		for _, delivery := range a.Recipients {
			if named := p.Recipient(delivery.Recipient); named != nil && named.Role != policy.Hosting {
				all = append(all, d.toBeTold(a, named, delivery))
			}
		}
	}
	return all
}

func (d *Desk) toBeTold(a *policy.Activity, to *policy.Recipient, delivery policy.Delivery) Told {
	t := Told{Recipient: to.Key, Activity: a.Key, Way: ByHand, Fields: []string{}}
	for _, f := range delivery.Fields {
		t.Fields = append(t.Fields, f.Name)
	}
	teller := d.tellers[a.Kind]
	switch {
	case teller != nil && teller.Tells(a.Key, to.Key):
		t.Way = ByConnection
	case to.Requests != "" && d.Mail != nil && d.Mail.Sends():
		t.Way = ByMail
	}
	return t
}

// inform writes down, with the end of an order, whom to tell.
func (d *Desk) inform(ctx context.Context, tx *store.Tx, o *order, now time.Time) error {
	for _, t := range o.content.Plan.Told {
		id := store.NewID()
		_, err := tx.ExecContext(ctx, `insert into rights_told (id, order_id, recipient, activity, fields, way, asked, since) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, o.id, t.Recipient, t.Activity, store.JSON[[]string]{V: t.Fields}, t.Way, o.Right, store.At(now))
		if err != nil {
			return fmt.Errorf("note whom to tell: %w", store.Classify(err))
		}
		if t.Way == ByHand {
			continue
		}
		if _, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: tellJob, Key: id, Payload: pending{id}}); err != nil {
			return err
		}
	}
	return nil
}

// tell is the job: it tells one recipient. One that cannot be reached for a day
// becomes a task for a person.
func (d *Desk) tell(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	i, order, err := d.informing(ctx, p.Request)
	if err != nil || !i.Done.IsZero() || i.Way == ByHand {
		return err
	}
	err = d.tellOne(ctx, i, order)
	if err == nil || j.Attempt < tellAttempts {
		return err
	}
	_, err = d.DB.ExecContext(ctx, "update rights_told set way = $1 where id = $2 and told_at is null", ByHand, i.ID)
	return store.Classify(err)
}

func (d *Desk) tellOne(ctx context.Context, i Informing, id string) error {
	o, err := d.order(ctx, id)
	if err != nil || o.content == nil {
		return err
	}
	a, to := d.Policy().Activity(i.Activity), d.Policy().Recipient(i.Recipient)
	if a == nil || to == nil {
		return fault.New(fault.NotFound, "the policy has no longer this recipient; tell it by hand")
	}
	if i.Way == ByConnection {
		t := d.tellers[a.Kind]
		if t == nil {
			return fault.New(fault.Unavailable, "the activity has no connection to this recipient now")
		}
		news := News{Recipient: i.Recipient, Activity: i.Activity, Right: i.Right, Fields: i.Fields, Person: o.content.Person, Corrections: o.content.Wish.Corrections}
		if err := t.Tell(ctx, news, i.ID); err != nil {
			return fmt.Errorf("tell a recipient: %w", err)
		}
		return d.ticked(ctx, i.ID, id, string(ByConnection), nil)
	}
	return d.ticked(ctx, i.ID, id, string(ByMail), func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Mail.Enqueue(ctx, tx, d.letter(to, i, o.content))
		return err
	})
}

// letter words what a recipient is told by mail.
func (d *Desk) letter(to *policy.Recipient, i Informing, c *content) mail.Message {
	p := d.Policy()
	title, text := newsTo(p.Notice.Languages[0], p, i, c)
	return mail.Message{
		Activity: Name, To: mail.Address{Name: to.Name, Mail: to.Requests}, Title: title, Text: text,
		Lang: p.Notice.Languages[0], Key: "rights/told/" + i.ID, ReplyTo: mail.Address{Mail: p.Controller.Email},
	}
}

// Tick says that a person has told a recipient. NotFound if it is told already.
func (d *Desk) Tick(ctx context.Context, id, by string) error {
	if by == "" {
		return fault.New(fault.Invalid, "somebody says that the recipient was told")
	}
	i, order, err := d.informing(ctx, id)
	if err != nil {
		return err
	}
	return d.ticked(ctx, id, order, by, func(ctx context.Context, tx *store.Tx) error { return d.tickedTask(ctx, tx, i, order) })
}

func (d *Desk) ticked(ctx context.Context, id, order, by string, also func(context.Context, *store.Tx) error) error {
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "update rights_told set told_at = $1, told_by = $2 where id = $3 and told_at is null", store.At(d.Clock.Now()), by, id)
		if err != nil {
			return store.Classify(err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "there is no such recipient to be told, or it was")
		}
		if also != nil {
			if err := also(ctx, tx); err != nil {
				return err
			}
		}
		_, err = d.Ledger.Append(ctx, tx, "recipient.told", map[string]any{"order": order, "telling": id})
		return err
	})
	if err != nil {
		return fmt.Errorf("tell a recipient: %w", err)
	}
	return d.sealNothing(ctx, order)
}

const toldColumns = "t.id, o.case_id, t.asked, t.recipient, coalesce(t.system, ''), t.activity, t.fields, t.way, t.since, t.told_at, coalesce(t.told_by, ''), t.order_id"

func scanTold(row interface{ Scan(...any) error }) (i Informing, order string, err error) {
	var fields store.JSON[[]string]
	var since, done store.Time
	err = row.Scan(&i.ID, &i.Case, &i.Right, &i.Recipient, &i.System, &i.Activity, &fields, &i.Way, &since, &done, &i.By, &order)
	i.Fields, i.Since, i.Done = fields.V, since.Time, done.Time
	return i, order, store.Classify(err)
}

func (d *Desk) informing(ctx context.Context, id string) (Informing, string, error) {
	i, order, err := scanTold(d.DB.QueryRowContext(ctx, "select "+toldColumns+" from rights_told t join rights_order o on o.id = t.order_id where t.id = $1", id))
	if err != nil {
		return i, "", fmt.Errorf("read whom to tell: %w", err)
	}
	return i, order, nil
}

// Tellings returns the recipients that are still to be told, the oldest first; of
// a case, all of them.
func (d *Desk) Tellings(ctx context.Context, of string) ([]Informing, error) {
	where, args := "t.told_at is null", []any{}
	if of != "" {
		where, args = "o.case_id = $1", []any{of}
	}
	rows, err := d.DB.QueryContext(ctx, "select "+toldColumns+" from rights_told t join rights_order o on o.id = t.order_id where "+where+" order by t.since, t.id", args...)
	if err != nil {
		return nil, fmt.Errorf("read whom to tell: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Informing
	for rows.Next() {
		i, _, err := scanTold(rows)
		if err != nil {
			return nil, fmt.Errorf("read whom to tell: %w", err)
		}
		found = append(found, i)
	}
	return found, store.Classify(rows.Err())
}

// Whom returns who a telling is about, for the person who tells by hand; the
// caller records the look.
func (d *Desk) Whom(ctx context.Context, id string) (News, error) {
	i, order, err := d.informing(ctx, id)
	if err != nil {
		return News{}, err
	}
	o, err := d.order(ctx, order)
	if err != nil || o.content == nil {
		return News{}, err
	}
	return News{Recipient: i.Recipient, Activity: i.Activity, Right: i.Right, Fields: i.Fields, Person: o.content.Person, Corrections: o.content.Wish.Corrections}, nil
}
