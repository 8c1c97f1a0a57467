package contact

import (
	"context"
	"encoding/json"
	"fmt"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Take stores a message that came by the form, durably once it returns; a job does
// the rest. It neither knows nor tells whether the address is known. The same form
// is taken once: number is its own, and a second time nothing happens.
func (c *Correspondence) Take(ctx context.Context, a *policy.Activity, e Entered, number []byte) error {
	e.only(a)
	if err := e.check(a); err != nil {
		return err
	}
	e.At = c.env.Clock.Now()
	plain, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("take a message: %w", err)
	}
	id := store.NewID()
	sealed, err := c.env.Vault.Seal(ctx, arrivalKey(id), requestTable+".content", plain)
	if err != nil {
		return fmt.Errorf("take a message: %w", err)
	}
	fresh := false
	err = c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if fresh, err = c.spend(ctx, tx, number); err != nil || !fresh {
			return err
		}
		_, err = tx.ExecContext(ctx, "insert into contact_request (id, activity, received_at, content) values ($1, $2, $3, $4)", id, a.Key, store.At(e.At), sealed)
		if err != nil {
			return store.Classify(err)
		}
		_, err = c.env.Jobs.Enqueue(ctx, tx, job.New{Kind: takeJob, Key: id, Payload: pending{id}})
		return err
	})
	if err != nil {
		return fmt.Errorf("take a message: %w", err)
	}
	if !fresh {
		return c.env.Vault.Destroy(ctx, id)
	}
	return nil
}

// pending names the message that a job is about.
type pending struct {
	Request string `json:"request"`
}

// take is the job: it finds out whose message it is and begins a conversation.
func (c *Correspondence) take(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		key, e, err := c.arrival(ctx, tx, p.Request)
		if fault.Is(err, fault.NotFound) { // taken before
			return nil
		}
		if err != nil {
			return err
		}
		if a, err := c.entry(key); err == nil {
			if err := c.settle(ctx, tx, a, p.Request, e); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "delete from contact_request where id = $1", p.Request)
		return store.Classify(err)
	})
	if err != nil {
		return fmt.Errorf("take a message: %w", err)
	}
	var anonymous bool // then it is its own subject, and the key is the conversation's
	err = c.env.DB.QueryRowContext(ctx, "select exists (select 1 from contact_conversation where subject = $1)", p.Request).Scan(&anonymous)
	if err != nil || anonymous {
		return store.Classify(err)
	}
	return c.env.Vault.Destroy(ctx, p.Request)
}

func (c *Correspondence) arrival(ctx context.Context, tx *store.Tx, id string) (activity string, e Entered, err error) {
	var sealed []byte
	err = store.Classify(tx.QueryRowContext(ctx, "select activity, content from contact_request where id = $1", id).Scan(&activity, &sealed))
	if err != nil {
		return "", e, err
	}
	plain, err := c.env.Vault.Open(ctx, arrivalKey(id), requestTable+".content", sealed)
	if err != nil {
		return "", e, err
	}
	return activity, e, json.Unmarshal(plain, &e)
}

// settle begins the conversation of a message, and acknowledges it.
func (c *Correspondence) settle(ctx context.Context, tx *store.Tx, a *policy.Activity, id string, e Entered) error {
	e.only(a) // the policy may have changed since
	v := Conversation{ID: store.NewID(), Activity: a.Key, Source: e.Source, Language: e.Language, Opened: e.At, Waits: true,
		Person: Person{First: e.First, Last: e.Last, Email: e.Email, Phone: e.Phone, Company: e.Company, Title: e.Subject}}
	m := Message{ID: store.NewID(), Way: ToUs, At: e.At, Text: e.Message, data: e.Files, begins: true, quiet: e.Quiet}
	return c.begin(ctx, tx, a, v, m, id)
}

// begin writes a conversation with its first message. Without an address nobody
// can tell whose it is: then it is a subject of its own, called otherwise.
func (c *Correspondence) begin(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation, m Message, otherwise string) (err error) {
	v.Subject = otherwise
	if v.Email != "" {
		if v.Subject, err = c.whose(ctx, tx, v.Email); err != nil {
			return err
		}
	}
	if err := c.insert(ctx, tx, a, v); err != nil {
		return err
	}
	if err := c.append(ctx, tx, a, v, m); err != nil {
		return err
	}
	if m.Automatic {
		return nil
	}
	if err := c.tell(ctx, tx, a); err != nil {
		return err
	}
	if m.quiet {
		return nil
	}
	return c.acknowledge(ctx, tx, a, v)
}

// crowded counts a mail that says to an address that something arrived from it; true
// if so many were asked for in this hour that none is written.
func (c *Correspondence) crowded(ctx context.Context, a *policy.Activity, email string) bool {
	return email != "" && c.env.Mail.Stranger(ctx, a.Key) != nil
}

func (c *Correspondence) whose(ctx context.Context, tx *store.Tx, email string) (string, error) {
	address, err := mail.Normalise(email)
	if err != nil {
		return "", err
	}
	who, _, err := c.env.Subjects.Ensure(ctx, tx, subject.Email, address)
	return who, err
}
