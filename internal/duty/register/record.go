package register

import (
	"iter"

	"kept/internal/policy/taxonomy"
)

// Record is the record of processing activities in one language. Keys are those
// of the policy and of the taxonomy; whatever has a Name has it in Language.
type Record struct {
	Format         string       `json:"format"` // FormatName
	Language       string       `json:"language"`
	Policy         Version      `json:"policy"`
	Controller     Party        `json:"controller"`
	Representative *Party       `json:"representative,omitempty"` // Art. 27
	Officer        *Party       `json:"officer,omitempty"`
	Authority      *Authority   `json:"authority,omitempty"`
	Joint          []Joint      `json:"joint_controllers"`
	Activities     []Activity   `json:"activities"`          // Art. 30(1)
	Commissions    []Commission `json:"commissions"`         // Art. 30(2)
	Customers      *Customers   `json:"customers,omitempty"` // of an instance, on whose behalf that is done
	Recipients     []Recipient  `json:"recipients"`
	Departments    []Named      `json:"departments"`
	Measures       []Named      `json:"measures"` // Art. 30(1)(g), 30(2)(d)
	Holds          []Hold       `json:"holds"`
	Storage        []Storage    `json:"terminal_storage"` // § 25 TDDDG
}

// FormatName says what a JSON record is and in which version of its form; its
// schema is docs/reference/register.schema.json.
const FormatName = "kept-register/1"

// Version identifies the policy that the record was made from.
type Version struct {
	Version      string   `json:"version"`
	Hash         string   `json:"hash"` // SHA-256 of its content
	Jurisdiction string   `json:"jurisdiction"`
	Languages    []string `json:"languages"`
}

// Named is a key and what people call it.
type Named struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// Term is a word of the taxonomy.
type Term struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	// Fideslang is the key under which other systems know a term that is Kept's
	// own; empty where Key itself is one of fideslang.
	Fideslang string `json:"fideslang,omitempty"`
}

// Country is a country by its ISO 3166 code.
type Country struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Party is somebody with an address.
type Party struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	URL     string `json:"url,omitempty"`

	External bool `json:"external,omitempty"` // an officer from outside, Art. 37(6)
}

// Authority is the competent supervisory authority.
type Authority struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Joint is a joint controller (Art. 26) with the essence of the arrangement.
type Joint struct {
	Recipient string `json:"recipient"` // key
	Party
	Essence string `json:"essence,omitempty"`
}

// Commission is everything that is done on behalf of one kind of controller.
type Commission struct {
	Controller string     `json:"controller"` // for whom, in the policy's words
	Activities []Activity `json:"activities"`
}

// Form says what an activity is in the policy.
type Form string

// The forms.
const (
	Declared Form = "declared" // an entry of the file
	BuiltIn  Form = "built-in" // performed for every policy: consent, rights, administration
	Embed    Form = "embed"    // content of others that pages load
	// Mentioned is no activity: tables of activities list under it who is
	// declared and gets nothing.
	Mentioned Form = "mentioned"
)

// System is what runs an activity.
type System string

// The systems.
const (
	Kept     System = "kept"
	External System = "external" // another system of the controller
	Planned  System = "planned"  // declared, not run yet
	Page     System = "page"     // the visitor's browser, loading from the recipient
)

// Activity is one processing activity.
type Activity struct {
	ID         string     `json:"id"` // the key; of an embed service/ and the key
	Form       Form       `json:"form"`
	Name       string     `json:"name"`
	About      string     `json:"about,omitempty"`
	OnBehalfOf string     `json:"on_behalf_of,omitempty"`
	Purpose    Term       `json:"purpose"`
	Bases      []Basis    `json:"bases"`
	People     []Term     `json:"people"`
	Data       []Datum    `json:"data"`
	Sources    []Named    `json:"sources"`
	Origin     string     `json:"origin,omitempty"` // Art. 14(2)(f)
	Recipients []Delivery `json:"recipients"`
	Retention  []Rule     `json:"retention"`
	Withdrawal string     `json:"withdrawal,omitempty"` // what a withdrawal does
	Access     []Named    `json:"access"`               // departments
	Decision   *Decision  `json:"decision,omitempty"`   // Art. 22
	Provision  *Provision `json:"provision,omitempty"`  // Art. 13(2)(e)
	System     System     `json:"system"`
	SystemName string     `json:"system_name"`
	Dataset    string     `json:"dataset,omitempty"`
}

// Basis is a legal basis with what it needs to carry.
type Basis struct {
	Key      string `json:"key"`
	Name     string `json:"name"` // with its article
	For      string `json:"for,omitempty"`
	Interest string `json:"interest,omitempty"`
	Law      string `json:"law,omitempty"`
	Group    string `json:"group,omitempty"` // where consent is asked for
}

// Datum is one piece of data.
type Datum struct {
	Field    string           `json:"field"`
	Name     string           `json:"name"`
	Category Term             `json:"category"`
	Special  taxonomy.Special `json:"special,omitempty"`
	Source   Named            `json:"source"`
	Rules    []int            `json:"rules"` // the retention rules that decide about it, by index
}

