package roster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

func at(addresses ...string) []card.Email {
	var all []card.Email
	for _, a := range addresses {
		all = append(all, card.Email{Address: a})
	}
	return all
}

func TestSourcesSpeakInTheirOrder(t *testing.T) {
	sources := []Source{{Key: "entra", Priority: 1}, {Key: "crm", Priority: 2}}
	people := Join(sources, []Entry{
		{Source: "crm", ID: "7", Card: card.Card{First: "Augusta", Title: "Countess", Emails: at("ADA@muster.example", "ada@home.example"), Phones: []card.Phone{{Use: card.Business, Number: "+49 (611) 1"}, {Use: card.Home, Number: "2"}}}},
		{Source: "entra", ID: "u1", Card: card.Card{First: "Ada", Last: "Lovelace", Emails: at("ada@muster.example"), Phones: []card.Phone{{Use: card.Business, Number: "+496111"}}}},
		{Source: "crm", ID: "8", Card: card.Card{First: "Bob", Emails: at("bob@muster.example")}},
		{Source: "gone", ID: "1", Card: card.Card{First: "of a source that is no more"}},
	})
	if len(people) != 2 || people[0].Key != "entra/u1" || !slices.Equal(people[0].From, []string{"entra/u1", "crm/7"}) {
		t.Fatalf("%+v", people)
	}
	want := card.Card{First: "Ada", Last: "Lovelace", Title: "Countess", Emails: at("ada@muster.example", "ada@home.example"), Phones: []card.Phone{{Use: card.Business, Number: "+496111"}, {Use: card.Home, Number: "2"}}}
	if people[0].Card.Hash() != want.Hash() {
		t.Errorf("%+v", people[0].Card)
	}
}

func TestAChainOfAddressesIsOnePerson(t *testing.T) {
	people := Join([]Source{{Key: "s"}}, []Entry{
		{Source: "s", ID: "1", Card: card.Card{Emails: at("a@x.example")}},
		{Source: "s", ID: "2", Card: card.Card{Emails: at("b@x.example")}},
		{Source: "s", ID: "3", Card: card.Card{Emails: at("b@x.example", "a@x.example")}},
		{Source: "s", ID: "4", Card: card.Card{First: "nobody's address"}},
		{Source: "s", ID: "5", Card: card.Card{First: "nobody's address"}},
	})
	if len(people) != 3 || len(people[0].From) != 3 {
		t.Errorf("%+v", people)
	}
}

func TestFilters(t *testing.T) {
	e := Entry{ID: "u1", Groups: []string{"sales"}, Card: card.Card{Department: "Vertrieb", Emails: at("ada@muster.example"), Phones: []card.Phone{{Use: card.Business, Number: "1"}}}}
	for _, x := range []struct {
		f    Filter
		want bool
	}{
		{Filter{}, true},
		{Filter{Groups: []string{"other", "sales"}}, true},
		{Filter{Groups: []string{"other"}}, false},
		{Filter{Departments: []string{"vertrieb "}}, true},
		{Filter{Departments: []string{"Einkauf"}}, false},
		{Filter{Domains: []string{"muster.example"}}, true},
		{Filter{Domains: []string{"else.example"}}, false},
		{Filter{Without: []string{"ADA@muster.example"}}, false},
		{Filter{Without: []string{"u1"}}, false},
		{Filter{NeedEmail: true, NeedPhone: true}, true},
	} {
		if x.f.Takes(e) != x.want {
			t.Errorf("%+v takes it: %v", x.f, !x.want)
		}
	}
	if (Filter{NeedPhone: true}).Takes(Entry{}) || (Filter{NeedEmail: true}).Takes(Entry{}) {
		t.Error("an entry without a phone or an address is taken")
	}
}

