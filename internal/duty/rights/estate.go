package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
)

// estate is every place where something may be held of one subject, and what of
// it an erasure leaves.
type estate struct {
	subject  string
	only     string // the activity that the request is limited to, empty for all
	holdings []*holding
	holds    []subject.Hold // that concern the subject
}

// holding is one table, or what of it one entry answers for.
type holding struct {
	entry    *policy.Activity
	manifest *manifest.Manifest
	table    *manifest.Table
	which    string        // SQL for the rows of the entry, "" for all
	outside  bool          // the request is not about this activity: nothing happens to it
	stays    []retain.Stay // columns that a rule or a hold on it keeps
	whole    bool          // a hold keeps everything
	rows     int64         // how many rows there are of what stays
}

// estate lists the tables, children before parents. The rooms of requests and
// of identities are not among them: the one cuts its link when the request is
// closed, the other forgets the subject at the end.
func (d *Desk) estate(ctx context.Context, who, only string) (*estate, error) {
	e := &estate{subject: who, only: only}
	holds, err := d.Subjects.Holds(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		if h.Subject == "" || h.Subject == who {
			e.holds = append(e.holds, h)
		}
	}
	p := d.Policy()
	for i := range d.Manifests {
		m := &d.Manifests[i]
		if m.Name == Name || m.Name == subject.Rule {
			continue
		}
		shares := sharesOf(p, m)
		for _, t := range childrenFirst(m) {
			if err := d.hold(ctx, e, shares, t); err != nil {
				return nil, fmt.Errorf("count %s: %w", t.Name, err)
			}
		}
	}
	return e, nil
}

// hold adds what is held in t, share by share.
func (d *Desk) hold(ctx context.Context, e *estate, shares []share, t *manifest.Table) (err error) {
	for _, s := range shares {
		which, ok := s.in(t)
		if !ok {
			continue
		}
		h := e.hold(s.rules(), s.manifest, t)
		h.which = which
		if h.whole || len(h.stays) > 0 {
			if h.rows, err = d.count(ctx, h, e.subject, ""); err != nil {
				return err
			}
		}
		e.holdings = append(e.holdings, h)
	}
	return nil
}

// childrenFirst returns m's tables that can hold something about a person.
func childrenFirst(m *manifest.Manifest) []*manifest.Table {
	var found []*manifest.Table
	for i := range m.Tables {
		t := &m.Tables[i]
		if t.Impersonal != "" || t.Shape == manifest.Rows && retain.Whose(m, t) == "" || t.Shape != manifest.Rows && t.Subject == "" {
			continue
		}
		found = append(found, t)
	}
	depth := func(t *manifest.Table) (n int) {
		for parent, ok := m.Table(t.Parent); ok && n <= len(m.Tables); parent, ok = m.Table(parent.Parent) {
			n++
		}
		return n
	}
	slices.SortStableFunc(found, func(x, y *manifest.Table) int { return depth(y) - depth(x) })
	return found
}

// hold says what of t stays.
func (e *estate) hold(a *policy.Activity, m *manifest.Manifest, t *manifest.Table) *holding {
	h := &holding{entry: a, manifest: m, table: t}
	if h.outside = e.only != "" && a.Key != e.only; h.outside {
		h.whole = true
		return h
	}
	for _, x := range e.holds {
		h.whole = h.whole || x.Rule == "" && (x.Activity == "" || x.Activity == a.Key)
	}
	if h.whole {
		return h
	}
	h.stays = retain.Stays(a, m, t, func(r *policy.Rule) bool {
		_, held := e.heldBy(a, r)
		return held || retain.Outlasts(a, r)
	})
	if t.Shape != manifest.Rows { // events stay or go as rows
		h.whole, h.stays = len(h.stays) > 0, nil
	}
	return h
}

// heldBy returns the hold that suspends a's rule r; r may be nil for the whole
// activity.
func (e *estate) heldBy(a *policy.Activity, r *policy.Rule) (subject.Hold, bool) {
	for _, x := range e.holds {
		if x.Activity != "" && x.Activity != a.Key {
			continue
		}
		if x.Rule == "" || r != nil && x.Rule == r.ID {
			return x, true
		}
	}
	return subject.Hold{}, false
}

// keysThatStay names the keys that seal what stays: those of the rule, of the
// activity and of the event table.
func (e *estate) keysThatStay() map[string]bool {
	keep := map[string]bool{}
	for _, h := range e.holdings {
		if !h.whole && len(h.stays) == 0 {
			continue
		}
		keep[h.manifest.Name], keep[h.entry.Key] = true, true
		if h.whole {
			keep[h.table.Name] = true
			for i := range h.entry.Retention {
				keep[h.entry.Retention[i].ID] = true
			}
		}
		for _, s := range h.stays {
			keep[s.Rule.ID] = true
		}
	}
	return keep
}

// forgets reports whether nothing at all stays, so that the subject itself goes.
// Otherwise who it was is kept, sealed, until the last of it ends; so it is while
// a hold names the person.
func (e *estate) forgets() bool {
	return !e.named() && !slices.ContainsFunc(e.holdings, func(h *holding) bool { return h.rows > 0 })
}

func (e *estate) named() bool {
	return slices.ContainsFunc(e.holds, func(x subject.Hold) bool { return x.Subject != "" })
}

