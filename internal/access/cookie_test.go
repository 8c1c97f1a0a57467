package access

import (
	"net/http"
	"testing"
)

func TestOneCookieOfAName(t *testing.T) {
	for _, c := range []struct {
		fields  []string
		value   string
		present bool
	}{
		{nil, "", false},
		{[]string{"other=1"}, "", false},
		{[]string{"mine=a"}, "a", true},
		{[]string{"mine="}, "", true},
		{[]string{`mine="a b"`}, "a b", true},
		{[]string{"minette=b; mine=a; other=1"}, "a", true},
		{[]string{"mine=a; mine=a"}, "a", true},
		{[]string{"mine=a; mine=b"}, "", true},
		{[]string{"mine=a", "mine=b"}, "", true},
		{[]string{"mine=a\x01; mine=b"}, "b", true},
		{[]string{"mine=a=b"}, "a=b", true},
	} {
		value, present := Cookie(&http.Request{Header: http.Header{"Cookie": c.fields}}, "mine")
		if value != c.value || present != c.present {
			t.Errorf("%q: %q, %v; want %q, %v", c.fields, value, present, c.value, c.present)
		}
	}
}

// Whatever a header holds, the cookie is read as net/http reads it.
func FuzzCookie(f *testing.F) {
	for _, seed := range []string{"mine=a", `mine="a;b"; mine`, " mine = x ;;mine=x", "mine=\"; mine=a", "mine=\\", "a=1; mine=,", "\tmine=a\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		r := &http.Request{Header: http.Header{"Cookie": {field}}}
		var want string
		all := r.CookiesNamed("mine")
		for i, c := range all {
			if want = c.Value; i > 0 && c.Value != all[0].Value {
				want = ""
				break
			}
		}
		if got, present := Cookie(r, "mine"); got != want || present != (len(all) > 0) {
			t.Errorf("%q: %q, %v; net/http reads %d, %q", field, got, present, len(all), want)
		}
	})
}
