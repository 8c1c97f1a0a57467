package policy

// Role is what a recipient is under the GDPR.
type Role string

// The roles that a recipient can have.
const (
	Processor       Role = "processor"
	Hosting         Role = "hosting" // a processor whose machines hold what we store
	ThirdParty      Role = "third-party"
	JointController Role = "joint-controller"
	Affiliate       Role = "affiliate"
	PublicAuthority Role = "authority"
)

// OnOrder reports whether a recipient of this role acts on our instructions alone
// (Art. 28).
func (r Role) OnOrder() bool { return r == Processor || r == Hosting }

// Recipient is somebody outside who gets data (Art. 4(9), 13(1)(e)).
type Recipient struct {
	At        Pos
	Key       string
	Name      string
	Address   string
	Country   string // ISO 3166 alpha-2
	Role      Role
	Category  Text // what sort of recipient it is: hosting provider, payment service
	Agreement *Agreement
	Transfers []Transfer
	Storage   []string // countries of its data centres, ISO 3166 alpha-2
	Notice    string   // where its own notice is
	Objection string   // where one objects to it directly: its own opt-out
	Requests  string   // mail address that is told of corrections and erasures, Art. 19
	Via       []string // further recipients down the chain, by key
	Hosts     []string // hosts (host or host:port) that egress may reach for it

	// OwnPurposes is what it does with the data for itself, as a controller of
	// its own, whatever its role is for us.
	OwnPurposes Text

	keys places
}

// Agreement is the contract that binds a recipient (Art. 26, 28).
type Agreement struct {
	At      Pos
	Kind    string // dpa | arrangement
	Since   string // date, YYYY-MM-DD
	Essence Text   // what an arrangement says, in short: Art. 26(2)

	keys places
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

	keys places
}
