package contactsync_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store/storetest"
)

// gate stops some calls that write a contact, until it opens.
type gate struct {
	mu        sync.Mutex
	let, stop int // so many pass, then so many are stopped
	full      chan struct{}
	opened    chan struct{}
}

func (g *gate) pass(r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/contacts") {
		return
	}
	g.mu.Lock()
	if g.let--; g.let >= 0 || g.stop == 0 {
		g.mu.Unlock()
		return
	}
	if g.stop--; g.stop == 0 {
		close(g.full)
	}
	g.mu.Unlock()
	<-g.opened
}

// nodes are two nodes over one database, beside one organisation.
func nodes(t *testing.T, g *gate) (here, there office) {
	t.Helper()
	place := storetest.Postgres(t)
	here = open(activitytest.Env(t, place, policyOf(every), clock.At(noon), contactsync.Kind{}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g != nil {
			g.pass(r)
		}
		here.service.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	here.address = server.URL
	there = here
	there.House = activitytest.Env(t, place, policyOf(every), clock.At(noon), contactsync.Kind{})
	return here, there
}

// wantEach fails unless a mailbox holds everybody once.
func (o office) wantEach(mailbox string, people int) {
	o.T.Helper()
	seen := map[any]int{}
	for _, c := range o.tenant.Contacts(mailbox) {
		seen[c.Fields["displayName"]]++
	}
	for name, n := range seen {
		if n != 1 {
			o.T.Errorf("%s holds %v %d times", mailbox, name, n)
		}
	}
	if len(seen) != people {
		o.T.Errorf("%s holds %d of %d people", mailbox, len(seen), people)
	}
}

// Two nodes that begin with one synchronisation at the same moment write every contact
// once: one of them does, the other says that it runs.
func TestTwoNodesRunOneSynchronisationAtOnce(t *testing.T) {
	here, there := nodes(t, nil)
	for i := range 12 {
		here.hire(fmt.Sprintf("p%02d", i), fmt.Sprintf("Person %d", i), "Sales")
	}
	id := here.set(here.setup())
	for round := range 4 {
		here.hire(fmt.Sprintf("n%02d", round), fmt.Sprintf("New %d", round), "Legal")
		var both sync.WaitGroup
		begin := make(chan struct{})
		for _, o := range []office{here, there} {
			both.Go(func() {
				<-begin
				r, err := o.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
				if err != nil && !fault.Is(err, fault.Conflict) || len(r.Problems) > 0 {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		close(begin)
		both.Wait()
		here.run(id)
		for i := range 12 {
			here.wantEach(fmt.Sprintf("p%02d@muster.example", i), 13+round)
		}
	}
	if n := here.Rows(table(t, "sync_mailbox")); n != 12 {
		t.Errorf("%d mailboxes are remembered", n)
	}
}

// What is due at the same minute is done by one node, whichever looks first.
func TestWhatIsDueIsDoneByOneNode(t *testing.T) {
	here, there := nodes(t, nil)
	here.Work()
	here.hire("ada", "Ada Lovelace", "Sales")
	id := here.hourly(nil)
	for range 3 {
		var both sync.WaitGroup
		for _, o := range []office{here, there} {
			both.Go(func() { o.tick(time.Hour + time.Minute) })
		}
		both.Wait()
	}
	past, err := there.synchroniser().History(t.Context(), id, 10)
	if err != nil || len(past) != 3 {
		t.Errorf("%d runs in three hours, %v", len(past), err)
	}
	here.wantEach("ada@muster.example", 1)
}

// Two nodes that meet new mailboxes of two customers at once remember them all.
func TestTwoNodesRunTwoCustomersAtOnce(t *testing.T) {
	here, there := nodes(t, nil)
	there.tenant = here.service.Tenant("another")
	there.tenant.Register("app", password)
	for i := range 15 {
		for _, o := range []office{here, there} {
			o.hire(fmt.Sprintf("p%02d", i), fmt.Sprintf("Person %d", i), "Sales")
		}
	}
	other := there.setup()
	c := other.Connections["office"]
	c.Tenant = "another"
	other.Customer, other.Name, other.Connections["office"] = "another-gmbh", "another", c
	ids := []string{here.set(here.setup()), there.set(other)}
	var both sync.WaitGroup
	begin := make(chan struct{})
	for i, o := range []office{here, there} {
		both.Go(func() {
			<-begin
			r, err := o.synchroniser().Run(t.Context(), ids[i], contactsync.Options{Fresh: true})
			if err != nil || len(r.Problems) > 0 || r.Count.Creates != 15*15 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	close(begin)
	both.Wait()
	if n := here.Rows(table(t, "sync_mailbox")); n != 30 {
		t.Errorf("%d mailboxes are remembered", n)
	}
	for i := range 15 {
		for _, o := range []office{here, there} {
			o.wantEach(fmt.Sprintf("p%02d@muster.example", i), 15)
		}
	}
}

// A node that stood still for longer than its lease writes nothing beside the one that
// took over: no contact stands twice, and what the other noted stays.
func TestANodeThatStoodStillWritesNothingBesideAnother(t *testing.T) {
	g := &gate{let: 6, stop: 4, full: make(chan struct{}), opened: make(chan struct{})}
	here, there := nodes(t, g)
	here.hire("ada", "Ada Lovelace", "Sales")
	for i := range 40 {
		here.hire(fmt.Sprintf("p%02d", i), fmt.Sprintf("Person %d", i), "Legal")
	}
	id := here.set(here.setup())
	stood := make(chan error, 1)
	go func() {
		_, err := here.synchroniser().Run(t.Context(), id, contactsync.Options{Fresh: true})
		stood <- err
	}()
	<-g.full
	there.Clock.Advance(5 * time.Minute)
	there.run(id)
	there.wantEach("ada@muster.example", 41)
	before := there.service.Counts()["POST contacts"]
	here.Clock.Advance(5 * time.Minute) // it comes to, before any of its own timers
	close(g.opened)
	if err := <-stood; !fault.Is(err, fault.Conflict) {
		t.Errorf("the run that stood still: %v", err)
	}
	if n := there.service.Counts()["POST contacts"]; n > 4 {
		t.Errorf("%d contacts were written (%d before) after the other node had ended; 4 calls stood still", n, before)
	}
	there.Clock.Advance(time.Hour)
	there.run(id)
	if _, err := there.synchroniser().Verify(t.Context(), id, contactsync.Options{}); err != nil {
		t.Error(err)
	}
	there.wantEach("ada@muster.example", 41)
}
