package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base32"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy/period"
)

const fetchJob = "mail.fetch"

// Bounds of one look into the mailbox.
const (
	fetchEvery = time.Minute
	fetchMost  = 200 // mails
	fetchTime  = 5 * time.Minute
)

// schedule has the mailbox looked into, if there is one. Nodes share the work.
func (p *Post) schedule() {
	if p.Settings.Mailbox == nil {
		return
	}
	p.Jobs.Every(fetchJob, period.Period{Clock: fetchEvery}, func(ctx context.Context, _ job.Job) error {
		_, err := p.Fetch(ctx)
		return err
	}, job.Options{Lease: 2 * fetchTime})
}

// Fetch takes what is new in the mailbox and returns how many mails that were. A
// mail that is stored here is deleted there: the period that a policy promises
// would mean nothing otherwise. What nobody here takes stays there, as seen.
func (p *Post) Fetch(ctx context.Context) (taken int, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	box, err := p.openMailbox(ctx)
	if err != nil {
		return 0, fmt.Errorf("look into the mailbox: %w", err)
	}
	defer box.close()
	uids, err := box.unseen()
	if err != nil {
		return 0, fmt.Errorf("look into the mailbox: %w", err)
	}
	for _, uid := range uids[:min(len(uids), fetchMost)] {
		stored, err := p.fetchOne(ctx, box, uid)
		if err != nil {
			return taken, fmt.Errorf("take a mail out of the mailbox: %w", err)
		}
		if stored {
			taken++
		}
	}
	return taken, nil
}

// folder is one of a mailbox that is open.
type folder struct {
	client *imapclient.Client
	name   string // of the folder and its generation: a uid is unique under it
	stop   func() bool
}

func (p *Post) openMailbox(ctx context.Context) (_ *folder, err error) {
	s := p.Settings.Mailbox
	conn, err := p.Dial(ctx, "mailbox", "tcp", s.Address())
	if err != nil {
		return nil, err
	}
	b := &folder{stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	defer func() {
		if err != nil {
			b.stop()
			_ = conn.Close() // the first error counts
		}
	}()
	if b.client, err = converse(ctx, s, conn); err != nil {
		return nil, err
	}
	if err := b.client.Login(s.User, s.Password.Reveal()).Wait(); err != nil {
		return nil, fault.New(fault.Unavailable, "the mailbox refuses user or password: %w", err)
	}
	inbox := s.Folder
	if inbox == "" {
		inbox = "INBOX"
	}
	selected, err := b.client.Select(inbox, nil).Wait()
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the folder %q cannot be opened: %w", inbox, err)
	}
	b.name = fmt.Sprintf("%s/%s/%d", s.Host, inbox, selected.UIDValidity)
	return b, nil
}

// converse begins an IMAP conversation, in the clear only where the operator
// allows it.
func converse(ctx context.Context, s *Server, conn net.Conn) (*imapclient.Client, error) {
	options := &imapclient.Options{TLSConfig: s.config()}
	switch {
	case s.TLS:
		secured := tls.Client(conn, s.config())
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, fault.New(fault.Unavailable, "TLS with the mailbox's server failed; check its certificate and name: %w", err)
		}
		return imapclient.New(secured, options), nil
	case s.Plain:
		return imapclient.New(conn, options), nil
	}
	client, err := imapclient.NewStartTLS(conn, options)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the mailbox's server offers no TLS that works; use imaps://: %w", err)
	}
	return client, nil
}

func (b *folder) close() {
	_ = b.client.Logout().Wait() // what was taken is deleted already
	b.stop()
	_ = b.client.Close()
}

func (b *folder) unseen() ([]imap.UID, error) {
	found, err := b.client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return nil, fault.New(fault.Unavailable, "search for new mail: %w", err)
	}
	return found.AllUIDs(), nil
}

