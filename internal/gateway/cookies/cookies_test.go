package cookies

import (
	"slices"
	"strings"
	"testing"
)

func admits(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

func TestRequest(t *testing.T) {
	for _, c := range []struct {
		fields        []string
		kept, refused string
	}{
		{[]string{"a=1; b=2"}, "a=1", "b"},
		{[]string{"a=1", "a=2; kept_choice=x"}, "a=1; a=2", ""},
		{[]string{` a="x y" ;b`}, `a="x y"`, "b"},
		{[]string{"a = 1;;=v; kept_=1"}, "a = 1", ""},
		{[]string{"A=1"}, "", "A"},
		{[]string{";;; "}, "", ""},
		{[]string{"a=b=c; d==="}, "a=b=c", "d"},
	} {
		kept, refused := Request(c.fields, admits("a"))
		if got := strings.Trim(strings.Join(refused, " "), " "); kept != c.kept || got != c.refused {
			t.Errorf("%q: kept %q, refused %q", c.fields, kept, refused)
		}
	}
}

func TestResponse(t *testing.T) {
	kept, refused := Response([]string{"a=1; Path=/", "b=2", "kept_choice=1", "=a=1", "a", " a =2; Secure"}, admits("a", "kept_choice", ""))
	if got := strings.Join(kept, "|"); got != "a=1; Path=/| a =2; Secure" || len(refused) != 4 {
		t.Errorf("kept %q, refused %q", got, refused)
	}
}

func TestExpire(t *testing.T) {
	got := Expire("x", "www.site.example:8080", "/shop/item/1")
	for _, want := range []string{
		"x=; Path=/; Max-Age=0", "x=; Path=/shop; Max-Age=0", "x=; Path=/shop/item; Max-Age=0",
		"x=; Path=/; Domain=www.site.example; Max-Age=0", "x=; Path=/; Domain=site.example; Max-Age=0",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	for _, host := range []string{"127.0.0.1:80", "[::1]:80", "localhost", "a;b.example"} {
		if got := Expire("x", host, "/"); len(got) != 1 {
			t.Errorf("%s: %q", host, got)
		}
	}
	for _, name := range []string{"", "a b", "a;b", "a\r\nX: y", "ä"} {
		if got := Expire(name, "site.example", "/"); got != nil {
			t.Errorf("%q: %q", name, got)
		}
	}
	if got := Expire("__Host-x", "localhost", "/a;b/c"); len(got) != 1 || !strings.HasSuffix(got[0], "; Secure") {
		t.Errorf("%q", got)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("a=1; kept_choice=2; b")
	f.Fuzz(func(t *testing.T, field string) {
		kept, _ := Request([]string{field}, func(name string) bool { return name != "b" })
		again, refused := Request([]string{kept}, func(string) bool { return true })
		if again != kept || len(refused) > 0 {
			t.Fatalf("%q becomes %q, then %q", field, kept, again)
		}
		for pair := range strings.SplitSeq(kept, ";") {
			name, _, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
			if name = strings.Trim(name, " \t"); name == "b" || strings.HasPrefix(name, Own) {
				t.Fatalf("%q lets %q pass", field, name)
			}
		}
	})
}
