package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
	"kept/internal/subject"
)

const takeJob = "mail.take"

// maxMail bounds a mail that comes in, in bytes.
const maxMail = 25 << 20

// mostUntaken bounds the mails that wait for their handlers. More than that is an
// attack or a handler that is broken; senders are told to come back.
const mostUntaken = 2000

// arrival is a mail as it lies here until it is taken.
type arrival struct {
	id    string // empty: a new one
	local string // as it was written, with what stands behind the +
	from  string // of the envelope; empty for a report
	raw   []byte
}

// knows returns for whom a local part is: what Receive was asked for, and the
// token behind the +. ok is false if nobody takes it.
func (p *Post) knows(local string) (name, token string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handlers[strings.ToLower(local)] != nil {
		return strings.ToLower(local), "", true
	}
	prefix, token, tagged := strings.Cut(local, "+")
	prefix = strings.ToLower(prefix)
	switch {
	case tagged && (p.handlers[prefix+"+"] != nil || prefix+"+" == bounces):
		return prefix + "+", token, true
	case tagged && p.handlers[prefix] != nil:
		return prefix, token, true
	}
	return "", "", false
}

// Bring takes a mail in for those of its recipients that somebody here takes mail
// for, as the receiver does: stored durably once it returns nil. NotFound if
// there is none, Unavailable if too much waits already, TooLarge.
func (p *Post) Bring(ctx context.Context, from string, to []string, raw []byte) error {
	if len(raw) > maxMail {
		return fault.New(fault.TooLarge, "a mail has at most %d bytes", maxMail)
	}
	var all []arrival
	for _, address := range to {
		if local, ok := p.local(address); ok {
			all = append(all, arrival{local: local, from: from, raw: raw})
		}
	}
	if len(all) == 0 {
		return fault.New(fault.NotFound, "nobody takes mail for this address")
	}
	return p.store(ctx, all...)
}

// local returns the local part of an address of ours that somebody takes mail for.
func (p *Post) local(address string) (local string, ok bool) {
	local, domain, ok := Address{Mail: address}.split()
	if !ok {
		return "", false
	}
	if ascii, err := asciiDomain(strings.ToLower(domain)); err != nil || ascii != p.Settings.Domain {
		return "", false
	}
	_, _, ok = p.knows(local)
	return local, ok
}

// store stores mails that came in, all or none. Once it has returned nil they
// survive a power cut.
func (p *Post) store(ctx context.Context, arrivals ...arrival) error {
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var waiting int
		if err := tx.QueryRowContext(ctx, "select count(*) from mail_incoming where done_at is null").Scan(&waiting); err != nil {
			return store.Classify(err)
		}
		if waiting+len(arrivals) > mostUntaken {
			return fault.New(fault.Unavailable, "%d mails that came in wait to be taken; look at the jobs that were set aside", waiting)
		}
		for _, a := range arrivals {
			if err := p.storeOne(ctx, tx, a); err != nil {
				return fmt.Errorf("store a mail that came in: %w", err)
			}
		}
		return nil
	})
}

