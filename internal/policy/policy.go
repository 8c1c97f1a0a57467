package policy

import (
	"fmt"
	"strings"

	"kept/internal/policy/period"
)

// Policy is one file, read and resolved. Entries stand in the order of the
// file; every entry knows its place in it.
type Policy struct {
	Language   int // the version of the language: kept: 1
	Notice     Notice
	Controller Controller
	Groups     []Group // every consent group in use, built-in ones included
	Recipients []Recipient
	Services   []Service
	Activities []Activity

	File   string // the name it was read from, for findings
	Source []byte // the file as it was read
	Hash   string // content hash, hex SHA-256: comments and layout do not change it
}

// Pos is a place in the file, counted from 1. The zero Pos is unknown.
type Pos struct{ Line, Column int }

// String returns line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Text is wording for people by language ("de", "en").
type Text map[string]string

// In returns the text in lang, else in English, else in any language, else "".
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	if s, ok := t["en"]; ok {
		return s
	}
	for _, l := range []string{"de", "fr"} {
		if s, ok := t[l]; ok {
			return s
		}
	}
	return ""
}

// Notice identifies the published text.
type Notice struct {
	At           Pos
	Version      string   // the declared version, a date as a rule
	Languages    []string // languages that the notice is published in, the first is the default
	Jurisdiction string   // ISO 3166 code, chooses the rule packs
}

// Controller is who answers for the processing (Art. 4(7), 13(1)(a) GDPR).
type Controller struct {
	At        Pos
	Name      string
	Address   string
	Email     string
	Phone     string
	URL       string
	Officer   *Contact   // data protection officer, Art. 37
	Authority *Authority // the competent supervisory authority, Art. 77
}

// Contact is a way to reach somebody.
type Contact struct {
	At                          Pos
	Name, Email, Phone, Address string
}

// Authority is a supervisory authority.
type Authority struct {
	At        Pos
	Name, URL string
}

// Group is a set of purposes that a visitor accepts or refuses together.
type Group struct {
	At    Pos
	Key   string // statistics, media, marketing, … or one that the policy declares
	Title Text
	About Text
}

// Role is what a recipient is under the GDPR.
type Role string

// The roles that a recipient can have.
const (
	Processor       Role = "processor"
	ThirdParty      Role = "third-party"
	JointController Role = "joint-controller"
	Affiliate       Role = "affiliate"
	PublicAuthority Role = "authority"
)

// Recipient is somebody outside who gets data (Art. 4(9), 13(1)(e)).
type Recipient struct {
	At        Pos
	Key       string
	Name      string
	Address   string
	Country   string // ISO 3166 alpha-2
	Role      Role
	Agreement *Agreement
	Transfers []Transfer
	Notice    string   // where its own notice is
	Via       []string // further recipients down the chain, by key
	Hosts     []string // host names that egress may reach for it
}

// Agreement is the contract that binds a recipient (Art. 26, 28).
type Agreement struct {
	At    Pos
	Kind  string // dpa | arrangement
	Since string // date, YYYY-MM-DD
}

// Transfer is a transfer to a third country and what makes it lawful (Art. 44-49).
type Transfer struct {
	At        Pos
	To        string // ISO 3166 alpha-2
	Safeguard string // adequacy | scc | bcr | explicit-consent
	Framework string // DPF, …
	Checked   string // date of the last check, YYYY-MM-DD
	Copy      string // where a copy of the safeguard can be had
	Risk      Text   // the risk that is explained before an Art. 49(1)(a) consent
}

// Service is something that a page loads from elsewhere, only with consent
// unless it is declared essential.
type Service struct {
	At        Pos
	Key       string
	Name      Text   // built from the recipient if absent
	Recipient string // key
	Group     string // key of the consent group
	Hosts     []string
	Cookies   []Cookie
	Data      []Ref // what reaches the recipient: fields of the taxonomy of page loads (ip_address, page, …)
}

// Cookie is terminal storage that an entry uses (§ 25 TDDDG).
type Cookie struct {
	At       Pos
	Name     string // exact, or a prefix that ends in *
	Lifetime period.Period
	Session  bool   // ends with the browser session
	Storage  string // cookie | local-storage | session-storage | indexed-db
	Purpose  Text
}

