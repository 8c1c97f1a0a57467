package audit_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/audit"
	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// instance is a house with the duties at work and something in every table.
type instance struct {
	*dutytest.House
	audit  *audit.Auditor
	retain *retain.Sweeper
	rights *rights.Desk
	ada    string // has something in every table
	member string
}

// rooms are the duties' own manifests.
var rooms = []manifest.Manifest{retain.Manifest(), rights.Manifest(), audit.Manifest()}

func instances(t *testing.T, f func(i *instance)) {
	t.Helper()
	dutytest.Each(t, dutytest.Standard, rooms, func(t *testing.T, h *dutytest.House) { f(open(h)) })
}

func open(h *dutytest.House) *instance {
	h.T.Helper()
	i := &instance{House: h}
	var err error
	i.retain, err = retain.Open(h.Ctx, retain.Config{DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects,
		Jobs: h.Jobs, Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy})
	must(h, err)
	i.rights, err = rights.Open(h.Ctx, rights.Config{DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects,
		Consent: h.Consent, Jobs: h.Jobs, Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy})
	must(h, err)
	h.Consent.OnWithdraw(i.retain.OnWithdraw)
	i.audit, err = audit.Open(h.Ctx, audit.Config{DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy, Receipt: h.Consent.Receipt})
	must(h, err)

	i.ada = h.Accept()
	h.Clock.Advance(time.Minute)
	i.member = h.Join(i.ada, "ada@circle.example")
	h.WriteLetter(i.member, "dear all")
	h.Bill(i.ada, h.Clock.Now())
	h.See(i.ada, "/a", h.Clock.Now(), h.Clock.Now().Add(time.Second))
	h.Trace(h.Clock.Now())
	bob := h.Accept()
	h.See(bob, "/b", h.Clock.Now())
	_, err = i.rights.Erase(h.Ctx, bob)
	must(h, err)
	h.Work()
	h.Clock.Advance(retain.Spread)
	h.Work()
	_, err = i.retain.Sweep(h.Ctx)
	must(h, err)
	_, err = h.Ledger.Sequence(h.Ctx)
	must(h, err)
	return i
}

