package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Many people at once (a customer's whole subscription) go in groups: the same
// steps in the same order as for one, each step in one transaction for all of a
// group. Whoever a hold or a rule keeps something of goes alone.

const (
	manyJob     = "rights.erase-many"
	lateManyJob = "rights.erase-many-late"
	// groupSize is how many go together: a job's payload names all of them.
	groupSize = 130
)

// group names the requests that a job is about.
type group struct {
	Requests []string `json:"requests"`
}

// EraseMany takes a request for erasure of each of subjects and returns their ids
// in the same order; jobs carry them out. Of somebody whose erasure is open
// already it returns that one.
func (d *Desk) EraseMany(ctx context.Context, subjects []string) (requests []string, err error) {
	for some := range slices.Chunk(subjects, groupSize) {
		refs := make([]vault.Ref, len(some))
		for i, s := range some {
			if s == "" {
				return requests, fault.New(fault.Invalid, "an erasure is about a person")
			}
			refs[i] = keyOf(s)
		}
		if err := d.Vault.Prepare(ctx, refs...); err != nil {
			return requests, fmt.Errorf("take requests for erasure: %w", err)
		}
		var ids []string
		err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			ids, err = d.askMany(ctx, tx, some)
			return err
		})
		if err != nil {
			return requests, fmt.Errorf("take requests for erasure: %w", err)
		}
		requests = append(requests, ids...)
	}
	return requests, nil
}

func (d *Desk) askMany(ctx context.Context, tx *store.Tx, subjects []string) (ids []string, err error) {
	var fresh group
	for _, s := range subjects {
		var id string
		err := store.Classify(tx.QueryRowContext(ctx, `select id from rights_request where subject = $1 and asked = $2 and closed_at is null
			and activity is null`, s, Erasure).Scan(&id))
		if fault.Is(err, fault.NotFound) {
			r := d.received(Erasure, s)
			id, err = r.ID, insert(ctx, tx, r)
			fresh.Requests = append(fresh.Requests, id)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(fresh.Requests) == 0 {
		return ids, nil
	}
	_, err = d.Jobs.Enqueue(ctx, tx, job.New{Kind: manyJob, Key: fresh.Requests[0], Payload: fresh})
	return ids, err
}

// eraseMany is the job. It goes on wherever each of the requests stands. In the
// last of its attempts whatever is not done goes alone, and waits alone.
func (d *Desk) eraseMany(ctx context.Context, j job.Job) error {
	var g group
	if err := j.Decode(&g); err != nil {
		return err
	}
	err := d.carryMany(ctx, g, j.Kind == lateManyJob)
	if err == nil || j.Attempt < eraseAttempts {
		return err
	}
	return d.apart(ctx, g.Requests)
}

// apart has requests carried out one by one.
func (d *Desk) apart(ctx context.Context, requests []string) error {
	if len(requests) == 0 {
		return nil
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range requests {
			if err := d.enqueue(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// carryMany takes the requests from state to state together.
func (d *Desk) carryMany(ctx context.Context, g group, last bool) error {
	all, err := d.requestsOf(ctx, g.Requests)
	if err != nil {
		return err
	}
	all, e, err := d.together(ctx, all)
	if err != nil || len(all) == 0 {
		return err
	}
	if err := d.planMany(ctx, e, in(all, Received)); err != nil {
		return fmt.Errorf("plan erasures: %w", err)
	}
	if err := d.intendMany(ctx, in(all, Prepared)); err != nil {
		return fmt.Errorf("begin erasures: %w", err)
	}
	if err := d.executeMany(ctx, e, in(all, Executing)); err != nil {
		return fmt.Errorf("erase many: %w", err)
	}
	now := d.Clock.Now()
	if at := d.secondLook(now); at.After(now) && !last && len(in(all, Executing)) > 0 {
		return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: lateManyJob, Key: g.Requests[0], At: at, Payload: g})
			return err
		})
	}
	if err := d.verifyMany(ctx, e, in(all, Executing)); err != nil {
		return fmt.Errorf("check erasures: %w", err)
	}
	if err := d.finishMany(ctx, in(all, Verified)); err != nil {
		return fmt.Errorf("end erasures: %w", err)
	}
	return nil
}

// in returns those of all that are in a state; they are changed in place.
func in(all []*Request, s State) (found []*Request) {
	for _, r := range all {
		if r.State == s {
			found = append(found, r)
		}
	}
	return found
}

func (d *Desk) requestsOf(ctx context.Context, ids []string) (all []*Request, err error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	found, err := d.requests(ctx, "where id in ("+holders(1, len(ids))+") order by received_at, id", args...)
	for i := range found {
		if r := &found[i]; r.State != Done && r.State != Refused && r.State != Waiting {
			all = append(all, r)
		}
	}
	return all, err
}

// together returns those of whom everything goes, with what is held of all of
// them; the others go alone.
func (d *Desk) together(ctx context.Context, all []*Request) ([]*Request, *estate, error) {
	e, err := d.estate(ctx, "", "")
	if err != nil {
		return nil, nil, err
	}
	holds, err := d.Subjects.Holds(ctx)
	if err != nil {
		return nil, nil, err
	}
	alone := map[string]bool{}
	for _, h := range holds {
		alone[h.Subject] = true
	}
	for _, h := range e.holdings {
		if !h.whole && len(h.stays) == 0 {
			continue
		}
		counts, err := d.countMany(ctx, h, subjectsOf(all))
		if err != nil {
			return nil, nil, err
		}
		for s := range counts {
			alone[s] = true
		}
	}
	var rest []*Request
	var single []string
	for _, r := range all {
		if alone[r.Subject] {
			single = append(single, r.ID)
		} else {
			rest = append(rest, r)
		}
	}
	e.holdings = slices.DeleteFunc(e.holdings, func(h *holding) bool { return h.whole || len(h.stays) > 0 })
	return rest, e, d.apart(ctx, single)
}

func subjectsOf(all []*Request) []string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.Subject
	}
	return ids
}

