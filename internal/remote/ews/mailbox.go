package ews

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/throttle"
)

// Mailbox is the contacts of one mailbox.
type Mailbox struct {
	client    *Client
	address   string
	set, name string // of the extended property of what is written
}

// Mailbox returns the mailbox of an address. guid and name are those of the extended
// property by which what is written is found again: a GUID of the application's own.
func (c *Client) Mailbox(address, guid, name string) *Mailbox {
	return &Mailbox{client: c, address: address, set: strings.ToLower(guid), name: name}
}

// uri names the extended property of marks.
func (m *Mailbox) uri() element {
	return el("t:ExtendedFieldURI").with("PropertySetId", m.set, "PropertyName", m.name, "PropertyType", "String")
}

// in names a folder; the empty one is the usual one.
func in(name, folder string) element {
	if folder == "" {
		return el(name, el("t:DistinguishedFolderId").with("Id", "contacts"))
	}
	return el(name, el("t:FolderId").with("Id", folder))
}

// Folder is a folder for contacts.
type Folder struct {
	ID   string
	Name string
	Made bool // EnsureFolder made it
}

// How many lines a page has. The server cuts a search with a restriction at 250.
const (
	foldersPage = 100
	itemsPage   = 250
)

// Folders returns the folders below the mailbox's usual one for contacts.
func (m *Mailbox) Folders(ctx context.Context) (found []Folder, err error) {
	for from, last := 0, false; !last; {
		answer, err := m.client.one(ctx, call{mailbox: m.address, request: el("m:FindFolder",
			el("m:FolderShape", says("t:BaseShape", "IdOnly"), el("t:AdditionalProperties", fieldURI("folder:DisplayName"))),
			page("m:IndexedPageFolderView", foldersPage, from),
			in("m:ParentFolderIds", ""),
		).with("Traversal", "Shallow")})
		if err != nil {
			return nil, fmt.Errorf("read the folders of a mailbox: %w", err)
		}
		for _, f := range answer.Root.Contacts {
			found = append(found, Folder{ID: f.ID.ID, Name: f.Name})
		}
		if last = answer.Root.Last; !last && answer.Root.Next <= from {
			return nil, endless()
		}
		from = answer.Root.Next
	}
	return found, nil
}

func page(view string, size, from int) element {
	return el(view).with("MaxEntriesReturned", strconv.Itoa(size), "Offset", strconv.Itoa(from), "BasePoint", "Beginning")
}

func endless() error {
	return fault.New(fault.Unavailable, "the Exchange server answers the same page again and again")
}

// EnsureFolder returns the folder of a name below the usual one for contacts, and
// makes it if there is none. Names differ by more than case.
func (m *Mailbox) EnsureFolder(ctx context.Context, name string) (Folder, error) {
	f, err := m.folder(ctx, name)
	if !fault.Is(err, fault.NotFound) {
		return f, err
	}
	answer, err := m.client.one(ctx, call{mailbox: m.address, writes: true, request: el("m:CreateFolder",
		in("m:ParentFolderId", ""),
		el("m:Folders", el("t:ContactsFolder", says("t:FolderClass", "IPF.Contact"), says("t:DisplayName", name))),
	)})
	switch {
	case fault.Is(err, fault.Conflict): // it was made meanwhile
		return m.folder(ctx, name)
	case err != nil:
		return Folder{}, fmt.Errorf("make a folder in a mailbox: %w", err)
	case len(answer.Folders) != 1:
		return Folder{}, fault.New(fault.Unavailable, "the Exchange server made a folder and does not say which")
	}
	return Folder{ID: answer.Folders[0].ID.ID, Name: name, Made: true}, nil
}

func (m *Mailbox) folder(ctx context.Context, name string) (Folder, error) {
	all, err := m.Folders(ctx)
	for _, f := range all {
		if strings.EqualFold(f.Name, name) {
			return f, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "the mailbox has no such folder")
	}
	return Folder{}, err
}

