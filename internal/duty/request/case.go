package request

import (
	"time"

	"kept/internal/duty/rights"
)

// Channel is the way on which a request came.
type Channel string

// The channels.
const (
	Page    Channel = "page"    // the privacy center's form
	Mail    Channel = "mail"    // a mail to the privacy address
	Letter  Channel = "letter"  // entered by the staff
	Call    Channel = "call"    // entered by the staff
	Program Channel = "program" // the JSON interface
	Browser Channel = "browser" // served at once to the browser that holds the pseudonym
)

// Channels returns every channel by which somebody can ask.
func Channels() []Channel { return []Channel{Page, Mail, Letter, Call, Program, Browser} }

// Case is one request with its clock. It names no person: what the person wrote
// and who they are is in the Dossier.
type Case struct {
	ID       string         `json:"id"`
	Number   string         `json:"number"` // what letters call it
	Rights   []rights.Right `json:"rights"` // empty: a person has to read what is wanted
	Activity string         `json:"activity,omitempty"`
	Channel  Channel        `json:"channel"`
	Lang     string         `json:"language"`
	State    State          `json:"state"`
	From     State          `json:"from,omitempty"` // the state that a waiting case goes back to

	Received    time.Time     `json:"received"`
	Due         time.Time     `json:"due"`                  // the first moment that is too late
	Extended    time.Time     `json:"extended,omitzero"`    // when the person was told that it takes longer
	PausedSince time.Time     `json:"pausedSince,omitzero"` // while the clock stands still
	PauseWhy    Pausing       `json:"pauseWhy,omitempty"`   // what is waited for
	Paused      time.Duration `json:"paused,omitempty"`     // for how long it stood still before
	Identified  time.Time     `json:"identified,omitzero"`
	Planned     time.Time     `json:"planned,omitzero"`
	Approved    time.Time     `json:"approved,omitzero"`
	ApprovedBy  string        `json:"approvedBy,omitempty"` // id of the staff, or "law"
	Carried     time.Time     `json:"carried,omitzero"`
	Answered    time.Time     `json:"answered,omitzero"`
	Closed      time.Time     `json:"closed,omitzero"`
	Ground      Ground        `json:"ground,omitempty"`    // of a refusal
	Restricts   bool          `json:"restricts,omitempty"` // the data is restricted while this is examined
	Unproven    time.Time     `json:"unproven,omitzero"`   // since when it waits for its code
	Reminded    int           `json:"-"`                   // the last reminder that went out
	told        Need          // what the officer was told that it waits for
}

// Open reports whether somebody has still to do something about the case.
func (c Case) Open() bool { return !final[c.State] && c.State != Answered }

// Late reports whether the answer is overdue at now.
func (c Case) Late(now time.Time) bool {
	return c.Open() && c.PausedSince.IsZero() && !now.Before(c.Due)
}

// LastDay is the last day on which the answer is in time, at noon UTC: as a date
// it reads the same everywhere.
func (c Case) LastDay() time.Time {
	if c.Due.IsZero() {
		return time.Time{}
	}
	last := c.Due.Add(-time.Minute)
	return time.Date(last.Year(), last.Month(), last.Day(), 12, 0, 0, 0, time.UTC)
}

func (c Case) progress() progress { return progress{at: c.State, from: c.From} }

// Pausing is what a case waits for while its clock stands still. The guidelines
// of the EDPB (01/2022, 157-159) know no other reason.
type Pausing string

// What can be waited for.
const (
	ForProof         Pausing = "proof"         // who asks is not known, or reasonably doubted (Art. 12(6))
	ForClarification Pausing = "clarification" // what of much data is meant (recital 63): access alone
)

// Ground is why a request is refused.
type Ground string

// The grounds.
const (
	Unfounded      Ground = "unfounded"      // manifestly, Art. 12(5)
	Excessive      Ground = "excessive"      // manifestly, in particular repeated, Art. 12(5)
	Unidentified   Ground = "unidentified"   // who asks was not shown, Art. 11(2), 12(2)
	RightsOfOthers Ground = "others"         // Art. 15(4), 20(4)
	LegalDuty      Ground = "duty"           // Art. 17(3)(b)
	Claims         Ground = "claims"         // Art. 17(3)(e), 18(2), 21(1)
	Compelling     Ground = "compelling"     // Art. 21(1), shown by the operator
	NotApplicable  Ground = "not-applicable" // the conditions of the right are not met
)

