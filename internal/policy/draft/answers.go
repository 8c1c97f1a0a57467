package draft

import (
	"errors"
	"fmt"
	"slices"

	"kept/internal/policy"
	"kept/internal/policy/source"
)

// Answers are what a first policy is made of.
type Answers struct {
	Name, Address, Email string // of the controller
	Phone, URL           string // optional
	Officer              string // e-mail address of the data protection officer, if there is one
	Country              string // ISO 3166 alpha-2
	Authority            Authority
	Languages            []string // of the notice, the first is the default and that of the comments
	Version              string   // of the notice: the day on which it is written

	AccessLog  bool
	Statistics bool
	Videos     string // key of a provider, "" for none
	Maps       string
	Fonts      string
	Newsletter bool // sent by another system
	Contact    bool // a form, or mail that is answered
}

// Authority is a supervisory authority.
type Authority struct{ Name, URL string }

// Check says what is wrong with the answers, in the words of kept check; nil if
// they make a policy.
func (a Answers) Check() error {
	errs := []error{
		given("the name", a.Name), given("the address", a.Address), given("the e-mail address", a.Email), given("the supervisory authority", a.Authority.Name),
		visible("the phone number", a.Phone),
		Value(Email, a.Email), Value(Email, a.Officer), Value(URL, a.URL), Value(URL, a.Authority.URL), Value(Country, a.Country), Value(Date, a.Version),
	}
	if len(a.Languages) == 0 {
		errs = append(errs, errors.New("the notice needs a language"))
	}
	for _, lang := range a.Languages {
		if !slices.Contains(policy.Languages, lang) {
			errs = append(errs, fmt.Errorf("%q is no language that Kept has texts in", lang))
		}
	}
	for what, key := range map[string]string{Videos: a.Videos, Maps: a.Maps, Fonts: a.Fonts} {
		if key != "" && !slices.Contains(ProvidersOf(what), key) {
			errs = append(errs, fmt.Errorf("%q is no provider of %s that Kept knows; the known ones are %v", key, what, ProvidersOf(what)))
		}
	}
	if !a.AccessLog && !a.Statistics && !a.Newsletter && !a.Contact {
		errs = append(errs, errors.New("a policy without any activity says nothing: choose at least the access log"))
	}
	return errors.Join(errs...)
}

// The forms of single answers, by the check that refuses them in a policy.
const (
	Email   = "K122"
	URL     = "K123"
	Country = "K124"
	Date    = "K117"
)

// Value says what is wrong with a single answer; nothing is wrong with none.
func Value(form, value string) error {
	if value == "" {
		return nil
	}
	if err := policy.Valid(form, value); err != nil {
		return fmt.Errorf("%q %w", value, err)
	}
	return nil
}

func given(what, value string) error {
	if value == "" {
		return errors.New(what + " is missing")
	}
	return visible(what, value)
}

// visible refuses what the check of the policy would: an arrow key leaves such
// characters on a terminal that edits no line.
func visible(what, value string) error {
	if source.Visible(value) != value {
		return fmt.Errorf("%s %q holds a character that nobody sees; leave it out", what, value)
	}
	return nil
}
