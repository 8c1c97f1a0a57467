package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/graph"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/remote/throttle"
)

const (
	secret = "s3cret-of-the-app"
	guid   = "7c2b7a4e-0b0e-4d9e-9a53-3f1f0b9a9d10"
)

var muster = map[string]any{
	"userPrincipalName": "ada@muster.example", "mail": "ada@muster.example", "displayName": "Ada Lovelace", "givenName": "Ada", "surname": "Lovelace",
	"jobTitle": "Analyst", "department": "Maths", "companyName": "Muster GmbH", "businessPhones": []any{"+49 611 1"}, "mobilePhone": "+49 170 1",
	"city": "Wiesbaden", "country": "DE", "userType": "Member", "accountEnabled": true,
}

// start returns a service with one organisation, and a client over a real
// connection.
func start(t *testing.T) (*graphtest.Service, *graphtest.Tenant, *graph.Client) {
	t.Helper()
	s := graphtest.New(clock.System)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	tenant := s.Tenant("muster")
	tenant.Register("app", secret)
	tenant.AddUser("u1", muster)
	return s, tenant, client(t, server.URL, http.DefaultTransport)
}

func client(t *testing.T, address string, way http.RoundTripper) *graph.Client {
	t.Helper()
	c, err := graph.New(graph.Config{
		Service: address + "/v1.0", Login: address, Tenant: "muster", Client: "app", Credential: graph.Secret{Reveal: func() string { return secret }},
		Transport: way, Limiter: throttle.New(throttle.Outlook, clock.System), Clock: clock.System,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func users(t *testing.T, c *graph.Client, since string) (seen, gone []string, next string) {
	t.Helper()
	next, err := c.Users(t.Context(), since, func(e graph.Entry) error {
		seen = append(seen, e.Card.Name())
		return nil
	}, func(id string) error {
		gone = append(gone, id)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen, gone, next
}

func TestUsersInFullAndWhatChanged(t *testing.T) {
	_, tenant, c := start(t)
	for i := range 450 { // more than two pages
		tenant.AddUser(fmt.Sprint("n", i), map[string]any{"displayName": fmt.Sprint("Nr. ", i)})
	}
	seen, gone, next := users(t, c, "")
	if len(seen) != 451 || len(gone) != 0 || seen[0] != "Ada Lovelace" {
		t.Fatalf("%d users, %d gone, the first is %s", len(seen), len(gone), seen[0])
	}
	if seen, gone, _ = users(t, c, next); len(seen)+len(gone) != 0 {
		t.Errorf("nothing changed, and %q, %q are told", seen, gone)
	}
	tenant.AddUser("n7", map[string]any{"displayName": "Seven"})
	tenant.RemoveUser("n8")
	seen, gone, next = users(t, c, next)
	if !slices.Equal(seen, []string{"Seven"}) || !slices.Equal(gone, []string{"n8"}) {
		t.Errorf("changed %q, gone %q", seen, gone)
	}
	tenant.ForgetChanges(time.Nanosecond)
	// The link's time is kept in seconds, as the service does.
	if _, err := c.Users(t.Context(), next, nil, nil); !errors.Is(err, graph.ErrExpired) {
		t.Errorf("an old link: %v", err)
	}
}

func TestAUserAsACard(t *testing.T) {
	_, tenant, c := start(t)
	tenant.AddContact("c1", map[string]any{
		"displayName": "Bob", "mail": "bob@else.example", "phones": []any{map[string]any{"type": "mobile", "number": "1"}},
		"addresses": []any{map[string]any{"city": "Mainz", "officeLocation": "2 OG"}},
	})
	var got []graph.Entry
	each := func(e graph.Entry) error { got = append(got, e); return nil }
	if _, err := c.Users(t.Context(), "", each, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OrgContacts(t.Context(), "", each, nil); err != nil {
		t.Fatal(err)
	}
	want := card.Card{
		First: "Ada", Last: "Lovelace", Display: "Ada Lovelace", Company: "Muster GmbH", Department: "Maths", Title: "Analyst",
		Emails: []card.Email{{Address: "ada@muster.example"}}, Phones: []card.Phone{{Use: card.Business, Number: "+49 611 1"}, {Use: card.Mobile, Number: "+49 170 1"}},
		Addresses: []card.Address{{Use: card.Business, City: "Wiesbaden", Country: "DE"}},
	}
	if got[0].Card.Hash() != want.Hash() || got[0].Mailbox != "ada@muster.example" || !got[0].Enabled || got[0].Guest {
		t.Errorf("the user is %+v", got[0])
	}
	if b := got[1].Card; b.Display != "Bob" || b.Phones[0] != (card.Phone{Use: card.Mobile, Number: "1"}) || b.Office != "2 OG" || b.Addresses[0].City != "Mainz" {
		t.Errorf("the contact is %+v", b)
	}
}

func TestMembersThroughGroups(t *testing.T) {
	_, tenant, c := start(t)
	tenant.AddContact("c1", map[string]any{"displayName": "Bob"})
	tenant.SetGroup("inner", "Inner", "c1", "outer")
	tenant.SetGroup("outer", "Outer", "u1", "inner")
	var got []string
	if err := c.Members(t.Context(), "outer", func(id string) error { got = append(got, id); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []string{"u1", "c1"}) {
		t.Errorf("members %q", got)
	}
	groups, err := c.Groups(t.Context())
	if err != nil || len(groups) != 2 || groups[1].Name != "Outer" {
		t.Errorf("groups %v, %v", groups, err)
	}
}

var ada = card.Card{
	Prefix: "Dr.", First: "Ada", Last: "Lovelace", Display: "Ada Lovelace", Company: "Muster GmbH", Office: "3 OG", Title: "Analyst",
	Emails: []card.Email{{Address: "ada@muster.example", Label: "Ada"}}, Phones: []card.Phone{{Use: card.Business, Number: "1"}, {Use: card.Home, Number: "2"}, {Use: card.Mobile, Number: "3"}},
	Addresses: []card.Address{{Use: card.Business, Street: "Weg 1", City: "Wiesbaden", Code: "65183", Country: "DE"}, {Use: card.Home, City: "Mainz"}},
	Website:   "https://muster.example", Birthday: "1815-12-10", Note: "first of all", Categories: []string{"Kept"},
}

func TestAContactIsReadAsItWasWritten(t *testing.T) {
	_, _, c := start(t)
	m := c.Mailbox("ada@muster.example", guid, "kept")
	f, err := m.EnsureFolder(t.Context(), "Muster GmbH")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := m.EnsureFolder(t.Context(), "muster gmbh"); err != nil || again.ID != f.ID {
		t.Fatalf("the folder again: %v, %v", again, err)
	}
	for _, folder := range []string{f.ID, ""} {
		made, err := m.Create(t.Context(), folder, "src-1|"+ada.Hash(), ada)
		if err != nil {
			t.Fatal(err)
		}
		var got []graph.Item
		if err := m.Items(t.Context(), folder, false, func(it graph.Item) error { got = append(got, it); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].ID != made.ID || got[0].Mark != "src-1|"+ada.Hash() || got[0].Card.Hash() != ada.Hash() {
			t.Errorf("written %+v\nread %+v", ada, got)
		}
		if it, err := m.Find(t.Context(), folder, "src-1|"+ada.Hash()); err != nil || it.ID != made.ID {
			t.Errorf("found %v, %v", it.ID, err)
		}
		if _, err := m.Find(t.Context(), folder, "src-2|x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("what nobody wrote: %v", err)
		}
	}
}

func TestAnUpdateLeavesOtherFields(t *testing.T) {
	_, tenant, c := start(t)
	m := c.Mailbox("u1", guid, "kept")
	made, err := m.Create(t.Context(), "", "src-1|a", ada)
	if err != nil {
		t.Fatal(err)
	}
	tenant.Type("ada@muster.example", "", made.ID, map[string]any{"personalNotes": "what the owner typed", "nickName": "Addie"})
	changed := card.Card{First: "Augusta", Display: "Augusta King", Phones: []card.Phone{{Use: card.Mobile, Number: "9"}}}
	if _, err := m.Update(t.Context(), made.ID, "src-1|b", changed, graph.Fields{"first", "last", "display", "phones"}); err != nil {
		t.Fatal(err)
	}
	got := tenant.Contacts("ada@muster.example")[0]
	want := map[string]any{
		"givenName": "Augusta", "surname": nil, "displayName": "Augusta King", "mobilePhone": "9", "personalNotes": "what the owner typed", "nickName": "Addie", "companyName": "Muster GmbH",
	}
	for field, value := range want {
		if got.Fields[field] != value {
			t.Errorf("%s is %v", field, got.Fields[field])
		}
	}
	if got.Mark() != "src-1|b" || len(got.Fields["businessPhones"].([]any)) != 0 {
		t.Errorf("mark %s, phones %v", got.Mark(), got.Fields["businessPhones"])
	}
	if err := errors.Join(m.Delete(t.Context(), made.ID), m.Delete(t.Context(), made.ID)); err != nil {
		t.Errorf("deleting, twice: %v", err)
	}
	if _, err := m.Update(t.Context(), made.ID, "", changed, graph.All); !fault.Is(err, fault.NotFound) {
		t.Errorf("changing what is gone: %v", err)
	}
}

// What the room says a contact takes is what the service takes.
func TestLimitsAreTheServices(t *testing.T) {
	_, _, c := start(t)
	m := c.Mailbox("u1", guid, "kept")
	full := card.Card{First: "Full"}
	for i := range 5 {
		full.Emails = append(full.Emails, card.Email{Address: fmt.Sprint(i, "@x.example")})
		for _, use := range []card.Use{card.Business, card.Home, card.Mobile, card.Pager, card.Other} {
			full.Phones = append(full.Phones, card.Phone{Use: use, Number: fmt.Sprint(i)})
		}
	}
	if _, err := m.Create(t.Context(), "", "a", full); !fault.Is(err, fault.Invalid) {
		t.Errorf("more than a contact takes: %v", err)
	}
	fitted, dropped := full.Fit(graph.Limits)
	if _, err := m.Create(t.Context(), "", "a", fitted); err != nil || len(dropped) != 22 {
		t.Errorf("what fits: %v, dropped %q", err, dropped)
	}
}

func TestPhotos(t *testing.T) {
	_, tenant, c := start(t)
	jpeg := append([]byte{0xff, 0xd8, 0xff}, make([]byte, 1000)...)
	if _, err := c.UserPhotoTag(t.Context(), "u1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no photo: %v", err)
	}
	tenant.SetPhoto("u1", jpeg)
	got, tag, err := c.UserPhoto(t.Context(), "u1", 240)
	if err != nil || !slices.Equal(got, jpeg) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if again, err := c.UserPhotoTag(t.Context(), "u1"); err != nil || again != tag || tag == "" {
		t.Errorf("tags %s and %s, %v", tag, again, err)
	}
	m := c.Mailbox("u1", guid, "kept")
	made, err := m.Create(t.Context(), "", "a", ada)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetPhoto(t.Context(), made.ID, jpeg); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Photo(t.Context(), made.ID); err != nil || !slices.Equal(got, jpeg) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := m.SetPhoto(t.Context(), made.ID, make([]byte, 4<<20)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("4 MB: %v", err)
	}
	if err := m.SetPhoto(t.Context(), made.ID, []byte("GIF89a")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no JPEG: %v", err)
	}
}

func TestChangesInAMailbox(t *testing.T) {
	_, tenant, c := start(t)
	m := c.Mailbox("u1", guid, "kept")
	var items []graph.Item
	for i := range 3 {
		it, err := m.Create(t.Context(), "", fmt.Sprint("src-", i), card.Card{First: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	read := func(since string) (changed, gone []string, next string) {
		next, err := m.Changes(t.Context(), "", since, func(it graph.Item) error { changed = append(changed, it.ID); return nil },
			func(id string) error { gone = append(gone, id); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return changed, gone, next
	}
	_, _, next := read("")
	tenant.Type("ada@muster.example", "", items[0].ID, map[string]any{"nickName": "x"})
	tenant.Discard("ada@muster.example", items[1].ID)
	changed, gone, next := read(next)
	if !slices.Equal(changed, []string{items[0].ID}) || !slices.Equal(gone, []string{items[1].ID}) {
		t.Errorf("changed %q, gone %q", changed, gone)
	}
	if changed, gone, _ = read(next); len(changed)+len(gone) != 0 {
		t.Errorf("nothing happened, and %q, %q are told", changed, gone)
	}
}

// An answer cannot lead the token to another server.
func TestALinkToAnotherServerIsNotFollowed(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer stranger.Close()
	_, _, c := start(t)
	if _, err := c.Users(t.Context(), stranger.URL+"/v1.0/users/delta?$deltatoken=1", nil, nil); !fault.Is(err, fault.Refused) {
		t.Errorf("the answer is %v", err)
	}
}

// A call whose answer does not come may have been carried out: the caller learns
// that it is not known, and the mark tells.
func TestAnUnclearCallCanBeLookedUp(t *testing.T) {
	s, _, c := start(t)
	m := c.Mailbox("u1", guid, "kept")
	broken := true
	s.Break(func(r *http.Request) int {
		if broken && r.Method == http.MethodPost {
			broken = false
			return http.StatusBadGateway
		}
		return 0
	})
	if _, err := m.Create(t.Context(), "", "src-1|x", ada); !errors.Is(err, graph.ErrUnclear) {
		t.Fatalf("the answer is %v", err)
	}
	if it, err := m.Find(t.Context(), "", "src-1|x"); err != nil || it.Mark != "src-1|x" {
		t.Errorf("%+v, %v", it, err)
	}
}

func TestProbeTellsWhatTheApplicationReaches(t *testing.T) {
	_, tenant, c := start(t)
	tenant.AddUser("u2", map[string]any{"userPrincipalName": "bob@muster.example"})
	tenant.Restrict("app", "ada@muster.example")
	found, err := c.Probe(t.Context(), "ada@muster.example", "bob@muster.example")
	if err != nil {
		t.Fatal(err)
	}
	can := map[string]bool{}
	for _, r := range found {
		can[r.What+r.Mailbox] = r.Can
	}
	want := map[string]bool{"users": true, "groups": true, "contacts": true, "mailboxada@muster.example": true, "mailboxbob@muster.example": false}
	for what := range want {
		if can[what] != want[what] {
			t.Errorf("%s: %v", what, can[what])
		}
	}
}

// The service's limits are kept without a wasted call, and its refusals are waited
// out. The time is the bubble's.
func TestARunStaysWithinTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.New(clock.System)
		s.Latency = 250 * time.Millisecond
		tenant := s.Tenant("muster")
		tenant.Register("app", secret)
		tenant.AddUser("u1", muster)
		c := client(t, "https://graph.example", s.Transport())
		m := c.Mailbox("u1", guid, "kept")
		start := time.Now()
		errs := make(chan error)
		for i := range 400 {
			go func() {
				_, err := m.Create(context.Background(), "", fmt.Sprint(i), card.Card{First: fmt.Sprint(i)})
				errs <- err
			}()
		}
		for range 400 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := s.Counts()["429"]; n != 0 {
			t.Errorf("%d calls were refused", n)
		}
		if took := time.Since(start); took > 26*time.Second { // 400 calls, 4 at a time, 250 ms each
			t.Errorf("400 contacts took %s", took)
		}
		s.Limits.AtOnce = 2 // the service takes less than it says
		for i := range 40 {
			go func() {
				_, err := m.Create(context.Background(), "", fmt.Sprint("x", i), card.Card{First: "x"})
				errs <- err
			}()
		}
		for range 40 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := len(tenant.Contacts("u1")); n != 440 {
			t.Errorf("%d contacts", n)
		}
	})
}

// Photos have a budget of their own: while they are refused for the rate, users are read.
func TestPhotosKeepNothingElseWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graphtest.New(clock.System)
		tenant := s.Tenant("muster")
		tenant.Register("app", secret)
		tenant.AddUser("u1", muster)
		tenant.SetPhoto("u1", []byte{0xff, 0xd8, 0xff})
		c := client(t, "https://graph.example", s.Transport())
		until := time.Now().Add(20 * time.Second)
		s.Break(func(r *http.Request) int {
			if strings.Contains(r.URL.Path, "photo") && time.Now().Before(until) {
				return http.StatusTooManyRequests
			}
			return 0
		})
		done := make(chan error)
		go func() {
			_, _, err := c.UserPhoto(t.Context(), "u1", 360)
			done <- err
		}()
		synctest.Wait() // the photo was refused and waits
		began := time.Now()
		users(t, c, "")
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("users waited for %s", waited)
		}
		if err := <-done; err != nil || time.Now().Before(until) {
			t.Errorf("the photo: %v", err)
		}
	})
}
