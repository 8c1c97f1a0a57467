package event

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
)

// word is an entry of the dictionary: its number, and the moments between which
// rows use it, first inclusive and last exclusive, in milliseconds.
type word struct{ id, first, last int64 }

// minute is how finely a word's last use is kept: a word in constant use is
// written once a minute.
const minute = int64(time.Minute / time.Millisecond)

// use is when a batch uses a word.
type use struct{ first, last int64 }

// meetWords returns the dictionary entries of the texts that rows use, after
// making those that are new and stretching those that are used earlier or later
// than known.
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
	return met, p.stretch(ctx, tx, uses, met)
}

// uses collects the texts in word columns.
func (p *partition) uses(rows []row) map[string]use {
	uses := map[string]use{}
	for i := range rows {
		at := rows[i].id >> randomBits
		for k, v := range rows[i].values {
			text, ok := v.(string)
			if !ok || p.columns[k].Class != manifest.Word {
				continue
			}
			u, seen := uses[text]
			if !seen {
				u = use{first: at, last: at + 1}
			}
			uses[text] = use{first: min(u.first, at), last: max(u.last, at+1)}
		}
	}
	return uses
}

// most is how many items go into one list of parameters.
const most = 256

func (p *partition) findWords(ctx context.Context, q store.Querier, texts []string, into map[string]word) error {
	for some := range slices.Chunk(texts, most) {
		in, args := list(1, some)
		rows, err := q.QueryContext(ctx, "select id, text, first, last from "+p.wordTable()+" where text in "+in, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var w word
			var text string
			if err := rows.Scan(&w.id, &text, &w.first, &w.last); err != nil {
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

func (p *partition) addWords(ctx context.Context, tx *store.Tx, texts []string, uses map[string]use) error {
	for len(texts) > 0 {
		n := chunk(len(texts))
		args := make([]any, 0, 3*n)
		for _, text := range texts[:n] {
			args = append(args, text, uses[text].first, roundUp(uses[text].last))
		}
		_, err := tx.ExecContext(ctx, "insert into "+p.wordTable()+" (text, first, last) values "+tuples(n, 3)+
			" on conflict (text) do nothing", args...)
		if err != nil {
			return err
		}
		texts = texts[n:]
	}
	return nil
}

func roundUp(ms int64) int64 { return (ms + minute - 1) / minute * minute }

// stretch writes earlier firsts and later lasts, grouped by value: all words of
// a batch usually share the minute.
func (p *partition) stretch(ctx context.Context, tx *store.Tx, uses map[string]use, met map[string]word) error {
	earlier, later := map[int64][]int64{}, map[int64][]int64{}
	for text, u := range uses {
		w := met[text]
		if u.first < w.first {
			earlier[u.first] = append(earlier[u.first], w.id)
			w.first = u.first
		}
		if u.last > w.last {
			w.last = roundUp(u.last)
			later[w.last] = append(later[w.last], w.id)
		}
		met[text] = w
	}
	if err := p.setWords(ctx, tx, "first = $1 where first > $1", earlier); err != nil {
		return err
	}
	return p.setWords(ctx, tx, "last = $1 where last < $1", later)
}

func (p *partition) setWords(ctx context.Context, tx *store.Tx, set string, groups map[int64][]int64) error {
	for value, ids := range groups {
		slices.Sort(ids)
		for some := range slices.Chunk(ids, most) {
			in, args := list(2, some)
			_, err := tx.ExecContext(ctx, "update "+p.wordTable()+" set "+set+" and id in "+in, append([]any{value}, args...)...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// dropUnused deletes those of the words that no row uses any more. It looks for
// a user only between the word's first and last use.
func (p *partition) dropUnused(ctx context.Context, tx *store.Tx, g *gone, ids []int64) error {
	for some := range slices.Chunk(ids, most) {
		in, args := list(1, some)
		if err := p.dropWords(ctx, tx, g, "w.id in "+in, args...); err != nil {
			return err
		}
	}
	return nil
}

// dropAged deletes the words whose last use lies at or before the cutoff, and
// those used in its minute if nobody uses them afterwards.
func (p *partition) dropAged(ctx context.Context, tx *store.Tx, g *gone, cutoff time.Time) error {
	if !p.layout.words {
		return nil
	}
	return p.dropWords(ctx, tx, g, "w.last <= $1", roundUp(cutoff.UnixMilli()+1))
}

func (p *partition) dropWords(ctx context.Context, tx *store.Tx, g *gone, where string, args ...any) error {
	rows, err := tx.QueryContext(ctx, "delete from "+p.wordTable()+" as w where "+where+
		" and not exists (select 1 from "+p.rows()+" r where r.id >= w.first << 22 and r.id < w.last << 22"+
		" and w.id in (r."+strings.Join(p.wordColumns(), ", r.")+")) returning text", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		g.words = append(g.words, text)
	}
	return rows.Err()
}

// texts looks up words by number, into known.
func (p *partition) texts(ctx context.Context, q store.Querier, ids []int64, known map[int64]string) error {
	ids = slices.DeleteFunc(ids, func(id int64) bool { _, ok := known[id]; return ok })
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), most) {
		in, args := list(1, some)
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
