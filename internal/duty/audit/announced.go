package audit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// announced counts the rows of which a person should have been told before a rule
// acts, and was not, the tolerance granted. Rows that a hold or a restriction keeps
// are left out: nothing of them is going to end.
func (x *examination) announced(ctx context.Context, s *sheet, a *policy.Activity, m *manifest.Manifest, t *manifest.Table, r *policy.Rule, l limit) error {
	of := cmp.Or(r.Notify.Of, r.From)
	if t.Shape != manifest.Rows || t.Moments[of] == "" || t.Moments[r.From] == "" || subjectOf(m, t) == "" || !x.has(t.Name) {
		return nil
	}
	at, from := t.Name+"."+t.Moments[of], t.Name+"."+t.Moments[r.From]
	running := and(mine(m, t, a), x.running(m, t, l), at+" is not null", subjectOf(m, t)+" is not null",
		fmt.Sprintf("%s > %d", from, l.bound(x.now).UnixMilli()), x.free(m, t, a, l), x.governs(t, l))
	whole, err := count(ctx, x.DB, t.Name, at, running)
	if err != nil {
		return err
	}
	told := "1 = 0"
	if x.has("retain_told") {
		told = fmt.Sprintf("exists (select 1 from retain_told x where x.rule = '%s' and x.subject_table = '%s' and x.row_key = cast(%s.%s as text) and x.counted_at = %s)",
			quote(r.ID), t.Name, t.Name, key(t), at)
	}
	due := func(late time.Time) string { return fmt.Sprintf("%s <= %d", at, announcedThrough(r, late).UnixMilli()) }
	missed, err := count(ctx, x.DB, t.Name, at, and(running, due(x.now.Add(-usualTolerance)), "not "+told))
	if err != nil {
		return err
	}
	s.counted(Check{What: "people told before the rule acts", Rule: r.ID, Table: t.Name, Counted: whole.n, Oldest: whole.oldest}, Finding{
		Count: missed.n, Oldest: missed.oldest, What: "rows of which nobody was told before they go",
		Remedy: "see whether mails leave and whether an address of these people is known; the console shows what waits under Due"})
	return nil
}

// announcedThrough returns the moment so that whatever has its moment then or earlier
// should have been announced by now.
func announcedThrough(r *policy.Rule, now time.Time) time.Time {
	latest := r.Notify.Before.After(now)
	if r.Notify.Of != "" {
		return latest
	}
	if r.Until == policy.EndOfYear {
		latest = time.Date(latest.Year(), time.January, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)
	}
	return r.Keep.Before(latest)
}

// governs is the SQL for: the rule has something to end in the row.
func (x *examination) governs(t *manifest.Table, l limit) string {
	var parts []string
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Field != "" && (len(l.fields) == 0 || l.names(c)) {
			parts = append(parts, holds(c))
		}
	}
	return or(parts)
}
