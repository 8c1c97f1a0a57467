package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// draft is a decision with everything that can be made ready before the
// transaction. Without an acceptance it only ends what was before.
type draft struct {
	s        *Service
	offer    *offer
	request  Request
	at       time.Time
	choice   choice
	accepted []string // groups and services, sorted; nil: a refusal
	person   subject.Draft
	known    bool // person is one who decided before
	record   Decision
	terms    []term
	proof    statement
	ends     []ended // what it ended, filled by store
}

// prepare makes a draft of an answer.
func (s *Service) prepare(ctx context.Context, o *offer, q Request, marks []mark) (*draft, error) {
	d := &draft{s: s, offer: o, request: q, at: s.clock.Now().Truncate(time.Millisecond), choice: choice{marks: marks, gpc: q.GPC}}
	if q.Source == Placeholder { // what was chosen against the signal before stays chosen against it
		d.choice.gpc = q.GPC || q.Previous.choice.gpc
	}
	before, err := s.previous(ctx, q.Previous.Decision)
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	if d.known = before.ID != ""; d.known {
		d.person.ID = before.Subject
	} else if q.Source == Signal { // what it would leave standing was erased
		d.choice.marks = nil
	}
	for _, m := range d.choice.marks {
		if m.yes {
			d.accepted = append(d.accepted, m.key)
		}
	}
	slices.Sort(d.accepted)
	if d.accepted == nil {
		return d, nil
	}
	if q.Source == Signal { // no click: what still stands stands under the text it was given to
		d.request.NoticeHash, d.request.Language = before.NoticeHash, before.Language
	} else if err := s.published(ctx, q.NoticeHash, o.policy); err != nil {
		return nil, err
	}
	d.choice.id, d.choice.day = store.NewID(), dayOf(d.at)
	if !d.known {
		d.person = s.subjects.Draft(subject.Decision, d.choice.id)
	}
	return d, d.write()
}

// previous returns the decision that a cookie names. An erased one is no
// decision any more.
func (s *Service) previous(ctx context.Context, id string) (Decision, error) {
	if id == "" {
		return Decision{}, nil
	}
	found, err := s.decisions(ctx, s.db, "id = $1", id)
	if err != nil || len(found) == 0 {
		return Decision{}, err
	}
	return found[0], nil
}

// refused returns what was offered and not agreed to. A service whose group was
// accepted is agreed to with it, unless it was refused singly.
func (d *draft) refused() []string {
	var said []string
	for _, i := range d.offer.items {
		singly := slices.ContainsFunc(d.choice.marks, func(m mark) bool { return m.service && !m.yes && m.key == i.Key })
		if !slices.Contains(d.accepted, i.Key) && (singly || !slices.Contains(d.accepted, i.Group)) {
			said = append(said, i.Key)
		}
	}
	return said
}

// write fills the record and its signed statement.
func (d *draft) write() (err error) {
	q, o := d.request, d.offer
	d.record = Decision{
		ID: d.choice.id, Subject: d.person.ID, At: d.at, LastVisit: dayTime(d.choice.day), Previous: q.Previous.Decision,
		NoticeHash: q.NoticeHash, PolicyHash: o.policy.Hash, Language: q.Language, Source: q.Source, GPC: q.GPC, Accepted: d.accepted,
	}
	for _, i := range o.items {
		d.record.Offered = append(d.record.Offered, i.Key)
	}
	texts, err := d.s.termsOf(o, q.Language)
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	d.terms = texts.covering(d.choice.marks)
	d.proof, err = d.s.attest(headerOf(d.record, o, d.terms), given(d.record, o, d.refused()))
	return err
}

// keys are the vault's keys that storing needs.
func (d *draft) keys() []vault.Ref {
	switch {
	case d.accepted == nil:
		return nil
	case d.known:
		return []vault.Ref{proofKey(d.person.ID)}
	}
	return []vault.Ref{proofKey(d.person.ID), d.person.Key()}
}

