package sync

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/clock"
	"kept/internal/remote/card"
	"kept/internal/remote/graph"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/remote/throttle"
)

var (
	contacts  = flag.Int("contacts", 50, "contacts that every mailbox gets")
	mailboxes = flag.Int("mailboxes", 5, "mailboxes")
	keeps     = flag.Bool("keeps", true, "the organisation remembers what is written, so that looks can be measured")
	photo     = flag.Int("photo", 20_000, "bytes of each photo; 0: none")
)

// book remembers nothing but how much it was told.
type book struct {
	mu    sync.Mutex
	known []roster.Known
}

func (b *book) Begin(context.Context) error { return nil }
func (b *book) End(context.Context) error   { return nil }
func (b *book) Write(_ context.Context, notes []run.Note) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range notes {
		b.known = append(b.known, n.Known)
	}
	return nil
}

// own are steps with the ids of this mailbox's contacts.
func (b *book) own(steps []roster.Step) []roster.Step {
	items := map[string]string{}
	for _, k := range b.known {
		items[k.Person] = k.Item
	}
	all := slices.Clone(steps)
	for i := range all {
		all[i].Item = items[all[i].Person]
	}
	return all
}

// The first run of a customer: everything is new, the folder too.
func TestFirstRun(t *testing.T) {
	real := time.Now()
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.New(clock.System)
		tenant := s.Tenant("muster")
		tenant.Register("app", "secret")
		for i := range *mailboxes {
			tenant.AddUser(fmt.Sprint("u", i), map[string]any{"mail": fmt.Sprintf("u%d@muster.example", i)})
		}
		c, err := graph.New(graph.Config{
			Service: "https://graph.example/v1.0", Login: "https://graph.example", Tenant: "muster", Client: "app",
			Credential: graph.Secret{Reveal: func() string { return "secret" }}, Transport: s.Transport(), Limiter: throttle.New(throttle.Outlook, clock.System), Clock: clock.System,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Latency = roster.Outlook.Latency
		wanted, jpeg := crowd()
		steps := roster.Steps(roster.Draft(wanted, nil, graph.Limits), nil)
		count := roster.CountOf(steps, len(wanted), func(string) int64 { return int64(*photo) })
		model := roster.Outlook.All(each(roster.Outlook.Takes(count.Calls(nil), count.Bytes)))
		books := make([]book, *mailboxes)
		began := time.Now()
		runAll(t, c, steps, jpeg, books, func(ctx context.Context, box *graph.Mailbox) (string, error) {
			f, err := box.EnsureFolder(ctx, "Muster GmbH")
			return f.ID, err
		})
		took := time.Since(began)
		counts := s.Counts()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		for i := range books {
			if n := len(books[i].known); n != *contacts {
				t.Fatalf("mailbox %d has %d contacts", i, n)
			}
		}
		t.Logf("%d contacts × %d mailboxes, photos of %d bytes: %s, cost model %s, share %.3f", *contacts, *mailboxes, *photo, took.Round(time.Second), model.Round(time.Second), model.Seconds()/took.Seconds())
		t.Logf("calls %v, refused for the rate %d", counts, counts["429"])
		if again := roster.Steps(roster.Draft(wanted, nil, graph.Limits), books[0].known); len(again) != 0 {
			t.Errorf("a run without changes would do %d things", len(again))
		}
		tenChanges(t, c, s, wanted, books)
	})
	t.Logf("in %s of the machine's time", time.Since(real).Round(time.Second))
}

// tenChanges is a later run in which ten contacts changed: one look more for each mailbox
// finds out whether its folder is still there.
func tenChanges(t *testing.T, c *graph.Client, s *graphtest.Service, wanted []roster.Wanted, books []book) {
	for i := range min(10, len(wanted)) {
		wanted[i].Card.Title = "Analyst"
	}
	steps := roster.Steps(roster.Draft(wanted, nil, graph.Limits), books[0].known)
	count := roster.CountOf(steps, len(wanted), func(string) int64 { return 0 })
	model := roster.Outlook.All(each(roster.Outlook.Takes(count.Calls(nil), 0)))
	began := time.Now()
	runAll(t, c, steps, nil, books, func(ctx context.Context, box *graph.Mailbox) (string, error) {
		folders, err := box.Folders(ctx) // as many calls as asking for one
		if err != nil || len(folders) != 1 {
			return "", fmt.Errorf("folders %v: %w", folders, err)
		}
		return folders[0].ID, nil
	})
	took := time.Since(began)
	t.Logf("%d changes × %d mailboxes: %s, cost model %s without the look, calls %v", count.Updates, *mailboxes, took.Round(10*time.Millisecond), model.Round(10*time.Millisecond), s.Counts())
}

func crowd() ([]roster.Wanted, []byte) {
	var wanted []roster.Wanted
	for i := range *contacts {
		w := roster.Wanted{Person: fmt.Sprint("p", i), Card: card.Card{
			First: "Ada", Last: fmt.Sprint("Lovelace ", i), Company: "Muster GmbH", Emails: []card.Email{{Address: fmt.Sprintf("ada%d@muster.example", i)}},
			Phones: []card.Phone{{Use: card.Business, Number: fmt.Sprintf("+49 611 %06d", i)}, {Use: card.Mobile, Number: fmt.Sprintf("+49 170 %06d", i)}},
		}}
		if *photo > 0 {
			w.Card.Photo = &card.Photo{Sum: "s"}
		}
		wanted = append(wanted, w)
	}
	return wanted, append([]byte{0xff, 0xd8, 0xff}, make([]byte, max(*photo-3, 0))...)
}

func each(one time.Duration) []time.Duration {
	all := make([]time.Duration, *mailboxes)
	for i := range all {
		all[i] = one
	}
	return all
}

// runAll opens the folder of every mailbox and runs the steps in it, so many mailboxes at
// a time.
func runAll(t *testing.T, c *graph.Client, steps []roster.Step, jpeg []byte, books []book, folder func(context.Context, *graph.Mailbox) (string, error)) {
	order := run.Order{Owner: "sync1", AtOnce: roster.Outlook.AtOnce, Photo: func(context.Context, string) ([]byte, error) { return jpeg, nil }}
	var all sync.WaitGroup
	places := make(chan struct{}, roster.Outlook.Mailboxes)
	for i := range books {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			address := fmt.Sprintf("u%d@muster.example", i)
			id, err := folder(t.Context(), c.Mailbox(address, "", ""))
			if err != nil {
				t.Errorf("mailbox %d: %v", i, err)
				return
			}
			problems, err := run.Run(t.Context(), order, contactsync.Online(c, address, id), &books[i], books[i].own(steps))
			if err != nil || len(problems) > 0 {
				t.Errorf("mailbox %d: %v, %v", i, problems, err)
			}
		})
	}
	all.Wait()
}
