package answer

import (
	"context"
	"io"

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
}

// Packer writes packages. It is safe for concurrent use.
type Packer struct{ rights *rights.Desk }

// Open returns a packer that reads through desk.
func Open(desk *rights.Desk) *Packer { return &Packer{rights: desk} }

// Write writes the package to w. fault.Unavailable if a system that holds data
// does not answer: what was written then is not whole and must not be handed out.
func (p *Packer) Write(ctx context.Context, w io.Writer, pkg Package) (Summary, error) {
	return Summary{}, fault.New(fault.Unavailable, "packages are not written yet")
}
