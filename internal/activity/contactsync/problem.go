package contactsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/remote/graph"
)

// What goes wrong has a kind, and each kind has words in the catalogs that say what to
// do, under sync.remedy.<kind>. What a system said about it is told beside them, as it said
// it.

// The kinds of problem.
const (
	noEntry     = "sign-in"     // the application is not let in
	noRight     = "forbidden"   // the application or the account may not
	noAnswer    = "unavailable" // a system does not answer
	noMailbox   = "missing"     // there is no such mailbox or folder
	noFile      = "file"        // a file is not there
	notCalled   = "refused"     // we do not call the address
	someContact = "contact"     // a mailbox takes a contact not
	braked      = "brake"       // a run would remove too much
	wrongSource = "source"      // a source or the set-up cannot be understood
	noChoice    = "choice"      // a group or a department that chooses is not found
	atWork      = "busy"        // another run is under way
	another     = "other"
)

// lost says why the file of a source cannot be read.
type lost struct{ error }

// problemOf names the kind of what went wrong, empty if nothing did.
func problemOf(err error) string {
	var brake *roster.Braked
	var file *lost
	var chosen *unchosen
	switch {
	case err == nil:
		return ""
	case errors.Is(err, graph.ErrNoToken):
		return noEntry
	case errors.As(err, &brake):
		return braked
	case errors.Is(err, errBusy):
		return atWork
	case errors.As(err, &file):
		return noFile
	case errors.As(err, &chosen) && (fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound)):
		return noChoice
	}
	kind, known := map[fault.Kind]string{
		fault.Forbidden: noRight, fault.Refused: notCalled, fault.Unavailable: noAnswer, fault.NotFound: noMailbox, fault.Invalid: wrongSource, fault.TooLarge: wrongSource,
	}[fault.KindOf(err)]
	if !known {
		return another
	}
	return kind
}

// BoxProblem is what went wrong in a mailbox, or everywhere.
type BoxProblem struct {
	Address string     `json:"mailbox,omitempty"`
	Kind    string     `json:"kind"`
	Source  string     `json:"source,omitempty"` // that could not be read
	Person  string     `json:"person,omitempty"` // number of whom the contact is of; no name is kept in a history
	Act     roster.Act `json:"act,omitempty"`
	Says    string     `json:"says"` // as the system said it
}

// whole is a problem of the synchronisation as a whole.
func whole(err error) BoxProblem {
	p := BoxProblem{Kind: problemOf(err), Says: err.Error()}
	var at *unread
	if errors.As(err, &at) {
		p.Source, p.Says = at.source, at.err.Error()
	}
	return p
}

// ofContact is a problem of one contact in a mailbox.
func ofContact(address string, x run.Problem) BoxProblem {
	return BoxProblem{Address: address, Kind: someContact, Person: x.Step.Person, Act: x.Step.Act, Says: x.Err.Error()}
}

// unread says which source could not be read.
type unread struct {
	source string
	err    error
}

// Error implements error.
func (u *unread) Error() string { return fmt.Sprintf("read the source %s: %v", u.source, u.err) }

// Unwrap returns why.
func (u *unread) Unwrap() error { return u.err }

// unchosen says that it cannot be found out whom a target chooses.
type unchosen struct{ error }

// Unwrap returns why.
func (u *unchosen) Unwrap() error { return u.error }

// Remedy is one thing to do about problems that are alike, in words.
type Remedy struct {
	Do    string
	Where []string // mailboxes, with the contact if it is about one; sources
	More  string   // how many are not listed, empty if all are
	Lead  string   // before what the system said
	Says  string   // as it said it, in English mostly

	more int64
}

// mostWhere is how many places are listed of problems that are alike.
const mostWhere = 20

// Remedies puts together problems that are alike, in the order in which they came. Names of
// contacts are those of the sources as they were read last.
func (y *Synchroniser) Remedies(ctx context.Context, s Sync, all []BoxProblem, lang string) ([]Remedy, error) {
	names := map[string]string{}
	if slices.ContainsFunc(all, func(p BoxProblem) bool { return p.Person != "" }) {
		people, err := y.people(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, w := range people(s.Setup.speaks(Target{})) {
			names[w.Person] = w.Card.Name()
		}
	}
	var remedies []Remedy
	at := map[[2]string]int{}
	for _, p := range all {
		key := [2]string{cmp.Or(p.Kind, another), p.Says}
		i, met := at[key]
		if !met {
			i = len(remedies)
			at[key] = i
			remedies = append(remedies, Remedy{Do: i18n.T(lang, "sync.remedy."+key[0]), Lead: i18n.T(lang, "sync.remedy.said"), Says: p.Says})
		}
		switch where := p.where(names[p.Person], lang); {
		case where == "":
		case len(remedies[i].Where) == mostWhere:
			remedies[i].more++
			remedies[i].More = i18n.Count(lang, "sync.remedy.more", remedies[i].more)
		default:
			remedies[i].Where = append(remedies[i].Where, where)
		}
	}
	return remedies, nil
}

// where is a problem's place in words, empty if it is everywhere.
func (p BoxProblem) where(name, lang string) string {
	switch {
	case p.Source != "":
		return i18n.T(lang, "sync.remedy.in.source", p.Source)
	case name != "":
		return i18n.T(lang, "sync.remedy.in.contact", p.Address, name)
	}
	return p.Address
}

// WriteRemedies writes what is to be done, for people.
func WriteRemedies(w io.Writer, remedies []Remedy) error {
	for _, r := range remedies {
		if _, err := fmt.Fprintf(w, "%s\n    %s %s\n", r.Do, r.Lead, r.Says); err != nil {
			return err
		}
		lines := r.Where
		if r.More != "" {
			lines = append(slices.Clone(lines), r.More)
		}
		for _, line := range lines {
			if _, err := fmt.Fprintf(w, "    %s\n", line); err != nil {
				return err
			}
		}
	}
	return nil
}
