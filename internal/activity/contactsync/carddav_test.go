package contactsync_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/remote/caldav/caldavtest"
	"kept/internal/remote/card"
	"kept/internal/remote/carddav"
	"kept/internal/remote/throttle"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// Contacts of one address book stand in others on a real server, with their photos,
// and follow it; what people typed stays, and what they spoiled is brought back.
func TestPromise_CS01_ContactsFollowAnAddressBook(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		radicale := caldavtest.Start(t)
		client, err := carddav.New(carddav.Config{
			URL: radicale.Origin() + "/" + caldavtest.User + "/", Account: caldavtest.User, Password: radicale.Secret().Reveal,
			Transport: http.DefaultTransport, Limiter: throttle.New(throttle.Limits{}, clock.System), Clock: clock.System,
		})
		if err != nil {
			t.Fatal(err)
		}
		partners, team := client.Book("partners"), client.Book("kept-muster-gmbh")
		if _, err := partners.Make(t.Context(), "Partners"); err != nil {
			t.Fatal(err)
		}
		put := func(b *carddav.Book, name string, c card.Card, photo []byte) {
			t.Helper()
			e, err := b.Get(t.Context(), name)
			if err != nil {
				e = carddav.Entry{Name: name}
			}
			e.Text = carddav.Fresh(name, "", c, photo)
			if err := b.Put(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		ada := card.Card{First: "Ada", Last: "Lovelace", Phones: []card.Phone{{Use: card.Mobile, Number: "+49 170 1"}}}
		put(partners, "ada.vcf", ada, portrait(t, 10))
		put(partners, "bob.vcf", card.Card{First: "Bob"}, nil)

		text := strings.NewReplacer("sources: [graph]", "sources: [carddav]", "targets: [graph, ews]", "targets: [carddav]").Replace(policyOf(every))
		o := office{House: activitytest.Env(t, place, text, clock.At(noon), contactsync.Kind{})}
		s := contactsync.Setup{
			Customer: "muster-gmbh", Name: "partners to the team", Fields: roster.Rules{"title": roster.Write},
			Connections: map[string]contactsync.Connection{"cards": {Kind: "carddav", URL: radicale.Origin() + "/" + caldavtest.User + "/", Account: caldavtest.User, Password: vault.NewSecret(caldavtest.Password)}},
			Sources:     map[string]contactsync.Source{"partners": {Connection: "cards", What: "partners", Photos: true}},
			Targets:     map[string]contactsync.Target{"team": {Connection: "cards", Folder: "Muster GmbH", Mailboxes: []string{"/"}}}, // who owns the books
		}
		id := o.set(s)
		if all, err := o.synchroniser().Probe(t.Context(), id); err != nil || !contactsync.Works(all) {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := team.Make(t.Context(), "Muster GmbH"); err != nil {
			t.Fatal(err)
		}
		put(team, "own.vcf", card.Card{First: "Mother"}, nil)
		if r := o.run(id); r.Count.Creates != 2 || r.Count.Photos != 1 {
			t.Fatalf("%+v", r)
		}
		cards := func() map[string]card.Card {
			t.Helper()
			found := map[string]card.Card{}
			var names []string
			if _, err := team.Changes(t.Context(), "", func(e carddav.Entry) error { names = append(names, e.Name); return nil }, func(string) error { return nil }); err != nil {
				t.Fatal(err)
			}
			err := team.Read(t.Context(), names, func(e carddav.Entry) error {
				c, photo, err := carddav.Read(e.Name, e.Text)
				if (len(photo) > 0) != (c.First == "Ada") {
					t.Errorf("%s has a photo of %d bytes", c.First, len(photo))
				}
				found[e.Name] = c
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if n := len(cards()); n != 3 {
			t.Fatalf("%d cards", n)
		}
		if r := o.run(id); r.Count.Creates+r.Count.Updates+r.Count.Deletes != 0 {
			t.Errorf("nothing changed, and %+v", r.Count)
		}
		o.verify(id, false)

		var mine string
		for name, c := range cards() {
			if c.First == "Ada" {
				mine = name
			}
		}
		e, err := team.Get(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		e.Text = carddav.Edit(e.Text, carddav.Mark(e.Text), card.Card{Note: "my note", Title: "boss", Last: "typed"}, []string{"note", "title", "last"}, nil)
		if err := team.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		for name, c := range cards() {
			if c.First == "Bob" {
				if err := team.Delete(t.Context(), name); err != nil {
					t.Fatal(err)
				}
			}
		}
		if r := o.verify(id, false); r.Count.Updates != 1 || r.Count.Creates != 1 {
			t.Errorf("looked after: %+v", r.Count)
		}
		if c := cards()[mine]; c.Last != "Lovelace" || c.Note != "my note" || c.Title != "boss" {
			t.Errorf("%+v", c)
		}
		if r := o.verify(id, false); r.Count.Updates+r.Count.Creates != 0 {
			t.Errorf("looked after again: %+v", r.Count)
		}

		ada.Last = "King"
		put(partners, "ada.vcf", ada, portrait(t, 200))
		if err := partners.Delete(t.Context(), "bob.vcf"); err != nil {
			t.Fatal(err)
		}
		o.Clock.Advance(25 * time.Hour) // photos are looked at daily
		if r := o.run(id); r.Count.Updates != 1 || r.Count.Deletes != 1 || r.Count.Photos != 1 {
			t.Errorf("after a change: %+v", r.Count)
		}
		if c := cards()[mine]; c.Last != "King" || c.Note != "my note" {
			t.Errorf("%+v", c)
		}
		if r, err := o.synchroniser().Undo(t.Context(), id, contactsync.Options{}); err != nil || r.Count.Deletes != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		if left := cards(); len(left) != 1 || left["own.vcf"].First != "Mother" {
			t.Errorf("left are %+v", left)
		}
	})
}
