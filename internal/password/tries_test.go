package password

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"kept/internal/clock"
)

// home is where an owner sits.
var home = netip.MustParseAddr("192.0.2.1")

func countTries() (*Tries, *clock.Manual) {
	now := clock.At(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	return NewTries(now), now
}

func TestAClientMayTryTenTimes(t *testing.T) {
	tr, now := countTries()
	for i := range Most {
		if !tr.Allow(home, fmt.Sprint(i)) {
			t.Fatalf("try %d is refused", i)
		}
	}
	if tr.Allow(home, "another account") {
		t.Error("a client can try on")
	}
	now.Advance(triesWindow)
	if !tr.Allow(home, "another account") {
		t.Error("refused after a quarter of an hour")
	}
}

// Addresses of one IPv6 network are one customer's.
func TestANetworkIsOneClient(t *testing.T) {
	tr, _ := countTries()
	for i := range Most {
		tr.Allow(netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", i)), "a@x.example")
	}
	if tr.Allow(netip.MustParseAddr("2001:db8::ffff"), "b@x.example") {
		t.Error("the network can try on")
	}
}

// At an account that many try, each client has two tries.
func TestManyClientsAtOneAccountHaveTwoTriesEach(t *testing.T) {
	tr, _ := countTries()
	guesses := 0
	for i := range 5 {
		for range Most {
			if tr.Allow(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), "a@agentur.example") {
				guesses++
			}
		}
	}
	if most := Most + 4*triesHot; guesses != most {
		t.Errorf("%d guesses at one account, wanted %d", guesses, most)
	}
}

// The right password is no try, however often somebody signs in.
func TestTheRightPasswordIsNoTry(t *testing.T) {
	tr, _ := countTries()
	for i := range 3 * Most {
		if !tr.Allow(home, "a@agentur.example") {
			t.Fatalf("sign-in %d is refused", i)
		}
		tr.Right(home, "a@agentur.example")
	}
}

// A flood of names neither fills the memory nor keeps others out.
func TestAFloodOfNamesLocksNobodyOut(t *testing.T) {
	tr, now := countTries()
	for i := range 3 * triesKnown {
		now.Advance(time.Millisecond)
		tr.Allow(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), fmt.Sprint(i))
	}
	if len(tr.since) > triesKnown {
		t.Errorf("%d names are held", len(tr.since))
	}
	if !tr.Allow(home, "a@agentur.example") {
		t.Error("a new name is refused")
	}
}
