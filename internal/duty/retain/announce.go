package retain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// A rule with "notify" has people told before it acts: a period before the moment
// that "of" names, or without "of" before the rule acts. Each row is told about once
// for each time of its moment; what is about one person and counts from one time
// stands in one mail. If the moment moves or goes away, the mail is taken back by
// another, and a new moment is told about in its own time.
//
// Whoever could not be told in time (the house was closed, the address was missing,
// the moment came at once) is told late, until the rule acts: the end itself never
// waits. Somebody whose data a hold or a restriction keeps is not told, since nothing
// of theirs is going to end; once it is lifted they are, if there is time left.

// Post takes a mail in the caller's transaction.
type Post interface {
	Enqueue(ctx context.Context, tx *store.Tx, m mail.Message) (id string, err error)
}

// Reach is how somebody is told.
type Reach struct {
	To      []mail.Address // the first is the person's own, others get a copy
	Lang    string
	Prevent string // the page on which the end can be prevented; empty: there is none
	Hasten  string // the page on which it can be had at once; empty: there is none
}

// Reaching finds how the person of an entry's row is told, by the words of
// "notify: {to: …}". An address that is not there is left out; NotFound if nobody
// knows any.
type Reaching func(ctx context.Context, activity, subject string, to []string) (Reach, error)

// Tell has people told by post, as reach finds them. Without it nobody is, and the
// audit says so.
func (s *Sweeper) Tell(post Post, reach Reaching) { s.post, s.reach = post, reach }

// warning is one row of which somebody is to be told.
type warning struct {
	term    *term
	cover   *coverage
	key     string
	subject string
	counted time.Time // the moment that the announcement counts back from
	from    time.Time // the moment that the rule counts from
}

// announce tells everybody who is to be told now and has not been, and takes back
// what is no longer true. What fails for one person is tried again at the next run,
// and keeps nobody else from being told.
func (s *Sweeper) announce(ctx context.Context, now time.Time) error {
	if s.reach == nil {
		return nil
	}
	failed := s.takeBack(ctx, now)
	warnings, err := s.warnings(ctx, now)
	if err != nil {
		return errors.Join(failed, fmt.Errorf("look who is to be told: %w", err))
	}
	for _, some := range byPerson(warnings) {
		if err := s.tell(ctx, some, now); err != nil && !fault.Is(err, fault.NotFound) {
			failed = errors.Join(failed, fmt.Errorf("tell somebody what is going to end: %w", err))
		}
	}
	return failed
}

// byPerson puts together what one mail says: what is about one person, counts from
// one time and is told to the same addresses.
func byPerson(all []warning) [][]warning {
	type one struct {
		subject string
		at      time.Time
		to      string
	}
	groups := map[one][]warning{}
	var order []one
	for _, w := range all {
		k := one{w.subject, w.counted, fmt.Sprint(w.term.Notify.To)}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], w)
	}
	found := make([][]warning, len(order))
	for i, k := range order {
		found[i] = groups[k]
	}
	return found
}

// warnings returns the rows of which somebody is to be told now.
func (s *Sweeper) warnings(ctx context.Context, now time.Time) (found []warning, err error) {
	err = s.eachNotified(func(c condition, t *term) error {
		more, err := s.warningsOf(ctx, c, t)
		found = append(found, more...)
		return err
	}, now)
	return found, err
}

// eachNotified calls f for every rule with "notify" and every table in which its
// moment stands. Tables that hang on others go with them, and are not told about.
func (s *Sweeper) eachNotified(f func(c condition, t *term) error, now time.Time) error {
	p := s.Policy()
	for i := range p.Activities {
		a := &p.Activities[i]
		m := s.manifest(a.Kind)
		if m == nil {
			continue
		}
		terms := termsOf(a)
		for _, table := range tables(m) {
			if table.Shape != manifest.Rows {
				continue
			}
			c := condition{cover(a, terms, m, table), now}
			for _, t := range c.terms {
				if t.Notify == nil || table.Moments[t.From] == "" || table.Moments[countedOf(t.Rule)] == "" || c.subject() == "" {
					continue
				}
				if err := f(c, t); err != nil {
					return fmt.Errorf("%s in %s: %w", t.ID, table.Name, err)
				}
			}
		}
	}
	return nil
}

// countedOf is the moment whose time a rule's announcement depends on.
func countedOf(r *policy.Rule) string { return cmp.Or(r.Notify.Of, r.From) }

