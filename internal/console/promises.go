package console

import (
	"net/http"
	"slices"

	"kept/internal/duty/audit"
	"kept/internal/fault"
)

type promisesPage struct {
	*page
	Shown  *audit.Summary // the audit that is shown; nil before the first
	Report *audit.Report  // what it counted and found; nil once that is not kept any more
	Last   []audit.Summary
}

// Doubts are what keeps a guarantee from being verified here, each once.
func (p promisesPage) Doubts(g audit.Guarantee) (all []string) {
	for _, c := range g.Checks {
		if c.Why == "" || c.Verdict != g.Verdict {
			continue
		}
		of := p.Said(c.What)
		if c.Table != "" {
			of = p.Row(c.Table)
		}
		if says := p.Begins(of) + ": " + p.Said(c.Why); !slices.Contains(all, says) {
			all = append(all, says)
		}
	}
	return all
}

// shownAudits is how many audits the page lists: each day of a quarter.
const shownAudits = 100

// promises shows the latest audit, and those before.
func (c *Console) promises(w http.ResponseWriter, r *http.Request) error {
	p := promisesPage{page: c.open(r, "promises.title")}
	last, err := c.lastAudit(r.Context())
	if err != nil {
		return err
	}
	p.Shown = last
	return c.showAudit(w, r, p)
}

// audited shows an earlier audit.
func (c *Console) audited(w http.ResponseWriter, r *http.Request) error {
	p := promisesPage{page: c.open(r, "promises.title")}
	p.Here = "/promises"
	report, err := c.Audit.Report(r.Context(), r.PathValue("audit"))
	if err != nil {
		return err
	}
	p.Report, p.Shown = &report, &audit.Summary{ID: report.ID, At: report.At, Verdict: report.Verdict(), Findings: len(report.Findings())}
	return c.showAudit(w, r, p)
}

// showAudit shows an audit, in full where its report is kept.
func (c *Console) showAudit(w http.ResponseWriter, r *http.Request, p promisesPage) (err error) {
	if p.Report == nil && p.Shown != nil {
		report, err := c.Audit.Report(r.Context(), p.Shown.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			p.Report = &report
		}
	}
	if p.Last, err = c.Audit.Last(r.Context(), shownAudits); err != nil {
		return err
	}
	return c.show(w, r, "promises", p)
}

// auditNow makes an audit and leads to its report.
func (c *Console) auditNow(w http.ResponseWriter, r *http.Request) error {
	report, err := c.Audit.Run(r.Context())
	if err != nil {
		return err
	}
	return c.back(w, r, "/promises/"+report.ID, nil)
}
