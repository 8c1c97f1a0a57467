package contactsync

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/remote/card"
	"kept/internal/store"
)

// errExpired says that a source does not know any more what changed since it was
// read: everything is read again.
var errExpired = errors.New("everything has to be read again")

// reader reads a source.
type reader interface {
	// read calls each with what changed since a token of an earlier reading, with
	// everything if it is empty, and returns the token for the next time, empty if
	// the source has none: then it is always read in full.
	read(ctx context.Context, since string, each func(roster.Entry) error, gone func(id string) error) (next string, err error)
	// photo returns a contact's photo and a tag that changes with it, NotFound if
	// there is none. With the tag that is known it may return nil: nothing changed.
	photo(ctx context.Context, id, known string) (raw []byte, tag string, err error)
}

// photosEvery is how often all photos of a source are looked at: directories do not
// tell that one changed.
const photosEvery = 24 * time.Hour

// most is how many entries are stored in one transaction.
const most = 200

// gather reads every source of a synchronisation and keeps what changed. Who left is noted
// and kept still: whether all of them may go at once is seen when the mailboxes are counted.
func (y *Synchroniser) gather(ctx context.Context, a *policy.Activity, s Sync) error {
	known, err := y.entries(ctx, s)
	if err != nil {
		return err
	}
	g := &gathering{y: y, entry: a, sync: s}
	for _, name := range slices.Sorted(maps.Keys(s.Setup.Sources)) {
		if known[name] == nil {
			known[name] = map[string]stored{}
		}
		if err := g.source(ctx, name, known[name]); err != nil {
			return &unread{name, err}
		}
	}
	return g.removed(ctx, known)
}

// gathering is one reading of all sources.
type gathering struct {
	y     *Synchroniser
	entry *policy.Activity
	sync  Sync
	last  int64 // highest number of a person, while it is ours to count on
	ours  bool

	waiting []func(ctx context.Context, tx *store.Tx) error
}

// next is a number that no person has had: contacts in mailboxes are told apart by it, and
// that of somebody who left may still stand in one that could not be reached. Until the
// transaction ends nobody else counts on: a plan may read the sources beside a run.
func (g *gathering) next(ctx context.Context, tx *store.Tx) (int64, error) {
	if !g.ours {
		err := tx.QueryRowContext(ctx, "update sync_setup set last_person = last_person where id = $1 returning last_person", g.sync.ID).Scan(&g.last)
		if err != nil {
			return 0, store.Classify(err)
		}
		g.ours = true
	}
	g.last++
	return g.last, nil
}

// source reads one source.
func (g *gathering) source(ctx context.Context, name string, known map[string]stored) error {
	r, err := g.y.reader(ctx, g.sync, name)
	if err != nil {
		return err
	}
	if open, ok := r.(io.Closer); ok { // what was read is read: nothing can be lost
		defer open.Close()
	}
	since, photos, err := g.reached(ctx, name)
	if err != nil {
		return err
	}
	now := g.y.env.Clock.Now()
	all := g.sync.Setup.Sources[name].Photos && g.entry.Has("photo") && now.Sub(photos.Time) >= photosEvery
	next, err := g.read(ctx, r, name, since, known)
	if errors.Is(err, errExpired) {
		next, err = g.read(ctx, r, name, "", known)
	}
	if err != nil {
		return err
	}
	if all {
		if err := g.photos(ctx, r, name, known); err != nil {
			return err
		}
		photos = store.At(now)
	}
	return g.reaches(ctx, name, next, now, photos)
}

const sealedToken = sourceTable + ".token"

// reached is how far a source has been read: the token for what changed since, and when
// its photos were looked at.
func (g *gathering) reached(ctx context.Context, name string) (since string, photos store.Time, err error) {
	var sealed []byte
	err = g.y.env.DB.QueryRowContext(ctx, "select token, photos_at from sync_source where setup = $1 and source = $2", g.sync.ID, name).Scan(&sealed, &photos)
	if err = store.Classify(err); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = nil
		}
		return "", photos, err
	}
	open := g.y.env.Opener(ctx, g.sync.Customer)
	list, since, _ := strings.Cut(open.Text(sealedToken, sealed), "\n")
	if list != g.sync.Setup.list(name) { // it is another one since: it is read in full
		return "", store.Time{}, open.Err()
	}
	return since, photos, open.Err()
}

