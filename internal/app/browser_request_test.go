package app

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kept/internal/access"
	"kept/internal/duty/request"
)

// The whole way of a person who asks what is held, in both languages and without
// a script of ours: the question, the code from the mail, the plan, the approval
// and the answer at the console, a fresh proof, the download.
func TestAPersonAsksAndIsAnswered(t *testing.T) {
	h := solo(t)
	for _, lang := range []string{"de", "en"} {
		a := h.asker("ada-" + lang + "@example.org")
		a.subscribe(url.Values{"first": {"Ada"}})
		person, officer := h.window(), h.window()
		person.visit("/privacy/request?lang=" + lang)
		person.picture("request-ask-" + lang)
		person.run(click(`input[value=access]`), chromedp.SendKeys(`#email`, a.email, chromedp.ByQuery))
		person.reloading(click(`main form > p > button`))
		person.picture("request-code-" + lang)
		if !strings.Contains(eval[string](person, `document.querySelector('main').innerText`), "-") {
			t.Error("the page names no number")
		}
		person.proves(a)
		person.picture("request-mine-" + lang)

		token, err := h.Staff.Invite(t.Context(), "officer@agentur.example", access.Officer)
		fatal(t, err)
		officer.visit(h.ConsoleURL() + "/link/" + token + "?lang=" + lang)
		officer.reloading(click(`main button`))
		officer.visit(h.ConsoleURL() + "/requests/new?lang=" + lang)
		officer.picture("request-new-" + lang)
		officer.visit(h.ConsoleURL() + "/requests/calendar?lang=" + lang)
		officer.picture("request-calendar-" + lang)
		officer.visit(h.ConsoleURL() + "/requests?lang=" + lang)
		officer.picture("request-list-" + lang)
		officer.reloading(click(`main tbody a`))
		officer.picture("request-plan-" + lang)
		officer.reloading(click(`form[action*="/approve"] > p > button`))
		h.settle()
		officer.reloading(chromedp.Reload())
		officer.reloading(click(`button[value=answer]`))
		officer.picture("request-draft-" + lang)
		officer.reloading(click(`button[value=send]`))
		h.settle()
		officer.visit(h.ConsoleURL() + "/requests/statistics?lang=" + lang)
		officer.picture("request-statistics-" + lang)

		mails := a.mails()
		open := mails[len(mails)-1].Link("/privacy/request/open")
		person.visit(open[strings.Index(open, "/privacy"):])
		person.reloading(click(`main form button`))
		person.proves(a)
		person.picture("request-answered-" + lang)
		path := eval[string](person, `document.querySelector('a[href*="/package/"]').pathname`)
		a.set(request.CookieName, person.cookies()[request.CookieName]) // pages of Kept's own let no script fetch
		if got := a.get(path); !strings.HasPrefix(got.body, "PK") {
			t.Errorf("in %s what is downloaded is no ZIP: %s", lang, got.Status)
		}
		h.settle()
	}
}

// proves opens the link of the newest code and presses its button.
func (w *window) proves(a *asker) {
	w.t.Helper()
	mails := a.mails()
	w.visit(proveLink.FindString(mails[len(mails)-1].Read().Text))
	w.reloading(click(`main form button`))
	w.h.settle()
	w.reloading(chromedp.Reload())
}
