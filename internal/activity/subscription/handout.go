package subscription

import (
	"net/http"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/mail"
)

// The two forms of an invoice: for people, and for programs (EN 16931).
const (
	AsPDF = "application/pdf"
	AsXML = "application/xml"
)

// Files are the forms of an invoice that there are, named by its number.
func (b Bill) Files() (all []mail.Attachment) {
	if b.Invoice.Number == "" {
		return nil
	}
	all = []mail.Attachment{{Name: b.Number + ".pdf", Type: AsPDF, Data: b.Invoice.PDF()}}
	if len(b.Structured) > 0 {
		all = append(all, mail.Attachment{Name: b.Number + ".xml", Type: AsXML, Data: b.Structured})
	}
	return all
}

// As is one form of an invoice; NotFound if there is none.
func (b Bill) As(form string) (mail.Attachment, error) {
	for _, f := range b.Files() {
		if f.Type == form {
			return f, nil
		}
	}
	if b.Invoice.Number == "" {
		return mail.Attachment{}, fault.New(fault.NotFound, "what this invoice said is gone")
	}
	return mail.Attachment{}, fault.New(fault.NotFound, "invoice %s was written before there were structured ones", b.Number)
}

// handOut hands out one form of an invoice that find returns.
func handOut(form string, find func(*http.Request) (Bill, error)) access.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := find(r)
		if err != nil {
			return err
		}
		f, err := b.As(form)
		if err != nil {
			return err
		}
		return download(w, f.Name, f.Type, f.Data)
	}
}

func download(w http.ResponseWriter, name, kind string, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, err := w.Write(data)
	return err
}
