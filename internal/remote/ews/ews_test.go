package ews_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/ews"
	"kept/internal/remote/ews/ewstest"
	"kept/internal/remote/throttle"
)

const (
	account  = `MUSTER\svc-contacts`
	password = "s3rvice-passw0rd-ß"
	set      = "5AD4A1E6-6a3e-4bb6-9d0c-2e6f0c6f1a77"
	ada      = "ada@muster.example"
)

// exchange returns a server with one mailbox and a client of it, without a network.
func exchange(t testing.TB, c clock.Clock) (*ewstest.Server, *ews.Client) {
	t.Helper()
	s := ewstest.New(c)
	s.Account(account, password)
	s.Mailbox(ada)
	return s, client(t, c, ews.Config{URL: "https://mail.muster.example/EWS/Exchange.asmx", Way: func() (http.RoundTripper, error) { return s.Transport(), nil }})
}

func client(t testing.TB, c clock.Clock, config ews.Config) *ews.Client {
	t.Helper()
	config.Account, config.Clock, config.Limiter = account, c, throttle.New(throttle.Outlook, c)
	if config.Password == nil {
		config.Password = func() string { return password }
	}
	made, err := ews.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func full() card.Card {
	return card.Card{
		Prefix: "Dr.", First: "Ada", Middle: "B.", Last: "Lovelace & Söhne <x>", Suffix: "Jr.", Display: "Ada Lovelace", Nickname: "A", Company: "Muster GmbH",
		Department: "Sales", Office: "1.02", Title: "Head", Manager: "Bob", Website: "https://muster.example/?a=1&b=2", Birthday: "1815-12-10", Note: "line 1\nline 2", Categories: []string{"Team", "VIP"},
		Emails: []card.Email{{Address: "ada@muster.example"}, {Address: "a@muster.example"}, {Address: "b@muster.example"}},
		Phones: []card.Phone{
			{Use: card.Business, Number: "1"}, {Use: card.Business, Number: "2"}, {Use: card.Home, Number: "3"}, {Use: card.Home, Number: "4"}, {Use: card.Mobile, Number: "5"}, {Use: card.Pager, Number: "6"}, {Use: card.BusinessFax, Number: "7"}, {Use: card.HomeFax, Number: "8"}, {Use: card.Other, Number: "9"},
		},
		Addresses: []card.Address{{Use: card.Business, Street: "Musterstr. 1", City: "Wiesbaden", Region: "HE", Code: "65183", Country: "Deutschland"}, {Use: card.Home, Street: "", City: "Mainz", Region: "", Code: "", Country: ""}, {Use: card.Other, Street: "x", City: "y", Region: "z", Code: "1", Country: "q"}},
	}
}

func one(t testing.TB, all []ews.Result) ews.Item {
	t.Helper()
	if len(all) != 1 || all[0].Err != nil {
		t.Fatalf("%+v", all)
	}
	return all[0].Item
}

func TestAContactComesBackAsItWasWritten(t *testing.T) {
	_, c := exchange(t, clock.System)
	m := c.Mailbox(ada, set, "kept")
	f, err := m.EnsureFolder(t.Context(), "Muster <GmbH>")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := m.EnsureFolder(t.Context(), "muster <gmbh>"); err != nil || again.ID != f.ID {
		t.Errorf("the folder was made twice: %+v, %v", again, err)
	}
	made := one(t, m.Create(t.Context(), f.ID, []ews.Write{{Mark: "mark|1", Card: full()}}))
	is, err := m.Item(t.Context(), made.ID)
	if err != nil || !reflect.DeepEqual(is.Card, full()) || is.Mark != "mark|1" {
		t.Errorf("it is\n%+v, %v\nwant\n%+v", is, err, full())
	}
	one(t, m.Update(t.Context(), []ews.Write{{ID: made.ID, Mark: "mark|2", Card: card.Card{First: "Grace", Phones: []card.Phone{{Use: card.Home, Number: "3"}}}, Fields: ews.Fields{"first", "phones", "company", "note", "birthday", "categories"}}}))
	want := full()
	want.First, want.Phones, want.Company, want.Note, want.Birthday, want.Categories = "Grace", []card.Phone{{Use: card.Home, Number: "3"}}, "", "", "", nil
	if is, err = m.Item(t.Context(), made.ID); err != nil || !reflect.DeepEqual(is.Card, want) || is.Mark != "mark|2" {
		t.Errorf("after a change it is\n%+v, %v\nwant\n%+v", is, err, want)
	}
	if found, err := m.Find(t.Context(), f.ID, "mark|2"); err != nil || found.ID != made.ID {
		t.Errorf("found %+v, %v", found, err)
	}
	if _, err := m.Find(t.Context(), f.ID, "mark|1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old mark: %v", err)
	}
	for range 2 { // the second finds nothing, which is no error
		one(t, m.Delete(t.Context(), []string{made.ID}))
	}
	if _, err := m.Item(t.Context(), made.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a contact that is gone: %v", err)
	}
	if all := m.Update(t.Context(), []ews.Write{{ID: made.ID, Card: full(), Fields: ews.All}}); !fault.Is(all[0].Err, fault.NotFound) {
		t.Errorf("a change of what is gone: %v", all[0].Err)
	}
}