// Grounds returns every ground with the article that letters name.
func Grounds() []Ground {
	return []Ground{Unfounded, Excessive, Unidentified, RightsOfOthers, LegalDuty, Claims, Compelling, NotApplicable}
}

// Law is the provision that a ground rests on.
func (g Ground) Law() string {
	return map[Ground]string{
		Unfounded: "Art. 12(5)(b) GDPR", Excessive: "Art. 12(5)(b) GDPR", Unidentified: "Art. 11(2), 12(2) GDPR", RightsOfOthers: "Art. 15(4), 20(4) GDPR",
		LegalDuty: "Art. 17(3)(b) GDPR", Claims: "Art. 17(3)(e), 21(1) GDPR", Compelling: "Art. 21(1) GDPR", NotApplicable: "Art. 12(4) GDPR",
	}[g]
}

// Contact is how the person is reached.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Mail  string `json:"mail,omitempty"`  // as it was written
	Post  string `json:"post,omitempty"`  // postal address
	Phone string `json:"phone,omitempty"` // as it was said
}

// Wish is what the person wrote beside the rights themselves.
type Wish struct {
	Words       string              `json:"words,omitempty"`
	Corrections []rights.Correction `json:"corrections,omitempty"`
	To          string              `json:"to,omitempty"`       // Art. 20: another controller, by name
	ToMail      string              `json:"toMail,omitempty"`   // its mail address
	Seal        string              `json:"seal,omitempty"`     // age public key that the answer is encrypted to
	Decision    string              `json:"decision,omitempty"` // Art. 22: which decision is meant
	For         *Behalf             `json:"for,omitempty"`
}

// Behalf is somebody for whom another asks.
type Behalf struct {
	Name string `json:"name"`
	As   As     `json:"as"`
}

// As is what lets somebody ask for another.
type As string

// What lets somebody ask for another. The Regulation does not protect the dead
// (recital 27): an heir is answered as national law has it, by a person.
const (
	Attorney As = "attorney" // power of attorney
	Guardian As = "guardian" // parent or guardian
	Heir     As = "heir"     // of somebody who died
)

// Part is one right of a case: what was decided, and what became of it.
type Part struct {
	Right   rights.Right  `json:"right"`
	Refused bool          `json:"refused,omitempty"`
	Ground  Ground        `json:"ground,omitempty"`
	Reason  string        `json:"reason,omitempty"` // of the refusal or of the review, by the person who decided
	Review  string        `json:"review,omitempty"` // Art. 22: "upheld" or "changed"
	Ordered time.Time     `json:"ordered,omitzero"`
	Done    time.Time     `json:"done,omitzero"`
	Failed  string        `json:"failed,omitempty"`
	Goes    []rights.Part `json:"goes,omitempty"`
	Stays   []rights.Part `json:"stays,omitempty"`
	Told    []rights.Told `json:"told,omitempty"`
	Leaf    string        `json:"leaf,omitempty"`
}

// Identity is one identifier that was shown to be the person's.
type Identity struct {
	Kind     string    `json:"kind"` // subject.Email, …
	Value    string    `json:"value"`
	Proof    Proof     `json:"proof"`
	Evidence string    `json:"evidence,omitempty"` // what a person of the staff saw
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at"`
}

// Proof is how an identifier was shown.
type Proof string

// The ways.
const (
	ByCode    Proof = "code"    // a code that was sent to the address came back
	ByBrowser Proof = "browser" // the browser holds the pseudonym
	ByAccount Proof = "account" // the person was signed in
	ByStaff   Proof = "staff"   // a person of the staff saw evidence
)

// Note is one line of a case's history.
type Note struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	By   string    `json:"by,omitempty"` // id of the staff; empty: the person or the program
	Text string    `json:"text,omitempty"`
}

// Dossier is a case with everything in it.
type Dossier struct {
	Case
	Contact    Contact       `json:"contact"`
	Wish       Wish          `json:"wish"`
	Identities []Identity    `json:"identities,omitempty"`
	Parts      []Part        `json:"parts,omitempty"`
	Plans      []rights.Plan `json:"plans,omitempty"`
	PlanHash   string        `json:"planHash,omitempty"` // what an approval names
	Letters    []Draft       `json:"letters,omitempty"`
	Packages   []Package     `json:"packages,omitempty"`
	Notes      []Note        `json:"notes,omitempty"`
}

// Part returns the case's part about a right.
func (d *Dossier) Part(r rights.Right) *Part {
	for i := range d.Parts {
		if d.Parts[i].Right == r {
			return &d.Parts[i]
		}
	}
	return nil
}
