package consent

import (
	"context"
	"net/http"
	"time"
)

const signalTimeout = 5 * time.Second

// Renew prolongs the cookie of a page view to a full lifetime from now on (six
// months from the last visit, MC23): an acceptance at most once a day, a
// refusal each time, since it holds nothing that could tell when. It spends a
// "load once" grant, removes a cookie that counts for nothing, and withdraws
// advertising from an acceptance that is older than the browser's signal; if that
// cannot be stored now, State goes on ignoring the acceptance and the next page
// view tries again. Call it for answers that are HTML pages, before the headers
// are written.
func (s *Service) Renew(w http.ResponseWriter, st State) {
	if len(st.Once) > 0 {
		http.SetCookie(w, s.expire(OnceName))
	}
	switch {
	case st.worthless:
		http.SetCookie(w, s.expire(CookieName))
	case !st.remembered:
	case st.overridden:
		ctx, cancel := context.WithTimeout(context.Background(), signalTimeout)
		defer cancel()
		out, err := s.Decide(ctx, Request{Source: Signal, GPC: true, Previous: st})
		if err == nil {
			http.SetCookie(w, out.Cookie)
		}
	case st.choice.refused():
		http.SetCookie(w, s.cookie(st.choice))
	default:
		if today := dayOf(s.clock.Now()); st.choice.day < today {
			st.choice.day = today
			s.visits.visited(st.choice.id, today)
			http.SetCookie(w, s.cookie(st.choice))
		}
	}
}
