package mail

import (
	"net/netip"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/clock"
	"kept/internal/pace"
)

func TestANetworkThatBringsTooMuchIsAskedToComeBack(t *testing.T) {
	clk := clock.At(start2026)
	rate, ok := pace.Of(60, time.Minute, 120)
	if !ok {
		t.Fatal("no rate")
	}
	r := &receiver{post: &Post{Config: Config{Clock: clk}}, limit: pace.New(), pace: rate}
	bring := func(addr string) (refused int) {
		s := &session{receiver: r, client: netip.MustParseAddr(addr)}
		for range 500 {
			if err := s.Mail("a@example.org", &smtp.MailOptions{}); err != nil {
				refused++
			}
		}
		return refused
	}
	if n := bring("203.0.113.7"); n < 300 {
		t.Errorf("%d of 500 were refused", n)
	}
	if n := bring("198.51.100.7"); n > 400 {
		t.Errorf("%d of another network's were refused", n)
	}
	if n := bring("127.0.0.1"); n != 0 {
		t.Errorf("%d of the operator's own server were refused", n)
	}
}
