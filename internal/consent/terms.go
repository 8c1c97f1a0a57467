package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
	"kept/internal/store"
)

// controller is the key of the party that answers for the processing.
const controller = "controller"

// term is a part of receipts that is the same for everybody who decides under
// one policy in one language: the processing that a consent to one group or
// service covers, or the parties. It is stored once, by its hash.
type term struct {
	hash    string
	body    []byte
	parties bool
}

// termTexts are the terms of one offer in one language.
type termTexts struct {
	offer      *offer
	processing map[string]term // by mark: kind and key
	parties    term
}

// processing is the second part of ISO/IEC TS 27560, in DPV terms.
type processing struct {
	Key          string     `json:"key"`
	Title        string     `json:"title,omitempty"`
	About        string     `json:"description,omitempty"`
	Language     string     `json:"language"`
	Basis        string     `json:"dpv:hasLegalBasis"`
	Controller   string     `json:"dpv:hasDataController"`
	Jurisdiction string     `json:"dpv:hasJurisdiction,omitempty"`
	Activities   []activity `json:"activities,omitempty"`
	Services     []embedded `json:"services,omitempty"`
	Withdrawal   string     `json:"withdrawal_method"`
}

type activity struct {
	Key        string     `json:"key"`
	Title      string     `json:"title,omitempty"`
	Use        string     `json:"data_use"` // a fideslang key
	Purpose    string     `json:"dpv:hasPurpose,omitempty"`
	Data       []string   `json:"dpv:hasPersonalData"`
	Storage    []string   `json:"storage_location"` // keys of parties
	Recipients []delivery `json:"dpv:hasRecipient,omitempty"`
	Retention  []keeping  `json:"dpv:hasStorageCondition"`
	Cookies    []cookie   `json:"terminal_storage,omitempty"`
}

type embedded struct {
	Key       string   `json:"key"`
	Title     string   `json:"title,omitempty"`
	Data      []string `json:"dpv:hasPersonalData,omitempty"`
	Recipient string   `json:"dpv:hasRecipient"`
	Storage   []string `json:"storage_location"` // keys of parties
	Hosts     []string `json:"hosts"`
	Cookies   []cookie `json:"terminal_storage,omitempty"`
}

type delivery struct {
	Recipient string   `json:"recipient"`
	Data      []string `json:"dpv:hasPersonalData"`
}

type keeping struct {
	Data   []string `json:"data,omitempty"` // empty: everything else
	From   string   `json:"from"`
	Period string   `json:"dpv:hasDuration"`
	Then   string   `json:"then"`
}

type cookie struct {
	Name     string `json:"name"`
	Lifetime string `json:"dpv:hasDuration"`
}

// parties is the third part.
type parties struct {
	Controller party   `json:"controller"`
	Officer    *party  `json:"data_protection_officer,omitempty"`
	Authority  *party  `json:"authority,omitempty"`
	Recipients []party `json:"recipients,omitempty"`
}

type party struct {
	Key       string     `json:"key,omitempty"`
	Role      string     `json:"role,omitempty"`
	Name      string     `json:"name,omitempty"`
	Address   string     `json:"address,omitempty"`
	Country   string     `json:"country,omitempty"`
	Email     string     `json:"email,omitempty"`
	Phone     string     `json:"phone,omitempty"`
	URL       string     `json:"url,omitempty"`
	Transfers []transfer `json:"transfers,omitempty"`
}

type transfer struct {
	To        string `json:"to"`
	Safeguard string `json:"safeguard"`
	Framework string `json:"framework,omitempty"`
}

// termsOf returns the terms of an offer in a language; they are made once.
func (s *Service) termsOf(o *offer, language string) (*termTexts, error) {
	if t, ok := s.texts.Load(language); ok && t.(*termTexts).offer == o {
		return t.(*termTexts), nil
	}
	t := &termTexts{offer: o, processing: map[string]term{}}
	for _, i := range o.items {
		made, err := newTerm(processingOf(o.policy, i, language))
		if err != nil {
			return nil, err
		}
		t.processing[termKey(i.Group != "", i.Key)] = made
	}
	var err error
	if t.parties, err = newTerm(partiesOf(o.policy)); err != nil {
		return nil, err
	}
	t.parties.parties = true
	s.texts.Store(language, t)
	return t, nil
}

func newTerm(v any) (term, error) {
	body, err := encode(v)
	if err != nil {
		return term{}, fmt.Errorf("write the terms of a consent: %w", err)
	}
	sum := sha256.Sum256(body)
	return term{hash: hex.EncodeToString(sum[:]), body: body}, nil
}

func termKey(service bool, key string) string {
	if service {
		return "s" + key
	}
	return "g" + key
}

// covering are the terms of what marks accept, the parties last.
func (t *termTexts) covering(marks []mark) []term {
	var found []term
	for _, m := range marks {
		if made, ok := t.processing[termKey(m.service, m.key)]; ok && m.yes {
			found = append(found, made)
		}
	}
	return append(found, t.parties)
}

