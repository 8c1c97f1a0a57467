package contact

import (
	"context"
	"encoding/hex"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/vault"
)

// linkSpace keeps the tokens of conversations apart from others.
const linkSpace = "contact/link"

// Conversation is a correspondence with one person.
type Conversation struct {
	ID        string    `json:"id"`
	Activity  string    `json:"activity"`
	Subject   string    `json:"-"`
	Source    Source    `json:"source"`
	Language  string    `json:"language"`
	Opened    time.Time `json:"opened"`
	Latest    time.Time `json:"latest"`
	Concluded time.Time `json:"concluded,omitzero"` // zero: it is open
	Requested time.Time `json:"deletion_asked_for,omitzero"`
	Waits     bool      `json:"waits"` // for our answer
	Assigned  string    `json:"assigned,omitempty"`
	Messages  int64     `json:"messages"`
	Person
	Restricted bool `json:"restricted,omitempty"`
}

// Person is what is known of whoever writes, as far as the policy lists it.
type Person struct {
	First   string `json:"first_name,omitempty"`
	Last    string `json:"last_name,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Company string `json:"company,omitempty"`
	Title   string `json:"subject,omitempty"`
}

// Called is how the person is named in a list, empty if nothing is known.
func (p Person) Called() string {
	name := called(p.First, p.Last)
	for _, other := range []string{p.Email, p.Company, p.Phone} {
		if name == "" {
			name = other
		}
	}
	return name
}

// open reports whether the conversation is not concluded.
func (c *Conversation) open() bool { return c.Concluded.IsZero() }

const conversationColumns = `id, activity, subject, source, language, opened_at, last_at, concluded_at, requested_at, waits, coalesce(assigned, ''),
	(select count(*) from contact_message m where m.conversation = contact_conversation.id), first_name, last_name, email, phone, company, title`

// sealedPerson is the sealed part of a row.
type sealedPerson struct{ first, last, email, phone, company, title []byte }

// where reads conversations. Their people stay sealed until they are opened.
func where(ctx context.Context, q store.Querier, condition string, args ...any) (found []Conversation, people []sealedPerson, err error) {
	rows, err := q.QueryContext(ctx, "select "+conversationColumns+" from contact_conversation where "+condition, args...)
	if err != nil {
		return nil, nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v Conversation
		var p sealedPerson
		var opened, last, ended, asked store.Time
		err := rows.Scan(&v.ID, &v.Activity, &v.Subject, &v.Source, &v.Language, &opened, &last, &ended, &asked, &v.Waits, &v.Assigned, &v.Messages,
			&p.first, &p.last, &p.email, &p.phone, &p.company, &p.title)
		if err != nil {
			return nil, nil, err
		}
		v.Opened, v.Latest, v.Concluded, v.Requested = opened.Time, last.Time, ended.Time, asked.Time
		found, people = append(found, v), append(people, p)
	}
	return found, people, store.Classify(rows.Err())
}

// opened reads conversations with who writes. Of a person whose data is
// restricted nothing is opened.
func (c *Correspondence) opened(ctx context.Context, q store.Querier, condition string, args ...any) ([]Conversation, error) {
	found, people, err := where(ctx, q, condition, args...)
	if err != nil {
		return nil, err
	}
	restricted, err := c.env.Subjects.Restricted(ctx)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Restricted = restricted[found[i].Subject]; found[i].Restricted {
			continue
		}
		if found[i].Person, err = c.person(ctx, found[i].Subject, people[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c *Correspondence) person(ctx context.Context, subject string, s sealedPerson) (Person, error) {
	o := c.env.Opener(ctx, subject)
	p := Person{
		First: o.Text(conversationTable+".first_name", s.first), Last: o.Text(conversationTable+".last_name", s.last),
		Email: o.Text(conversationTable+".email", s.email), Phone: o.Text(conversationTable+".phone", s.phone),
		Company: o.Text(conversationTable+".company", s.company), Title: o.Text(conversationTable+".title", s.title),
	}
	return p, o.Err()
}

// one reads a conversation with who writes, restricted or not: for what the
// person asks for. NotFound if there is none.
func (c *Correspondence) one(ctx context.Context, q store.Querier, condition string, args ...any) (Conversation, error) {
	found, people, err := where(ctx, q, condition+" order by last_at desc limit 1", args...)
	if err != nil {
		return Conversation{}, err
	}
	if len(found) == 0 {
		return Conversation{}, fault.New(fault.NotFound, "there is no such correspondence; it may be deleted")
	}
	found[0].Person, err = c.person(ctx, found[0].Subject, people[0])
	return found[0], err
}

// token returns the secret of a conversation's mails: 128 bits that only the vault
// can compute, so that they are in every mail and stored nowhere.
func (c *Correspondence) token(ctx context.Context, subject, conversation string) (string, error) {
	ref := vault.Ref{Subject: subject, Rule: Name}
	if err := c.env.Vault.Prepare(ctx, ref); err != nil {
		return "", err
	}
	secret, err := c.env.Vault.IndexFor(ctx, ref, linkSpace+"/"+conversation)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(secret), nil
}

// insert begins a conversation.
func (c *Correspondence) insert(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation) error {
	token, err := c.token(ctx, v.Subject, v.ID)
	if err != nil {
		return err
	}
	s := c.env.Sealer(ctx, a, v.Subject)
	first := s.Text(conversationTable+".first_name", fieldFirst, v.First)
	last := s.Text(conversationTable+".last_name", fieldLast, v.Last)
	email := s.Text(conversationTable+".email", fieldEmail, v.Email)
	phone := s.Text(conversationTable+".phone", fieldPhone, v.Phone)
	company := s.Text(conversationTable+".company", fieldCompany, v.Company)
	title := s.Text(conversationTable+".title", fieldSubject, v.Title)
	if s.Err() != nil {
		return s.Err()
	}
	_, err = tx.ExecContext(ctx, `insert into contact_conversation (id, activity, subject, link, source, language, opened_at, last_at, waits,
		first_name, last_name, email, phone, company, title) values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12, $13, $14)`,
		v.ID, a.Key, v.Subject, c.env.Mail.TokenMark(linkSpace, token), string(v.Source), v.Language, store.At(v.Opened), v.Waits, first, last, email, phone, company, title)
	return store.Classify(err)
}
