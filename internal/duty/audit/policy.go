package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/policy"
	"kept/internal/store"
)

// taken is a policy that came into force, as the record or the ledger says.
type taken struct {
	hash, version string
	at            time.Time
}

// same reports whether both are about one event. The record's time is read a
// little before the leaf is written.
func (t taken) same(u taken) bool {
	return t.hash == u.hash && t.version == u.version && t.at.Sub(u.at).Abs() <= clockSkew
}

// policies compares the policies that were in force with the ledger: by content
// hash, version and time, one by one, in both directions. Of the one in force the
// stored file must say what its hash says.
func (x *examination) policies(ctx context.Context, s *sheet) error {
	if !x.has("policy_version") {
		return nil
	}
	var leaves []taken
	err := x.eachLeaf(ctx, "policy.taken", func(l leaf) error {
		leaves = append(leaves, taken{l.fact("policy"), l.fact("version"), l.At})
		return nil
	})
	if err != nil {
		return err
	}
	records, source, err := x.versions(ctx)
	if err != nil {
		return err
	}
	var whole, without, lost tally
	for _, r := range records {
		whole.add(tally{1, r.at})
		if i := slices.IndexFunc(leaves, r.same); i >= 0 {
			leaves = slices.Delete(leaves, i, i+1)
			continue
		}
		without.add(tally{1, r.at})
	}
	for _, l := range leaves {
		lost.add(tally{1, l.at})
	}
	c := Check{What: "policies in force with a leaf of the same content, version and time", Table: "policy_version", Counted: whole.n, Oldest: whole.oldest}
	const remedy = "the record was changed or written past Kept; look at who had access to the database"
	s.counted(c, Finding{Count: without.n, Oldest: without.oldest, What: "policies that were in force without a leaf in the ledger that says the same", Remedy: remedy})
	c.What = "policies in the ledger that are on record"
	s.counted(c, Finding{Count: lost.n, Oldest: lost.oldest, What: "policies that the ledger says were in force and that are not on record so", Remedy: remedy})
	x.file(s, source)
	return nil
}

// versions reads the policies on record and the file of the one in force.
func (x *examination) versions(ctx context.Context) (records []taken, source string, err error) {
	rows, err := x.DB.QueryContext(ctx, "select hash, notice_version, taken_at, case when replaced_at is null then source else '' end from policy_version order by taken_at")
	if err != nil {
		return nil, "", fmt.Errorf("read the policies: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var t taken
		var at store.Time
		var file string
		if err := rows.Scan(&t.hash, &t.version, &at, &file); err != nil {
			return nil, "", fmt.Errorf("read the policies: %w", err)
		}
		t.at = at.Time
		if file != "" {
			source = file
		}
		records = append(records, t)
	}
	return records, source, store.Classify(rows.Err())
}

// file checks that the stored file of the policy in force is that policy.
func (x *examination) file(s *sheet, source string) {
	if source == "" {
		return
	}
	p, _ := policy.Read("the policy on record", []byte(source))
	var other int64
	if p == nil || p.Hash != x.policy.Hash {
		other = 1
	}
	s.counted(Check{What: "the file on record says what is in force", Table: "policy_version", Counted: 1}, Finding{Count: other,
		What: "the file on record is not the policy in force", Remedy: "start Kept again with the policy file that is meant; look at who had access to the database"})
}