// fetchOne stores one mail here and deletes it there.
func (p *Post) fetchOne(ctx context.Context, b *folder, uid imap.UID) (stored bool, err error) {
	raw, err := b.read(uid)
	if err != nil {
		return false, err
	}
	local, ok := p.addressee(raw)
	if !ok {
		return false, b.flag(uid, imap.FlagSeen)
	}
	err = p.store(ctx, arrival{id: b.id(uid), local: local, from: returnPath(raw), raw: raw})
	if err != nil {
		return false, err
	}
	return true, b.remove(uid)
}

// id is the same for the same mail, so that one which could not be deleted is
// taken once.
func (b *folder) id(uid imap.UID) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", b.name, uid))
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// read returns a mail, nil if it is larger than what is taken.
func (b *folder) read(uid imap.UID) ([]byte, error) {
	set := imap.UIDSetNum(uid)
	sizes, err := b.client.Fetch(set, &imap.FetchOptions{RFC822Size: true, UID: true}).Collect()
	if err != nil || len(sizes) == 0 {
		return nil, lostMail(err)
	}
	if sizes[0].RFC822Size > maxMail {
		return nil, nil
	}
	section := &imap.FetchItemBodySection{Peek: true}
	fetched := b.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	defer fetched.Close()
	var raw []byte
	for m := fetched.Next(); m != nil; m = fetched.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil {
				continue
			}
			if raw, err = io.ReadAll(io.LimitReader(body.Literal, maxMail)); err != nil {
				return nil, lostMail(err)
			}
		}
	}
	if err := fetched.Close(); err != nil {
		return nil, lostMail(err)
	}
	return raw, nil
}

func lostMail(err error) error {
	return fault.New(fault.Unavailable, "the mailbox's server does not hand out a mail: %w", err)
}

func (b *folder) flag(uid imap.UID, flags ...imap.Flag) error {
	err := b.client.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close()
	if err != nil {
		return fault.New(fault.Unavailable, "mark a mail in the mailbox: %w", err)
	}
	return nil
}

func (b *folder) remove(uid imap.UID) error {
	if err := b.flag(uid, imap.FlagSeen, imap.FlagDeleted); err != nil {
		return err
	}
	expunge := b.client.Expunge
	if b.client.Caps().Has(imap.CapUIDPlus) {
		expunge = func() *imapclient.ExpungeCommand { return b.client.UIDExpunge(imap.UIDSetNum(uid)) }
	}
	if err := expunge().Close(); err != nil {
		return fault.New(fault.Unavailable, "delete a mail in the mailbox: %w", err)
	}
	return nil
}

// addressee returns the local part that a mail in the mailbox is for: where it
// was delivered to if the server says so, else the first of its recipients that
// somebody here takes. A report about a mail of ours is for the reports.
func (p *Post) addressee(raw []byte) (local string, ok bool) {
	if len(raw) == 0 {
		return "", false
	}
	var candidates []string
	if h, err := mail.ReadMessage(strings.NewReader(string(raw[:min(len(raw), maxHead)]))); err == nil {
		for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To"} {
			candidates = append(candidates, h.Header[name]...)
		}
	}
	for _, a := range Read(raw[:min(len(raw), maxHead)]).To {
		candidates = append(candidates, a.Mail)
	}
	for _, c := range candidates {
		if local, known := p.local(strings.Trim(strings.TrimSpace(c), "<>")); known {
			return local, true
		}
	}
	if r := parse(raw); r.bounce(p.Settings.Domain) != nil {
		return bounces, true
	}
	return "", false
}

// returnPath is the envelope's sender as the server noted it; what notes none is
// taken for a person's.
func returnPath(raw []byte) string {
	h, err := mail.ReadMessage(strings.NewReader(string(raw[:min(len(raw), maxHead)])))
	if err != nil {
		return ""
	}
	if path, noted := h.Header["Return-Path"]; noted && len(path) > 0 {
		return strings.Trim(strings.TrimSpace(path[0]), "<>")
	}
	return Read(raw[:min(len(raw), maxHead)]).From.Mail
}
