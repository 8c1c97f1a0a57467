package contactsync

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/carddav"
)

// shelf is an address book that a run works in. A card of ours has a name made of
// its mark, so that others are never read, and one that is written twice is one.
type shelf struct {
	book  *carddav.Book
	owner string // the synchronisation
}

// named begins the names of our cards.
func (s shelf) named() string { return "kept-" + s.owner + "-" }

// nameOf is the name of the card of a person.
func (s shelf) nameOf(mark string) string {
	m, _ := roster.ParseMark(mark)
	return s.named() + m.Person + ".vcf"
}

// Items reads our own cards alone.
func (s shelf) Items(ctx context.Context, each func(run.Item) error) error {
	var names []string
	_, err := s.book.Changes(ctx, "", func(e carddav.Entry) error {
		if strings.HasPrefix(e.Name, s.named()) {
			names = append(names, e.Name)
		}
		return nil
	}, func(string) error { return nil })
	if err != nil {
		return fmt.Errorf("read the cards of a book: %w", err)
	}
	return s.book.Read(ctx, names, func(e carddav.Entry) error { return each(run.Item{ID: e.Name, Mark: carddav.Mark(e.Text)}) })
}

func (s shelf) Look(ctx context.Context, item string) (card.Card, error) {
	e, err := s.book.Get(ctx, item)
	if err != nil {
		return card.Card{}, err
	}
	c, _, err := carddav.Read(item, e.Text)
	return c, err
}

func (s shelf) Find(ctx context.Context, mark string) (string, error) {
	e, err := s.book.Get(ctx, s.nameOf(mark))
	if err == nil && carddav.Mark(e.Text) != mark {
		err = fault.New(fault.NotFound, "no card carries the mark")
	}
	return e.Name, err
}

func (s shelf) Create(ctx context.Context, mark string, c card.Card) (string, error) {
	return s.CreateWhole(ctx, mark, c, nil)
}

// CreateWhole writes a card with its photo at once. One of ours that stands there
// already, because nobody noted it, is written over.
func (s shelf) CreateWhole(ctx context.Context, mark string, c card.Card, jpeg []byte) (string, error) {
	name := s.nameOf(mark)
	uid := strings.TrimSuffix(name, ".vcf")
	fresh := carddav.Fresh(uid, mark, c, jpeg)
	err := s.book.Put(ctx, carddav.Entry{Name: name, Text: fresh})
	if fault.Is(err, fault.Conflict) {
		var e carddav.Entry
		if e, err = s.book.Get(ctx, name); err == nil {
			e.Text = fresh
			err = s.book.Put(ctx, e)
		}
	}
	return name, notDone(err)
}

// tries is how often an edit is made again because somebody was faster.
const tries = 4

// edit changes a card, whatever happens to it meanwhile.
func (s shelf) edit(ctx context.Context, item string, change func(text string) string) error {
	var err error
	for range tries {
		var e carddav.Entry
		if e, err = s.book.Get(ctx, item); err != nil {
			return err
		}
		e.Text = change(e.Text)
		if err = s.book.Put(ctx, e); !fault.Is(err, fault.Conflict) {
			return notDone(err)
		}
	}
	return err
}

func (s shelf) Update(ctx context.Context, item, mark string, c card.Card, fields []string) error {
	return s.edit(ctx, item, func(text string) string { return carddav.Edit(text, mark, c, fields, nil) })
}

func (s shelf) Delete(ctx context.Context, item string) error { return s.book.Delete(ctx, item) }

func (s shelf) SetPhoto(ctx context.Context, item string, jpeg []byte) error {
	return s.edit(ctx, item, func(text string) string {
		return carddav.Edit(text, carddav.Mark(text), card.Card{}, nil, jpeg)
	})
}