// stepMany takes requests one step on, in one transaction, with a leaf each if
// kind names one.
func (d *Desk) stepMany(ctx context.Context, all []*Request, e Event, kind string, change func(*Request, string), also func(context.Context, *store.Tx) error) error {
	if len(all) == 0 {
		return nil
	}
	taken := make([]Request, len(all))
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		leaves, err := d.leavesOf(ctx, tx, all, kind)
		if err != nil {
			return err
		}
		for i, r := range all {
			taken[i] = *r
			if err := d.moved(&taken[i], e); err != nil {
				return err
			}
			if change != nil {
				change(&taken[i], leaves[i])
			}
		}
		if err := saveMany(ctx, tx, taken, all[0].State); err != nil {
			return err
		}
		if also != nil {
			return also(ctx, tx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, r := range all {
		*r = taken[i] // as it was committed
	}
	return nil
}

// saveMany writes requests that all stood at before, in one statement. Conflict if
// one of them changed meanwhile.
func saveMany(ctx context.Context, tx *store.Tx, all []Request, before State) error {
	var rows []string
	args := []any{before}
	for i := range all {
		r := &all[i]
		n := len(args)
		rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, cast($%d as bigint), $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8))
		args = append(args, r.ID, null(r.Subject), string(r.State), closed(*r), store.JSON[[]Part]{V: r.Goes}, store.JSON[[]Part]{V: r.Stays}, null(r.Intent), null(r.Leaf))
	}
	done, err := tx.ExecContext(ctx, `update rights_request set subject = v.column2, state = v.column3, closed_at = v.column4, goes = v.column5, stays = v.column6,
		intent_leaf = v.column7, leaf = v.column8 from (values `+strings.Join(rows, ", ")+`) as v where rights_request.id = v.column1 and rights_request.state = $1`, args...)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n != int64(len(all)) {
		return fault.New(fault.Conflict, "a request changed meanwhile")
	}
	return nil
}

func (d *Desk) leavesOf(ctx context.Context, tx *store.Tx, all []*Request, kind string) ([]string, error) {
	if kind == "" {
		return make([]string, len(all)), nil
	}
	acts := make([]ledger.Act, len(all))
	for i, r := range all {
		acts[i] = ledger.Act{Kind: kind, Facts: map[string]any{"request": r.ID, "tables": len(r.Goes), "kept": len(r.Stays)}}
	}
	return d.Ledger.AppendAll(ctx, tx, acts)
}

func (d *Desk) planMany(ctx context.Context, e *estate, all []*Request) error {
	byID := map[string]*Request{}
	for _, r := range all {
		byID[r.Subject], r.Goes = r, nil
	}
	for _, h := range e.holdings {
		counts, err := d.countMany(ctx, h, subjectsOf(all))
		if err != nil {
			return err
		}
		for s, n := range counts {
			byID[s].Goes = append(byID[s].Goes, Part{Activity: h.entry.Key, Table: h.table.Name, Rows: n})
		}
	}
	goes := map[string][]Part{}
	for _, r := range all {
		goes[r.ID] = r.Goes
	}
	if err := d.stepMany(ctx, all, doPlan, "", func(r *Request, _ string) { r.Goes = goes[r.ID] }, nil); err != nil {
		return err
	}
	return d.at("many planned")
}

func (d *Desk) intendMany(ctx context.Context, all []*Request) error {
	if err := d.stepMany(ctx, all, doExecute, "erasure.intended", func(r *Request, leaf string) { r.Intent = leaf }, nil); err != nil {
		return err
	}
	return d.at("many intended")
}

// finishMany closes the requests. Nothing was kept, so nothing is owed.
func (d *Desk) finishMany(ctx context.Context, all []*Request) error {
	subjects := subjectsOf(all)
	end := func(r *Request, leaf string) { r.Leaf, r.Subject = leaf, "" }
	err := d.stepMany(ctx, all, doFinish, "erasure.done", end, func(ctx context.Context, tx *store.Tx) error {
		args := make([]any, len(subjects))
		for i, s := range subjects {
			args[i] = s
		}
		for _, statement := range []string{"delete from rights_owed where subject in (%s)", "update rights_request set subject = null where subject in (%s)"} {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(statement, holders(1, len(args))), args...); err != nil {
				return store.Classify(err)
			}
		}
		return d.wakeOrders(ctx, tx)
	})
	if err != nil {
		return err
	}
	return d.at("many finished")
}

// keysOfMany returns the keys of subjects that an erasure takes: all but those by
// which events and the person are found, which go last.
func (d *Desk) keysOfMany(ctx context.Context, e *estate, subjects []string) (refs []vault.Ref, err error) {
	keep := map[string]bool{subject.Rule: true}
	for _, h := range e.holdings {
		if h.events() {
			keep[h.table.Name] = true
		}
	}
	for _, s := range subjects {
		all, err := d.Vault.Refs(ctx, s)
		if err != nil {
			return nil, err
		}
		refs = append(refs, slices.DeleteFunc(all, func(r vault.Ref) bool { return keep[r.Rule] })...)
	}
	return refs, nil
}
