package account

import (
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/remote/oidc"
	"kept/internal/remote/oidc/oidctest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// abroad is a house beside a stand-in for Microsoft.
type abroad struct {
	*house
	entra *oidctest.Authority
}

func eachAbroad(t *testing.T, f func(t *testing.T, h abroad)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		now := clock.At(start)
		entra := oidctest.NewAbroad(t, now)
		policy := strings.ReplaceAll(policyWith(everything, "[password, passkey, microsoft]", "      microsoft: entra"), "login.entra.example", oidctest.Host)
		e := activitytest.EnvOver(t, egress.Options{Resolver: entra, Dial: entra.Dial, Roots: entra.Roots()}, place, policy, now, Kind{})
		h := &house{e, e.Running(Name).(*Accounts), t}
		h.Microsoft = oidc.Application{ID: oidctest.Client, Secret: vault.NewSecret(oidctest.Secret), Authority: entra.Base()}
		f(t, abroad{h, entra})
	})
}

// away has a browser go to Microsoft and returns the page to which it comes back.
func (h abroad) away(b *browser) string { return h.awayBy(b, "/sign-in/microsoft") }

func (h abroad) awayBy(b *browser, link string) string {
	h.t.Helper()
	there := b.get(link)
	if there.Status != http.StatusSeeOther || !strings.HasPrefix(there.To, "https://"+oidctest.Host+"/") {
		h.t.Fatalf("led to %d %s", there.Status, there.To)
	}
	to, err := h.entra.Visit(there.To)
	h.fatal(err)
	path, ours := strings.CutPrefix(to, activitytest.PortalURL)
	if !ours {
		h.t.Fatalf("led back to %s", to)
	}
	return path
}

func TestAMicrosoftAccountOpensTheOneThatItsAddressConfirmed(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		b := h.browser(1)
		got := b.get(h.away(b))
		if got.Status != http.StatusSeeOther || got.To != "/sent?what=register" {
			t.Fatalf("a stranger: %d %s\n%s", got.Status, got.To, got.Body)
		}
		if h.count(accountTable) != 0 {
			t.Fatal("an address that Microsoft tells made an account")
		}
		if got := b.post(h.link("ada@tenant.example")); got.Status != http.StatusSeeOther {
			t.Fatalf("confirm: %d\n%s", got.Status, got.Body)
		}
		other := h.browser(2)
		if got := other.get(h.away(other)); got.Status != http.StatusSeeOther || got.To != "/" {
			t.Fatalf("signing in: %d %s\n%s", got.Status, got.To, got.Body)
		}
		if got := other.get("/"); got.Status != http.StatusOK || !strings.Contains(got.Body, "ada@tenant.example") {
			t.Errorf("the overview: %d\n%s", got.Status, got.Body)
		}
	})
}

