package subscription_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
)

// A cancellation is numbered in the range of the invoice that it cancels, though the
// price list has begun another since; nothing is cancelled or paid twice, nor a
// cancellation at all.
func TestACancellationStaysInItsRange(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		ctx := t.Context()
		for n := 1; n <= 2; n++ {
			fatal(t, s.office.Buy(ctx, wish(s.register(n), n, "team")))
		}
		book, findings := plan.Read("plans.yaml", []byte(plansFile))
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		book.Invoices.Prefix = "K"
		s.office.Sell(book)
		fatal(t, s.office.Pay(ctx, "R2026-0002", s.Clock.Now(), "staff"))
		undone, err := s.office.CancelBill(ctx, "R2026-0001", "staff")
		fatal(t, err)
		if undone.Number != "R2026-0003" {
			t.Errorf("the cancellation of R2026-0001 is %s", undone.Number)
		}
		m := s.register(3)
		fatal(t, s.office.Buy(ctx, wish(m, 3, "team")))
		if bills, err := s.office.Bills(ctx, m.Customer); err != nil || len(bills) != 1 || bills[0].Number != "K2026-0001" {
			t.Errorf("%d invoices, %v; the first of the new range is K2026-0001", len(bills), err)
		}
		for what, f := range map[string]func() error{
			"cancel it again":         func() error { _, err := s.office.CancelBill(ctx, "R2026-0001", "staff"); return err },
			"cancel the cancellation": func() error { _, err := s.office.CancelBill(ctx, "R2026-0003", "staff"); return err },
			"pay what is cancelled":   func() error { return s.office.Pay(ctx, "R2026-0001", s.Clock.Now(), "staff") },
			"pay the cancellation":    func() error { return s.office.Pay(ctx, "R2026-0003", s.Clock.Now(), "staff") },
			"pay it again":            func() error { return s.office.Pay(ctx, "R2026-0002", s.Clock.Now(), "staff") },
		} {
			if err := f(); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for what, at := range map[string]time.Time{"ahead": s.Clock.Now().Add(time.Minute), "before the invoice": s.Clock.Now().AddDate(0, 0, -1)} {
			if err := s.office.Pay(ctx, "K2026-0001", at, "staff"); !fault.Is(err, fault.Invalid) {
				t.Errorf("paid on a day %s: %v", what, err)
			}
		}
		fatal(t, s.office.Pay(ctx, "K2026-0001", s.Clock.Now().Add(-time.Hour), "staff")) // the same day, before it was written
	})
}

// Who cancels an invoice at the same moment as somebody else on another node is told so,
// and no second number is taken.
func TestAnInvoiceIsCancelledOnce(t *testing.T) {
	each(t, policyOf(allFields), noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		var all sync.WaitGroup
		var done atomic.Int32
		for range 6 {
			all.Go(func() {
				for {
					_, err := s.office.CancelBill(t.Context(), "R2026-0001", "staff")
					switch {
					case err == nil:
						done.Add(1)
					case fault.Is(err, fault.Unavailable):
						continue // the database asks to try again
					case !fault.Is(err, fault.Conflict):
						t.Error(err)
					}
					return
				}
			})
		}
		all.Wait()
		bills, err := s.office.Bills(t.Context(), m.Customer)
		if err != nil || done.Load() != 1 || len(bills) != 2 {
			t.Errorf("cancelled %d times, %d invoices, %v", done.Load(), len(bills), err)
		}
	})
}
