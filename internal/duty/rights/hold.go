package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Hold places a hold as the policy lets one be placed and returns its id: where
// the policy names grounds, it rests on one of them and ends within its time; its
// reason is then the ground's unless another is given. Invalid otherwise, and for
// an activity or a rule that the policy does not have.
func (d *Desk) Hold(ctx context.Context, tx *store.Tx, h subject.Hold) (id string, err error) {
	if err := d.founded(&h); err != nil {
		return "", fmt.Errorf("place a hold: %w", err)
	}
	return d.Subjects.SetHold(ctx, tx, h)
}

// claims is the provision that lets a hold keep what would be erased: the
// establishment, exercise or defence of legal claims.
const claims = "Art. 17(3)(e) GDPR"

// HoldWords say why a hold keeps something, with the provisions that let it: that of
// its ground in the policy, and of the Regulation.
func HoldWords(p *policy.Policy, h subject.Hold) Words {
	law := claims
	said := Words{}
	for _, lang := range []string{i18n.English, i18n.German} {
		said[lang] = h.Reason
	}
	if g := p.Hold(h.Ground); g != nil {
		if g.Law != "" {
			law = g.Law + ", " + claims
		}
		if h.Reason == reasonOf(p, g) { // nobody wrote another one
			said = Words{}
			for lang := range g.Reason {
				said[lang] = Words(g.Reason).In(lang)
			}
		}
	}
	for lang, text := range said {
		said[lang] = text + " (" + i18n.Law(law, lang) + ")"
	}
	return said
}

// reasonOf is the reason of a hold that rests on a ground and gives none itself.
func reasonOf(p *policy.Policy, g *policy.HoldGround) string {
	reason := Words(g.Reason).In(p.Notice.Languages[0])
	if g.Law != "" {
		reason += " (" + g.Law + ")"
	}
	return reason
}

// SuspendedFor returns the holds that keep data of subjects from being deleted.
func (d *Desk) SuspendedFor(ctx context.Context, subjects ...string) ([]Suspended, error) {
	holds, err := d.Subjects.Holds(ctx)
	if err != nil {
		return nil, err
	}
	var found []Suspended
	for _, h := range holds {
		if h.Subject != "" && !slices.Contains(subjects, h.Subject) {
			continue
		}
		s := Suspended{Activity: h.Activity, Reason: h.Reason, Text: HoldWords(d.Policy(), h), Until: h.Until.Add(-time.Millisecond)}
		if a := d.Policy().Activity(h.Activity); a != nil {
			s.Title = Words(a.Title)
		}
		found = append(found, s)
	}
	return found, nil
}

func (d *Desk) founded(h *subject.Hold) error {
	p := d.Policy()
	if a := p.Activity(h.Activity); h.Activity != "" && a == nil {
		return fault.New(fault.Invalid, "the policy has no activity %s", h.Activity)
	} else if h.Rule != "" && a != nil {
		known := false
		for i := range a.Retention {
			known = known || a.Retention[i].ID == h.Rule
		}
		if !known {
			return fault.New(fault.Invalid, "%s has no rule %s; see: kept explain", h.Activity, h.Rule)
		}
	}
	if len(p.Holds) == 0 {
		if h.Ground != "" {
			return fault.New(fault.Invalid, "the policy names no grounds (holds); write the reason in plain words instead of the ground %s", h.Ground)
		}
		return nil
	}
	ground := p.Hold(h.Ground)
	if ground == nil {
		keys := ""
		for i := range p.Holds {
			if i > 0 {
				keys += ", "
			}
			keys += p.Holds[i].Key
		}
		return fault.New(fault.Invalid, "a hold rests on a ground of the policy: %s", keys)
	}
	if now := d.Clock.Now(); !ground.Longest.IsZero() && h.Until.After(ground.Longest.After(now)) {
		return fault.New(fault.Invalid, "a hold on the ground %s ends by %s", h.Ground, ground.Longest.After(now).UTC().Format("2006-01-02"))
	}
	if h.Reason == "" {
		h.Reason = reasonOf(p, ground)
	}
	return nil
}