// A thousand contacts are written in few calls, found page by page, and those of
// others are not read.
func TestManyContactsTakeFewCalls(t *testing.T) {
	s, c := exchange(t, clock.System)
	m := c.Mailbox(ada, set, "kept")
	s.Type(ada, "Contacts", "", map[string]string{"contacts:GivenName": "Mother"})
	var all []ews.Write
	for i := range 1000 {
		all = append(all, ews.Write{Mark: fmt.Sprint("m", i), Card: card.Card{First: fmt.Sprint("Nr. ", i)}})
	}
	seen := map[string]bool{}
	for _, r := range m.Create(t.Context(), "", all) {
		if r.Err != nil || seen[r.Item.ID] {
			t.Fatalf("%+v", r)
		}
		seen[r.Item.ID] = true
	}
	if n := s.Counts()["CreateItem"]; n != 17 {
		t.Errorf("%d calls", n)
	}
	found := 0
	err := m.Items(t.Context(), "", func(it ews.Item) error {
		found++
		if !seen[it.ID] || it.Mark == "" {
			t.Errorf("found %+v", it)
		}
		return nil
	})
	if err != nil || found != 1000 {
		t.Errorf("found %d, %v", found, err)
	}
	if n := s.Counts()["FindItem"]; n != 4 {
		t.Errorf("%d pages", n)
	}
}

func TestChangesAreTold(t *testing.T) {
	s, c := exchange(t, clock.System)
	m := c.Mailbox(ada, set, "kept")
	var all []ews.Write
	for i := range 600 {
		all = append(all, ews.Write{Mark: fmt.Sprint("m", i), Card: card.Card{First: "x"}})
	}
	ids := m.Create(t.Context(), "", all)
	count := 0
	each := func(ews.Item) error { count++; return nil }
	var left []string
	gone := func(id string) error { left = append(left, id); return nil }
	next, err := m.Changes(t.Context(), "", "", each, gone)
	if err != nil || count != 600 || s.Counts()["SyncFolderItems"] != 2 {
		t.Fatalf("%d, %v", count, err)
	}
	s.Type(ada, "Contacts", ids[3].Item.ID, map[string]string{"item:Body": "typed"})
	s.Discard(ada, ids[4].Item.ID)
	count = 0
	if next, err = m.Changes(t.Context(), "", next, each, gone); err != nil || count != 1 || len(left) != 1 || left[0] != ids[4].Item.ID {
		t.Errorf("%d changed, %v gone, %v", count, left, err)
	}
	s.Expire()
	if _, err = m.Changes(t.Context(), "", next, each, gone); !errors.Is(err, ews.ErrExpired) {
		t.Errorf("a token that is void: %v", err)
	}
}

var jpeg = append([]byte{0xff, 0xd8, 0xff}, make([]byte, 1000)...)

