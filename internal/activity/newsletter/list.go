package newsletter

import (
	"context"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// List is a list that staff keeps of an entry's subscribers.
type List struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	People  int64     `json:"people"`
}

// Lists returns an entry's lists by name, with how many stand on each.
func (n *Newsletter) Lists(ctx context.Context, a *policy.Activity) (found []List, err error) {
	rows, err := n.env.DB.QueryContext(ctx, `select l.id, l.name, l.created_at,
		(select count(*) from newsletter_member m join newsletter_subscriber s on s.id = m.subscription where m.list = l.id and s.unsubscribed_at is null)
		from newsletter_list l where l.activity = $1 order by l.name`, a.Key)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l List
		var at store.Time
		if err := rows.Scan(&l.ID, &l.Name, &at, &l.People); err != nil {
			return nil, err
		}
		l.Created = at.Time
		found = append(found, l)
	}
	return found, store.Classify(rows.Err())
}

// listNamed returns the id of an entry's list, which is made if there is none.
func (n *Newsletter) listNamed(ctx context.Context, tx *store.Tx, a *policy.Activity, name string) (id string, err error) {
	name = strings.TrimSpace(name)
	switch {
	case !a.Has(fieldLists):
		return "", fault.New(fault.Refused, "%s keeps no lists: add %s to its data", a.Key, fieldLists)
	case name == "" || len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return "", fault.New(fault.Invalid, "a list has a name of at most %d bytes and no line breaks", longest)
	}
	err = tx.QueryRowContext(ctx, `insert into newsletter_list (id, activity, name, created_at) values ($1, $2, $3, $4)
		on conflict (activity, name) do update set name = excluded.name returning id`, store.NewID(), a.Key, name, store.At(n.env.Clock.Now())).Scan(&id)
	return id, store.Classify(err)
}

// NewList makes a list of an entry. Nobody stands on it.
func (n *Newsletter) NewList(ctx context.Context, a *policy.Activity, name string) (id string, err error) {
	err = n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err = n.listNamed(ctx, tx, a, name)
		return err
	})
	return id, err
}

// DropList deletes a list; its people stay subscribers.
func (n *Newsletter) DropList(ctx context.Context, a *policy.Activity, id string) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from newsletter_member where list in (select id from newsletter_list where id = $1 and activity = $2)", id, a.Key); err != nil {
			return store.Classify(err)
		}
		_, err := tx.ExecContext(ctx, "delete from newsletter_list where id = $1 and activity = $2", id, a.Key)
		return store.Classify(err)
	})
}

// putOn puts a subscription on a list of its entry; again is no change.
func (n *Newsletter) putOn(ctx context.Context, tx *store.Tx, a *policy.Activity, subscription, list string) error {
	_, err := tx.ExecContext(ctx, `insert into newsletter_member (id, subscription, list)
		select $1, s.id, l.id from newsletter_subscriber s, newsletter_list l where s.id = $2 and s.activity = $4 and l.id = $3 and l.activity = $4
		on conflict (subscription, list) do nothing`, store.NewID(), subscription, list, a.Key)
	return store.Classify(err)
}

// Put puts a subscription on a list, or takes it off.
func (n *Newsletter) Put(ctx context.Context, a *policy.Activity, subscription, list string, on bool) error {
	if !a.Has(fieldLists) {
		return fault.New(fault.Refused, "%s keeps no lists: add %s to its data", a.Key, fieldLists)
	}
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if on {
			return n.putOn(ctx, tx, a, subscription, list)
		}
		_, err := tx.ExecContext(ctx, "delete from newsletter_member where subscription = $1 and list = $2", subscription, list)
		return store.Classify(err)
	})
}

// SaveSegment stores a segment under its name; one of the same name is replaced.
func (n *Newsletter) SaveSegment(ctx context.Context, a *policy.Activity, s Segment) (id string, err error) {
	s.Activity, s.Name = a.Key, strings.TrimSpace(s.Name)
	if err := s.check(a); err != nil {
		return "", err
	}
	err = n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `insert into newsletter_segment (id, activity, name, content, created_at) values ($1, $2, $3, $4, $5)
			on conflict (activity, name) do update set content = excluded.content returning id`,
			store.NewID(), a.Key, s.Name, store.JSON[Segment]{V: s}, store.At(n.env.Clock.Now())).Scan(&id)
		return store.Classify(err)
	})
	return id, err
}

// Segments returns an entry's segments by name.
func (n *Newsletter) Segments(ctx context.Context, a *policy.Activity) (found []Segment, err error) {
	rows, err := n.env.DB.QueryContext(ctx, "select id, content from newsletter_segment where activity = $1 order by name", a.Key)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var s store.JSON[Segment]
		if err := rows.Scan(&id, &s); err != nil {
			return nil, err
		}
		s.V.ID = id
		found = append(found, s.V)
	}
	return found, store.Classify(rows.Err())
}

// Segment returns the segment called id; NotFound if there is none.
func (n *Newsletter) Segment(ctx context.Context, q store.Querier, id string) (Segment, error) {
	var s store.JSON[Segment]
	err := q.QueryRowContext(ctx, "select content from newsletter_segment where id = $1", id).Scan(&s)
	s.V.ID = id
	return s.V, store.Classify(err)
}

// SegmentCalled returns an entry's segment by its name; NotFound if there is none.
func (n *Newsletter) SegmentCalled(ctx context.Context, a *policy.Activity, name string) (Segment, error) {
	var id string
	err := n.env.DB.QueryRowContext(ctx, "select id from newsletter_segment where activity = $1 and name = $2", a.Key, name).Scan(&id)
	if err = store.Classify(err); err != nil {
		return Segment{}, fault.New(fault.KindOf(err), "%s has no segment %q: %w", a.Key, name, err)
	}
	return n.Segment(ctx, n.env.DB, id)
}

// DropSegment deletes a segment.
func (n *Newsletter) DropSegment(ctx context.Context, a *policy.Activity, id string) error {
	_, err := n.env.DB.ExecContext(ctx, "delete from newsletter_segment where id = $1 and activity = $2", id, a.Key)
	return store.Classify(err)
}
