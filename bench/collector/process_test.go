package collector

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// own is this process: every server but GoatCounter. The load is another.
var own = os.Getpid()

// processorTime is what a process has used, from Linux's own account in
// hundredths of a second.
func processorTime(b *testing.B, pid int) time.Duration {
	var all time.Duration
	stat := readProcess(b, pid, "stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // from the third on, see proc(5)
	for _, ticks := range fields[11:13] {                               // utime, stime
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		all += time.Duration(n) * 10 * time.Millisecond
	}
	return all
}

// peakMemory is the most that a process ever had in memory; of this one, Kept
// and the plain handler.
func peakMemory(b *testing.B, pid int) int64 {
	_, rest, _ := strings.Cut(readProcess(b, pid, "status"), "VmHWM:")
	kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB * 1024
}

func readProcess(b *testing.B, pid int, file string) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}
