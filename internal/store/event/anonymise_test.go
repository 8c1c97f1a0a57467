package event

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/manifest"
)

// all returns every row of visit in the order of time, spelled.
func (h *house) all() []Row {
	h.t.Helper()
	var rows []Row
	err := h.each(h.t.Context(), "visit", time.Time{}, time.Time{}, func(p *partition) error {
		found, err := p.find(h.t.Context(), p.db, "1 = 1 order by id")
		if err != nil {
			return err
		}
		spelled, err := p.spell(h.t.Context(), p.db, found, map[int64]string{})
		for _, f := range spelled {
			who := ""
			if f.person != 0 {
				who = "somebody"
			}
			rows = append(rows, p.row(f, who))
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

var exact = time.Date(2026, 11, 21, 13, 37, 42, 123e6, time.UTC)

// personal is a row with something to hide in each column.
func personal(subject string) Row {
	return Row{At: exact, Subject: subject, Values: []any{
		"/reset?mail=anna@example.org", "Lynx 2.9 of " + subject, "203.0.113.77", int64(90), "call me, " + subject, exact, true, []byte("raw " + subject)}}
}

func TestAnonymisingLeavesWhatSaysNothingAboutAPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(personal("anna"), personal("ben"))
		n, err := h.Anonymise(t.Context(), "visit", "anna", time.Time{}, nil)
		if err != nil || n != 1 {
			t.Fatalf("%d rows changed (%v)", n, err)
		}
		if got := h.of("anna"); got != nil {
			t.Errorf("the row still leads to anna: %q", got)
		}
		rows := h.all()
		got := rows[0]
		if got.ID>>randomBits != exact.Truncate(time.Hour).UnixMilli() {
			t.Errorf("the id still tells the time %v", TimeOf(got.ID))
		}
		got.ID = 0
		want := Row{At: exact.Truncate(time.Hour), Values: []any{
			"/reset", "", "203.0.0.0", int64(90), nil, exact.Truncate(24 * time.Hour), true, nil}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		left := h.everything()
		for _, planted := range []string{"of anna", "me, anna", "raw anna"} {
			if strings.Contains(left, planted) {
				t.Errorf("%q is still somewhere", planted)
			}
		}
		if !strings.Contains(left, "mail=anna") {
			t.Error("ben's row lost its page")
		}
		if len(rows) != 2 || len(h.of("ben")) != 1 {
			t.Errorf("ben's row was touched: %v", rows)
		}
	})
}

func TestAnonymisingAllGoesOnWhereItStopped(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 6 {
			h.append(view(november.AddDate(0, 0, i), "anna", fmt.Sprint("/?", i)))
		}
		cutoff := november.AddDate(0, 0, 2)
		for _, want := range []int64{3, 0} {
			if n, err := h.Anonymise(t.Context(), "visit", "", cutoff, nil); err != nil || n != want {
				t.Fatalf("%d rows changed (%v), want %d", n, err, want)
			}
		}
		h.append(view(november, "anna", "/?late"))
		for _, want := range []int64{1, 0} {
			if n, err := h.Anonymise(t.Context(), "visit", "", cutoff, nil); err != nil || n != want {
				t.Fatalf("after a late row %d rows changed (%v), want %d", n, err, want)
			}
		}
		if got := h.of("anna"); !slices.Equal(got, []string{"/?3", "/?4", "/?5"}) {
			t.Errorf("anna has %q", got)
		}
		if n := h.count("visit"); n != 7 {
			t.Errorf("%d rows are left, want 7", n)
		}
	})
}

func TestNamedColumnsAloneAreAnonymised(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(personal("anna"))
		n, err := h.Anonymise(t.Context(), "visit", "", exact, nil, "address")
		if err != nil || n != 1 {
			t.Fatalf("%d rows changed (%v)", n, err)
		}
		got := h.all()[0]
		if got.Values[2] != "203.0.0.0" || got.Values[0] != "/reset?mail=anna@example.org" || !got.At.Equal(exact) || got.Subject == "" {
			t.Errorf("the row is %v", got)
		}
		// The other columns have a progress of their own.
		if n, err := h.Anonymise(t.Context(), "visit", "", exact, nil); err != nil || n != 1 {
			t.Errorf("%d rows changed (%v)", n, err)
		}
	})
}

