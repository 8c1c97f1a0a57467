package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The passwords and tokens of other systems are nowhere in what commands print (threat
// 10): with systems that are down, that know another password, that echo what they were
// sent, and with files that say a secret in the wrong way.
func TestSecretsOfConnectionsAreNowhere(t *testing.T) {
	t.Parallel()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprintf(w, "no way for %s", r.Header.Get("Authorization"))
	}))
	defer echo.Close()
	dir := t.TempDir()
	fatal(t, os.MkdirAll(filepath.Join(dir, "datasets"), 0o700))
	files := map[string]string{
		"connections.yml": `connections:
  books: {kind: postgres, host: 127.0.0.1, port: 1, database: x, user: u, tls: off, password: {env: PLANTED}}
  shop: {kind: mariadb, host: 127.0.0.1, port: 1, database: x, user: u, tls: off, password: {file: planted}}
`,
		"echo.yml": `connections:
  echo:
    kind: http
    url: ` + echo.URL + `
    auth: {bearer: {env: PLANTED}}
    collections: {customer: {read: {path: /c, query: {email: "{email}"}, items: data}}}
`,
		"open.yml":        "connections:\n  shop: {kind: mariadb, host: h, database: x, user: u, password: " + plantedPassword + "}\n",
		"url.yml":         "connections:\n  shop: {kind: http, url: \"https://u:" + plantedPassword + "@h/\", collections: {}}\n",
		"planted":         plantedPassword + "\n",
		"datasets/it.yml": "dataset:\n",
	}
	for _, system := range []string{"books", "shop", "echo"} {
		files["datasets/it.yml"] += "  - fides_key: " + system + "\n    collections:\n      - name: customer\n        fields:\n          - {name: id, fides_meta: {primary_key: true}}\n          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}\n"
	}
	for name, text := range files {
		fatal(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	var said strings.Builder
	for _, command := range [][]string{
		{"dataset", "check"}, {"dataset", "check", "--json"}, {"dataset", "plan", "--identity", "email=ada@example.org"},
		{"dataset", "annotate", "books"}, {"dataset", "annotate", "shop"},
		{"dataset", "plan", "--identity", "email=ada@example.org", "--connections", "echo.yml"},
		{"dataset", "check", "--connections", "open.yml"}, {"dataset", "check", "--connections", "url.yml"},
	} {
		p, err := launch(dir, []string{"PLANTED=" + plantedPassword}, command...)
		fatal(t, err)
		t.Cleanup(p.kill)
		code, err := p.exit()
		fatal(t, err)
		if code == 0 {
			t.Errorf("%v is fine", command)
		}
		said.WriteString(p.out.String() + p.err.String())
	}
	if !strings.Contains(said.String(), "502") || !strings.Contains(said.String(), "does not answer") {
		t.Errorf("not everything was tried:\n%s", said.String())
	}
	nowhere(t, "what was printed", said.String())
}