func TestAContactHasOnePhoto(t *testing.T) {
	s, c := exchange(t, clock.System)
	m := c.Mailbox(ada, set, "kept")
	made := one(t, m.Create(t.Context(), "", []ews.Write{{Mark: "m", Card: full()}}))
	for n := range 3 {
		if err := m.SetPhoto(t.Context(), made.ID, append(jpeg, byte(n))); err != nil {
			t.Fatal(err)
		}
	}
	is := s.Contacts(ada)[0]
	if len(is.Photos) != 1 || is.Photos[0][len(jpeg)] != 2 {
		t.Errorf("%d photos", len(is.Photos))
	}
	if err := m.SetPhoto(t.Context(), made.ID, []byte("no picture")); !fault.Is(err, fault.Invalid) {
		t.Errorf("what is no picture: %v", err)
	}
	if err := m.SetPhoto(t.Context(), made.ID, make([]byte, 4<<20)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// What the server refuses for the rate is made again when it says so, and of a call
// for many only that.
func TestRefusalsForTheRateAreWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := exchange(t, clock.System)
		m := c.Mailbox(ada, set, "kept")
		for _, code := range []string{"ErrorServerBusy", "ErrorTooManyObjectsOpened", "ErrorExceededConnectionCount"} {
			for _, at := range []string{"CreateItem", "contact"} {
				n := 0
				s.Busy(func(op string) (string, time.Duration) {
					if n++; op == at && n%2 == 0 {
						return code, 7 * time.Second
					}
					return "", 0
				})
				if at == "CreateItem" {
					n = 1
				}
				before, begun := len(s.Contacts(ada)), time.Now()
				for _, r := range m.Create(t.Context(), "", []ews.Write{{Mark: "a", Card: full()}, {Mark: "b", Card: full()}, {Mark: "c", Card: full()}}) {
					if r.Err != nil || r.Item.ID == "" {
						t.Errorf("%s of a %s: %+v", code, at, r)
					}
				}
				if n := len(s.Contacts(ada)) - before; n != 3 {
					t.Errorf("%s of a %s: %d contacts", code, at, n)
				}
				if waited := time.Since(begun); waited == 0 || code == "ErrorServerBusy" && waited < 7*time.Second {
					t.Errorf("%s of a %s: waited %s", code, at, waited)
				}
			}
		}
	})
}

func TestAnAnswerThatDoesNotComeIsUnclear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := exchange(t, clock.System)
		m := c.Mailbox(ada, set, "kept")
		broken := 1
		s.Break(func(string) int {
			if broken--; broken >= 0 {
				return http.StatusBadGateway
			}
			return 0
		})
		all := m.Create(t.Context(), "", []ews.Write{{Mark: "a", Card: full()}})
		if !errors.Is(all[0].Err, ews.ErrUnclear) {
			t.Fatalf("%+v", all)
		}
		broken = 1
		if found, err := m.Find(t.Context(), "", "a"); err != nil || found.ID == "" { // reading again does no harm
			t.Errorf("%+v, %v", found, err)
		}
		broken = 1
		s.Break(func(string) int {
			if broken--; broken >= 0 {
				return http.StatusServiceUnavailable
			}
			return 0
		})
		if _, err := m.Folders(t.Context()); err != nil {
			t.Errorf("503: %v", err)
		}
	})
}

// One contact that the server does not understand spoils none of the others.
func TestOneBadContactSpoilsNoOther(t *testing.T) {
	_, c := exchange(t, clock.System)
	m := c.Mailbox(ada, set, "kept")
	bad := full()
	bad.Birthday = "yesterday"
	all := m.Create(t.Context(), "", []ews.Write{{Mark: "a", Card: full()}, {Mark: "b", Card: bad}, {Mark: "c", Card: full()}})
	if all[0].Err != nil || all[2].Err != nil || !fault.Is(all[1].Err, fault.Invalid) {
		t.Errorf("%+v", all)
	}
}

func TestWhoMayNotIsToldWhatToDo(t *testing.T) {
	s, c := exchange(t, clock.System)
	s.Mailbox("bob@muster.example")
	s.Restrict(account, ada)
	for address, code := range map[string]string{"bob@muster.example": "ErrorImpersonateUserDenied", ada: ""} {
		_, err := c.Mailbox(address, set, "kept").Folders(t.Context())
		if code == "" != (err == nil) || code != "" && (!fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), code)) {
			t.Errorf("%s: %v", address, err)
		}
	}
	s.Restrict(account, "gone@muster.example")
	if _, err := c.Mailbox("gone@muster.example", set, "kept").Folders(t.Context()); !fault.Is(err, fault.Forbidden) {
		t.Errorf("no mailbox: %v", err)
	}
	wrong := client(t, clock.System, ews.Config{
		URL: "https://mail.muster.example/EWS/Exchange.asmx", Password: func() string { return "planted-wrong" }, Way: func() (http.RoundTripper, error) { return s.Transport(), nil },
	})
	for _, offers := range [][]string{{"Basic"}, {"NTLM"}, {"Negotiate", "NTLM", "Basic"}, {"Digest"}} {
		s.Offer(offers...)
		_, err := wrong.Mailbox(ada, set, "kept").Folders(t.Context())
		if !fault.Is(err, fault.Forbidden) || strings.Contains(err.Error(), "planted") || strings.Contains(err.Error(), "svc-contacts") {
			t.Errorf("%v: %v", offers, err)
		}
	}
}

