package contact

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// Shelf is a part of the inbox.
type Shelf string

// The shelves.
const (
	Standing Shelf = "open"
	Mine     Shelf = "mine"
	Ended    Shelf = "concluded"
)

// shelved returns the condition for a shelf; account is $1.
func shelved(s Shelf) string {
	const mine = "($1 = '' or assigned = $1)"
	switch s {
	case Mine:
		return mine + " and concluded_at is null order by waits desc, last_at"
	case Ended:
		return "$1 = $1 and concluded_at is not null order by concluded_at desc"
	}
	return "$1 = $1 and concluded_at is null order by waits desc, last_at"
}

// mostListed is how many correspondences a list shows.
const mostListed = 200

// List returns the correspondences of a shelf without the people: those that wait
// for an answer first.
func (c *Correspondence) List(ctx context.Context, s Shelf, account string, limit int) ([]Conversation, error) {
	found, _, err := where(ctx, c.env.DB, fmt.Sprintf("%s limit %d", shelved(s), limit), account)
	if err != nil {
		return nil, fmt.Errorf("list correspondences: %w", err)
	}
	return found, nil
}

// Inbox returns the correspondences of a shelf with the people. That somebody saw
// them is in the ledger.
func (c *Correspondence) Inbox(ctx context.Context, s Shelf, account string) (found []Conversation, err error) {
	found, err = c.opened(ctx, c.env.DB, fmt.Sprintf("%s limit %d", shelved(s), mostListed), account)
	if err == nil && len(found) > 0 {
		err = c.saw(ctx, leafListed, account, len(found))
	}
	if err != nil {
		return nil, fmt.Errorf("list correspondences: %w", err)
	}
	return found, nil
}

// saw writes into the ledger that somebody saw what several people wrote.
func (c *Correspondence) saw(ctx context.Context, leaf, by string, number int) error {
	return c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := c.env.Ledger.Append(ctx, tx, leaf, map[string]any{"by": by, "count": number})
		return err
	})
}

// mostScanned bounds a search for words, in correspondences: each is opened for
// it.
const mostScanned = 1000

// Found is the outcome of a search.
type Found struct {
	Conversations []Conversation
	Scanned       int  // that were read for the words
	More          bool // there are older ones that were not
}

// Search finds correspondences by the address of whoever writes, or by words: then
// the latest are opened and read. That somebody searched is in the ledger, not what
// for.
func (c *Correspondence) Search(ctx context.Context, text, by string) (f Found, err error) {
	if address, err := mail.Normalise(text); err == nil {
		f.Conversations, err = c.ofAddress(ctx, address)
		if err != nil {
			return f, fmt.Errorf("search correspondences: %w", err)
		}
	} else if f, err = c.scan(ctx, strings.Fields(strings.ToLower(text))); err != nil {
		return f, fmt.Errorf("search correspondences: %w", err)
	}
	return f, c.saw(ctx, leafSearched, by, len(f.Conversations))
}

func (c *Correspondence) ofAddress(ctx context.Context, address string) ([]Conversation, error) {
	who, err := c.env.Subjects.Find(ctx, c.env.DB, subject.Email, address)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.opened(ctx, c.env.DB, "subject = $1 order by last_at desc", who)
}

// scan opens the latest correspondences and looks for all of the words.
func (c *Correspondence) scan(ctx context.Context, words []string) (f Found, err error) {
	if len(words) == 0 {
		return f, nil
	}
	all, err := c.opened(ctx, c.env.DB, fmt.Sprintf("1 = 1 order by last_at desc limit %d", mostScanned+1))
	if err != nil {
		return f, err
	}
	if f.More = len(all) > mostScanned; f.More {
		all = all[:mostScanned]
	}
	for _, v := range all {
		f.Scanned++
		if v.Restricted {
			continue
		}
		messages, err := c.messages(ctx, c.env.DB, v)
		if err != nil {
			return f, err
		}
		if holds(v, messages, words) {
			f.Conversations = append(f.Conversations, v)
		}
	}
	return f, nil
}

func holds(v Conversation, messages []Message, words []string) bool {
	texts := []string{v.First, v.Last, v.Email, v.Phone, v.Company, v.Title}
	for _, m := range messages {
		texts = append(texts, m.Text)
		for _, f := range m.Files {
			texts = append(texts, f.Name)
		}
	}
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, word := range words {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// View is one correspondence with everything in it.
type View struct {
	Conversation
	Ends     time.Time `json:"ends,omitzero"` // when it counts as concluded if nobody writes
	Written  []Message `json:"written,omitempty"`
	Notes    []Noted   `json:"notes,omitempty"`
	HasNotes bool      `json:"-"` // the policy lists them
}

// Noted is a note of staff.
type Noted struct {
	At     time.Time `json:"at,omitzero"`
	Author string    `json:"author"`
	Text   string    `json:"text"`
}

// Look opens a correspondence. That somebody did is in the ledger before it is
// shown. Of a person whose data is restricted it shows that there is one, and
// nothing of what was written.
func (c *Correspondence) Look(ctx context.Context, id, by string) (View, error) {
	return c.look(ctx, id, by, leafOpened)
}

func (c *Correspondence) look(ctx context.Context, id, by, leaf string) (v View, err error) {
	found, err := c.opened(ctx, c.env.DB, "id = $1", id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no such correspondence; it may be deleted")
	}
	if err != nil {
		return v, fmt.Errorf("open a correspondence: %w", err)
	}
	v.Conversation = found[0]
	v.Ends = c.Ends(v.Conversation)
	if v.Restricted {
		return v, nil
	}
	err = c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return c.note(ctx, tx, leaf, v.ID, by) })
	if err == nil {
		v.Written, err = c.messages(ctx, c.env.DB, v.Conversation)
	}
	if err == nil {
		v.Notes, err = c.notes(ctx, v.Conversation)
	}
	if err != nil {
		return v, fmt.Errorf("open a correspondence: %w", err)
	}
	a := c.env.Policy().Activity(v.Activity)
	v.HasNotes = a != nil && a.Has(fieldNotes)
	return v, nil
}

func (c *Correspondence) notes(ctx context.Context, v Conversation) ([]Noted, error) {
	rows, err := c.env.DB.QueryContext(ctx, "select at, author, note from contact_note where conversation = $1 order by n, id", v.ID)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []Noted
	o := c.env.Opener(ctx, v.Subject)
	for rows.Next() {
		var n Noted
		var at store.Time
		var sealed []byte
		if err := rows.Scan(&at, &n.Author, &sealed); err != nil {
			return nil, err
		}
		n.At, n.Text = at.Time, o.Text(noteTable+".note", sealed)
		found = append(found, n)
	}
	if o.Err() != nil {
		return nil, o.Err()
	}
	return found, store.Classify(rows.Err())
}

// File returns a file of a correspondence, and writes into the ledger who got it.
func (c *Correspondence) File(ctx context.Context, conversation, id, by string) (f Attachment, content []byte, err error) {
	err = c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := c.acting(ctx, tx, conversation)
		if err != nil {
			return err
		}
		if f, content, err = c.file(ctx, tx, v, id); err != nil {
			return err
		}
		return c.note(ctx, tx, leafDownloaded, v.ID, by)
	})
	if err != nil {
		return f, nil, fmt.Errorf("hand out a file: %w", err)
	}
	return f, content, nil
}
