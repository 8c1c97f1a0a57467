package app

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kept/internal/access"
)

var (
	changing = regexp.MustCompile(`<form\b[^>]*method="post"[^>]*>`)
	sentTo   = regexp.MustCompile(`action="([^"]*)"`)
)

// forms are the addresses to which the forms of a page of the portal are sent.
func forms(t *testing.T, page, body string) (all []string) {
	t.Helper()
	for _, tag := range changing.FindAllString(body, -1) {
		found := sentTo.FindStringSubmatch(tag)
		if found == nil {
			t.Fatalf("%s has a form without an address: %s", page, tag)
		}
		to := html.UnescapeString(found[1])
		at, err := url.Parse(to)
		if err != nil || at.Path == "/sign-out" {
			continue // it ends the session, of whomever
		}
		if strings.HasPrefix(at.Path, access.Prefix+"/") {
			continue // it is of the browser and of no customer
		}
		all = append(all, to)
	}
	return all
}

// A page of the portal that was opened for one customer changes nothing of another, to
// which another tab has switched, and nothing of somebody else who has signed in since
// (threats 3, 16).
func TestAPortalFormOfOneCustomerChangesNoOther(t *testing.T) {
	on(t, []string{"mailissa", "contactsync"}, func(t *testing.T, h *house) {
		base := h.PortalURL()
		const sentence = "a short sentence is fine"
		first, b := h.registered("bob@eins.example", sentence), h.registered("ada@zwei.example", sentence)
		if got := first.post(base+"/people/invite", url.Values{"email": {"ada@zwei.example"}, "role": {string(access.CustomerOwner)}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("invite: %s\n%s", got.Status, got.body)
		}
		if got := b.post(base+h.mailed("ada@zwei.example"), nil); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("join: %s\n%s", got.Status, got.body)
		}
		shown := map[string][]string{}
		for _, route := range h.Table() {
			if route.Door != access.Portal || route.Method != http.MethodGet || strings.Contains(route.Pattern, "{") && route.Pattern != "/{$}" {
				continue
			}
			path := strings.Replace(route.Pattern, "{$}", "", 1)
			shown[path] = forms(t, path, b.get(base+path+"?plan=team&way=trial").body)
		}
		n := 0
		for path, all := range shown {
			for _, to := range all {
				if n++; !strings.Contains(to, "for=") {
					t.Errorf("%s has a form that does not say for whom it was shown: %s", path, to)
				}
			}
		}
		if n < 8 {
			t.Fatalf("only %d forms were found: %v", n, shown)
		}
		switched := regexp.MustCompile(`name="customer" value="([^"]+)"`).FindStringSubmatch(b.get(base + "/switch").body)
		if switched == nil {
			t.Fatal("there is nothing to switch to")
		}
		before := h.memberRows()
		if got := b.post(base+"/switch", url.Values{"customer": {switched[1]}}); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("switch: %s", got.Status)
		}
		for path, all := range shown {
			for _, to := range all {
				if got := b.post(base+to, url.Values{"email": {"eve@drei.example"}, "role": {"customer-owner"}, "password": {sentence}}); got.StatusCode != http.StatusConflict {
					t.Errorf("a form of %s after the switch: %s to %s", path, got.Status, got.Header.Get("Location"))
				}
			}
		}
		for _, to := range shown["/people"] { // bob's browser, in which ada's page lies
			if got := first.post(base+to, url.Values{"email": {"eve@drei.example"}}); got.StatusCode != http.StatusConflict {
				t.Errorf("a form that was shown to somebody else: %s", got.Status)
			}
		}
		h.settle()
		if after := h.memberRows(); len(after) != len(before) || len(h.sink.To("eve@drei.example")) != 0 {
			t.Errorf("%d people became %d; mails to a stranger: %d", len(before), len(after), len(h.sink.To("eve@drei.example")))
		}
		if got := b.get(base + "/people"); got.StatusCode != http.StatusOK {
			t.Fatalf("people: %s", got.Status)
		} else if again := forms(t, "/people", got.body); len(again) == 0 || b.post(base+again[len(again)-1], url.Values{"email": {"eve@drei.example"}, "role": {"customer-admin"}}).StatusCode != http.StatusSeeOther {
			t.Error("a page that was loaded again changes nothing")
		}
	})
}
