package graphtest

import (
	"net/http"
	"strconv"
	"time"
)

// Limits are what the service takes of one application.
type Limits struct {
	AtOnce   int           // calls of one mailbox at a time
	Calls    int           // calls of one mailbox …
	Per      time.Duration // … within this time
	Upload   int64         // bytes to one mailbox …
	Within   time.Duration // … within this time
	Together int           // calls of all mailboxes within ten seconds
}

// Published are the numbers of the documentation.
var Published = Limits{AtOnce: 4, Calls: 10_000, Per: 10 * time.Minute, Upload: 150e6, Within: 5 * time.Minute, Together: 130_000}

// meter counts what a mailbox was asked, in windows that begin with the first call.
type meter struct {
	now, calls    int
	bytes         int64
	since, loaded time.Time
}

// enter counts a call to a mailbox; a refusal says for how long and why. The
// service's lock is held.
func (s *Service) enter(m *meter, bytes int64) (wait time.Duration, code string) {
	now := s.Clock.Now()
	if s.Limits.Per > 0 && now.Sub(m.since) >= s.Limits.Per {
		m.calls, m.since = 0, now
	}
	if s.Limits.Within > 0 && now.Sub(m.loaded) >= s.Limits.Within {
		m.bytes, m.loaded = 0, now
	}
	m.calls++ // what is refused counts too
	switch {
	case s.Limits.AtOnce > 0 && m.now >= s.Limits.AtOnce:
		return time.Second, "MailboxConcurrency"
	case s.Limits.Calls > 0 && m.calls > s.Limits.Calls:
		return m.since.Add(s.Limits.Per).Sub(now), ""
	case s.Limits.Upload > 0 && m.bytes+bytes > s.Limits.Upload:
		return m.loaded.Add(s.Limits.Within).Sub(now), ""
	}
	m.now++
	m.bytes += bytes
	return 0, ""
}

func (s *Service) leave(m *meter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.now--
}

// tooMany refuses a call for the rate, as the documentation shows it.
func tooMany(w http.ResponseWriter, wait time.Duration, code string) {
	seconds := int((wait + time.Second - 1) / time.Second)
	w.Header().Set("Retry-After", strconv.Itoa(max(1, seconds)))
	answer(w, http.StatusTooManyRequests, map[string]any{"error": map[string]any{
		"code": "ApplicationThrottled", "message": "The application is over its limit.", "innerError": map[string]any{"code": code},
	}})
}