// What people are joined to does not depend on the order in which entries come,
// and nobody is lost or stands twice.
func TestJoinKeepsEverybodyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := []Source{{Key: "a", Priority: 2}, {Key: "b", Priority: 1}, {Key: "c", Priority: 1}}
		var entries []Entry
		for i := range rapid.IntRange(0, 12).Draw(t, "entries") {
			e := Entry{Source: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "source"), ID: fmt.Sprint(i), Card: card.Card{First: fmt.Sprint(i)}}
			for range rapid.IntRange(0, 2).Draw(t, "addresses") {
				e.Card.Emails = append(e.Card.Emails, card.Email{Address: rapid.SampledFrom([]string{"1@x", "2@x", "3@x", "4@x"}).Draw(t, "address")})
			}
			entries = append(entries, e)
		}
		people := Join(sources, entries)
		shuffled := slices.Clone(entries)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again := Join(sources, shuffled)
		from := map[string]int{}
		addresses := map[string]string{}
		for i, p := range people {
			if p.Key != again[i].Key || p.Card.Hash() != again[i].Card.Hash() {
				t.Fatalf("the order of the entries counts: %+v and %+v", p, again[i])
			}
			for _, key := range p.From {
				from[key]++
			}
			for _, m := range p.Card.Emails {
				if other := addresses[m.Address]; other != "" && other != p.Key {
					t.Fatalf("%s stands with %s and %s", m.Address, other, p.Key)
				}
				addresses[m.Address] = p.Key
			}
		}
		for _, e := range entries {
			if from[keyOf(e)] != 1 {
				t.Fatalf("%s stands %d times", keyOf(e), from[keyOf(e)])
			}
		}
	})
}