// reaches notes how far a source has been read. A token is a link that may name a
// mailbox: it lies sealed.
func (g *gathering) reaches(ctx context.Context, name, next string, now time.Time, photos store.Time) error {
	seal := g.y.env.Sealer(ctx, g.entry, g.sync.Customer)
	sealed := seal.Text(sealedToken, "", g.sync.Setup.list(name)+"\n"+next)
	if seal.Err() != nil {
		return seal.Err()
	}
	return g.y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into sync_source (setup, source, token, read_at, photos_at) values ($1, $2, $3, $4, $5)
			on conflict (setup, source) do update set token = excluded.token, read_at = excluded.read_at, photos_at = excluded.photos_at`,
			g.sync.ID, name, sealed, store.At(now), photos)
		return store.Classify(err)
	})
}

// read keeps what changed in a source. After a full reading what was not seen is
// gone.
func (g *gathering) read(ctx context.Context, r reader, name, since string, known map[string]stored) (string, error) {
	seen := map[string]bool{}
	next, err := r.read(ctx, since, func(e roster.Entry) error {
		e.Source = name
		seen[e.ID] = true
		return g.changed(ctx, r, e, known)
	}, func(id string) error {
		return g.forget(ctx, id, known)
	})
	if err == nil && since == "" {
		for id := range known {
			if !seen[id] {
				err = errors.Join(err, g.forget(ctx, id, known))
			}
		}
	}
	return next, errors.Join(err, g.flush(ctx))
}

// changed keeps an entry with its photo. A photo that cannot be had leaves the one
// that is known.
func (g *gathering) changed(ctx context.Context, r reader, e roster.Entry, known map[string]stored) error {
	was := known[e.ID]
	tag := was.Tag
	e.Card.Photo = was.Card.Photo
	if g.sync.Setup.Sources[e.Source].Photos && g.entry.Has("photo") && was.Row == "" {
		photo, now, err := g.photo(ctx, r, e.ID, "")
		if err != nil {
			return err
		}
		e.Card.Photo, tag = photo, now
	}
	return g.later(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := g.y.keep(ctx, tx, g.entry, g.sync, e, tag, known, g.next)
		return err
	})
}

// photos looks at the photo of every entry of a source.
func (g *gathering) photos(ctx context.Context, r reader, name string, known map[string]stored) error {
	for _, id := range slices.Sorted(maps.Keys(known)) {
		e := known[id]
		if e.Leaving {
			continue
		}
		photo, tag, err := g.photo(ctx, r, id, e.Tag)
		if err != nil {
			return err
		}
		if tag == e.Tag {
			continue
		}
		e.Card.Photo = photo
		err = g.later(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := g.y.keep(ctx, tx, g.entry, g.sync, e.Entry, tag, known, g.next)
			return err
		})
		if err != nil {
			return err
		}
	}
	return g.flush(ctx)
}

// photo fetches a photo, makes it small and stores it once. Nil: there is none.
func (g *gathering) photo(ctx context.Context, r reader, id, known string) (*card.Photo, string, error) {
	raw, tag, err := r.photo(ctx, id, known)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, "", nil
	case err != nil:
		return nil, "", err
	case raw == nil:
		return nil, known, nil
	}
	small, sum, err := picture(raw)
	if err != nil { // what is no picture is none
		return nil, tag, nil
	}
	return &card.Photo{Sum: sum}, tag, g.later(ctx, func(ctx context.Context, tx *store.Tx) error {
		return g.y.keepPhoto(ctx, tx, g.entry, g.sync, sum, small)
	})
}

func (y *Synchroniser) keepPhoto(ctx context.Context, tx *store.Tx, a *policy.Activity, s Sync, sum string, small []byte) error {
	seal := y.env.Sealer(ctx, a, s.Customer)
	sealed := seal.Bytes(photoTable+".photo", "photo", small)
	if seal.Err() != nil || sealed == nil {
		return seal.Err()
	}
	_, err := tx.ExecContext(ctx, "insert into sync_photo (id, setup, sum, size, photo) values ($1, $2, $3, $4, $5) on conflict (setup, sum) do nothing",
		store.NewID(), s.ID, sum, len(small), sealed)
	return store.Classify(err)
}

// forget notes that an entry is in its source no longer.
func (g *gathering) forget(ctx context.Context, id string, known map[string]stored) error {
	e, there := known[id]
	if !there || e.Leaving {
		return nil
	}
	e.Leaving = true
	known[id] = e
	return g.later(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "update sync_entry set leaving = $1 where id = $2", true, e.Row)
		return store.Classify(err)
	})
}

// later has act run with many others in one transaction.
func (g *gathering) later(ctx context.Context, act func(context.Context, *store.Tx) error) error {
	g.waiting = append(g.waiting, act)
	if len(g.waiting) < most {
		return nil
	}
	return g.flush(ctx)
}

func (g *gathering) flush(ctx context.Context) error {
	acts := g.waiting
	g.waiting = nil
	if len(acts) == 0 {
		return nil
	}
	return g.y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		g.ours = false
		for _, act := range acts {
			if err := act(ctx, tx); err != nil {
				return err
			}
		}
		if !g.ours {
			return nil
		}
		_, err := tx.ExecContext(ctx, "update sync_setup set last_person = $1 where id = $2", g.last, g.sync.ID)
		return store.Classify(err)
	})
}

// removed forgets the entries of sources that the set-up no longer has.
func (g *gathering) removed(ctx context.Context, known map[string]map[string]stored) error {
	for name, entries := range known {
		if _, still := g.sync.Setup.Sources[name]; still {
			continue
		}
		for id := range entries {
			if err := g.forget(ctx, id, entries); err != nil {
				return err
			}
		}
	}
	return g.flush(ctx)
}
