package newsletter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Source is where a sign-up came from.
type Source string

// The sources.
const (
	ByPage Source = "page"
	ByAPI  Source = "api"
)

// longest is how many bytes a name may have.
const longest = 200

// patience is how long an address gets no second confirmation mail: whoever
// enters somebody else's address again and again fills no mailbox.
const patience = 10 * time.Minute

// SignUp is what somebody entered, and what was shown to them.
type SignUp struct {
	Activity string   `json:"activity"` // key of the entry; empty: the first
	Email    string   `json:"email"`
	First    string   `json:"first,omitempty"`
	Last     string   `json:"last,omitempty"`
	Company  string   `json:"company,omitempty"`
	Language string   `json:"language"`
	Topics   []string `json:"topics,omitempty"`
	Source   Source   `json:"source"`
	Text     string   `json:"text"`    // that was shown
	Version  string   `json:"version"` // of the form
	Zone     string   `json:"time_zone,omitempty"`
	Contents string   `json:"contents,omitempty"` // id of the description of the contents that was shown
	Measured string   `json:"measured,omitempty"` // what they agreed to be measured

	Address netip.Addr `json:"address"`
}

// check returns Invalid if s cannot be taken.
func (s *SignUp) check() error {
	if _, err := mail.Normalise(s.Email); err != nil {
		return err
	}
	for _, text := range []string{s.First, s.Last, s.Company} {
		if len(text) > longest || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			return fault.New(fault.Invalid, "a name has at most %d bytes and no line breaks", longest)
		}
	}
	return nil
}

// only drops what the policy does not list.
func (s *SignUp) only(a *policy.Activity) {
	for field, value := range map[string]*string{fieldFirst: &s.First, fieldLast: &s.Last, fieldCompany: &s.Company, fieldText: &s.Text} {
		if !a.Has(field) {
			*value = ""
		}
	}
	if !a.Has(fieldSignUp) {
		s.Address = netip.Addr{}
	}
	if _, err := zone(s.Zone); err != nil || !a.Has(fieldZone) {
		s.Zone = ""
	}
	s.Activity, s.Topics = a.Key, chosenOf(a, s.Topics)
}

// requestKey seals a sign-up until it is taken; no two share a key.
func requestKey(id string) vault.Ref { return vault.Ref{Subject: id, Rule: Name} }

// Take stores a sign-up; a job does the rest. It neither knows nor tells whether
// the address is subscribed. NotFound without an entry in the policy, Invalid if
// it cannot be taken, TooMany while more sign up than can be written to.
func (n *Newsletter) Take(ctx context.Context, s SignUp) error {
	a, err := n.declared(s.Activity)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if err := chosen(a, s.Topics); err != nil {
		return err
	}
	if err := n.env.Mail.Stranger(ctx, a.Key); err != nil {
		return fmt.Errorf("take a sign-up: %w", err)
	}
	s.only(a)
	if _, _, current := n.shown(a, s.Version); current {
		s.Contents, s.Measured = contentsOf(a), measuredBy(a)
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("take a sign-up: %w", err)
	}
	id := store.NewID()
	sealed, err := n.env.Vault.Seal(ctx, requestKey(id), requestTable+".content", plain)
	if err != nil {
		return fmt.Errorf("take a sign-up: %w", err)
	}
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into newsletter_request (id, activity, signed_up_at, content) values ($1, $2, $3, $4)", id, a.Key, store.At(n.env.Clock.Now()), sealed)
		if err != nil {
			return store.Classify(err)
		}
		_, err = n.env.Jobs.Enqueue(ctx, tx, job.New{Kind: takeJob, Key: id, Payload: pending{id}})
		return err
	})
}

// pending names the sign-up that a job is about.
type pending struct {
	Request string `json:"request"`
}

// take is the job: it finds out whose sign-up it is and writes to them.
func (n *Newsletter) take(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	err := n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, at, err := n.request(ctx, tx, p.Request)
		if fault.Is(err, fault.NotFound) { // taken before, or past its time
			return nil
		}
		if err != nil {
			return err
		}
		if a, err := n.declared(s.Activity); err == nil {
			if err := n.settle(ctx, tx, a, s, at); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "delete from newsletter_request where id = $1", p.Request)
		return store.Classify(err)
	})
	if err != nil {
		return fmt.Errorf("take a sign-up: %w", err)
	}
	return n.env.Vault.Destroy(ctx, p.Request)
}

func (n *Newsletter) request(ctx context.Context, tx *store.Tx, id string) (s SignUp, at time.Time, err error) {
	var sealed []byte
	var when store.Time
	err = store.Classify(tx.QueryRowContext(ctx, "select signed_up_at, content from newsletter_request where id = $1", id).Scan(&when, &sealed))
	if err != nil {
		return s, at, err
	}
	plain, err := n.env.Vault.Open(ctx, requestKey(id), requestTable+".content", sealed)
	if err != nil {
		return s, at, err
	}
	return s, when.Time, json.Unmarshal(plain, &s)
}

