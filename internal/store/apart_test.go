package store_test

import (
	"testing"
	"time"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestAClockThatGoesWrongIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, ahead := range []time.Duration{0, 90 * time.Second, -time.Hour} {
			got, err := db.Apart(t.Context(), func() time.Time { return time.Now().Add(ahead) })
			if err != nil {
				t.Fatal(err)
			}
			if db.Dialect() == store.SQLite {
				ahead = 0
			}
			if off := got - ahead; off.Abs() > 5*time.Second {
				t.Errorf("a clock %s ahead is %s ahead of the database", ahead, got)
			}
		}
	})
}
