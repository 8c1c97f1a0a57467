package graphtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// mailbox is the contacts of one user.
type mailbox struct {
	meter   meter
	folders map[string]*folder // by id; "" is the usual one
	names   []string           // ids in order
	photos  map[string][]byte
	forgot  bool // links to changes that were given out are good no more
}

type folder struct {
	name     string
	in       string // id of the folder that it lies in, "" at the top
	contacts *list
}

func newMailbox() *mailbox {
	return &mailbox{folders: map[string]*folder{"": {name: "Contacts", contacts: newList()}}, photos: map[string][]byte{}}
}

func (s *Service) store(f *folder, fields map[string]any) string {
	id := s.id("contact")
	content := maps.Clone(fields)
	s.touch(content)
	if name, _ := content["displayName"].(string); name == "" {
		first, _ := content["givenName"].(string)
		last, _ := content["surname"].(string)
		content["displayName"] = strings.TrimSpace(first + " " + last)
	}
	f.contacts.put(id, content)
	return id
}

// touch gives a contact that is changed a new key and the time.
func (s *Service) touch(content map[string]any) {
	content["changeKey"], content["lastModifiedDateTime"] = s.id("key"), s.Clock.Now().UTC().Format(time.RFC3339)
}

func (b *mailbox) find(id string) (*folder, *object) {
	for _, f := range b.folders {
		if o := f.contacts.byID[id]; o != nil && o.content != nil {
			return f, o
		}
	}
	return nil, nil
}

// serve answers a call about a mailbox; path begins behind the user. The service's
// lock is held.
func (b *mailbox) serve(s *Service, w http.ResponseWriter, r *http.Request, path []string, body []byte) {
	switch {
	case path[0] == "contactFolders" && len(path) == 1:
		b.serveFolders(s, w, r, "", body)
	case path[0] == "contactFolders" && len(path) == 2 && r.Method == http.MethodGet:
		b.serveFolder(w, path[1])
	case path[0] == "contactFolders" && len(path) == 2 && r.Method == http.MethodDelete:
		b.removeFolder(w, path[1])
	case path[0] == "contactFolders" && len(path) == 3 && path[2] == "childFolders" && b.folders[path[1]] != nil:
		b.serveFolders(s, w, r, path[1], body)
	case path[0] == "contactFolders" && len(path) >= 3 && (path[2] == "contacts" || path[2] == "childFolders"):
		if b.folders[path[1]] == nil {
			refuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
			return
		}
		b.serveContacts(s, w, r, b.folders[path[1]], path[3:], body)
	case path[0] == "contacts":
		b.serveContacts(s, w, r, b.folders[""], path[1:], body)
	default:
		unknown(w, r)
	}
}

// serveFolders answers a call about the folders in a folder; those at the top in "".
func (b *mailbox) serveFolders(s *Service, w http.ResponseWriter, r *http.Request, in string, body []byte) {
	switch r.Method {
	case http.MethodGet:
		lines := []map[string]any{}
		for _, id := range b.names {
			if b.folders[id].in == in {
				lines = append(lines, b.shown(id))
			}
		}
		pages(w, r, lines)
	case http.MethodPost:
		var asked struct {
			Name string `json:"displayName"`
		}
		if err := json.Unmarshal(body, &asked); err != nil || asked.Name == "" {
			refuse(w, http.StatusBadRequest, "ErrorInvalidRequest", "A folder has a name.")
			return
		}
		for _, f := range b.folders {
			if f.in == in && strings.EqualFold(f.name, asked.Name) {
				refuse(w, http.StatusConflict, "ErrorFolderExists", "A folder with the specified name already exists.")
				return
			}
		}
		id := s.id("folder")
		b.folders[id], b.names = &folder{name: asked.Name, in: in, contacts: newList()}, append(b.names, id)
		answer(w, http.StatusCreated, b.shown(id))
	default:
		unknown(w, r)
	}
}

func (b *mailbox) removeFolder(w http.ResponseWriter, id string) {
	if b.folders[id] == nil {
		refuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
		return
	}
	b.drop(id)
	w.WriteHeader(http.StatusNoContent)
}

// shown is a folder as a list shows it.
func (b *mailbox) shown(id string) map[string]any {
	f := b.folders[id]
	in := f.in
	if in == "" {
		in = "root"
	}
	return map[string]any{"id": id, "displayName": f.name, "parentFolderId": in}
}

