package consent

import (
	"fmt"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store/storetest"
)

// crowded is a policy with as many services in one group, each to be chosen singly.
func crowded(t *testing.T, services int) *policy.Policy {
	t.Helper()
	var more strings.Builder
	for n := range services - 3 {
		fmt.Fprintf(&more, "  embedded-service-%03d: {recipient: video, group: media, hosts: [s%d.example]}\n", n, n)
	}
	return load(t, "activities:\n", more.String()+"activities:\n")
}

// With two hundred services each can be chosen by itself, and the cookie that
// says so is believed when it comes back.
func TestTwoHundredServicesFitIntoTheCookie(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	p := crowded(t, 200)
	h.enforce(p)
	var all, others []string
	for i, s := range p.Services {
		all = append(all, s.Key)
		if i%2 == 0 {
			others = append(others, s.Key)
		}
	}
	for name, q := range map[string]Request{
		"each singly":    {Services: all},
		"all without":    {Groups: []string{"media", "marketing"}, Without: all},
		"every other":    {Groups: []string{"media"}, Without: others},
		"from a refusal": {Services: all[:1], Source: Placeholder},
	} {
		b := h.browser()
		out := b.decide(q)
		if n := len(out.Cookie.String()); n > 4096 {
			t.Errorf("%s: a cookie of %d bytes", name, n)
		}
		st := b.state()
		for _, s := range p.Services {
			if st.Allows(p, s.Key) != out.State.Allows(p, s.Key) {
				t.Errorf("%s: %s is remembered otherwise than it was chosen", name, s.Key)
			}
		}
		if len(q.Services) == 200 && len(st.Services) != 200 || st.Decision != out.State.Decision {
			t.Errorf("%s: %d of 200 are remembered", name, len(st.Services))
		}
	}
}

// What no cookie can remember is refused instead of being asked for ever.
func TestAChoiceThatFitsIntoNoCookie(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	p := crowded(t, 400)
	h.enforce(p)
	var all []string
	for _, s := range p.Services {
		all = append(all, s.Key)
	}
	b := h.browser()
	if _, err := b.try(Request{Services: all}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("400 services chosen singly: %v", err)
	}
	if n := h.count("select count(*) from consent_decision"); n != 0 {
		t.Errorf("%d decisions are stored", n)
	}
	if b.decide(Request{All: true}); !b.state().Known {
		t.Error("accepting all of 400 is not remembered")
	}
}
