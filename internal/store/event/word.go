package event

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
)

// word is an entry of the dictionary, with what is needed to tell, when rows go,
// whether anybody still uses it - without looking through the month.
type word struct {
	id    int64
	first int64 // the smallest id of a row that uses it, or smaller
	last  int64 // the time of its last use in milliseconds, rounded up to the minute
	uses  int64 // rows that use it, counted as far as rare; more is not counted
	owner int64 // the only person who uses it, 0 if there are several or nobody's rows
}

// A word in constant use is written once a minute, for last, and is counted no
// more. A rare one is written at each use.
const (
	minute = int64(time.Minute / time.Millisecond)
	rare   = 256
)

func roundUp(ms int64) int64 { return (ms + minute - 1) / minute * minute }

// use is how a batch uses a word.
type use struct{ first, last, n, owner int64 }

// uses collects the texts in word columns. The rows' persons are known.
func (p *partition) uses(rows []row) map[string]use {
	uses := map[string]use{}
	for i := range rows {
		r := &rows[i]
		for k, v := range r.values {
			text, ok := v.(string)
			if !ok || p.columns[k].Class != manifest.Word {
				continue
			}
			u, seen := uses[text]
			if !seen {
				u = use{first: r.id, owner: r.number}
			}
			if u.owner != r.number {
				u.owner = 0
			}
			uses[text] = use{min(u.first, r.id), max(u.last, roundUp(r.id>>randomBits+1)), u.n + 1, u.owner}
		}
	}
	return uses
}

// meetWords returns the dictionary entries of the texts that rows use, after
// making those that are new and noting the use.
func (p *partition) meetWords(ctx context.Context, tx *store.Tx, rows []row) (map[string]word, error) {
	uses := p.uses(rows)
	met := make(map[string]word, len(uses))
	var unknown []string
	for text := range uses {
		if w, ok := p.words.Get(text); ok {
			met[text] = w
		} else {
			unknown = append(unknown, text)
		}
	}
	// Sorted, so that two nodes which add the same words do not deadlock.
	sort.Strings(unknown)
	if err := p.findWords(ctx, tx, unknown, met); err != nil {
		return nil, err
	}
	unknown = slices.DeleteFunc(unknown, func(text string) bool { _, ok := met[text]; return ok })
	if err := p.addWords(ctx, tx, unknown, uses); err != nil {
		return nil, err
	}
	if err := p.findWords(ctx, tx, unknown, met); err != nil {
		return nil, err
	}
	return met, p.noteUses(ctx, tx, uses, met)
}

func (p *partition) findWords(ctx context.Context, q store.Querier, texts []string, into map[string]word) error {
	for some := range slices.Chunk(texts, most) {
		in, args := list(p.db, 1, some)
		rows, err := q.QueryContext(ctx, "select id, text, first, last, uses, owner from "+p.wordTable()+" where text in "+in, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var w word
			var text string
			if err := rows.Scan(&w.id, &text, &w.first, &w.last, &w.uses, &w.owner); err != nil {
				rows.Close()
				return err
			}
			into[text] = w
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// addWords makes words that nobody uses yet.
func (p *partition) addWords(ctx context.Context, tx *store.Tx, texts []string, uses map[string]use) error {
	if len(texts) == 0 {
		return nil
	}
	ins := insertion{
		table: p.wordTable(), columns: []string{"text", "first", "last", "uses", "owner"}, ending: "on conflict (text) do nothing", n: len(texts),
		bind: func(args []any, i int) []any {
			u := uses[texts[i]]
			return append(args, texts[i], u.first, u.last, 0, u.owner)
		},
	}
	_, err := ins.run(ctx, p.db, tx)
	return err
}

// noteUses writes what the uses change, words with the same change together: in
// a batch most words share the minute, or the count of one.
func (p *partition) noteUses(ctx context.Context, tx *store.Tx, uses map[string]use, met map[string]word) error {
	first, last, counts, owners := changes{}, changes{}, changes{}, changes{}
	for text, u := range uses {
		w := met[text]
		if u.first < w.first {
			w.first = u.first
			first.add(w.first, w.id)
		}
		if u.last > w.last {
			w.last = u.last
			last.add(w.last, w.id)
		}
		if w.uses <= rare {
			w.uses = min(w.uses+u.n, rare+1)
			counts.add(u.n, w.id)
		}
		if w.owner != 0 && w.owner != u.owner {
			w.owner = 0
			owners.add(0, w.id)
		}
		met[text] = w
	}
	return errors.Join(
		p.setWords(ctx, tx, "first = $1 where first > $1", first),
		p.setWords(ctx, tx, "last = $1 where last < $1", last),
		p.setWords(ctx, tx, fmt.Sprintf("uses = uses + $1 where uses <= %d", rare), counts),
		p.setWords(ctx, tx, "owner = $1 where owner <> $1", owners))
}

// changes groups words by the value that is written to them.
type changes map[int64][]int64

func (c changes) add(value, id int64) { c[value] = append(c[value], id) }

func (p *partition) setWords(ctx context.Context, tx *store.Tx, set string, groups changes) error {
	for _, value := range slices.Sorted(maps.Keys(groups)) {
		ids := groups[value]
		slices.Sort(ids)
		for some := range slices.Chunk(ids, most) {
			in, args := list(p.db, 2, some)
			_, err := tx.ExecContext(ctx, "update "+p.wordTable()+" set "+set+" and id in "+in, append([]any{value}, args...)...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// texts looks up words by number, into known.
func (p *partition) texts(ctx context.Context, q store.Querier, ids []int64, known map[int64]string) error {
	ids = slices.DeleteFunc(ids, func(id int64) bool { _, ok := known[id]; return ok })
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), most) {
		in, args := list(p.db, 1, some)
		rows, err := q.QueryContext(ctx, "select id, text from "+p.wordTable()+" where id in "+in, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id int64
			var text string
			if err := rows.Scan(&id, &text); err != nil {
				rows.Close()
				return err
			}
			known[id] = text
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
