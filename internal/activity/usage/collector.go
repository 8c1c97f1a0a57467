package usage

import (
	"context"
	"embed"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/address"
	"kept/internal/agent"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
	"kept/internal/store/event"
)

//go:embed migrations
var files embed.FS

// Path is where the browser tells what was used, at the site's door and the portal's.
const Path = access.Prefix + "/use"

// agentsKept is how many User-Agent headers are remembered between requests; none of
// them is stored.
const agentsKept = 512

const (
	reportJob = "usage.report"
	section   = "usage" // of the catalogs
)

// reportRhythm is how often is looked whether a week has closed.
var reportRhythm = period.Period{Clock: time.Hour}

// Kind is the use of the application as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the tables of the reports; that of the events is the event store's.
func (Kind) Migrate(ctx context.Context, db *store.DB) error { return db.Migrate(ctx, Name, files) }

// Open starts the kind; what runs is a *Collector.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) {
	beacon, err := env.Beacon(eventTable)
	if err != nil {
		return nil, err
	}
	c := &Collector{env: env, beacon: beacon, agents: agent.New(agentsKept)}
	env.Jobs.Every(reportJob, reportRhythm, func(ctx context.Context, _ job.Job) error { return c.close(ctx) }, job.Options{})
	return c, nil
}

// Collector takes in what was used and reports on it. It is safe for concurrent use.
type Collector struct {
	env    activity.Env
	beacon *activity.Beacon
	agents *agent.Reader
}

// Routes are the kind's lines of the access table.
func (c *Collector) Routes() []access.Route {
	tell := func(door access.Door) access.Route {
		return access.Route{
			Door: door, Method: http.MethodPost, Pattern: Path, Right: access.Browser, MaxBody: maxBody,
			CrossOrigin: true, // checks the declared origins itself
			Handle:      c.collect,
		}
	}
	return []access.Route{
		tell(access.Site), tell(access.Portal),
		{Door: access.Console, Method: http.MethodGet, Pattern: deskPath, Right: access.Overview, Handle: c.showReport},
		{Door: access.Console, Method: http.MethodGet, Pattern: deskPath + "/{week}", Right: access.Overview, Handle: c.showReport},
	}
}

// Close ends the collector: what it acknowledged is durable already.
func (c *Collector) Close(context.Context) error { return nil }

// entry is the policy's entry of the kind, nil if there is none.
func (c *Collector) entry() *policy.Activity {
	if found := c.env.Policy().OfKind(Name); len(found) > 0 {
		return found[0]
	}
	return nil
}

// collect answers 204 once what was used is on the disk, or when the person has it not
// processed now. It refuses requests from other sites, without consent (403) and without
// an entry in the policy (404).
func (c *Collector) collect(w http.ResponseWriter, r *http.Request) error {
	entry := c.entry()
	st, err := c.beacon.Admit(r, entry)
	if err != nil {
		return err
	}
	body, err := c.beacon.Read(r, maxBody)
	if err != nil {
		return err
	}
	used, err := parse(body, c.env.Clock.Now())
	if err != nil {
		return err
	}
	person, err := c.beacon.Person(r.Context(), st.Decision)
	if err != nil {
		return err
	}
	stopped, err := c.beacon.Stopped(r.Context(), person, entry.Key)
	if err != nil {
		return err
	}
	if !stopped {
		if err := c.beacon.Store(r.Context(), entry.Key, st, person, c.rows(entry, person, r, used)...); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// rows makes the rows of a request, with the columns in the manifest's order.
func (c *Collector) rows(entry *policy.Activity, person string, r *http.Request, used []use) []event.Row {
	cut := entry.Settings.Truncation(settingTruncate)
	client := address.Client(r, nil)
	what := c.agents.Read(r.UserAgent())
	word := func(field, s string) any {
		if !entry.Has(field) {
			return ""
		}
		return s
	}
	rows := make([]event.Row, 0, len(used))
	for _, u := range used {
		rows = append(rows, event.Row{
			ID: c.beacon.RowID(u.id, 0, entry.Has(fieldTime)), Subject: person,
			Values: []any{
				word(fieldFunction, u.Function),
				word(fieldOS, what.OS),
				word(fieldBrowser, what.Browser),
				word(fieldScreen, u.screen()),
				word(fieldRegion, address.Country(client)),
				word(fieldNetwork, address.Truncate(client, cut)),
			},
		})
	}
	return rows
}
