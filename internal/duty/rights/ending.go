package rights

import (
	"context"
	"fmt"
)

// End brings to an end what a kind still has under way with a subject, for one entry
// of the policy, before that subject's data goes. It bears being called twice.
type End func(ctx context.Context, activity, subject string) error

// OnEnding has f called before anything of a kind's rows is erased. Call it before
// serving.
func (d *Desk) OnEnding(kind string, f End) {
	if d.endings == nil {
		d.endings = map[string]End{}
	}
	d.endings[kind] = f
}

// end has the kinds end what they have under way with a subject, wherever an erasure
// takes something.
func (d *Desk) end(ctx context.Context, e *estate, who string) error {
	asked := map[string]bool{}
	for _, h := range e.holdings {
		f := d.endings[h.manifest.Name]
		if f == nil || h.whole || asked[h.entry.Key] {
			continue
		}
		asked[h.entry.Key] = true
		if err := f(ctx, h.entry.Key, who); err != nil {
			return fmt.Errorf("end what %s has under way: %w", h.entry.Key, err)
		}
	}
	return d.at("ended")
}
