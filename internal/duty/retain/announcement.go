package retain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// told is an announcement that was made about one row.
type told struct {
	warning           // counted is the time that was announced
	at      time.Time // when
	left    bool      // the row is still there
	over    bool      // the rule has acted, or could have
	now     time.Time // the moment's time now; zero: it has none any more
}

// takeBack ends what was announced and is no longer so: a moment that moved or went
// away is taken back by a mail; of a row that is gone nothing needs to be said.
func (s *Sweeper) takeBack(ctx context.Context, now time.Time) error {
	var all []told
	err := s.eachNotified(func(c condition, t *term) error {
		some, err := s.toldOf(ctx, c, t)
		all = append(all, some...)
		return err
	}, now)
	if err != nil {
		return fmt.Errorf("look what was announced: %w", err)
	}
	var failed error
	written := map[string]bool{} // one mail for what one mail announced
	for _, x := range all {
		moved := x.left && !x.now.Equal(x.counted)
		if x.left && !moved && !x.over {
			continue
		}
		one := fmt.Sprint(x.subject, x.counted.UnixMilli(), x.term.Notify.To)
		if err := s.forgetTold(ctx, x, moved && !written[one]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("take an announcement back: %w", err))
			continue
		}
		written[one] = written[one] || moved
	}
	return failed
}

func (s *Sweeper) toldOf(ctx context.Context, c condition, t *term) ([]told, error) {
	key := fmt.Sprintf("cast(%s.%s as text)", c.table.Name, RowKey(c.table))
	from := c.moment(t.From)
	rows, err := s.DB.QueryContext(ctx, fmt.Sprintf(`select x.row_key, x.subject, x.counted_at, x.told_at, %s is not null, %s, coalesce(%s <= %d, false)
		from retain_told x left join %s on %s = x.row_key where x.rule = $1 and x.subject_table = $2`,
		key, c.moment(countedOf(t.Rule)), from, t.cutoff(c.now).UnixMilli(), c.table.Name, key), t.ID, c.table.Name)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []told
	for rows.Next() {
		x := told{warning: warning{term: t, cover: c.coverage}}
		var counted, at, now store.Time
		if err := rows.Scan(&x.key, &x.subject, &counted, &at, &x.left, &now, &x.over); err != nil {
			return nil, err
		}
		x.counted, x.at, x.now = counted.Time, at.Time, now.Time
		found = append(found, x)
	}
	return found, store.Classify(rows.Err())
}

// forgetTold forgets one announcement, and if write says so writes that it is taken
// back, in one transaction. Somebody who cannot be reached any more is not.
func (s *Sweeper) forgetTold(ctx context.Context, x told, write bool) error {
	var reach Reach
	if write {
		var err error
		reach, err = s.reach(ctx, x.cover.activity.Key, x.subject, x.term.Notify.To)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "delete from retain_told where rule = $1 and subject_table = $2 and row_key = $3 and counted_at = $4",
			x.term.ID, x.cover.table.Name, x.key, store.At(x.counted))
		if err != nil || !write {
			return store.Classify(err)
		}
		if rows, err := done.RowsAffected(); err != nil || rows == 0 {
			return err // another run has done so while this one stood still
		}
		v := s.voice(reach.Lang)
		text := []string{v.t("told.greeting"), v.t("told.back", v.day(x.at)), v.t("told.again"), v.controller.Name}
		m := v.message(x.warning, v.t("told.back.title"), text)
		m.Why = v.t("told.back.why")
		if err := s.send(ctx, tx, m, reach.To); err != nil {
			return err
		}
		_, err = s.Ledger.Append(ctx, tx, "retention.taken-back", map[string]any{"rule": ruleName(x.term.ID), "mails": len(reach.To)})
		return err
	})
}

// Announced is what one rule with "notify" has told in one table, and when it tells
// next.
type Announced struct {
	Activity string    `json:"activity"`
	Rule     string    `json:"rule"`
	Table    string    `json:"table"`
	Before   string    `json:"before"` // ISO 8601
	To       []string  `json:"to"`
	Told     int64     `json:"told"`          // rows that are announced and not over
	Waiting  int64     `json:"waiting"`       // rows whose announcement is due and could not be made
	Next     time.Time `json:"next,omitzero"` // the next announcement; zero if none is foreseen
}

// Announcements says what is announced and what comes next, by rule.
func (s *Sweeper) Announcements(ctx context.Context) (found []Announced, err error) {
	now := s.Clock.Now()
	err = s.eachNotified(func(c condition, t *term) error {
		x := Announced{Activity: c.activity.Key, Rule: t.ID, Table: c.table.Name, Before: t.Notify.Before.String(), To: t.Notify.To}
		err := count(ctx, s.DB, &x.Told, "retain_told", "rule = $1 and subject_table = $2", []any{t.ID, c.table.Name})
		if err != nil {
			return err
		}
		late, err := s.warningsOf(ctx, c, t)
		if err != nil {
			return err
		}
		x.Waiting = int64(len(late))
		if x.Next, err = s.nextTold(ctx, c, t); err != nil {
			return err
		}
		found = append(found, x)
		return nil
	}, now)
	if err != nil {
		return nil, fmt.Errorf("look what is announced: %w", err)
	}
	return found, nil
}

// nextTold returns when the earliest row that is not due for it yet is told about.
func (s *Sweeper) nextTold(ctx context.Context, c condition, t *term) (time.Time, error) {
	counted := c.moment(countedOf(t.Rule))
	rows, err := s.DB.QueryContext(ctx, fmt.Sprintf("select distinct %s from %s where %s order by 1", counted, c.table.Name,
		all([]string{c.begun(t), counted + " is not null", c.untold(t), c.holdsSomething(t),
			fmt.Sprintf("%s > %d", c.moment(t.From), t.cutoff(c.now).UnixMilli())})))
	if err != nil {
		return time.Time{}, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var at store.Time
		if err := rows.Scan(&at); err != nil {
			return time.Time{}, err
		}
		if next := t.tellAt(at.Time); next.After(c.now) {
			return next, nil
		}
	}
	return time.Time{}, store.Classify(rows.Err())
}
