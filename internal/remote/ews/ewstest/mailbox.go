package ewstest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mailbox is the contacts of one address.
type mailbox struct {
	folders    []*folder // the first is the usual one
	items      map[string]*item
	order      []*item
	gone       []gone
	last       int64 // number of the last change
	generation int   // of tokens
}

type folder struct{ id, key, name string }

type item struct {
	id, key, folder string
	fields          map[string]string
	files           []file
	made, at        int64 // numbers of its first and last change
	when            time.Time
}

type file struct {
	id, name, kind string
	photo          bool
	content        []byte
}

type gone struct {
	id, folder string
	made, at   int64
}

// newMailbox is called with the lock held.
func (s *Server) newMailbox() *mailbox {
	return &mailbox{folders: []*folder{{id: s.id('f'), key: s.key(), name: "Contacts"}}, items: map[string]*item{}}
}

func (b *mailbox) in(folder string) []*item {
	var all []*item
	for _, it := range b.order {
		if it.folder == folder {
			all = append(all, it)
		}
	}
	return all
}

func (b *mailbox) add(s *Server, folder string, fields map[string]string) *item {
	it := &item{id: s.id('c'), folder: folder, fields: fields}
	b.changed(s, it)
	it.made = it.at
	b.items[it.id] = it
	b.order = append(b.order, it)
	return it
}

func (b *mailbox) changed(s *Server, it *item) {
	b.last++
	it.key, it.at, it.when = s.key(), b.last, s.Clock.Now()
}

func (b *mailbox) remove(s *Server, id string) {
	it := b.items[id]
	b.last++
	b.gone = append(b.gone, gone{id, it.folder, it.made, b.last})
	delete(b.items, id)
	b.order = slices.DeleteFunc(b.order, func(x *item) bool { return x == it })
}

// folder returns the folder that a FolderId or DistinguishedFolderId names.
func (b *mailbox) folder(n *node) *folder {
	if n == nil {
		return nil
	}
	if n.name == "DistinguishedFolderId" {
		switch n.attrs["Id"] {
		case "contacts":
			return b.folders[0]
		case "root", "msgfolderroot":
			return &folder{id: n.attrs["Id"], key: "k", name: n.attrs["Id"]}
		}
		return nil
	}
	for _, f := range b.folders {
		if f.id == n.attrs["Id"] {
			return f
		}
	}
	return nil
}

// carryOut carries a request out; false if the server does not know the operation.
// The lock is held.
func (s *Server) carryOut(b *mailbox, request *node) ([]answer, bool) {
	switch request.name {
	case "GetFolder":
		return each(request.at("FolderIds"), func(n *node) answer { return b.getFolder(n) }), true
	case "FindFolder":
		return []answer{b.findFolder(request)}, true
	case "CreateFolder":
		return each(request.at("Folders"), func(n *node) answer { return b.createFolder(s, request, n) }), true
	case "DeleteFolder":
		return each(request.at("FolderIds"), func(n *node) answer { return b.deleteFolder(s, n) }), true
	case "FindItem":
		return []answer{b.findItem(request)}, true
	case "GetItem":
		return each(request.at("ItemIds"), func(n *node) answer { return b.getItem(request, n) }), true
	case "CreateItem":
		return each(request.at("Items"), func(n *node) answer { return b.createItem(s, request, n) }), true
	case "UpdateItem":
		return each(request.at("ItemChanges"), func(n *node) answer { return b.updateItem(s, request, n) }), true
	case "DeleteItem":
		return each(request.at("ItemIds"), func(n *node) answer { return b.deleteItem(s, n) }), true
	case "SyncFolderItems":
		return []answer{b.sync(request)}, true
	case "CreateAttachment":
		return each(request.at("Attachments"), func(n *node) answer { return b.attach(s, request, n) }), true
	case "GetAttachment":
		return each(request.at("AttachmentIds"), func(n *node) answer { return b.getAttachment(n) }), true
	case "DeleteAttachment":
		return each(request.at("AttachmentIds"), func(n *node) answer { return b.detach(s, n) }), true
	}
	return nil, false
}

func each(list *node, do func(*node) answer) []answer {
	var all []answer
	for _, n := range list.all() {
		all = append(all, do(n))
	}
	return all
}

// refuses asks the test whether a thing within a call is refused for the rate.
func (s *Server) refuses() (answer, bool) {
	if s.busy == nil {
		return answer{}, false
	}
	code, wait := s.busy("contact")
	a := refused(code)
	if code == "ErrorServerBusy" {
		a.values = fmt.Sprintf(`<m:MessageXml><t:Value Name="BackOffMilliseconds">%d</t:Value></m:MessageXml>`, wait.Milliseconds())
	}
	return a, code != ""
}