func TestMarks(t *testing.T) {
	m := Mark{Owner: "o1", Person: "p1", Hash: "ab"}
	if got, ok := ParseMark(m.String()); !ok || got != m {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, text := range []string{"", "kept1:", "kept1:o|x", "kept1:o:|x", "other:o:p|x", "kept1:o:p"} {
		if got, ok := ParseMark(text); ok {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestRules(t *testing.T) {
	r := Rules{"title": Keep, "company": Clear, "website": Write, "note": Overwrite}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []Rules{{"shoe": Keep}, {"title": "maybe"}} {
		if err := wrong.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	c := card.Card{First: "Ada", Title: "Analyst", Company: "Muster", Website: "w", Note: "n", Categories: []string{"x"}}
	if got := r.Written(c); got.Title != "" || got.Company != "" || got.Website != "w" || got.Note != "n" || got.Categories != nil || got.First != "Ada" {
		t.Errorf("%+v is written", got)
	}
	mine := card.Card{Website: "the owner's"}
	changed := r.Changed(func(f string) bool { return Blank(mine, f) })
	for field, want := range map[string]bool{"first": true, "company": true, "note": true, "website": false, "title": false, "categories": false, "photo": false} {
		if slices.Contains(changed, field) != want {
			t.Errorf("%s is changed: %v", field, !want)
		}
	}
	for _, f := range Fields {
		if !Blank(card.Card{}, f) {
			t.Errorf("%s of nobody is not blank", f)
		}
	}
}

// box is a mailbox as far as Steps knows one.
type box map[string]Known

func (b box) known() []Known {
	var all []Known
	for _, k := range b {
		all = append(all, k)
	}
	return all
}

func (b box) carryOut(t interface{ Fatalf(string, ...any) }, steps []Step) {
	for _, s := range steps {
		k, there := b[s.Person]
		switch {
		case s.Act == Create && there, s.Act != Create && (!there || k.Item != s.Item):
			t.Fatalf("%s of %s: there %v, item %s", s.Act, s.Person, there, s.Item)
		case s.Act == Delete:
			delete(b, s.Person)
		default:
			k = Known{Person: s.Person, Item: "item-" + s.Person, Hash: s.Hash, Photo: k.Photo}
			if s.Photo {
				k.Photo = s.Card.Photo.Sum
			}
			b[s.Person] = k
		}
	}
}

// Once the steps are done there is nothing left to do, whatever the mailbox was
// like before and wherever a run before was cut off.
func TestStepsLeadToWhatIsWanted(t *testing.T) {
	people := func(t *rapid.T) []Wanted {
		var all []Wanted
		for i := range rapid.IntRange(0, 8).Draw(t, "people") {
			w := Wanted{Person: fmt.Sprint("p", i), Card: card.Card{First: rapid.SampledFrom([]string{"Ada", "Bob"}).Draw(t, "first")}}
			if sum := rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(t, "photo"); sum != "" {
				w.Card.Photo = &card.Photo{Sum: sum}
			}
			if rapid.Bool().Draw(t, "wanted") {
				all = append(all, w)
			}
		}
		return all
	}
	rapid.Check(t, func(t *rapid.T) {
		b := box{}
		for range 4 {
			wanted := people(t)
			steps := Steps(Draft(wanted, nil, card.Outlook), b.known())
			done := rapid.IntRange(0, len(steps)).Draw(t, "done before the cut")
			b.carryOut(t, steps[:done])
			b.carryOut(t, Steps(Draft(wanted, nil, card.Outlook), b.known()))
			if rest := Steps(Draft(wanted, nil, card.Outlook), b.known()); len(rest) != 0 {
				t.Fatalf("still to do: %+v", rest)
			}
			if len(b) != len(wanted) {
				t.Fatalf("%d contacts for %d people", len(b), len(wanted))
			}
		}
	})
}

// What an owner typed into a field that is the source's, or took out of it, spoils
// it; how the mailbox spells what was written does not.
func TestWhatAnOwnerSpoils(t *testing.T) {
	want := card.Card{
		First: "Ada", Last: "Lovelace", Title: "Analyst", Website: "https://muster.example", Emails: at("ada@muster.example"), Note: "n",
		Phones: []card.Phone{{Use: card.Business, Number: "+49 611 1"}, {Use: card.Mobile, Number: "+49 170 2"}}, Addresses: []card.Address{{Use: card.Business, City: "Wiesbaden"}},
	}
	is := want
	is.Display, is.Website = "Ada Lovelace", "https://muster.example/"
	is.Emails = []card.Email{{Address: "Ada@muster.example", Label: "Ada Lovelace"}}
	is.Phones = []card.Phone{{Use: card.Mobile, Number: "+49 (170) 2"}, {Use: card.Business, Number: "+49 611 1"}}
	rules := Rules{"title": Write, "company": Clear, "website": Keep}
	if got := rules.Spoiled(is, want); len(got) != 0 {
		t.Errorf("as it was written, and yet spoiled: %v", got)
	}
	is.Note, is.Website, is.Title = "the owner's", "the owner's", "the owner's"
	if got := rules.Spoiled(is, want); len(got) != 0 {
		t.Errorf("what is the owner's is spoiled: %v", got)
	}
	is.First, is.Title, is.Company, is.Emails = "Augusta", "", "typed", nil
	if got := rules.Spoiled(is, want); !slices.Equal(got, []string{"first", "company", "title", "emails"}) {
		t.Errorf("spoiled are %v", got)
	}
}

func TestOnlyThePhoto(t *testing.T) {
	ada := card.Card{First: "Ada", Photo: &card.Photo{Sum: "s1"}}
	b := box{}
	b.carryOut(t, Steps(Draft([]Wanted{{"p", ada}}, nil, card.Outlook), nil))
	ada.Photo = &card.Photo{Sum: "s2"}
	steps := Steps(Draft([]Wanted{{"p", ada}}, nil, card.Outlook), b.known())
	if len(steps) != 1 || !steps[0].Only || !steps[0].Photo {
		t.Errorf("%+v", steps)
	}
	ada.Last = "Lovelace"
	if steps = Steps(Draft([]Wanted{{"p", ada}}, nil, card.Outlook), b.known()); len(steps) != 1 || steps[0].Only || !steps[0].Photo {
		t.Errorf("%+v", steps)
	}
	if steps = Steps(Draft([]Wanted{{"p", ada}}, Rules{"photo": Keep, "last": Keep}, card.Outlook), b.known()); len(steps) != 0 {
		t.Errorf("rules that leave what changed to the owner: %+v", steps)
	}
}

// The cost model of the published limits: 1,000 contacts with photos of 20 kB in
// 1,000 mailboxes, 100 at a time.
func TestHowLongARunTakes(t *testing.T) {
	one := Outlook.Takes(2000, 1000*20_000)
	if one != 125*time.Second {
		t.Errorf("one mailbox takes %s", one)
	}
	if all := Outlook.All(slices.Repeat([]time.Duration{one}, 1000)); all.Round(time.Second) != 20*time.Minute+50*time.Second {
		t.Errorf("all take %s", all)
	}
	if got := Outlook.Takes(40_000, 0); got != 2500*time.Second {
		t.Errorf("40,000 calls take %s", got)
	}
	if got := (Pace{Latency: time.Millisecond, AtOnce: 4, Calls: 100, Per: time.Minute}).Takes(400, 0); got != 3*time.Minute {
		t.Errorf("beyond the window: %s", got)
	}
}

func TestTheBrake(t *testing.T) {
	b := Brake{Share: 0.1}
	for _, x := range []struct {
		deletes, have int64
		stops         bool
	}{{10, 10, false}, {11, 100, true}, {11, 110, false}, {100, 1000, false}, {101, 1000, true}, {0, 0, false}} {
		if err := b.Check(x.deletes, x.have); fault.Is(err, fault.Conflict) != x.stops || errors.As(err, new(*Braked)) != x.stops {
			t.Errorf("%d of %d: %v", x.deletes, x.have, err)
		}
	}
}

func TestCounts(t *testing.T) {
	steps := []Step{
		Anew(&Written{Card: card.Card{Photo: &card.Photo{Sum: "s"}}, Drops: []string{"x"}}), {Act: Update, Written: &Written{}}, Remove("p", "i"),
	}
	c := CountOf(steps, 5, func(string) int64 { return 100 })
	c.Add(Count{Mailboxes: 1, Updates: 2})
	if want := (Count{Mailboxes: 2, Creates: 1, Updates: 3, Deletes: 1, Photos: 1, Same: 3, Drops: 1, Bytes: 100}); c != want {
		t.Errorf("%+v", c)
	}
	if got := c.First(2); got != (Count{Mailboxes: 2, Creates: 1, Updates: 1, Same: 3}) {
		t.Errorf("the first two are %+v", got)
	}
	if c.Calls(nil) != 6 || c.Calls(Rules{"title": Write}) != 9 {
		t.Errorf("%d and %d calls", c.Calls(nil), c.Calls(Rules{"title": Write}))
	}
}

// Of some fields another source speaks first than of the rest.
func TestASourceSpeaksFirstAboutAField(t *testing.T) {
	mail := []card.Email{{Address: "ada@x.example"}}
	entries := []Entry{
		{Source: "a", ID: "1", Card: card.Card{First: "Ada", Title: "Analyst", Emails: mail, Phones: []card.Phone{{Number: "1"}}}},
		{Source: "b", ID: "1", Card: card.Card{First: "A.", Title: "Boss", Company: "B", Emails: mail, Phones: []card.Phone{{Number: "2"}}}},
		{Source: "a", ID: "2", Card: card.Card{First: "Bob", Title: "Clerk"}},
	}
	people := Join([]Source{{Key: "a"}, {Key: "b", Priority: 1, First: []string{"title", "phones", "department"}}}, entries)
	if len(people) != 2 {
		t.Fatalf("%+v", people)
	}
	c := people[0].Card
	if c.First != "Ada" || c.Title != "Boss" || c.Company != "B" || len(c.Phones) != 2 || c.Phones[0].Number != "2" || len(c.Emails) != 1 {
		t.Errorf("%+v", c)
	}
	if people[1].Card.Title != "Clerk" {
		t.Errorf("%+v", people[1].Card)
	}
}