// A browser that is signed in at Microsoft lets in, and proves nothing: what changes how
// one signs in needs a proof that was typed there, and that the browser cannot leave out.
func TestMicrosoftIsAskedAnewForAProof(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		b := h.browser(1)
		b.get(h.away(b))
		b.post(h.link("ada@tenant.example"))
		h.Clock.Advance(2 * time.Hour)
		h.entra.Since = h.Clock.Now().Add(-time.Hour)
		b = h.browser(2)
		if got := b.get(h.away(b)); got.To != "/" {
			t.Fatalf("signing in: %d %s", got.Status, got.To)
		}
		fresh := func() bool { return h.session(b.cookie.Value).Fresh }
		if fresh() {
			t.Error("who is signed in there has proven nothing here")
		}
		there := b.get("/sign-in/microsoft").To
		to, err := url.Parse(there)
		h.fatal(err)
		q := to.Query()
		if q.Get("prompt") != "login" || q.Get("max_age") != "0" {
			t.Errorf("for a proof Microsoft is asked with %v", q)
		}
		for name, spoil := range map[string]func(){
			"left out by the browser": func() { q.Set("prompt", "none"); q.Del("max_age") },
			"not said by Microsoft":   func() { h.entra.Claims = func(m jwt.MapClaims) { delete(m, "auth_time") } },
			"said to be to come": func() {
				h.entra.Claims = func(m jwt.MapClaims) { m["auth_time"] = h.Clock.Now().Add(time.Hour).Unix() }
			},
		} {
			q.Set("prompt", "login")
			q.Set("max_age", "0")
			spoil()
			begun, err := url.Parse(b.get("/sign-in/microsoft").To)
			h.fatal(err)
			p := begun.Query()
			p.Set("prompt", q.Get("prompt"))
			if p.Del("max_age"); q.Has("max_age") {
				p.Set("max_age", "0")
			}
			begun.RawQuery = p.Encode()
			path, err := h.entra.Visit(begun.String())
			h.fatal(err)
			if got := b.get(strings.TrimPrefix(path, activitytest.PortalURL)); got.Status != http.StatusForbidden || fresh() {
				t.Errorf("%s: %d, fresh %t", name, got.Status, fresh())
			}
			h.entra.Claims = nil
		}
		if got := b.get(h.away(b)); got.To != "/account" || !fresh() {
			t.Errorf("a proof: %d %s, fresh %t", got.Status, got.To, fresh())
		}
	})
}

// Who proves at Microsoft who they are, or signs in there, goes on where they were asked
// to; and nowhere else.
func TestMicrosoftLeadsBackToWhereItWasAsked(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		b := h.browser(1)
		b.get(h.away(b))
		b.post(h.link("ada@tenant.example"))
		follow := func(b *browser, from string) string {
			t.Helper()
			page := b.get(from)
			_, link, _ := strings.Cut(page.Body, `href="/sign-in/microsoft`)
			link, _, _ = strings.Cut(link, `"`)
			return b.get(h.awayBy(b, "/sign-in/microsoft"+html.UnescapeString(link))).To
		}
		for _, c := range []struct{ asked, led string }{
			{"/account/close", "/account/close"}, {"/account/close?lang=en", "/account/close?lang=en"}, {"", "/account"},
			{"https://evil.example/", "/"}, {"//evil.example", "/"}, {"/\\evil.example", "/"}, {"/" + strings.Repeat("x", 3000), "/"},
		} {
			if got := follow(b, "/prove?"+url.Values{"back": {c.asked}}.Encode()); got != c.led && (c.led != "/" || got != "/account") {
				t.Errorf("a proof for %q led to %s", c.asked, got)
			}
			if got := follow(h.browser(2), "/sign-in?"+url.Values{"back": {c.asked}}.Encode()); got != c.led && (c.asked != "" || got != "/") {
				t.Errorf("a sign-in for %q led to %s", c.asked, got)
			}
		}
		back, err := url.Parse(h.awayBy(b, "/sign-in/microsoft?back=/account/close"))
		h.fatal(err)
		q := back.Query()
		state, _, _ := strings.Cut(q.Get("state"), ".")
		q.Set("state", state+"."+base64.RawURLEncoding.EncodeToString([]byte("/people")))
		if got := b.get(back.Path + "?" + q.Encode()); got.Status != http.StatusForbidden {
			t.Errorf("a changed place: %d %s", got.Status, got.To)
		}
		there, err := url.Parse(b.get("/sign-in/microsoft?back=/account/close").To)
		h.fatal(err)
		changed := backPath + "?" + url.Values{"error": {"access_denied"}, "state": {there.Query().Get("state")}}.Encode()
		if got := b.get(changed); got.To != "/prove?back=%2Faccount%2Fclose" {
			t.Errorf("who changed their mind is led to %s", got.To)
		}
		if got := h.browser(3).get(changed); got.To != "/sign-in?back=%2Faccount%2Fclose" {
			t.Errorf("who changed their mind is led to %s", got.To)
		}
	})
}

