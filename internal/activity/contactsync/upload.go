package contactsync

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/remote/sheet"
	"kept/internal/store"
)

// A file that a customer uploads at the portal lies sealed in the database, and goes
// with everything else of the synchronisation.

// mostUpload is how large a file may be that comes by a form, in bytes.
const mostUpload = 16 << 20

// upload stores a file as a source of a synchronisation, in place of one of the same
// name. Invalid if it is none that can be read.
func (y *Synchroniser) upload(ctx context.Context, tx *store.Tx, a *policy.Activity, s Sync, source, file string, content []byte) error {
	if _, err := sheetOf(Source{File: file}.kind())(file, content); err != nil {
		return &worded{"file", []any{err.Error()}, err}
	}
	seal := y.env.Sealer(ctx, a, s.Customer)
	sealed := seal.Bytes(fileTable+".content", "", content)
	if seal.Err() != nil {
		return seal.Err()
	}
	_, err := tx.ExecContext(ctx, `insert into sync_file (id, setup, source, content, stored_at) values ($1, $2, $3, $4, $5)
		on conflict (setup, source) do update set content = excluded.content, stored_at = excluded.stored_at`,
		store.NewID(), s.ID, source, sealed, store.At(y.env.Clock.Now()))
	if err != nil {
		return fmt.Errorf("store a file: %w", store.Classify(err))
	}
	return nil
}

// uploaded returns the content of a file that was uploaded.
func (y *Synchroniser) uploaded(ctx context.Context, id, customer, source string) ([]byte, error) {
	var sealed []byte
	err := store.Classify(y.env.DB.QueryRowContext(ctx, "select content from sync_file where setup = $1 and source = $2", id, source).Scan(&sealed))
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Unavailable, "%w; upload it again", &lost{fmt.Errorf("the file of the source %s is not there", source)})
	}
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	open := y.env.Opener(ctx, customer)
	return open.Bytes(fileTable+".content", sealed), open.Err()
}

// unneeded removes the files of sources that a set-up no longer has.
func (y *Synchroniser) unneeded(ctx context.Context, tx *store.Tx, id string, s Setup) error {
	names, err := store.Texts(ctx, tx, "select source from sync_file where setup = $1", id)
	if err != nil {
		return store.Classify(err)
	}
	for _, name := range slices.DeleteFunc(names, func(name string) bool { return s.Sources[name].Upload }) {
		if _, err := tx.ExecContext(ctx, "delete from sync_file where setup = $1 and source = $2", id, name); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

func sheetOf(kind string) func(string, []byte) ([]sheet.Entry, error) {
	if kind == kindVCard {
		return sheet.Cards
	}
	return sheet.Table
}
