package contact

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"net/http"
	"time"

	"kept/internal/address"
	"kept/internal/job"
	"kept/internal/pace"
	"kept/internal/store"
)

// Cause is why the form did not take a message.
type Cause string

// The causes.
const (
	heldForm Cause = "form" // its token is missing, forged or old
	heldTime Cause = "time" // it came faster than a person types
	heldTrap Cause = "trap" // it fills a field that nobody sees
	heldPace Cause = "pace" // its network sends too much
)

// How the form is guarded.
const (
	quickest  = 3 * time.Second // from the form to its message
	oldest    = 24 * time.Hour
	workBits  = 14                 // zero bits: about half a second in a browser, once a message
	spentLife = 7 * 24 * time.Hour // longer than a form is good for, and than a mail is handed over again
)

// askedAtMost is how many requests of any kind one network may make in ten minutes.
const askedAtMost = 60

// The paces of one network for messages: fewer of them from whoever did no work.
var (
	working, _ = pace.Of(20, time.Hour, 20)
	idling, _  = pace.Of(6, time.Hour, 6)
)

// newToken returns what a form carries: when it was fetched, a random number and
// their mark, so that nothing of a form is stored before it is sent.
func (c *Correspondence) newToken(entry string) string {
	content := make([]byte, 24)
	binary.BigEndian.PutUint64(content, uint64(c.env.Clock.Now().UnixMilli())) //nolint:gosec // after 1970
	rand.Read(content[8:])                                                     //nolint:errcheck // it never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(append(content, c.tokenMark(entry, content)...))
}

func (c *Correspondence) tokenMark(entry string, content []byte) []byte {
	return c.env.Vault.Index("contact/form", entry+"/"+string(content))
}

// readToken returns the form's number and the time when it was fetched; false if
// no form of the entry has that token.
func (c *Correspondence) readToken(entry, token string) (number []byte, at time.Time, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 24 || !hmac.Equal(raw[24:], c.tokenMark(entry, raw[:24])) {
		return nil, at, false
	}
	return raw[8:24], time.UnixMilli(int64(binary.BigEndian.Uint64(raw))), true //nolint:gosec // made above
}

// sent is what a form says of itself.
type sent struct{ Token, Trap, Work string }

// guard says what holds a message off, empty if nothing does, and the form's
// number, by which it is taken once.
func (c *Correspondence) guard(entry string, s sent) (number []byte, held Cause) {
	number, at, ok := c.readToken(entry, s.Token)
	age := c.env.Clock.Now().Sub(at)
	switch {
	case !ok, age > oldest, age < 0:
		return nil, heldForm
	case s.Trap != "":
		return nil, heldTrap
	case age < quickest:
		return nil, heldTime
	}
	return number, ""
}

// paced says whether the network of r may send one more message now.
func (c *Correspondence) paced(r *http.Request, s sent) bool {
	pace := idling
	if worked(s.Token, s.Work) {
		pace = working
	}
	_, ok := c.taken.Admit(address.Client(r, nil), pace, c.env.Clock.Now())
	return ok
}

// worked reports whether somebody's computer searched for the number.
func worked(token, number string) bool {
	if number == "" || len(number) > 20 {
		return false
	}
	hash := sha256.Sum256([]byte(token + ":" + number))
	return bits.LeadingZeros64(binary.BigEndian.Uint64(hash[:])) >= workBits
}

// spend notes that a form or a mail is taken; false if it was before.
func (c *Correspondence) spend(ctx context.Context, tx *store.Tx, mark []byte) (fresh bool, err error) {
	done, err := tx.ExecContext(ctx, "insert into contact_spent (mark, at) values ($1, $2) on conflict (mark) do nothing", mark, store.At(c.env.Clock.Now()))
	if err != nil {
		return false, store.Classify(err)
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// sweepSpent is the job: it forgets what can come no more.
func (c *Correspondence) sweepSpent(ctx context.Context, _ job.Job) error {
	now := c.env.Clock.Now()
	if _, err := c.env.DB.ExecContext(ctx, "delete from contact_spent where at < $1", store.At(now.Add(-spentLife))); err != nil {
		return store.Classify(err)
	}
	_, err := c.env.DB.ExecContext(ctx, "delete from contact_held_off where day < $1", store.At(now.AddDate(-1, 0, 0)))
	return store.Classify(err)
}
