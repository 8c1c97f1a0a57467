package request

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"kept/internal/clock"
	"kept/internal/duty/answer"
	"kept/internal/duty/rights"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Engine is what a case asks of the room that acts on data (rights.Desk).
type Engine interface {
	Lacks(r rights.Right, w rights.Wish) error
	Plan(ctx context.Context, p rights.Person, r rights.Right, w rights.Wish) (rights.Plan, error)
	Carry(ctx context.Context, tx *store.Tx, o rights.Order) error
	OnCarried(f func(ctx context.Context, tx *store.Tx, c rights.Carried) error)
	Examine(ctx context.Context, tx *store.Tx, of string, p rights.Person) error
	Examined(ctx context.Context, tx *store.Tx, of string) error
	OnLifting(f rights.Lifting)
	Orders(ctx context.Context, of string) ([]rights.Progress, error)
	Request(ctx context.Context, id string) (rights.Request, error)
	Elsewheres() []rights.Place
}

// Packer writes what a person is handed (answer.Packer).
type Packer interface {
	Write(ctx context.Context, w io.Writer, p answer.Package) (answer.Summary, error)
}

// Holder tells whom a browser's cookie stands for: the subject's id, empty if the
// request carries no valid pseudonym of the kind.
type Holder func(ctx context.Context, r *http.Request) (subject string, err error)

// Account tells which identifiers a signed-in account has proven, none for who is
// not signed in.
type Account func(ctx context.Context, r *http.Request) ([]subject.Identifier, error)

// Config is what the room stands on.
type Config struct {
	DB        *store.DB
	Vault     *vault.Vault
	Ledger    *ledger.Ledger
	Jobs      *job.Queue
	Mail      *mail.Post
	Subjects  *subject.Registry
	Rights    Engine
	Packer    Packer
	Clock     clock.Clock
	Log       *slog.Logger
	Policy    func() *policy.Policy // in force at this moment
	Manifests []manifest.Manifest   // what copies are made of; for what activities are called
	// Owners are the addresses of those who are told when a reminder was not
	// heeded; nil where nobody is.
	Owners func(ctx context.Context) ([]string, error)
	// Staff returns the addresses of the staff by id, for histories; nil where
	// nobody is known.
	Staff   func(ctx context.Context) (map[string]string, error)
	Trusted []netip.Prefix // proxies whose forwarding headers are believed
	Secure  bool           // the public address is https
	// Command says that this is a command beside a serving process: what it writes
	// leaves from there.
	Command bool
}

// Desk is every case of an instance. It is safe for concurrent use.
type Desk struct {
	Config
	limits  *limits
	site    page.Shell // nil in commands
	desk    page.Desk
	holders []Holder
	account Account
	trial   bool                    // everything that is done to a case is taken back
	fail    func(step string) error // lets a test stop a case anywhere; nil otherwise
}

// The jobs.
const (
	codeJob   = "request.code"   // writes to an address that somebody typed, known or not
	goJob     = "request.go"     // takes a case as far as it goes without a person
	postJob   = "request.post"   // hands a letter that a command sent to the post room
	liftJob   = "request.lift"   // tells a person that a restriction ends
	newsJob   = "request.news"   // tells the officer what waits for a decision
	forgetJob = "request.forget" // destroys the keys of a request that nobody proved to be theirs
	remindJob = "request.remind" // reminds the officer, and looks after what was served at once
)

// Open makes the room's tables, takes its jobs and what comes in to the privacy
// address, and returns the desk.
func Open(ctx context.Context, c Config) (*Desk, error) {
	if err := c.DB.Migrate(ctx, Name, files); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	d := &Desk{Config: c, limits: newLimits(c.Clock)}
	d.Jobs.Handle(codeJob, d.sendCode, job.Options{})
	d.Jobs.Handle(postJob, d.post, job.Options{})
	d.Jobs.Handle(liftJob, d.tellLifting, job.Options{})
	d.Jobs.Handle(newsJob, d.news, job.Options{})
	d.Jobs.Handle(forgetJob, d.forget, job.Options{})
	d.Jobs.Handle(goJob, d.advance, job.Options{Lease: 30 * time.Minute, MaxAttempts: 30, Backoff: 10 * time.Second})
	d.Jobs.Every(remindJob, period.Period{Clock: remindRhythm}, d.remind, job.Options{Lease: 10 * time.Minute})
	d.Rights.OnCarried(d.carried)
	d.Rights.OnLifting(d.lifting)
	if d.Mail != nil {
		d.Mail.Receive(mailbox, d.takeMail)
		for _, e := range []mail.Event{mail.Sent, mail.Refused, mail.Bounced} {
			d.Mail.On(e, d.arrived)
		}
	}
	return d, nil
}

// Show gives the desk its pages: the shell of the privacy center, that of the
// console, and what a browser or an account proves.
func (d *Desk) Show(site page.Shell, desk page.Desk, account Account, holders ...Holder) {
	d.site, d.desk, d.account, d.holders = site, desk, account, holders
}

// Writes reports whether the desk can write to people.
func (d *Desk) Writes() bool { return d.Command || d.Mail != nil && d.Mail.Sends() }

// goOn has a case taken as far as it goes without a person.
func (d *Desk) goOn(ctx context.Context, tx *store.Tx, id string) error {
	_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: goJob, Key: id, Payload: about{id}})
	return err
}

// at lets a test stop what the desk does after a step, as a kill would.
func (d *Desk) at(step string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(step)
}

// about names the case that a job is about.
type about struct {
	Request string `json:"request"`
}
