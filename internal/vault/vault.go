package vault

import (
	"context"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
)

// Ref names a data key: whose data, under which retention rule. Erasing a
// person destroys the keys of all rules that have no reason to last; a proof or
// an invoice under a rule of its own outlives them.
type Ref struct{ Subject, Rule string }

// Config says where the keys lie and what unwraps them.
type Config struct {
	Dir    string // SQLite: the folder that keys.db lies in
	URL    string // PostgreSQL: the server of the keys, another one than the data's; empty means SQLite
	Master Master
	Clock  clock.Clock
	Cache  int // unwrapped keys held in memory, 10,000 if zero
}

// Vault seals and opens. It is safe for concurrent use.
type Vault struct{}

// Stale is how long another process may go on using a destroyed key.
const Stale = time.Second

// Open opens the keys. It fails with Invalid if the master key does not fit
// them, and with Conflict if a rotation to another master key is half done: then
// the new master key opens the vault and Rotate finishes.
func Open(ctx context.Context, c Config) (*Vault, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Close closes the keys.
func (v *Vault) Close() error { return nil }

// Seal encrypts plain under ref's key and binds it to the context, the place
// where the value stands ("table.column"). It makes the key at first use, and
// the key is on the disk before Seal returns. The result is Overhead bytes
// longer than plain.
func (v *Vault) Seal(ctx context.Context, ref Ref, context string, plain []byte) ([]byte, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Overhead is how many bytes a sealed value is longer than the plain one.
const Overhead = 1 + 4 + 12 + 16

// Open decrypts what Seal made for the same ref and context. It returns
// NotFound once the key is destroyed, and Invalid if the value was changed or
// belongs to another ref or context.
func (v *Vault) Open(ctx context.Context, ref Ref, context string, sealed []byte) ([]byte, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Prepare makes the keys of refs that have none, all in one commit. Seal does
// the same for one; a writer of many rows calls Prepare first.
func (v *Vault) Prepare(ctx context.Context, refs ...Ref) error {
	return fault.New(fault.Internal, "not yet")
}

// Has reports whether ref has a key.
func (v *Vault) Has(ctx context.Context, ref Ref) (bool, error) {
	return false, fault.New(fault.Internal, "not yet")
}

// IndexFor returns 16 bytes by which a value can be found again as long as
// ref's key lives, and by nobody afterwards. It never makes a key: it returns
// NotFound if ref has none, so that looking for an erased person leaves no
// trace. Whoever writes an index has sealed or prepared under ref before.
func (v *Vault) IndexFor(ctx context.Context, ref Ref, value string) ([]byte, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Index returns 16 bytes by which a value of a space ("subject/email") can be
// found and kept unique without standing in the database. The caller
// normalises the value. The key is the instance's own and outlives every
// person: what must become unlinkable belongs under IndexFor.
func (v *Vault) Index(space, value string) []byte { return nil }

// Commit returns a 32-byte keyed commitment to value for a leaf of the ledger.
// It can be checked while ref's key lives and is noise afterwards. It makes the
// key at first use.
func (v *Vault) Commit(ctx context.Context, ref Ref, value []byte) ([]byte, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Destroy deletes the keys of subject under the named rules, or under all rules
// if none is named. When it returns nil they are gone from this process, and on
// SQLite from the file and its write-ahead log. Destroying what is not there is
// no error.
func (v *Vault) Destroy(ctx context.Context, subject string, rules ...string) error {
	return fault.New(fault.Internal, "not yet")
}

// DestroyMany destroys the keys of many refs in one commit; a Ref without Rule
// stands for all rules of its subject.
func (v *Vault) DestroyMany(ctx context.Context, refs []Ref) error {
	return fault.New(fault.Internal, "not yet")
}

// Refs returns the keys that subject has, by rule.
func (v *Vault) Refs(ctx context.Context, subject string) ([]Ref, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Secret returns size bytes that were drawn at random when name was first asked
// for, and are the same ever since: the cookie's MAC key, the ledger's seed.
func (v *Vault) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Rotate wraps every key with another master key and calls progress after each
// chunk. Killed half way, it goes on where it stopped: open the vault with the
// new master key and rotate to it again.
func (v *Vault) Rotate(ctx context.Context, to Master, progress func(done, total int)) error {
	return fault.New(fault.Internal, "not yet")
}

// Apart reports whether the keys lie apart from data: in another file on
// SQLite, on another server (not merely another database or schema) on
// PostgreSQL. It returns Unavailable where the servers do not tell.
func (v *Vault) Apart(ctx context.Context, data *store.DB) (bool, error) {
	return false, fault.New(fault.Internal, "not yet")
}
