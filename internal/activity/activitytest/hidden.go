package activitytest

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/clock"
	"kept/internal/store"
)

// hidden has one of two people restrict their data and walks the kind's pages of the
// console: each that shows somebody shows them before, nothing of them afterwards (Art.
// 18(2) GDPR), and the other one all the same.
func hidden(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	if c.Looks == nil {
		t.Skip("the kind says of no page that it shows somebody")
	}
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	free, bound := c.Plant(h, 1), c.Plant(h, 2)
	own := func(p, other Planted) (values []string) {
		for field, v := range p.Values {
			if len(v) >= telling && other.Values[field] != v {
				values = append(values, v)
			}
		}
		return values
	}
	for _, look := range c.Looks(h, bound) {
		if name, page := h.look(look); !shows(page, own(bound, free)) {
			t.Errorf("%s shows nothing of the person:\n%s", name, page)
		}
	}
	if _, err := h.Rights.Restrict(context.Background(), bound.Subject, "disputed"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(2 * time.Second) // every node knows
	walked, plain := h.unnamed(kind, c)
	for _, look := range append(plain, c.Looks(h, bound)...) {
		walked(look)
		typed := asked(t, look)
		name, page := h.look(look)
		for _, v := range own(bound, free) {
			if shows(page, []string{v}) && !strings.Contains(typed, v) {
				t.Errorf("%s shows %q of a person whose data is restricted", name, v)
			}
		}
	}
	for _, look := range c.Looks(h, free) {
		if name, page := h.look(look); !shows(page, own(free, bound)) {
			t.Errorf("%s does not show the other person any more", name)
		}
	}
	walked(nil)
}

// unnamed returns the pages of the kind's console without a name in their address, and
// what ticks off the others: called with nil it complains of those that nobody walked.
func (h *House) unnamed(kind activity.Kind, c Config) (walked func(*http.Request), plain []*http.Request) {
	mux, left := http.NewServeMux(), map[string]bool{}
	for _, r := range h.Running(kind.Manifest().Name).Routes() {
		if r.Door != access.Console || r.Method != http.MethodGet {
			continue
		}
		pattern := r.Method + " " + r.Pattern
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
		if !strings.Contains(r.Pattern, "{") {
			plain = append(plain, httptest.NewRequest(r.Method, r.Pattern, nil))
		} else if !slices.Contains(c.Nobody, r.Pattern) {
			left[pattern] = true
		}
	}
	return func(r *http.Request) {
		h.T.Helper()
		if r != nil {
			_, pattern := mux.Handler(r)
			delete(left, pattern)
			return
		}
		for pattern := range left {
			h.T.Errorf("nobody looked at %s", pattern)
		}
	}, plain
}

// asked returns what staff typed themselves: a page that shows it again tells nothing.
func asked(t *testing.T, r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	typed, err := url.QueryUnescape(string(body))
	if err != nil {
		t.Fatal(err)
	}
	return typed
}

func (h *House) look(r *http.Request) (name, page string) {
	h.T.Helper()
	answer := h.Staff(r)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.T.Fatal(err)
	}
	return r.Method + " " + r.URL.String(), string(body)
}

func shows(page string, values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		return strings.Contains(page, v) || strings.Contains(page, html.EscapeString(v)) || strings.Contains(page, strings.ReplaceAll(html.EscapeString(v), "+", "&#43;"))
	})
}
