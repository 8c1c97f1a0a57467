package carddav_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/caldav/caldavtest"
	"kept/internal/remote/card"
	"kept/internal/remote/carddav"
	"kept/internal/remote/throttle"
)

// radicale returns a book on a real server.
func radicale(t *testing.T) *carddav.Book {
	t.Helper()
	s := caldavtest.Start(t)
	c, err := carddav.New(carddav.Config{
		URL: s.Origin() + "/" + caldavtest.User + "/", Account: caldavtest.User, Password: s.Secret().Reveal,
		Transport: http.DefaultTransport, Limiter: throttle.New(throttle.Limits{AtOnce: 4}, clock.System), Clock: clock.System,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := c.Book("partners")
	if err := b.Is(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Fatalf("before it is made: %v", err)
	}
	for range 2 {
		if _, err := b.Make(t.Context(), "Partners & friends"); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

var ada = card.Card{
	Prefix: "Dr.", First: "Ada", Last: "Lovelace; Countess, of", Display: "Ada Lovelace", Company: "Muster, GmbH", Department: "R;D", Title: "Analyst", Note: "line\nand “quotes”",
	Emails: []card.Email{{Address: "ada@muster.example"}, {Address: "ada@home.example"}}, Website: "https://muster.example/?a=1;b", Birthday: "1815-12-10",
	Phones: []card.Phone{
		{Use: card.Business, Number: "+49 611 1"}, {Use: card.Home, Number: "2"}, {Use: card.Mobile, Number: "3"}, {Use: card.Pager, Number: "4"},
		{Use: card.BusinessFax, Number: "5"}, {Use: card.HomeFax, Number: "6"}, {Use: card.Other, Number: "7"},
	},
	Addresses:  []card.Address{{Use: card.Business, Street: "Kirchgasse 1, Hof", City: "Wiesbaden", Code: "65183", Country: "DE"}, {Use: card.Home, City: "Mainz"}},
	Categories: []string{"a b", "c"}, Nickname: "Enchantress of numbers, whose name is longer than any line of a card may be, äöü äöü äöü äöü äöü äöü äöü",
}

func TestACardComesBackAsItWasWritten(t *testing.T) {
	b := radicale(t)
	jpeg := append([]byte{0xff, 0xd8, 0xff}, make([]byte, 5000)...)
	if err := b.Put(t.Context(), carddav.Entry{Name: "kept-1.vcf", Text: carddav.Fresh("u1", "kept1:o:p|h", ada, jpeg)}); err != nil {
		t.Fatal(err)
	}
	e, err := b.Get(t.Context(), "kept-1.vcf")
	if err != nil {
		t.Fatal(err)
	}
	got, photo, err := carddav.Read(e.Name, e.Text)
	if err != nil || got.Hash() != ada.Hash() || !slices.Equal(photo, jpeg) || carddav.Mark(e.Text) != "kept1:o:p|h" {
		t.Errorf("%+v, %d bytes of a photo, %v\n%s", got, len(photo), err, e.Text)
	}
	for line := range strings.SplitSeq(carddav.Fresh("u1", "m", ada, jpeg), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

// What is not written stays, also what nobody here understands; a card that somebody
// changed meanwhile is not written over.
func TestAnEditLeavesTheRest(t *testing.T) {
	b := radicale(t)
	text := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\nFN:Ada\r\nN:Lovelace;Ada;Augusta;;\r\nitem1.TEL:1\r\nitem1.X-ABLABEL:Boat\r\nitem2.URL:https://own.example\r\nX-OWN;A=\"b:c\":mine\r\nNOTE:typed\\, by hand\r\nEND:VCARD\r\n"
	put := func(e carddav.Entry) error { return b.Put(t.Context(), e) }
	if err := put(carddav.Entry{Name: "x.vcf", Text: text}); err != nil {
		t.Fatal(err)
	}
	if err := put(carddav.Entry{Name: "x.vcf", Text: text}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a new one over another: %v", err)
	}
	e, err := b.Get(t.Context(), "x.vcf")
	if err != nil {
		t.Fatal(err)
	}
	first := e.Tag
	e.Text = carddav.Edit(e.Text, "m2", card.Card{First: "Grace", Last: "Hopper", Display: "Grace Hopper", Phones: []card.Phone{{Use: card.Mobile, Number: "9"}}}, []string{"first", "last", "display", "phones"}, nil)
	if err := put(e); err != nil {
		t.Fatal(err)
	}
	if e.Tag = first; !fault.Is(put(e), fault.Conflict) {
		t.Error("an old tag was taken")
	}
	e, err = b.Get(t.Context(), "x.vcf")
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := carddav.Read("x", e.Text)
	if err != nil || got.First != "Grace" || got.Middle != "Augusta" || got.Note != "typed, by hand" || got.Website != "https://own.example" || len(got.Phones) != 1 || got.Phones[0].Number != "9" || carddav.Mark(e.Text) != "m2" {
		t.Errorf("%+v, %v", got, err)
	}
	if !strings.Contains(e.Text, "X-OWN") || !strings.Contains(e.Text, "mine") || strings.Contains(e.Text, "Boat") {
		t.Errorf("what is left:\n%s", e.Text)
	}
}

func TestWhatChangedIsTold(t *testing.T) {
	b := radicale(t)
	look := func(since string) (changed, gone []string, next string) {
		t.Helper()
		next, err := b.Changes(t.Context(), since, func(e carddav.Entry) error { changed = append(changed, e.Name); return nil }, func(name string) error { gone = append(gone, name); return nil })
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(changed)
		return changed, gone, next
	}
	put := func(name string) {
		t.Helper()
		if err := b.Put(t.Context(), carddav.Entry{Name: name, Text: carddav.Fresh(name, "", card.Card{First: name}, nil)}); err != nil {
			t.Fatal(err)
		}
	}
	put("a b.vcf")
	put("c.vcf")
	changed, _, next := look("")
	if !slices.Equal(changed, []string{"a b.vcf", "c.vcf"}) || !strings.HasPrefix(next, "sync:") {
		t.Fatalf("%q, %q", changed, next)
	}
	if changed, gone, again := look(next); len(changed)+len(gone) != 0 || again != next {
		t.Errorf("nothing happened, and %q, %q", changed, gone)
	}
	if err := b.Delete(t.Context(), "a b.vcf"); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), "a b.vcf"); err != nil {
		t.Errorf("to remove what is gone: %v", err)
	}
	put("d.vcf")
	if changed, gone, _ := look(next); !slices.Equal(changed, []string{"d.vcf"}) || !slices.Equal(gone, []string{"a b.vcf"}) {
		t.Errorf("%q, %q", changed, gone)
	}
	if _, err := b.Changes(t.Context(), "sync:http://radicale.org/ns/sync/"+strings.Repeat("0", 64), nil, nil); !errors.Is(err, carddav.ErrExpired) {
		t.Errorf("an old token: %v", err)
	}
	var read []string
	err := b.Read(t.Context(), []string{"c.vcf", "a b.vcf", "d.vcf"}, func(e carddav.Entry) error {
		c, _, err := carddav.Read(e.Name, e.Text)
		read = append(read, c.First)
		return err
	})
	slices.Sort(read)
	if err != nil || !slices.Equal(read, []string{"c.vcf", "d.vcf"}) {
		t.Errorf("%q, %v", read, err)
	}
}

// plain is a server that knows no sync-collection: tags and lists do.
func TestAServerWithoutSyncIsListed(t *testing.T) {
	tag, asked := "1", map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.Method+r.Header.Get("Depth")]++
		switch {
		case r.Method == "REPORT":
			http.Error(w, "no", http.StatusNotImplemented)
		case r.Header.Get("Depth") == "0":
			w.WriteHeader(http.StatusMultiStatus)
			w.Write([]byte(`<d:multistatus xmlns:d="DAV:" xmlns:s="http://calendarserver.org/ns/"><d:response><d:href>/book/</d:href><d:propstat><d:prop><s:getctag>` + tag + `</s:getctag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`))
		default:
			w.WriteHeader(http.StatusMultiStatus)
			w.Write([]byte(`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/book/</d:href></d:response><d:response><d:href>http://x.example/book/a%20b.vcf</d:href><d:propstat><d:prop><d:getetag>"e"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:response><d:href>/elsewhere/z.vcf</d:href><d:propstat><d:prop><d:getetag>"e"</d:getetag></d:prop></d:propstat></d:response></d:multistatus>`))
		}
	}))
	defer server.Close()
	c, err := carddav.New(carddav.Config{URL: server.URL + "/book/", Account: "a", Password: func() string { return "p" }, Transport: http.DefaultTransport, Limiter: throttle.New(throttle.Limits{}, clock.System), Clock: clock.System})
	if err != nil {
		t.Fatal(err)
	}
	b := c.Book("")
	var names []string
	next, err := b.Changes(t.Context(), "", func(e carddav.Entry) error { names = append(names, e.Name); return nil }, nil)
	if err != nil || !slices.Equal(names, []string{"a b.vcf"}) || next != "ctag:1" {
		t.Fatalf("%q, %q, %v", names, next, err)
	}
	clear(asked)
	if again, err := b.Changes(t.Context(), next, nil, nil); err != nil || again != next || len(asked) != 1 || asked["PROPFIND0"] != 1 {
		t.Errorf("%q, %v, calls %v", again, err, asked)
	}
	tag = "2"
	if _, err := b.Changes(t.Context(), next, nil, nil); !errors.Is(err, carddav.ErrExpired) {
		t.Errorf("another tag: %v", err)
	}
}

