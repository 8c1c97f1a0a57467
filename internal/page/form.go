package page

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/i18n"
)

// Form is what was typed into a form and what is wrong with it.
type Form struct {
	values url.Values
	wrong  map[string]string
}

// mostValues is how many values a form may have: more is no form of ours.
const mostValues = 1000

// Read returns the form of a request's body; what stands in the address is no
// part of it. Invalid if the body is no form, or holds what is no text.
func Read(r *http.Request) (Form, error) {
	if err := isForm(r); err != nil {
		return Form{}, err
	}
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return Form{}, err // the door says 413
	case err != nil:
		return Form{}, fault.New(fault.Invalid, "the form could not be read: %w", err)
	}
	n := 0
	for _, values := range r.PostForm {
		n += len(values)
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return Form{}, fault.New(fault.Invalid, "the form holds what is no text")
			}
		}
	}
	if n > mostValues {
		return Form{}, fault.New(fault.Invalid, "the form has more than %d values", mostValues)
	}
	return Form{values: r.PostForm}, nil
}

// isForm refuses a body of another type. No body at all is an empty form.
func isForm(r *http.Request) error {
	if r.MultipartForm != nil || r.ContentLength == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return fault.New(fault.Invalid, "this takes a form, not %q", kind)
	}
	return nil
}

// Filled returns a form that shows values before anything was typed.
func Filled(values url.Values) Form { return Form{values: values} }

// Value returns what was typed into a field, without the spaces around it.
func (f Form) Value(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Text returns what was typed into a field as it was typed, as a password is.
func (f Form) Text(name string) string { return f.values.Get(name) }

// Values returns every value of a field, as checkboxes of one name have.
func (f Form) Values(name string) []string { return f.values[name] }

// Refuse notes the sentence that says what is wrong with a field.
func (f *Form) Refuse(name, says string) {
	if f.wrong == nil {
		f.wrong = map[string]string{}
	}
	f.wrong[name] = says
}

// Refused reports whether any field is wrong.
func (f Form) Refused() bool { return len(f.wrong) > 0 }

// Wrong returns what is wrong with a field, empty if nothing is.
func (f Form) Wrong(name string) string { return f.wrong[name] }

// field is a labelled field as the template "field" draws it.
type field struct {
	Name, Type, Label, Hint, Value, Wrong string
	Autocomplete, Accept                  string
	Lines, Longest                        int
	Required                              bool
	Choices                               []choice
}

// choice is one line of a list to choose from.
type choice struct {
	Value, Label string
	Chosen       bool
}

// Describedby names the sentences below the field, for those who do not see them.
func (f field) Describedby() string {
	var ids []string
	if f.Wrong != "" {
		ids = append(ids, f.Name+"-wrong")
	}
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	return strings.Join(ids, " ")
}

// newField is the function "field" of templates: the page, the field's name, and
// options: type=email, autocomplete=name, accept=.csv, lines=8, longest=200,
// required, choices=a,b. Its words are field.NAME, field.NAME.hint if there are
// any, and field.NAME.VALUE for a choice.
func newField(p Framed, name string, options ...string) (field, error) {
	b := p.Frame()
	f := field{Name: name, Type: "text", Label: b.T("field." + name), Value: b.Form.Value(name), Wrong: b.Form.Wrong(name), Longest: 1000}
	if hint := "field." + name + ".hint"; i18n.Has(b.Section + "." + hint) {
		f.Hint = b.T(hint)
	}
	for _, o := range options {
		key, value, _ := strings.Cut(o, "=")
		var err error
		switch key {
		case "type":
			f.Type = value
		case "autocomplete":
			f.Autocomplete = value
		case "accept":
			f.Accept = value
		case "lines":
			f.Lines, err = strconv.Atoi(value)
		case "longest":
			f.Longest, err = strconv.Atoi(value)
		case "required":
			f.Required = true
		case "choices":
			for _, v := range strings.Split(value, ",") {
				f.Choices = append(f.Choices, choice{Value: v, Label: b.T("field." + name + "." + v), Chosen: v == f.Value})
			}
		default:
			err = fmt.Errorf("a field has no option %s", key)
		}
		if err != nil {
			return field{}, fmt.Errorf("field %s: %w", name, err)
		}
	}
	if f.Type == "password" {
		f.Value = "" // it is never shown again
	}
	return f, nil
}
