package center

import (
	"net/http"
	"slices"
	"strings"

	"kept/internal/consent"
	"kept/internal/gateway/cookies"
	"kept/internal/policy"
)

// clearCookies expires the request's cookies that names declare (exact, or a
// prefix that ends in *). A request does not say for which domain a cookie was
// set, so each is expired for the host and for every parent that it can be for.
func clearCookies(w http.ResponseWriter, r *http.Request, names []string) {
	for _, have := range r.Cookies() {
		if slices.ContainsFunc(names, func(name string) bool { return policy.Cookie{Name: name}.MatchesCookie(have.Name) }) {
			for _, field := range cookies.Expire(have.Name, strings.ToLower(r.Host), "/") {
				w.Header().Add("Set-Cookie", field)
			}
		}
	}
}

// clear removes from the browser what a decision took the ground from.
func (e *edition) clear(w http.ResponseWriter, r *http.Request, before consent.State, out consent.Outcome) {
	clearCookies(w, r, out.Clear)
	if e.differ(before, out.State) && before.Decision != "" {
		w.Header().Set("Clear-Site-Data", e.siteData(before, out.State))
	}
}

// siteData is the Clear-Site-Data header after a change of an earlier consent.
// Cached pages go in any case. Other storage cannot be cleared by name from
// here, only all at once: that is done where something withdrawn is declared to
// use it and nothing essential is, so that a person who withdraws loses no
// basket and no draft.
func (e *edition) siteData(before, after consent.State) string {
	withdrawn, needed := false, false
	look := func(cookies []policy.Cookie, was, is bool) {
		for _, c := range cookies {
			if c.Storage != "" && c.Storage != "cookie" {
				withdrawn = withdrawn || was && !is
				needed = needed || is
			}
		}
	}
	look(e.policy.Cookies, true, true)
	for i := range e.policy.Activities {
		a := &e.policy.Activities[i]
		free := a.Basis != policy.Consent
		look(a.Cookies, free || before.AllowsGroup(a.Group), free || after.AllowsGroup(a.Group))
	}
	for i := range e.policy.Services {
		s := &e.policy.Services[i]
		look(s.Cookies, before.Allows(e.policy, s.Key), after.Allows(e.policy, s.Key))
	}
	if withdrawn && !needed {
		return `"cache", "storage"`
	}
	return `"cache"`
}
