package ewstest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (f *folder) shown() string {
	name, class := "ContactsFolder", "IPF.Contact"
	if f.name == "root" || f.name == "msgfolderroot" {
		name, class = "Folder", "IPF"
	}
	return fmt.Sprintf(`<t:%s><t:FolderId Id="%s" ChangeKey="%s"/><t:ParentFolderId Id="root" ChangeKey="k"/><t:FolderClass>%s</t:FolderClass><t:DisplayName>%s</t:DisplayName></t:%s>`,
		name, f.id, f.key, class, quoted(f.name), name)
}

func (b *mailbox) getFolder(n *node) answer {
	f := b.folder(n)
	if f == nil {
		return refused("ErrorFolderNotFound")
	}
	counts := fmt.Sprintf("<t:TotalCount>%d</t:TotalCount><t:ChildFolderCount>0</t:ChildFolderCount></t:ContactsFolder>", len(b.in(f.id)))
	return answer{inner: "<m:Folders>" + strings.Replace(f.shown(), "</t:ContactsFolder>", counts, 1) + "</m:Folders>"}
}

func (b *mailbox) deleteFolder(s *Server, n *node) answer {
	f := b.folder(n)
	if f == nil || f == b.folders[0] {
		return refused("ErrorFolderNotFound")
	}
	b.dropFolder(s, f)
	return answer{}
}

func (b *mailbox) dropFolder(s *Server, f *folder) {
	for _, it := range b.in(f.id) {
		b.remove(s, it.id)
	}
	b.folders = slices.DeleteFunc(b.folders, func(x *folder) bool { return x == f })
}

// findFolder lists what is below the usual folder, and for anything above it that
// one too.
func (b *mailbox) findFolder(request *node) answer {
	parent := b.folder(request.at("ParentFolderIds").first())
	if parent == nil {
		return refused("ErrorFolderNotFound")
	}
	var below []*folder
	switch parent {
	case b.folders[0]:
		below = b.folders[1:]
	default:
		if !slices.Contains(b.folders, parent) {
			below = b.folders
		}
	}
	page, head := paged(request.at("IndexedPageFolderView"), below, mostFound)
	var lines strings.Builder
	for _, f := range page {
		lines.WriteString(f.shown())
	}
	return answer{inner: head + "<t:Folders>" + lines.String() + "</t:Folders></m:RootFolder>"}
}

func (b *mailbox) createFolder(s *Server, request, n *node) answer {
	name := n.at("DisplayName").says()
	switch {
	case b.folder(request.at("ParentFolderId").first()) != b.folders[0]:
		return refused("ErrorFolderNotFound")
	case slices.ContainsFunc(b.folders[1:], func(f *folder) bool { return strings.EqualFold(f.name, name) }):
		return refused("ErrorFolderExists")
	}
	f := &folder{id: s.id('f'), key: s.key(), name: name}
	b.folders = append(b.folders, f)
	return answer{inner: "<m:Folders>" + f.shown() + "</m:Folders>"}
}

// RemoveFolder lets the mailbox's owner remove a folder with what is in it.
func (s *Server) RemoveFolder(address, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.boxes[strings.ToLower(address)]
	b.dropFolder(s, b.folders[slices.IndexFunc(b.folders, func(f *folder) bool { return f.name == name })])
}

// mostChanges is the documented bound of MaxChangesReturned.
const mostChanges = 512

// sync tells what changed in a folder since a token.
func (b *mailbox) sync(request *node) answer {
	f := b.folder(request.at("SyncFolderId").first())
	size, err := strconv.Atoi(request.at("MaxChangesReturned").says())
	since, valid := b.since(request.at("SyncState").says())
	switch {
	case err != nil || size < 1 || size > mostChanges:
		return refused("ErrorSchemaValidation: The 'MaxChangesReturned' element is invalid.")
	case f == nil:
		return refused("ErrorSyncFolderNotFound")
	case !valid:
		return refused("ErrorInvalidSyncStateData")
	}
	type change struct {
		at   int64
		line string
	}
	var all []change
	for _, it := range b.in(f.id) {
		name := "Update"
		if it.made > since {
			name = "Create"
		}
		if it.at > since {
			all = append(all, change{it.at, "<t:" + name + ">" + it.shown(request.at("ItemShape"), false) + "</t:" + name + ">"})
		}
	}
	for _, g := range b.gone {
		if g.folder == f.id && g.at > since && g.made <= since {
			all = append(all, change{g.at, `<t:Delete><t:ItemId Id="` + g.id + `" ChangeKey="k"/></t:Delete>`})
		}
	}
	slices.SortFunc(all, func(x, y change) int { return int(x.at - y.at) })
	upTo, lines := b.last, ""
	for _, x := range all[:min(size, len(all))] {
		lines += x.line
		if len(all) > size {
			upTo = x.at
		}
	}
	state := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d:%d", b.generation, upTo))
	return answer{inner: fmt.Sprintf("<m:SyncState>%s</m:SyncState><m:IncludesLastItemInRange>%t</m:IncludesLastItemInRange><m:Changes>%s</m:Changes>", state, len(all) <= size, lines)}
}

func (b *mailbox) since(state string) (int64, bool) {
	if state == "" {
		return 0, true
	}
	raw, err := base64.StdEncoding.DecodeString(state)
	generation, number := 0, int64(0)
	if _, bad := fmt.Sscanf(string(raw), "%d:%d", &generation, &number); err != nil || bad != nil {
		return 0, false
	}
	return number, generation == b.generation
}
