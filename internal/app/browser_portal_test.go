package app

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// atName gives the portal a name of this machine's: passkeys belong to a name, not to an
// address.
func atName(t *testing.T) func(h *house) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	address := l.Addr().String()
	fatal(t, l.Close())
	_, port, err := net.SplitHostPort(address)
	fatal(t, err)
	return func(h *house) { h.config.Portal, h.config.PortalURL = address, "http://portal.localhost:"+port }
}

// The whole way of a customer: register, confirm, a password, a passkey, out and in again
// by each, another person, the own data, and the end.
func TestACustomerAtThePortal(t *testing.T) {
	h := solo(t, under("mailissa"), atName(t))
	staff := h.window()
	staff.visit(h.ConsoleURL() + "/sign-in")
	staff.lend(h.owner())
	for _, lang := range []string{"de", "en"} {
		const sentence = "a short sentence is fine"
		email := "ada-" + lang + "@firma.example"
		w := h.window()
		w.run(webauthn.Enable(), chromedp.ActionFunc(addDevice))
		to := func(path string) string {
			mark := "?"
			if strings.Contains(path, "?") {
				mark = "&"
			}
			return h.PortalURL() + path + mark + "lang=" + lang
		}
		main := func() string { return eval[string](w, `document.querySelector('main').innerText`) }
		w.visit(to("/register"))
		w.picture("portal-register-" + lang)
		w.run(chromedp.SendKeys(`#email`, email, chromedp.ByQuery))
		w.reloading(click(`main form button`))
		w.picture("portal-sent-" + lang)
		w.visit(to(h.named(email)))
		w.picture("portal-confirm-" + lang)
		w.run(chromedp.SendKeys(`#password`, sentence, chromedp.ByQuery))
		w.reloading(click(`main form button`))
		w.picture("portal-overview-" + lang)
		if !strings.Contains(main(), email) {
			t.Fatalf("in %s the overview does not say who registered: %s", lang, main())
		}
		w.visit(to("/account"))
		w.reloading(click(`form[data-passkey=make] button`))
		if !strings.Contains(w.path(), "did=passkey") {
			t.Fatalf("in %s no passkey was added: %s", lang, main())
		}
		w.picture("portal-account-" + lang)
		w.reloading(click(`footer button`))
		w.picture("portal-signin-" + lang)
		w.run(chromedp.SendKeys(`#email`, email, chromedp.ByQuery), chromedp.SendKeys(`#password`, sentence, chromedp.ByQuery))
		w.reloading(click(`form[action^="/sign-in"] button`))
		w.reloading(click(`footer button`))
		w.reloading(click(`form[data-passkey=sign] button`))
		if !strings.Contains(main(), email) {
			t.Fatalf("in %s the passkey does not let in: %s", lang, main())
		}
		w.visit(to("/people"))
		w.run(chromedp.SendKeys(`#email`, "bob-"+lang+"@firma.example", chromedp.ByQuery))
		w.reloading(click(`form[action^="/people/invite"] button`))
		h.settle()
		w.visit(to("/people"))
		w.picture("portal-people-" + lang)
		staff.visit(h.ConsoleURL() + "/customers?lang=" + lang)
		staff.picture("console-customers-" + lang)
		if list := eval[string](staff, `document.querySelector('main').innerText`); !strings.Contains(list, email) {
			t.Errorf("in %s the console does not list who registered: %s", lang, list)
		}
		staff.reloading(click(`main tbody a`))
		staff.picture("console-customer-" + lang)
		staff.reloading(click(`main a[href*="/delete"]`))
		staff.quiet("the console in " + lang)
		staff.picture("console-delete-" + lang)
		w.visit(to("/data"))
		w.picture("portal-data-" + lang)
		w.visit(to("/account/close"))
		w.picture("portal-prove-" + lang)
		w.reloading(click(`form[data-passkey=sign] button`))
		w.quiet("the portal in " + lang)
		w.picture("portal-close-" + lang)
		w.reloading(click(`form[action^="/account/delete"] button`))
		if n := h.count("select count(*) from account"); n != 0 {
			t.Errorf("in %s %d accounts are left", lang, n)
		}
		if _, signedIn := w.cookies()["kept_session"]; signedIn {
			t.Error("the cookie is still there")
		}
	}
}

// named is the link of the portal that was mailed last to an address.
func (h *house) named(email string) string {
	h.t.Helper()
	h.settle()
	mails := h.sink.To(email)
	if len(mails) == 0 {
		h.t.Fatalf("nothing was sent to %s", email)
	}
	link := mails[len(mails)-1].Link(h.PortalURL())
	path, _, _ := strings.Cut(strings.TrimPrefix(link, h.PortalURL()), "?")
	return path
}

// path is where the window is.
func (w *window) path() string {
	w.t.Helper()
	return eval[string](w, `location.pathname + location.search`)
}

// addDevice gives a window a device that holds passkeys and whose owner always agrees.
func addDevice(ctx context.Context) error {
	_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}).Do(ctx)
	return err
}