// drop removes a folder with what is in it.
func (b *mailbox) drop(id string) {
	for _, inside := range slices.Clone(b.names) {
		if f := b.folders[inside]; f != nil && f.in == id {
			b.drop(inside)
		}
	}
	delete(b.folders, id)
	b.names = slices.DeleteFunc(b.names, func(x string) bool { return x == id })
}

// serveFolder tells of a folder that is there.
func (b *mailbox) serveFolder(w http.ResponseWriter, id string) {
	if b.folders[id] == nil {
		refuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
		return
	}
	answer(w, http.StatusOK, b.shown(id))
}

// serveContacts answers a call about the contacts of a folder. One contact is found
// by its id in whichever folder it is.
func (b *mailbox) serveContacts(s *Service, w http.ResponseWriter, r *http.Request, f *folder, path []string, body []byte) {
	if len(path) == 0 {
		switch r.Method {
		case http.MethodGet:
			pages(w, r, b.lines(r, f))
		case http.MethodPost:
			b.create(s, w, f, body)
		default:
			unknown(w, r)
		}
		return
	}
	if path[0] == "delta" {
		// Extended properties are not in lists of changes.
		if b.forgot && r.URL.Query().Get("$deltatoken") != "" {
			b.forgot = false
			refuse(w, http.StatusGone, "SyncStateNotFound", "The sync state generation is not found; continue with a full synchronization.")
			return
		}
		line := func(o *object) map[string]any { return shown(r, o, "") }
		s.changes(w, r, f.contacts, 0, line, line)
		return
	}
	in, o := b.find(path[0])
	switch {
	case o == nil:
		refuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
	case len(path) == 3 && path[1] == "photo" && path[2] == "$value":
		b.servePhoto(s, w, r, in, o, body)
	case len(path) > 1:
		unknown(w, r)
	case r.Method == http.MethodGet:
		answer(w, http.StatusOK, shown(r, o, asked(r)))
	case r.Method == http.MethodDelete:
		in.contacts.remove(o.id)
		delete(b.photos, o.id)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPatch:
		b.change(s, w, in, o, body)
	default:
		unknown(w, r)
	}
}

func (b *mailbox) create(s *Service, w http.ResponseWriter, f *folder, body []byte) {
	fields, says := checked(body)
	if says == "" && s.spoils != nil {
		says = s.spoils(string(body))
	}
	if says != "" {
		refuse(w, http.StatusBadRequest, "RequestBodyRead", says)
		return
	}
	id := s.store(f, fields)
	o := f.contacts.byID[id]
	answer(w, http.StatusCreated, map[string]any{"id": id, "@odata.etag": o.content["changeKey"], "changeKey": o.content["changeKey"], "displayName": o.content["displayName"]})
}

func (b *mailbox) change(s *Service, w http.ResponseWriter, f *folder, o *object, body []byte) {
	fields, says := checked(body)
	if says != "" {
		refuse(w, http.StatusBadRequest, "RequestBodyRead", says)
		return
	}
	content := maps.Clone(o.content)
	marks := properties(content)
	for name, value := range fields {
		if value == nil {
			delete(content, name)
			continue
		}
		content[name] = value
	}
	if changed := properties(fields); len(changed) > 0 {
		for _, m := range marks {
			if !slices.ContainsFunc(changed, func(c map[string]any) bool { return c["id"] == m["id"] }) {
				changed = append(changed, m)
			}
		}
		all := make([]any, len(changed))
		for i, c := range changed {
			all[i] = c
		}
		content["singleValueExtendedProperties"] = all
	}
	s.touch(content)
	f.contacts.put(o.id, content)
	answer(w, http.StatusOK, map[string]any{"id": o.id, "@odata.etag": content["changeKey"], "changeKey": content["changeKey"]})
}

const mostPhoto = 4 << 20

func (b *mailbox) servePhoto(s *Service, w http.ResponseWriter, r *http.Request, f *folder, o *object, body []byte) {
	switch {
	case r.Method == http.MethodGet && b.photos[o.id] == nil:
		refuse(w, http.StatusNotFound, "ErrorItemNotFound", "The photo wasn't found.")
	case r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(b.photos[o.id]) // the caller may be gone
	case r.Method != http.MethodPut && r.Method != http.MethodPatch:
		unknown(w, r)
	case r.Header.Get("Content-Type") != "image/jpeg" || len(body) < 3 || body[0] != 0xff || body[1] != 0xd8:
		refuse(w, http.StatusBadRequest, "ErrorInvalidImage", "The photo is no JPEG.")
	case len(body) >= mostPhoto:
		refuse(w, http.StatusRequestEntityTooLarge, "ErrorTooLarge", "The photo is too large.")
	default:
		b.photos[o.id] = s.picture(body)
		content := maps.Clone(o.content)
		s.touch(content)
		f.contacts.put(o.id, content)
		w.WriteHeader(http.StatusOK)
	}
}

