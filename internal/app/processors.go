package app

import (
	"context"

	"kept/internal/activity/newsletter"
	"kept/internal/duty/rights"
)

// processors let what the newsletter's processors hold take part in the rights: a
// request about somebody is not closed before the processor, asked again, knows
// nothing of them.
type processors struct{ of *newsletter.Newsletter }

// Systems implements rights.Elsewhere.
func (processors) Systems() []string { return []string{"newsletter-dispatch"} }

// Plan implements rights.Elsewhere.
func (p processors) Plan(ctx context.Context, who rights.Person, r rights.Right, _ rights.Wish) ([]rights.Planned, error) {
	parts, err := p.Left(ctx, who)
	if err != nil || r != rights.Erasure && r != rights.Rectification {
		return nil, err
	}
	var planned []rights.Planned
	for _, part := range parts {
		planned = append(planned, rights.Planned{Part: part, System: p.Systems()[0], Does: rights.Deletes})
	}
	return planned, nil
}

// Read implements rights.Elsewhere: what a processor holds is what stands here.
func (processors) Read(context.Context, rights.Person, rights.Right, func(rights.Record) error) error {
	return nil
}

// Erase implements rights.Elsewhere.
func (p processors) Erase(ctx context.Context, who rights.Person, _ string) ([]rights.Part, error) {
	parts, err := p.Left(ctx, who)
	if err != nil {
		return nil, err
	}
	return parts, p.of.RecallOf(ctx, who.Subjects)
}

// Correct implements rights.Elsewhere: the wrong values go there, and the next
// campaign hands over the right ones.
func (p processors) Correct(ctx context.Context, who rights.Person, _ []rights.Correction, _ []rights.Planned, key string) ([]rights.Part, error) {
	return p.Erase(ctx, who, key)
}

// Mark implements rights.Elsewhere: nobody is written to who is restricted or has
// objected, since each campaign is handed over anew. One that does not answer has the
// request wait.
func (p processors) Mark(ctx context.Context, who rights.Person, _ rights.Right, _ rights.Wish, _ bool) ([]rights.Part, error) {
	_, err := p.Left(ctx, who)
	return nil, err
}

// Left implements rights.Elsewhere.
func (p processors) Left(ctx context.Context, who rights.Person) ([]rights.Part, error) {
	held, err := p.of.AtProcessors(ctx, who.Subjects)
	if err != nil {
		return nil, err
	}
	var parts []rights.Part
	for _, h := range held {
		parts = append(parts, rights.Part{Activity: h.Activity, Table: h.Recipient, Rows: h.Receivers})
	}
	return parts, nil
}
