package contactsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/remote/sheet"
)

// paper is a file of a customer as a source of contacts. It is read anew each time:
// who is no longer in it has left.
type paper struct {
	folder   string // of the instance: one folder in it for each customer
	customer string
	name     string
	kind     string
	from     func() ([]byte, error) // reads it

	photos map[string][]byte // by id
}

// checkFile returns Invalid unless a source that is a file stays in the customer's
// folder. The file system is asked again when it is read: a link may lead out.
func (s Setup) checkFile(key string) error {
	name := s.Sources[key].File
	switch {
	case !filepath.IsLocal(s.Customer) || filepath.Base(s.Customer) != s.Customer || s.Customer == ".":
		return fault.New(fault.Invalid, "sources.%s: files lie in a folder that is called like the customer; %q is no name of a folder", key, s.Customer)
	case !filepath.IsLocal(name):
		return fault.New(fault.Invalid, "sources.%s: name the file below the folder contacts/%s of the instance's data, as in partners.csv", key, s.Customer)
	}
	return nil
}

func (y *Synchroniser) paper(s Setup, name string) (reader, error) {
	if y.Folder == "" {
		return nil, fault.New(fault.Refused, "this instance has no folder for files of customers")
	}
	source := s.Sources[name]
	p := &paper{folder: y.Folder, customer: s.Customer, name: source.File, kind: source.kind()}
	p.from = p.bytes
	return p, nil
}

func (p *paper) read(_ context.Context, _ string, each func(roster.Entry) error, _ func(string) error) (string, error) {
	raw, err := p.from()
	if err != nil {
		return "", err
	}
	found, err := sheetOf(p.kind)(p.name, raw)
	if err != nil {
		return "", err
	}
	p.photos = map[string][]byte{}
	for _, e := range found {
		p.photos[e.ID] = e.Photo
		if err := each(roster.Entry{ID: e.ID, Card: e.Card, Groups: e.Card.Categories}); err != nil {
			return "", err
		}
	}
	return "", nil
}

// bytes reads the file, from the customer's folder and from nowhere else.
func (p *paper) bytes() ([]byte, error) {
	root, err := os.OpenRoot(filepath.Join(p.folder, p.customer))
	if err != nil {
		return nil, p.missing(err)
	}
	defer root.Close()
	about, err := root.Stat(p.name)
	switch {
	case err != nil:
		return nil, p.missing(err)
	case !about.Mode().IsRegular():
		return nil, fault.New(fault.Invalid, "%s is no file", p.name)
	case about.Size() > sheet.MostBytes:
		return nil, fault.New(fault.TooLarge, "%s is larger than %d MB; divide it", p.name, sheet.MostBytes>>20)
	}
	f, err := root.Open(p.name)
	if err != nil {
		return nil, p.missing(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, sheet.MostBytes+1)) // it may be growing
	if err != nil {
		return nil, p.missing(err)
	}
	return raw, nil
}

// missing tells that the file cannot be had. Nobody leaves because of that.
func (p *paper) missing(err error) error {
	var cause *fs.PathError // its path is the whole one of the machine
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fault.New(fault.Unavailable, "%s cannot be read from contacts/%s in the instance's data folder; put it there: %w", p.name, p.customer, &lost{err})
}

func (p *paper) photo(_ context.Context, id, known string) ([]byte, string, error) {
	return tagged(p.photos[id], known)
}

// tagged returns a photo with a tag made of its bytes, for sources that have no tags;
// nil if it is the one that is known.
func tagged(raw []byte, known string) ([]byte, string, error) {
	if len(raw) == 0 {
		return nil, "", fault.New(fault.NotFound, "the contact has no photo")
	}
	sum := sha256.Sum256(raw)
	tag := hex.EncodeToString(sum[:12])
	if tag == known {
		return nil, known, nil
	}
	return raw, tag, nil
}
