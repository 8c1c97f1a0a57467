package roster

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Wanted is a person who should stand in a mailbox.
type Wanted struct {
	Person string // our id
	Card   card.Card
}

// Known is a contact of ours in a mailbox, as it was written last.
type Known struct {
	Person string // our id
	Item   string // the mailbox's id of the contact
	Hash   string // of what was written
	Photo  string // sum of the photo that was written, empty without one
}

// Act is what is done to one contact.
type Act string

// The acts.
const (
	Create Act = "create"
	Update Act = "update"
	Delete Act = "delete"
)

// Written is what is written of a person into the mailboxes of one target.
type Written struct {
	Person string
	Card   card.Card // fitted to the mailbox; empty of somebody who goes
	Hash   string
	Drops  []string // what a contact cannot take
}

// Draft returns what is written of people under the rules into mailboxes that take
// so much. It is the same for all mailboxes of a target; whoever is wanted twice
// stands once.
func Draft(wanted []Wanted, rules Rules, takes card.Limits) []Written {
	all := make([]Written, 0, len(wanted))
	seen := make(map[string]bool, len(wanted))
	for _, w := range wanted {
		if seen[w.Person] {
			continue
		}
		seen[w.Person] = true
		fitted, drops := w.Card.Fit(takes)
		written := rules.Written(fitted)
		bare := written
		bare.Photo = nil
		all = append(all, Written{Person: w.Person, Card: written, Hash: rules.Hash(bare), Drops: drops})
	}
	return all
}

// photo is the sum of the photo that is written, empty without one.
func (w *Written) photo() string {
	if w.Card.Photo == nil {
		return ""
	}
	return w.Card.Photo.Sum
}

// Step is one thing that a run does to a mailbox.
type Step struct {
	Act      Act
	*Written        // shared by the steps of many mailboxes: it is never changed
	Item     string // empty to create
	Photo    bool   // the photo is written too
	Only     bool   // nothing but the photo has changed
}

// Remove is the step that removes a contact of somebody.
func Remove(person, item string) Step {
	return Step{Act: Delete, Written: &Written{Person: person}, Item: item}
}

// Anew is the step that writes a contact of somebody who has none.
func Anew(w *Written) Step { return Step{Act: Create, Written: w, Photo: w.Card.Photo != nil} }

// Steps tells what has to be done so that the contacts of ours in a mailbox are
// those that are to be written, in the order in which it is done: first what is new,
// then what changed, then what goes. What is as it should be costs nothing. The
// people are told apart by their ids.
func Steps(written []Written, known []Known) []Step {
	have := make(map[string]Known, len(known))
	for _, k := range known {
		have[k.Person] = k
	}
	var creates, updates, deletes []Step
	for i := range written {
		w := &written[i]
		k, there := have[w.Person]
		delete(have, w.Person)
		photo := w.photo()
		switch {
		case !there:
			creates = append(creates, Anew(w))
		case k.Hash == w.Hash && (photo == k.Photo || photo == ""):
		default:
			updates = append(updates, Step{Act: Update, Written: w, Item: k.Item, Only: k.Hash == w.Hash, Photo: photo != "" && photo != k.Photo})
		}
	}
	for person, k := range have {
		deletes = append(deletes, Remove(person, k.Item))
	}
	slices.SortFunc(deletes, func(a, b Step) int { return cmp.Compare(a.Person, b.Person) })
	return slices.Concat(creates, updates, deletes)
}

// Count is how much is done to a mailbox, or to many.
type Count struct {
	Mailboxes, Creates, Updates, Deletes, Photos, Same int64
	Drops                                              int64 // values that do not fit
	Bytes                                              int64 // of photos
}

// CountOf counts steps; same is how many contacts are as they should be, size how
// many bytes a photo has.
func CountOf(steps []Step, wanted int, size func(sum string) int64) Count {
	c := Count{Mailboxes: 1}
	for _, s := range steps {
		switch s.Act {
		case Create:
			c.Creates++
		case Update:
			c.Updates++
		case Delete:
			c.Deletes++
		}
		if s.Photo {
			c.Photos++
			c.Bytes += size(s.Card.Photo.Sum)
		}
		c.Drops += int64(len(s.Drops))
	}
	c.Same = int64(wanted) - c.Creates - c.Updates
	return c
}

