package contactsync

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
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

// Progress is told of what a run is doing: mailboxes that are done, of how many,
// and steps.
type Progress func(done, total int64)

// Options say how a run goes.
type Options struct {
	Confirmed bool // a person has seen how many contacts it removes
	Fresh     bool // read the sources first; false: as they were read last
	Progress  Progress
}

// job is a mailbox with what is to be done in it.
type job struct {
	target string
	place  place
	box    box
	known  []roster.Known
	steps  []roster.Step
	count  roster.Count
	rules  roster.Rules // with what the policy does not let go there kept away
	gone   bool         // it is no longer chosen
}

// Plan shows what a run would do and changes nothing in a mailbox.
func (y *Synchroniser) Plan(ctx context.Context, id string, o Options) (Preview, error) {
	_, jobs, people, err := y.prepare(ctx, id, o)
	if err != nil {
		return Preview{}, fmt.Errorf("plan a synchronisation: %w", err)
	}
	p := Preview{Drops: map[string]int64{}, People: people}
	var each []time.Duration
	for _, j := range jobs.all {
		p.Count.Add(j.count)
		p.Boxes = append(p.Boxes, BoxPreview{j.target, j.box.Address, j.count})
		if n := j.count.Calls(j.rules); n > 0 {
			each = append(each, j.place.pace.Takes(n, j.count.Bytes))
		}
		for _, s := range j.steps {
			for _, what := range s.Drops {
				kind, _, _ := cutSpace(what)
				p.Drops[kind]++
			}
		}
	}
	p.Takes = roster.Outlook.All(each)
	p.Brake = jobs.brake()
	return p, nil
}

// work is all that a run does.
type work struct {
	all   []job
	share float64
}

// brake returns why the run must not start by itself.
func (w work) brake() error {
	var deletes, have int64
	for _, j := range w.all {
		deletes += j.count.Deletes
		have += int64(len(j.known))
	}
	return roster.Brake{Share: w.share}.Check(deletes, have)
}

// prepare reads what is needed and decides what is to be done where.
func (y *Synchroniser) prepare(ctx context.Context, id string, o Options) (Sync, work, int64, error) {
	s, err := y.Get(ctx, id)
	if err != nil {
		return s, work{}, 0, err
	}
	a, err := y.entry(s.Activity)
	if err != nil {
		return s, work{}, 0, err
	}
	if o.Fresh {
		if err := y.gather(ctx, a, s); err != nil {
			return s, work{}, 0, err
		}
	}
	w := work{share: a.Settings.Percent("brake")}
	people, sizes, err := y.people(ctx, s)
	if err != nil {
		return s, w, 0, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Setup.Targets)) {
		jobs, err := y.target(ctx, a, s, name, people(s.Setup.speaks(s.Setup.Targets[name])), sizes, o.Fresh)
		if err != nil {
			return s, w, 0, fmt.Errorf("the target %s: %w", name, err)
		}
		w.all = append(w.all, jobs...)
	}
	return s, w, int64(len(people(s.Setup.speaks(Target{})))), nil
}

