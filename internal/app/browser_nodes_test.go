package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/retain"
)

// One person, one browser, two nodes: what is agreed to at the one loads at the
// other, and once it is withdrawn there neither loads nor keeps anything.
func TestABrowserWithdrawsAtTheOtherNode(t *testing.T) {
	here, there := two(t)
	w := here.window()
	w.visit("/")
	w.run(greeted())
	w.reloading(click(`#kept button[value=accept]`))
	w.visit("/leistungen.html")
	w.visit("about:blank") // leaving sends what was counted
	eventually(t, "what was counted at the first node", func() bool { return len(here.events()) > 0 })

	w.h = there
	w.visit("/")
	eventually(t, "the film loads at the other node", func() bool { return there.seen()["video.streams.example"] > 0 })
	w.reloading(click(`#kept > a`))
	w.reloading(click(`button[value=refuse]`))
	if got := named(w.cookies()); !slices.Equal(got, []string{"kept_choice"}) {
		t.Errorf("after the withdrawal the browser holds %v", got)
	}

	for _, node := range []*house{here, there} {
		w.h = node
		w.forget()
		w.visit("/")
		w.visit("/leistungen.html")
		w.unasked("after the withdrawal")
		if held := w.cookies(); len(held) != 1 || !strings.HasPrefix(held["kept_choice"], "no/") {
			t.Errorf("after the withdrawal the browser holds %v", held)
		}
	}
	here.clock.Advance(retain.Spread)
	settled(here, there)
	if left := len(here.events()); left > 0 {
		t.Errorf("%d events are left", left)
	}
	here.wantLeaf("consent.withdrawn")
	here.wantLeaf("erasure.done")
	here.clock.Advance(time.Second)
	here.audit("after the withdrawal")
	here.verifyLedger()
}