// store writes the decision: its end for what was before, its record, its leaf,
// its outcome. It may run again after a rollback.
func (d *draft) store(ctx context.Context, tx *store.Tx, outcomes tally) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("store a decision: %w", err)
		}
	}()
	if err := d.endPrevious(ctx, tx); err != nil {
		return err
	}
	if d.accepted == nil {
		outcomes[d.outcomeName()]++
		if d.known {
			return d.objections(ctx, tx)
		}
		return nil
	}
	if !d.known {
		if err := d.s.subjects.Insert(ctx, tx, d.person); err != nil {
			return err
		}
	}
	if err := d.insert(ctx, tx); err != nil {
		return err
	}
	outcomes[d.outcomeName()]++
	return d.objections(ctx, tx)
}

// endPrevious ends every decision of the person that stands, so that the latest
// is the only one, and tells the hooks which groups lost their consent.
func (d *draft) endPrevious(ctx context.Context, tx *store.Tx) error {
	d.ends = nil
	if id := d.request.Previous.Decision; id != "" {
		if err := d.s.stopCookies(ctx, tx, id, d.at); err != nil {
			return err
		}
	}
	if !d.known {
		return nil
	}
	by := Replaced
	if d.accepted == nil {
		by = Withdrew
	}
	// The cookie is still there, so what was thought lapsed stands until now.
	err := d.s.revive(ctx, tx, d.request.Previous.Decision)
	if err != nil {
		return err
	}
	if d.ends, err = d.s.end(ctx, tx, d.person.ID, ending{at: d.at, by: by, source: d.request.Source, language: d.request.Language, accepted: d.accepted, next: d.choice.id}); err != nil {
		return err
	}
	groups := d.lost()
	if len(groups) == 0 {
		return nil
	}
	for _, hook := range d.s.hooks {
		if err := hook(ctx, tx, d.person.ID, groups); err != nil {
			return err
		}
	}
	return nil
}

// lost are the groups that were accepted before and are not any more.
func (d *draft) lost() []string {
	services := map[string]bool{}
	for _, i := range d.offer.items {
		services[i.Key] = i.Group != ""
	}
	var lost []string
	for _, e := range d.ends {
		for _, key := range e.lost {
			if !services[key] {
				lost = append(lost, key)
			}
		}
	}
	slices.Sort(lost)
	return slices.Compact(lost)
}

func (d *draft) outcomeName() string {
	switch {
	case d.accepted == nil && len(d.ends) > 0:
		return "withdrawn"
	case d.accepted == nil:
		return "refused"
	}
	for _, m := range d.choice.marks {
		if !m.yes {
			return "partial"
		}
	}
	return "accepted"
}

// objections records what the signal objects to (Art. 21(5) GDPR: by automated
// means), and takes back what an explicit choice overrides.
func (d *draft) objections(ctx context.Context, tx *store.Tx) error {
	if !d.request.GPC && !d.known {
		return nil
	}
	for _, a := range d.offer.policy.Activities {
		if !d.offer.ads[a.Group] {
			continue
		}
		var err error
		switch {
		case slices.Contains(d.accepted, a.Group):
			err = d.s.subjects.Unobject(ctx, tx, d.person.ID, a.Key)
		case d.request.GPC:
			err = d.s.subjects.Object(ctx, tx, d.person.ID, a.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// outcome is what the visitor gets once the decision is durable.
func (d *draft) outcome() (Outcome, error) {
	st := State{GPC: d.request.GPC, remembered: true, choice: d.choice, standing: d.choice.marks}
	st.read(d.offer)
	out := Outcome{State: st, Cookie: d.s.cookie(d.choice), Clear: groundless(d.offer.policy, st)}
	var err error
	switch {
	case d.accepted != nil:
		out.Receipt, err = receipt(d.s.ledger.Key(), d.terms, []acknowledged{{statement: d.proof, leaf: d.record.Leaf}})
	case len(d.ends) > 0 && d.ends[len(d.ends)-1].proved():
		out.Receipt, err = d.ends[len(d.ends)-1].receipt(d.s.ledger.Key())
	}
	if err != nil {
		return Outcome{}, errors.Join(fault.New(fault.Internal, "the decision is stored, its receipt could not be written"), err)
	}
	return out, nil
}
