package app

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/manifest"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// Every table and column of the live schema belongs to a manifest (guarantee 7),
// and every declared one lives.
func TestLiveSchemaIsDeclared(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		b.get("/")
		b.view("/")
		h.settle()
		live, err := h.DB.Columns(t.Context())
		fatal(t, err)
		declared := map[string][]string{}
		for _, m := range Manifests() {
			if err := m.Check(); err != nil {
				t.Error(err)
			}
			for _, table := range m.Tables {
				if table.Shape == manifest.Rows {
					declared[table.Name] = names(table)
					continue
				}
				if table.Subject != "" { // only a person's rows are held
					held := event.HeldTable(table)
					declared[held.Name] = names(held)
				}
			}
		}
		for name, columns := range live {
			want, ok := declared[name]
			if !ok {
				if !strings.Contains(name, "_20") && !isEventParent(name) {
					t.Errorf("table %s belongs to no manifest", name)
				}
				continue
			}
			if !slices.Equal(slices.Sorted(slices.Values(columns)), slices.Sorted(slices.Values(want))) {
				t.Errorf("table %s: live %v, declared %v", name, columns, want)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(declared)) {
			if _, ok := live[name]; !ok {
				t.Errorf("table %s is declared and does not exist", name)
			}
		}
	})
}

func names(t manifest.Table) []string {
	var all []string
	for _, c := range t.Columns {
		all = append(all, c.Name)
	}
	return all
}

// isEventParent reports whether name is the parent of an event table's
// partitions, which PostgreSQL lists beside ordinary tables.
func isEventParent(name string) bool {
	for _, t := range eventTables() {
		for _, part := range event.Tables(t) {
			if part.Name == name {
				return true
			}
		}
	}
	return false
}

// Every route asks each role for its right, and nobody reaches a staff route
// without a session (threat 3).
func TestEveryRouteAgainstEveryRole(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	staff := map[access.Role]*browser{}
	for _, role := range access.Roles()[1:] {
		staff[role] = h.staffed(role)
	}
	for _, route := range h.Table() {
		if route.Door == access.Portal {
			continue // closed under this policy; portal_test.go walks it
		}
		path := fill(route.Pattern)
		base := h.SiteURL()
		if route.Door == access.Console {
			base = h.ConsoleURL()
		}
		nobody := h.browser()
		got := nobody.do(route.Method, base+path, "application/x-www-form-urlencoded", "")
		staffOnly := !access.Nobody.May(route.Right)
		refused := got.StatusCode == http.StatusForbidden || got.StatusCode == http.StatusSeeOther && strings.HasPrefix(got.Header.Get("Location"), "/sign-in")
		if staffOnly && !refused {
			t.Errorf("%s %s without a session: %s", route.Method, path, got.Status)
		}
		if got.StatusCode >= 500 {
			t.Errorf("%s %s: %s", route.Method, path, got.Status)
		}
		if route.Door == access.Console && route.Pattern != "/sign-out" && route.Pattern != "/password" {
			for role, b := range staff {
				got := b.do(route.Method, base+path, "application/x-www-form-urlencoded", "")
				if refused := got.StatusCode == http.StatusForbidden; got.StatusCode >= 500 || staffOnly && refused == role.May(route.Right) {
					t.Errorf("%s %s as %s: %s", route.Method, path, role, got.Status)
				}
			}
		}
	}
}

// Every state-changing route refuses a request that another site made (threat 8).
func TestEveryPostRefusesOtherOrigins(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	owner := h.owner()
	for _, route := range h.Table() {
		if route.Method == http.MethodGet || route.Door == access.Portal {
			continue
		}
		base, b := h.SiteURL(), h.browser()
		if route.Door == access.Console {
			base, b = h.ConsoleURL(), owner
		}
		b.header.Set("Sec-Fetch-Site", "cross-site")
		b.header.Set("Origin", "https://evil.example")
		got := b.do(route.Method, base+fill(route.Pattern), "application/x-www-form-urlencoded", "choice=accept")
		if got.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s from another site: %s", route.Method, route.Pattern, got.Status)
		}
	}
}

// fill puts something into the wildcards of a pattern.
func fill(pattern string) string {
	path := strings.TrimSuffix(pattern, "{$}")
	for strings.Contains(path, "{") {
		i, j := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:i] + "0123456789abcdefghjkmnpqrs" + path[j+1:]
	}
	return path
}
