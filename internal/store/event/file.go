package event

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"kept/internal/fault"
	"kept/internal/store"
)

// folder keeps each partition in a SQLite file of its own.
type folder struct{ dir string }

// newFolder makes the folder and removes what a crash in the middle of a drop
// left: a write-ahead log without its file must not meet a new file of the name.
func newFolder(ctx context.Context, db *store.DB, tables map[string]*layout) (*folder, error) {
	f := &folder{dir: filepath.Join(db.Dir(), "events")}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "the folder %s cannot be made: %w", f.dir, err)
	}
	logs, err := filepath.Glob(filepath.Join(f.dir, "*.db-*"))
	if err != nil {
		return nil, err
	}
	for _, name := range logs {
		main := name[:strings.LastIndex(name, "-")]
		if _, err := os.Stat(main); errors.Is(err, fs.ErrNotExist) {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fault.New(fault.Unavailable, "a left-over of a dropped partition cannot be removed: %w", err)
			}
		}
	}
	return f, nil
}

func (f *folder) spans(ctx context.Context, l *layout) ([]span, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "list the partitions of %s: %w", l.Name, err)
	}
	var found []span
	for _, e := range entries {
		label, ok := strings.CutPrefix(e.Name(), l.Name+"-")
		label, isFile := strings.CutSuffix(label, ".db")
		if sp, fits := parseSpan(l.Shape, label); ok && isFile && fits {
			found = append(found, sp)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].from.Before(found[j].from) })
	return found, nil
}

func (f *folder) name(l *layout, sp span) string { return l.Name + "-" + sp.label + ".db" }

func (f *folder) open(ctx context.Context, l *layout, sp span) (*partition, error) {
	db, err := store.Open(ctx, store.Config{Dir: f.dir, File: f.name(l, sp), Deferred: true})
	if err != nil {
		return nil, err
	}
	p := l.partition(db, sp, "")
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range append(l.rowsDDL(store.SQLite, l.Name, ""), p.ddl()...) {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return store.Classify(err)
			}
		}
		if err := p.makeTrail(ctx, tx); err != nil {
			return err
		}
		live, err := f.liveColumns(ctx, tx)
		if err != nil {
			return err
		}
		return l.addMissing(ctx, tx, l.Name, live[l.Name], typeOf)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the partition %s: %w", p.id(), err), db.Close())
	}
	return p, nil
}

// show reads from the file's readers, each statement on its own: the rows of a
// partition only grow while it is read, and what is cleaned was due.
func (f *folder) show(ctx context.Context, p *partition, run func(ctx context.Context, q store.Querier) error) error {
	return run(ctx, readOnly{p.db})
}

func (f *folder) bytes(ctx context.Context, p *partition) (int64, error) {
	var total int64
	for _, ending := range []string{"", "-wal"} {
		info, err := os.Stat(filepath.Join(f.dir, f.name(p.layout, p.span)) + ending)
		switch {
		case err == nil:
			total += info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return 0, err
		}
	}
	return total, nil
}

func (f *folder) close(p *partition) error { return p.db.Close() }

// drop removes the log before the file: a file without its log is an old state
// that is dropped again, a log without its file would be replayed into a new one.
func (f *folder) drop(ctx context.Context, p *partition) error {
	if err := p.db.Close(); err != nil {
		return fmt.Errorf("close the partition %s: %w", p.id(), err)
	}
	path := filepath.Join(f.dir, f.name(p.layout, p.span))
	for _, ending := range []string{"-wal", "-shm", ""} {
		if err := os.Remove(path + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Unavailable, "remove the partition %s: %w", p.id(), err)
		}
	}
	return syncFolder(f.dir)
}

// syncFolder makes removals survive a power cut.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fault.New(fault.Unavailable, "sync the folder %s: %w", dir, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f *folder) columns(ctx context.Context, p *partition) (map[string][]string, error) {
	return f.liveColumns(ctx, p.db)
}

// liveColumns lists derived columns too, which pragma table_info leaves out.
func (f *folder) liveColumns(ctx context.Context, q store.Querier) (map[string][]string, error) {
	return schemaOf(ctx, q, `select m.name, x.name from sqlite_master m, pragma_table_xinfo(m.name) x
		where m.type = 'table' and m.name not like 'sqlite\_%' escape '\' order by m.name, x.cid`)
}
