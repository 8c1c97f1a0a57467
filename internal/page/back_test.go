package page

import (
	"net/url"
	"strings"
	"testing"
)

func TestLocalPath(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"/", "/"},
		{"/leistungen?a=1&b=2", "/leistungen?a=1&b=2"},
		{"/a b", "/"},
		{"", "/"},
		{"x", "/"},
		{"//evil.example", "/"},
		{"///evil.example", "/"},
		{`/\evil.example`, "/"},
		{`\/evil.example`, "/"},
		{"https://evil.example/", "/"},
		{"javascript:alert(1)", "/"},
		{"/\tevil", "/"},
		{"/x\r\nSet-Cookie: a=b", "/"},
		{"/%", "/"},
		{"/" + strings.Repeat("a", longestBack), "/"},
		{"/#top", "/"},
		{"/ä", "/%C3%A4"},
		{"/%2f%2fevil.example", "/"},
		{"/.//evil.example", "/.//evil.example"},
	} {
		if got := LocalPath(c.in); got != c.want {
			t.Errorf("LocalPath(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/a?b#c", "//x", `/\x`, "/%5c", "/..//x", "/\x00"} {
		f.Add(s)
	}
	base, _ := url.Parse("https://site.example/privacy/choice")
	f.Fuzz(func(t *testing.T, in string) {
		got := LocalPath(in)
		to, err := base.Parse(got)
		if err != nil || to.Host != "site.example" || to.Scheme != "https" || got[0] != '/' || strings.ContainsAny(got, "\r\n\\") {
			t.Errorf("LocalPath(%q) = %q leads to %v (%v)", in, got, to, err)
		}
	})
}