func processingOf(p *policy.Policy, i Item, language string) processing {
	x := processing{
		Key: i.Key, Language: language, Basis: "eu-gdpr:A6-1-a", Controller: p.Controller.Name, Jurisdiction: p.Notice.Jurisdiction,
		Withdrawal: "/privacy/settings, at any time, with effect for the future (Art. 7(3) GDPR)",
	}
	if g := p.Group(i.Key); g != nil && i.Group == "" {
		x.Title, x.About = g.Title.In(language), g.About.In(language)
		for n := range p.Activities {
			if a := &p.Activities[n]; a.Basis == policy.Consent && a.Group == i.Key {
				x.Activities = append(x.Activities, activityOf(a, language))
			}
		}
	}
	for _, s := range p.Services {
		if i.Group == "" && s.Group == i.Key || i.Group != "" && s.Key == i.Key {
			x.Services = append(x.Services, embedded{Key: s.Key, Title: s.Title(language), Data: names(s.Data), Recipient: s.Recipient, Storage: []string{s.Recipient}, Hosts: s.Hosts, Cookies: cookiesOf(s.Cookies)})
		}
	}
	return x
}

func activityOf(a *policy.Activity, language string) activity {
	use, _ := taxonomy.Use(a.Purpose)
	x := activity{
		Key: a.Key, Title: a.Title.In(language), Use: a.Purpose, Purpose: use.DPV, Data: a.Fields(),
		Storage: []string{controller}, Cookies: cookiesOf(a.Cookies),
	}
	for _, d := range a.Recipients {
		x.Storage = append(x.Storage, d.Recipient)
		x.Recipients = append(x.Recipients, delivery{Recipient: d.Recipient, Data: names(d.Fields)})
	}
	for _, r := range a.Retention {
		x.Retention = append(x.Retention, keeping{Data: names(r.Data), From: r.From, Period: r.Keep.String(), Then: string(r.Then)})
	}
	return x
}

func cookiesOf(declared []policy.Cookie) []cookie {
	var found []cookie
	for _, c := range declared {
		life := "session"
		if !c.Session {
			life = c.Lifetime.String()
		}
		found = append(found, cookie{Name: c.Name, Lifetime: life})
	}
	return found
}

func names(refs []policy.Ref) []string {
	var found []string
	for _, r := range refs {
		found = append(found, r.Name)
	}
	return found
}

func partiesOf(p *policy.Policy) parties {
	c := p.Controller
	x := parties{Controller: party{Key: controller, Role: controller, Name: c.Name, Address: c.Address, Email: c.Email, Phone: c.Phone, URL: c.URL}}
	if o := c.Officer; o != nil {
		x.Officer = &party{Role: "data-protection-officer", Name: o.Name, Address: o.Address, Email: o.Email, Phone: o.Phone}
	}
	if a := c.Authority; a != nil {
		x.Authority = &party{Role: "authority", Name: a.Name, URL: a.URL}
	}
	for _, r := range p.Recipients {
		one := party{Key: r.Key, Role: string(r.Role), Name: r.Name, Address: r.Address, Country: r.Country, URL: r.Notice}
		for _, t := range r.Transfers {
			one.Transfers = append(one.Transfers, transfer{To: t.To, Safeguard: t.Safeguard, Framework: t.Framework})
		}
		x.Recipients = append(x.Recipients, one)
	}
	return x
}

// keepTerm stores a term unless it is stored already.
func (s *Service) keepTerm(ctx context.Context, tx *store.Tx, t term) error {
	if _, ok := s.kept.Load(t.hash); ok {
		return nil
	}
	_, err := tx.ExecContext(ctx, "insert into consent_terms (hash, body) values ($1, $2) on conflict (hash) do nothing", t.hash, string(t.body))
	if err != nil {
		return store.Classify(err)
	}
	tx.OnCommit(func() { s.kept.Store(t.hash, true) })
	return nil
}

// readTerms returns the terms that a header names, in its order.
func (s *Service) readTerms(ctx context.Context, q store.Querier, raw json.RawMessage) ([]term, error) {
	var h header
	if err := json.Unmarshal(raw, &h); err != nil {
		return nil, fmt.Errorf("read a receipt's header: %w", err)
	}
	var found []term
	for _, hash := range append(slices.Clone(h.Processing), h.Parties) {
		t := term{hash: hash, parties: hash == h.Parties}
		var body string
		err := store.Classify(q.QueryRowContext(ctx, "select body from consent_terms where hash = $1", hash).Scan(&body))
		if fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.Internal, "the terms %s of a consent are missing: %w", hash, err)
		}
		if err != nil {
			return nil, err
		}
		t.body = []byte(body)
		found = append(found, t)
	}
	return found, nil
}
