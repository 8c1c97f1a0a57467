package app

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/activity/account"
	"kept/internal/fault"
	"kept/internal/i18n"
)

var portalLink = regexp.MustCompile(`https?://[0-9.:]+(/(?:confirm|enter|join|move)/[A-Za-z0-9_-]+)`)

// mailed is the path of the latest link of the portal that was sent to an address.
func (h *house) mailed(to string) string {
	h.t.Helper()
	h.settle()
	mails := h.sink.To(to)
	for i := len(mails) - 1; i >= 0; i-- {
		if found := portalLink.FindStringSubmatch(mails[i].Read().Text); found != nil {
			return found[1]
		}
	}
	h.t.Fatalf("no link was sent to %s", to)
	return ""
}

// registered is a browser of somebody who has just registered at the portal.
func (h *house) registered(email, password string) *browser {
	h.t.Helper()
	b := h.stranger()
	if got := b.post(h.PortalURL()+"/register", url.Values{"email": {email}}); got.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("register: %s\n%s", got.Status, got.body)
	}
	if got := b.post(h.PortalURL()+h.mailed(email), url.Values{"password": {password}}); got.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("confirm: %s\n%s", got.Status, got.body)
	}
	return b
}

// A policy that keeps accounts is refused where nobody could sign in.
func TestAccountsWithoutAPortalAreRefused(t *testing.T) {
	h := solo(t, under("mailissa"))
	h.stop()
	h.config.Portal = ""
	doors, err := Listen(t.Context(), &h.config)
	fatal(t, err)
	defer doors.Close()
	a, err := Open(t.Context(), h.config)
	if err == nil {
		fatal(t, a.Close())
	}
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "--portal") || !strings.Contains(err.Error(), "account") {
		t.Errorf("%v", err)
	}
}

// However the operator writes it, the portal's address is the one that browsers name.
func TestThePortalsAddressIsAnOrigin(t *testing.T) {
	for written, want := range map[string]string{
		"https://Portal.Example.com:443/": "https://portal.example.com", "http://portal.localhost:8082": "http://portal.localhost:8082",
		"https://portal.example.com": "https://portal.example.com", "http://portal.example.com:80": "http://portal.example.com",
		"https://portal.example.com:80": "https://portal.example.com:80",
	} {
		if got := (Config{PortalURL: written}).portalURL(); got != want {
			t.Errorf("%s is %s", written, got)
		}
	}
}

// Where others could read passwords on the way the portal does not open.
func TestThePortalIsNotOpenToEavesdroppers(t *testing.T) {
	for _, c := range []struct {
		Config
		fits bool
	}{
		{Config{Portal: "127.0.0.1:8082"}, true},
		{Config{Portal: "[::1]:8082"}, true},
		{Config{Portal: "127.0.0.1:8082", PortalURL: "http://portal.localhost:8082"}, true},
		{Config{Portal: "0.0.0.0:8082", PortalURL: "https://portal.example.com"}, true},
		{Config{Portal: "10.0.0.5:8082", CertFile: "cert.pem"}, true},
		{Config{}, true},
		{Config{Portal: "127.0.0.1:8082", PortalURL: "http://portal.example.com"}, false},
		{Config{Portal: "127.0.0.1:8082", PortalURL: "http://localhost.example.com"}, false},
		{Config{Portal: "10.0.0.5:8082"}, false},
		{Config{Portal: "127.0.0.1:8082", PortalURL: "http://10.0.0.5:8082"}, false},
	} {
		site, err := web("--public-url", "https://www.example.com")
		fatal(t, err)
		err = c.fitForPasswords(site)
		if fits := err == nil || !strings.Contains(err.Error(), "open to everybody"); fits != c.fits {
			t.Errorf("--portal %s --portal-url %s: %v", c.Portal, c.PortalURL, err)
		}
	}
}

