package dataset

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kept/internal/policy/source"
	"kept/internal/vault"
)

// connectionReader reads a file of connections. Files that it names lie below its
// own folder unless their path is absolute.
type connectionReader struct {
	reader
	dir    string
	getenv func(string) string
}

// ReadConnections reads a file of connections, and the secrets that it names.
func ReadConnections(file string, src []byte) ([]*Connection, Findings) {
	r := &connectionReader{reader: reader{file: file}, dir: filepath.Dir(file), getenv: os.Getenv}
	var found []*Connection
	root := r.parse(src)
	if root == nil {
		return nil, r.findings.sorted()
	}
	r.read(root, "the file", keys{"connections": func(n *source.Node) {
		if !r.is(n, source.Map, "connections") {
			return
		}
		for _, e := range n.Entries {
			if slices.ContainsFunc(found, func(x *Connection) bool { return x.Name == e.Key }) {
				r.report(e.Pos, "keep one of them", "there are two connections %s", e.Key)
				continue
			}
			found = append(found, r.connection(e))
		}
	}})
	r.must(root, "the file", "connections")
	return found, r.findings.sorted()
}

func (r *connectionReader) connection(e source.Entry) *Connection {
	x := &Connection{At: e.Pos, Name: e.Key}
	if e.Value == nil {
		e.Value = &source.Node{Pos: e.Pos}
	}
	what := "connection " + e.Key
	r.read(e.Value, what, keys{
		"kind":     r.oneOf("kind", &x.Kind, "postgres", "mysql", "mariadb", "sqlite", "sqlserver", "mongodb", "http"),
		"datasets": r.words("datasets", &x.Datasets),
		"host":     r.text("host", &x.Host), "port": r.number("port", &x.Port), "hosts": r.words("hosts", &x.Hosts), "set": r.text("set", &x.Set),
		"file": r.path(&x.File), "database": r.text("database", &x.Database), "schema": r.text("schema", &x.Schema),
		"user": r.text("user", &x.User), "password": r.secret(&x.Password), "user_database": r.text("user_database", &x.Source),
		"tls":   func(n *source.Node) { r.security(n, x) },
		"erase": func(n *source.Node) { r.erasing(n, x) },
		"mail_case": func(n *source.Node) {
			var word string
			r.oneOf("mail_case", &word, "exact", "any")(n)
			x.ExactMail = word == "exact"
		},
		"url": r.url(&x.URL), "auth": func(n *source.Node) { r.auth(n, x) }, "collections": func(n *source.Node) { r.requests(n, x) },
	})
	if len(x.Datasets) == 0 {
		x.Datasets = []string{x.Name}
	}
	if e.Value.Kind == source.Map {
		r.whole(e.Value, what, x)
	}
	return x
}

// whole reports what a kind needs and is not there.
func (r *connectionReader) whole(n *source.Node, what string, x *Connection) {
	needs := map[string][]string{
		"postgres": {"host", "database", "user"}, "mysql": {"host", "database", "user"}, "mariadb": {"host", "database", "user"},
		"sqlserver": {"host", "database", "user"}, "mongodb": {"database"}, "sqlite": {"file"}, "http": {"url", "collections"}, "": {"kind"},
	}
	r.must(n, what, needs[x.Kind]...)
	if x.Kind == "mongodb" && x.Host == "" && len(x.Hosts) == 0 {
		r.report(n.Pos, "add host or hosts", "%s has no host", what)
	}
	if x.URL != nil && x.URL.Scheme == "http" && !here(x.URL.Hostname()) {
		r.warn(n.Pos, "write https", "%s is not encrypted: what people say of themselves travels in the open", what)
	}
}

// secret reads {file: …} or {env: …}. A secret in the file itself is refused: such
// files are shared and kept in history.
func (r *connectionReader) secret(to *vault.Secret) func(*source.Node) {
	return func(n *source.Node) {
		var file, env string
		if n.Kind != source.Map {
			r.report(n.Pos, "write {file: /run/secrets/name} or {env: NAME}", "a secret stands in the file itself")
			return
		}
		r.read(n, "a secret", keys{"file": r.path(&file), "env": r.text("env", &env)})
		switch {
		case file != "":
			text, err := os.ReadFile(file)
			if err != nil {
				r.report(n.Pos, "make the file, readable to Kept alone", "the secret's file cannot be read: %s", filepath.Base(file))
				return
			}
			*to = vault.NewSecret(strings.TrimRight(string(text), "\r\n"))
		case env != "":
			if *to = vault.NewSecret(r.getenv(env)); to.IsZero() {
				r.report(n.Pos, "set the variable", "the variable %s is empty", env)
			}
		default:
			r.report(n.Pos, "write {file: /run/secrets/name} or {env: NAME}", "a secret names neither file nor variable")
		}
	}
}

func (r *connectionReader) path(to *string) func(*source.Node) {
	return func(n *source.Node) {
		r.text("file", to)(n)
		if *to != "" && !filepath.IsAbs(*to) {
			*to = filepath.Join(r.dir, *to)
		}
	}
}

func (r *connectionReader) url(to **url.URL) func(*source.Node) {
	return func(n *source.Node) {
		var text string
		r.text("url", &text)(n)
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			r.report(n.Pos, "write https://host/path, and credentials below auth", "this is no address of an interface")
			return
		}
		*to = u
	}
}

// security reads tls: off, or a map.
func (r *connectionReader) security(n *source.Node, x *Connection) {
	if n.Kind == source.Map {
		r.read(n, "tls", keys{"ca": r.path(&x.Authority), "name": r.text("name", &x.Server)})
		return
	}
	switch strings.ToLower(n.Scalar) {
	case "off", "false", "no":
		x.Plain = true
	case "verify", "on", "true", "yes":
	default:
		r.report(n.Pos, "write verify, off, or {ca: file}", "tls is %q", n.Scalar)
	}
}

// erasing reads the strategy for fields that have none; delete is for whole rows.
func (r *connectionReader) erasing(n *source.Node, x *Connection) {
	for _, e := range n.Entries {
		if e.Key == "strategy" && e.Value != nil && e.Value.Scalar == deleteRow {
			x.Delete = true
			return
		}
	}
	x.Mask = r.mask(n)
}
