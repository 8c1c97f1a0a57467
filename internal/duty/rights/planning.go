package rights

import (
	"context"
	"fmt"
	"strings"

	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Plan says what carrying out a right would do, here and elsewhere, and changes
// nothing. A system that does not answer is named in Down and is no error.
// Invalid for a wish that the right cannot have.
func (d *Desk) Plan(ctx context.Context, p Person, r Right, w Wish) (Plan, error) {
	plan := Plan{Right: r}
	if err := d.check(r, w); err != nil {
		return plan, err
	}
	for _, who := range p.Subjects {
		parts, err := d.planFor(ctx, p, who, r, w)
		if err != nil {
			return plan, fmt.Errorf("plan %s: %w", r, err)
		}
		plan.Parts = append(plan.Parts, parts...)
	}
	for _, e := range d.Elsewhere {
		parts, err := e.Plan(ctx, p, r, d.categorised(w))
		if fault.Is(err, fault.Unavailable) {
			plan.Down = append(plan.Down, e.Systems()...)
			continue
		} else if err != nil {
			return plan, fmt.Errorf("plan %s elsewhere: %w", r, err)
		}
		plan.Parts = append(plan.Parts, parts...)
	}
	plan.Told = d.told(r, plan.Parts)
	return plan, nil
}

// check returns Invalid for a wish that the right cannot have.
// Lacks says what a wish lacks to be planned, Invalid, or nil: against what an
// objection is, what is wrong and what is right.
func (d *Desk) Lacks(r Right, w Wish) error { return d.check(r, w) }

func (d *Desk) check(r Right, w Wish) error {
	known := d.Policy().Activity(w.Activity)
	switch {
	case w.Activity != "" && known == nil:
		return fault.New(fault.Invalid, "the policy has no activity %s", w.Activity)
	case r == Objection && known == nil:
		return fault.New(fault.Invalid, "an objection says against which activity it is")
	case r == Objection && !objectionable(known):
		return fault.New(fault.Invalid, "an objection is against an activity that rests on legitimate interests or a public task, or that advertises; a consent is withdrawn")
	case r == Rectification && len(w.Corrections) == 0:
		return fault.New(fault.Invalid, "a rectification says which values are wrong and what is right")
	}
	return nil
}

// objectionable reports whether one can object to a (Art. 21(1), (2)).
func objectionable(a *policy.Activity) bool {
	return a.Basis == policy.LegitimateInterests || a.Basis == policy.PublicTask || Absolute(a)
}

// Absolute reports whether an objection to a needs no weighing: it is direct
// marketing (Art. 21(2), (3)).
func Absolute(a *policy.Activity) bool {
	return a.Purpose == "marketing" || strings.HasPrefix(a.Purpose, "marketing.")
}

// planFor plans what happens to what is held here of one subject.
func (d *Desk) planFor(ctx context.Context, p Person, who string, r Right, w Wish) ([]Planned, error) {
	switch r {
	case Erasure:
		return d.planErasure(ctx, who, w.Activity)
	case Rectification:
		return d.planCorrections(ctx, p, who, w.Corrections)
	case Withdrawal:
		return d.planEach(ctx, who, w.Activity, Stops, func(h *holding) bool { return h.entry.Basis == policy.Consent })
	case Objection:
		return d.planEach(ctx, who, w.Activity, Stops, all)
	case Restriction:
		return d.planEach(ctx, who, w.Activity, Restricts, all)
	case Access, Confirmation:
		return d.planEach(ctx, who, w.Activity, HandsOut, all)
	case Portability:
		return d.planEach(ctx, who, w.Activity, HandsOut, provides)
	case HumanReview, Safeguards: // a person decides, or hands out what the policy names: no data changes
		return nil, nil
	}
	return nil, fault.New(fault.Invalid, "%q is no right that is carried out", r)
}

func all(*holding) bool { return true }

// provides reports whether the holding has something that the person provided,
// under consent or contract (Art. 20(1)).
func provides(h *holding) bool {
	for i := range h.table.Columns {
		if provided(h.entry, fieldOf(h.manifest, &h.table.Columns[i])) {
			return true
		}
	}
	return false
}

func provided(a *policy.Activity, f *policy.Field) bool {
	based := a != nil && (a.Basis == policy.Consent || a.Basis == policy.Contract)
	return based && f != nil && (f.Source == "person" || f.Source == "device")
}

// planEach plans the same for everything that is held and that which picks.
func (d *Desk) planEach(ctx context.Context, who, only string, does Does, which func(*holding) bool) ([]Planned, error) {
	e, err := d.estate(ctx, who, only)
	if err != nil {
		return nil, err
	}
	var parts []Planned
	for _, h := range e.holdings {
		if h.outside || !which(h) {
			continue
		}
		rows, err := d.count(ctx, h, who, "")
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", h.table.Name, err)
		}
		if rows == 0 {
			continue
		}
		parts = append(parts, Planned{Does: does, Part: Part{Activity: h.entry.Key, Table: h.table.Name, Rows: rows, Text: others(h.table, does)}})
	}
	return parts, nil
}

// others says of what is handed out that other people are in it.
func others(t *manifest.Table, does Does) Words {
	most := manifest.OwnOnly
	for _, c := range t.Columns {
		most = max(most, c.Others)
	}
	switch {
	case does != HandsOut || most == manifest.OwnOnly:
		return nil
	case most == manifest.Masked:
		return sentences["masked"]
	}
	return sentences["withheld"]
}

// planErasure plans what goes and what stays, and asks about what is shared.
func (d *Desk) planErasure(ctx context.Context, who, only string) ([]Planned, error) {
	goes, stays, err := d.preview(ctx, who, only)
	if err != nil {
		return nil, err
	}
	var parts []Planned
	for _, part := range goes {
		parts = append(parts, Planned{Part: part, Does: Deletes})
	}
	for _, part := range stays {
		parts = append(parts, Planned{Part: part, Does: Keeps})
	}
	shared, err := d.planShared(ctx, who, only)
	return append(parts, shared...), err
}

// planShared asks for a decision about every table in which other people's rows
// stand for the same thing as rows of who.
func (d *Desk) planShared(ctx context.Context, who, only string) ([]Planned, error) {
	e, err := d.estate(ctx, who, only)
	if err != nil {
		return nil, err
	}
	var parts []Planned
	for _, h := range e.holdings {
		if h.outside || h.whole || h.table.Shared == "" || h.table.Shape != manifest.Rows {
			continue
		}
		n, err := d.shared(ctx, h, who)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		parts = append(parts, Planned{Does: Decides, Choices: []string{ChooseOwn, ChooseAll},
			Part: Part{Activity: h.entry.Key, Table: h.table.Name, Rows: n, Text: sentences["shared"]}})
	}
	return parts, nil
}

// shared counts the rows of other people that stand for the same as who's.
func (d *Desk) shared(ctx context.Context, h *holding, who string) (n int64, err error) {
	query := "select count(*) from " + h.table.Name + " where " + sharedWith(h)
	if err := d.DB.QueryRowContext(ctx, query, who).Scan(&n); err != nil {
		return 0, fmt.Errorf("count what is shared in %s: %w", h.table.Name, err)
	}
	return n, nil
}

// sharedWith is the SQL for: the row is another person's and stands for the same
// as one of $1's.
func sharedWith(h *holding) string {
	t := h.table
	whose := retain.Whose(h.manifest, t)
	return fmt.Sprintf("%s <> $1 and %s in (select %s from %s where %s)", whose, t.Shared, t.Shared, t.Name, rowsOf(h.manifest, t, h.which))
}
