package contactsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/policy"
)

// Preview is what a run would do.
type Preview struct {
	Count  roster.Count
	Boxes  []BoxPreview
	Takes  time.Duration
	Brake  error            // why a run would not start without a confirmation; nil: it would
	Drops  map[string]int64 // what contacts cannot take, by kind of value
	People int64            // in the sources, joined
}

// BoxPreview is what a run would do in one mailbox.
type BoxPreview struct {
	Target, Address string
	Count           roster.Count
}

// Progress is told of what a run is doing: mailboxes that are done, of how many.
type Progress func(done, total int64)

// Options say how a run goes.
type Options struct {
	Confirmed bool // a person has seen how many contacts it removes
	Fresh     bool // read the sources first; false: as they were read last
	Trial     bool // look and write nothing
	Progress  Progress
}

// Plan shows what a run would do and changes nothing in a mailbox.
func (y *Synchroniser) Plan(ctx context.Context, id string, o Options) (Preview, error) {
	p := Preview{Drops: map[string]int64{}}
	var each []time.Duration
	w, err := y.prepare(ctx, id, o, func(v *visit, steps []roster.Step) {
		p.Boxes = append(p.Boxes, BoxPreview{v.aim.name, v.box.Address, v.count})
		if n := v.count.Calls(v.aim.rules); n > 0 {
			each = append(each, v.aim.place.pace.Takes(n, v.count.Bytes))
		}
		for _, s := range steps {
			for _, what := range s.Drops {
				kind, _, _ := cutSpace(what)
				p.Drops[kind]++
			}
		}
	})
	if err != nil {
		return Preview{}, fmt.Errorf("plan a synchronisation: %w", err)
	}
	for _, v := range w.visits {
		p.Count.Add(v.count)
	}
	p.Takes, p.Brake, p.People = roster.Outlook.All(each), w.brake(), w.people
	return p, nil
}

// work is all that a run does.
type work struct {
	sync   Sync
	entry  *policy.Activity
	visits []*visit
	share  float64          // that the brake lets go
	sizes  map[string]int64 // of photos, by sum
	full   func(string) string
	people int64
}

// aim is a target with what its mailboxes get, once for all of them.
type aim struct {
	name    string
	place   place
	rules   roster.Rules // with what the policy does not let go there kept away
	written []roster.Written
}

// visit is a mailbox with how much is to be done in it. The steps themselves are
// made when the mailbox has its turn: those of all at once would fill the memory.
type visit struct {
	aim   *aim
	box   box
	count roster.Count
	have  int64 // contacts of ours
	gone  bool  // it is no longer chosen
}

// idle reports whether nothing is to be done in the mailbox.
func (v *visit) idle() bool {
	return v.count.Creates+v.count.Updates+v.count.Deletes == 0 && !v.box.Begun
}

// steps reads what is known of a mailbox and tells what is to be done there.
func (y *Synchroniser) steps(ctx context.Context, w *work, v *visit) (known []roster.Known, steps []roster.Step, err error) {
	if known, err = y.bookOf(v.box).known(ctx, w.full); err != nil {
		return nil, nil, err
	}
	if v.moving() {
		return known, roster.Steps(v.written(), nil), nil
	}
	return known, roster.Steps(v.written(), known), nil
}

// written is what the mailbox gets: nothing if it is no longer chosen.
func (v *visit) written() []roster.Written {
	if v.gone {
		return nil
	}
	return v.aim.written
}

// brake returns why the run must not start by itself. What goes into another folder comes
// again, and one mailbox that is no longer chosen is somebody who left: in a small office
// that is a large share already.
func (w *work) brake() error {
	var deletes, have, parting int64
	leavers, stayers := 0, 0
	for _, v := range w.visits {
		switch {
		case v.moving(), v.have == 0:
			continue
		case v.gone:
			leavers++
			parting += v.count.Deletes
		default:
			stayers++
		}
		deletes += v.count.Deletes
		have += v.have
	}
	if leavers == 1 && stayers > 0 {
		deletes, have = deletes-parting, have-parting
	}
	return roster.Brake{Share: w.share}.Check(deletes, have)
}

// prepare reads what is needed and counts what is to be done where; see is shown
// the steps of each mailbox, which are gone afterwards.
func (y *Synchroniser) prepare(ctx context.Context, id string, o Options, see func(*visit, []roster.Step)) (*work, error) {
	w, err := y.visits(ctx, id, o)
	if err != nil {
		return nil, err
	}
	for _, v := range w.visits {
		known, steps, err := y.steps(ctx, w, v)
		if err != nil {
			return nil, err
		}
		v.have = int64(len(known))
		v.count = roster.CountOf(steps, len(v.written()), func(sum string) int64 { return w.sizes[sum] })
		if v.moving() {
			v.count.Deletes += v.have
		}
		if see != nil {
			see(v, steps)
		}
	}
	return w, nil
}

// visits reads the sources, if they are to be read, and finds the mailboxes.
func (y *Synchroniser) visits(ctx context.Context, id string, o Options) (*work, error) {
	s, err := y.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return nil, err
	}
	if o.Fresh {
		if err := y.gather(ctx, a, s); err != nil {
			return nil, err
		}
	}
	w := &work{sync: s, entry: a, share: a.Settings.Percent("brake")}
	people, err := y.people(ctx, s)
	if err != nil {
		return nil, err
	}
	if w.sizes, err = y.sizes(ctx, s); err != nil {
		return nil, err
	}
	w.full = marks(w.sizes)
	for _, name := range slices.Sorted(maps.Keys(s.Setup.Targets)) {
		t := s.Setup.Targets[name]
		p, err := y.place(s, t)
		if err != nil {
			return nil, fmt.Errorf("the target %s: %w", name, err)
		}
		to := &aim{name: name, place: p, rules: s.Setup.goes(a, t)}
		to.written = roster.Draft(people(s.Setup.speaks(t)), to.rules, p.takes)
		if err := y.mailboxes(ctx, w, to, o.Fresh); err != nil {
			return nil, fmt.Errorf("the target %s: %w", name, err)
		}
	}
	w.people = int64(len(people(s.Setup.speaks(Target{}))))
	return w, nil
}

// mailboxes finds the mailboxes of a target, those that it no longer chooses
// included: what is ours goes from them.
func (y *Synchroniser) mailboxes(ctx context.Context, w *work, to *aim, fresh bool) error {
	boxes, err := y.boxes(ctx, w.sync, to.name)
	if err != nil {
		return err
	}
	chosen := slices.Sorted(maps.Keys(boxes))
	if fresh {
		if chosen, err = y.chosen(ctx, to.place, w.sync.Setup.Targets[to.name]); err != nil {
			return err
		}
	}
	for _, address := range chosen {
		b, there := boxes[address]
		delete(boxes, address)
		if !there {
			if b, err = y.remember(ctx, w.entry, w.sync, to.name, address); err != nil {
				return err
			}
		}
		w.visits = append(w.visits, &visit{aim: to, box: b})
	}
	for _, address := range slices.Sorted(maps.Keys(boxes)) {
		w.visits = append(w.visits, &visit{aim: to, box: boxes[address], gone: true})
	}
	return nil
}

// chosen returns the mailboxes that a target chooses, each once.
func (y *Synchroniser) chosen(ctx context.Context, p place, t Target) ([]string, error) {
	all := slices.Clone(t.Mailboxes)
	if t.chooses() {
		found, err := p.choose(ctx, t)
		if err != nil {
			return nil, &unchosen{err}
		}
		all = append(all, found...)
	}
	for i, address := range all {
		if all[i] = strings.TrimSpace(address); !p.exact {
			all[i] = normal(address)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