// Delivery is a recipient with the fields that it gets.
type Delivery struct {
	Recipient string  `json:"recipient"` // key
	Name      string  `json:"name"`
	Fields    []Named `json:"fields"`
}

// Rule is a time limit for erasure. Periods are ISO 8601.
type Rule struct {
	ID        string   `json:"id"`
	Fields    []string `json:"fields"`
	From      Named    `json:"from"`
	Keep      string   `json:"keep"`
	EndOfYear bool     `json:"end_of_year,omitempty"`
	Then      Named    `json:"then"`
	Every     string   `json:"every,omitempty"`
	Unless    *Named   `json:"unless,omitempty"`
	Notify    *Notify  `json:"notify,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Says      string   `json:"says"` // all of it in words, the data apart
}

// Notify is a word of warning before a rule acts, or before a moment that is
// known in advance.
type Notify struct {
	Before string   `json:"before"`
	Of     *Named   `json:"of,omitempty"` // that moment
	To     []string `json:"to"`
}

// Decision is an automated decision or profiling.
type Decision struct {
	Kind         Named  `json:"kind"`
	Logic        string `json:"logic,omitempty"`
	Consequences string `json:"consequences,omitempty"`
	Ground       *Named `json:"ground,omitempty"` // Art. 22(2)
}

// Provision says whether the data must be given.
type Provision struct {
	Required    Named   `json:"required"`
	Data        []Named `json:"data,omitempty"` // which; all of it without
	Consequence string  `json:"consequence,omitempty"`
}

// Recipient is somebody outside who gets data.
type Recipient struct {
	Key string `json:"key"`
	Party
	Country     *Country   `json:"country,omitempty"`
	Role        Named      `json:"role"`
	Category    string     `json:"category,omitempty"`
	Agreement   *Agreement `json:"agreement,omitempty"`
	Chain       []string   `json:"chain"` // keys of everybody further down, the nearest first
	Storage     []Country  `json:"storage"`
	Transfers   []Transfer `json:"transfers"`
	OwnPurposes string     `json:"own_purposes,omitempty"`
	Objection   string     `json:"objection,omitempty"`
	Notice      string     `json:"notice,omitempty"`
	Hosts       []string   `json:"hosts"`
	Gets        []Receipt  `json:"gets"`
	From        []string   `json:"from"` // keys of those who hand data on to it
}

// Receipt is what a recipient gets from one activity.
type Receipt struct {
	Activity string   `json:"activity"` // ID
	Name     string   `json:"name"`
	Fields   []string `json:"fields"` // names
}

// Agreement is the contract that binds a recipient.
type Agreement struct {
	Kind    Named  `json:"kind"`
	Since   string `json:"since,omitempty"`
	Essence string `json:"essence,omitempty"`
}

// Transfer is a transfer to a third country with the document of its safeguard
// (Art. 30(1)(e)).
type Transfer struct {
	To        Country `json:"to"`
	Safeguard Named   `json:"safeguard"`
	Framework string  `json:"framework,omitempty"`
	Checked   string  `json:"checked,omitempty"`
	Copy      string  `json:"copy,omitempty"`
	Risk      string  `json:"risk,omitempty"`
}

// Hold is what may suspend a time limit at run time.
type Hold struct {
	Key     string `json:"key"`
	Reason  string `json:"reason,omitempty"`
	Law     string `json:"law,omitempty"`
	Longest string `json:"longest,omitempty"`
	Says    string `json:"says"`
}

// Storage is something that is kept on a visitor's device.
type Storage struct {
	Name     string `json:"name"`
	Kind     Named  `json:"kind"`
	Used     string `json:"used,omitempty"` // ID of the activity, empty: the site itself
	UsedName string `json:"used_name"`
	Purpose  string `json:"purpose,omitempty"`
	Lifetime string `json:"lifetime,omitempty"` // ISO 8601; empty: the session
	Lasts    string `json:"lasts"`
}

// All yields every activity of both parts, the controller's own first.
func (r *Record) All() iter.Seq[*Activity] {
	return func(yield func(*Activity) bool) {
		for i := range r.Activities {
			if !yield(&r.Activities[i]) {
				return
			}
		}
		for i := range r.Commissions {
			for j := range r.Commissions[i].Activities {
				if !yield(&r.Commissions[i].Activities[j]) {
					return
				}
			}
		}
	}
}

// Recipient returns the recipient named key, nil if there is none.
func (r *Record) Recipient(key string) *Recipient {
	for i := range r.Recipients {
		if r.Recipients[i].Key == key {
			return &r.Recipients[i]
		}
	}
	return nil
}

// Category is the data of one category that an activity processes.
type Category struct {
	Term
	Data []Datum
}

// Categories groups an activity's data, in the order of its fields.
func (a *Activity) Categories() []Category {
	var found []Category
	at := map[string]int{}
	for _, d := range a.Data {
		i, seen := at[d.Category.Key]
		if !seen {
			i = len(found)
			at[d.Category.Key] = i
			found = append(found, Category{Term: d.Category})
		}
		found[i].Data = append(found[i].Data, d)
	}
	return found
}
