package page

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/i18n"
)

// Shell frames the pages of a door. It is safe for concurrent use.
type Shell interface {
	// Open begins a page for r, in the language that r asks for. section is where
	// the page's words stand in the catalogs.
	Open(r *http.Request, section string) Base
	// Show writes the page around body, with the headers of the door. Nothing of
	// it is stored or indexed by anybody.
	Show(w http.ResponseWriter, r *http.Request, b Base, body template.HTML) error
}

// Desk is the shell of the console, where staff is signed in.
type Desk interface {
	Shell
	// Person returns who is signed in; the route's right has been checked before.
	Person(r *http.Request) (Person, error)
	// Colleagues returns everybody of the staff whose role holds a right, in the order
	// in which they came.
	Colleagues(ctx context.Context, right access.Right) ([]Person, error)
}

// Person is somebody of the staff.
type Person struct{ ID, Email string }

// Entry is a line of the console's navigation.
type Entry struct {
	Path string // "/meetings"
	Word string // key of the catalogs, whole: "meeting.nav"
}

// About says in a language what the page is for, empty where no words say it: they stand
// beside those of its line.
func (e Entry) About(lang string) string {
	if key := e.Word + ".about"; i18n.Has(key) {
		return i18n.T(lang, key)
	}
	return ""
}

// Listed is a kind at work that stands in the console's navigation. Entries is
// asked for every page and returns none while the policy has no entry.
type Listed interface{ Entries() []Entry }

// Base is what every page has; a page's struct embeds it.
type Base struct {
	Lang   string
	Title  string
	Says   string // a sentence above the page: what was done, or what was wrong
	Status int    // of the answer; 0 means 200
	Here   string // the page of the navigation that this one belongs to; its own path unless told otherwise
	Form   Form   // what was typed, and what was wrong with it
	// Script is the address of the one script of our own that the page runs; empty:
	// none. Only public pages have one, and they work without it.
	Script string

	// Frames says that a page of the console shows documents of its own door in frames.
	Frames bool

	Role    access.Role    // of who sees the page, where people are signed in
	Zone    *time.Location // in which days and times are told: the controller's; nil: UTC
	Section string         // of the words
	Carry   url.Values     // what links to other pages of the door take along: language, way back

	// Entries are the lines of the door's navigation that who sees the page has.
	Entries []Entry

	// Names are the names that the policy's activities go by, as the notice has them; nil
	// where the door knows none.
	Names func(activity string) string
}

// Frame makes a struct that embeds Base a page.
func (b Base) Frame() Base { return b }

// Named is what an activity of the policy is called, its key where nobody knows.
func (b Base) Named(activity string) string {
	if b.Names == nil {
		return activity
	}
	return b.Names(activity)
}

// May reports whether who sees the page holds a right: what a page does not let somebody
// do, it does not offer.
func (b Base) May(right string) bool { return b.Role.May(access.Right(right)) }

// T returns the words called key in the page's section.
func (b Base) T(key string, args ...any) string { return i18n.T(b.Lang, b.Section+"."+key, args...) }

// Count returns the words for a number of things.
func (b Base) Count(key string, n int) string {
	return i18n.Count(b.Lang, b.Section+"."+key, int64(n))
}

// Refusal is what an error says to whoever can mend it, in the page's language; false, and
// the error's own text, if it says nothing there.
func (b Base) Refusal(err error) (string, bool) {
	var f *fault.Error
	if errors.As(err, &f) {
		if said, ok := i18n.Fault(b.Lang, f.Message); ok {
			return said, true
		}
	}
	return err.Error(), false
}

// Number writes a number as the page's language does.
func (b Base) Number(n int64) string { return i18n.Number(n, b.Lang) }

// zone is where the page's times are told.
func (b Base) zone() *time.Location {
	if b.Zone == nil {
		return time.UTC
	}
	return b.Zone
}

// Date writes a day, a dash for none.
func (b Base) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return i18n.DateIn(t, b.zone(), b.Lang)
}

// DateTime writes a moment, a dash for none.
func (b Base) DateTime(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return i18n.DateTimeIn(t, b.zone(), b.Lang)
}

// To returns the address of another page of the door in the same language.
func (b Base) To(path string) string {
	if len(b.Carry) == 0 {
		return path
	}
	return path + "?" + b.Carry.Encode()
}
