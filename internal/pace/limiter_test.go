package pace

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
	"unsafe"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestLimiterHoldsTheRateAfterTheBurst(t *testing.T) {
	l := New()
	p, _ := Of(50, time.Second, 200)
	a, other := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.8")
	admitted := 0
	for range 1000 {
		if _, ok := l.Admit(a, p, noon); ok {
			admitted++
		}
	}
	if admitted != 200 {
		t.Fatalf("a burst of 200 admitted %d at once", admitted)
	}
	if _, ok := l.Admit(other, p, noon); !ok {
		t.Fatal("another address pays for the first")
	}
	for s := 1; s <= 10; s++ {
		admitted = 0
		for range 1000 {
			if _, ok := l.Admit(a, p, noon.Add(time.Duration(s)*time.Second)); ok {
				admitted++
			}
		}
		if admitted != 50 {
			t.Fatalf("second %d admitted %d, want 50", s, admitted)
		}
	}
	wait, ok := l.Admit(a, p, noon.Add(10*time.Second))
	if ok || wait != 20*time.Millisecond {
		t.Fatalf("told to come back after %v, want 20ms", wait)
	}
	if _, ok := l.Admit(a, p, noon.Add(10*time.Second+wait)); !ok {
		t.Fatal("refused at the time it was told to come back")
	}
}

func TestLimiterCountsIPv6ByNetwork(t *testing.T) {
	l := New()
	p, _ := Of(1, time.Second, 10)
	admitted := 0
	for i := range 100 {
		b := netip.MustParseAddr("2001:db8:1:2::").As16()
		binary.BigEndian.PutUint64(b[8:], uint64(i)*0x1234_5678_9abc)
		if _, ok := l.Admit(netip.AddrFrom16(b), p, noon); ok {
			admitted++
		}
	}
	if admitted != 10 {
		t.Fatalf("100 addresses of one /64 got %d requests through, want 10", admitted)
	}
	if _, ok := l.Admit(netip.MustParseAddr("2001:db8:1:3::1"), p, noon); !ok {
		t.Fatal("the neighbouring /64 is refused")
	}
	if _, ok := l.Admit(netip.MustParseAddr("::ffff:203.0.113.7"), p, noon); !ok {
		t.Fatal("an IPv4 address in IPv6 dress is refused")
	}
}

func TestFloodOfAddressesNeverResetsTheAttacker(t *testing.T) {
	l := New()
	p, _ := Of(1, time.Second, 10)
	attacker := netip.MustParseAddr("203.0.113.7")
	for range 50 {
		l.Admit(attacker, p, noon)
	}
	for i := range uint32(3 * sets * ways) {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], 0x0a000000+i)
		other := netip.AddrFrom4(b)
		for range 10 {
			l.Admit(other, p, noon)
		}
	}
	if _, ok := l.Admit(attacker, p, noon); ok {
		t.Fatal("the attacker was pushed out of the table and has a fresh burst")
	}
}

func TestLimiterMemoryIsFixed(t *testing.T) {
	if size := unsafe.Sizeof(Limiter{}); size > 2<<20 {
		t.Fatalf("the limiter takes %d bytes", size)
	}
}

func TestLimiterSurvivesAClockPutBack(t *testing.T) {
	l := New()
	p, _ := Of(10, time.Second, 10)
	a := netip.MustParseAddr("203.0.113.7")
	l.Admit(a, p, noon.Add(time.Hour))
	for range 100 {
		l.Admit(a, p, noon)
	}
	if _, ok := l.Admit(a, p, noon.Add(time.Second)); !ok {
		t.Fatal("an hour's clock jump locks an address out")
	}
}

func TestNoRateLimitsNothing(t *testing.T) {
	if _, limited := Of(0, 0, 0); limited {
		t.Fatal("no rate is a rate")
	}
	p, _ := Of(600, 24*time.Hour, 0)
	if want := (24 * time.Hour / 600).Nanoseconds(); p.interval != want {
		t.Fatalf("600 a day is one in %d ns, want %d", p.interval, want)
	}
}

func BenchmarkAdmit(b *testing.B) {
	l := New()
	p, _ := Of(50, time.Second, 200)
	a := netip.MustParseAddr("2001:db8:1:2::5")
	for b.Loop() {
		l.Admit(a, p, noon)
	}
}
