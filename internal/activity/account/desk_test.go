package account

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
)

// staff asks the console's door as the owner of the house.
func (h *house) staff(method, path string, form url.Values) got {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "en")
	answer := h.Staff(r)
	return got{answer.StatusCode, answer.Header.Get("Location"), h.body(answer), answer.Header}
}

// The console lists customers, opens one with the people, notes an expiry and deletes on
// request; what it shows before a deletion changes nothing.
func TestTheConsoleShowsCustomers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		get, post := http.MethodGet, http.MethodPost
		says := func(where string, g got, all ...string) {
			t.Helper()
			if g.Status != http.StatusOK {
				t.Errorf("%s: %d", where, g.Status)
			}
			for _, text := range all {
				if !strings.Contains(strings.ReplaceAll(g.Body, "\u00a0", " "), text) {
					t.Errorf("%s does not say %q:\n%s", where, text, g.Body)
				}
			}
		}
		says("nobody yet", h.staff(get, deskPath, nil), "0 customers", "As soon as somebody creates an account")
		ada := h.register(1, "ada@firma.example")
		h.Clock.Advance(time.Second)
		h.register(2, "bob@andere.example")
		h.invited(ada, 3, "cyd@firma.example", access.CustomerBilling)
		h.Clock.Advance(time.Second)
		h.fatal(h.Invite(t.Context(), home(4), ada, "dan@firma.example", access.CustomerAdmin, "en"))
		h.Work()
		list := h.staff(get, deskPath, nil)
		says("the list", list, "2 customers", "ada@firma.example", "bob@andere.example", "active", `href="/customers/`+ada.Customer)
		if strings.Contains(list.Body, "cyd@") {
			t.Error("the list names people who did not register")
		}
		one := deskPath + "/" + ada.Customer
		says("one", h.staff(get, one, nil), "ada@firma.example", "cyd@firma.example", "dan@firma.example", "invited on", "Owner", "Billing", ada.Customer)
		if got := h.staff(get, deskPath+"/nobody", nil); got.Status != http.StatusNotFound {
			t.Errorf("an unknown one: %d", got.Status)
		}
		if got := h.staff(post, one+"/expiry", url.Values{"expiry": {"soon"}}); got.Status != http.StatusBadRequest || !strings.Contains(got.Body, "Write a day like 2026-12-31.") || !strings.Contains(got.Body, `value="soon"`) {
			t.Errorf("no day: %d\n%s", got.Status, got.Body)
		}
		noted := h.staff(post, one+"/expiry", url.Values{"expiry": {"2026-12-31"}})
		if noted.Status != http.StatusSeeOther {
			t.Fatalf("an expiry: %d\n%s", noted.Status, noted.Body)
		}
		says("with an expiry", h.staff(get, noted.To, nil), "The expiry is noted.", "31 December 2026", `value="2026-12-31"`)
		says("before a deletion", h.staff(get, one+"/delete", nil), "ends at once and cannot be taken back", "Accounts", "Roles", "Delete everything of this customer")
		says("after a look", h.staff(get, one, nil), "cyd@firma.example")
		gone := h.staff(post, one+"/delete", nil)
		if gone.Status != http.StatusSeeOther {
			t.Fatalf("a deletion: %d\n%s", gone.Status, gone.Body)
		}
		after := h.staff(get, gone.To, nil)
		says("afterwards", after, "The deletion is carried out.", "1 customer", "bob@andere.example")
		if strings.Contains(after.Body, "firma.example") {
			t.Error("it is still there")
		}
		if got := h.staff(get, one, nil); got.Status != http.StatusNotFound {
			t.Errorf("the deleted one: %d", got.Status)
		}
	})
}
