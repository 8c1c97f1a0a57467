package console

import (
	"net/http"

	"kept/internal/duty/audit"
)

type promisesPage struct {
	*page
	Report *audit.Report // of an audit that was just made
	Last   []audit.Summary
}

// promises shows the latest audits.
func (c *Console) promises(w http.ResponseWriter, r *http.Request) error {
	p := promisesPage{page: c.open(r, "promises.title")}
	var err error
	if p.Last, err = c.Audit.Last(r.Context(), 20); err != nil {
		return err
	}
	return c.show(w, r, "promises", p)
}

// auditNow makes an audit and shows its report in full.
func (c *Console) auditNow(w http.ResponseWriter, r *http.Request) error {
	report, err := c.Audit.Run(r.Context())
	if err != nil {
		return err
	}
	p := promisesPage{page: c.open(r, "promises.title"), Report: &report}
	if p.Last, err = c.Audit.Last(r.Context(), 20); err != nil {
		return err
	}
	return c.show(w, r, "promises", p)
}
