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

// countUses collects the texts in word columns. The rows' persons are known.
func (p *partition) countUses(rows []row) {
	uses := p.met.uses
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
}

// meetWords finds the dictionary entries of the texts that rows use, after making
// those that are new, and notes the use.
func (p *partition) meetWords(ctx context.Context, tx *store.Tx, rows []row) error {
	p.countUses(rows)
	var unknown []string
	for text := range p.met.uses {
		if w, ok := p.words.Get(text); ok {
			p.met.words[text] = w
		} else {
			unknown = append(unknown, text)
		}
	}
	if err := p.enterWords(ctx, tx, unknown); err != nil {
		return err
	}
	p.met.texts = append(p.met.texts, unknown...)
	return p.noteUses(ctx, tx)
}

// enterWords finds words that are not remembered, and makes those that are new.
func (p *partition) enterWords(ctx context.Context, tx *store.Tx, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	// Sorted, so that two nodes which add the same words do not deadlock.
	sort.Strings(texts)
	if err := p.findWords(ctx, tx, texts, p.met.words); err != nil {
		return err
	}
	unknown := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { _, ok := p.met.words[text]; return ok })
	if err := p.addWords(ctx, tx, unknown); err != nil {
		return err
	}
	return p.findWords(ctx, tx, unknown, p.met.words)
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
func (p *partition) addWords(ctx context.Context, tx *store.Tx, texts []string) error {
	_, err := p.newWords.run(ctx, tx, len(texts), func(args []any, i int) []any {
		u := p.met.uses[texts[i]]
		return append(args, texts[i], u.first, u.last, 0, u.owner)
	})
	return err
}

// noteUses writes what the uses change, words with the same change together: in
// a batch most words share the minute, or the count of one.
func (p *partition) noteUses(ctx context.Context, tx *store.Tx) error {
	first, last, counts, owners := changes{}, changes{}, changes{}, changes{}
	for text, u := range p.met.uses {
		w := p.met.words[text]
		before := w
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
		if w != before {
			p.met.words[text] = w
			p.met.texts = append(p.met.texts, text)
		}
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