func must(h *dutytest.House, err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

func (i *instance) run() audit.Report {
	i.T.Helper()
	_, err := i.Ledger.Sequence(i.Ctx)
	must(i.House, err)
	r, err := i.audit.Run(i.Ctx)
	must(i.House, err)
	return r
}

func text(i *instance, r audit.Report) string {
	i.T.Helper()
	var b strings.Builder
	must(i.House, r.Text(&b))
	return b.String()
}

// A sound instance has no finding, now and as time goes by with retention.
func TestASoundInstance(t *testing.T) {
	instances(t, func(i *instance) {
		for _, at := range []time.Time{dutytest.Start.Add(2 * time.Minute), dutytest.Start.AddDate(0, 0, 31), dutytest.Start.AddDate(1, 2, 0), dutytest.Start.AddDate(1, 4, 0)} {
			i.Clock.Set(at)
			i.Exec("update retain_clock set at = $1", store.At(at.Add(-time.Hour)))
			if r, err := i.retain.Sweep(i.Ctx); err != nil || r.Waiting {
				i.T.Fatalf("sweep: %+v, %v", r, err)
			}
			r := i.run()
			if n := len(r.Findings()); n > 0 {
				i.T.Fatalf("%d findings at %v:\n%s", n, at, text(i, r))
			}
			if len(r.Guarantees) != 9 || r.Verdict() != audit.NotVerifiable || r.Leaf == "" {
				i.T.Errorf("%d guarantees, %s, leaf %q", len(r.Guarantees), r.Verdict(), r.Leaf)
			}
		}
		if n := i.Leaves("audit.ran"); n != 4 {
			i.T.Errorf("%d leaves, want 4", n)
		}
		last, err := i.audit.Last(i.Ctx, 1)
		if err != nil || len(last) != 1 || len(last[0].Guarantees) != 9 || last[0].Findings != 0 {
			i.T.Errorf("last: %+v, %v", last, err)
		}
	})
}

// A row may lead to one that stands for itself, as a letter does to the request
// that it is about; one that leads to neither is found.
func TestARowAboutWhatStandsForItself(t *testing.T) {
	room := manifest.Manifest{Kind: policy.Kind{Name: "desk"}, Tables: []manifest.Table{
		{Name: "desk_case", About: "a case", Subject: "id", Columns: []manifest.Column{{Name: "id", Why: "names the case"}}},
		{Name: "desk_mail", About: "a mail", Subject: "subject", Columns: []manifest.Column{{Name: "id", Why: "names the mail"}, {Name: "subject", Null: true, Why: "to whom"}}},
	}}
	instances(t, func(i *instance) {
		i.Exec("create table desk_case (id text)")
		i.Exec("create table desk_mail (id text, subject text)")
		i.Exec("insert into desk_case (id) values ('case')")
		i.Exec("insert into desk_mail (id, subject) values ('m', 'case'), ('n', $1)", i.ada)
		var err error
		i.audit, err = audit.Open(i.Ctx, audit.Config{DB: i.DB, Events: i.Events, Vault: i.Vault, Ledger: i.Ledger, Clock: i.Clock,
			Manifests: append(slices.Clone(i.Manifests), room), Policy: i.Policy})
		must(i.House, err)
		if f := i.run().Guarantees[6].Findings; len(f) > 0 {
			i.T.Errorf("of a mail about a case the audit finds %+v", f)
		}
		i.Exec("delete from desk_case")
		if f := i.run().Guarantees[6].Findings; len(f) != 1 || f[0].Table != "desk_mail" || f[0].Count != 1 {
			i.T.Errorf("of a mail about a case that is gone the audit finds %+v", f)
		}
	})
}

// planted is something wrong, and what the audit must say of it.
type planted struct {
	name      string
	plant     func(i *instance)
	guarantee int
	table     string
	says      string
}

var faults = []planted{
	{"rows of an activity without an entry", func(i *instance) {
		i.Take(i.Read("  {}\n"))
	}, 1, dutytest.Member, "does not declare"},
	{"events of an activity without an entry", func(i *instance) {
		i.Take(i.Read("  {}\n"))
	}, 1, dutytest.Visit, "does not declare"},
	{"an undeclared column", func(i *instance) {
		i.Exec("alter table circle_member add column birthday text")
		i.Exec("update circle_member set birthday = '1815-12-10'")
	}, 2, dutytest.Member, "not in the manifest"},
	{"a value in a field that is not listed", func(i *instance) {
		i.Take(i.Read(strings.NewReplacer("data: [person, proof,", "data: [email, proof,", "data: person, from: left", "data: email, from: left").Replace(dutytest.Standard)))
	}, 2, dutytest.Member, "stores the field name"},
	{"a page without protection", func(i *instance) {
		i.audit.Site = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			http.SetCookie(w, &http.Cookie{Name: "tracker", Value: "1"})
		})
	}, 3, "", "cookie tracker"},
	{"an event without consent", func(i *instance) {
		i.See(i.Subject("stranger"), "/c", i.Clock.Now())
	}, 4, dutytest.Visit, "did not stand"},
	{"an event before the consent", func(i *instance) {
		i.See(i.ada, "/c", i.Clock.Now().Add(-24*time.Hour))
	}, 4, dutytest.Visit, "did not stand"},
	{"an event after the consent", func(i *instance) {
		i.Exec("update consent_decision set ended_at = $1 where subject = $2", store.At(i.Clock.Now()), i.ada)
		i.Clock.Advance(time.Hour)
		i.See(i.ada, "/c", i.Clock.Now())
	}, 4, dutytest.Visit, "did not stand"},
	{"events that a withdrawal left", func(i *instance) {
		i.Exec("update consent_decision set ended_at = $1, ended_by = 'withdrawn' where subject = $2", store.At(i.Clock.Now()), i.ada)
		i.Clock.Advance(time.Hour + time.Second)
	}, 4, dutytest.Visit, "withdrew their consent"},
	{"a row without consent", func(i *instance) {
		i.Join(i.Subject("stranger"), "eve@circle.example")
	}, 4, dutytest.Member, "did not stand"},
	{"a decision without a leaf", func(i *instance) {
		i.Exec("update consent_decision set leaf = 'x' where subject = $1", i.ada)
	}, 4, "consent_decision", "without a leaf"},
	{"a decision about an unknown text", func(i *instance) {
		i.Exec("update consent_decision set notice_hash = 'x' where subject = $1", i.ada)
	}, 4, "consent_decision", "not among the published"},
	{"a decision that says more than was agreed to", func(i *instance) {
		i.Exec(`update consent_decision set accepted = '["everything"]' where subject = $1`, i.ada)
	}, 4, "consent_decision", "not what was acknowledged"},
	{"a decision that was put earlier", func(i *instance) {
		i.Exec("update consent_decision set decided_at = decided_at - 86400000 where subject = $1", i.ada)
	}, 4, "consent_decision", "not what was acknowledged"},
	{"a delivery to an undeclared recipient", func(i *instance) {
		i.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := i.Ledger.Append(ctx, tx, "delivery", map[string]any{"activity": "circle", "recipient": "broker", "fields": []string{"email"}, "count": 1})
			return err
		})
	}, 5, "", "broker"},
	{"a row past its time", func(i *instance) {
		i.Exec("update circle_letter set at = $1", store.At(i.Clock.Now().AddDate(0, 0, -30).Add(-2*time.Hour)))
	}, 6, dutytest.Letter, "past their time"},
	{"an event past its time", func(i *instance) {
		i.See(i.ada, "/old", i.Clock.Now().AddDate(-1, -4, 0))
	}, 6, dutytest.Visit, "past their time"},
	{"an address past its time", func(i *instance) {
		i.Trace(i.Clock.Now().AddDate(0, 0, -7).Add(-2 * time.Hour))
	}, 6, dutytest.Trace, "past their time"},
	{"a column past its time", func(i *instance) {
		i.Exec("update circle_member set left_at = $1", store.At(i.Clock.Now().Add(-2*time.Hour)))
	}, 6, dutytest.Member, "past their time"},
	{"an undeclared table", func(i *instance) {
		i.Exec("create table shadow (email text)")
	}, 7, "shadow", "in no manifest"},
	{"a row about nobody who is known", func(i *instance) {
		i.Bill(store.NewID(), i.Clock.Now())
	}, 7, dutytest.Invoice, "not known"},
	{"a row whose key is destroyed", func(i *instance) {
		must(i.House, i.Vault.Destroy(i.Ctx, i.ada))
	}, 8, dutytest.Member, "keys were destroyed"},
	{"an event whose key is destroyed", func(i *instance) {
		must(i.House, i.Vault.Destroy(i.Ctx, i.ada, event.KeyOf(dutytest.Visit, i.ada).Rule))
	}, 8, dutytest.Visit, "key was destroyed"},
	{"an erasure that hangs", func(i *instance) {
		i.Exec(`insert into rights_request (id, asked, subject, state, received_at, due_at) values ('r', 'erasure', $1, 'executing', $2, $3)`,
			i.ada, store.At(i.Clock.Now().Add(-2*time.Hour)), store.At(i.Clock.Now()))
	}, 8, "rights_request", "are not done"},
	{"a changed leaf", func(i *instance) {
		_, err := i.Ledger.Sequence(i.Ctx)
		must(i.House, err)
		i.Exec(`update ledger_leaf set entry = replace(entry, '"tables":', '"tablez":') where entry like '%erasure.done%'`)
	}, 9, "ledger_leaf", "does not verify"},
	{"an erasure without a leaf", func(i *instance) {
		i.Exec("update rights_request set leaf = null")
	}, 9, "rights_request", "not in the ledger"},
	{"a retention run without a leaf", func(i *instance) {
		i.Exec(`insert into retain_run (id, state, kind, policy, planned_at, plan) values ('x', 'done', 'run', 'x', 1, '{}')`)
	}, 9, "retain_run", "not in the ledger"},
	{"a withdrawn decision that was made to stand again", func(i *instance) {
		i.Exec("update consent_decision set ended_at = null, ended_by = '', end_leaf = '' where ended_at is not null")
	}, 9, "consent_decision", "although the ledger says"},
	{"a leaf that waits too long", func(i *instance) {
		i.Exec(`insert into ledger_pending (id, entry) values ('x', $1)`, `{"at":"2026-01-01T00:00:00.000Z","facts":{},"id":"x","kind":"delivery.x"}`)
	}, 9, "ledger_pending", "waited"},
}