func (b *mailbox) createItem(s *Server, request, n *node) answer {
	if a, no := s.refuses(); no {
		return a
	}
	f := b.folder(request.at("SavedItemFolderId").first())
	if request.at("SavedItemFolderId") == nil {
		f = b.folders[0]
	}
	switch {
	case f == nil:
		return refused("ErrorFolderNotFound")
	case n.name != "Contact":
		return refused("ErrorItemSave: This server stores contacts alone.")
	}
	fields, code := read(n)
	if code != "" {
		return refused(code)
	}
	it := b.add(s, f.id, fields)
	return answer{inner: "<m:Items><t:Contact>" + it.ref() + "</t:Contact></m:Items>"}
}

func (it *item) ref() string {
	return fmt.Sprintf(`<t:ItemId Id="%s" ChangeKey="%s"/>`, it.id, it.key)
}

func (b *mailbox) updateItem(s *Server, request, n *node) answer {
	if a, no := s.refuses(); no {
		return a
	}
	it := b.items[n.at("ItemId").attr("Id")]
	known := n.at("ItemId").attr("ChangeKey")
	switch {
	case it == nil:
		return refused("ErrorItemNotFound")
	case request.attrs["ConflictResolution"] != "AlwaysOverwrite" && known != it.key:
		return refused("ErrorIrresolvableConflict")
	}
	set, deleted := map[string]string{}, []string{}
	for _, x := range n.at("Updates").all() {
		uri := key(x.first())
		switch x.name {
		case "SetItemField":
			fields, code := read(x.at("Contact"))
			if code != "" {
				return refused(code)
			}
			if len(fields) != 1 {
				return refused("ErrorIncorrectUpdatePropertyCount")
			}
			value, named := fields[uri]
			if !named {
				return refused("ErrorUpdatePropertyMismatch")
			}
			set[uri] = value
		case "DeleteItemField":
			deleted = append(deleted, uri)
		default:
			return refused("ErrorInvalidPropertyUpdate")
		}
	}
	for _, uri := range deleted {
		delete(it.fields, uri)
	}
	for uri, value := range set {
		it.fields[uri] = value
	}
	b.changed(s, it)
	return answer{inner: "<m:Items><t:Contact>" + it.ref() + "</t:Contact></m:Items><m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>"}
}

func (b *mailbox) deleteItem(s *Server, n *node) answer {
	if a, no := s.refuses(); no {
		return a
	}
	if b.items[n.attr("Id")] == nil {
		return refused("ErrorItemNotFound")
	}
	b.remove(s, n.attr("Id"))
	return answer{}
}

func (b *mailbox) getItem(request, n *node) answer {
	it := b.items[n.attr("Id")]
	if it == nil {
		return refused("ErrorItemNotFound")
	}
	return answer{inner: "<m:Items>" + it.shown(request.at("ItemShape"), true) + "</m:Items>"}
}

// mostFound is how many hits one page has at most, with a restriction fewer.
const (
	mostFound      = 1000
	mostRestricted = 250
)

func (b *mailbox) findItem(request *node) answer {
	restriction := request.at("Restriction").first()
	var hits []*item
	for _, n := range request.at("ParentFolderIds").all() {
		f := b.folder(n)
		if f == nil {
			return refused("ErrorFolderNotFound")
		}
		for _, it := range b.in(f.id) {
			if restriction == nil || it.meets(restriction) {
				hits = append(hits, it)
			}
		}
	}
	most := mostFound
	if restriction != nil {
		most = mostRestricted
	}
	page, head := paged(request.at("IndexedPageItemView"), hits, most)
	var lines strings.Builder
	for _, it := range page {
		lines.WriteString(it.shown(request.at("ItemShape"), false))
	}
	return answer{inner: head + "<t:Items>" + lines.String() + "</t:Items></m:RootFolder>"}
}

// paged cuts a page out of a list and opens the answer with what it says of it.
func paged[T any](view *node, all []T, most int) ([]T, string) {
	from, _ := strconv.Atoi(view.attr("Offset"))
	size, err := strconv.Atoi(view.attr("MaxEntriesReturned"))
	if err != nil || size > most {
		size = most
	}
	from = min(max(from, 0), len(all))
	to := min(from+size, len(all))
	return all[from:to], fmt.Sprintf(`<m:RootFolder IndexedPagingOffset="%d" TotalItemsInView="%d" IncludesLastItemInRange="%t">`, to, len(all), to == len(all))
}

// meets reports whether a contact meets a restriction.
func (it *item) meets(n *node) bool {
	switch n.name {
	case "Exists":
		_, has := it.fields[key(n.first())]
		return has
	case "IsEqualTo":
		return strings.EqualFold(it.fields[key(n.first())], n.at("FieldURIOrConstant", "Constant").attr("Value"))
	case "And":
		return !slices.ContainsFunc(n.inner, func(x *node) bool { return !it.meets(x) })
	case "Or":
		return slices.ContainsFunc(n.inner, it.meets)
	case "Not":
		return !it.meets(n.first())
	}
	return false
}
