package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/consent"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// clockSkew is how far an event's time, which a browser tells, may lie before
// the decision or after its end.
const clockSkew = 10 * time.Minute

// consents checks guarantee 4: whatever rests on a consent has a decision that
// stood then, and every decision has its text and its leaf.
func (x *examination) consents(ctx context.Context, s *sheet) error {
	if err := x.decisionsBound(ctx, s); err != nil {
		return err
	}
	for i := range x.policy.Activities {
		a := &x.policy.Activities[i]
		m := x.manifest(a.Kind)
		if a.Basis != policy.Consent || m == nil || a.Words().Planned { // what is not run holds nothing; guarantee 1 says so
			continue
		}
		if a.Group == "" {
			if err := x.proven(ctx, s, a, m); err != nil {
				return err
			}
			continue
		}
		for j := range m.Tables {
			t := &m.Tables[j]
			var err error
			switch {
			case t.Impersonal != "":
			case t.Shape == manifest.Rows:
				err = x.consentedRows(ctx, s, a, m, t)
			case t.Subject != "":
				err = x.consentedEvents(ctx, s, a, t)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *examination) manifest(kind string) *manifest.Manifest {
	i := slices.IndexFunc(x.Manifests, func(m manifest.Manifest) bool { return m.Name == kind })
	if i < 0 {
		return nil
	}
	return &x.Manifests[i]
}

// decisionsBound counts decisions whose text is not among the published ones,
// and those without their leaf.
func (x *examination) decisionsBound(ctx context.Context, s *sheet) error {
	const table = "consent_decision"
	if !x.has(table) {
		return nil
	}
	whole, err := count(ctx, x.DB, table, "decided_at", "1 = 1")
	if err != nil {
		return err
	}
	for _, look := range []struct{ what, where, finding, remedy string }{
		{"decisions bound to a published text", "not exists (select 1 from consent_notice n where n.hash = consent_decision.notice_hash)",
			"decisions whose text is not among the published ones", "restore the published texts from a backup; without them the consent cannot be shown"},
		{"decisions with a leaf", "not " + leafExists("consent_decision.leaf", "consent.given"),
			"decisions without a leaf in the ledger", "the record was changed or written past Kept; look at who had access to the database"},
		{"ended decisions with a leaf", "ended_at is not null and not " + leafExists("consent_decision.end_leaf", "consent."),
			"ended decisions without a leaf in the ledger", "the record was changed or written past Kept; look at who had access to the database"},
	} {
		bad, err := count(ctx, x.DB, table, "decided_at", look.where)
		if err != nil {
			return err
		}
		s.counted(Check{What: look.what, Table: table, Counted: whole.n, Oldest: whole.oldest},
			Finding{Count: bad.n, Oldest: bad.oldest, What: look.finding, Remedy: look.remedy})
	}
	return x.decisionsAsSigned(ctx, s, whole)
}

// leafExists is the SQL for: the ledger has the leaf that id names, of a kind
// that begins so, in its place or pending.
func leafExists(id, kind string) string {
	like := `like '%"kind":"` + kind + `%'`
	return or([]string{
		"exists (select 1 from ledger_leaf l where l.id = " + id + " and l.entry " + like + ")",
		"exists (select 1 from ledger_pending l where l.id = " + id + " and l.entry " + like + ")",
	})
}

// consentedRows counts rows whose subject had no standing consent to the
// activity's group when they were collected.
func (x *examination) consentedRows(ctx context.Context, s *sheet, a *policy.Activity, m *manifest.Manifest, t *manifest.Table) error {
	who, at := subjectOf(m, t), momentOf(m, t, "collection")
	if who == "" || !x.has(t.Name) {
		return nil
	}
	if at == "" {
		s.check(Check{What: "consent to " + a.Key, Table: t.Name, Verdict: NotVerifiable, Why: "the table does not say when its rows were collected"})
		return nil
	}
	whole, err := count(ctx, x.DB, t.Name, at, who+" is not null")
	if err != nil {
		return err
	}
	skew := clockSkew.Milliseconds()
	stood := and("d.subject = "+who, fmt.Sprintf("d.decided_at <= %s + %d", at, skew),
		fmt.Sprintf("(d.ended_at is null or d.ended_at >= %s - %d)", at, skew), "d.accepted like $1")
	bad, err := count(ctx, x.DB, t.Name, at, and(who+" is not null", "not exists (select 1 from consent_decision d where "+stood+")"), `%"`+a.Group+`"%`)
	if err != nil {
		return err
	}
	s.counted(Check{What: "consent to " + a.Key, Table: t.Name, Counted: whole.n, Oldest: whole.oldest}, withoutConsent(a, bad))
	return nil
}

func withoutConsent(a *policy.Activity, bad tally) Finding {
	return Finding{Count: bad.n, Oldest: bad.oldest,
		What:   fmt.Sprintf("rows of %s about people whose consent to %s did not stand then", a.Key, a.Group),
		Remedy: "delete these rows and find out how they were collected"}
}

// consentedEvents does the same for events, person by person.
func (x *examination) consentedEvents(ctx context.Context, s *sheet, a *policy.Activity, t *manifest.Table) error {
	found, err := x.tie(ctx, t, a)
	if err != nil {
		return err
	}
	c := Check{What: "consent to " + a.Key, Table: t.Name, Counted: found.whole.n, Oldest: found.whole.oldest}
	if found.sampled {
		c.Verdict, c.Why = Sampled, "more people than one audit looks up"
	}
	s.counted(c, withoutConsent(a, found.without))
	c.What = "withdrawn consent to " + a.Key
	s.counted(c, Finding{Count: found.withdrawn.n, Oldest: found.withdrawn.oldest,
		What:   fmt.Sprintf("rows of %s about people who withdrew their consent to %s over an hour ago", a.Key, a.Group),
		Remedy: "delete these rows; look at the jobs that were set aside, or whether a hold kept them that is lifted now"})
	return nil
}

// withdrew reports whether the consent to group ended over an hour before now,
// and not by the mere lapse of the cookie, which leaves what was collected to its
// own period.
func (v visitor) withdrew(group string, now time.Time) bool {
	var last span
	for _, sp := range v.decided {
		if !slices.Contains(sp.accepted, group) {
			continue
		}
		if sp.to.IsZero() {
			return false
		}
		if sp.to.After(last.to) {
			last = sp
		}
	}
	return !last.to.IsZero() && last.endedBy != consent.Lapsed && last.to.Before(now.Add(-usualTolerance))
}

// outside counts the rows of a person that lie in no consent to group. That all
// of them lie in one is seen at a glance.
func (x *examination) outside(ctx context.Context, q store.Querier, t *manifest.Table, p presence, spans []span, group string) (tally, error) {
	first, last := event.TimeOf(p.first), event.TimeOf(p.last)
	where := []string{"id in (select id from " + event.RowsOf(x.DB.Dialect(), t.Name, p.number) + ")"}
	for _, sp := range spans {
		if !slices.Contains(sp.accepted, group) {
			continue
		}
		from := sp.from.Add(-clockSkew)
		if sp.to.IsZero() {
			if !first.Before(from) {
				return tally{}, nil
			}
			where = append(where, fmt.Sprintf("id < %d", firstID(from)))
			continue
		}
		to := sp.to.Add(clockSkew)
		if !first.Before(from) && !last.After(to) {
			return tally{}, nil
		}
		where = append(where, fmt.Sprintf("(id < %d or id >= %d)", firstID(from), firstID(to)))
	}
	return within(ctx, q, t, strings.Join(where, " and "))
}

// keeps returns whom a hold on the activity or one of its rules, or a
// restriction, keeps from the deletion that follows a withdrawal.
func (x *examination) keeps(ctx context.Context, a *policy.Activity) (func(subject string) bool, error) {
	rows, err := x.DB.QueryContext(ctx, `select subject from subject_hold where until_at > $1 and activity in ('', $2)
		union select subject from subject_restriction r where 1 = 1`+x.byPerson("r"), store.At(x.now), a.Key)
	if err != nil {
		return nil, fmt.Errorf("read the holds: %w", store.Classify(err))
	}
	defer rows.Close()
	kept := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		kept[id] = true
	}
	everybody := kept[""]
	return func(subject string) bool { return everybody || kept[subject] }, store.Classify(rows.Err())
}
