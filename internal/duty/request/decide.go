package request

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
)

// Decision is what a person decided about a plan.
type Decision struct {
	By string
	// Plan is the hash of the plan that was looked at (PlanHash); a plan made since is
	// another one. Empty: whichever stands.
	Plan string
	// Verdicts are about single rights; a right without one is granted.
	Verdicts map[rights.Right]Verdict
	// Chosen are the choices over what several people share, by right and place in
	// its plan.
	Chosen map[rights.Right]map[int]string
}

// Verdict is what was decided about one right.
type Verdict struct {
	Refuse bool
	Ground Ground // of a refusal
	Reason string // of a refusal, and of a review
	Review string // Art. 22: Upheld or Changed
}

// What a review of an automated decision can come to.
const (
	Upheld  = "upheld"
	Changed = "changed"
)

// Approve lets a plan be carried out, in whole or without what is refused with a
// reason and its legal ground. Conflict if there is no plan, or one that a person
// has not decided on in every part; Unavailable while a system is down; Invalid if
// a refusal gives no reason, or refuses what cannot be.
func (d *Desk) Approve(ctx context.Context, name string, v Decision) (Case, error) {
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		plans, err := d.plans(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if err := d.mayApprove(c, plans, &v); err != nil {
			return err
		}
		sealed, err := d.seal(ctx, c.ID, "request_case.plans", plans)
		if err != nil {
			return err
		}
		for r, x := range v.Verdicts {
			if err := d.decide(ctx, tx, c.ID, r, x); err != nil {
				return err
			}
		}
		if err := d.step(ctx, tx, c, Approve, v.By, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "update request_case set plans = $1 where id = $2", sealed, c.ID); err != nil {
			return store.Classify(err)
		}
		return d.goOn(ctx, tx, c.ID)
	})
}

// mayApprove checks a decision and puts its choices into the plans.
func (d *Desk) mayApprove(c *Case, plans []rights.Plan, v *Decision) error {
	if _, err := c.progress().after(Approve); err != nil {
		return err
	}
	if v.By == "" {
		return fault.New(fault.Invalid, "an approval needs somebody who answers for it")
	}
	if v.Plan != "" && v.Plan != PlanHash(*c, plans) {
		return fault.New(fault.Conflict, "the plan was made again since you looked at it; look at it before you approve")
	}
	if plans == nil {
		return fault.New(fault.Conflict, "the plan is being made again; look at it before you approve")
	}
	if systems := down(plans); len(systems) > 0 {
		return fault.New(fault.Unavailable, "%s does not answer; the request waits for it and goes on by itself", strings.Join(systems, ", "))
	}
	for i := range plans {
		if unproven(plans[i:i+1]) && !v.Verdicts[plans[i].Right].Refuse {
			return fault.New(fault.Conflict, "the new address is not proven yet: wait until its owner has confirmed it, or refuse %s", plans[i].Right)
		}
	}
	refused := 0
	for r, x := range v.Verdicts {
		if !slices.Contains(c.Rights, r) {
			return fault.New(fault.Invalid, "the request does not ask for %s", r)
		}
		if !x.Refuse {
			continue
		}
		refused++
		if err := d.mayRefuse(*c, r, x.Ground, x.Reason); err != nil {
			return err
		}
	}
	if refused == len(c.Rights) {
		return fault.New(fault.Invalid, "nothing would be left to do: refuse the whole request instead")
	}
	if x, asked := v.Verdicts[rights.HumanReview]; slices.Contains(c.Rights, rights.HumanReview) && !x.Refuse &&
		(!asked || x.Review != Upheld && x.Review != Changed || strings.TrimSpace(x.Reason) == "") {
		return fault.New(fault.Invalid, "a review says whether the decision was upheld or changed, and why; a person decides it")
	}
	return choose(plans, v)
}

