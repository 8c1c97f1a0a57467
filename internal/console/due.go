package console

import (
	"net/http"

	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/job"
)

type duePage struct {
	*page
	Rules    []retain.Item // those under which something lies
	Empty    []retain.Item // those under which nothing does
	Waiting  []retain.Plan
	Told     []retain.Announced
	Runs     []retain.Report
	Jobs     []job.Job
	Requests []rights.Request
}

// due shows every rule with what it ends next, what waits for a person, and
// what ran.
func (c *Console) due(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d := duePage{page: c.open(r, "due.title")}
	plan, err := c.Retain.Plan(ctx)
	if err != nil {
		return err
	}
	for _, item := range plan.Items {
		if item.Next.IsZero() && item.Oldest.IsZero() && item.Due == 0 && item.Kept == 0 {
			d.Empty = append(d.Empty, item)
		} else {
			d.Rules = append(d.Rules, item)
		}
	}
	if d.Told, err = c.Retain.Announcements(ctx); err != nil {
		return err
	}
	if d.Waiting, err = c.Retain.Waiting(ctx); err != nil {
		return err
	}
	if d.Runs, err = c.Retain.Runs(ctx, 20); err != nil {
		return err
	}
	if d.Jobs, err = c.Jobs.SetAside(ctx); err != nil {
		return err
	}
	if d.Requests, err = c.Rights.Pending(ctx); err != nil {
		return err
	}
	return c.show(w, r, "due", d)
}

// answerPlan confirms or rejects a plan that waits. A confirmed take-over is
// tried again at once.
func (c *Console) answerPlan(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	who, err := c.who(r)
	if err != nil {
		return err
	}
	id := r.PathValue("plan")
	switch r.PostFormValue("answer") {
	case "reject":
		err = c.Retain.Reject(r.Context(), id, who.ID)
	case "confirm":
		if _, err = c.Retain.Confirm(r.Context(), id, who.ID); err == nil {
			err = c.TakeOver(r.Context())
		}
	default:
		err = fault.New(fault.Invalid, "confirm or reject the plan")
	}
	if err != nil {
		return err
	}
	return c.back(w, r, "/due", nil)
}

func (c *Console) retryJob(w http.ResponseWriter, r *http.Request) error {
	if err := c.Jobs.Retry(r.Context(), r.PathValue("job")); err != nil {
		return err
	}
	return c.back(w, r, "/due", nil)
}

// Seen is why something waits for a person.
func (p *page) Seen(w retain.Wait) string { return w.In(p.Lang, p.zone) }
