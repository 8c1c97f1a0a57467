package console

import (
	"bytes"
	"context"
	"mime"
	"net/http"

	"kept/internal/access"
	"kept/internal/duty/register"
	"kept/internal/fault"
)

type recordPage struct {
	*page
	Record    *register.Record
	Overview  register.Table
	Formats   []string
	Languages []string

	Width, Height int // of the picture
}

// record shows the record of processing activities of the policy in force.
func (c *Console) record(w http.ResponseWriter, r *http.Request) error {
	p := recordPage{page: c.open(r, "record.title"), Formats: register.Formats()}
	var err error
	if p.Record, err = c.recordOf(r.Context(), p.Lang, ""); err != nil {
		return err
	}
	p.Overview = p.Record.Overview()
	p.Width, p.Height = p.Record.PictureSize()
	p.Languages = []string{p.Lang, p.Other()}
	return c.show(w, r, "record", p)
}

// recordFile serves the record as a file of one format.
func (c *Console) recordFile(w http.ResponseWriter, r *http.Request) error {
	format := r.PathValue("format")
	if register.MediaType(format) == "" {
		return fault.New(fault.NotFound, "there is no format %q of the record", format)
	}
	p := c.open(r, "record.title")
	by, err := c.mayName(r, format)
	if err != nil {
		return err
	}
	record, err := c.recordOf(r.Context(), p.Lang, by)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := record.Write(&b, format); err != nil {
		return err
	}
	name := p.T("record.file") + "-" + p.Lang + "." + format
	h := w.Header()
	h.Set("Content-Type", register.MediaType(format))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	_, _ = b.WriteTo(w) // an error here means that the reader has gone
	return nil
}

// recordOf is the record with those on whose behalf the instance acts: named for by, if
// it is somebody.
func (c *Console) recordOf(ctx context.Context, lang, by string) (*register.Record, error) {
	record := register.Build(c.Policy(), lang)
	if c.Serving == nil {
		return record, nil
	}
	return record, c.Serving(ctx, record, by)
}

// mayName returns who asks, if a file of this format names customers and they may see
// who those are; else nobody.
func (c *Console) mayName(r *http.Request, format string) (by string, err error) {
	who, err := c.who(r)
	if err != nil || !who.Role.May(access.Customers) || !register.NamesCustomers(format) {
		return "", err
	}
	return who.ID, nil
}
