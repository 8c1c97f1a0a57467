package graphtest

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

type group struct {
	name    string
	members []string // ids of users, contacts and groups
}

type photo struct{ jpeg []byte }

func (p *photo) tag() string {
	sum := sha256.Sum256(p.jpeg)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// AddUser adds a user with a mailbox, or changes one of the same id. Fields are
// named as the service names them.
func (t *Tenant) AddUser(id string, fields map[string]any) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.users.put(id, fields)
	for _, name := range []string{"userPrincipalName", "mail"} {
		if address, _ := fields[name].(string); address != "" && t.boxes[strings.ToLower(address)] == nil {
			box := t.boxes[id]
			if box == nil {
				box = newMailbox()
			}
			t.boxes[strings.ToLower(address)], t.boxes[id] = box, box
		}
	}
}

// RemoveUser removes a user. The mailbox stays reachable by no one.
func (t *Tenant) RemoveUser(id string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.users.remove(id)
	box := t.boxes[id]
	for name, b := range t.boxes {
		if b == box {
			delete(t.boxes, name)
		}
	}
}

// AddContact adds a contact of the organisation, or changes one.
func (t *Tenant) AddContact(id string, fields map[string]any) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.contacts.put(id, fields)
}

// RemoveContact removes a contact of the organisation.
func (t *Tenant) RemoveContact(id string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.contacts.remove(id)
}

// SetGroup makes a group of members, who may be groups.
func (t *Tenant) SetGroup(id, name string, members ...string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.groups[id] = &group{name: name, members: members}
}

// SetPhoto gives a user a picture; nil takes it away.
func (t *Tenant) SetPhoto(id string, jpeg []byte) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	if jpeg == nil {
		delete(t.photos, id)
		return
	}
	t.photos[id] = &photo{jpeg}
}

// ForgetChanges sets how long links to changes are good for.
func (t *Tenant) ForgetChanges(after time.Duration) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.life = after
}

// directory answers a call about the organisation; path begins behind the version.
func (t *Tenant) directory(w http.ResponseWriter, r *http.Request, path []string) {
	s := t.service
	l := map[string]*list{"users": t.users, "contacts": t.contacts}[path[0]]
	switch {
	case r.Method != http.MethodGet:
		unknown(w, r)
	case path[0] == "groups":
		t.group(w, r, path[1:])
	case l == nil:
		unknown(w, r)
	case len(path) == 1:
		lines := []map[string]any{}
		for _, o := range l.live() {
			lines = append(lines, chosen(r, o.id, o.content))
		}
		pages(w, r, lines)
	case len(path) == 2 && path[1] == "delta":
		s.changes(w, r, l, t.life, func(o *object) map[string]any { return chosen(r, o.id, o.content) },
			func(o *object) map[string]any { return map[string]any{"id": o.id} })
	case l.get(path[1]) == nil:
		refuse(w, http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.")
	case len(path) == 2:
		answer(w, http.StatusOK, chosen(r, path[1], l.get(path[1])))
	case path[0] == "users" && (path[2] == "photo" || path[2] == "photos"):
		t.photo(w, path)
	default:
		unknown(w, r)
	}
}

func (t *Tenant) photo(w http.ResponseWriter, path []string) {
	p := t.photos[path[1]]
	switch {
	case p == nil:
		refuse(w, http.StatusNotFound, "ImageNotFound", "The photo wasn't found.")
	case path[len(path)-1] == "$value":
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("ETag", p.tag())
		_, _ = w.Write(p.jpeg) // the caller may be gone
	default:
		answer(w, http.StatusOK, map[string]any{"id": "648x648", "@odata.mediaContentType": "image/jpeg", "@odata.mediaEtag": p.tag()})
	}
}

func (t *Tenant) group(w http.ResponseWriter, r *http.Request, path []string) {
	lines := []map[string]any{}
	switch {
	case len(path) == 0:
		for _, id := range slices.Sorted(maps.Keys(t.groups)) {
			lines = append(lines, map[string]any{"id": id, "displayName": t.groups[id].name})
		}
	case t.groups[path[0]] == nil:
		refuse(w, http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.")
		return
	case len(path) == 2 && path[1] == "transitiveMembers":
		t.members(path[0], map[string]bool{}, func(id, kind string) {
			lines = append(lines, map[string]any{"id": id, "@odata.type": "#microsoft.graph." + kind})
		})
	default:
		unknown(w, r)
		return
	}
	pages(w, r, lines)
}

// members walks a group through the groups inside it.
func (t *Tenant) members(id string, seen map[string]bool, tell func(id, kind string)) {
	for _, m := range t.groups[id].members {
		if seen[m] {
			continue
		}
		seen[m] = true
		switch {
		case t.groups[m] != nil:
			tell(m, "group")
			t.members(m, seen, tell)
		case t.users.get(m) != nil:
			tell(m, "user")
		case t.contacts.get(m) != nil:
			tell(m, "orgContact")
		}
	}
}

func unknown(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusNotImplemented, "NotImplemented", r.Method+" "+r.URL.Path)
}
