package rights

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// email is the data category of addresses, which count only once their owner has
// proven to control them.
const email = "user.contact.email"

// longestValue bounds a corrected value, in bytes.
const longestValue = 10_000

// corrects says what a correction does to a column that stores field f.
func corrects(t *manifest.Table, c *manifest.Column, f *policy.Field) (Does, Words) {
	switch {
	case t.Evidence:
		return Keeps, sentences["proof"]
	case f.Source == "device" || f.Source == "derived" || c.Others == manifest.Withheld || t.Shape != manifest.Rows || c.Type == manifest.TimeType:
		return Cannot, sentences["measured"]
	}
	return Corrects, nil
}

var (
	phone    = regexp.MustCompile(`^\+?[0-9][0-9 ()/.\-]{3,28}[0-9]$`)
	language = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	country  = regexp.MustCompile(`^[A-Z]{2}$`)
)

// formed returns value as it is stored in a field of a category; Invalid if it
// has not the form of one.
func formed(category, value string) (string, error) {
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return "", fault.New(fault.Invalid, "say what is right; to have a value removed, ask for its deletion")
	case len(value) > longestValue:
		return "", fault.New(fault.TooLarge, "a value has at most %d bytes", longestValue)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, control):
		return "", fault.New(fault.Invalid, "a value is text, without control characters")
	case is(category, email):
		return mail.Normalise(value)
	}
	for _, form := range []struct {
		category, says string
		fits           func(string) bool
	}{
		{"user.contact.phone_number", "a phone number is digits, with + in front of the country", phone.MatchString},
		{"user.contact.url", "an address of a page begins with https:// or http://", web},
		{"user.demographic.language", "a language is a code like de or en", language.MatchString},
		{"user.contact.address.country", "a country is a code of two letters like DE", country.MatchString},
		{"user.demographic.date_of_birth", "a day is written 1815-12-10", day},
	} {
		if is(category, form.category) && !form.fits(value) {
			return "", fault.New(fault.Invalid, "%s", form.says)
		}
	}
	return value, nil
}

func control(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func day(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// is reports whether category is of or below another one.
func is(category, of string) bool { return category == of || strings.HasPrefix(category, of+".") }

// stored turns a value into what the database takes for a clear column.
func stored(c *manifest.Column, value string) (any, error) {
	switch c.Type {
	case manifest.IntType:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, fault.New(fault.Invalid, "this value is a whole number")
		}
		return n, nil
	case manifest.BoolType:
		yes, err := strconv.ParseBool(value)
		if err != nil {
			return nil, fault.New(fault.Invalid, "this value is true or false")
		}
		return yes, nil
	case manifest.JSONType:
		if !json.Valid([]byte(value)) {
			return nil, fault.New(fault.Invalid, "this value is JSON")
		}
	}
	return value, nil
}