// Changes asks what changed, and then for the content of what is ours among it.
func (s shelf) Changes(ctx context.Context, since string, ours func(string) bool, each func(run.Seen) error, gone func(string) error) (string, error) {
	var names []string
	next, err := s.book.Changes(ctx, since, func(e carddav.Entry) error {
		if ours(e.Name) {
			names = append(names, e.Name)
		}
		return nil
	}, gone)
	if errors.Is(err, carddav.ErrExpired) {
		return "", run.ErrExpired
	}
	if err != nil {
		return "", err
	}
	return next, s.book.Read(ctx, names, func(e carddav.Entry) error {
		c, photo, err := carddav.Read(e.Name, e.Text)
		if err != nil { // its owner broke it: it is written anew
			return gone(e.Name)
		}
		return each(run.Seen{ID: e.Name, Card: c, Photo: func(context.Context) ([]byte, error) {
			if len(photo) == 0 {
				return nil, fault.New(fault.NotFound, "the card has no photo")
			}
			return photo, nil
		}})
	})
}

// notDone says in the run's words that it is not known whether a call was carried
// out.
func notDone(err error) error {
	if errors.Is(err, carddav.ErrUnclear) {
		return fmt.Errorf("%w: %w", run.ErrUnclear, err)
	}
	return err
}

// cards returns a client of a connection to a CardDAV server.
func (y *Synchroniser) cards(key string, c Connection) (*carddav.Client, error) {
	config := carddav.Config{URL: c.URL, Account: c.Account, Password: c.Password.Reveal, Limiter: y.limiter, Clock: y.env.Clock}
	if _, err := carddav.New(config); err != nil {
		return nil, fmt.Errorf("connections.%s: %w", key, err)
	}
	way, err := y.way(key, c)
	if err != nil {
		return nil, err
	}
	config.Transport = way
	return carddav.New(config)
}

// onShelves is the place of a target on a CardDAV server. Its mailboxes are paths of
// address books below the connection's address, or of who owns them if the target
// names a folder: then the book lies in it and is made.
func (y *Synchroniser) onShelves(s Sync, key string, c Connection) (place, error) {
	client, err := y.cards(key, c)
	if err != nil {
		return place{}, err
	}
	at := func(folder string) shelf { return shelf{client.Book(folder), owner(s)} }
	return place{
		takes: carddav.Limits, pace: roster.Outlook, atOnce: roster.Outlook.AtOnce, exact: true,
		at: func(_, folder string) run.Mailbox { return at(folder) },
		reach: func(ctx context.Context, address string) error {
			err := client.Book(address).Is(ctx)
			if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) { // a book of ours is made there
				return nil
			}
			return err
		},
		open: func(ctx context.Context, address, _, name string) (run.Mailbox, string, bool, error) {
			if name == "" {
				return at(address), address, false, client.Book(address).Is(ctx)
			}
			folder := path.Join(address, slug(name))
			made, err := client.Book(folder).Make(ctx, name)
			return at(folder), folder, made, err
		},
		clear: func(ctx context.Context, _, folder string) (bool, error) { return client.Book(folder).RemoveEmpty(ctx) },
	}, nil
}

// slug is a name as a part of a path.
func slug(name string) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
	return "kept-" + strings.Trim(text, "-")
}

// library is an address book as a source of contacts.
type library struct {
	book   *carddav.Book
	photos map[string][]byte // by name, of what was read
}

func (l *library) read(ctx context.Context, since string, each func(roster.Entry) error, gone func(string) error) (string, error) {
	l.photos = map[string][]byte{}
	var names []string
	next, err := l.book.Changes(ctx, since, func(e carddav.Entry) error { names = append(names, e.Name); return nil }, gone)
	if errors.Is(err, carddav.ErrExpired) {
		err = errExpired
	}
	if err != nil {
		return "", err
	}
	return next, l.book.Read(ctx, names, func(e carddav.Entry) error {
		c, photo, err := carddav.Read(e.Name, e.Text)
		if err != nil {
			return err
		}
		l.photos[e.Name] = photo
		return each(roster.Entry{ID: e.Name, Card: c, Groups: c.Categories})
	})
}

func (l *library) photo(ctx context.Context, id, known string) ([]byte, string, error) {
	raw, read := l.photos[id]
	if !read {
		e, err := l.book.Get(ctx, id)
		if err == nil {
			_, raw, err = carddav.Read(id, e.Text)
		}
		if err != nil {
			return nil, "", err
		}
	}
	return tagged(raw, known)
}