// Basis is a legal basis of Art. 6(1) GDPR.
type Basis string

// The bases, in the order of Art. 6(1).
const (
	Consent             Basis = "consent"
	Contract            Basis = "contract"
	LegalObligation     Basis = "legal-obligation"
	VitalInterests      Basis = "vital-interests"
	PublicTask          Basis = "public-task"
	LegitimateInterests Basis = "legitimate-interests"
)

// Ref is a name used in the file, with its place.
type Ref struct {
	At   Pos
	Name string
}

// Activity is one thing that the offer does with personal data.
type Activity struct {
	At           Pos
	Key          string // its name in the file
	Kind         string // what performs it; the name unless the file says otherwise
	Title        Text   // built from the kind if absent
	Purpose      string // fideslang data use key
	Basis        Basis
	Law          string // the duty, for a legal obligation
	Interest     Text   // the interest, for legitimate interests
	Group        string // the consent group, for consent
	Data         []Ref  // fields and named sets as written
	Cookies      []Cookie
	Recipients   []Delivery
	OnWithdrawal Action // delete unless the file says anonymise
	Settings     Settings
	Retention    []Rule
	Dataset      string    // for kind external: path of the fideslang dataset
	Provision    Provision // must the data be given, Art. 13(2)(e)

	fields map[string]bool // Data with sets expanded, filled by the check
}

// Has reports whether the activity declares the field, alone or in a set.
func (a *Activity) Has(field string) bool { return a.fields[field] }

// Delivery is a recipient with the fields that it gets and no others.
type Delivery struct {
	At        Pos
	Recipient string
	Fields    []Ref
}

// Provision says whether the person must give the data (Art. 13(2)(e)).
type Provision struct {
	Required    string // "" | statute | contract | needed
	Consequence Text
}

// Action is what happens to data when its time is over.
type Action string

// The actions of a retention rule.
const (
	Delete    Action = "delete"
	Anonymise Action = "anonymise"
	Restrict  Action = "restrict"
)

// Rule says how long some of an activity's data is kept.
type Rule struct {
	At     Pos
	ID     string // stable across edits of other rules: activity/data/moment
	Data   []Ref  // empty: everything that no other rule of the activity names
	From   string // the moment from which the period runs
	Keep   period.Period
	Then   Action
	Every  period.Period // rhythm of the sweep; zero: as soon as due
	Until  string        // "" | end-of-year
	Unless string        // a moment that, when it came, suspends the rule
	Notify *Notify
	Reason Text
}

// Notify is a word of warning before a rule acts.
type Notify struct {
	At     Pos
	Before period.Period
	To     []string
}

// Activity returns the entry named key, nil if the policy has none.
func (p *Policy) Activity(key string) *Activity {
	for i := range p.Activities {
		if p.Activities[i].Key == key {
			return &p.Activities[i]
		}
	}
	return nil
}

// OfKind returns every activity that kind performs, in the order of the file.
func (p *Policy) OfKind(kind string) []*Activity {
	var found []*Activity
	for i := range p.Activities {
		if p.Activities[i].Kind == kind {
			found = append(found, &p.Activities[i])
		}
	}
	return found
}

// Recipient returns the recipient named key, nil if the policy has none.
func (p *Policy) Recipient(key string) *Recipient {
	for i := range p.Recipients {
		if p.Recipients[i].Key == key {
			return &p.Recipients[i]
		}
	}
	return nil
}

// Service returns the service named key, nil if the policy has none.
func (p *Policy) Service(key string) *Service {
	for i := range p.Services {
		if p.Services[i].Key == key {
			return &p.Services[i]
		}
	}
	return nil
}

// Group returns the consent group named key, nil if no entry uses it.
func (p *Policy) Group(key string) *Group {
	for i := range p.Groups {
		if p.Groups[i].Key == key {
			return &p.Groups[i]
		}
	}
	return nil
}

// MatchesCookie reports whether c declares a cookie called name.
func (c Cookie) MatchesCookie(name string) bool {
	if prefix, ok := strings.CutSuffix(c.Name, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return c.Name == name
}
