package request

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"kept/internal/duty/answer"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/vault"
)

// Package is a file that a person can fetch.
type Package struct {
	ID        string       `json:"id"`
	Right     rights.Right `json:"right"`
	Made      time.Time    `json:"made"`
	Files     int          `json:"files"`
	Bytes     int64        `json:"bytes"`
	SHA256    string       `json:"sha256"`
	Encrypted bool         `json:"encrypted"`
	Fetched   int          `json:"fetched"`
}

// piece is how much of a file lies in one row, in bytes: what is held in memory
// while a file of any size is written or fetched.
const piece = 256 << 10

// pack makes the file of an answer. It lies sealed in pieces under a key of its
// own, so that a person gets what was decided about even if all else is erased
// meanwhile.
func (d *Desk) pack(ctx context.Context, c Case, r rights.Right) error {
	who, err := d.person(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	if who, err = d.withRequests(ctx, d.DB, c.ID, who); err != nil {
		return err
	}
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	if err := d.dropHalf(ctx, c.ID, r); err != nil {
		return err
	}
	id := store.NewID()
	_, err = d.DB.ExecContext(ctx, `insert into request_package (id, request, asked, made_at, whole, files, bytes, sha256, encrypted, fetched)
		values ($1, $2, $3, $4, $5, 0, 0, '', $6, 0)`, id, c.ID, string(r), store.At(d.Clock.Now()), false, w.Seal != "")
	if err != nil {
		return store.Classify(err)
	}
	out := &pieces{ctx: ctx, desk: d, id: id}
	sum, err := d.Packer.Write(ctx, out, answer.Package{Person: who, Right: r, Lang: c.Lang, Case: c.Number, Recipient: w.Seal})
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	_, err = d.DB.ExecContext(ctx, "update request_package set whole = $1, files = $2, bytes = $3, sha256 = $4 where id = $5", true, sum.Files, sum.Bytes, sum.SHA256, id)
	return store.Classify(err)
}

// dropHalf removes what an attempt that was killed, or that is repeated, left.
func (d *Desk) dropHalf(ctx context.Context, id string, r rights.Right) error {
	rows, err := d.DB.QueryContext(ctx, "select id from request_package where request = $1 and asked = $2", id, string(r))
	if err != nil {
		return store.Classify(err)
	}
	var stale []vault.Ref
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			rows.Close()
			return err
		}
		stale = append(stale, keyOf(p))
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, ref := range stale {
		if err := d.Vault.DestroyMany(ctx, []vault.Ref{ref}); err != nil {
			return err
		}
		if err := d.at("took a file's key"); err != nil {
			return err
		}
		if _, err := d.DB.ExecContext(ctx, "delete from request_package where id = $1", ref.Subject); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// pieces stores what is written to it.
type pieces struct {
	ctx    context.Context //nolint:containedctx // io.Writer has no place for it
	desk   *Desk
	id     string
	n      int
	buffer []byte
}

// Write implements io.Writer.
func (p *pieces) Write(b []byte) (int, error) {
	written := len(b)
	for len(b) > 0 {
		n := min(piece-len(p.buffer), len(b))
		p.buffer = append(p.buffer, b[:n]...)
		b = b[n:]
		if len(p.buffer) == piece {
			if err := p.flush(); err != nil {
				return 0, err
			}
		}
	}
	return written, nil
}

func (p *pieces) flush() error {
	if len(p.buffer) == 0 {
		return nil
	}
	sealed, err := p.desk.Vault.Seal(p.ctx, keyOf(p.id), "request_chunk.content", p.buffer)
	if err != nil {
		return err
	}
	_, err = p.desk.DB.ExecContext(p.ctx, "insert into request_chunk (id, package, place, content) values ($1, $2, $3, $4)", store.NewID(), p.id, p.n, sealed)
	p.n, p.buffer = p.n+1, p.buffer[:0]
	if err != nil {
		return store.Classify(err)
	}
	return p.desk.at("packed a piece")
}

// packages returns the files of a case that can be fetched.
func (d *Desk) packages(ctx context.Context, q store.Querier, id string) ([]Package, error) {
	rows, err := q.QueryContext(ctx, "select id, asked, made_at, files, bytes, sha256, encrypted, fetched from request_package where request = $1 and whole = $2 order by made_at, id", id, true)
	if err != nil {
		return nil, fmt.Errorf("read the files of a request: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Package
	for rows.Next() {
		var p Package
		var made store.Time
		if err := rows.Scan(&p.ID, &p.Right, &made, &p.Files, &p.Bytes, &p.SHA256, &p.Encrypted, &p.Fetched); err != nil {
			return nil, fmt.Errorf("read the files of a request: %w", err)
		}
		p.Made = made.Time
		all = append(all, p)
	}
	return all, store.Classify(rows.Err())
}

// Package returns a file of a case whose answer has left. NotFound if there is
// none: another case's is none.
func (d *Desk) Package(ctx context.Context, c Case, id string) (Package, error) {
	files, err := d.packages(ctx, d.DB, c.ID)
	if err != nil {
		return Package{}, err
	}
	i := slices.IndexFunc(files, func(p Package) bool { return p.ID == id })
	if i < 0 || c.State != Answered && c.State != Closed {
		return Package{}, fault.New(fault.NotFound, "there is no such file, or its time is over; ask again")
	}
	return files[i], nil
}

// Fetch writes a file to w and notes that it was fetched.
func (d *Desk) Fetch(ctx context.Context, c Case, p Package, w io.Writer) error {
	for n := 0; ; n++ {
		var sealed []byte
		err := store.Classify(d.DB.QueryRowContext(ctx, "select content from request_chunk where package = $1 and place = $2", p.ID, n).Scan(&sealed))
		if fault.Is(err, fault.NotFound) {
			break
		} else if err != nil {
			return fmt.Errorf("read a file: %w", err)
		}
		plain, err := d.Vault.Open(ctx, keyOf(p.ID), "request_chunk.content", sealed)
		if err != nil {
			return fmt.Errorf("open a file: %w", err)
		}
		if _, err := w.Write(plain); err != nil {
			return err
		}
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update request_package set fetched = fetched + 1 where id = $1", p.ID); err != nil {
			return store.Classify(err)
		}
		if err := d.note(ctx, tx, c.ID, "fetched", "", ""); err != nil {
			return err
		}
		return d.goOn(ctx, tx, c.ID)
	})
}
