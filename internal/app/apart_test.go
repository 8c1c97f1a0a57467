package app

import (
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
)

func TestClocksApartAreRefused(t *testing.T) {
	for apart, fine := range map[time.Duration]bool{0: true, 19 * time.Second: true, -20 * time.Second: true, 21 * time.Second: false, -time.Hour: false} {
		err := agree(apart)
		if (err == nil) != fine || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", apart, err)
		}
	}
	if err := agree(-time.Hour); !strings.Contains(err.Error(), "1h0m0s behind the database's") {
		t.Error(err)
	}
}

// A clock that goes wrong while serving stands where an operator looks.
func TestAClockThatGoesWrongStandsOnTheConsole(t *testing.T) {
	h := solo(t)
	owner := h.owner()
	if page := owner.get(h.ConsoleURL() + "/").body; strings.Contains(page, "Uhr dieses Rechners") {
		t.Fatal("the console speaks of a clock that is right")
	}
	h.clocks.Store(int64(3 * time.Minute))
	if page := owner.get(h.ConsoleURL() + "/").body; !strings.Contains(page, "Uhr dieses Rechners geht 3 Minuten vor") {
		t.Error("the console says nothing of a clock that is wrong")
	}
	report, err := h.Audit.Run(t.Context())
	fatal(t, err)
	found := false
	for _, f := range report.Findings() {
		found = found || strings.Contains(f.What, "clock")
	}
	if !found {
		t.Errorf("the audit finds %+v", report.Findings())
	}
}
