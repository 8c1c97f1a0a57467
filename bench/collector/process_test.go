package collector

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// own is this process: load and, but for GoatCounter, server.
var own = os.Getpid()

// processorTime is what the processes have used, from Linux's own account in
// hundredths of a second.
func processorTime(b *testing.B, processes []int) time.Duration {
	var all time.Duration
	for _, pid := range processes {
		stat := readProcess(b, pid, "stat")
		fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // from the third on, see proc(5)
		for _, ticks := range fields[11:13] {                               // utime, stime
			n, err := strconv.ParseInt(ticks, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			all += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}

// peakMemory is the most that a process ever had in memory; of this one, server
// and load together.
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
