package issue_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kept/internal/activity/newsletter/issue"
)

var ada = issue.Reader{Name: "Ada Lovelace", Greeting: "Hello Ada Lovelace,", Language: "English", List: "News",
	Unsubscribe: "https://site.example/leave", Preferences: "https://site.example/details", Archive: "https://site.example/archive", Web: "https://site.example/web"}

func compile(t *testing.T, body string, format issue.Format) *issue.Issue {
	t.Helper()
	i, err := issue.Compile(issue.Source{Title: "News for {{name}}", Body: body}, issue.Setting{Lang: "en", List: "News of Example", Format: format, Site: "https://site.example"})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestMarkdownBecomesAPageAndAText(t *testing.T) {
	i := compile(t, "{{greeting}}\n\n# What is new\n\nWe *moved*, {{if name}}dear {{name}}{{else}}dear reader{{end}}. See [our page](https://site.example/new?a=1&b=2).\n\n- one\n- two\n\n"+
		"![the office](https://site.example/office.jpg)\n\n[Unsubscribe]({{unsubscribe}})\n", issue.Markdown)
	got := i.Letter(ada, func(n int) string { return "https://site.example/go/" + string(rune('0'+n)) }, "https://site.example/pixel")
	if got.Title != "News for Ada Lovelace" {
		t.Errorf("title %q", got.Title)
	}
	for _, part := range []string{"<h1>What is new</h1>", "<em>moved</em>", "dear Ada Lovelace.", `href="https://site.example/go/0"`, `href="https://site.example/leave"`,
		`src="https://site.example/office.jpg"`, "prefers-color-scheme: dark", `src="https://site.example/pixel"`, "News of Example"} {
		if !strings.Contains(got.HTML, part) {
			t.Errorf("the page lacks %s:\n%s", part, got.HTML)
		}
	}
	const text = "Hello Ada Lovelace,\n\nWhat is new\n===========\n\nWe moved, dear Ada Lovelace. See our page\n<https://site.example/new?a=1&b=2>.\n\n- one\n- two\n\nthe office\n\nUnsubscribe <https://site.example/leave>\n"
	if got.Text != text {
		t.Errorf("the text is\n%s\nwanted\n%s", got.Text, text)
	}
	if len(i.Links) != 1 || i.Links[0] != "https://site.example/new?a=1&b=2" || len(i.Left) > 0 {
		t.Errorf("links %v, left out %v", i.Links, i.Left)
	}
	nobody := ada
	nobody.Name = ""
	if plain := i.Letter(nobody, nil, ""); !strings.Contains(plain.Text, "dear reader") || strings.Contains(plain.HTML, "pixel") || !strings.Contains(plain.HTML, `href="https://site.example/new?a=1&amp;b=2"`) {
		t.Errorf("without a name and without counting:\n%s", plain.HTML)
	}
}

func TestAnAuthorReachesNothingButTheWords(t *testing.T) {
	for _, source := range []string{
		"{{.}}", "{{.Name}}", "{{printf \"%v\" .}}", "{{env \"HOME\"}}", "{{range .}}x{{end}}", "{{template \"x\"}}", "{{define \"x\"}}{{end}}", "{{call .Safe}}",
		"{{name | html}}", "{{name name}}", "{{if .}}x{{end}}", "{{if not name}}x{{end}}", "{{end}}", "{{else}}", "{{if name}}x", "{{if name}}a{{else}}b{{else}}c{{end}}",
		"{{", "{{name", "{{email}}", "{{password}}", "{{$x := 1}}", "{{/* */}}", "{{html}}", "{{1}}", "{{\"a\"}}", strings.Repeat("{{if name}}", 9) + strings.Repeat("{{end}}", 9),
		strings.Repeat("{{name}}", 501),
		"[x]({{name}})", "[x](https://site.example/{{name}})", "[x](https://site.example/?q={{name}})",
	} {
		for _, format := range []issue.Format{issue.Markdown, issue.HTML} {
			if format == issue.HTML && strings.HasPrefix(source, "[x]") {
				continue
			}
			if _, err := issue.Compile(issue.Source{Title: "x", Body: "text " + source}, issue.Setting{Lang: "en", Format: format}); err == nil {
				t.Errorf("%s in %s passed", source, format)
			}
		}
	}
	for _, source := range []string{`<a href="https://x.example/{{name}}">x</a>`, `<a href="{{greeting}}">x</a>`, `<p title="{{name}}">x</p>`, `<p title="{{if name}}">x{{end}}</p>`,
		`<style>{{name}}</style>x`, `<p style="color:{{name}}">x</p>`, `<img src="https://site.example/{{name}}" alt="">x`, `<img src="https://site.example/x" alt="{{name}}">x`} {
		if _, err := issue.Compile(issue.Source{Title: "x", Body: source}, issue.Setting{Lang: "en", Format: issue.HTML, Site: "https://site.example"}); err == nil {
			t.Errorf("%s passed", source)
		}
	}
}

func TestWhatIsNoLetterIsLeftOutAndNamed(t *testing.T) {
	for source, gone := range map[string]string{
		`<p>x</p><script>alert(1)</script>`:                                             "alert",
		`<p onclick="alert(1)">x</p>`:                                                   "onclick",
		`<p>x</p><iframe src="https://evil.example"></iframe>`:                          "iframe",
		`<a href="javascript:alert(1)">x</a>`:                                           "javascript",
		`<a href=" java&#10;script:alert(1)">x</a>`:                                     "script:",
		`<a href="data:text/html,x">x</a>`:                                              "data:",
		`<a href="//evil.example/x">x</a>`:                                              "evil",
		`<a href="https://user:pass@evil.example/x">x</a>`:                              "evil",
		`<p>x<img src="https://tracker.example/p.gif" alt=""></p>`:                      "tracker",
		`<p style="background:url(https://tracker.example/)">x</p>`:                     "tracker",
		`<p style="background:u\72l(https://tracker.example/)">x</p>`:                   "tracker",
		`<style>@import "https://tracker.example/x.css";</style><p>x</p>`:               "tracker",
		`<style>p{background:url(https://tracker.example/)}</style><p>x</p>`:            "tracker",
		`<style>@font-face{src:u/**/rl(https://tracker.example/)}</style><p>x</p>`:      "tracker",
		`<svg><script>alert(1)</script></svg><p>x</p>`:                                  "alert",
		`<math><mtext><img src=x onerror=alert(1)></mtext></math><p>x</p>`:              "onerror",
		`<form action="https://evil.example"><input name=a><p>x</p></form>`:             "evil",
		`<base href="https://evil.example"><p>x</p>`:                                    "evil",
		`<meta http-equiv="refresh" content="0;url=https://evil.example"><p>x</p>`:      "evil",
		`<link rel="stylesheet" href="https://evil.example/x.css"><p>x</p>`:             "evil",
		`<p>x</p><!-- [if mso]><script>alert(1)</script><![endif]-->`:                   "alert",
		`<noscript><p title="</noscript><img src=x onerror=alert(1)>">x</noscript><p>x`: "onerror",
	} {
		i, err := issue.Compile(issue.Source{Title: "x", Body: source}, issue.Setting{Lang: "en", Format: issue.HTML, Site: "https://site.example"})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if page := i.Letter(ada, nil, "").HTML; strings.Contains(page, gone) {
			t.Errorf("%s: %s is in %s", source, gone, page)
		}
	}
	i := compile(t, "a <script>alert(1)</script> <b>b</b>\n\n<div onclick=x>c</div>", issue.Markdown)
	if page := i.Letter(ada, nil, "").HTML; strings.Contains(page, "<script") || strings.Contains(page, "onclick") || len(i.Left) == 0 {
		t.Errorf("%v\n%s", i.Left, page)
	}
}

func TestANameStaysText(t *testing.T) {
	evil := ada
	evil.Name = "<img src=x onerror=alert(1)>\r\nBcc: everybody@example.org\u202e{{unsubscribe}}"
	i := compile(t, "Dear {{name}}", issue.Markdown)
	got := i.Letter(evil, nil, "")
	if strings.Contains(got.HTML, "<img") || strings.ContainsAny(got.Title, "\r\n\u202e") || strings.Contains(got.Text, "\r\nBcc") || !strings.Contains(got.Text, "{{unsubscribe}}") {
		t.Errorf("%q\n%s\n%s", got.Title, got.Text, got.HTML)
	}
	evil.Name = strings.Repeat("x", 1<<20)
	if got := i.Letter(evil, nil, ""); len(got.HTML) > 10_000 {
		t.Errorf("a letter of %d bytes", len(got.HTML))
	}
}

// FuzzCompile holds whatever an author writes to the bounds: a letter is a tree
// of listed elements, with links of listed schemes, and no longer than said.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"# a\n\n{{name}}", "<p title=\"{{if name}}\">a{{end}}<a href='", "{{if name}}<b>{{else}}</b>{{end}}", "q0k0w q0k1l", "<style>@media x{p>a{}}</style>", "[a](javascript:x)", "<svg><style><img src=x>", "<table><a><td><a>"} {
		f.Add(s, true, "Ada")
		f.Add(s, false, "<script>\"'>")
	}
	f.Fuzz(func(t *testing.T, body string, asHTML bool, name string) {
		format := issue.Markdown
		if asHTML {
			format = issue.HTML
		}
		i, err := issue.Compile(issue.Source{Title: "x", Body: body}, issue.Setting{Lang: "en", Format: format, Site: "https://site.example"})
		if err != nil {
			return
		}
		r := ada
		r.Name = name
		l := i.Letter(r, func(n int) string { return "https://site.example/go" }, "")
		if len(l.HTML) > 1<<20 || len(l.Text) > 1<<20 {
			t.Fatalf("%d and %d bytes", len(l.HTML), len(l.Text))
		}
		for _, page := range []string{l.HTML, i.Body(r)} {
			tree, err := html.Parse(strings.NewReader(page))
			if err != nil {
				t.Fatal(err)
			}
			walk(t, tree, page)
		}
	})
}

func walk(t *testing.T, n *html.Node, page string) {
	if n.Type == html.ElementNode {
		switch n.Data {
		case "script", "iframe", "object", "embed", "form", "input", "svg", "math", "link", "base", "template", "noscript", "textarea", "button":
			t.Fatalf("<%s> in %s", n.Data, page)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "srcset", a.Key == "background", a.Key == "action":
				t.Fatalf("%s in %s", a.Key, page)
			case a.Key == "src" && !strings.HasPrefix(a.Val, "https://site.example"):
				t.Fatalf("src %q in %s", a.Val, page)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(strings.ToLower(a.Val), "mailto:") && !strings.HasPrefix(strings.ToLower(a.Val), "tel:"):
				t.Fatalf("href %q in %s", a.Val, page)
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(t, c, page)
	}
}