// By NTLM a connection is let in once; calls at the same time do not step into each
// other's way. The password does not go over the line where NTLM is on offer.
func TestAccountsAreLetIn(t *testing.T) {
	for _, offers := range [][]string{{"Basic"}, {"NTLM"}, {"Negotiate", "NTLM"}, {"NTLM", "Basic"}} {
		t.Run(strings.Join(offers, "+"), func(t *testing.T) {
			s := ewstest.New(clock.System)
			s.Account(account, password)
			s.Mailbox(ada)
			s.Offer(offers...)
			s.Latency = time.Millisecond
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, _, sent := r.BasicAuth(); sent && len(offers) > 1 {
					t.Error("the password went over the line")
				}
				s.ServeHTTP(w, r)
			}))
			defer server.Close()
			ways := 0
			c := client(t, clock.System, ews.Config{URL: server.URL + "/EWS/Exchange.asmx", Way: func() (http.RoundTripper, error) {
				ways++
				return server.Client().Transport.(*http.Transport).Clone(), nil
			}})
			m := c.Mailbox(ada, set, "kept")
			var all sync.WaitGroup
			for i := range 40 {
				all.Go(func() {
					made := m.Create(t.Context(), "", []ews.Write{{Mark: fmt.Sprint(i), Card: full()}})
					if made[0].Err != nil {
						t.Error(made[0].Err)
					}
				})
			}
			all.Wait()
			if n := len(s.Contacts(ada)); n != 40 {
				t.Errorf("%d contacts", n)
			}
			if n := s.Counts()["401"]; n > 3*ways || ways > 4 {
				t.Errorf("%d connections were asked %d times who they are", ways, n)
			}
		})
	}
}

// open leads to a server on this machine.
func open() (http.RoundTripper, error) { return &http.Transport{}, nil }

func TestNoPasswordGoesOverAnOpenNetwork(t *testing.T) {
	for address, fine := range map[string]bool{
		"https://mail.example/EWS/Exchange.asmx": true, "http://mail.example/EWS/Exchange.asmx": false, "http://127.0.0.1:81/EWS/Exchange.asmx": true,
		"http://10.0.0.1/EWS/Exchange.asmx": false, "https://svc:pw@mail.example/": false, "mail.example": false, "": false,
	} {
		_, err := ews.New(ews.Config{URL: address, Account: "a", Password: func() string { return "p" }, Way: open})
		if (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "svc:pw") {
			t.Errorf("a secret in %v", err)
		}
	}
}

// Whatever a server answers, the client ends and says so.
func TestHostileAnswers(t *testing.T) {
	const entity = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&b;</s:Body></s:Envelope>`
	for _, text := range []string{"", "<html>", "no xml", entity, "<a>" + strings.Repeat("<a>", 1000), `<Envelope><Body><FindFolderResponse/></Body></Envelope>`, strings.Repeat(" ", 1<<20)} {
		c := client(t, clock.System, ews.Config{URL: "https://x.example/EWS/Exchange.asmx", Way: func() (http.RoundTripper, error) {
			return trip(func(*http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				_, _ = w.WriteString(text)
				return w.Result(), nil
			}), nil
		}})
		m := c.Mailbox(ada, set, "kept")
		if _, err := m.Folders(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%.40q: %v", text, err)
		}
		if all := m.Create(t.Context(), "", []ews.Write{{Card: full()}}); !errors.Is(all[0].Err, ews.ErrUnclear) {
			t.Errorf("%.40q: %v", text, all[0].Err)
		}
	}
}

type trip func(*http.Request) (*http.Response, error)

func (t trip) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }
