package markup

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestGolden(t *testing.T) {
	a, err := txtar.ParseFile("testdata/loads.txtar")
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]string{}
	for _, f := range a.Files {
		wants[f.Name] = string(f.Data)
	}
	for _, f := range a.Files {
		want, ok := wants[f.Name+".out"]
		if !ok {
			continue
		}
		t.Run(strings.TrimSuffix(f.Name, ".html"), func(t *testing.T) {
			if got := rewrite(t, string(f.Data), Fragment, whole); got != want {
				t.Errorf("became\n%s\nwant\n%s", got, want)
			}
			if got := rewrite(t, string(f.Data), Fragment, single); got != want {
				t.Errorf("byte by byte it became\n%s", got)
			}
		})
	}
}

func TestSnippetIsInsertedOnce(t *testing.T) {
	const head, body = `<link rel="kept">`, `<i>kept</i>`
	for src, want := range map[string]string{
		"<!doctype html><html><head><title>a</title></head><body>x</body></html>":   "<!doctype html><html><head><title>a</title>" + head + "</head><body>" + body + "x</body></html>",
		"<!doctype html><title>a</title> <p>x":                                      "<!doctype html><title>a</title> " + head + body + "<p>x",
		"<html> text":                                                               "<html> " + head + body + "text",
		"<!DOCTYPE html>\n<script>'</head>'</script><!-- </head> --><body class=a>": "<!DOCTYPE html>\n<script>'</head>'</script><!-- </head> -->" + head + "<body class=a>" + body,
		"<!doctype html>":                                                           "<!doctype html>" + head + body,
		"<html><head><template></head><p>x</p></template></head><body>":             "<html><head><template>" + head + "</head><p>x</p></template></head><body>" + body,
		"<html><frameset><frame src=/a></frameset></html>":                          "<html>" + head + "<frameset><frame src=/a></frameset></html>",
		"<p>a part</p>": "<p>a part</p>",
		"text":          "text",
		"":              "",
	} {
		for name, cut := range map[string]func(int) int{"whole": whole, "single": single} {
			if got := rewrite(t, src, Unknown, cut); got != want {
				t.Errorf("%s: %s\nbecame %s\nwant   %s", name, src, got, want)
			}
		}
	}
}

func TestWhatIsTooLongIsLeftOut(t *testing.T) {
	long := strings.Repeat("x", 300)
	for src, want := range map[string]string{
		"<p>a<img alt='" + long + ">' src=//held.example>b": "<p>a<!---->b",
		"a<script data-x=" + long + ">alert(1)</script>b":   "a<!---->b",
		"a<style>" + long + "</style>b":                     "a<style></style>b",
		"<title>a</title " + long + ">b":                    "<title>a<!----></title>b",
		"a<p title=" + long + " >b":                         "a<!---->b",
		"<svg><style>" + long + "<g></style><path></svg>b":  "<svg><style></style><path></svg>b",
		"<a href='" + long[:100] + "'>" + long + "</a>":     "<a href='" + long[:100] + "'>" + long + "</a>",
	} {
		for name, cut := range map[string]func(int) int{"whole": whole, "single": single} {
			var out strings.Builder
			r := New(&out, Options{Gate: &strict{}, Limit: 200})
			for b := []byte(src); len(b) > 0; {
				n := cut(len(b))
				if _, err := r.Write(b[:n]); err != nil {
					t.Fatal(err)
				}
				b = b[n:]
			}
			if err := r.Close(); err != nil || out.String() != want {
				t.Errorf("%s: %s\nbecame %s\nwant   %s (%v)", name, src, out.String(), want, err)
			}
		}
	}
}

func TestHeldIsNoted(t *testing.T) {
	gate := &strict{}
	var out strings.Builder
	r := New(&out, Options{Gate: gate})
	if _, err := r.Write([]byte(`<html lang="de-AT"><script src=https://held.example:81/x></script><style>a{b:url(//c.example)}</style><img src="https://bad host/">`)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	want := []Held{
		{Host: "held.example:81", Element: "script", Attribute: "src", Language: "de-AT"},
		{Host: "c.example", Element: "style", Attribute: "css", Language: "de-AT"},
		{Host: "", Element: "img", Attribute: "src", Language: "de-AT"},
	}
	if len(gate.held) != len(want) {
		t.Fatalf("noted %+v", gate.held)
	}
	for i := range want {
		if gate.held[i] != want[i] {
			t.Errorf("noted %+v, want %+v", gate.held[i], want[i])
		}
	}
}
