package run

import (
	"context"
	"errors"
	"sync"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Item is a contact in a mailbox, as far as a run cares.
type Item struct {
	ID   string
	Mark string
}

// Mailbox is the folder of contacts that a run works in. Its calls wait for their
// turn by themselves. An error that wraps ErrUnclear leaves it open whether the
// call was carried out.
type Mailbox interface {
	Items(ctx context.Context, each func(Item) error) error // what bears a mark
	Look(ctx context.Context, item string) (card.Card, error)
	Find(ctx context.Context, mark string) (item string, err error) // NotFound if nothing bears it
	Create(ctx context.Context, mark string, c card.Card) (item string, err error)
	Update(ctx context.Context, item, mark string, c card.Card, fields []string) error
	Delete(ctx context.Context, item string) error // no error if it is gone
	SetPhoto(ctx context.Context, item string, jpeg []byte) error
	// Changes calls each with the contacts of the folder that changed since a token of
	// an earlier reading, all if it is empty, and returns the token for the next time.
	// It may leave out what is not ours. ErrExpired if that is not known any more,
	// NotFound if there is no such folder.
	Changes(ctx context.Context, since string, ours func(item string) bool, each func(Seen) error, gone func(item string) error) (next string, err error)
}

// Whole is a mailbox that takes a new contact with its photo in one call.
type Whole interface {
	CreateWhole(ctx context.Context, mark string, c card.Card, jpeg []byte) (item string, err error)
}

// ErrUnclear says that a call may have been carried out or not.
var ErrUnclear = errors.New("it is not known whether it was done")

// Note is what became of a step.
type Note struct {
	Person string
	Known  roster.Known // the zero Known: it is gone
}

// Book remembers what stands in a mailbox. Its notes are durable when it returns.
type Book interface {
	Begin(ctx context.Context) error // the mailbox is being worked on
	Write(ctx context.Context, notes []Note) error
	End(ctx context.Context) error // it is as the book says
}

// Order is what a run does in one mailbox.
type Order struct {
	Owner  string // id of the synchronisation, in every mark
	Rules  roster.Rules
	AtOnce int // calls at a time
	// Stands, if set, is asked before each step. Its error says that another run has
	// taken over, and ends this one.
	Stands func(ctx context.Context) error
	Photo  func(ctx context.Context, sum string) ([]byte, error)
}

// Problem is a step that could not be done.
type Problem struct {
	Step roster.Step
	Err  error
}

// batch is how many notes are written together.
const batch = 64

// Run carries steps out. It returns the steps that the service refused; they are
// planned again by the next run. An error ends the mailbox: what was done until
// then is noted, and the mailbox counts as begun, also if the run that took over has
// ended it: a call of ours may have come behind its last look.
func Run(ctx context.Context, o Order, m Mailbox, b Book, steps []roster.Step) ([]Problem, error) {
	if len(steps) == 0 {
		return nil, nil
	}
	if err := b.Begin(ctx); err != nil {
		return nil, err
	}
	w := &work{Order: o, mailbox: m, book: b}
	err := w.carryOut(ctx, steps)
	if over := w.stands(ctx); over != nil {
		return w.problems, errors.Join(over, b.Begin(context.WithoutCancel(ctx)))
	}
	if err != nil {
		return w.problems, err
	}
	return w.problems, b.End(ctx)
}

// work is a run in one mailbox.
type work struct {
	Order
	mailbox Mailbox
	book    Book

	mu       sync.Mutex
	notes    []Note
	problems []Problem
	failed   error
}

func (w *work) carryOut(ctx context.Context, steps []roster.Step) error {
	calls, stop := context.WithCancel(ctx)
	defer stop()
	queue := make(chan roster.Step)
	var all sync.WaitGroup
	for range max(1, min(w.AtOnce, len(steps))) {
		all.Go(func() {
			for s := range queue {
				w.step(calls, stop, s)
			}
		})
	}
	for _, s := range steps {
		select {
		case queue <- s:
			continue
		case <-calls.Done():
		}
		break
	}
	close(queue)
	all.Wait()
	// What was done is noted even when the run is called off.
	if err := w.flush(context.WithoutCancel(ctx), 1); err != nil {
		return err
	}
	if w.failed != nil {
		return w.failed
	}
	return ctx.Err()
}

// step does one step and notes it. An error that concerns the mailbox ends the run;
// one that concerns the contact does not.
func (w *work) step(ctx context.Context, stop context.CancelFunc, s roster.Step) {
	if ctx.Err() != nil {
		return
	}
	if w.stands(ctx) != nil {
		stop()
		return
	}
	note, err := w.do(ctx, s)
	w.mu.Lock()
	if note != nil {
		w.notes = append(w.notes, *note)
	}
	if err != nil {
		switch {
		case ours(err):
			w.problems = append(w.problems, Problem{s, err})
		case w.failed == nil:
			w.failed = err
			stop()
		}
	}
	w.mu.Unlock()
	if err := w.flush(ctx, batch); err != nil {
		w.mu.Lock()
		w.failed = errors.Join(w.failed, err)
		w.mu.Unlock()
		stop()
	}
}

func (w *work) stands(ctx context.Context) error {
	if w.Stands == nil {
		return nil
	}
	return w.Stands(ctx)
}

// ours reports whether an error is about the one contact: the others may go well.
func ours(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge, fault.Conflict, fault.NotFound:
		return true
	}
	return false
}

