package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kept/internal/store"
	"kept/internal/store/event"
)

// person measures reading everything of one subject with 500 rows, spread over
// the month, and erasing it.
func (b *bench) person(ctx context.Context) error {
	const who, n = "the one", 500
	for i := range n / 10 {
		at := filled.Add(time.Duration(i) * 14 * time.Hour)
		if err := b.events.Append(ctx, pageEvent.Name, visit(who, at, 10)...); err != nil {
			return err
		}
	}
	for _, state := range []string{"cold", "warm"} {
		if state == "cold" {
			if err := b.events.Close(ctx); err != nil {
				return err
			}
			if err := b.reopen(ctx); err != nil {
				return err
			}
		}
		found := 0
		began := time.Now()
		err := b.events.Of(ctx, pageEvent.Name, who, func(event.Row) error { found++; return nil })
		if err != nil || found != n {
			return fmt.Errorf("found %d of %d rows: %w", found, n, err)
		}
		report(fmt.Sprintf("read %d rows of one subject, handles %s", n, state), "%8v", time.Since(began).Round(10*time.Microsecond))
	}
	began := time.Now()
	erased, err := b.events.Erase(ctx, pageEvent.Name, who)
	report(fmt.Sprintf("erase them, words looked after, log emptied (%d)", erased), "%8v", time.Since(began).Round(10*time.Microsecond))
	return err
}

// expire compares deleting the older half of the month row by row with the
// plain chunked DELETE on a copy of the file.
func (b *bench) expire(ctx context.Context) error {
	if err := b.events.Close(ctx); err != nil {
		return err
	}
	name := pageEvent.Name + "-2026-06.db"
	path, raw, spare := filepath.Join(*dir, "events", name), filepath.Join(*dir, "raw.db"), filepath.Join(*dir, "spare.db")
	for _, to := range []string{raw, spare} {
		if err := copyFile(path, to); err != nil {
			return err
		}
	}
	cutoff := filled.AddDate(0, 0, 15)
	plain, deleted, err := rawDelete(ctx, raw, cutoff)
	if err != nil {
		return err
	}
	if err := b.reopen(ctx); err != nil {
		return err
	}
	began := time.Now()
	n, err := b.events.DeleteThrough(ctx, pageEvent.Name, cutoff, nil, 0)
	if err != nil || n != deleted {
		return fmt.Errorf("%d rows deleted, %d plainly: %w", n, deleted, err)
	}
	kept := time.Since(began)
	report(fmt.Sprintf("plain chunked DELETE of %d rows", deleted), "%8v", plain.Round(time.Millisecond))
	report("row-wise expiry of the same, words and persons cleaned", "%8v   ratio %.2f", kept.Round(time.Millisecond), plain.Seconds()/kept.Seconds())
	if err := b.events.Close(ctx); err != nil {
		return err
	}
	if err := os.Rename(spare, path); err != nil {
		return err
	}
	return b.reopen(ctx)
}

// rawDelete is what one would write by hand: chunks of the same size, found by
// id, in a database with the same settings.
func rawDelete(ctx context.Context, path string, cutoff time.Time) (time.Duration, int64, error) {
	db, err := store.Open(ctx, store.Config{Dir: filepath.Dir(path), File: filepath.Base(path)})
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(path)
	defer db.Close()
	var total int64
	began := time.Now()
	for {
		r, err := db.ExecContext(ctx, "delete from page_event where id in (select id from page_event where id < $1 order by id limit 2000)",
			(cutoff.UnixMilli()+1)<<22)
		if err != nil {
			return 0, 0, err
		}
		n, err := r.RowsAffected()
		if total += n; err != nil || n == 0 {
			return time.Since(began), total, err
		}
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// drop measures a month going, with some people under hold.
func (b *bench) drop(ctx context.Context) error {
	people := *rows / *perVisit
	var held []string
	for i := 0; i < people; i += *hold {
		held = append(held, subject(i))
	}
	began := time.Now()
	dropped, err := b.events.DropThrough(ctx, pageEvent.Name, filled.AddDate(0, 1, 0), held)
	if err != nil || len(dropped) != 1 {
		return fmt.Errorf("%d partitions dropped: %w", len(dropped), err)
	}
	took := time.Since(began)
	moved, _, err := b.events.Held(ctx, pageEvent.Name)
	report(fmt.Sprintf("drop a month of %d rows, %d rows held by %d people", dropped[0].Rows, moved, len(held)), "%8v", took.Round(time.Millisecond))
	return err
}
