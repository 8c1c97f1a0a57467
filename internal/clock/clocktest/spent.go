package clocktest

import (
	"syscall"
	"testing"
	"time"
)

// Spent is the processor time that the process has taken until now, the kernel's for it
// included.
func Spent(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