// Add adds another count.
func (c *Count) Add(more Count) {
	c.Mailboxes += more.Mailboxes
	c.Creates += more.Creates
	c.Updates += more.Updates
	c.Deletes += more.Deletes
	c.Photos += more.Photos
	c.Same += more.Same
	c.Drops += more.Drops
	c.Bytes += more.Bytes
}

// First is the count of the first so many steps: of a mailbox in which a run was cut
// off.
func (c Count) First(steps int64) Count {
	all := c.Creates + c.Updates + c.Deletes
	done := Count{Mailboxes: c.Mailboxes, Same: c.Same}
	for _, part := range []struct{ of, into *int64 }{{&c.Creates, &done.Creates}, {&c.Updates, &done.Updates}, {&c.Deletes, &done.Deletes}} {
		*part.into = min(*part.of, steps)
		steps -= *part.into
	}
	if all > 0 { // nobody counts which of them had photos
		done.Photos = c.Photos * (done.Creates + done.Updates + done.Deletes) / all
	}
	return done
}

// Calls is how often the mailboxes are called, lookups for rules that ask first
// included.
func (c Count) Calls(rules Rules) int64 {
	calls := c.Creates + c.Updates + c.Deletes + c.Photos
	if rules.Asks() {
		calls += c.Updates
	}
	return calls
}

// Pace is what one mailbox takes.
type Pace struct {
	Latency   time.Duration // of a call
	AtOnce    int           // calls of one mailbox at a time
	Calls     int           // within …
	Per       time.Duration
	Bytes     int64 // within …
	Within    time.Duration
	Mailboxes int // at a time
}

// Outlook is the pace of mailboxes in Exchange Online.
var Outlook = Pace{
	Latency: 250 * time.Millisecond, AtOnce: 4, Calls: 10_000, Per: 10 * time.Minute, Bytes: 150e6, Within: 5 * time.Minute, Mailboxes: 100,
}

// Takes is how long a mailbox will keep a run busy: as long as its calls take one
// after the other in its lanes, its bytes at their rate, and what is beyond a
// window's calls at theirs, whichever is longest.
func (p Pace) Takes(calls, bytes int64) time.Duration {
	lanes := time.Duration(calls) * p.Latency / time.Duration(max(p.AtOnce, 1))
	var load, beyond time.Duration
	if p.Bytes > 0 {
		load = time.Duration(float64(bytes) / float64(p.Bytes) * float64(p.Within))
	}
	if over := calls - int64(p.Calls); p.Calls > 0 && over > 0 {
		beyond = time.Duration(float64(over) / float64(p.Calls) * float64(p.Per))
	}
	return max(lanes, load, beyond)
}

// All is how long a run takes over mailboxes that keep it busy each for a time, so
// many of them at once.
func (p Pace) All(each []time.Duration) time.Duration {
	var sum, longest time.Duration
	for _, d := range each {
		sum += d
		longest = max(longest, d)
	}
	return max(longest, sum/time.Duration(max(p.Mailboxes, 1)))
}

// Brake stops a run that would remove too much: more than a share of what we have
// in the mailboxes, and more than a handful.
type Brake struct {
	Share float64 // 0.1: a tenth
}

// handful is what may always go, in contacts.
const handful = 10

// Check returns Conflict if so many of so many contacts may not go without a person
// who says so.
func (b Brake) Check(deletes, have int64) error {
	if deletes <= handful || float64(deletes) <= b.Share*float64(have) {
		return nil
	}
	return fault.New(fault.Conflict, "%w", &Braked{deletes, have, b.Share})
}

// Braked says that a run would remove too much.
type Braked struct {
	Deletes, Have int64 // contacts that would go, of how many
	Share         float64
}

// Error implements error.
func (b *Braked) Error() string {
	return fmt.Sprintf("this run would remove %d of %d contacts, more than the policy lets go at once (%.0f %%); look at the sources, then confirm it", b.Deletes, b.Have, b.Share*100)
}