// An account takes the address, and nothing else is asked for or kept.
func TestPromise_MA03_TheAddressMakesTheAccount(t *testing.T) {
	on(t, []string{"mailissa"}, func(t *testing.T, h *house) {
		b := h.stranger()
		page := b.get(h.PortalURL() + "/register")
		if asked := regexp.MustCompile(`<input [^>]*name="([^"]*)"`).FindAllStringSubmatch(page.body, -1); len(asked) != 1 || asked[0][1] != "email" {
			t.Errorf("the form asks for %v", asked)
		}
		b = h.registered("ada@firma.example", "a short sentence is fine")
		if n := h.count("select count(*) from account where email is not null"); n != 1 {
			t.Fatalf("%d accounts", n)
		}
		for _, column := range []string{"first_name", "last_name", "phone", "language", "microsoft"} {
			if n := h.count("select count(*) from account where " + column + " is not null"); n != 0 {
				t.Errorf("%s is kept, and nobody was asked", column)
			}
		}
		overview := b.get(h.PortalURL() + "/")
		if overview.StatusCode != http.StatusOK || !strings.Contains(overview.body, "ada@firma.example") {
			t.Errorf("signed in: %s\n%s", overview.Status, overview.body)
		}
		// Contract, sign-in and managing go by it: out, and in again.
		b.post(h.PortalURL()+"/sign-out", nil)
		if got := b.get(h.PortalURL() + "/account"); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in?back=%2Faccount" {
			t.Errorf("signed out: %s to %s", got.Status, got.Header.Get("Location"))
		}
		got := b.post(h.PortalURL()+"/sign-in", url.Values{"email": {"ada@firma.example"}, "password": {"a short sentence is fine"}, "back": {"/account"}})
		if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/account" {
			t.Errorf("signed in again: %s\n%s", got.Status, got.body)
		}
	})
}

// What is held of somebody who is signed in they see, download and have deleted, without
// a code.
func TestASessionProvesWhoAsks(t *testing.T) {
	on(t, []string{"mailissa"}, func(t *testing.T, h *house) {
		b, other := h.registered("ada@firma.example", "a short sentence is fine"), h.registered("eve@andere.example", "a short sentence is fine")
		page := b.get(h.PortalURL() + "/data")
		if page.StatusCode != http.StatusOK || !strings.Contains(page.body, "ada@firma.example") || strings.Contains(page.body, "eve@andere.example") {
			t.Errorf("my data: %s\n%s", page.Status, page.body)
		}
		for _, file := range []string{"copy.json", "copy.html"} {
			got := b.get(h.PortalURL() + "/data/" + file)
			if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "ada@firma.example") || strings.Contains(got.body, "eve@andere.example") || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %s", file, got.Status)
			}
		}
		got := b.post(h.PortalURL()+"/data", url.Values{"right": {"erasure"}})
		if got.StatusCode != http.StatusSeeOther {
			t.Fatalf("ask: %s\n%s", got.Status, got.body)
		}
		h.settle()
		// Nobody has used a code: the one that is on its way with the receipt opens the case.
		if n := h.count("select count(*) from request_case where state = 'received'"); n != 0 {
			t.Errorf("%d requests wait for a proof of who asks", n)
		}
		if n := h.count("select count(*) from request_identity where proof = 'account'"); n != 1 {
			t.Errorf("%d identifiers are proven by the account", n)
		}
		if page := other.get(h.PortalURL() + "/data"); !strings.Contains(page.body, "eve@andere.example") {
			t.Error("somebody else's data is gone")
		}
	})
}

