package audit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
)

// stuck is how long an erasure may be under way before the audit calls it so.
const stuck = time.Hour

// mostSealed is how many people's sealed rows one audit asks the vault about,
// a table.
const mostSealed = 20_000

// erasures checks guarantee 8: keys lie apart, what was sealed under destroyed
// keys is gone, and no erasure is left half done.
func (x *examination) erasures(ctx context.Context, s *sheet) error {
	if err := x.keysApart(ctx, s); err != nil {
		return err
	}
	if err := x.halfErased(ctx, s); err != nil {
		return err
	}
	for i := range x.Manifests {
		m := &x.Manifests[i]
		for j := range m.Tables {
			t := &m.Tables[j]
			var err error
			switch {
			case t.Impersonal != "" || t.Subject == "":
			case t.Shape == manifest.Rows:
				err = x.sealedWithoutKey(ctx, s, t)
			default:
				err = x.eventsOfNobody(ctx, s, t)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *examination) keysApart(ctx context.Context, s *sheet) error {
	apart, err := x.Vault.Apart(ctx, x.DB)
	switch {
	case fault.Is(err, fault.Unavailable):
		s.unsure("keys apart from data", err.Error())
	case err != nil:
		return err
	case apart:
		s.check(Check{What: "keys apart from data", Counted: 1, Verdict: Verified})
	default:
		s.check(Check{What: "keys apart from data", Verdict: Broken})
		s.find(Finding{Count: 1, What: "the keys lie on the same server as the data: a copy of the server reads both", Remedy: "keep the keys on another server (--vault)"})
	}
	return nil
}

// halfErased counts requests for erasure and withdrawals that have begun and do
// not end.
func (x *examination) halfErased(ctx context.Context, s *sheet) error {
	if !x.has("rights_request") {
		return nil
	}
	const erasure = "asked = 'erasure'"
	whole, err := count(ctx, x.DB, "rights_request", "received_at", erasure)
	if err != nil {
		return err
	}
	open := and(erasure, "closed_at is null", or([]string{"state = 'waiting'", "due_at < $1", "received_at < $2"}))
	late, err := count(ctx, x.DB, "rights_request", "received_at", open, x.now.UnixMilli(), x.now.Add(-stuck).UnixMilli())
	if err != nil {
		return err
	}
	s.counted(Check{What: "requests for erasure", Table: "rights_request", Counted: whole.n, Oldest: whole.oldest}, Finding{
		Count: late.n, Oldest: late.oldest, What: "erasures that were asked for and are not done",
		Remedy: "look at the jobs that were set aside, mend what they name, and resume the request"})
	linked, err := count(ctx, x.DB, "rights_request", "closed_at", and(erasure, "state = 'done'", "subject is not null"))
	if err != nil {
		return err
	}
	s.counted(Check{What: "erasures that lead to nobody any more", Table: "rights_request", Counted: whole.n, Oldest: whole.oldest}, Finding{
		Count: linked.n, Oldest: linked.oldest, What: "finished erasures that still name the subject", Remedy: "empty the column subject of these requests"})
	return nil
}

// sealedWithoutKey counts rows that still hold sealed values of people none of
// whose keys is left: their erasure forgot them.
func (x *examination) sealedWithoutKey(ctx context.Context, s *sheet, t *manifest.Table) error {
	var sealed []string
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Class == manifest.Sealed {
			sealed = append(sealed, "length("+c.Name+") > 0")
		}
	}
	if len(sealed) == 0 || !x.has(t.Name) {
		return nil
	}
	rows, err := x.DB.QueryContext(ctx, fmt.Sprintf("select %s, count(*), min(%s) from %s where %s is not null and %s group by %s limit %d",
		t.Subject, cmp.Or(anyMoment(t), "null"), t.Name, t.Subject, or(sealed), t.Subject, mostSealed))
	if err != nil {
		return fmt.Errorf("read sealed rows of %s: %w", t.Name, store.Classify(err))
	}
	defer rows.Close()
	var whole, without tally
	people := 0
	for rows.Next() {
		var id string
		var n tally
		var oldest store.Time
		if err := rows.Scan(&id, &n.n, &oldest); err != nil {
			return err
		}
		n.oldest = oldest.Time
		refs, err := x.Vault.Refs(ctx, id)
		if err != nil {
			return fmt.Errorf("ask for keys: %w", err)
		}
		whole.add(n)
		people++
		if len(refs) == 0 {
			without.add(n)
		}
	}
	if err := rows.Err(); err != nil {
		return store.Classify(err)
	}
	c := Check{What: "sealed rows whose people have a key", Table: t.Name, Counted: whole.n, Oldest: whole.oldest}
	if people == mostSealed {
		c.Verdict, c.Why = Sampled, fmt.Sprintf("%d people of more", mostSealed)
	}
	s.counted(c, Finding{Count: without.n, Oldest: without.oldest,
		What: "rows of people whose keys were destroyed: nobody can read them, and they are still there", Remedy: "delete them; find out why the erasure left them"})
	return nil
}

// eventsOfNobody counts events that name a person whom no key ties to a subject
// any more.
func (x *examination) eventsOfNobody(ctx context.Context, s *sheet, t *manifest.Table) error {
	found, ok := x.persons[t.Name]
	if !ok {
		var err error
		if found, err = x.tie(ctx, t, nil); err != nil {
			return err
		}
	}
	c := Check{What: "events whose people are known", Table: t.Name, Counted: found.whole.n, Oldest: found.whole.oldest}
	if found.sampled {
		c.Verdict, c.Why = NotVerifiable, "more people than one audit looks up"
	}
	s.counted(c, Finding{Count: found.nobodys.n, Oldest: found.nobodys.oldest,
		What: "events under a person's number whose key was destroyed or whose subject is not known", Remedy: "delete them; find out why the erasure left them"})
	return nil
}