// The address in a token leads to no account: any tenant's administrator can type it.
func TestATokensAddressOpensNothing(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		h.register(1, "ada@firma.example")
		h.entra.Claims = func(m jwt.MapClaims) { m["email"] = "ada@firma.example" }
		b := h.browser(2)
		if got := b.get(h.away(b)); got.To != "/sent?what=register" {
			t.Fatalf("%d %s", got.Status, got.To)
		}
		if got := b.get("/"); got.Status == http.StatusOK {
			t.Error("it let somebody in")
		}
		if path := h.link("ada@firma.example"); path != "/sign-in" {
			t.Errorf("the owner is led to %s", path)
		}
	})
}

// What one browser began no other ends, and nothing is good twice.
func TestAnAttemptBelongsToItsBrowser(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		b, eve := h.browser(1), h.browser(2)
		back := h.away(b)
		if got := eve.get(back); got.Status != http.StatusForbidden {
			t.Errorf("without the cookie: %d %s", got.Status, got.To)
		}
		h.away(eve) // she has a cookie of her own now
		if got := eve.get(back); got.Status != http.StatusForbidden {
			t.Errorf("in another browser: %d %s", got.Status, got.To)
		}
		if got := b.get(back); got.Status != http.StatusSeeOther {
			t.Errorf("in its own: %d\n%s", got.Status, got.Body)
		}
		if got := b.get(back); got.Status != http.StatusForbidden {
			t.Errorf("twice: %d %s", got.Status, got.To)
		}
		u, err := url.Parse(h.away(b))
		h.fatal(err)
		q := u.Query()
		q.Set("state", "x"+q.Get("state"))
		if got := b.get(u.Path + "?" + q.Encode()); got.Status != http.StatusForbidden {
			t.Errorf("a changed state: %d", got.Status)
		}
		late := h.away(b)
		h.Clock.Advance(challengeLife * 2)
		if got := b.get(late); got.Status != http.StatusForbidden {
			t.Errorf("too late: %d", got.Status)
		}
		h.entra.Claims = func(m jwt.MapClaims) { m["nonce"] = "another" }
		if got := b.get(h.away(b)); got.Status != http.StatusForbidden {
			t.Errorf("another attempt's token: %d", got.Status)
		}
	})
}

// Who is signed in connects an account after a fresh proof, and no two have the same.
func TestAMicrosoftAccountIsConnectedOnce(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		ada, bob := h.register(1, "ada@firma.example"), h.register(2, "bob@andere.example")
		a, b := h.browser(1), h.browser(2)
		a.cookie, b.cookie = h.cookie(h.enter(ada.Account)), h.cookie(h.enter(bob.Account))
		if got := a.get(h.away(a)); !strings.HasPrefix(got.To, "/prove?") {
			t.Errorf("without a fresh proof: %d %s", got.Status, got.To)
		}
		for _, x := range []*browser{a, b} {
			s, err := h.Session(t.Context(), x.cookie.Value)
			h.fatal(err)
			token, err := h.freshen(t.Context(), s)
			h.fatal(err)
			x.cookie = h.cookie(token)
		}
		if got := a.get(h.away(a)); got.To != "/account?did=microsoft" {
			t.Errorf("with one: %d %s\n%s", got.Status, got.To, got.Body)
		}
		if got := b.get(h.away(b)); got.Status != http.StatusConflict {
			t.Errorf("to a second account: %d %s", got.Status, got.To)
		}
		if got := a.get(h.away(a)); got.To != "/account" {
			t.Errorf("as a proof: %d %s", got.Status, got.To)
		}
	})
}

// Egress lets it reach the declared hosts and no others.
func TestMicrosoftIsAskedAsTheDeclaredRecipient(t *testing.T) {
	eachAbroad(t, func(t *testing.T, h abroad) {
		h.Microsoft.Authority = "https://login.elsewhere.example/organizations"
		if got := h.browser(1).get("/sign-in/microsoft"); got.Status == http.StatusSeeOther {
			t.Errorf("an undeclared host was asked: %s", got.To)
		}
	})
}
