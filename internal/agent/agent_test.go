package agent

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	r := New(16)
	for header, want := range map[string]Agent{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                        {"Firefox 132", "Windows", Desktop},
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                                   {"Chrome 131", "Linux", Desktop},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": {"Safari 17", "iOS", Phone},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                   {"Safari 17", "macOS", Desktop},
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                {"Googlebot 2", "", Bot},
		"":                                       {},
		"max.mustermann@example.org 203.0.113.7": {},
	} {
		for range 2 { // read, then remembered
			if got := r.Read(header); got != want {
				t.Errorf("Read(%q) = %+v, want %+v", header, got, want)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0")
	f.Add(strings.Repeat("(;", 4000))
	f.Add("203.0.113.77/203.0.113.77 (203.0.113.77)")
	r := New(16)
	f.Fuzz(func(t *testing.T, header string) {
		a := r.Read(header)
		if strings.ContainsAny(a.Browser+a.OS+a.Device, "<>@./:%\x00") || len(a.Browser) > 48 || len(a.OS) > 32 {
			t.Fatalf("%q gave %+v", header, a)
		}
	})
}
