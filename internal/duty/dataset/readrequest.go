package dataset

import (
	"strings"

	"kept/internal/policy/source"
	"kept/internal/remote/httpdata"
)

// auth reads how an interface knows who asks.
func (r *connectionReader) auth(n *source.Node, x *Connection) {
	r.read(n, "auth", keys{
		"basic": func(n *source.Node) {
			r.read(n, "basic", keys{"user": r.text("user", &x.Auth.User), "password": r.secret(&x.Auth.Secret)})
			r.must(n, "basic", "user", "password")
		},
		"bearer": func(n *source.Node) {
			r.secret(&x.Auth.Secret)(n)
			x.Auth.Bearer = true
		},
		"header": func(n *source.Node) {
			r.read(n, "header", keys{"name": r.text("name", &x.Auth.Name), "value": r.secret(&x.Auth.Secret)})
			r.must(n, "header", "name", "value")
		},
		"oauth2": func(n *source.Node) {
			x.Auth.OAuth2 = &httpdata.OAuth2{}
			r.read(n, "oauth2", keys{
				"token_url": r.url(&x.TokenURL), "client_id": r.text("client_id", &x.Auth.OAuth2.Client),
				"client_secret": r.secret(&x.Auth.Secret), "scopes": r.words("scopes", &x.Auth.OAuth2.Scopes),
			})
			r.must(n, "oauth2", "token_url", "client_id", "client_secret")
		},
	})
	if len(n.Entries) > 1 {
		r.report(n.Pos, "keep one", "auth says more than one way")
	}
}

// requests reads the requests of each collection.
func (r *connectionReader) requests(n *source.Node, x *Connection) {
	if !r.is(n, source.Map, "collections") {
		return
	}
	x.Collections = map[string]httpdata.Collection{}
	for _, e := range n.Entries {
		var c httpdata.Collection
		if e.Value == nil {
			continue
		}
		r.read(e.Value, "collection "+e.Key, keys{
			"read": func(n *source.Node) {
				for _, one := range several(n) {
					if q := r.request(one, "GET"); q != nil {
						c.Read = append(c.Read, *q)
					}
				}
			},
			"update": func(n *source.Node) { c.Update = r.request(n, "PATCH") },
			"delete": func(n *source.Node) { c.Delete = r.request(n, "DELETE") },
		})
		x.Collections[e.Key] = c
	}
}

// several returns the items of a list, or the node itself.
func several(n *source.Node) []*source.Node {
	if n.Kind == source.List {
		return n.Items
	}
	return []*source.Node{n}
}

func (r *connectionReader) request(n *source.Node, usual string) *httpdata.Request {
	q := &httpdata.Request{Method: usual}
	r.read(n, "a request", keys{
		"method": r.oneOf("method", &q.Method, "GET", "POST", "PUT", "PATCH", "DELETE"), "path": r.text("path", &q.Path),
		"query": r.texts("query", &q.Query), "headers": r.texts("headers", &q.Header),
		"body": func(n *source.Node) { q.Body = tree(n) }, "items": r.text("items", &q.Items),
		"paging": func(n *source.Node) { r.paging(n, q) },
	})
	if n.Kind != source.Map || !r.must(n, "a request", "path") {
		return nil
	}
	return q
}

func (r *connectionReader) texts(what string, to *map[string]string) func(*source.Node) {
	return func(n *source.Node) {
		*to = map[string]string{}
		if !r.is(n, source.Map, what) {
			return
		}
		for _, e := range n.Entries {
			var text string
			if e.Value != nil {
				r.text(what, &text)(e.Value)
			}
			(*to)[e.Key] = text
		}
	}
}

func (r *connectionReader) paging(n *source.Node, q *httpdata.Request) {
	p := &q.Paging
	r.read(n, "paging", keys{
		"link": r.truth("link", &p.Link),
		"cursor": func(n *source.Node) {
			r.read(n, "cursor", keys{"param": r.text("param", &p.Param), "at": r.text("at", &p.Cursor)})
			r.must(n, "cursor", "param", "at")
		},
		"offset": func(n *source.Node) {
			r.read(n, "offset", keys{"param": r.text("param", &p.Param), "size": r.number("size", &p.Size)})
			r.must(n, "offset", "param", "size")
		},
	})
	if len(n.Entries) != 1 {
		r.report(n.Pos, "write one of link, cursor, offset", "paging says %d ways", len(n.Entries))
	}
}

// tree is a node as JSON has it.
func tree(n *source.Node) any {
	switch n.Kind {
	case source.Map:
		object := map[string]any{}
		for _, e := range n.Entries {
			if e.Value != nil {
				object[e.Key] = tree(e.Value)
			}
		}
		return object
	case source.List:
		list := make([]any, len(n.Items))
		for i, x := range n.Items {
			list[i] = tree(x)
		}
		return list
	case source.Truth:
		return strings.EqualFold(n.Scalar, "true")
	case source.Number:
		return number(n.Scalar)
	case source.Nothing:
		return nil
	}
	return n.Scalar
}
