package app

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/examples"
	"kept/internal/demo"
	"kept/internal/duty/audit"
)

// under returns a preparation that puts another example's policy and site in the
// place of the agency's.
func under(system string) func(h *house) {
	return func(h *house) {
		example, err := fs.Sub(examples.Files, system)
		fatal(h.t, err)
		fatal(h.t, os.RemoveAll(h.dir))
		fatal(h.t, os.Mkdir(h.dir, 0o755))
		fatal(h.t, demo.Prepare(example, h.dir, h.others.Hosts()))
		if _, err := os.Stat(filepath.Join(h.dir, "site")); err != nil {
			h.config.Site = "" // Kept's own pages only
		}
	}
}

// Each of the five policies serves. What it declares and this build does not run
// is said, is never called verified, and has no rule at work, no page and no row.
func TestEveryExampleServesAndSaysWhatItDoesNotRun(t *testing.T) {
	for _, system := range []string{"alleherzen", "conference-tools", "contactsync", "m365connect", "mailissa"} {
		t.Run(system, func(t *testing.T) {
			h := solo(t, under(system))
			planned := map[string]bool{}
			for _, a := range h.InForce.Now().Planned() {
				planned[a.Key] = true
			}
			if whole := system == "conference-tools" || system == "contactsync"; whole != (len(planned) == 0) {
				t.Fatalf("not run of %s: %v", system, planned)
			}
			b := h.browser()
			for _, page := range []string{"/privacy?lang=de", "/privacy?lang=en", "/privacy/settings"} {
				if got := b.get(page); got.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", page, got.Status)
				}
			}
			b.choose("refuse")
			h.settle()
			h.unrunIsUnverified(planned)
			plan, err := h.Retain.Plan(t.Context())
			fatal(t, err)
			for _, item := range plan.Items {
				if planned[item.Activity] {
					t.Errorf("rule %s is at work over %s", item.Rule, item.Table)
				}
			}
			said := h.owner().get(h.ConsoleURL() + "/?lang=en").body
			for _, a := range h.InForce.Now().Planned() {
				name := a.Title.In("en")
				if name == "" {
					name = a.Words().Title.In("en")
				}
				if !strings.Contains(between(said, "Declared, but not run yet", "</p>"), name) {
					t.Errorf("the console does not say that %s is not run", name)
				}
			}
		})
	}
}

// unrunIsUnverified audits: nothing is found, and of each planned activity one
// line says that it cannot be verified and none that it is.
func (h *house) unrunIsUnverified(planned map[string]bool) {
	h.t.Helper()
	report, err := h.Audit.Run(h.t.Context())
	fatal(h.t, err)
	if findings := report.Findings(); len(findings) > 0 {
		h.t.Errorf("findings: %v", findings)
	}
	said := map[string]bool{}
	for _, g := range report.Guarantees {
		for _, c := range g.Checks {
			key, named := strings.CutPrefix(c.What, "activity ")
			if rule, _, _ := strings.Cut(c.Rule, "/"); planned[rule] {
				h.t.Errorf("guarantee %d counts rule %s", g.Number, c.Rule)
			}
			if named && planned[key] {
				said[key] = c.Verdict == audit.NotVerifiable && c.Why != ""
			}
		}
	}
	for key := range planned {
		if !said[key] {
			h.t.Errorf("the audit does not say that %s is not run", key)
		}
	}
}
