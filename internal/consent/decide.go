package consent

import (
	"net/http"
)

// Source is where a decision was made.
type Source string

// The sources.
const (
	Banner      Source = "banner"
	Settings    Source = "settings"
	Placeholder Source = "placeholder" // "always allow" in place of an embedded service: adds to what was accepted before
	NoScript    Source = "no-script"   // the form of a page without JavaScript
	Signal      Source = "gpc"         // the browser's Global Privacy Control, not a click
)

// Request is one decision.
type Request struct {
	All, None  bool     // everything offered, nothing of it
	Groups     []string // accepted groups, else
	Services   []string // and services accepted singly
	Without    []string // services refused though their group is accepted
	Language   string
	Source     Source
	NoticeHash string // of the text that the person saw; needed to accept, not to refuse
	Previous   State  // what State said about the same request
	GPC        bool   // the request carried the signal
}

// Outcome is what a decision led to.
type Outcome struct {
	State   State
	Cookie  *http.Cookie // to be set
	Receipt []byte       // the signed acknowledgement, nil where no person is involved (a plain refusal)
	Clear   []string     // declared names of cookies that lost their ground, exact or a prefix that ends in *
}
