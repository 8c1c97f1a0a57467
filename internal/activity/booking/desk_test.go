package booking_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/store/storetest"
)

func TestWhatTheOperatorOpensIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		id := ""
		fatal(t, h.DB.QueryRowContext(t.Context(), "select id from booking_appointment").Scan(&id))
		staff := func(method, path string) (int, string) {
			r := httptest.NewRequest(method, path, strings.NewReader("do=yes"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return answered(t, h.Staff(r))
		}
		if _, list := staff(http.MethodGet, "/bookings"); strings.Contains(list, "Lovelock1") || strings.Contains(list, p.email) || !strings.Contains(list, id) {
			t.Error("the list names who booked, or does not lead there")
		}
		if n := leaves(t, h, "booking.opened") + leaves(t, h, "booking.sheet-opened"); n != 0 {
			t.Errorf("%d leaves before anything was opened", n)
		}
		if _, one := staff(http.MethodGet, "/bookings/"+id); !strings.Contains(one, "Lovelock1") || !strings.Contains(one, "Rechenwerk1") {
			t.Errorf("the page says %s", said(one))
		}
		if _, sheet := staff(http.MethodGet, "/bookings/day/2026-11-23"); !strings.Contains(sheet, "Lovelock1") {
			t.Errorf("the sheet says %s", said(sheet))
		}
		if leaves(t, h, "booking.opened") != 1 || leaves(t, h, "booking.sheet-opened") != 1 {
			t.Error("what was opened is not recorded")
		}
		if status, _ := staff(http.MethodPost, "/bookings/"+id); status != http.StatusSeeOther {
			t.Errorf("cancelling: %d", status)
		}
		h.Work()
		if method, _, _ := invitation(t, p.newest()); method != "CANCEL" {
			t.Error("the person was not told")
		}
		if n := len(h.Sink.To("privacy@agentur.example")); n != 1 {
			t.Errorf("the operator was told %d times of what they did", n)
		}
	})
}

func TestTheOperatorSetsUpWhatCanBeBooked(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(allFields), clock.At(noon), booking.Kind{})
	send := func(path string, form url.Values) (int, string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return answered(t, h.Staff(r))
	}
	calendar := url.Values{"key": {"anna"}, "name": {"Anna"}, "zone": {"Europe/Berlin"}, "holidays": {"de-he"}, "week": {"Mo-Fr 09:00-12:00"}, "except": {"2026-12-24 closed"}}
	if status, body := send("/bookings/calendars/new", calendar); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, said(body))
	}
	kind := url.Values{"key": {"talk"}, "activity": {"booking"}, "calendar": {"anna"}, "title-de": {"Gespräch"}, "title-en": {"Talk"}, "length": {"30"}, "step": {"30"},
		"pause-before": {"0"}, "pause-after": {"0"}, "notice": {"60"}, "ahead": {"30"}, "capacity": {"1"}}
	if status, body := send("/bookings/types/new", kind); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, said(body))
	}
	if status, _ := send("/bookings/types/new", kind); status != http.StatusBadRequest {
		t.Errorf("the same key again: %d", status)
	}
	for path, wrong := range map[string][2]string{"/bookings/types/talk": {"length", "7"}, "/bookings/calendars/anna": {"week", "Mon 9-8"}} {
		form := url.Values{}
		for k, v := range map[string]url.Values{"/bookings/types/talk": kind, "/bookings/calendars/anna": calendar}[path] {
			form[k] = v
		}
		form.Set(wrong[0], wrong[1])
		if status, body := send(path, form); status != http.StatusBadRequest || !strings.Contains(body, wrong[1]) {
			t.Errorf("%s with %v: %d, or what was typed is gone", path, wrong, status)
		}
	}
	if leaves(t, h, "booking.type-set") != 1 || leaves(t, h, "booking.calendar-set") != 1 {
		t.Error("the changes are not in the ledger")
	}
	if got := slots(t, h, "2026-11-22", "2026-11-23"); len(got) != 6 {
		t.Errorf("free are %v", got)
	}
	someone(h, 1).books(time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC))
	if status, _ := send("/bookings/types/talk/remove", url.Values{"do": {"yes"}}); status != http.StatusConflict {
		t.Errorf("removing what is booked: %d", status)
	}
	kind.Set("off", "yes")
	send("/bookings/types/talk", kind)
	if status, _ := someone(h, 2).book(time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)); status != http.StatusNotFound {
		t.Errorf("booking what is switched off: %d", status)
	}
}