// Every planted fault is found under its guarantee, with its place and what to
// do: each alone on SQLite, on PostgreSQL those together that do not hide each
// other.
func TestPlantedFaultsAreFound(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		for _, p := range faults {
			t.Run(p.name, func(t *testing.T) { find(t, storetest.SQLite(t), p) })
		}
	})
	t.Run("postgres", func(t *testing.T) {
		alone := func(p planted) bool {
			return p.guarantee <= 3 || p.guarantee == 8 || p.name == "an event after the consent" || p.name == "events that a withdrawal left"
		}
		find(t, storetest.Postgres(t), slices.DeleteFunc(slices.Clone(faults), alone)...)
		for _, p := range faults {
			if alone(p) {
				t.Run(p.name, func(t *testing.T) { find(t, storetest.Postgres(t), p) })
			}
		}
	})
}

// find plants faults in a new instance and fails the test unless each is found.
func find(t *testing.T, c store.Config, faults ...planted) {
	i := open(dutytest.Open(t, c, dutytest.Standard, rooms))
	for _, p := range faults {
		p.plant(i)
	}
	r, err := i.audit.Run(i.Ctx)
	must(i.House, err)
	for _, p := range faults {
		found := slices.ContainsFunc(r.Findings(), func(f audit.Finding) bool {
			return f.Guarantee == p.guarantee && f.Table == p.table && strings.Contains(f.What, p.says) && f.Count > 0 && f.Remedy != ""
		})
		if !found || r.Guarantees[p.guarantee-1].Verdict != audit.Broken {
			t.Errorf("%s is not found:\n%s", p.name, text(i, r))
		}
	}
}

