package contact

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Way is who wrote a message.
type Way string

// The ways.
const (
	ToUs   Way = "in"
	FromUs Way = "out"
)

// State is what became of a mail of ours.
type State string

// The states.
const (
	Waiting  State = "waiting"
	Left     State = "sent"
	Rejected State = "refused"
	CameBack State = "bounced"
)

// Message is one message of a conversation.
type Message struct {
	ID        string       `json:"id"`
	Way       Way          `json:"way"`
	At        time.Time    `json:"at,omitzero"` // zero: the policy does not list the time
	Automatic bool         `json:"automatic,omitempty"`
	LeftOut   int          `json:"left_out,omitempty"` // files and parts that were not kept
	Author    string       `json:"author,omitempty"`   // account of our staff
	Mail      string       `json:"mail,omitempty"`
	State     State        `json:"state,omitempty"`
	Text      string       `json:"text"`
	Sender    string       `json:"sender,omitempty"` // another address than the conversation's
	Reference string       `json:"-"`                // Message-ID of a mail to us
	Files     []Attachment `json:"attachments,omitempty"`

	begins bool   // it is what the conversation began with
	quiet  bool   // no mail says that it arrived
	mark   string // Message-ID by which other mails refer to it
	data   []File // to be stored
}

// Attachment is a file of a message.
type Attachment struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // as its first bytes say, whatever its name does
	Size int64  `json:"size"`
}

// append writes a message and its files. Inserting one of the same id again is an
// error: who takes mails in looks whether they were taken before.
func (c *Correspondence) append(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation, m Message) error {
	if !a.Has(fieldAttachments) {
		m.LeftOut, m.data = m.LeftOut+len(m.data), nil
	}
	field, message, following := fieldCorrespondence, []byte(nil), []byte(nil)
	s := c.env.Sealer(ctx, a, v.Subject)
	if m.begins {
		field = fieldMessage
		message = s.Text(messageTable+".message", field, m.Text)
	} else {
		following = s.Text(messageTable+".correspondence", field, m.Text)
	}
	sender := s.Text(messageTable+".sender", fieldEmail, m.Sender)
	reference := s.Text(messageTable+".reference", fieldCorrespondence, m.Reference)
	if s.Err() != nil {
		return s.Err()
	}
	if m.Text != "" && !a.Has(field) {
		m.LeftOut++
	}
	var mark []byte
	if m.mark != "" {
		mark = c.mailMark(m.mark)
	}
	_, err := tx.ExecContext(ctx, `insert into contact_message (id, conversation, n, way, at, automatic, left_out, author, mail, state, mark, message, correspondence, sender, reference)
		values ($1, $2, (select count(*) from contact_message where conversation = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		m.ID, v.ID, string(m.Way), timed(a, m.At), m.Automatic, m.LeftOut, null(m.Author), null(m.Mail), null(string(m.State)), mark, message, following, sender, reference)
	if err != nil {
		return store.Classify(err)
	}
	return c.attach(ctx, tx, a, v.Subject, m)
}

// attach stores the files of a message.
func (c *Correspondence) attach(ctx context.Context, tx *store.Tx, a *policy.Activity, subject string, m Message) error {
	for n, f := range m.data {
		s := c.env.Sealer(ctx, a, subject)
		name := s.Text(attachmentTable+".name", fieldAttachments, f.Name)
		content := s.Bytes(attachmentTable+".content", fieldAttachments, f.Data)
		if s.Err() != nil {
			return s.Err()
		}
		if content == nil { // an empty file
			content = []byte{}
		}
		_, err := tx.ExecContext(ctx, "insert into contact_attachment (id, message, n, type, size, name, content) values ($1, $2, $3, $4, $5, $6, $7)",
			store.NewID(), m.ID, n, http.DetectContentType(f.Data), len(f.Data), name, content)
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// mailMark recognises a Message-ID without holding it.
func (c *Correspondence) mailMark(id string) []byte { return c.env.Vault.Index("contact/mail", id) }

// timed is a time as it is stored: null unless the policy lists it.
func timed(a *policy.Activity, t time.Time) any {
	if !a.Has(fieldTime) {
		return nil
	}
	return store.At(t)
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// messages returns what was written in a conversation, in its order.
func (c *Correspondence) messages(ctx context.Context, q store.Querier, v Conversation) ([]Message, error) {
	rows, err := q.QueryContext(ctx, `select id, way, at, automatic, left_out, coalesce(author, ''), coalesce(mail, ''), coalesce(state, ''), message, correspondence, sender, reference
		from contact_message where conversation = $1 order by n, id`, v.ID)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []Message
	var cells [][4][]byte
	for rows.Next() {
		var m Message
		var at store.Time
		var cell [4][]byte
		if err := rows.Scan(&m.ID, &m.Way, &at, &m.Automatic, &m.LeftOut, &m.Author, &m.Mail, &m.State, &cell[0], &cell[1], &cell[2], &cell[3]); err != nil {
			return nil, err
		}
		m.At = at.Time
		found, cells = append(found, m), append(cells, cell)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	o := c.env.Opener(ctx, v.Subject)
	for i, cell := range cells {
		m := &found[i]
		m.Text = o.Text(messageTable+".message", cell[0]) + o.Text(messageTable+".correspondence", cell[1])
		m.Sender, m.Reference = o.Text(messageTable+".sender", cell[2]), o.Text(messageTable+".reference", cell[3])
		if m.Files, err = filesOf(ctx, q, o, m.ID); err != nil {
			return nil, err
		}
	}
	return found, o.Err()
}

// filesOf returns what came with a message, without the contents.
func filesOf(ctx context.Context, q store.Querier, o *activity.Opener, message string) ([]Attachment, error) {
	rows, err := q.QueryContext(ctx, "select id, type, size, name from contact_attachment where message = $1 order by n", message)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []Attachment
	var names [][]byte
	for rows.Next() {
		var f Attachment
		var name []byte
		if err := rows.Scan(&f.ID, &f.Type, &f.Size, &name); err != nil {
			return nil, err
		}
		found, names = append(found, f), append(names, name)
	}
	for i := range found {
		found[i].Name = o.Text(attachmentTable+".name", names[i])
	}
	return found, store.Classify(rows.Err())
}

// file returns a file of a conversation with its content; NotFound if there is
// none.
func (c *Correspondence) file(ctx context.Context, q store.Querier, v Conversation, id string) (f Attachment, content []byte, err error) {
	var name, sealed []byte
	err = store.Classify(q.QueryRowContext(ctx, `select id, type, size, name, content from contact_attachment
		where id = $1 and message in (select id from contact_message where conversation = $2)`, id, v.ID).Scan(&f.ID, &f.Type, &f.Size, &name, &sealed))
	if fault.Is(err, fault.NotFound) {
		return f, nil, fault.New(fault.NotFound, "there is no such file; it may be deleted")
	}
	if err != nil {
		return f, nil, fmt.Errorf("read a file: %w", err)
	}
	o := c.env.Opener(ctx, v.Subject)
	f.Name, content = o.Text(attachmentTable+".name", name), o.Bytes(attachmentTable+".content", sealed)
	return f, content, o.Err()
}
