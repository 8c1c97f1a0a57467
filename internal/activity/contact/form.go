package contact

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
)

// Source is how a correspondence began.
type Source string

// The sources.
const (
	ByPage    Source = "page"
	ByProgram Source = "program"
	ByMail    Source = "mail"
)

// Bounds of what is taken, in letters and bytes.
const (
	longestLine    = 200
	longestMessage = 20_000
	longestLetter  = 200_000 // of a mail, beyond which it is cut
	mostFiles      = 5
	largestFile    = 5_000_000
	largestFiles   = 10_000_000 // together
)

// Entered is what somebody entered into the form.
type Entered struct {
	First   string `json:"first_name,omitempty"`
	Last    string `json:"last_name,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Company string `json:"company,omitempty"`
	Subject string `json:"subject,omitempty"`
	Message string `json:"message"`
	Files   []File `json:"attachments,omitempty"`

	Source   Source    `json:"source"`
	Language string    `json:"language"`
	At       time.Time `json:"at"`
	Quiet    bool      `json:"quiet,omitempty"` // no mail says that it arrived
}

// File is a file that came with a message.
type File struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// question is a line of the form.
type question struct {
	Field, Name        string // of the policy; of the input
	Type, Autocomplete string
	Lines, Longest     int
	value              func(*Entered) *string
}

var questions = []question{
	{fieldFirst, "first", "text", "given-name", 0, longestLine, func(e *Entered) *string { return &e.First }},
	{fieldLast, "last", "text", "family-name", 0, longestLine, func(e *Entered) *string { return &e.Last }},
	{fieldEmail, "email", "email", "email", 0, 254, func(e *Entered) *string { return &e.Email }},
	{fieldPhone, "phone", "tel", "tel", 0, longestLine, func(e *Entered) *string { return &e.Phone }},
	{fieldCompany, "company", "text", "organization", 0, longestLine, func(e *Entered) *string { return &e.Company }},
	{fieldSubject, "subject", "text", "", 0, longestLine, func(e *Entered) *string { return &e.Subject }},
	{fieldMessage, "message", "", "", 10, longestMessage, func(e *Entered) *string { return &e.Message }},
}

// asked returns what the form of an entry asks for: what it lists, and nothing
// else.
func asked(a *policy.Activity) []question {
	return slices.DeleteFunc(slices.Clone(questions), func(q question) bool { return !a.Has(q.Field) })
}

// needs reports whether a message cannot be sent without a field: the message
// itself, the address to answer to, and what the policy says must be given.
func needs(a *policy.Activity, field string) bool {
	if field == fieldMessage || field == fieldEmail {
		return a.Has(field)
	}
	sets := Manifest().Sets
	return a.Has(field) && a.Provision.Required != "" && slices.ContainsFunc(a.Provision.Data, func(r policy.Ref) bool {
		set := slices.IndexFunc(sets, func(s policy.Set) bool { return s.Name == r.Name })
		return r.Name == field || set >= 0 && slices.Contains(sets[set].Fields, field)
	})
}

// only drops what the policy does not list and what nobody can read.
func (e *Entered) only(a *policy.Activity) {
	for _, q := range questions {
		v := q.value(e)
		if !a.Has(q.Field) {
			*v = ""
		}
		*v = strings.TrimSpace(readable(*v))
	}
	if !a.Has(fieldAttachments) {
		e.Files = nil
	}
	for i := range e.Files {
		e.Files[i].Name = fileName(e.Files[i].Name)
	}
}

// wrong returns the fields that cannot be taken, each with the word that says
// why.
func (e *Entered) wrong(a *policy.Activity) map[string]string {
	found := map[string]string{}
	for _, q := range asked(a) {
		v := *q.value(e)
		switch {
		case v == "" && needs(a, q.Field):
			found[q.Name] = "wrong.empty"
		case utf8.RuneCountInString(v) > q.Longest:
			found[q.Name] = "wrong.long"
		case q.Field != fieldMessage && strings.ContainsAny(v, "\n\t"):
			found[q.Name] = "wrong.line"
		}
	}
	if _, err := mail.Normalise(e.Email); e.Email != "" && err != nil {
		found["email"] = "wrong.email"
	}
	if tooMuch(e.Files) {
		found["files"] = "wrong.files"
	}
	return found
}

// check returns Invalid and names the fields that cannot be taken.
func (e *Entered) check(a *policy.Activity) error {
	wrong := e.wrong(a)
	if len(wrong) == 0 {
		return nil
	}
	var names []string
	for _, q := range append(asked(a), question{Field: fieldAttachments, Name: "files"}) {
		if wrong[q.Name] != "" {
			names = append(names, q.Field)
		}
	}
	return fault.New(fault.Invalid, "correct these fields (form.json says what they may hold): %s", strings.Join(names, ", "))
}

func tooMuch(files []File) bool {
	total := 0
	for _, f := range files {
		total += len(f.Data)
		if len(f.Data) > largestFile {
			return true
		}
	}
	return len(files) > mostFiles || total > largestFiles
}

// fitting returns the files of a mail that are kept; the others are counted, not
// refused: a mail cannot be corrected.
func fitting(files []File) (kept []File, left int) {
	total := 0
	for _, f := range files {
		if len(kept) == mostFiles || len(f.Data) > largestFile || total+len(f.Data) > largestFiles {
			left++
			continue
		}
		total += len(f.Data)
		f.Name = fileName(f.Name)
		kept = append(kept, f)
	}
	return kept, left
}

// readable drops what is no text: controls but line breaks and tabs.
func readable(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// fileName returns the name of a file without folders and without letters that
// nobody sees: one that turns the reading direction can hide what a file is.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > longestLine {
		name = string(runes[len(runes)-longestLine:]) // its end says what it is
	}
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	return name
}

// called is how somebody is named, empty if they did not say.
func called(first, last string) string { return strings.TrimSpace(fmt.Sprintf("%s %s", first, last)) }