// An old row in the file of a later month is found there too.
func TestAnEventInTheFileOfAnotherMonth(t *testing.T) {
	c := storetest.SQLite(t)
	i := open(dutytest.Open(t, c, dutytest.Standard, rooms))
	files, err := filepath.Glob(filepath.Join(c.Dir, "events", dutytest.Visit+"-*.db"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of events: %v", err)
	}
	db, err := sql.Open("sqlite", "file:"+files[len(files)-1])
	must(i.House, err)
	defer db.Close()
	_, err = db.Exec("update "+dutytest.Visit+" set id = $1 where id = (select max(id) from "+dutytest.Visit+")", event.NewID(i.Clock.Now().AddDate(-3, 0, 0)))
	must(i.House, err)
	r := i.run()
	if !slices.ContainsFunc(r.Findings(), func(f audit.Finding) bool { return f.Guarantee == 6 && f.Table == dutytest.Visit }) {
		t.Errorf("it is not found:\n%s", text(i, r))
	}
}

// A hold or a restriction is no finding; once it is lifted, what it kept is.
func TestWhatIsKeptIsNoFinding(t *testing.T) {
	instances(t, func(i *instance) {
		hold := i.Hold(subject.Hold{Subject: i.ada, Activity: "circle"})
		i.Clock.Set(time.Date(2027, 7, 2, 0, 0, 0, 0, time.UTC))
		i.Exec("update retain_clock set at = $1", store.At(i.Clock.Now().Add(-time.Hour)))
		if _, err := i.retain.Sweep(i.Ctx); err != nil {
			i.T.Fatal(err)
		}
		if held, _, err := i.Events.Held(i.Ctx, dutytest.Visit); err != nil || held != 2 {
			i.T.Fatalf("%d visits held, %v", held, err)
		}
		if r := i.run(); len(r.Findings()) > 0 {
			i.T.Errorf("findings under a hold:\n%s", text(i, r))
		}
		i.Lift(hold)
		tables := map[string]bool{}
		for _, f := range i.run().Findings() {
			tables[f.Table] = true
		}
		if !tables[dutytest.Letter] || !tables[dutytest.Visit] {
			i.T.Errorf("found only %v after the hold", tables)
		}
	})
}

// A page asked for without consent must not be allowed to reach a refused host.
func TestTheAskedPage(t *testing.T) {
	instances(t, func(i *instance) {
		var asked *http.Request
		i.audit.Site = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
		})
		g := i.run().Guarantees[2]
		if asked.Host != "circle.example" || asked.RemoteAddr != "" || asked.URL.Path != "/" {
			i.T.Errorf("the page was asked for as %s%s from %q", asked.Host, asked.URL, asked.RemoteAddr)
		}
		if g.Verdict != audit.Sampled || len(g.Findings) > 0 {
			i.T.Errorf("guarantee 3: %+v", g)
		}
		i.audit.Public = &url.URL{Scheme: "https", Host: "www.circle.example"}
		if i.run(); asked.Host != "www.circle.example" {
			i.T.Errorf("asked %s, not the public address", asked.Host)
		}
		i.audit.ScriptTag = true
		if g := i.run().Guarantees[2]; g.Verdict != audit.NotVerifiable {
			i.T.Errorf("guarantee 3 of a script tag: %+v", g)
		}
	})
}

