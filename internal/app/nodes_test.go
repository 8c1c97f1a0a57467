package app

import (
	"context"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// sibling starts another node over the same database and keys, with a folder, a
// clock reading and doors of its own.
func (h *house) sibling() *house {
	h.t.Helper()
	s := *h
	s.log, s.config = &lines{}, h.config
	s.config.Data = h.t.TempDir()
	s.config.Listen, s.config.Console = "127.0.0.1:0", "127.0.0.1:0"
	s.start()
	return &s
}

// two starts two nodes over one PostgreSQL, their keys on another server.
func two(t *testing.T) (here, there *house) {
	keys := storetest.Postgres(t)
	here = newHouse(t, storetest.Postgres(t), func(h *house) {
		h.config.Vault, h.config.Master = keys.URL, filepath.Join(h.dir, "master.key")
		_, err := vault.MasterFromFile(h.config.Master, true)
		fatal(t, err)
	})
	return here, here.sibling()
}

// settled has the nodes do everything that is due and returns once none is at a job:
// either may have taken up what the other left.
func settled(nodes ...*house) {
	h := nodes[0]
	h.t.Helper()
	eventually(h.t, "the nodes are at rest", func() bool {
		for _, node := range nodes {
			node.settle()
		}
		return h.count("select count(*) from job where set_aside_at is null and (lease is not null or due_at <= $1)", h.clock.Now().UnixMilli()) == 0
	})
	h.settle() // the leaves of what ended last
}

// at is the same browser at another node: it has the same cookies now.
func (b *browser) at(h *house) *browser {
	return &browser{h: h, t: b.t, cookies: maps.Clone(b.cookies), header: b.header}
}

func (b *browser) loadsVideo() bool {
	b.t.Helper()
	return strings.Contains(b.get("/").body, `src="http://`+b.h.others.Hosts()["video.streams.example"]+`/embed/werkstatt"`)
}

// A withdrawal at one node reaches the gateway and the collector of the other
// within a second, for cookies that were copied before too.
func TestAWithdrawalReachesTheOtherNodeWithinASecond(t *testing.T) {
	here, there := two(t)
	b := here.browser()
	b.choose("accept")
	b.view("/")
	thief := b.at(there) // a copy of the cookies
	if !thief.loadsVideo() {
		t.Fatal("the other node does not know the consent")
	}
	if got := thief.view("/"); got.StatusCode != http.StatusNoContent {
		t.Fatalf("the other node does not count: %s %s", got.Status, got.body)
	}
	old := maps.Clone(b.cookies)
	b.choose("refuse")
	here.clock.Advance(time.Second)
	refused := func() bool {
		replayed := &browser{h: there, t: t, cookies: maps.Clone(old), header: b.header}
		return !replayed.loadsVideo() && replayed.view("/").StatusCode == http.StatusForbidden
	}
	eventually(t, "the other node knows", refused)
	if page := b.at(there).get("/"); strings.Contains(page.body, "data-collect") {
		t.Error("the refusal's own cookie counts for an acceptance")
	}
	settled(here, there)
	if left := len(there.events()); left > 0 {
		t.Errorf("%d events are left", left)
	}
	there.audit("at the other node")
	there.verifyLedger()
}

// Events that a node takes in before it hears of a withdrawal at the other are
// looked for once more.
func TestEventsTakenInBeforeTheNodeKnowsOfAWithdrawalGo(t *testing.T) {
	here, there := two(t)
	b := here.browser()
	b.choose("accept")
	b.view("/")
	elsewhere := b.at(there)
	elsewhere.view("/")
	b.choose("refuse")
	here.settle()
	if got := elsewhere.view("/"); got.StatusCode != http.StatusNoContent { // its poll waits for the clock
		t.Fatalf("the other node knows already: %s", got.Status)
	}
	here.clock.Advance(retain.Spread)
	settled(here, there)
	if left := len(there.events()); left > 0 {
		t.Errorf("%d events are left", left)
	}
	here.wantLeaf("erasure.done")
	here.audit("after the second look")
}

// What one node promised the other keeps: receipts, sessions, restrictions,
// erasures, and one ledger without a fork.
func TestTwoNodesAreOneInstance(t *testing.T) {
	here, there := two(t)
	var persons []*browser
	for i := range 6 {
		at := here
		if i%2 == 1 {
			at = there
		}
		b := at.stranger()
		b.header.Set("X-Forwarded-For", "84.44.17."+string(rune('1'+i)))
		b.choose("accept")
		b.view("/", map[string]any{"t": "search", "x": "linde"})
		persons = append(persons, b)
	}
	owner := here.owner()
	if got := owner.at(there).get(there.ConsoleURL() + "/ledger"); got.StatusCode != http.StatusOK {
		t.Errorf("the session is not known at the other node: %s", got.Status)
	}
	settled(here, there)
	for i, b := range persons {
		other := here
		if i%2 == 0 {
			other = there
		}
		if me := b.at(other).get("/privacy/me"); !strings.Contains(me.body, "linde") {
			t.Errorf("person %d is not known at the other node", i)
		}
		if i < 2 {
			if got := b.at(other).post("/privacy/me/erase", nil); got.StatusCode != http.StatusSeeOther {
				t.Errorf("erase person %d: %s", i, got.Status)
			}
		}
	}
	settled(here, there)
	for i, b := range persons {
		b.h.clock.Advance(time.Second)
		if me := b.get("/privacy/me"); strings.Contains(me.body, "linde") == (i < 2) {
			t.Errorf("person %d: held %v", i, i < 2)
		}
	}
	head, err := here.Ledger.Head(t.Context())
	fatal(t, err)
	other, err := there.Ledger.Head(t.Context())
	fatal(t, err)
	if head.Size != other.Size || head.Root != other.Root {
		t.Errorf("two heads: %v, %v", head, other)
	}
	report, err := there.Ledger.Verify(context.Background(), func(int64, int64) {})
	fatal(t, err)
	if report.Bad != nil {
		t.Errorf("the log does not verify: %+v", report)
	}
	here.audit("at the end")
}
