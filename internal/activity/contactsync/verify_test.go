package contactsync_test

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
)

func (o office) verify(id string, trial bool) contactsync.Result {
	o.T.Helper()
	r, err := o.synchroniser().Verify(o.T.Context(), id, contactsync.Options{Trial: trial})
	if err != nil || len(r.Problems) > 0 {
		o.T.Fatalf("%+v, %v", r, err)
	}
	return r
}

// What people changed in contacts of ours, or removed, is brought back by the rules,
// with one call for a mailbox in which nothing changed; what they may change stays.
func TestWhatPeopleChangedIsBroughtBack(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		o.hire("bob", "Bob Boole", "Legal")
		s := o.setup()
		s.Fields = roster.Rules{"title": roster.Write, "company": roster.Clear}
		id := o.set(s)
		o.run(id)
		if r := o.verify(id, false); r.Count.Creates+r.Count.Updates != 0 {
			t.Fatalf("nobody changed anything, and yet %+v", r.Count)
		}
		o.service.Counts()
		o.verify(id, false)
		if counts := o.service.Counts(); len(counts) != 1 || counts["GET contacts delta"] != 1 {
			t.Errorf("a look without changes made the calls %v", counts)
		}

		const box = "ada@muster.example"
		ids := map[any]string{}
		for _, c := range o.tenant.Contacts(box) {
			ids[c.Fields["displayName"]] = c.ID
		}
		o.tenant.Type(box, "Muster GmbH", ids["Ada Lovelace"], map[string]any{"mobilePhone": "+49 1", "personalNotes": "my note", "jobTitle": "boss", "companyName": "typed"})
		o.tenant.Discard(box, ids["Bob Boole"])
		own := o.tenant.Type(box, "Muster GmbH", "", map[string]any{"givenName": "Mother"})

		o.service.Counts()
		if r := o.verify(id, true); r.Count.Updates != 1 || r.Count.Creates != 1 || len(o.tenant.Contacts(box)) != 2 {
			t.Errorf("the trial says %+v", r.Count)
		}
		if counts := o.service.Counts(); len(counts) != 1 || counts["GET contacts delta"] != 1 {
			t.Errorf("the trial made the calls %v", counts)
		}
		if r := o.verify(id, false); r.Count.Updates != 1 || r.Count.Creates != 1 {
			t.Errorf("the look did %+v", r.Count)
		}
		found := o.tenant.Contacts(box)
		if len(found) != 3 {
			t.Errorf("%d contacts", len(found))
		}
		for _, c := range found {
			switch c.ID {
			case ids["Ada Lovelace"]:
				for field, want := range map[string]any{"mobilePhone": "+49 170 ada", "personalNotes": "my note", "jobTitle": "boss", "companyName": nil} {
					if c.Fields[field] != want {
						t.Errorf("%s is %v", field, c.Fields[field])
					}
				}
			case own:
				if c.Fields["givenName"] != "Mother" || c.Mark() != "" {
					t.Errorf("the owner's contact is %v", c.Fields)
				}
			}
		}
		for range 2 { // what the look wrote itself is no change
			if r := o.verify(id, false); r.Count.Creates+r.Count.Updates != 0 {
				t.Errorf("a second look did %+v", r.Count)
			}
		}
		for _, hit := range activitytest.Texts(o.Everything(), "ada@muster.example/") {
			t.Errorf("the link of changes stands in clear in %s", hit)
		}
	})
}

// A service that does not know any more what changed is read in full, once.
func TestALookWithoutAMemoryReadsEverything(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		o.hire("ada", "Ada Lovelace", "Sales")
		o.hire("bob", "Bob Boole", "Legal")
		id := o.set(o.setup())
		o.run(id)
		o.verify(id, false)
		const box = "ada@muster.example"
		o.tenant.Discard(box, o.tenant.Contacts(box)[0].ID)
		o.tenant.ForgetMailboxChanges(box)
		if r := o.verify(id, false); r.Count.Creates != 1 || len(o.tenant.Contacts(box)) != 2 {
			t.Errorf("%+v, %d contacts", r.Count, len(o.tenant.Contacts(box)))
		}
		o.tenant.RemoveFolder(box, "Muster GmbH")
		if r := o.verify(id, false); r.Count.Creates != 2 || len(o.tenant.Contacts(box)) != 2 {
			t.Errorf("after the folder went: %+v, %d contacts", r.Count, len(o.tenant.Contacts(box)))
		}
		if r := o.verify(id, false); r.Count.Creates+r.Count.Updates != 0 {
			t.Errorf("a second look did %+v", r.Count)
		}
	})
}