func TestHeldRowsAreAnonymisedAfterTheirHold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(personal("anna"), personal("ben"))
		if n, err := h.Anonymise(t.Context(), "visit", "", exact, []string{"anna"}); err != nil || n != 1 {
			t.Fatalf("%d rows changed (%v)", n, err)
		}
		if got := h.of("anna"); !slices.Equal(got, []string{"/reset?mail=anna@example.org"}) {
			t.Errorf("under hold anna has %q", got)
		}
		if n, err := h.Anonymise(t.Context(), "visit", "anna", exact, []string{"anna"}); err != nil || n != 0 {
			t.Errorf("under hold %d rows changed (%v)", n, err)
		}
		if n, err := h.Anonymise(t.Context(), "visit", "", exact, nil); err != nil || n != 1 {
			t.Fatalf("after the hold %d rows changed (%v)", n, err)
		}
		if strings.Contains(h.everything(), "anna") {
			t.Error("anna is still somewhere")
		}
		if rows, _, err := h.Held(t.Context(), "visit"); rows != 0 || err != nil {
			t.Errorf("%d rows are held (%v)", rows, err)
		}
		if n := h.count("visit"); n != 2 {
			t.Errorf("%d rows are left, want 2", n)
		}
	})
}

func TestManyRowsShareOneCoarseMoment(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	var rows []Row
	for i := range 5000 {
		rows = append(rows, view(exact.Add(time.Duration(i%1000)*time.Millisecond), fmt.Sprint(i%7), "/"))
	}
	h.append(rows...)
	if n, err := h.Anonymise(t.Context(), "visit", "", exact.Add(time.Hour), nil); err != nil || n != 5000 {
		t.Fatalf("%d rows changed (%v)", n, err)
	}
	for _, r := range h.all() {
		if !r.At.Equal(exact.Truncate(time.Hour)) {
			t.Fatalf("a row is of %v", r.At)
		}
	}
	if n := h.count("visit"); n != 5000 {
		t.Errorf("%d rows are left", n)
	}
}

func TestWithoutAnAnonymiserNothingIsLeft(t *testing.T) {
	for _, c := range []struct {
		column manifest.Column
		value  any
		want   any
	}{
		{manifest.Column{Null: true}, "text", nil},
		{manifest.Column{}, "text", ""},
		{manifest.Column{Class: manifest.Word}, "word", nil},
		{manifest.Column{Type: manifest.IntType}, int64(7), int64(0)},
		{manifest.Column{Type: manifest.BoolType}, true, false},
		{manifest.Column{Type: manifest.IntType, Anonymise: manifest.CoarsenHour}, int64(7), int64(0)},
		{manifest.Column{Anonymise: manifest.TruncateAddr}, "2001:db8:1:2::3", "2001:db8:1::"},
		{manifest.Column{Anonymise: manifest.TruncateAddr}, "::ffff:203.0.113.7", "203.0.0.0"},
		{manifest.Column{Anonymise: manifest.TruncateAddr}, "fe80::1%eth0", "fe80::"},
		{manifest.Column{Anonymise: manifest.TruncateAddr}, "203.0.113.0/24", "203.0.0.0"},
		{manifest.Column{Anonymise: manifest.TruncateAddr}, "an address", ""},
		{manifest.Column{Anonymise: manifest.StripQuery}, "/a#b?c", "/a"},
		{manifest.Column{Anonymise: manifest.Retain}, "text", "text"},
	} {
		if got := blur(&c.column, c.value); got != c.want {
			t.Errorf("%+v makes %v of %v, want %v", c.column, got, c.value, c.want)
		}
	}
	if at := coarsen(manifest.Drop, exact, november); !at.Equal(november) {
		t.Errorf("a dropped time is %v", at)
	}
}

func TestClearedColumnsAreEmptyWhateverTheirAnonymiser(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(personal("anna"))
		for _, want := range []int64{1, 0} {
			if n, err := h.Clear(t.Context(), "visit", exact, nil, "page", "scroll"); err != nil || n != want {
				t.Fatalf("%d rows changed (%v), want %d", n, err, want)
			}
		}
		got := h.all()[0]
		if got.Values[0] != "" || got.Values[3] != nil || got.Values[1] == "" || got.Subject == "" {
			t.Errorf("the row is %v", got)
		}
		if strings.Contains(h.everything(), "mail=anna") {
			t.Error("the cleared word is still somewhere")
		}
	})
}
