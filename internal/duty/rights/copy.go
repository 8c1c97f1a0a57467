package rights

import (
	"time"

	"kept/internal/manifest"
)

// Schema identifies the form of a copy as JSON.
const Schema = "https://kept.dev/schema/copy/1"

// Copy is everything that is held about one person.
type Copy struct {
	Schema     string    `json:"schema"`
	Made       time.Time `json:"made"`
	Right      Right     `json:"right"`
	Controller string    `json:"controller"`
	Contact    string    `json:"contact,omitempty"`
	Authority  string    `json:"authority,omitempty"` // where to complain, Art. 77
	Nothing    bool      `json:"nothing"`             // Art. 15(1): nothing is processed
	// Suspended are the holds that keep data of the person from being deleted.
	Suspended  []Suspended `json:"suspended,omitempty"`
	Activities []Activity  `json:"activities"`

	Zone *time.Location `json:"-"` // in which people read its times; nil: UTC. A program reads UTC
}

func (c Copy) zone() *time.Location { return Reader{Zone: c.Zone}.zone() }

// Suspended is a hold as the person is told of it.
type Suspended struct {
	Activity string    `json:"activity,omitempty"` // empty: all
	Title    Words     `json:"title,omitempty"`    // of the activity
	Reason   string    `json:"reason"`
	Text     Words     `json:"text,omitempty"` // the reason with the provisions that let it be kept
	Until    time.Time `json:"until"`          // its last moment
}

// Activity is what one activity holds about the person, with what Art. 15(1)
// wants said about it.
type Activity struct {
	Key        string      `json:"key"`
	Title      Words       `json:"title"`
	Purpose    string      `json:"purpose"`
	Basis      string      `json:"basis"`
	Recipients []Recipient `json:"recipients,omitempty"`
	Periods    []Period    `json:"periods,omitempty"`
	Tables     []Table     `json:"tables"`

	names map[string]Words // what fields, sets and moments of the kind are called
}

// Recipient is who got data.
type Recipient struct {
	Name    string   `json:"name"`
	Country string   `json:"country,omitempty"`
	Fields  []string `json:"fields"`
}

// Period is how long what is kept.
type Period struct {
	Data  []string `json:"data,omitempty"` // empty: the rest
	From  string   `json:"from"`
	Keep  string   `json:"keep"` // ISO 8601
	Then  string   `json:"then"`
	Until string   `json:"until,omitempty"`
	// Reason is why it is kept that long, where the policy says so.
	Reason Words `json:"reason,omitempty"`
}

// Table is the person's rows of one table.
type Table struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Columns []Column `json:"columns"`
	Masked  int64    `json:"masked,omitempty"` // places in which data of other people was masked
	Rows    [][]any  `json:"rows"`             // values in the order of Columns: text, number, boolean, RFC 3339 time, JSON or null

	// Total is how many rows there are, where Rows shows only the first; 0: all.
	Total int64 `json:"-"`

	events bool             // rows are events, which may be many
	called map[string]Words // what keys of the policy are called
}

// Column is a column of a copy.
type Column struct {
	Name     string `json:"name"`
	Title    Words  `json:"title"`
	Category string `json:"category,omitempty"` // fideslang
	Source   string `json:"source,omitempty"`   // person, device, derived or third-party
	Why      string `json:"why,omitempty"`      // why a technical column is there, in English

	show manifest.Show
}
