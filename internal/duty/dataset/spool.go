package dataset

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the file of one walk
)

// spool is what one walk has to remember, in a file of its own: the values to
// follow, by way, and the keys of rows. The file has no name from the moment it
// is open where the system allows that, and is gone when the spool is closed.
type spool struct {
	db   *sql.DB
	tx   *sql.Tx
	file string
}

const spoolTables = `
pragma journal_mode = off;
pragma synchronous = off;
pragma cache_size = -8000;
pragma temp_store = memory;
create table tuple (way integer, value text, followed integer not null default 0, primary key (way, value)) without rowid;
create index open on tuple (followed, way) where followed = 0;
create table mark (room integer, value text, primary key (room, value)) without rowid;
`

func newSpool(ctx context.Context, dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, "walk-*.db")
	if err != nil {
		return nil, fmt.Errorf("make the file of a walk: %w", err)
	}
	s := &spool{file: f.Name()}
	f.Close()
	if s.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(s.file)}).EscapedPath()); err != nil {
		return nil, fmt.Errorf("open the file of a walk: %w", err)
	}
	s.db.SetMaxOpenConns(1)
	if _, err = s.db.ExecContext(ctx, spoolTables); err == nil {
		s.tx, err = s.db.Begin() // never committed: nothing needs to survive
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open the file of a walk: %w", err)
	}
	os.Remove(s.file) // fails where open files keep their names; Close tries again
	return s, nil
}

// Close forgets everything.
func (s *spool) Close() {
	if s.tx != nil {
		s.tx.Rollback()
	}
	s.db.Close()
	os.Remove(s.file)
}

// add remembers a tuple to follow on way, once.
func (s *spool) add(way int, tuple []string) error {
	value, err := json.Marshal(tuple)
	if err == nil {
		_, err = s.tx.Exec("insert into tuple (way, value) values (?, ?) on conflict do nothing", way, string(value))
	}
	return err
}

// next takes up to most tuples of one way that were not followed yet; none at the
// end. They count as followed from then on.
func (s *spool) next(most int) (way int, tuples [][]string, err error) {
	err = s.tx.QueryRow("select way from tuple where followed = 0 order by way limit 1").Scan(&way)
	if err == sql.ErrNoRows {
		return 0, nil, nil
	} else if err != nil {
		return 0, nil, err
	}
	values, err := s.values("select value from tuple where followed = 0 and way = ? limit ?", way, most)
	for _, v := range values {
		if _, err := s.tx.Exec("update tuple set followed = 1 where way = ? and value = ?", way, v); err != nil {
			return 0, nil, err
		}
		tuples = append(tuples, decode(v))
	}
	return way, tuples, err
}

// each hands over the tuples of a way in batches.
func (s *spool) each(way, most int, f func([][]string) error) error {
	return s.pages("tuple", "way", way, most, f)
}

// count is how many tuples a way has.
func (s *spool) count(way int) (n int64, err error) {
	err = s.tx.QueryRow("select count(*) from tuple where way = ?", way).Scan(&n)
	return n, err
}

// mark remembers a value in a room and reports whether it was new there.
func (s *spool) mark(room int, values []string) (bool, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return false, err
	}
	result, err := s.tx.Exec("insert into mark (room, value) values (?, ?) on conflict do nothing", room, string(text))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// marks hands over what is in a room, in batches.
func (s *spool) marks(room, most int, f func([][]string) error) error {
	return s.pages("mark", "room", room, most, f)
}

func (s *spool) pages(table, column string, which, most int, f func([][]string) error) error {
	last := ""
	for {
		page, err := s.values("select value from "+table+" where "+column+" = ? and value > ? order by value limit ?", which, last, most)
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1]
		tuples := make([][]string, len(page))
		for i, v := range page {
			tuples[i] = decode(v)
		}
		if err := f(tuples); err != nil {
			return err
		}
	}
}

func (s *spool) values(query string, args ...any) ([]string, error) {
	rows, err := s.tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

// decode reads what this spool has written.
func decode(value string) []string {
	var tuple []string
	if err := json.Unmarshal([]byte(value), &tuple); err != nil {
		return nil
	}
	return tuple
}

// digest stands for a long value.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:16])
}

// clear forgets the marks of a room.
func (s *spool) clear(room int) error {
	_, err := s.tx.Exec("delete from mark where room = ?", room)
	return err
}

// has reports whether a way has a tuple.
func (s *spool) has(way int, tuple []string) (found bool, err error) {
	text, err := json.Marshal(tuple)
	if err != nil {
		return false, err
	}
	err = s.tx.QueryRow("select exists (select 1 from tuple where way = ? and value = ?)", way, string(text)).Scan(&found)
	return found, err
}
