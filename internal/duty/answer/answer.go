package answer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// Package is what is to be written, and for whom.
type Package struct {
	Person    rights.Person
	Right     rights.Right // Access or Portability
	Lang      string
	Letter    string // text of the letter, plain; empty: none
	Case      string // number of the case; empty: none
	Recipient string // age public key (age1…) or a passphrase; empty: not encrypted
}

// Summary is what was written.
type Summary struct {
	Files  int
	Bytes  int64
	SHA256 string // of all bytes written, hexadecimal
	Rows   int64  // rows of data
	Masked int64  // places in which data of other people was masked
}

// Packer writes packages. It is safe for concurrent use.
type Packer struct{ *rights.Desk }

// Open returns a packer that reads through desk.
func Open(desk *rights.Desk) *Packer { return &Packer{desk} }

// Write writes the package to w. fault.Unavailable if a system that holds data
// does not answer: what was written then is not whole and must not be handed out.
func (p *Packer) Write(ctx context.Context, w io.Writer, pkg Package) (Summary, error) {
	if pkg.Right != rights.Access && pkg.Right != rights.Portability {
		return Summary{}, fault.New(fault.Invalid, "a package answers access or portability, not %q", pkg.Right)
	}
	if len(pkg.Person.Subjects)+len(pkg.Person.Identifiers) == 0 {
		return Summary{}, fault.New(fault.Invalid, "a package is for a person who is identified")
	}
	out := &counted{w: w, sum: sha256.New()}
	locked, err := lock(out, pkg.Recipient)
	if err != nil {
		return Summary{}, err
	}
	b := newBundle(p, pkg, locked, p.Clock.Now())
	if err := b.write(ctx); err != nil {
		return Summary{}, fmt.Errorf("write a package: %w", err)
	}
	if err := locked.Close(); err != nil {
		return Summary{}, fmt.Errorf("write a package: %w", err)
	}
	return Summary{Files: len(b.files), Bytes: out.n, SHA256: hex.EncodeToString(out.sum.Sum(nil)), Rows: b.rows, Masked: b.masked}, nil
}

// counted counts and sums what is written through it.
type counted struct {
	w   io.Writer
	n   int64
	sum hash.Hash
}

// Write implements io.Writer.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	c.sum.Write(b[:n])
	return n, err
}

// head is a package's copy without what is held.
func (b *bundle) head(ctx context.Context) (rights.Copy, error) {
	policy := b.Policy()
	c := rights.Copy{Schema: rights.Schema, Made: b.made, Right: b.Right, Controller: policy.Controller.Name, Contact: policy.Controller.Email, Zone: policy.Zone()}
	if a := policy.Controller.Authority; a != nil {
		c.Authority = a.Name
	}
	if b.Right != rights.Access {
		return c, nil
	}
	var err error
	c.Suspended, err = b.SuspendedFor(ctx, b.Person.Subjects...)
	return c, err
}

// stamp is the time that files of the package bear: zip knows two seconds and no
// zone.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(2 * time.Second) }
