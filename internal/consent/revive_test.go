package consent

import (
	"context"
	"slices"
	"testing"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

// lapseWithoutNoting lets a decision lapse whose browser did come back: its
// visits were not written down, as after a crash.
func lapseWithoutNoting(t *testing.T, h *house, b *browser) (id string) {
	t.Helper()
	id = b.decide(Request{All: true}).State.Decision
	h.clock.Advance(100 * day)
	b.visit()
	h.visits.take() // the node dies before it writes them down
	h.clock.Advance(100 * day)
	if err := h.lapse(context.Background()); err != nil {
		t.Fatal(err)
	}
	if d, err := h.previous(context.Background(), id); err != nil || d.EndedBy != Lapsed {
		t.Fatalf("not lapsed: %+v, %v", d, err)
	}
	return id
}

// kinds returns the kinds of all leaves, sorted: those of one moment have no order.
func (h *house) kinds() (kinds []string) {
	h.t.Helper()
	recent, err := h.ledger.Recent(context.Background(), 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, l := range recent {
		kinds = append(kinds, l.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

func TestAConsentThatStandsAgainIsInTheLedger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := open(t, db)
		b := h.browser()
		id := lapseWithoutNoting(t, h, b)
		if st := b.visit(); st.Decision != id {
			t.Fatalf("the cookie within its time says %v", st)
		}
		for range 2 { // the second visit of the day changes nothing
			if err := h.Poll(ctx); err != nil {
				t.Fatal(err)
			}
			h.clock.Advance(day)
			b.visit()
		}
		if d, err := h.previous(ctx, id); err != nil || !d.Ended.IsZero() || d.EndLeaf != "" {
			t.Errorf("%+v, %v", d, err)
		}
		if got, want := h.kinds(), []string{"consent.ended", "consent.given", "consent.renewed"}; !slices.Equal(got, want) {
			t.Errorf("leaves %v, want %v", got, want)
		}
	})
}

// Who withdraws a consent that was thought lapsed withdraws it: what was
// collected on it ends, and the visit that came before does not bring it back.
func TestALapsedConsentIsWithdrawn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := open(t, db)
		var told []string
		h.OnWithdraw(func(_ context.Context, _ *store.Tx, _ string, groups []string) error { told = groups; return nil })
		b := h.browser()
		id := lapseWithoutNoting(t, h, b)
		b.visit()
		out := b.decide(Request{None: true})
		if v := verify(t, out.Receipt, h.ledger.Key()); v.State != "dpv:ConsentWithdrawn" {
			t.Errorf("the receipt says %+v", v)
		}
		if err := h.Poll(ctx); err != nil {
			t.Fatal(err)
		}
		if d, err := h.previous(ctx, id); err != nil || d.EndedBy != Withdrew {
			t.Errorf("%+v, %v", d, err)
		}
		if !slices.Equal(told, []string{"marketing", "media", "statistics"}) {
			t.Errorf("ended: %v", told)
		}
		if got, want := h.kinds(), []string{"consent.ended", "consent.given", "consent.renewed", "consent.withdrawn"}; !slices.Equal(got, want) {
			t.Errorf("leaves %v, want %v", got, want)
		}
	})
}
