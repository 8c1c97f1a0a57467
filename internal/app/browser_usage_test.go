package app

import (
	"context"
	"slices"
	"testing"

	"kept/internal/store"
	"kept/internal/store/event"
)

// used are the functions of the application that were counted, each once.
func (h *house) used() (functions []string) {
	h.t.Helper()
	fatal(h.t, h.Events.In(h.t.Context(), "usage_event", noTime, noTime, func(ctx context.Context, q store.Querier, _ event.Partition) (err error) {
		found, err := store.Texts(ctx, q, "select distinct w.text from usage_event e join usage_event_word w on w.id = e.function")
		functions = append(functions, found...)
		return err
	}))
	return functions
}

// CS06: the portal is the application. It asks first, tells nothing without an answer or
// after a refusal, tells what is opened after an acceptance, and stops with a withdrawal.
// Its forms and its scripts work all the while.
func TestPromise_CS06_ThePortalAsksBeforeItCounts(t *testing.T) {
	h := solo(t, under("contactsync"))
	w := h.window()
	w.visit(h.PortalURL() + "/register")
	w.run(greeted())
	w.quiet("on the page that asks")
	w.visit(h.PortalURL() + "/sign-in")
	w.run(click(`#kept details summary`), click(`button[value=save]`), until(`!document.querySelector('#kept section')`)) // nothing is ticked
	if used := h.used(); len(used) > 0 || w.cookies()["kept_choice"] == "" {
		t.Fatalf("without consent %v were counted; cookies %v", used, w.cookies())
	}
	w.visit(h.PortalURL() + "/register")
	w.reloading(click(`footer a[href^="/privacy/settings"]`))
	w.reloading(click(`button[value=accept]`))
	w.visit(h.PortalURL() + "/register")
	w.visit("about:blank") // leaving sends what was used
	eventually(t, "what was used is counted", func() bool { return slices.Equal(h.used(), []string{"register"}) })
	if n := h.events(); len(n) > 0 {
		t.Errorf("visits of a site were counted at the portal: %v", n)
	}
	if held := named(w.cookies()); !slices.Equal(held, []string{"kept_choice"}) {
		t.Errorf("the browser holds %v", held)
	}
	w.visit(h.PortalURL() + "/privacy/settings")
	w.reloading(click(`button[value=refuse]`))
	w.visit(h.PortalURL() + "/forgotten")
	w.visit("about:blank")
	h.settle()
	if used := h.used(); !slices.Equal(used, []string{"register"}) {
		t.Errorf("after the withdrawal: %v", used)
	}
}

// Where the policy has no use of the application counted, the portal asks for nothing.
func TestAPortalThatCountsNothingAsksNothing(t *testing.T) {
	h := solo(t, under("mailissa"))
	got := h.browser().do("GET", h.PortalURL()+"/sign-in", "", "")
	if asks := between(got.body, `<div id="kept"`, `</div>`); asks != "" {
		t.Errorf("it asks: %s", asks)
	}
}
