package center

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/fault"
)

// receiptsPage lists the decisions that this browser's pseudonym stands for.
type receiptsPage struct {
	page
	Decisions []listedDecision
}

type listedDecision struct {
	ID, Day, When, What, State, NoticeHash string
}

func (c *Center) receipts(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "receipts.title")
	all, err := c.decisions(r)
	if err != nil {
		return err
	}
	view := receiptsPage{page: p}
	names := notice.NewNames(e.policy, p.Lang)
	for _, d := range all {
		view.Decisions = append(view.Decisions, listedDecision{
			ID: d.ID, Day: d.At.In(p.zone).Format(time.DateOnly), When: p.DateTime(d.At), What: e.accepted(d, names), State: decisionState(p, d), NoticeHash: d.NoticeHash,
		})
	}
	access.Personal(w.Header())
	return show(w, http.StatusOK, "receipts", p.Lang, view)
}

// accepted names what a decision accepted; what the policy no longer has keeps
// its key.
func (e *edition) accepted(d consent.Decision, names notice.Names) string {
	titles := make([]string, len(d.Accepted))
	for i, key := range d.Accepted {
		titles[i] = key
		if e.policy.Group(key) != nil {
			titles[i] = names.Group(key)
		} else if s := e.policy.Service(key); s != nil {
			titles[i] = names.Service(s)
		}
	}
	return strings.Join(titles, ", ")
}

func decisionState(p page, d consent.Decision) string {
	if d.Ended.IsZero() {
		return p.T("decision.stands")
	}
	return p.T("decision."+d.EndedBy, p.Date(d.Ended))
}

// decisions returns the decisions of the person that the request's own decision
// belongs to.
func (c *Center) decisions(r *http.Request) ([]consent.Decision, error) {
	subject, err := c.decider(r)
	if err != nil || subject == "" {
		return nil, err
	}
	all, err := c.Consent.Decisions(r.Context(), subject)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return all, nil
}

// receipt hands out the receipt of one of this browser's own decisions. A
// stranger's is as little there as one that never was.
func (c *Center) receipt(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	all, err := c.decisions(r)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.ID != id {
			continue
		}
		receipt, err := c.Consent.Receipt(r.Context(), id)
		if err != nil {
			return fmt.Errorf("make the receipt: %w", err)
		}
		download(w, "application/json", receipt)
		return nil
	}
	return fault.New(fault.NotFound, "this browser has no such receipt")
}

// download sends personal bytes that are not to be rendered.
func download(w http.ResponseWriter, mime string, content []byte) {
	access.Protect(w.Header())
	access.Personal(w.Header())
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Content-Disposition", "attachment")
	w.Write(content) // a reader who left needs no answer
}