// That checkpoints left the house counts for two days.
func TestOldCheckpointsOutsideAreNotEnough(t *testing.T) {
	instances(t, func(i *instance) {
		outside := func() audit.Verdict {
			for _, c := range i.run().Guarantees[8].Checks {
				if c.What == "checkpoints seen outside" {
					return c.Verdict
				}
			}
			i.T.Fatal("the check is missing")
			return ""
		}
		if v := outside(); v != audit.NotVerifiable {
			i.T.Errorf("none left: %s", v)
		}
		if _, err := i.Ledger.Publish(i.Ctx); err != nil {
			i.T.Fatal(err)
		}
		if v := outside(); v != audit.Verified {
			i.T.Errorf("one left just now: %s", v)
		}
		i.Clock.Advance(49 * time.Hour)
		if v := outside(); v != audit.NotVerifiable {
			i.T.Errorf("none left for two days: %s", v)
		}
	})
}

func TestTheReportNamesNobody(t *testing.T) {
	instances(t, func(i *instance) {
		i.See(i.Subject("stranger"), "/c", i.Clock.Now())
		r := i.run()
		b, err := json.Marshal(r)
		must(i.House, err)
		for _, secret := range []string{i.ada, "ada@circle.example", "stranger"} {
			if strings.Contains(string(b)+text(i, r), secret) {
				i.T.Errorf("the report holds %q", secret)
			}
		}
		var back audit.Report
		if err := json.Unmarshal(b, &back); err != nil || len(back.Guarantees) != 9 {
			i.T.Errorf("the JSON does not read back: %v", err)
		}
	})
}

// The audit gives each rule its rhythm as tolerance and no more.
func TestToleranceIsTheRulesRhythm(t *testing.T) {
	instances(t, func(i *instance) {
		late := func() bool {
			return slices.ContainsFunc(i.run().Findings(), func(f audit.Finding) bool { return f.Guarantee == 6 && f.Table == dutytest.Letter })
		}
		i.Clock.Set(dutytest.Start.AddDate(0, 0, 30).Add(time.Hour))
		if late() {
			i.T.Error("a letter that is not an hour late is a finding")
		}
		i.Clock.Advance(2 * time.Minute)
		if !late() {
			i.T.Error("a letter that is over an hour late is none")
		}
	})
}

// Whoever should have been told before a rule acts and was not is counted, and
// nobody else.
func TestWhoWasNotToldIsCounted(t *testing.T) {
	announced := strings.Replace(dutytest.Standard, "from: left, keep: 0 days, then: delete", "from: left, keep: 9 days, then: delete, notify: {before: 10 days, of: left, to: [registration]}", 1)
	dutytest.Each(t, announced, rooms, func(t *testing.T, h *dutytest.House) {
		i := open(h)
		left := i.Clock.Now().AddDate(0, 0, 10)
		i.Exec("update circle_member set left_at = $1", store.At(left))
		find := func() (n int64) {
			for _, f := range i.run().Findings() {
				if f.What == "rows of which nobody was told before they go" {
					n += f.Count
				}
			}
			return n
		}
		if n := find(); n != 0 {
			t.Errorf("%d rows right when it was due", n)
		}
		i.Clock.Advance(2 * time.Hour)
		if n := find(); n != 1 {
			t.Errorf("%d rows two hours later, want the one", n)
		}
		i.Exec("insert into retain_told (rule, subject_table, row_key, subject, counted_at, told_at) values ('circle/person/left', 'circle_member', $1, $2, $3, 0)", i.member, i.ada, store.At(left))
		if n := find(); n != 0 {
			t.Errorf("%d rows once it was said", n)
		}
	})
}
