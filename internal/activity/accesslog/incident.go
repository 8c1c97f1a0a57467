package accesslog

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
)

//go:embed migrations/*.sql
var files embed.FS

// LongestIncident is how long an incident may last before it has to be declared
// again.
const LongestIncident = 14 * 24 * time.Hour

// leafIncident is the ledger's word for what is done in an incident.
const leafIncident = "accesslog.incident"

// Incident is an attack for which full addresses may be kept and looked at
// although the policy keeps them for no time.
type Incident struct {
	ID     string
	Reason string // what the operator saw
	Staff  string // who declared it
	At     time.Time
	Until  time.Time
	hold   string
}

func (i *Incident) covers(t time.Time) bool { return !t.Before(i.At) && t.Before(i.Until) }

// Incident declares an attack. From now to until the log keeps full addresses,
// and a hold suspends the rules that would delete them; both end by themselves.
// Declaration, hold and leaf are one transaction. Invalid without a reason, a
// person, or an end within LongestIncident; Refused if the policy has no access
// log or does not list the address; Conflict while an incident stands.
func (l *Log) Incident(ctx context.Context, reason, staff string, until time.Time) (Incident, error) {
	p := l.current()
	now := l.env.Clock.Now()
	i := Incident{ID: store.NewID(), Reason: strings.TrimSpace(reason), Staff: staff, At: now.Truncate(time.Millisecond), Until: until.UTC().Truncate(time.Millisecond)}
	switch {
	case p == nil || !p.activity.Has(fieldAddress):
		return Incident{}, fault.New(fault.Refused, "the policy does not list the address of visitors in its access log")
	case i.Reason == "" || staff == "":
		return Incident{}, fault.New(fault.Invalid, "an incident needs a reason and the person who declares it")
	case !i.Until.After(now) || i.Until.Sub(now) > LongestIncident:
		return Incident{}, fault.New(fault.Invalid, "an incident ends in the future, within %d days", LongestIncident/(24*time.Hour))
	}
	err := l.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return l.declare(ctx, tx, p.activity, &i) })
	if err != nil {
		return Incident{}, fmt.Errorf("declare an incident: %w", err)
	}
	l.incident.Store(&i)
	return i, nil
}

func (l *Log) declare(ctx context.Context, tx *store.Tx, a *policy.Activity, i *Incident) error {
	standing, err := incidents(ctx, tx, "where until > $1", store.At(i.At))
	if err != nil {
		return err
	}
	if len(standing) > 0 {
		return fault.New(fault.Conflict, "an incident stands until %s; end it first", standing[0].Until.Format(time.RFC3339))
	}
	facts := map[string]any{"incident": i.ID, "act": "declared", "staff": i.Staff, "until": i.Until}
	if rule := zeroRule(a); rule != nil {
		i.hold, err = l.env.Subjects.SetHold(ctx, tx, subject.Hold{Activity: a.Key, Rule: rule.ID, Reason: i.Reason, By: i.Staff, Until: i.Until})
		if err != nil {
			return err
		}
		facts["hold"], facts["rule"] = i.hold, rule.ID
	}
	if _, err := l.env.Ledger.Append(ctx, tx, leafIncident, facts); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "insert into accesslog_incident (id, reason, staff, at, until, hold) values ($1, $2, $3, $4, $5, $6)",
		i.ID, i.Reason, i.Staff, store.At(i.At), store.At(i.Until), i.hold)
	return store.Classify(err)
}

// zeroRule returns the rule that keeps full addresses for no time, nil if none
// does: then they lie as long as their rule says, attack or not.
func zeroRule(a *policy.Activity) *policy.Rule {
	for _, r := range rulesFor(a, fieldAddress) {
		if atOnce(r) {
			return r
		}
	}
	return nil
}

