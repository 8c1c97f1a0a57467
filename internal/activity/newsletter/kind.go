package newsletter

import (
	"context"
	"embed"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/remote/cleverreach"
	"kept/internal/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Kind is the newsletter as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error { return db.Migrate(ctx, Name, files) }

// Writes says that the kind writes to people by mail.
func (Kind) Writes() {}

// Open starts the kind; what runs is a *Newsletter.
func (Kind) Open(ctx context.Context, env activity.Env) (activity.Running, error) {
	return Open(ctx, env)
}

// Newsletter keeps who ordered the newsletter and the proof of it. It is safe
// for concurrent use.
type Newsletter struct {
	env   activity.Env
	door  *activity.Entrance
	pages page.Templates

	// CleverReach is the account through which entries are dispatched that the policy
	// hands to it; the zero Account: none is.
	CleverReach cleverreach.Account
	clientsMu   sync.Mutex
	clients     map[string]*cleverreach.Client // by recipient

	sending     under         // campaigns
	connections int           // to the relay; 0: as many as it takes usually
	endings     atomic.Uint64 // subscriptions that ended while this process ran
}

// takeJob takes a sign-up that has just arrived.
const takeJob = "newsletter.sign-up"

// Open starts the newsletter.
func Open(ctx context.Context, env activity.Env) (*Newsletter, error) {
	door, err := env.Entrance(ordersAnHour, time.Hour)
	if err != nil {
		return nil, err
	}
	n := &Newsletter{env: env, door: door, pages: pages}
	if err := n.adopt(ctx); err != nil {
		return nil, err
	}
	env.Jobs.Handle(takeJob, n.take, job.Options{})
	env.Jobs.Handle(campaignJob, n.send, campaignOptions)
	n.handleProcessors()
	env.Mail.Receive(listMailbox, n.letter)
	env.Mail.Receive(entryMailbox, n.letter)
	env.Mail.Receive(leaveMailbox, n.letter)
	env.Mail.On(mail.Refused, n.returned)
	env.Mail.On(mail.Bounced, n.returned)
	env.Mail.On(mail.Complained, n.returned)
	return n, nil
}

// Close ends the newsletter: what it acknowledged is durable already.
func (n *Newsletter) Close(context.Context) error { return nil }

// Entries are its lines of the console's navigation.
func (n *Newsletter) Entries() []page.Entry {
	if len(n.entries()) == 0 {
		return nil
	}
	return []page.Entry{{Path: deskPath, Word: "newsletter.nav"}}
}

// Routes are the kind's lines of the access table.
func (n *Newsletter) Routes() []access.Route {
	site := func(method, pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Site, Method: method, Pattern: Path + pattern, Right: access.Anyone, MaxBody: maxBody, Handle: h}
	}
	abroad := func(r access.Route) access.Route { // checks the declared origins itself
		r.CrossOrigin = true
		return r
	}
	return append(append(n.deskRoutes(), n.campaignRoutes()...),
		site(http.MethodGet, "", n.form),
		site(http.MethodGet, "/{entry}", n.form),
		abroad(site(http.MethodPost, "", n.order)),
		abroad(site(http.MethodPost, "/{entry}", n.order)),
		site(http.MethodGet, "/embed", n.embed),
		site(http.MethodGet, "/embed/{entry}", n.embed),
		site(http.MethodGet, "/form.json", n.describe).ForPrograms(),
		site(http.MethodGet, "/form.json/{entry}", n.describe).ForPrograms(),
		abroad(site(http.MethodPost, "/sign-up", n.orderByProgram)).ForPrograms(),
		abroad(site(http.MethodPost, "/sign-up/{entry}", n.orderByProgram)).ForPrograms(),
		site(http.MethodGet, "/confirm/{token}", n.askConfirm),
		site(http.MethodPost, "/confirm/{token}", n.doConfirm),
		site(http.MethodGet, "/leave/{token}", n.askLeave),
		site(http.MethodPost, "/leave/{token}", n.doLeave),
		site(http.MethodGet, "/details/{token}", n.askDetails),
		site(http.MethodPost, "/details/{token}", n.doDetails),
		site(http.MethodPost, "/forget/{token}", n.doForget),
		site(http.MethodGet, hookPath+"{entry}", n.verifyHook),
		abroad(site(http.MethodPost, hookPath+"{entry}", n.hook)),
	)
}