// held reports whether a hold keeps something, be it only who the person is.
func (e *estate) held() bool {
	return e.named() || slices.ContainsFunc(e.holdings, func(h *holding) bool {
		if h.rows == 0 {
			return false
		}
		if h.outside {
			return false
		}
		_, held := e.heldBy(h.entry, nil)
		return held || slices.ContainsFunc(h.entry.Retention, func(r policy.Rule) bool {
			_, held := e.heldBy(h.entry, &r)
			return held
		})
	})
}

// Preview says what an erasure would take and what would stay, and changes
// nothing.
func (d *Desk) Preview(ctx context.Context, subject string) (goes, stays []Part, err error) {
	return d.preview(ctx, subject, "")
}

// preview is Preview for one activity alone, if only names one.
func (d *Desk) preview(ctx context.Context, subject, only string) (goes, stays []Part, err error) {
	e, err := d.estate(ctx, subject, only)
	if err != nil {
		return nil, nil, fmt.Errorf("look at what is held: %w", err)
	}
	for _, h := range e.holdings {
		if h.outside {
			continue
		}
		rows, err := d.count(ctx, h, subject, "")
		if err != nil {
			return nil, nil, fmt.Errorf("count %s: %w", h.table.Name, err)
		}
		if rows == 0 {
			continue
		}
		part := Part{Activity: h.entry.Key, Table: h.table.Name, Rows: rows}
		if !h.whole && len(h.stays) == 0 {
			goes = append(goes, part)
			continue
		}
		kept, err := d.kept(ctx, e, h, part)
		if err != nil {
			return nil, nil, fmt.Errorf("look at what stays in %s: %w", h.table.Name, err)
		}
		stays = append(stays, kept...)
		if len(retain.Goes(h.entry, h.manifest, h.table, h.stays)) > 0 && !h.whole {
			goes = append(goes, part)
		}
	}
	return goes, stays, nil
}

// kept says of what stays in a table why, and until when.
func (d *Desk) kept(ctx context.Context, e *estate, h *holding, part Part) ([]Part, error) {
	if hold, ok := e.heldBy(h.entry, nil); ok && h.whole {
		part.Reason, part.Text, part.Until = reasonHold, HoldWords(d.Policy(), hold), hold.Until
		return []Part{part}, nil
	}
	var parts []Part
	for _, s := range h.stays {
		one := part
		one.Rule = s.Rule.ID
		if hold, ok := e.heldBy(h.entry, s.Rule); ok {
			one.Reason, one.Text, one.Until = reasonHold, HoldWords(d.Policy(), hold), hold.Until
			parts = append(parts, one)
			continue
		}
		one.Reason, one.Text = reasonClaims, Words(s.Rule.Reason)
		if law, ok := retain.LawOf(h.entry, s.Rule); ok {
			one.Reason = reasonLaw
			if len(one.Text) == 0 {
				one.Text = Words{"en": law, "de": law}
			}
		}
		until, err := d.ends(ctx, e.subject, h, s.Rule)
		if err != nil {
			return nil, err
		}
		one.Until = until
		parts = append(parts, one)
	}
	return parts, nil
}

// ends returns when the last of the subject's rows reaches its time under r. A
// moment that has not come comes with the erasure.
func (d *Desk) ends(ctx context.Context, who string, h *holding, r *policy.Rule) (time.Time, error) {
	last := d.Clock.Now()
	column, ok := h.table.Moments[r.From]
	if !ok {
		return retain.Ends(r, last), nil
	}
	var open, latest store.Time
	err := d.DB.QueryRowContext(ctx, fmt.Sprintf("select max(case when %s is null then 1 end), max(%s) from %s where %s",
		column, column, h.table.Name, rowsOf(h.manifest, h.table, h.which)), who).Scan(&open, &latest)
	if err != nil {
		return time.Time{}, store.Classify(err)
	}
	if open.IsZero() && !latest.IsZero() {
		last = latest.Time
	}
	return retain.Ends(r, last), nil
}

// count counts the subject's rows in a table that meet a condition.
func (d *Desk) count(ctx context.Context, h *holding, who, condition string) (n int64, err error) {
	if h.table.Shape != manifest.Rows {
		err = d.Events.Of(ctx, h.table.Name, who, func(event.Row) error {
			n++
			return nil
		})
		return n, err
	}
	query := fmt.Sprintf("select count(*) from %s where %s", h.table.Name, rowsOf(h.manifest, h.table, h.which, condition))
	return n, store.Classify(d.DB.QueryRowContext(ctx, query, who).Scan(&n))
}

// left asks everything again and names the first place that still answers, ""
// if none does.
func (d *Desk) left(ctx context.Context, e *estate) (string, error) {
	for _, h := range e.holdings {
		if h.whole {
			continue
		}
		condition := ""
		if len(h.stays) > 0 {
			condition = retain.Filled(retain.Goes(h.entry, h.manifest, h.table, h.stays))
		}
		n, err := d.count(ctx, h, e.subject, condition)
		if err != nil {
			return "", fmt.Errorf("ask %s again: %w", h.table.Name, err)
		}
		if n > 0 {
			return fmt.Sprintf("%d rows in %s", n, h.table.Name), nil
		}
	}
	rules, err := d.keysThatGo(ctx, e)
	if err != nil || len(rules) == 0 {
		return "", err
	}
	return fmt.Sprintf("%d keys", len(rules)), nil
}
