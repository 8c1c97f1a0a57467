package policy

// Severity tells a mistake from a warning.
type Severity string

// The severities.
const (
	Mistake Severity = "error"
	Warning Severity = "warning"
)

// Finding is one thing that a check has to say about a place in a file.
type Finding struct {
	Code     string // K204: stable, explained by Explain
	Severity Severity
	File     string
	Pos
	Problem string // what is wrong, with the names of the file
	Reason  string // why it matters, with article or paragraph
	Remedy  string // how to mend it
	Excerpt string // the source line or lines with a marker
}

// Findings are what a check found, in the order of the file.
type Findings []Finding

// HasErrors reports whether any finding is a mistake.
func (f Findings) HasErrors() bool {
	for _, x := range f {
		if x.Severity == Mistake {
			return true
		}
	}
	return false
}