// PlanHash names what is approved: the plans as they were made for a case at that
// moment; empty while there is none.
func PlanHash(c Case, plans []rights.Plan) string {
	if plans == nil {
		return ""
	}
	text, err := json.Marshal(struct {
		Case  string
		At    int64
		Plans []rights.Plan
	}{c.ID, c.Planned.UnixMilli(), plans})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

func choose(plans []rights.Plan, v *Decision) error {
	for i := range plans {
		p := &plans[i]
		for at, chosen := range v.Chosen[p.Right] {
			if at < 0 || at >= len(p.Parts) || !slices.Contains(p.Parts[at].Choices, chosen) {
				return fault.New(fault.Invalid, "the plan for %s has no such choice", p.Right)
			}
			p.Parts[at].Chosen = chosen
		}
		if len(p.Undecided()) > 0 && !v.Verdicts[p.Right].Refuse {
			return fault.New(fault.Conflict, "%d parts of the plan wait for a decision: choose what happens to what several people share", len(p.Undecided()))
		}
	}
	return nil
}

// mayRefuse checks a refusal: what the law gives absolutely cannot be refused but
// as manifestly unfounded or excessive, or because it is not known who asks.
func (d *Desk) mayRefuse(c Case, r rights.Right, g Ground, reason string) error {
	switch {
	case !slices.Contains(Grounds(), g):
		return fault.New(fault.Invalid, "a refusal names its ground, one of: %s", grounds())
	case strings.TrimSpace(reason) == "":
		return fault.New(fault.Invalid, "a refusal gives its reason in words that the person understands (Art. 12(4))")
	case d.absolute(c, r) && g != Unfounded && g != Excessive && g != Unidentified:
		return fault.New(fault.Invalid, "%s cannot be weighed or refused on this ground (Art. 7(3), 21(3))", r)
	}
	return nil
}

func grounds() string {
	all := make([]string, 0, len(Grounds()))
	for _, g := range Grounds() {
		all = append(all, string(g))
	}
	return strings.Join(all, ", ")
}

// decide writes a verdict down.
func (d *Desk) decide(ctx context.Context, tx *store.Tx, id string, r rights.Right, v Verdict) error {
	reason, err := d.sealText(ctx, id, "request_part.reason", v.Reason)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update request_part set refused = $1, ground = $2, reason = $3, review = $4 where request = $5 and asked = $6",
		v.Refuse, null(string(v.Ground)), reason, null(v.Review), id, string(r))
	if err != nil {
		return store.Classify(err)
	}
	return d.noteDecision(ctx, tx, id, r, v)
}

func (d *Desk) noteDecision(ctx context.Context, tx *store.Tx, id string, r rights.Right, v Verdict) error {
	facts := map[string]any{"request": id, "right": string(r), "refused": v.Refuse}
	if v.Ground != "" {
		facts["ground"] = string(v.Ground)
	}
	if v.Review != "" {
		facts["review"] = v.Review
	}
	_, err := d.Ledger.Append(ctx, tx, "request.decided", facts)
	return err
}

// Classify says what the person wants, where they wrote it in words. Conflict
// once it is planned and approved.
func (d *Desk) Classify(ctx context.Context, name string, asked []rights.Right, activity, by string) (Case, error) {
	all, err := ordered(asked)
	if err != nil {
		return Case{}, err
	}
	if len(all) == 0 {
		return Case{}, fault.New(fault.Invalid, "name at least one right: %s", listed(Rights()))
	}
	if activity != "" && d.Policy().Activity(activity) == nil {
		return Case{}, fault.New(fault.Invalid, "the policy has no activity %.80q", activity)
	}
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if !slices.Contains([]State{Received, Identified, Planned, Waiting}, c.State) {
			return fault.New(fault.Conflict, "a request that is %s is no longer read anew", c.State)
		}
		if _, err := tx.ExecContext(ctx, "delete from request_part where request = $1", c.ID); err != nil {
			return store.Classify(err)
		}
		c.Rights, c.Activity = all, activity
		if err := save(ctx, tx, *c, c.progress()); err != nil {
			return err
		}
		if err := d.insertParts(ctx, tx, *c); err != nil {
			return err
		}
		if err := d.note(ctx, tx, c.ID, "classified", by, ""); err != nil {
			return err
		}
		if c.State == Received && open(c.Rights) {
			if err := d.step(ctx, tx, c, Identify, Law, ""); err != nil {
				return err
			}
		}
		if err := d.reread(ctx, tx, c, by); err != nil {
			return err
		}
		return d.plan(ctx, tx, c)
	})
}

