package card

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestHashIsOfWhatAPersonSees(t *testing.T) {
	c := Card{First: "Ada", Phones: []Phone{{Business, "1"}, {Business, "2"}}, Photo: &Photo{Sum: "ab", Etag: "x"}}
	same := []Card{
		{First: " Ada ", Phones: []Phone{{Business, "1 "}, {Home, " "}, {Business, "2"}}, Photo: &Photo{Sum: "ab", Etag: "y"}, Emails: []Email{{}}},
	}
	for _, x := range same {
		if x.Hash() != c.Hash() {
			t.Errorf("%+v has another hash", x)
		}
	}
	for _, x := range []Card{
		{First: "Ada"},
		{Last: "Ada", Phones: c.Phones, Photo: c.Photo},
		{First: "Ada", Phones: []Phone{{Business, "2"}, {Business, "1"}}, Photo: c.Photo},
		{First: "Ada", Phones: c.Phones, Photo: &Photo{Sum: "cd"}},
	} {
		if x.Hash() == c.Hash() {
			t.Errorf("%+v has the same hash", x)
		}
	}
}

func TestFitMovesBeforeItDrops(t *testing.T) {
	c := Card{
		Emails: []Email{{Address: "a@x.example"}, {Address: "b@x.example"}, {Address: "c@x.example"}, {Address: "d@x.example"}},
		Phones: []Phone{{Mobile, "1"}, {Mobile, "2"}, {Business, "3"}, {Business, "4"}, {Business, "5"}, {Pager, "6"}, {Pager, "7"}},
	}
	fitted, dropped := c.Fit(Outlook)
	want := []Phone{{Mobile, "1"}, {Business, "3"}, {Business, "4"}, {Pager, "6"}, {Other, "2"}, {Home, "5"}}
	if !slices.Equal(fitted.Phones, want) {
		t.Errorf("phones %v", fitted.Phones)
	}
	if !slices.Equal(dropped, []string{"e-mail d@x.example", "phone (pager) 7"}) {
		t.Errorf("dropped %q", dropped)
	}
	if len(c.Emails) != 4 || c.Phones[1].Use != Mobile {
		t.Error("the card itself changed")
	}
}

func TestABirthdayWithoutAYear(t *testing.T) {
	c := Card{Birthday: "--12-10"}
	if fitted, dropped := c.Fit(Outlook); fitted.Birthday != "" || len(dropped) != 1 {
		t.Errorf("%q, dropped %q", fitted.Birthday, dropped)
	}
	if fitted, dropped := c.Fit(Whole); fitted.Birthday != "--12-10" || len(dropped) != 0 {
		t.Errorf("%q, dropped %q", fitted.Birthday, dropped)
	}
}

// Nothing is lost silently, and nothing exceeds the limits.
func TestFitNamesWhatItDrops(t *testing.T) {
	uses := []Use{Business, Home, Mobile, Pager, BusinessFax, HomeFax, Other}
	rapid.Check(t, func(t *rapid.T) {
		var c Card
		for i := range rapid.IntRange(0, 14).Draw(t, "phones") {
			c.Phones = append(c.Phones, Phone{rapid.SampledFrom(uses).Draw(t, "use"), fmt.Sprint(i)})
		}
		for i := range rapid.IntRange(0, 6).Draw(t, "emails") {
			c.Emails = append(c.Emails, Email{Address: fmt.Sprint(i)})
		}
		fitted, dropped := c.Fit(Outlook)
		if len(fitted.Phones)+len(fitted.Emails)+len(dropped) != len(c.Phones)+len(c.Emails) {
			t.Fatalf("%d phones and %d e-mails became %d, %d and %q", len(c.Phones), len(c.Emails), len(fitted.Phones), len(fitted.Emails), dropped)
		}
		used := map[Use]int{}
		for _, p := range fitted.Phones {
			used[p.Use]++
		}
		for u, n := range used {
			if n > Outlook.Phones[u] {
				t.Fatalf("%d phones for %s", n, u)
			}
		}
		again, more := fitted.Fit(Outlook)
		if len(more) > 0 || again.Hash() != fitted.Hash() {
			t.Fatalf("fitting twice drops %q", more)
		}
	})
}
