package mail

import (
	"context"
	"encoding/json"
	"fmt"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
	"kept/internal/vault"
)

// queued is the state of a mail that has not left.
const queued Event = "queued"

// sealed columns, as the vault binds values to their place.
const (
	outboxContent   = "mail_outbox.content"
	outboxAddress   = "mail_outbox.address"
	incomingContent = "mail_incoming.content"
	incomingAddress = "mail_incoming.address"
)

// recordKey seals what stays of a person's mails for a while.
func recordKey(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }

// contentKey seals one mail and ends with it, whatever else of the person lies
// here: no two mails share a key, so none can be destroyed under the other. A
// mail to nobody in particular is its own subject.
func contentKey(subject, id string) vault.Ref {
	if subject == "" {
		subject = id
	}
	return vault.Ref{Subject: subject, Rule: Name + "/" + id}
}

// Enqueue stores a mail in the caller's transaction and returns its id; a job
// sends it. With a key that a mail has already it returns that one's id and
// stores nothing. Refused if the policy has no such activity or the person
// objected to mail, Unavailable without a relay, Invalid or TooLarge if it
// cannot be written.
func (p *Post) Enqueue(ctx context.Context, tx *store.Tx, m Message) (id string, err error) {
	if err := p.may(ctx, &m); err != nil {
		return "", fmt.Errorf("write a mail: %w", err)
	}
	if m.Last {
		m.Subject = "" // what lies under their name goes with the erasure
	}
	if m.Key != "" {
		err := store.Classify(tx.QueryRowContext(ctx, "select id from mail_outbox where key = $1", m.Key).Scan(&id))
		if err == nil || !fault.Is(err, fault.NotFound) {
			return id, err
		}
	}
	id, err = p.insert(ctx, tx, &m)
	if err != nil {
		return "", fmt.Errorf("write a mail: %w", err)
	}
	_, err = p.Jobs.Enqueue(ctx, tx, job.New{Kind: sendJob, Key: id, At: m.At, Payload: about{Mail: id}})
	return id, err
}

// Written reports whether a mail with a key was written: Enqueue would store nothing.
func (p *Post) Written(ctx context.Context, tx *store.Tx, key string) (bool, error) {
	var n int
	if err := tx.QueryRowContext(ctx, "select count(*) from mail_outbox where key = $1", key).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a mail: %w", store.Classify(err))
	}
	return n > 0, nil
}

// may says why m must not be written.
func (p *Post) may(ctx context.Context, m *Message) error {
	switch {
	case p.Policy().Activity(m.Activity) == nil:
		return fault.New(fault.Refused, "the policy has no activity %q that could write a mail", m.Activity)
	case p.relay == nil && !p.Deposits:
		return noRelay()
	}
	if err := p.wanted(ctx, m); err != nil {
		return err
	}
	return m.check()
}

// wanted returns Refused if the person must not be written to.
func (p *Post) wanted(ctx context.Context, m *Message) error {
	if m.Subject == "" || m.Owed {
		return nil
	}
	objectors, err := p.Subjects.Objectors(ctx, Name)
	if err != nil {
		return err
	}
	if objectors[m.Subject] {
		return fault.New(fault.Refused, "the person objected to being written to")
	}
	restricted, err := p.Subjects.Restricted(ctx)
	if err != nil {
		return err
	}
	if restricted[m.Subject] {
		return fault.New(fault.Refused, "the person's data is restricted: nothing is written to them but answers to their requests")
	}
	return nil
}

// unwanted is how a mail ends that was written before the person objected or had
// their data restricted.
func unwanted(err error) Reply { return Reply{Code: 550, Status: "5.7.1", Text: err.Error()} }

func (p *Post) insert(ctx context.Context, tx *store.Tx, m *Message) (id string, err error) {
	id = store.NewID()
	now := p.Clock.Now()
	due := m.At
	if due.IsZero() {
		due = now
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return "", fault.New(fault.Invalid, "encode a mail: %w", err)
	}
	content, address, err := p.seal(ctx, m.Subject, id, plain, m.To.Mail, outboxContent, outboxAddress)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `insert into mail_outbox (id, activity, subject, key, queued_at, due_at, state, code, status, said, address, content)
		values ($1, $2, $3, $4, $5, $6, $7, 0, '', '', $8, $9)`,
		id, m.Activity, null(m.Subject), null(m.Key), store.At(now), store.At(due), string(queued), address, content)
	return id, store.Classify(err)
}

// seal seals a mail and the address it goes to or comes from. Of a mail to
// nobody in particular no address stays.
func (p *Post) seal(ctx context.Context, subject, id string, plain []byte, address, contentPlace, addressPlace string) (content, sealed []byte, err error) {
	refs := []vault.Ref{contentKey(subject, id)}
	if subject != "" {
		refs = append(refs, recordKey(subject))
	}
	if err := p.Vault.Prepare(ctx, refs...); err != nil {
		return nil, nil, err
	}
	if content, err = p.Vault.Seal(ctx, refs[0], contentPlace, plain); err != nil || subject == "" {
		return content, nil, err
	}
	sealed, err = p.Vault.Seal(ctx, refs[1], addressPlace, []byte(address))
	return content, sealed, err
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