// reread takes a case back that went on without a proof, since it wanted only what
// is public, and now wants more: the proof comes first then.
func (d *Desk) reread(ctx context.Context, tx *store.Tx, c *Case, by string) error {
	if open(c.Rights) || c.State == Received || c.From == Received {
		return nil
	}
	if shown, err := d.shownWho(ctx, tx, c.ID); err != nil || shown {
		return err
	}
	if err := d.step(ctx, tx, c, Reread, by, ""); err != nil {
		return err
	}
	contact, err := d.contact(ctx, tx, c.ID)
	if err != nil || contact.Mail == "" || !d.Writes() {
		return err
	}
	_, err = d.Jobs.Enqueue(ctx, tx, job.New{Kind: codeJob, Key: "reread/" + c.ID, Payload: coding{Number: c.Number}})
	return err
}

// shownWho reports whether it was shown who asks: by a code, an account, or what a
// person of the staff saw. For somebody else only the last counts.
func (d *Desk) shownWho(ctx context.Context, tx *store.Tx, id string) (bool, error) {
	w, err := d.wish(ctx, tx, id)
	if err != nil {
		return false, err
	}
	proofs := "select count(*) from request_note where request = $1 and what in ('proof', 'identify') and coalesce(by_whom, '') <> $2"
	if w.For != nil {
		proofs += " and by_whom is not null"
	}
	var n int
	err = tx.QueryRowContext(ctx, proofs, id, Law).Scan(&n)
	return n > 0, store.Classify(err)
}

// Withdraw ends a case because the person wants nothing any more.
func (d *Desk) Withdraw(ctx context.Context, name, by string) (Case, error) {
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if err := d.step(ctx, tx, c, Withdraw, by, ""); err != nil {
			return err
		}
		return d.examined(ctx, tx, c)
	})
}

// Resume lets the clock of a case that waits go on.
func (d *Desk) Resume(ctx context.Context, name, by string) (Case, error) {
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if err := d.step(ctx, tx, c, Resume, by, ""); err != nil {
			return err
		}
		return d.goOn(ctx, tx, c.ID)
	})
}

// Correct adds a correction to a request for rectification (Art. 16), as a person
// read it out of the letter.
func (d *Desk) Correct(ctx context.Context, name string, x rights.Correction, by string) error {
	if x.Field == "" || strings.TrimSpace(x.New) == "" {
		return fault.New(fault.Invalid, "a correction names the field and its new value")
	}
	c, err := d.Case(ctx, name)
	if err != nil {
		return err
	}
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	if len(w.Corrections) >= mostFixes {
		return fault.New(fault.TooLarge, "a request has at most %d corrections", mostFixes)
	}
	w.Corrections = append(w.Corrections, x)
	sealed, err := d.seal(ctx, c.ID, "request_case.wish", w)
	if err != nil {
		return err
	}
	_, err = d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if !slices.Contains([]State{Received, Identified, Planned, Waiting}, c.State) {
			return fault.New(fault.Conflict, "a request that is %s is no longer changed", c.State)
		}
		if _, err := tx.ExecContext(ctx, "update request_case set wish = $1 where id = $2", sealed, c.ID); err != nil {
			return store.Classify(err)
		}
		if err := d.note(ctx, tx, c.ID, "corrected", by, ""); err != nil {
			return err
		}
		return d.plan(ctx, tx, c)
	})
	return err
}