func TestAConnectionIsChecked(t *testing.T) {
	for _, address := range []string{"", "http://cards.example/", "https://ada@cards.example/", "https://cards.example/?x", "ftp://cards.example/"} {
		if _, err := carddav.New(carddav.Config{URL: address, Account: "a", Password: func() string { return "p" }}); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Refused) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func FuzzEdit(f *testing.F) {
	f.Add("BEGIN:VCARD\r\nVERSION:3.0\r\nN:a;b\\;c\r\nEND:VCARD\r\n", "x")
	f.Fuzz(func(t *testing.T, text, first string) {
		once := carddav.Edit(text, "m", card.Card{First: first}, []string{"first"}, nil)
		if carddav.Mark(once) != "m" {
			t.Errorf("the mark is %q in %q", carddav.Mark(once), once)
		}
		if again := carddav.Edit(once, "m", card.Card{First: first}, []string{"first"}, nil); len(again) != len(once) {
			t.Errorf("the same edit again: %q, %q", once, again)
		}
	})
}

// A book goes once nothing is in it, and not before.
func TestAnEmptyBookGoes(t *testing.T) {
	b := radicale(t)
	if err := b.Put(t.Context(), carddav.Entry{Name: "own.vcf", Text: carddav.Fresh("u1", "", ada, nil)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true, true} {
		if gone, err := b.RemoveEmpty(t.Context()); gone != want || err != nil {
			t.Errorf("gone is %v, %v", gone, err)
		}
		if there := b.Is(t.Context()) == nil; there == want {
			t.Errorf("the book is there: %v", there)
		}
		if err := b.Delete(t.Context(), "own.vcf"); err != nil {
			t.Fatal(err)
		}
	}
}