// HasFolder reports whether a folder is still there: its owner may have removed it.
func (m *Mailbox) HasFolder(ctx context.Context, id string) (bool, error) {
	_, err := m.client.one(ctx, call{mailbox: m.address, request: el("m:GetFolder",
		el("m:FolderShape", says("t:BaseShape", "IdOnly")), in("m:FolderIds", id))})
	switch {
	case fault.Is(err, fault.NotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for a folder of a mailbox: %w", err)
	}
	return true, nil
}

// RemoveEmptyFolder removes a folder in which there is nothing, neither contacts nor
// folders, and reports whether it is gone.
func (m *Mailbox) RemoveEmptyFolder(ctx context.Context, id string) (bool, error) {
	answer, err := m.client.one(ctx, call{mailbox: m.address, request: el("m:GetFolder",
		el("m:FolderShape", says("t:BaseShape", "Default")), in("m:FolderIds", id))})
	switch {
	case fault.Is(err, fault.NotFound):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look into a folder of a mailbox: %w", err)
	case len(answer.Folders) != 1 || answer.Folders[0].Items == nil || answer.Folders[0].Folders == nil || *answer.Folders[0].Items+*answer.Folders[0].Folders > 0:
		return false, nil // it does not say that it is empty
	}
	_, err = m.client.one(ctx, call{mailbox: m.address, writes: true, request: el("m:DeleteFolder", in("m:FolderIds", id)).with("DeleteType", "SoftDelete")})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("remove a folder of a mailbox: %w", err)
	}
	return true, nil
}

// Item is a contact in a mailbox. Mark is empty if we did not write it.
type Item struct {
	ID   string
	Tag  string // changes with every change of the contact
	Mark string
	Card card.Card

	Modified time.Time // zero where it was not asked for
}

// readings is how often a search is begun anew because the folder changed under it.
const readings = 4

// Items calls each with the contacts of a folder that bear a mark, whatever it says:
// id, tag and mark alone. Contacts of others are not read.
func (m *Mailbox) Items(ctx context.Context, folder string, each func(Item) error) error {
	for range readings {
		all, whole, err := m.marked(ctx, folder, el("t:Exists", m.uri()))
		if err != nil {
			return fmt.Errorf("read the contacts of a mailbox: %w", err)
		}
		if !whole {
			continue
		}
		for _, it := range all {
			if err := each(it); err != nil {
				return err
			}
		}
		return nil
	}
	return fault.New(fault.Unavailable, "the folder changes faster than it can be read; try again later")
}

// marked searches a folder page by page. whole is false if the number of hits
// changed in between: then a page may have slid, and a contact been passed over.
func (m *Mailbox) marked(ctx context.Context, folder string, restriction element) (all []Item, whole bool, err error) {
	total := -1
	for from, last := 0, false; !last; {
		answer, err := m.client.one(ctx, call{mailbox: m.address, request: el("m:FindItem",
			el("m:ItemShape", says("t:BaseShape", "IdOnly"), el("t:AdditionalProperties", m.uri())),
			page("m:IndexedPageItemView", itemsPage, from),
			el("m:Restriction", restriction),
			in("m:ParentFolderIds", folder),
		).with("Traversal", "Shallow")})
		if err != nil {
			return nil, false, err
		}
		if total >= 0 && total != answer.Root.Total {
			return nil, false, nil
		}
		total = answer.Root.Total
		for _, w := range answer.Root.Items {
			all = append(all, w.item(m))
		}
		if last = answer.Root.Last; !last && answer.Root.Next <= from {
			return nil, false, endless()
		}
		from = answer.Root.Next
	}
	return all, true, nil
}

// Find returns the contact of a folder that carries a mark, NotFound if there is
// none: to learn what became of a call whose answer did not come.
func (m *Mailbox) Find(ctx context.Context, folder, mark string) (Item, error) {
	constant := el("t:FieldURIOrConstant", el("t:Constant").with("Value", mark))
	all, _, err := m.marked(ctx, folder, el("t:IsEqualTo", m.uri(), constant))
	switch {
	case err != nil:
		return Item{}, fmt.Errorf("look for a contact in a mailbox: %w", err)
	case len(all) == 0:
		return Item{}, fault.New(fault.NotFound, "no contact carries the mark")
	}
	return all[0], nil
}