// settle does what a sign-up asks for: it begins a subscription that waits for
// its confirmation, or tells the owner of an address that is subscribed already.
func (n *Newsletter) settle(ctx context.Context, tx *store.Tx, a *policy.Activity, s SignUp, at time.Time) error {
	address, err := mail.Normalise(s.Email)
	if err != nil {
		return err
	}
	who, _, err := n.env.Subjects.Ensure(ctx, tx, subject.Email, address)
	if err != nil {
		return err
	}
	last, err := n.latest(ctx, tx, a, who)
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		return err
	case last.stands():
		return n.writeKnown(ctx, tx, a, last, s)
	case !last.Unsubscribed.IsZero(): // what kept it beyond its end is not about the new one
	case at.Sub(last.SignedUp) < patience:
		return nil
	default:
		if err := n.drop(ctx, tx, last); err != nil {
			return err
		}
	}
	return n.begin(ctx, tx, a, who, s, at)
}

// drop ends a sign-up that was never confirmed: a newer one takes its place.
func (n *Newsletter) drop(ctx context.Context, tx *store.Tx, last Subscription) error {
	for _, table := range []string{subscriberTable, proofTable} {
		if _, err := tx.ExecContext(ctx, "delete from "+table+" where id = $1", last.ID); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// begin writes a subscription and its proof, and has the address confirmed.
func (n *Newsletter) begin(ctx context.Context, tx *store.Tx, a *policy.Activity, who string, s SignUp, at time.Time) error {
	sub := Subscription{ID: store.NewID(), Activity: a.Key, Ground: ByConsent, Topics: s.Topics, Subject: who, Email: s.Email, First: s.First, Last: s.Last, Company: s.Company, Language: s.Language, SignedUp: at, Contents: s.Contents, Measured: s.Measured, Zone: s.Zone}
	token, mark := n.env.Mail.NewToken(confirmSpace)
	if err := n.insertSubscriber(ctx, tx, a, sub, mark); err != nil {
		return err
	}
	if err := n.insertProof(ctx, tx, a, sub, s); err != nil {
		return err
	}
	if !a.Settings.Bool("double_opt_in") {
		return n.confirmed(ctx, tx, a, sub, s.Address)
	}
	return n.writeConfirm(ctx, tx, a, sub, token)
}

func (n *Newsletter) insertSubscriber(ctx context.Context, tx *store.Tx, a *policy.Activity, sub Subscription, mark []byte) error {
	seal := n.env.Sealer(ctx, a, sub.Subject)
	email := seal.Text(subscriberTable+".email", fieldEmail, sub.Email)
	first := seal.Text(subscriberTable+".first_name", fieldFirst, sub.First)
	last := seal.Text(subscriberTable+".last_name", fieldLast, sub.Last)
	company := seal.Text(subscriberTable+".company", fieldCompany, sub.Company)
	if seal.Err() != nil {
		return seal.Err()
	}
	_, err := tx.ExecContext(ctx, `insert into newsletter_subscriber (id, subject, activity, ground, signed_up_at, confirm, email, first_name, last_name, company, language, topics, contents, measured, time_zone)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		sub.ID, sub.Subject, a.Key, string(sub.Ground), store.At(sub.SignedUp), mark, email, first, last, company,
		listed(a, fieldLanguage, sub.Language), listedTopics(a, fieldTopics, sub.Topics), null(sub.Contents), null(sub.Measured), listed(a, fieldZone, sub.Zone))
	if err != nil {
		return store.Classify(err)
	}
	return n.keepDescription(ctx, tx, a, sub.SignedUp)
}

// null is an empty text as it is stored.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (n *Newsletter) insertProof(ctx context.Context, tx *store.Tx, a *policy.Activity, sub Subscription, s SignUp) error {
	token, err := n.token(ctx, sub)
	if err != nil {
		return err
	}
	seal := n.env.Sealer(ctx, a, sub.Subject)
	from := seal.Text(proofTable+".sign_up_address", fieldSignUp, addressText(s.Address))
	to := seal.Text(proofTable+".proof_address", fieldProofAddress, sub.Email)
	if seal.Err() != nil {
		return seal.Err()
	}
	_, err = tx.ExecContext(ctx, `insert into newsletter_proof (id, subject, activity, link, signed_up_at, source, sign_up_address, proof_address, text_shown, form_version, topics)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		sub.ID, sub.Subject, a.Key, n.env.Mail.TokenMark(linkSpace, token), store.At(sub.SignedUp), listed(a, fieldSignUp, string(s.Source)), from, to,
		listed(a, fieldText, s.Text), listed(a, fieldText, s.Version), listedTopics(a, fieldText, s.Topics))
	return store.Classify(err)
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().WithZone("").String()
}
