package gateway

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "site")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret.html", "outside")
	write("site/index.html", visited)
	write("site/404.html", "not here")
	write("site/sub/index.html", "below")
	write("site/sub/data.txt", "0123456789")
	write("site/.git/config", "hidden")
	write("site/.well-known/security.txt", "contact")
	if err := os.Symlink(filepath.Join(dir, "secret.html"), filepath.Join(inside, "link.html")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	h := newHouse(t, site(""), func(c *Config) { c.Site = Folder(root) })
	for _, c := range []struct {
		path, want string
		status     int
	}{
		{"/sub/", "below", 200}, {"/sub/data.txt", "0123456789", 200}, {"/.well-known/security.txt", "contact", 200},
		{"/.git/config", "not here", 404}, {"/../secret.html", "not here", 404}, {"/%2e%2e/secret.html", "not here", 404},
		{"/link.html", "not here", 404}, {"/nothing", "not here", 404}, {"/a%00b", "not here", 404},
	} {
		if a := h.get(c.path); a.StatusCode != c.status || a.body != c.want {
			t.Errorf("%s: %d %q", c.path, a.StatusCode, a.body)
		}
	}
	if a := h.get("/sub?q=1"); a.StatusCode != 301 || a.Header.Get("Location") != "/sub/?q=1" {
		t.Errorf("a folder gives %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := h.get("//evil.example/..", document); a.Header.Get("Location") != "" {
		t.Errorf("leads to %s", a.Header.Get("Location"))
	}
	page := h.get("/", document)
	lacks(t, page.body, "video.example")
	contains(t, page.body, "kept.js")
	if a := h.get("/", document, "If-None-Match: "+page.Header.Get("Etag")); a.StatusCode != 304 {
		t.Errorf("the same again gives %d", a.StatusCode)
	}
	if a := h.get("/sub/data.txt", "Range: bytes=2-3"); a.StatusCode != 206 || a.body != "23" {
		t.Errorf("a range gives %d %q", a.StatusCode, a.body)
	}
	if a := h.do("POST", "/", nil); a.StatusCode != 405 {
		t.Errorf("POST gives %d", a.StatusCode)
	}
	if a := h.do("HEAD", "/sub/data.txt", nil); a.ContentLength != 10 {
		t.Errorf("HEAD gives a length of %d", a.ContentLength)
	}
}
