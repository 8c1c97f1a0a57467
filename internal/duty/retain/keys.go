package retain

import (
	"context"
	"fmt"

	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/vault"
)

// seal is a place where values lie sealed under a rule's key.
type seal struct {
	at      condition
	columns []*manifest.Column // none: the row itself
}

// seals returns, by the name of the key, the places where c's activity keeps
// values sealed under it. A key is named after the rule that governs the value,
// or after the whole activity: then every row about the person needs it, for as
// long as a person has a key the person can be found.
func (s *Sweeper) seals(c condition) map[string][]seal {
	found := map[string][]seal{}
	for i := range c.manifest.Tables {
		t := &c.manifest.Tables[i]
		if t.Shape != manifest.Rows {
			continue
		}
		at := condition{cover(c.activity, c.all, c.manifest, t), c.now}
		if at.subject() == "" {
			continue
		}
		found[c.manifest.Name] = append(found[c.manifest.Name], seal{at, nil})
		for _, g := range at.groups {
			var sealed []*manifest.Column
			for _, column := range g.columns {
				if column.Class == manifest.Sealed || column.Class == manifest.Indexed {
					sealed = append(sealed, column)
				}
			}
			if len(sealed) == 0 {
				continue
			}
			governing := g.named
			if len(governing) == 0 {
				governing = at.rest
			}
			for _, t := range governing {
				found[t.ID] = append(found[t.ID], seal{at, sealed})
			}
		}
	}
	return found
}

// destroyLoose destroys the keys of the page's subjects under which the activity
// has nothing sealed any more, and returns how many it asked to destroy.
func (s *Sweeper) destroyLoose(ctx context.Context, q store.Querier, c condition, page []due) (int64, error) {
	subjects := map[string]bool{}
	for _, d := range page {
		if d.subject != "" {
			subjects[d.subject] = true
		}
	}
	if len(subjects) == 0 {
		return 0, nil
	}
	var loose []vault.Ref
	for rule, places := range s.seals(c) {
		used, err := users(ctx, q, places, subjects)
		if err != nil {
			return 0, err
		}
		for id := range subjects {
			if !used[id] {
				loose = append(loose, vault.Ref{Subject: id, Rule: rule})
			}
		}
	}
	if len(loose) == 0 {
		return 0, nil
	}
	if err := s.Vault.DestroyMany(ctx, loose); err != nil {
		return 0, fmt.Errorf("destroy keys: %w", err)
	}
	return int64(len(loose)), nil
}

// users returns which of the subjects still have something at the places.
func users(ctx context.Context, q store.Querier, places []seal, subjects map[string]bool) (map[string]bool, error) {
	ids := make([]any, 0, len(subjects))
	for id := range subjects {
		ids = append(ids, id)
	}
	used := map[string]bool{}
	for _, p := range places {
		who, filled := p.at.subject(), "true"
		if len(p.columns) > 0 {
			filled = Filled(p.columns)
		}
		found, err := store.Texts(ctx, q, fmt.Sprintf("select distinct %s from %s where %s and %s in (%s)",
			who, p.at.table.Name, filled, who, holders(len(ids))), ids...)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			used[id] = true
		}
	}
	return used, nil
}
