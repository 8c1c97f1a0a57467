package event

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
)

// letGo deletes the words of rows that are gone, as far as nobody else uses
// them. A rare word tells by its count. A frequent one by its first row, which
// mostly is another's and still there; else by a row of the minute of its last
// use; else by the next row that uses it, looked for among the rows of its only
// person or after the first.
func (p *partition) letGo(ctx context.Context, tx *store.Tx, g *gone, rows []found) error {
	if !p.layout.words {
		return nil
	}
	lost := p.countWords(rows)
	ids := make([]int64, 0, len(lost))
	for id := range lost {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for some := range slices.Chunk(ids, most) {
		if err := p.letGoOf(ctx, tx, g, some, lost); err != nil {
			return err
		}
	}
	return nil
}

// countWords counts by word the uses in rows.
func (p *partition) countWords(rows []found) map[int64]int64 {
	counts := map[int64]int64{}
	for _, r := range rows {
		for i, v := range r.values {
			if id, ok := v.(int64); ok && p.columns[i].Class == manifest.Word {
				counts[id]++
			}
		}
	}
	return counts
}

func (p *partition) letGoOf(ctx context.Context, tx *store.Tx, g *gone, ids []int64, lost map[int64]int64) error {
	words, err := p.wordsByID(ctx, tx, ids, g)
	if err != nil {
		return err
	}
	secure, err := p.secure(ctx, tx, ids)
	if err != nil {
		return err
	}
	var dead []int64
	fewer, moved := changes{}, changes{}
	for _, w := range words {
		switch {
		case w.uses <= rare && w.uses <= lost[w.id]:
			dead = append(dead, w.id)
		case w.uses <= rare:
			fewer.add(-lost[w.id], w.id)
		case !secure[w.id]:
			lately, err := p.usedLately(ctx, tx, w)
			if err != nil {
				return err
			}
			if lately {
				continue // its first use is not earlier than it was
			}
			next, err := p.nextUse(ctx, tx, w)
			if errors.Is(err, sql.ErrNoRows) {
				dead = append(dead, w.id)
			} else if err != nil {
				return err
			} else {
				moved.add(next, w.id)
			}
		}
	}
	if err := p.setWords(ctx, tx, "uses = uses + $1 where uses > 0", fewer); err != nil {
		return err
	}
	if err := p.setWords(ctx, tx, "first = $1 where first <> $1", moved); err != nil {
		return err
	}
	if len(dead) == 0 {
		return nil
	}
	in, args := list(p.db, 1, dead)
	_, err = tx.ExecContext(ctx, "delete from "+p.wordTable()+" where id in "+in, args...)
	return err
}

// wordsByID reads entries, and has their texts forgotten: their counts change.
func (p *partition) wordsByID(ctx context.Context, q store.Querier, ids []int64, g *gone) ([]word, error) {
	in, args := list(p.db, 1, ids)
	rows, err := q.QueryContext(ctx, "select id, text, first, last, uses, owner from "+p.wordTable()+" where id in "+in, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []word
	for rows.Next() {
		var w word
		var text string
		if err := rows.Scan(&w.id, &text, &w.first, &w.last, &w.uses, &w.owner); err != nil {
			return nil, err
		}
		all = append(all, w)
		g.words = append(g.words, text)
	}
	return all, rows.Err()
}

// used is the condition that row r uses the word that what stands for.
func (p *partition) used(what string) string {
	return what + " in (r." + strings.Join(p.wordColumns(), ", r.") + ")"
}

// secure returns those of the words whose first row is there and uses them.
func (p *partition) secure(ctx context.Context, q store.Querier, ids []int64) (map[int64]bool, error) {
	in, args := list(p.db, 1, ids)
	rows, err := q.QueryContext(ctx, "select w.id from "+p.wordTable()+" w join "+p.rows()+" r on r.id = w.first where w.id in "+in+
		" and "+p.used("w.id"), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	secure := map[int64]bool{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		secure[id] = true
	}
	return secure, rows.Err()
}

// usedLately looks for a use in the minute of the last one, where a word in use
// mostly has it: to look for the next use after the first can take a look through
// the month.
func (p *partition) usedLately(ctx context.Context, q store.Querier, w word) (bool, error) {
	if w.owner != 0 {
		return false, nil // the rows of one person are few
	}
	var id int64
	err := q.QueryRowContext(ctx, "select r.id from "+p.rows()+" r where r.id >= $1 and r.id < $2 and "+p.used("$3")+
		" order by r.id desc limit 1", (w.last-minute)<<randomBits, w.last<<randomBits, w.id).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// nextUse finds the earliest row that uses the word; sql.ErrNoRows if there is
// none.
func (p *partition) nextUse(ctx context.Context, q store.Querier, w word) (id int64, err error) {
	if w.owner != 0 {
		err = q.QueryRowContext(ctx, "select r.id from "+p.rows()+" r where "+p.ofPersons(w.owner)+" and "+p.used("$1")+
			" order by r.id limit 1", w.id).Scan(&id)
		return id, err
	}
	err = q.QueryRowContext(ctx, "select r.id from "+p.rows()+" r where r.id >= $1 and r.id < $2 and "+p.used("$3")+
		" order by r.id limit 1", w.first, w.last<<randomBits, w.id).Scan(&id)
	return id, err
}

// dropAged deletes the words whose last use lies at or before the cutoff, through
// which rows were deleted, and those used in its minute if nobody uses them
// afterwards. Of the others that are as old, the count is not known any more; one
// whose later rows were erased stays until these rows would have aged too.
func (p *partition) dropAged(ctx context.Context, tx *store.Tx, g *gone, cutoff time.Time) error {
	if !p.layout.words {
		return nil
	}
	rows, err := tx.QueryContext(ctx, "delete from "+p.wordTable()+" as w where w.last <= $1 and not exists (select 1 from "+p.rows()+
		" r where r.id >= w.first and r.id < w.last << 22 and "+p.used("w.id")+") returning text", roundUp(cutoff.UnixMilli()+1))
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
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update "+p.wordTable()+" set uses = $1 where uses < $1 and first < $2", rare+1, idAfter(cutoff))
	return err
}