func (p *Post) storeOne(ctx context.Context, tx *store.Tx, a arrival) error {
	name, _, ok := p.knows(a.local)
	if !ok {
		return fault.New(fault.NotFound, "nobody takes mail for this address")
	}
	if a.id == "" {
		a.id = store.NewID()
	}
	who, from, err := p.sender(ctx, tx, a)
	if err != nil {
		return err
	}
	content, address, err := p.seal(ctx, who, a.id, a.pack(), from, incomingContent, incomingAddress)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	done, err := tx.ExecContext(ctx, `insert into mail_incoming (id, subject, local, arrived_at, size, address, content)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
		a.id, null(who), name, store.At(now), len(a.raw), address, content)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err // it was fetched before
	}
	_, err = p.Jobs.Enqueue(ctx, tx, job.New{Kind: takeJob, Key: a.id, Payload: about{Mail: a.id}})
	return err
}

// sender returns the subject that the sender's address leads to, empty if none
// does, and the address.
func (p *Post) sender(ctx context.Context, tx *store.Tx, a arrival) (who, from string, err error) {
	from = Read(a.raw[:min(len(a.raw), maxHead)]).From.Mail
	if from == "" {
		from = a.from
	}
	normal, err := Normalise(from)
	if err != nil {
		return "", "", nil //nolint:nilerr // a mail without a usable sender is nobody's
	}
	who, err = p.Subjects.Find(ctx, tx, subject.Email, normal)
	if fault.Is(err, fault.NotFound) {
		return "", from, nil
	}
	return who, from, err
}

// pack puts the envelope in front of the mail.
func (a *arrival) pack() []byte {
	head, err := json.Marshal([2]string{a.local, a.from})
	if err != nil {
		panic(err) // texts can be encoded
	}
	return bytes.Join([][]byte{head, a.raw}, []byte("\n"))
}

func unpack(content []byte) (a arrival, err error) {
	head, raw, _ := bytes.Cut(content, []byte("\n"))
	var envelope [2]string
	if err := json.Unmarshal(head, &envelope); err != nil {
		return a, fault.New(fault.Internal, "read a stored mail: %w", err)
	}
	return arrival{local: envelope[0], from: envelope[1], raw: raw}, nil
}

// take is the job: it hands a mail to whoever asked for its address.
func (p *Post) take(ctx context.Context, j job.Job) error {
	var m about
	if err := j.Decode(&m); err != nil {
		return err
	}
	var who string
	var sealed []byte
	var arrived, done store.Time
	err := store.Classify(p.DB.QueryRowContext(ctx, "select coalesce(subject, ''), arrived_at, done_at, content from mail_incoming where id = $1",
		m.Mail).Scan(&who, &arrived, &done, &sealed))
	if fault.Is(err, fault.NotFound) {
		return nil // erased, or past its time
	} else if err != nil {
		return fmt.Errorf("read a mail: %w", err)
	}
	if done.IsZero() {
		plain, err := p.Vault.Open(ctx, contentKey(who, m.Mail), incomingContent, sealed)
		if fault.Is(err, fault.NotFound) {
			return nil // erased a moment ago
		} else if err != nil {
			return fmt.Errorf("open a mail: %w", err)
		}
		if err := p.handOver(ctx, m.Mail, arrived.Time, plain); err != nil {
			return err
		}
		_, err = p.DB.ExecContext(ctx, "update mail_incoming set done_at = $1, content = null where id = $2", store.At(p.Clock.Now()), m.Mail)
		if err != nil {
			return fmt.Errorf("record a mail: %w", store.Classify(err))
		}
	}
	ref := contentKey(who, m.Mail)
	return p.Vault.Destroy(ctx, ref.Subject, ref.Rule)
}

// handOver reads a mail and calls its handler.
func (p *Post) handOver(ctx context.Context, id string, arrived time.Time, content []byte) error {
	a, err := unpack(content)
	if err != nil {
		return err
	}
	r := parse(a.raw)
	in := r.in
	in.ID, in.At, in.DSN = id, arrived, r.bounce(p.Settings.Domain)
	in.Auto = in.Auto || a.from == ""
	if in.From.IsZero() {
		in.From.Mail = a.from
	}
	name, token, ok := p.knows(a.local)
	if !ok {
		return nil // its activity has ended since
	}
	in.Local, in.Token = name, token
	if name == bounces || in.DSN != nil {
		return p.cameBack(ctx, &in)
	}
	p.mu.Lock()
	h := p.handlers[name]
	p.mu.Unlock()
	return h(ctx, in)
}

// cameBack records a report about a mail of ours. What comes to the address of
// reports and is none (an absence note) is dropped.
func (p *Post) cameBack(ctx context.Context, in *Incoming) error {
	if in.DSN == nil {
		return nil
	}
	id := in.DSN.Message
	if in.Local == bounces && store.IsID(in.Token) {
		id = in.Token // the envelope tells more surely than the report
	}
	event := Bounced
	if in.DSN.Complaint {
		event = Complained
	}
	if id == "" || event == Bounced && in.DSN.Action != "failed" {
		return nil
	}
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "update mail_outbox set state = $1, status = $2 where id = $3 and state in ($4, $5)",
			string(event), in.DSN.Status, id, string(Sent), string(Bounced))
		if err != nil {
			return fmt.Errorf("record a bounce: %w", store.Classify(err))
		}
		return p.tell(ctx, tx, notice{Mail: id, Event: event, Status: in.DSN.Status, Hard: in.DSN.Hard})
	})
}