// The same on a server of the customer.
func TestWhatPeopleChangedOnPremisesIsBroughtBack(t *testing.T) {
	inCellar(t, func(t *testing.T, c cellar) {
		c.hire("ada", "Ada Lovelace", "Sales")
		c.hire("bob", "Bob Boole", "Sales")
		id := c.set(c.setup)
		c.run(id)
		c.verify(id, false)
		c.exchange.Counts()
		c.verify(id, false)
		counts := c.exchange.Counts()
		delete(counts, "401") // how the account proves itself on a new connection
		if len(counts) != 1 || counts["SyncFolderItems"] != 2 {
			t.Errorf("a look at two mailboxes without changes made the calls %v", counts)
		}
		first := c.exchange.Contacts(bobMail)
		c.exchange.Type(bobMail, "Muster GmbH", first[0].ID, map[string]string{"contacts:Surname": "typed", "item:Body": "my note"})
		c.exchange.Discard(bobMail, first[1].ID)
		if r := c.verify(id, false); r.Count.Updates != 1 || r.Count.Creates != 1 {
			t.Errorf("%+v", r.Count)
		}
		for _, x := range c.exchange.Contacts(bobMail) {
			if x.ID == first[0].ID && (x.Fields["contacts:Surname"] != "" || x.Fields["item:Body"] != "my note") {
				t.Errorf("%v", x.Fields)
			}
			if !strings.HasPrefix(x.Mark(), "kept1:") {
				t.Errorf("%v bears no mark", x.Fields)
			}
		}
		if r := c.verify(id, false); r.Count.Creates+r.Count.Updates != 0 {
			t.Errorf("a second look did %+v", r.Count)
		}
		c.exchange.RemoveFolder(bobMail, "Muster GmbH")
		if r := c.verify(id, false); r.Count.Creates != 2 || len(c.exchange.Contacts(bobMail)) != 2 {
			t.Errorf("after the folder went: %+v", r.Count)
		}
	})
}

// developed is a photo as a JPEG of a quality.
func developed(t *testing.T, raw []byte, quality int) []byte {
	t.Helper()
	whole, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, whole, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A photo that somebody took away or exchanged is written again; the same one in another
// JPEG is none that was exchanged, and of contacts that nobody changed since the run no
// photo is read.
func TestPhotosAreBroughtBack(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		const box = "ada@muster.example"
		for i, who := range []string{"ada", "bob", "cid"} {
			o.hire(who, who, map[string]string{"ada": "Sales"}[who])
			o.tenant.SetPhoto(who, portrait(t, uint8(20+60*i)))
		}
		id := o.set(o.setup())
		o.run(id)
		o.service.Counts()
		o.verify(id, false)
		if counts := o.service.Counts(); len(counts) != 1 || counts["GET contacts delta"] != 1 {
			t.Errorf("the first look made the calls %v", counts)
		}
		of := map[any]string{}
		photo := func(who string) []byte {
			for _, c := range o.tenant.Contacts(box) {
				if of[c.Fields["displayName"]] = c.ID; c.Fields["displayName"] == who {
					return c.Photo
				}
			}
			return nil
		}
		before := map[string][]byte{"ada": photo("ada"), "bob": photo("bob"), "cid": photo("cid")}
		o.Clock.Advance(time.Hour)
		o.tenant.Picture(box, of["ada"], nil)
		o.tenant.Picture(box, of["bob"], developed(t, portrait(t, 250), 90))
		again := developed(t, portrait(t, 140), 60)
		o.tenant.Picture(box, of["cid"], again)
		o.service.Counts()
		r := o.verify(id, false)
		if counts := o.service.Counts(); r.Count.Updates != 2 || r.Count.Photos != 2 || counts["PATCH contact"] != 0 || counts["PUT photo"] != 2 || counts["GET photo"] != 3 {
			t.Errorf("%+v, calls %v", r.Count, counts)
		}
		if !bytes.Equal(photo("ada"), before["ada"]) || !bytes.Equal(photo("bob"), before["bob"]) || !bytes.Equal(photo("cid"), again) {
			t.Error("the photos are not as they should be")
		}
		if r := o.verify(id, false); r.Count.Updates != 0 {
			t.Errorf("a second look did %+v", r.Count)
		}

		s := o.setup() // under "fill" what somebody put there stays
		s.Fields = roster.Rules{"photo": roster.Write}
		o.set(s)
		o.run(id)
		o.Clock.Advance(time.Hour)
		own := developed(t, portrait(t, 250), 90)
		o.tenant.Picture(box, of["bob"], own)
		o.tenant.Picture(box, of["ada"], nil)
		if r := o.verify(id, false); r.Count.Photos != 1 || !bytes.Equal(photo("bob"), own) || !bytes.Equal(photo("ada"), before["ada"]) {
			t.Errorf("under fill: %+v", r.Count)
		}
	})
}

// The same on a server of the customer.
func TestPhotosOnPremisesAreBroughtBack(t *testing.T) {
	inCellar(t, func(t *testing.T, c cellar) {
		c.hire("ada", "Ada Lovelace", "Sales")
		c.tenant.SetPhoto("ada", portrait(t, 10))
		id := c.set(c.setup)
		c.run(id)
		c.verify(id, false)
		for _, other := range [][]byte{nil, developed(t, portrait(t, 250), 90)} {
			c.Clock.Advance(time.Hour)
			before := c.exchange.Contacts(bobMail)[0]
			c.exchange.Picture(bobMail, before.ID, other)
			r := c.verify(id, false)
			if after := c.exchange.Contacts(bobMail)[0]; r.Count.Photos != 1 || len(after.Photos) != 1 || !bytes.Equal(after.Photos[0], before.Photos[0]) {
				t.Errorf("%+v, %d photos", r.Count, len(after.Photos))
			}
			if r := c.verify(id, false); r.Count.Updates != 0 {
				t.Errorf("a second look did %+v", r.Count)
			}
		}
	})
}
