package newsletter

import (
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
)

// parsePace reads how fast providers may be written to, a line each:
//
//	gmail.com, googlemail.com: 200 / minute
//	*: 2000 / hour
//
// The star stands for every domain that no line names, each for itself.
func parsePace(text string) (all []mail.Domains, err error) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		d, ok := paceOf(line)
		if !ok || len(all) == 50 {
			return nil, fault.New(fault.Invalid, `a line of the pace is like "gmail.com, googlemail.com: 200 / minute" or "*: 2000 / hour", at most 50 of them, not %q`, line[:min(len(line), 60)])
		}
		all = append(all, d)
	}
	return all, nil
}

var pers = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
	"sekunde": time.Second, "stunde": time.Hour, "tag": 24 * time.Hour}

func paceOf(line string) (d mail.Domains, ok bool) {
	domains, rate, found := strings.Cut(line, ":")
	letters, per, also := strings.Cut(rate, "/")
	if !found || !also {
		return d, false
	}
	count, err := strconv.Atoi(strings.TrimSpace(letters))
	d.Letters, d.Per = count, pers[strings.ToLower(strings.TrimSpace(per))]
	if err != nil || count < 1 || count > 1_000_000 || d.Per == 0 {
		return d, false
	}
	if strings.TrimSpace(domains) == "*" {
		return d, true
	}
	for name := range strings.SplitSeq(domains, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" || !strings.Contains(name, ".") || strings.ContainsAny(name, " @*/") {
			return d, false
		}
		d.Names = append(d.Names, name)
	}
	return d, true
}
