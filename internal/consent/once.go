package consent

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
)

// OnceName is the session cookie of a "load once" grant.
const OnceName = "kept_once"

const onceLife = 5 * time.Minute // from the click to the page that it loads

// Once returns the session cookie that lets the next page view load service.
// Nobody is remembered by it: it names the service and when it ends. Invalid if
// service is none that is asked for.
func (s *Service) Once(service string) (*http.Cookie, error) {
	if _, ok := s.offer().services[service]; !ok {
		return nil, fault.New(fault.Invalid, "there is no service %q to load", service)
	}
	until := s.clock.Now().Add(onceLife).Unix()
	s.visits.count("once")
	return &http.Cookie{
		Name: OnceName, Value: s.sign(OnceName, url.QueryEscape(service)+":"+strconv.FormatInt(until, 10)), Path: "/",
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}, nil
}

func (s *Service) once(r *http.Request) []string {
	value, present := access.Cookie(r, OnceName)
	if !present {
		return nil
	}
	text, ok := s.signed(OnceName, value)
	if !ok || strings.Contains(text, "/") {
		return nil
	}
	service, end, ok := strings.Cut(text, ":")
	until, err := strconv.ParseInt(end, 10, 64)
	if !ok || err != nil || s.clock.Now().Unix() >= until {
		return nil
	}
	if service, err = url.QueryUnescape(service); err != nil {
		return nil
	}
	return []string{service}
}
