package graphtest

import (
	"maps"
	"slices"
	"strings"
)

// Contact is a contact as a test sees it.
type Contact struct {
	ID     string
	Folder string // path; "Contacts" is the usual one
	Fields map[string]any
	Photo  []byte
}

// Mark returns the value of the contact's extended property, "" without one.
func (c Contact) Mark() string {
	for _, p := range properties(c.Fields) {
		return p["value"].(string)
	}
	return ""
}

// Contacts returns what is in a mailbox, folder by folder, oldest first.
func (t *Tenant) Contacts(address string) []Contact {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	box := t.boxes[strings.ToLower(address)]
	if box == nil {
		return nil
	}
	var all []Contact
	for _, id := range append([]string{""}, box.names...) {
		f := box.folders[id]
		for _, o := range f.contacts.live() {
			all = append(all, Contact{ID: o.id, Folder: box.path(id), Fields: maps.Clone(o.content), Photo: box.photos[o.id]})
		}
	}
	return all
}

// path is the name of a folder behind those of the folders that it lies in.
func (b *mailbox) path(id string) string {
	f := b.folders[id]
	if f.in == "" {
		return f.name
	}
	return b.path(f.in) + "/" + f.name
}

// at returns the folder of a path, which is made if it is missing.
func (b *mailbox) at(s *Service, path string) *folder {
	if path == b.folders[""].name {
		return b.folders[""]
	}
	in := ""
	for name := range strings.SplitSeq(path, "/") {
		next := ""
		for _, id := range b.names {
			if f := b.folders[id]; f.in == in && f.name == name {
				next = id
			}
		}
		if next == "" {
			next = s.id("folder")
			b.folders[next], b.names = &folder{name: name, in: in, contacts: newList()}, append(b.names, next)
		}
		in = next
	}
	return b.folders[in]
}

// Folders returns the paths of a mailbox's folders beside the usual one.
func (t *Tenant) Folders(address string) (names []string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	box := t.boxes[strings.ToLower(address)]
	for _, id := range box.names {
		names = append(names, box.path(id))
	}
	return names
}

// Type lets the mailbox's owner write a contact into a folder by its path ("Contacts"
// is the usual one), or change fields of one by its id, as a person would.
func (t *Tenant) Type(address, folder, id string, fields map[string]any) (contact string) {
	s := t.service
	s.mu.Lock()
	defer s.mu.Unlock()
	box := t.boxes[strings.ToLower(address)]
	if f, o := box.find(id); o != nil {
		content := maps.Clone(o.content)
		maps.Copy(content, fields)
		s.touch(content)
		f.contacts.put(id, content)
		return id
	}
	return s.store(box.at(s, folder), fields)
}

// Picture lets the mailbox's owner give a contact a photo; nil takes it away.
func (t *Tenant) Picture(address, id string, image []byte) {
	s := t.service
	s.mu.Lock()
	defer s.mu.Unlock()
	box := t.boxes[strings.ToLower(address)]
	f, o := box.find(id)
	content := maps.Clone(o.content)
	s.touch(content)
	f.contacts.put(id, content)
	delete(box.photos, id)
	if image != nil {
		box.photos[id] = image
	}
}

// Discard lets the mailbox's owner delete a contact.
func (t *Tenant) Discard(address, id string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	if f, o := t.boxes[strings.ToLower(address)].find(id); o != nil {
		f.contacts.remove(id)
	}
}

// RemoveFolder lets the mailbox's owner delete a folder with what is in it.
func (t *Tenant) RemoveFolder(address, name string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	box := t.boxes[strings.ToLower(address)]
	for _, id := range slices.Clone(box.names) {
		if box.folders[id] != nil && box.path(id) == name {
			box.drop(id)
		}
	}
}

// ForgetMailboxChanges has the next link to changes in a mailbox be refused.
func (t *Tenant) ForgetMailboxChanges(address string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.boxes[strings.ToLower(address)].forgot = true
}

// Unplug takes a mailbox away, as the end of a licence does; the function that it returns
// brings it back as it was.
func (t *Tenant) Unplug(address string) (back func()) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	is := t.boxes[strings.ToLower(address)]
	names := map[string]bool{}
	for name, b := range t.boxes {
		if b == is {
			names[name] = true
			delete(t.boxes, name)
		}
	}
	return func() {
		t.service.mu.Lock()
		defer t.service.mu.Unlock()
		for name := range names {
			t.boxes[name] = is
		}
	}
}