// lines are the contacts of a folder that $filter lets through.
func (b *mailbox) lines(r *http.Request, f *folder) []map[string]any {
	lines := []map[string]any{}
	filter := r.URL.Query().Get("$filter")
	for _, o := range f.contacts.live() {
		if filter == "" || hasMark(o.content, filter) {
			lines = append(lines, shown(r, o, asked(r)))
		}
	}
	return lines
}

// hasMark understands the one filter that the documentation gives for extended
// properties: an id and a value.
func hasMark(content map[string]any, filter string) bool {
	for _, p := range properties(content) {
		value := strings.ReplaceAll(p["value"].(string), "'", "''")
		if filter == fmt.Sprintf("singleValueExtendedProperties/Any(ep: ep/id eq '%s' and ep/value eq '%s')", p["id"], value) {
			return true
		}
	}
	return false
}

// asked returns the id of the extended property that $expand asks for.
func asked(r *http.Request) string {
	expand := r.URL.Query().Get("$expand")
	id, _ := strings.CutPrefix(expand, "singleValueExtendedProperties($filter=id eq '")
	return strings.TrimSuffix(id, "')")
}

// shown is a contact as a list shows it, with the extended property that was asked
// for.
func shown(r *http.Request, o *object, property string) map[string]any {
	out := chosen(r, o.id, o.content)
	out["@odata.etag"] = o.content["changeKey"]
	delete(out, "singleValueExtendedProperties")
	for _, p := range properties(o.content) {
		if p["id"] == property {
			out["singleValueExtendedProperties"] = []any{p}
		}
	}
	return out
}

func properties(content map[string]any) []map[string]any {
	all, _ := content["singleValueExtendedProperties"].([]any)
	var found []map[string]any
	for _, p := range all {
		if p, ok := p.(map[string]any); ok {
			found = append(found, p)
		}
	}
	return found
}

// texts and lists are the fields of a contact that can be written.
var (
	texts = []string{
		"title", "givenName", "middleName", "surname", "generation", "displayName", "nickName", "companyName", "department", "officeLocation",
		"jobTitle", "manager", "mobilePhone", "businessHomePage", "birthday", "personalNotes", "fileAs", "initials", "profession", "spouseName", "assistantName",
	}
	lists   = map[string]int{"emailAddresses": 3, "businessPhones": 2, "homePhones": 2, "categories": 1000, "imAddresses": 3, "singleValueExtendedProperties": 10}
	objects = []string{"businessAddress", "homeAddress", "otherAddress"}
)

// checked reads the fields of a contact and refuses what the service refuses: names
// it does not know, types that are others, and more lines than it has.
func checked(body []byte) (fields map[string]any, says string) {
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, "The body is no JSON object."
	}
	for name, value := range fields {
		most, isList := lists[name]
		switch v := value.(type) {
		case nil:
		case string:
			if !slices.Contains(texts, name) {
				return nil, "The property '" + name + "' does not exist on type 'microsoft.graph.contact'."
			}
			if name == "birthday" {
				if _, err := time.Parse(time.RFC3339, v); err != nil {
					return nil, "Cannot convert the literal '" + v + "' to the expected type 'Edm.DateTimeOffset'."
				}
			}
		case []any:
			if !isList {
				return nil, "The property '" + name + "' does not exist on type 'microsoft.graph.contact'."
			}
			if len(v) > most {
				return nil, fmt.Sprintf("The property '%s' takes %d entries.", name, most)
			}
		case map[string]any:
			if !slices.Contains(objects, name) {
				return nil, "The property '" + name + "' does not exist on type 'microsoft.graph.contact'."
			}
		default:
			return nil, "The property '" + name + "' has another type."
		}
	}
	for _, p := range properties(fields) {
		id, _ := p["id"].(string)
		if _, ok := p["value"].(string); !ok || !strings.HasPrefix(id, "String {") {
			return nil, "An extended property has an id and a value."
		}
	}
	return fields, ""
}

// unescaped returns the parts of a path behind the version.
func unescaped(path string) ([]string, bool) {
	rest, ok := strings.CutPrefix(path, "/v1.0/")
	if !ok {
		return nil, false
	}
	parts := strings.Split(rest, "/")
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil || plain == "" {
			return nil, false
		}
		parts[i] = plain
	}
	return parts, true
}
