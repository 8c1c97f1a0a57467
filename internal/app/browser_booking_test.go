package app

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/emersion/go-ical"

	"kept/internal/activity/booking"
)

// Somebody books in a browser, moves the appointment by the link of the mail and
// cancels it; hostile words stay words on every page that shows them.
func TestInABrowserSomebodyBooksMovesAndCancels(t *testing.T) {
	h := solo(t)
	h.opens()
	w := h.window()
	const hostile = `<img src=x onerror=alert(1)>`
	w.visit(booking.Path + "?lang=en")
	w.reloading(click("ul.kept-booking a"))
	w.reloading(click("ul.times li:last-child a"))
	w.run(chromedp.SendKeys("#email", "ada@person.example"), chromedp.SendKeys("#first", hostile), chromedp.SendKeys("#message", `"><script>alert(2)</script>`))
	w.reloading(click("main form button"))
	if title := eval[string](w, `document.querySelector('h1').textContent`); title != "Your appointment is booked" {
		t.Fatalf("the page says %q", title)
	}
	method := func() string {
		t.Helper()
		h.settle()
		mails := h.sink.To("ada@person.example")
		cal, err := ical.NewDecoder(bytes.NewReader(mails[len(mails)-1].Read().Attachments[0].Data)).Decode()
		fatal(t, err)
		return cal.Props.Get(ical.PropMethod).Value
	}
	if got := method(); got != "REQUEST" {
		t.Errorf("the first invitation is %s", got)
	}
	link, err := url.Parse(h.sink.To("ada@person.example")[0].Link("/mine/"))
	fatal(t, err)
	w.visit(link.RequestURI())
	w.reloading(click("a.button"))
	w.reloading(click("ul.times li:first-child a"))
	w.reloading(click("main form button"))
	if title := eval[string](w, `document.querySelector('h1').textContent`); title != "The appointment is moved" {
		t.Fatalf("the page says %q", title)
	}
	if got := method(); got != "REQUEST" {
		t.Errorf("the second invitation is %s", got)
	}
	h.showsAsText(hostile)
	w.visit(link.RequestURI())
	w.reloading(click(`form[action*="/cancel"] button`))
	if title := eval[string](w, `document.querySelector('h1').textContent`); title != "The appointment is cancelled" {
		t.Fatalf("the page says %q", title)
	}
	if got := method(); got != "CANCEL" {
		t.Errorf("the last invitation is %s", got)
	}
	if len(w.dialogs) > 0 {
		t.Errorf("a script ran: %v", w.dialogs)
	}
}

// showsAsText opens the page of the console that shows what was typed.
func (h *house) showsAsText(hostile string) {
	h.t.Helper()
	owner := h.owner()
	id := ""
	fatal(h.t, h.DB.QueryRowContext(h.t.Context(), "select id from booking_appointment").Scan(&id))
	got := owner.get(h.ConsoleURL() + "/bookings/" + id)
	if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "&lt;img") || strings.Contains(got.body, hostile) {
		h.t.Errorf("the console's page: %s\n%s", got.Status, got.body)
	}
}
