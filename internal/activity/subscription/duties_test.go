package subscription_test

import (
	"strings"
	"testing"
)

// An erasure takes the subscription and leaves what the law orders to be kept, and says
// so (Art. 17(3)(b) GDPR), under both examples' words for it.
func TestAnErasureLeavesOrderDataAndSaysWhy(t *testing.T) {
	for _, name := range []string{"contactsync", "mailissa"} {
		promised(t, name, noon, func(t *testing.T, s *shop) {
			m := s.register(1)
			fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
			s.Work()
			_, parts, err := s.Rights.Preview(t.Context(), m.Customer)
			fatal(t, err)
			said := false
			for _, p := range parts {
				if strings.HasPrefix(p.Table, "subscription_") {
					said = said || p.Reason == "law" && len(p.Text) > 0
				}
			}
			if !said {
				t.Errorf("%s: nothing says that a law keeps the order data: %+v", name, parts)
			}
			_, err = s.Rights.Erase(t.Context(), m.Customer)
			fatal(t, err)
			s.Work()
			if n := s.filled(); n != 0 {
				t.Errorf("%s: %d subscriptions after the erasure", name, n)
			}
			bills, err := s.office.Bills(t.Context(), m.Customer)
			if err != nil || len(bills) != 1 || bills[0].Invoice.Number != "R2026-0001" || bills[0].ContractEnd.IsZero() {
				t.Errorf("%s: the invoice: %+v, %v", name, bills, err)
			}
		})
	}
}