// Every route of the portal asks each role for its right, and shows nobody what is
// another customer's, not even under the same ids (threats 3, 16).
func TestEveryPortalRouteAgainstEveryRoleOfTwoCustomers(t *testing.T) {
	h := solo(t, under("mailissa"))
	base := h.PortalURL()
	const sentence = "a short sentence is fine"
	roles := map[access.Role]*browser{access.CustomerOwner: h.registered("owner@eins.example", sentence), access.Nobody: h.stranger()}
	roles[access.CustomerOwner].get(base + "/people")
	for role, email := range map[access.Role]string{access.CustomerAdmin: "admin@eins.example", access.CustomerBilling: "billing@eins.example"} {
		if got := roles[access.CustomerOwner].post(base+"/people/invite", url.Values{"email": {email}, "role": {string(role)}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("invite: %s\n%s", got.Status, got.body)
		}
		b := h.stranger()
		if got := b.post(base+h.mailed(email), url.Values{"password": {sentence}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("join: %s\n%s", got.Status, got.body)
		}
		roles[role] = b
	}
	other := h.registered("owner@zwei.example", sentence)
	people := h.memberRows()
	for _, route := range h.Table() {
		if route.Door != access.Portal || route.Pattern == "/sign-out" || strings.HasPrefix(route.Pattern, "/account/delete") || strings.HasPrefix(route.Pattern, "/account/close") || route.Pattern == "/everything" && route.Method == http.MethodPost {
			continue // they end what the others need; end_test.go of the kind has them
		}
		for role, b := range roles {
			got := b.do(route.Method, base+fill(route.Pattern), "application/x-www-form-urlencoded", "")
			refused := got.StatusCode == http.StatusForbidden && strings.Contains(got.body, i18n.T("de", "portal.denied.403.title")) || got.StatusCode == http.StatusSeeOther && strings.HasPrefix(got.Header.Get("Location"), "/sign-in?back=") ||
				got.StatusCode == http.StatusSeeOther && route.Pattern == "/{$}" && got.Header.Get("Location") == "/sign-in"
			open := access.Nobody.May(route.Right)
			if got.StatusCode >= 500 || !open && refused == role.May(route.Right) {
				t.Errorf("%s %s as %q: %s to %s", route.Method, route.Pattern, role, got.Status, got.Header.Get("Location"))
			}
			if strings.Contains(got.body, "owner@zwei.example") {
				t.Errorf("%s %s as %q shows another customer", route.Method, route.Pattern, role)
			}
		}
		for _, row := range people { // the rows of the first customer, by the owner of the second
			row, _, _ := strings.Cut(row, " ")
			path := strings.NewReplacer("{id}", row, "{$}", "").Replace(route.Pattern)
			got := other.do(route.Method, base+fill(path), "application/x-www-form-urlencoded", "role=customer-owner&session="+row+"&customer="+row)
			if got.StatusCode >= 500 || strings.Contains(got.body, "@eins.example") {
				t.Errorf("%s %s as the owner of another customer: %s", route.Method, path, got.Status)
			}
		}
	}
	if now := h.memberRows(); !slices.Equal(now, people) {
		t.Errorf("the people of the first customer were %v and are %v", people, now)
	}
	if got := roles[access.CustomerAdmin].get(base + "/"); got.StatusCode != http.StatusOK {
		t.Errorf("the other owner ended a session: %s", got.Status)
	}
}

// memberRows are the rows of the people of the customer that was registered first.
func (h *house) memberRows() (all []string) {
	h.t.Helper()
	rows, err := h.DB.QueryContext(h.t.Context(), "select id || ' ' || role from account_member where customer = (select id from account_customer order by created_at, id limit 1) order by id")
	fatal(h.t, err)
	defer rows.Close()
	for rows.Next() {
		var row string
		fatal(h.t, rows.Scan(&row))
		all = append(all, strings.Fields(row)[0])
	}
	return all
}

// Whatever changes something at the portal refuses what another site sent (threat 8).
func TestThePortalRefusesOtherOrigins(t *testing.T) {
	h := solo(t, under("mailissa"))
	b := h.registered("owner@eins.example", "a short sentence is fine")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.header.Set("Origin", "https://evil.example")
	for _, route := range h.Table() {
		if route.Door != access.Portal || route.Method == http.MethodGet || route.CrossOrigin {
			continue
		}
		if got := b.do(route.Method, h.PortalURL()+fill(route.Pattern), "application/x-www-form-urlencoded", ""); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s from another site: %s", route.Method, route.Pattern, got.Status)
		}
	}
}

// Without accounts in the policy the door says that there is nothing, on every path.
func TestThePortalIsClosedWithoutAccounts(t *testing.T) {
	h := solo(t)
	for _, route := range h.Table() {
		if route.Door != access.Portal || route.Pattern == "/portal.css" {
			continue
		}
		if got := h.browser().do(route.Method, h.PortalURL()+fill(route.Pattern), "application/x-www-form-urlencoded", ""); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %s", route.Method, route.Pattern, got.Status)
		}
	}
}

// A sign-in makes a session of its own, leads nowhere else, and a mail's link names the
// portal's address whatever the request called it.
func TestASignInCannotBePreparedByOthers(t *testing.T) {
	h := solo(t, under("mailissa"))
	const sentence = "a short sentence is fine"
	h.registered("ada@firma.example", sentence)
	b := h.stranger()
	b.set(account.SessionCookie, "prepared-by-somebody-else")
	for _, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
		got := b.post(h.PortalURL()+"/sign-in", url.Values{"email": {"ada@firma.example"}, "password": {sentence}, "back": {back}})
		if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/" {
			t.Errorf("back to %q leads to %q", back, got.Header.Get("Location"))
		}
	}
	if c := b.cookies[account.SessionCookie]; c == nil || c.Value == "prepared-by-somebody-else" {
		t.Error("the prepared cookie became a session")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.PortalURL()+"/register", strings.NewReader("email=host@firma.example"))
	fatal(t, err)
	r.Host = "evil.example"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-For", "198.51.100.77")
	got, err := client.Do(r)
	fatal(t, err)
	got.Body.Close()
	h.settle()
	for _, m := range h.sink.To("host@firma.example") {
		if text := m.Read().Text; strings.Contains(text, "evil.example") || !strings.Contains(text, h.PortalURL()+"/confirm/") {
			t.Errorf("the mail names %s", text)
		}
	}
	long := h.stranger().post(h.PortalURL()+"/sign-in", url.Values{"email": {strings.Repeat("a", 40<<10)}})
	if long.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(long.Header.Get("Content-Type"), "text/html") {
		t.Errorf("a form of 40 kB: %s", long.Status)
	}
	h.stop()
	if strings.Contains(h.log.String(), sentence) {
		t.Error("the log holds a password")
	}
}
