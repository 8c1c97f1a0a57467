package consent

import (
	"context"
	"net/http"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Config is what a Service has beside its rooms.
type Config struct {
	Secure bool // the public address is https: cookies say Secure
}

// Open makes the room's tables, reads the withdrawn ids and returns the service.
func Open(ctx context.Context, db *store.DB, v *vault.Vault, l *ledger.Ledger, subjects *subject.Registry, c clock.Clock, inForce func() *policy.Policy, cfg Config) (*Service, error) {
	panic("not yet")
}

// Run polls the shared set of withdrawn ids each second and writes down the
// days of last visits until ctx ends.
func (s *Service) Run(ctx context.Context) error { panic("not yet") }

// Poll is one round of Run.
func (s *Service) Poll(ctx context.Context) error { panic("not yet") }

// State reads a request's consent: cookies kept_choice and kept_once and the
// header Sec-GPC, no database. Whatever is forged, oversized or outdated counts
// as not decided.
func (s *Service) State(r *http.Request) State { panic("not yet") }

// Allows reports whether a page may load service now.
func (st State) Allows(p *policy.Policy, service string) bool { panic("not yet") }

// AllowsGroup reports whether group is accepted.
func (st State) AllowsGroup(group string) bool { panic("not yet") }

// Renew prolongs the cookie of a page view: six months from the last visit
// (MC23), an acceptance at most once a day; it spends a "load once" grant, and
// honours a GPC signal that came after an acceptance of marketing. Call it for
// answers that are HTML pages, before the headers are written.
func (s *Service) Renew(w http.ResponseWriter, st State) { panic("not yet") }

// Decide stores a decision and returns once it is durable.
func (s *Service) Decide(ctx context.Context, q Request) (Outcome, error) { panic("not yet") }

// Once returns the session cookie that lets one page view load service.
func (s *Service) Once(service string) (*http.Cookie, error) { panic("not yet") }

// Withdrawn reports whether the decision id has ended, at most one second stale.
func (s *Service) Withdrawn(id string) bool { panic("not yet") }

// OnWithdraw adds f to what happens in the transaction in which a person's
// consent to groups ends. Call it before serving.
func (s *Service) OnWithdraw(f func(ctx context.Context, tx *store.Tx, subject string, groups []string) error) {
	panic("not yet")
}

// Subject returns the subject of a decision in force or ended.
func (s *Service) Subject(ctx context.Context, decision string) (string, error) { panic("not yet") }

// Decisions returns every decision of a subject, newest first.
func (s *Service) Decisions(ctx context.Context, subject string) ([]Decision, error) {
	panic("not yet")
}

// Decision is what is stored of a decision.
type Decision struct {
	ID         string
	Subject    string
	At         time.Time
	LastVisit  time.Time // a day
	Ended      time.Time // zero while it stands
	EndedBy    string    // "withdrawn", "replaced", "lapsed"
	Previous   string
	NoticeHash string
	PolicyHash string
	Language   string
	Source     Source
	GPC        bool
	Offered    []string
	Accepted   []string
	Leaf       string
	EndLeaf    string
}

// Receipt returns the receipt of a decision: ISO/IEC TS 27560 in JSON, signed,
// with the inclusion proof once the leaf is sequenced.
func (s *Service) Receipt(ctx context.Context, id string) ([]byte, error) { panic("not yet") }

// VerifyReceipt checks a receipt offline against the ledger's verifier key.
func VerifyReceipt(b []byte, key string) (Verdict, error) { panic("not yet") }

// Verdict is what a receipt proves.
type Verdict struct {
	Decision     string
	Acknowledged bool // the signature is the ledger's
	Included     bool // a proof shows the leaf under a signed checkpoint
	Findings     []string
}

// Notice is a published text.
type Notice struct {
	Hash, Version, Language, HTML, Text, PolicyHash string
	At                                              time.Time
}

// Publish keeps a notice readable by its hash for good; again is no change.
func (s *Service) Publish(ctx context.Context, tx *store.Tx, n Notice) error { panic("not yet") }

// Notice returns the published text with this hash.
func (s *Service) Notice(ctx context.Context, hash string) (Notice, error) { panic("not yet") }

// Notices lists every version ever in force, newest first, without the texts.
func (s *Service) Notices(ctx context.Context) ([]Notice, error) { panic("not yet") }

// Rate is how many decisions of one outcome a day had.
type Rate struct {
	Day     time.Time
	Outcome string // "accepted", "partial", "refused", "withdrawn", "once"
	Count   int64
}

// Rates returns the decisions of the last days by outcome.
func (s *Service) Rates(ctx context.Context, days int) ([]Rate, error) { panic("not yet") }

// Offered returns what p asks consent for.
// Item is one thing that is asked: a group, or a service of one.
type Item struct {
	Key   string
	Group string // of a service; empty for a group
	Scope string // policy.Scope: what a consent to it covers
}

func Offered(p *policy.Policy) []Item { panic("not yet") }

// Lifetime returns how long a choice is remembered from the last visit on.
func Lifetime(p *policy.Policy) time.Duration { panic("not yet") }
