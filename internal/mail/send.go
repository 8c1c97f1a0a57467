package mail

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
)

const sendJob = "mail.send"

// sendOptions let a mail try for about five days, as mail servers do.
var sendOptions = job.Options{Lease: 15 * time.Minute, MaxAttempts: 125, Backoff: 30 * time.Second}

// about names the mail that a job is about.
type about struct {
	Mail string `json:"mail"`
}

// send is the job: it hands one mail to the relay and records what it said.
func (p *Post) send(ctx context.Context, j job.Job) error {
	var a about
	if err := j.Decode(&a); err != nil {
		return err
	}
	var m *Message
	var subject, state string
	var content []byte
	err := store.Classify(p.DB.QueryRowContext(ctx, "select coalesce(subject, ''), state, content from mail_outbox where id = $1", a.Mail).Scan(&subject, &state, &content))
	if fault.Is(err, fault.NotFound) {
		return nil // erased
	} else if err != nil {
		return fmt.Errorf("read a mail: %w", err)
	}
	if Event(state) == queued {
		if m, err = p.unseal(ctx, subject, a.Mail, content); err != nil {
			return fmt.Errorf("open a mail: %w", err)
		}
		if m == nil {
			return nil // erased a moment ago; the row follows
		}
		reply, err := p.offer(ctx, m, a.Mail)
		if err != nil && j.Attempt < sendOptions.MaxAttempts {
			return err
		}
		if reply.temporary() && j.Attempt < sendOptions.MaxAttempts {
			return fault.New(fault.Unavailable, "the mail server asks to come back later: %d %s", reply.Code, reply.Text)
		}
		if err := p.settle(ctx, a.Mail, reply); err != nil {
			return err
		}
	}
	// The key goes after the record: killed in between, the job comes back here.
	ref := contentKey(subject, a.Mail)
	return p.Vault.Destroy(ctx, ref.Subject, ref.Rule)
}

// unseal opens a mail; nil if its key is gone, because the person was erased.
func (p *Post) unseal(ctx context.Context, subject, id string, content []byte) (*Message, error) {
	plain, err := p.Vault.Open(ctx, contentKey(subject, id), outboxContent, content)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var m Message
	if err := json.Unmarshal(plain, &m); err != nil {
		return nil, fault.New(fault.Internal, "read a stored mail: %w", err)
	}
	return &m, nil
}

// offer gives a mail to the relay, unless the person must not be written to any
// more: then it ends here.
func (p *Post) offer(ctx context.Context, m *Message, id string) (Reply, error) {
	switch err := p.wanted(ctx, m); {
	case fault.Is(err, fault.Refused):
		return unwanted(err), nil
	case err != nil:
		return Reply{}, err
	}
	return p.hand(ctx, m, id)
}

// hand gives a mail to the relay.
func (p *Post) hand(ctx context.Context, m *Message, id string) (Reply, error) {
	if p.relay == nil {
		return Reply{}, noRelay()
	}
	e, err := p.envelope(m, id)
	if err != nil {
		return Reply{}, err
	}
	l := p.letterhead()
	body, err := l.write(m, id, p.threadID(m), p.Clock.Now())
	if err != nil {
		return Reply{}, err
	}
	return p.relay.deliver(ctx, e, body)
}

func (p *Post) letterhead() letterhead {
	return letterhead{from: p.Settings.From, domain: p.Settings.Domain, signer: p.Settings.DKIM}
}

// bounces is the local part that reports about a mail come back to.
const bounces = "bounce+"

// envelope says where a mail goes and where it comes back to: to an address of
// its own if something can come in.
func (p *Post) envelope(m *Message, id string) (e envelope, err error) {
	if e.to, e.utf8, err = m.To.wire(); err != nil {
		return e, err
	}
	if p.Receives() {
		e.from = bounces + id + "@" + p.Settings.Domain
		return e, nil
	}
	from := m.From
	if from.IsZero() {
		from = p.Settings.From
	}
	path, utf8, err := from.wire()
	e.from, e.utf8 = path, e.utf8 || utf8
	return e, err
}

// threadID is the Message-ID on which a conversation hangs. No mail has it; mail
// programs show those that refer to it together.
func (p *Post) threadID(m *Message) string {
	if m.Thread == "" {
		return ""
	}
	return "<thread." + hex.EncodeToString(p.Vault.Index("mail/thread", m.Thread)) + "@" + p.Settings.Domain + ">"
}

// settle records how the dispatch of a mail ended, and takes its text away. The
// zero Reply is a relay that did not answer until the last attempt. Listeners are
// told by a job of their own, so that none of them can make a mail leave twice.
func (p *Post) settle(ctx context.Context, id string, r Reply) error {
	event := Refused
	if r.accepted() {
		event = Sent
	}
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var activity string
		err := store.Classify(tx.QueryRowContext(ctx, `update mail_outbox set state = $1, done_at = $2, code = $3, status = $4, said = $5, content = null
			where id = $6 and state = $7 returning activity`,
			string(event), store.At(p.Clock.Now()), r.Code, r.Status, said(r.Text), id, string(queued)).Scan(&activity))
		if fault.Is(err, fault.NotFound) {
			return nil // erased while it left
		} else if err != nil {
			return fmt.Errorf("record a mail: %w", err)
		}
		if _, err := p.Ledger.Append(ctx, tx, "mail."+string(event), map[string]any{"mail": id, "activity": activity, "code": r.Code}); err != nil {
			return err
		}
		return p.tell(ctx, tx, notice{Mail: id, Event: event, Code: r.Code, Status: r.Status, Hard: hardStatus(r.Code, r.Status)})
	})
}