// tellAt returns when somebody is to be told of a row whose moment is at counted.
func (t *term) tellAt(counted time.Time) time.Time {
	if t.Notify.Of == "" {
		counted = t.over(counted)
	}
	return t.Notify.Before.Before(counted)
}

// lookahead is how much further than needed SQL looks, which cannot count months;
// each row is then counted in Go.
const lookahead = 4 * 24 * time.Hour

// toldSoon is the SQL for: the rule has begun and is not over, and its announcement
// is due or nearly so.
func (c condition) toldSoon(t *term) string {
	horizon := t.Notify.Before.After(c.now).Add(lookahead)
	if t.Notify.Of == "" {
		if t.Until == policy.EndOfYear {
			horizon = horizon.AddDate(0, 0, 1)
		}
		horizon = t.Keep.Before(horizon)
	}
	from, counted := c.moment(t.From), c.moment(countedOf(t.Rule))
	return all([]string{c.begun(t), fmt.Sprintf("%s > %d", from, t.cutoff(c.now).UnixMilli()),
		counted + " is not null", fmt.Sprintf("%s <= %d", counted, horizon.UnixMilli()), c.holdsSomething(t)})
}

// holdsSomething is the SQL for: the rule would end something in the row.
func (c condition) holdsSomething(t *term) string {
	var parts []string
	for _, g := range c.governed(t) {
		parts = append(parts, Filled(g.columns))
	}
	if len(parts) == 0 {
		return "true"
	}
	return either(parts)
}

// untold is the SQL for: nobody was told of this time of the row's moment.
func (c condition) untold(t *term) string {
	return fmt.Sprintf("not exists (select 1 from retain_told x where x.rule = %s and x.subject_table = %s and x.row_key = cast(%s.%s as text) and x.counted_at = %s)",
		literal(t.ID), literal(c.table.Name), c.table.Name, RowKey(c.table), c.moment(countedOf(t.Rule)))
}

func (s *Sweeper) warningsOf(ctx context.Context, c condition, t *term) ([]warning, error) {
	keep, everybody, err := s.kept(ctx, c.activity.Key, t.ID)
	if err != nil || everybody {
		return nil, err
	}
	who := c.subject()
	rows, err := s.DB.QueryContext(ctx, fmt.Sprintf("select cast(%s.%s as text), %s, %s, %s from %s where %s", c.table.Name, RowKey(c.table), who,
		c.moment(countedOf(t.Rule)), c.moment(t.From), c.table.Name, all([]string{who + " is not null", c.toldSoon(t), c.untold(t)})))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []warning
	for rows.Next() {
		w := warning{term: t, cover: c.coverage}
		var counted, from store.Time
		if err := rows.Scan(&w.key, &w.subject, &counted, &from); err != nil {
			return nil, err
		}
		w.counted, w.from = counted.Time, from.Time
		if _, kept := slices.BinarySearch(keep, w.subject); !kept && !c.now.Before(t.tellAt(w.counted)) {
			found = append(found, w)
		}
	}
	return found, store.Classify(rows.Err())
}

// tell writes one mail to each address of the person, and that it did.
func (s *Sweeper) tell(ctx context.Context, some []warning, now time.Time) error {
	first := some[0]
	reach, err := s.reach(ctx, first.cover.activity.Key, first.subject, first.term.Notify.To)
	if err != nil {
		return err
	}
	if len(reach.To) == 0 {
		return fault.New(fault.NotFound, "no address is known at which somebody could be told")
	}
	letter := s.letter(some, reach, now)
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.send(ctx, tx, letter, reach.To); err != nil {
			return err
		}
		for _, w := range some {
			_, err := tx.ExecContext(ctx, `insert into retain_told (rule, subject_table, row_key, subject, counted_at, told_at) values ($1, $2, $3, $4, $5, $6)`,
				w.term.ID, w.cover.table.Name, w.key, w.subject, store.At(w.counted), store.At(now))
			if err != nil {
				return store.Classify(err)
			}
		}
		_, err := s.Ledger.Append(ctx, tx, "retention.announced", map[string]any{"rules": ruleNames(some), "rows": len(some), "mails": len(reach.To)})
		return err
	})
}

func (s *Sweeper) send(ctx context.Context, tx *store.Tx, m mail.Message, to []mail.Address) error {
	for _, address := range to {
		m.To = address
		if _, err := s.post.Enqueue(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func ruleNames(some []warning) []any {
	var names []any
	for _, w := range some {
		if name := any(ruleName(w.term.ID)); !slices.Contains(names, name) && len(names) < leafItems {
			names = append(names, name)
		}
	}
	return names
}