// Where the policy says that appointments are made with another provider, none is
// made here, and everybody is told why.
func TestAppointmentsThatAreMadeElsewhereAreNotMadeHere(t *testing.T) {
	text := strings.Replace(strings.Replace(policyOf(allFields), "settings: {remind: 1 day}", "settings: {calendar: {ycbm: {protocol: youcanbookme}}}\n    recipients: {ycbm: [email, appointment]}", 1),
		"activities:", "recipients:\n  ycbm: {name: YouCanBookMe Ltd., country: GB, role: processor, agreement: {kind: dpa}, transfers: [{to: GB, safeguard: adequacy}], hosts: [api.ycbm.example]}\nactivities:", 1)
	h := activitytest.Env(t, storetest.SQLite(t), text, clock.At(noon), booking.Kind{})
	if status, _ := someone(h, 1).ask(http.MethodGet, booking.Path, nil); status != http.StatusNotFound {
		t.Errorf("the page to book: %d", status)
	}
	_, err := diary(h).Book(context.Background(), booking.Order{Activity: "booking", Type: "talk", Start: at, Person: booking.Person{Email: "ada@person.example"}})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("booking: %v", err)
	}
	if err := diary(h).SetType(t.Context(), talk(), "test"); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "YouCanBookMe Ltd.") || !strings.Contains(err.Error(), "protocol caldav") {
		t.Errorf("setting up: %v", err)
	}
	_, page := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, "/bookings", nil)))
	if want := i18n.T("de", "booking.why.elsewhere", "booking", "YouCanBookMe Ltd."); !strings.Contains(said(page), want) {
		t.Errorf("the console says %s", said(page))
	}
}

// What is wrong with a type or a calendar stands beside its field.
func TestTheSetUpSaysWhatIsWrongWithEachField(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		ask := func(path string, form url.Values) (int, string) {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept-Language", "en")
			return answered(t, h.Staff(r))
		}
		status, body := ask("/bookings/types/new", url.Values{"key": {"Talk 1"}, "title-de": {"Gespräch"}, "activity": {"booking"}, "calendar": {"anna"}, "length": {"7"}, "step": {"30"}, "pause-before": {"0"}, "pause-after": {"0"}, "notice": {"-1"}, "ahead": {"500"}, "capacity": {"x"}})
		for id, says := range map[string]string{"key": "small letters", "title-en": "at most 120 letters", "length": "5 to 1440 minutes, in steps of 5", "notice": "from 0 to 129600", "ahead": "from 1 to 400", "capacity": "whole number"} {
			if _, after, found := strings.Cut(body, `id="`+id+`-wrong">`); status != http.StatusBadRequest || !found || !strings.Contains(after[:min(len(after), 120)], says) {
				t.Errorf("%d, and beside %s does not stand %q:\n%s", status, id, says, said(body))
			}
		}
		status, body = ask("/bookings/calendars/new", url.Values{"key": {"bo"}, "name": {""}, "zone": {"Mars"}, "holidays": {"XX"}})
		for id, says := range map[string]string{"name": "at most", "zone": "Europe/Berlin", "holidays": "DE-HE"} {
			if _, after, found := strings.Cut(body, `id="`+id+`-wrong">`); status != http.StatusBadRequest || !found || !strings.Contains(after[:min(len(after), 120)], says) {
				t.Errorf("%d, and beside %s does not stand %q:\n%s", status, id, says, said(body))
			}
		}
	})
}
