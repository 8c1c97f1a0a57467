package rights

import (
	"slices"
	"strings"

	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// share is the rows of a kind that one entry of the policy answers for. Where
// rows say which entry they belong to, its rules and title hold for them alone;
// where they do not, the first entry answers for all.
type share struct {
	manifest *manifest.Manifest
	entry    *policy.Activity // nil: the policy has none for these rows
	all      []*policy.Activity
}

// sharesOf returns who answers for the rows of m: its entries in the order of the
// policy and, where rows can be of an entry that is gone, nobody.
func sharesOf(p *policy.Policy, m *manifest.Manifest) []share {
	all := p.OfKind(m.Name)
	var shares []share
	for _, e := range all {
		shares = append(shares, share{m, e, all})
	}
	says := slices.ContainsFunc(m.Tables, func(t manifest.Table) bool { return t.Activity != "" })
	switch {
	case len(all) == 0, says:
		return append(shares, share{m, nil, all})
	}
	return shares[:1]
}

// in reports whether rows of t can be in the share, and the SQL for those that
// are, "" for all.
func (s share) in(t *manifest.Table) (where string, ok bool) {
	column := retain.Entry(s.manifest, t)
	if column == "" || len(s.all) == 0 {
		return "", len(s.all) == 0 || s.entry == s.all[0]
	}
	if s.entry != nil {
		return column + " = " + quoted(s.entry.Key), true
	}
	keys := make([]string, len(s.all))
	for i, e := range s.all {
		keys[i] = quoted(e.Key)
	}
	return "coalesce(" + column + ", '') not in (" + strings.Join(keys, ", ") + ")", true
}

// rules is the entry, or one without rules: none keeps what was stored under an
// earlier policy.
func (s share) rules() *policy.Activity {
	if s.entry == nil {
		return &policy.Activity{Key: s.manifest.Name, Kind: s.manifest.Name}
	}
	return s.entry
}

// quoted is a key of the policy in SQL.
func quoted(key string) string { return "'" + strings.ReplaceAll(key, "'", "''") + "'" }

// rowsOf is the SQL for: the row of t is about the subject $1 and meets the
// conditions that are not empty.
func rowsOf(m *manifest.Manifest, t *manifest.Table, conditions ...string) string {
	where := retain.Whose(m, t) + " = $1"
	for _, c := range conditions {
		if c != "" {
			where += " and (" + c + ")"
		}
	}
	return where
}
