package graphtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is one thing of a list; nil content is one that is gone.
type object struct {
	id      string
	content map[string]any
	at      int64 // number of its last change
}

// list remembers the order of changes, so that it can tell what changed since.
type list struct {
	byID  map[string]*object
	order []string // as they were made
	last  int64
}

func newList() *list { return &list{byID: map[string]*object{}} }

func (l *list) put(id string, content map[string]any) {
	l.last++
	o := l.byID[id]
	if o == nil {
		o = &object{id: id}
		l.byID[id] = o
		l.order = append(l.order, id)
	}
	o.content, o.at = content, l.last
}

func (l *list) get(id string) map[string]any {
	if o := l.byID[id]; o != nil {
		return o.content
	}
	return nil
}

func (l *list) remove(id string) {
	if o := l.byID[id]; o != nil && o.content != nil {
		l.last++
		o.content, o.at = nil, l.last
	}
}

// live returns what is there, oldest first.
func (l *list) live() []*object {
	var all []*object
	for _, id := range l.order {
		if o := l.byID[id]; o.content != nil {
			all = append(all, o)
		}
	}
	return all
}

// since returns what changed after a number, in the order of the changes.
func (l *list) since(n int64) []*object {
	var all []*object
	for _, o := range l.byID {
		if o.at > n && (n > 0 || o.content != nil) {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *object) int { return int(a.at - b.at) })
	return all
}

// page bounds a list of lines.
const (
	mostChanges = 200
	usualPage   = 10
)

// changes answers a list of changes. first writes a line of a first reading, later
// one of a later reading.
func (s *Service) changes(w http.ResponseWriter, r *http.Request, l *list, life time.Duration, first, later func(*object) map[string]any) {
	token := r.URL.Query().Get("$deltatoken")
	skip := r.URL.Query().Get("$skiptoken")
	var from, upTo, begun int64 // changes after from, of them up to upTo were told; begun: the reading is one of everything
	made := s.Clock.Now()
	switch {
	case skip != "":
		var unix int64
		if _, err := fmt.Sscanf(skip, "%d.%d.%d.%d", &from, &upTo, &begun, &unix); err != nil {
			refuse(w, http.StatusBadRequest, "InvalidSkipToken", "")
			return
		}
	case token != "":
		var unix int64
		if _, err := fmt.Sscanf(token, "%d.%d", &from, &unix); err != nil {
			refuse(w, http.StatusBadRequest, "InvalidDeltaToken", "")
			return
		}
		if life > 0 && made.Sub(time.Unix(unix, 0)) > life {
			refuse(w, http.StatusGone, "syncStateNotFound", "The sync state generation is not found; continue with a full synchronization.")
			return
		}
		upTo = from
	default:
		begun = 1
	}
	all := l.since(upTo)
	if begun == 1 {
		all = slices.DeleteFunc(all, func(o *object) bool { return o.content == nil })
	}
	size := mostChanges
	if n, err := strconv.Atoi(strings.TrimPrefix(r.Header.Get("Prefer"), "odata.maxpagesize=")); err == nil {
		size = min(n, mostChanges)
	}
	lines := []map[string]any{}
	for _, o := range all[:min(size, len(all))] {
		upTo = o.at
		switch {
		case o.content == nil:
			lines = append(lines, map[string]any{"id": o.id, "@removed": map[string]any{"reason": "deleted"}})
		case begun == 1:
			lines = append(lines, first(o))
		default:
			lines = append(lines, later(o))
		}
	}
	out := map[string]any{"value": lines}
	if len(all) > size {
		out["@odata.nextLink"] = linkTo(r, "$skiptoken", fmt.Sprintf("%d.%d.%d.%d", from, upTo, begun, made.Unix()))
	} else {
		out["@odata.deltaLink"] = linkTo(r, "$deltatoken", fmt.Sprintf("%d.%d", l.last, made.Unix()))
	}
	answer(w, http.StatusOK, out)
}

// pages answers a list with $top and links to the rest.
func pages(w http.ResponseWriter, r *http.Request, lines []map[string]any) {
	size := usualPage
	if n, err := strconv.Atoi(r.URL.Query().Get("$top")); err == nil && n > 0 && n < 1000 {
		size = n
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("$skip"))
	from = min(max(from, 0), len(lines))
	rest := lines[from:]
	out := map[string]any{"value": append([]map[string]any{}, rest[:min(size, len(rest))]...)}
	if len(rest) > size {
		out["@odata.nextLink"] = linkTo(r, "$skip", strconv.Itoa(from+size))
	}
	answer(w, http.StatusOK, out)
}

// linkTo is the address of the request with one parameter set anew.
func linkTo(r *http.Request, name, value string) string {
	query := r.URL.Query()
	for _, token := range []string{"$skiptoken", "$deltatoken"} {
		query.Del(token)
	}
	query.Set(name, value)
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	u := url.URL{Scheme: scheme, Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()}
	return u.String()
}

// chosen returns the fields that $select asks for, with the id; all without one.
func chosen(r *http.Request, id string, content map[string]any) map[string]any {
	out := map[string]any{"id": id}
	names := r.URL.Query().Get("$select")
	if names == "" {
		for name, value := range content {
			out[name] = value
		}
		return out
	}
	for name := range strings.SplitSeq(names, ",") {
		if value, ok := content[name]; ok {
			out[name] = value
		}
	}
	return out
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the caller may be gone
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}