// flush writes the notes down if there are so many.
func (w *work) flush(ctx context.Context, least int) error {
	w.mu.Lock()
	if len(w.notes) < least {
		w.mu.Unlock()
		return nil
	}
	notes := w.notes
	w.notes = nil
	w.mu.Unlock()
	return w.book.Write(ctx, notes)
}

// do carries a step out and says what is to be noted; a note beside an error is
// about the part that was done.
func (w *work) do(ctx context.Context, s roster.Step) (*Note, error) {
	switch s.Act {
	case roster.Delete:
		if err := w.mailbox.Delete(ctx, s.Item); err != nil {
			return nil, err
		}
		return &Note{Person: s.Person}, nil
	case roster.Update:
		return w.update(ctx, s)
	default:
		return w.create(ctx, s)
	}
}

func (w *work) mark(s roster.Step) string {
	return roster.Mark{Owner: w.Owner, Person: s.Person, Hash: s.Hash}.String()
}

// create writes a contact, once: where it is not known whether the call was carried
// out, the mark tells.
func (w *work) create(ctx context.Context, s roster.Step) (*Note, error) {
	write, whole, err := w.writer(ctx, s)
	if err != nil {
		return nil, err
	}
	item, err := write()
	if errors.Is(err, ErrUnclear) {
		item, err = w.mailbox.Find(ctx, w.mark(s))
		if fault.Is(err, fault.NotFound) {
			item, err = write()
		}
	}
	if err != nil {
		return nil, err
	}
	s.Item, s.Photo = item, s.Card.Photo != nil && !whole
	return w.photo(ctx, s)
}

// writer returns how a new contact is written, and whether its photo goes with it.
func (w *work) writer(ctx context.Context, s roster.Step) (write func() (string, error), whole bool, err error) {
	m, ok := w.mailbox.(Whole)
	if !ok || s.Card.Photo == nil {
		return func() (string, error) { return w.mailbox.Create(ctx, w.mark(s), s.Card) }, false, nil
	}
	jpeg, err := w.Photo(ctx, s.Card.Photo.Sum)
	return func() (string, error) { return m.CreateWhole(ctx, w.mark(s), s.Card, jpeg) }, true, err
}

// update changes the fields that the rules let be changed. A contact that its owner
// removed is written anew.
func (w *work) update(ctx context.Context, s roster.Step) (*Note, error) {
	if s.Only {
		return w.photo(ctx, s)
	}
	blank := func(string) bool { return false }
	if w.Rules.Asks() {
		is, err := w.mailbox.Look(ctx, s.Item)
		if fault.Is(err, fault.NotFound) {
			return w.create(ctx, s)
		}
		if err != nil {
			return nil, err
		}
		blank = func(field string) bool { return roster.Blank(is, field) }
	}
	err := w.mailbox.Update(ctx, s.Item, w.mark(s), s.Card, w.Rules.Changed(blank))
	switch {
	case fault.Is(err, fault.NotFound):
		return w.create(ctx, s)
	case errors.Is(err, ErrUnclear): // to write the same again does no harm
		err = w.mailbox.Update(ctx, s.Item, w.mark(s), s.Card, w.Rules.Changed(blank))
	}
	if err != nil {
		return nil, err
	}
	return w.photo(ctx, s)
}

// photo writes the picture of a contact that is written, if it changed, and returns
// the note of both.
func (w *work) photo(ctx context.Context, s roster.Step) (*Note, error) {
	note := &Note{Person: s.Person, Known: roster.Known{Person: s.Person, Item: s.Item, Hash: s.Hash}}
	if s.Card.Photo == nil {
		return note, nil
	}
	if !s.Photo {
		note.Known.Photo = s.Card.Photo.Sum
		return note, nil
	}
	jpeg, err := w.Photo(ctx, s.Card.Photo.Sum)
	if err == nil {
		err = w.mailbox.SetPhoto(ctx, s.Item, jpeg)
	}
	if errors.Is(err, ErrUnclear) {
		err = w.mailbox.SetPhoto(ctx, s.Item, jpeg)
	}
	if err != nil {
		return note, err
	}
	note.Known.Photo = s.Card.Photo.Sum
	return note, nil
}
