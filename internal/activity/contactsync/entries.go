package contactsync

import (
	"context"
	"fmt"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/policy"
	"kept/internal/remote/card"
	"kept/internal/store"
)

// Only what the policy lists is kept of a contact: a part whose field is not listed
// is dropped before anything is compared or stored.

// parts are the fields of the language with the parts of a card that they hold.
var parts = map[string][]string{
	"name":       {"prefix", "first", "middle", "last", "suffix", "display", "nickname"},
	"company":    {"company"},
	"department": {"department", "office", "manager"},
	"job_title":  {"title"},
	"emails":     {"emails"},
	"phones":     {"phones"},
	"address":    {"addresses"},
	"website":    {"website"},
	"birthday":   {"birthday"},
	"note":       {"note", "categories"},
	"photo":      {"photo"},
}

// cardFields are the columns of a stored card, in the order of the table.
var cardFields = []string{"name", "company", "department", "job_title", "emails", "phones", "address", "website", "birthday", "note"}

// listed returns the card without what the policy does not list.
func listed(a *policy.Activity, c card.Card) card.Card {
	for field, names := range parts {
		if a.Has(field) {
			continue
		}
		for _, name := range names {
			roster.Empty(&c, name)
		}
	}
	return c
}

// only returns of a card what one field holds.
func only(c card.Card, field string) card.Card {
	keep := map[string]bool{}
	for _, name := range parts[field] {
		keep[name] = true
	}
	for _, name := range roster.Fields {
		if !keep[name] {
			roster.Empty(&c, name)
		}
	}
	return c
}

// stored is an entry as it is kept.
type stored struct {
	roster.Entry
	Row    string
	Person int64
	Hash   string
	Tag    string // of the photo at the source

	Leaving bool // it is in the source no longer
}

// keep stores an entry of a source: a new one, or what changed of a known one. It
// reports whether anything did.
func (y *Synchroniser) keep(ctx context.Context, tx *store.Tx, a *policy.Activity, s Sync, e roster.Entry, tag string, known map[string]stored, next func(context.Context, *store.Tx) (int64, error)) (changed bool, err error) {
	e.Card = listed(a, e.Card)
	is := stored{Entry: e, Hash: e.Card.Hash() + fingerprint(e.Groups), Tag: tag}
	was, there := known[e.ID]
	if there && !was.Leaving && was.Hash == is.Hash && was.Tag == tag {
		return false, nil
	}
	is.Row, is.Person = was.Row, was.Person
	if !there {
		is.Row = store.NewID()
		if is.Person, err = next(ctx, tx); err != nil {
			return false, err
		}
	}
	if err := y.write(ctx, tx, a, s, &is); err != nil {
		return false, fmt.Errorf("keep an entry of %s: %w", e.Source, err)
	}
	known[e.ID] = is
	return true, nil
}

// write stores an entry. One that is back while what was known of it is still kept becomes
// that again.
func (y *Synchroniser) write(ctx context.Context, tx *store.Tx, a *policy.Activity, s Sync, is *stored) error {
	seal := y.env.Sealer(ctx, a, s.Customer)
	args := []any{
		is.Row, s.ID, is.Source, y.env.Vault.Index("sync/"+s.ID+"/"+is.Source, is.ID), is.Person, store.At(y.env.Clock.Now()), is.Hash,
		seal.Text(entryTable+".object_id", "object_id", is.ID), seal.JSON(entryTable+".directory_id", "directory_id", is.Groups),
	}
	for _, field := range cardFields {
		args = append(args, seal.JSON(entryTable+"."+field, field, only(is.Card, field)))
	}
	photo := any(nil)
	if is.Card.Photo != nil {
		photo = is.Card.Photo.Sum
	}
	args = append(args, photo, null(is.Tag))
	if seal.Err() != nil {
		return seal.Err()
	}
	err := tx.QueryRowContext(ctx, `insert into sync_entry (id, setup, source, lookup, person, read_at, hash, object_id, directory_id,
		name, company, department, job_title, emails, phones, address, website, birthday, note, photo, photo_tag)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
		on conflict (setup, source, lookup) do update set read_at = excluded.read_at, removed_at = null, leaving = false, hash = excluded.hash, object_id = excluded.object_id, directory_id = excluded.directory_id,
		name = excluded.name, company = excluded.company, department = excluded.department, job_title = excluded.job_title, emails = excluded.emails,
		phones = excluded.phones, address = excluded.address, website = excluded.website, birthday = excluded.birthday, note = excluded.note,
		photo = excluded.photo, photo_tag = excluded.photo_tag returning id, person`, args...).Scan(&is.Row, &is.Person)
	return store.Classify(err)
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// fingerprint makes the groups of an entry part of its hash.
func fingerprint(groups []string) string {
	if len(groups) == 0 {
		return ""
	}
	return card.Card{Categories: groups}.Hash()
}

// entries reads what is kept of a synchronisation, by source and id of the source.
func (y *Synchroniser) entries(ctx context.Context, s Sync) (map[string]map[string]stored, error) {
	rows, err := y.env.DB.QueryContext(ctx, `select id, source, person, hash, object_id, directory_id, name, company, department, job_title, emails, phones, address, website,
		birthday, note, coalesce(photo, ''), coalesce(photo_tag, ''), leaving from sync_entry where setup = $1 and removed_at is null`, s.ID)
	if err != nil {
		return nil, fmt.Errorf("read the entries of a synchronisation: %w", store.Classify(err))
	}
	defer rows.Close()
	open := y.env.Opener(ctx, s.Customer)
	all := map[string]map[string]stored{}
	for rows.Next() {
		var e stored
		var object, groups []byte
		sealed := make([][]byte, len(cardFields))
		into := []any{&e.Row, &e.Source, &e.Person, &e.Hash, &object, &groups}
		for i := range sealed {
			into = append(into, &sealed[i])
		}
		var photo string
		if err := rows.Scan(append(into, &photo, &e.Tag, &e.Leaving)...); err != nil {
			return nil, fmt.Errorf("read the entries of a synchronisation: %w", store.Classify(err))
		}
		e.ID = open.Text(entryTable+".object_id", object)
		open.JSON(entryTable+".directory_id", groups, &e.Groups)
		for i, field := range cardFields {
			open.JSON(entryTable+"."+field, sealed[i], &e.Card)
		}
		if photo != "" {
			e.Card.Photo = &card.Photo{Sum: photo}
		}
		if open.Err() != nil {
			return nil, fmt.Errorf("read the entries of a synchronisation: %w", open.Err())
		}
		if all[e.Source] == nil {
			all[e.Source] = map[string]stored{}
		}
		all[e.Source][e.ID] = e
	}
	return all, store.Classify(rows.Err())
}

// gone notes that an entry leaves, and ends what the policy ends then.
func (y *Synchroniser) gone(ctx context.Context, tx *store.Tx, s Sync, e stored) error {
	if _, err := tx.ExecContext(ctx, "update sync_entry set removed_at = $1 where id = $2", store.At(y.env.Clock.Now()), e.Row); err != nil {
		return store.Classify(err)
	}
	return y.env.End(ctx, tx, s.Activity, "removed", entryTable, e.Row)
}