// EndIncident ends an incident before its time; what was kept for it goes with
// the next run of retention. NotFound if it does not stand.
func (l *Log) EndIncident(ctx context.Context, id, staff string) error {
	err := l.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		i, err := l.standing(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.hold != "" {
			if err := l.env.Subjects.LiftHold(ctx, tx, i.hold, staff); err != nil {
				return err
			}
		}
		if _, err := l.env.Ledger.Append(ctx, tx, leafIncident, map[string]any{"incident": id, "act": "ended", "staff": staff}); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update accesslog_incident set until = $2 where id = $1", id, store.At(l.env.Clock.Now()))
		return store.Classify(err)
	})
	if err != nil {
		return fmt.Errorf("end an incident: %w", err)
	}
	return l.read(ctx)
}

func (l *Log) standing(ctx context.Context, q store.Querier, id string) (Incident, error) {
	found, err := incidents(ctx, q, "where id = $1 and until > $2", id, store.At(l.env.Clock.Now()))
	if err != nil {
		return Incident{}, err
	}
	if len(found) == 0 {
		return Incident{}, fault.New(fault.NotFound, "no such incident stands")
	}
	return found[0], nil
}

// Incidents returns every incident that was declared, the latest first.
func (l *Log) Incidents(ctx context.Context) ([]Incident, error) {
	return incidents(ctx, l.env.DB, "")
}

func incidents(ctx context.Context, q store.Querier, where string, args ...any) ([]Incident, error) {
	rows, err := q.QueryContext(ctx, "select id, reason, staff, at, until, coalesce(hold, '') from accesslog_incident "+where+" order by at desc", args...)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Incident
	for rows.Next() {
		var i Incident
		var at, until store.Time
		if err := rows.Scan(&i.ID, &i.Reason, &i.Staff, &at, &until, &i.hold); err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		i.At, i.Until = at.Time, until.Time
		found = append(found, i)
	}
	return found, rows.Err()
}

// stale is how long another node's declaration may stay unnoticed.
const stale = time.Second

// refresh reads the incident in force, at most once a second.
func (l *Log) refresh(ctx context.Context) error {
	now := l.env.Clock.Now()
	if age := now.Sub(l.refreshed); age >= 0 && age < stale {
		return nil
	}
	if err := l.read(ctx); err != nil {
		return err
	}
	l.refreshed = now
	return nil
}

func (l *Log) read(ctx context.Context) error {
	found, err := incidents(ctx, l.env.DB, "where until > $1", store.At(l.env.Clock.Now()))
	if err != nil {
		return err
	}
	l.incident.Store(nil)
	if len(found) > 0 {
		l.incident.Store(&found[0])
	}
	return nil
}

// Attacker is an address and how many requests it made in an incident.
type Attacker struct {
	Address  string
	Requests int64
}

// Attackers returns the addresses with the most requests since the incident
// began, for countermeasures. The look is recorded in the ledger before it is
// granted. NotFound unless the incident stands.
func (l *Log) Attackers(ctx context.Context, id, staff string, limit int) ([]Attacker, error) {
	var i Incident
	err := l.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if i, err = l.standing(ctx, tx, id); err != nil {
			return err
		}
		_, err = l.env.Ledger.Append(ctx, tx, leafIncident, map[string]any{"incident": id, "act": "addresses-read", "staff": staff})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at addresses: %w", err)
	}
	requests := map[string]int64{}
	err = l.env.Events.In(ctx, addressTable, i.At, i.Until, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		return count(ctx, q, i.At, requests)
	})
	if err != nil {
		return nil, fmt.Errorf("look at addresses: %w", err)
	}
	var found []Attacker
	for a, n := range requests {
		found = append(found, Attacker{a, n})
	}
	slices.SortFunc(found, func(x, y Attacker) int {
		if x.Requests != y.Requests {
			return int(y.Requests - x.Requests)
		}
		return strings.Compare(x.Address, y.Address)
	})
	return found[:min(len(found), limit)], nil
}

func count(ctx context.Context, q store.Querier, since time.Time, requests map[string]int64) error {
	rows, err := q.QueryContext(ctx, "select address, count(*) from accesslog_address where id >= $1 group by address", since.UnixMilli()<<22)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var address string
		var n int64
		if err := rows.Scan(&address, &n); err != nil {
			return err
		}
		requests[address] += n
	}
	return rows.Err()
}