// people returns a function that joins the entries of some sources, and the sizes
// of the photos by their sums. A person's number is the least that any of its
// entries has, so that it stays while one of them does.
func (y *Synchroniser) people(ctx context.Context, s Sync) (func([]roster.Source) []roster.Wanted, map[string]int64, error) {
	known, err := y.entries(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	var entries []roster.Entry
	numbers := map[string]int64{}
	for source, all := range known {
		for id, e := range all {
			entries = append(entries, e.Entry)
			numbers[source+"/"+id] = e.Person
		}
	}
	sizes, err := y.sizes(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	return func(sources []roster.Source) []roster.Wanted {
		var wanted []roster.Wanted
		for _, p := range roster.Join(sources, entries) {
			least := numbers[p.From[0]]
			for _, key := range p.From[1:] {
				least = min(least, numbers[key])
			}
			wanted = append(wanted, roster.Wanted{Person: number(least), Card: p.Card})
		}
		return wanted
	}, sizes, nil
}

func (y *Synchroniser) sizes(ctx context.Context, s Sync) (map[string]int64, error) {
	rows, err := y.env.DB.QueryContext(ctx, "select sum, size from sync_photo where setup = $1", s.ID)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	sizes := map[string]int64{}
	for rows.Next() {
		var sum string
		var size int64
		if err := rows.Scan(&sum, &size); err != nil {
			return nil, store.Classify(err)
		}
		sizes[sum] = size
	}
	return sizes, store.Classify(rows.Err())
}

// target returns what is to be done in the mailboxes of a target, those that it no
// longer chooses included: what is ours goes from them.
func (y *Synchroniser) target(ctx context.Context, a *policy.Activity, s Sync, name string, wanted []roster.Wanted, sizes map[string]int64, fresh bool) ([]job, error) {
	t := s.Setup.Targets[name]
	p, err := y.place(s.Setup, t)
	if err != nil {
		return nil, err
	}
	boxes, err := y.boxes(ctx, s, name)
	if err != nil {
		return nil, err
	}
	chosen := slices.Sorted(maps.Keys(boxes))
	if fresh {
		if chosen, err = y.chosen(ctx, p, t); err != nil {
			return nil, err
		}
	}
	full, rules := marks(sizes), s.Setup.Goes(a, t)
	var jobs []job
	for _, address := range chosen {
		b, there := boxes[address]
		delete(boxes, address)
		if !there {
			if b, err = y.remember(ctx, a, s, name, address); err != nil {
				return nil, err
			}
		}
		jobs = append(jobs, job{target: name, place: p, box: b, rules: rules})
	}
	for _, address := range slices.Sorted(maps.Keys(boxes)) {
		jobs = append(jobs, job{target: name, place: p, box: boxes[address], rules: rules, gone: true})
	}
	for i := range jobs {
		j := &jobs[i]
		if j.known, err = y.bookOf(j.box).known(ctx, full); err != nil {
			return nil, err
		}
		j.decide(wanted, sizes)
	}
	return jobs, nil
}

// decide tells what is to be done in a mailbox from what is known of it.
func (j *job) decide(wanted []roster.Wanted, sizes map[string]int64) {
	if j.gone {
		wanted = nil
	}
	j.steps = roster.Steps(wanted, j.known, j.rules, j.place.takes)
	j.count = roster.CountOf(j.steps, len(wanted), func(sum string) int64 { return sizes[sum] })
}

// chosen returns the mailboxes that a target chooses, each once.
func (y *Synchroniser) chosen(ctx context.Context, p place, t Target) ([]string, error) {
	all := slices.Clone(t.Mailboxes)
	if len(t.Groups) > 0 || t.Department != "" {
		found, err := p.choose(ctx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	for i, address := range all {
		all[i] = normal(address)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// marks returns a function that turns the first bytes of a photo's sum into the
// whole sum, where there still is such a photo.
func marks(sizes map[string]int64) func(string) string {
	byMark := map[string]string{}
	for sum := range sizes {
		byMark[hex.EncodeToString(unhex(sum))] = sum
	}
	return func(mark string) string {
		if sum, ok := byMark[mark]; ok {
			return sum
		}
		return mark
	}
}

// Result is what became of a run.
type Result struct {
	Run      string
	Count    roster.Count
	State    string // done, partly, stopped
	Problems []BoxProblem
}

// BoxProblem is what went wrong in a mailbox. Says is for the customer's
// administrator.
type BoxProblem struct {
	Address string `json:"mailbox"`
	Says    string `json:"says"`
}

// Run synchronises. A mailbox that cannot be reached keeps no other one waiting; it
// is a problem of the result and goes on with the next run. Conflict if the brake
// stops the run, or if one is under way in this process.
func (y *Synchroniser) Run(ctx context.Context, id string, o Options) (Result, error) {
	return y.alone(id, func() (Result, error) {
		s, w, _, err := y.prepare(ctx, id, o)
		if err != nil {
			return Result{}, fmt.Errorf("synchronise: %w", err)
		}
		stopped := error(nil)
		if !o.Confirmed {
			stopped = w.brake()
		}
		return y.noted(ctx, s, "run", func(ctx context.Context) (Result, error) {
			if stopped != nil {
				return Result{State: "stopped"}, stopped
			}
			r, err := y.each(ctx, s, w, o, y.carryOut)
			return r, errors.Join(err, y.delivered(context.WithoutCancel(ctx), s, w))
		})
	})
}

// Undo removes what is ours from every mailbox, and nothing else.
func (y *Synchroniser) Undo(ctx context.Context, id string, o Options) (Result, error) {
	return y.alone(id, func() (Result, error) {
		o.Fresh = false
		s, w, _, err := y.prepare(ctx, id, o)
		if err != nil {
			return Result{}, fmt.Errorf("take a synchronisation back: %w", err)
		}
		return y.noted(ctx, s, "undo", func(ctx context.Context) (Result, error) { return y.each(ctx, s, w, o, y.takeBack) })
	})
}

// alone keeps two runs of one synchronisation in this process apart.
func (y *Synchroniser) alone(id string, f func() (Result, error)) (Result, error) {
	y.mu.Lock()
	if y.busy[id] {
		y.mu.Unlock()
		return Result{}, fault.New(fault.Conflict, "this synchronisation is running")
	}
	y.busy[id] = true
	y.mu.Unlock()
	defer func() {
		y.mu.Lock()
		delete(y.busy, id)
		y.mu.Unlock()
	}()
	return f()
}

// each works in every mailbox, many at a time.
func (y *Synchroniser) each(ctx context.Context, s Sync, w work, o Options, do func(context.Context, Sync, *job) ([]run.Problem, error)) (Result, error) {
	var mu sync.Mutex
	r := Result{State: "done"}
	done := int64(0)
	var all sync.WaitGroup
	places := make(chan struct{}, roster.Outlook.Mailboxes)
	for i := range w.all {
		if ctx.Err() != nil {
			break
		}
		j := &w.all[i]
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			problems, err := do(ctx, s, j)
			mu.Lock()
			defer mu.Unlock()
			r.Count.Add(j.count)
			done++
			if o.Progress != nil {
				o.Progress(done, int64(len(w.all)))
			}
			for _, p := range problems {
				r.Problems = append(r.Problems, BoxProblem{j.box.Address, fmt.Sprintf("%s of a contact: %v", p.Step.Act, p.Err)})
			}
			if err != nil && ctx.Err() == nil {
				r.Problems = append(r.Problems, BoxProblem{j.box.Address, err.Error()})
			}
		})
	}
	all.Wait()
	if len(r.Problems) > 0 || ctx.Err() != nil {
		r.State = "partly"
	}
	return r, ctx.Err()
}

// carryOut brings one mailbox to what is wanted. One that an earlier run left in
// the middle is looked at first.
func (y *Synchroniser) carryOut(ctx context.Context, s Sync, j *job) ([]run.Problem, error) {
	if len(j.steps) == 0 && !j.box.Begun {
		return nil, y.leave(ctx, s, j)
	}
	m, err := y.enter(ctx, s, j)
	if err != nil {
		return nil, err
	}
	b := y.bookOf(j.box)
	if j.box.Begun {
		if j.known, err = run.Reconcile(ctx, owner(s), m, b, j.known); err != nil {
			return nil, err
		}
		j.again()
		if len(j.steps) == 0 {
			return nil, errors.Join(b.End(ctx), y.leave(ctx, s, j))
		}
	}
	problems, err := run.Run(ctx, y.order(s, j), m, b, j.steps)
	if err != nil {
		return problems, err
	}
	return problems, y.leave(ctx, s, j)
}

// again decides anew after what is known has changed, from the cards that the steps
// before were made of.
func (j *job) again() {
	have := map[string]roster.Known{}
	for _, k := range j.known {
		have[k.Person] = k
	}
	var rest []roster.Step
	for _, s := range j.steps {
		k, there := have[s.Person]
		delete(have, s.Person)
		switch {
		case s.Act == roster.Delete && !there:
			continue
		case s.Act != roster.Delete && there:
			s.Act, s.Item = roster.Update, k.Item
			s.Only = k.Hash == s.Hash
			if s.Only && (s.Card.Photo == nil || s.Card.Photo.Sum == k.Photo) {
				continue
			}
			s.Photo = s.Card.Photo != nil && s.Card.Photo.Sum != k.Photo
		case s.Act == roster.Delete:
			s.Item = k.Item
		default:
			s.Act, s.Item, s.Only, s.Photo = roster.Create, "", false, s.Card.Photo != nil
		}
		rest = append(rest, s)
	}
	j.steps = rest
}

// takeBack removes what is ours from one mailbox.
func (y *Synchroniser) takeBack(ctx context.Context, s Sync, j *job) ([]run.Problem, error) {
	m, err := y.enter(ctx, s, j)
	if err != nil {
		return nil, err
	}
	removed, problems, err := run.Undo(ctx, y.order(s, j), m, y.bookOf(j.box))
	j.count = roster.Count{Mailboxes: 1, Deletes: int64(removed)}
	return problems, err
}

// enter opens the folder of a mailbox and remembers it.
func (y *Synchroniser) enter(ctx context.Context, s Sync, j *job) (run.Mailbox, error) {
	m, folder, err := j.place.open(ctx, j.box.Address, j.box.Folder, s.Setup.Targets[j.target].Folder)
	if err != nil {
		return nil, err
	}
	if folder != j.box.Folder {
		_, err := y.env.DB.ExecContext(ctx, "update sync_mailbox set folder = $1 where id = $2", folder, j.box.ID)
		if err != nil {
			return nil, store.Classify(err)
		}
		j.box.Folder = folder
	}
	return m, nil
}

// leave forgets a mailbox that is no longer chosen and has nothing of ours left.
func (y *Synchroniser) leave(ctx context.Context, s Sync, j *job) error {
	if !j.gone {
		return nil
	}
	return y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update sync_mailbox set removed_at = $1 where id = $2", store.At(y.env.Clock.Now()), j.box.ID); err != nil {
			return store.Classify(err)
		}
		return y.env.End(ctx, tx, s.Activity, "removed", mailboxTable, fmt.Sprint(j.box.ID))
	})
}

// owner is how the synchronisation is named in the marks of its contacts.
func owner(s Sync) string { return s.ID }

func (y *Synchroniser) order(s Sync, j *job) run.Order {
	return run.Order{
		Owner: owner(s), Rules: j.rules, AtOnce: j.place.atOnce,
		Photo: func(ctx context.Context, sum string) ([]byte, error) { return y.photoOf(ctx, s, sum) },
	}
}

func (y *Synchroniser) photoOf(ctx context.Context, s Sync, sum string) ([]byte, error) {
	var sealed []byte
	if err := y.env.DB.QueryRowContext(ctx, "select photo from sync_photo where setup = $1 and sum = $2", s.ID, sum).Scan(&sealed); err != nil {
		return nil, store.Classify(err)
	}
	open := y.env.Opener(ctx, s.Customer)
	return open.Bytes(photoTable+".photo", sealed), open.Err()
}