// Item returns a contact by its id, NotFound if it is gone.
func (m *Mailbox) Item(ctx context.Context, id string) (Item, error) {
	w, err := m.get(ctx, id, m.whole())
	if err != nil {
		return Item{}, fmt.Errorf("read a contact: %w", err)
	}
	return w.item(m), nil
}

// whole asks for all of a contact.
func (m *Mailbox) whole() element {
	return el("m:ItemShape", says("t:BaseShape", "AllProperties"), says("t:BodyType", "Text"), el("t:AdditionalProperties", m.uri(), prefixURI()))
}

// Read calls each with contacts by their ids, many in one call. What is gone is left
// out.
func (m *Mailbox) Read(ctx context.Context, ids []string, each func(Item) error) error {
	for some := range slices.Chunk(ids, Most) {
		items := el("m:ItemIds")
		for _, id := range some {
			items.Inner = append(items.Inner, itemOf(id))
		}
		var found []Item
		x := call{mailbox: m.address, request: el("m:GetItem", m.whole(), items)}
		err := m.client.do(ctx, x, func(all []message) (throttle.Verdict, error) {
			found = nil
			for _, said := range all {
				v, err := m.client.judge(x, said)
				switch {
				case fault.Is(err, fault.NotFound):
					continue
				case err != nil || v.Level != throttle.Nothing:
					return v, err
				}
				for i := range said.Items {
					found = append(found, said.Items[i].item(m))
				}
			}
			return throttle.Verdict{}, nil
		})
		if err != nil {
			return fmt.Errorf("read contacts of a mailbox: %w", err)
		}
		for _, it := range found {
			if err := each(it); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Mailbox) get(ctx context.Context, id string, shape element) (*contact, error) {
	answer, err := m.client.one(ctx, call{mailbox: m.address, request: el("m:GetItem", shape, el("m:ItemIds", itemOf(id)))})
	if err == nil && len(answer.Items) != 1 {
		err = fault.New(fault.NotFound, "the item is no contact")
	}
	if err != nil {
		return nil, err
	}
	return &answer.Items[0], nil
}

func itemOf(id string) element { return el("t:ItemId").with("Id", id) }

// changesPage is how many changes the server tells at once at most.
const changesPage = 512

// Changes calls each with the contacts of a folder that changed since a token of an
// earlier reading, all if it is empty, as Items does, and returns the token for the
// next time. ErrExpired if the server does not know any more.
func (m *Mailbox) Changes(ctx context.Context, folder, since string, each func(Item) error, gone func(id string) error) (next string, err error) {
	for {
		request := el("m:SyncFolderItems",
			el("m:ItemShape", says("t:BaseShape", "IdOnly"), el("t:AdditionalProperties", m.uri())),
			in("m:SyncFolderId", folder))
		if since != "" {
			request.Inner = append(request.Inner, says("m:SyncState", since))
		}
		request.Inner = append(request.Inner, says("m:MaxChangesReturned", strconv.Itoa(changesPage)))
		answer, err := m.client.one(ctx, call{mailbox: m.address, request: request})
		if err != nil {
			return "", fmt.Errorf("read what changed in a mailbox: %w", err)
		}
		if err := m.tell(answer, each, gone); err != nil {
			return "", err
		}
		if answer.Complete {
			return answer.SyncState, nil
		}
		if answer.SyncState == since {
			return "", endless()
		}
		since = answer.SyncState
	}
}

func (m *Mailbox) tell(answer message, each func(Item) error, gone func(id string) error) error {
	for _, list := range [][]change{answer.Changes.Created, answer.Changes.Updated} {
		for _, x := range list {
			if x.Contact == nil {
				continue // a distribution list: none of ours
			}
			if err := each(x.Contact.item(m)); err != nil {
				return err
			}
		}
	}
	for _, x := range answer.Changes.Deleted {
		if err := gone(x.ID.ID); err != nil {
			return err
		}
	}
	return nil
}
