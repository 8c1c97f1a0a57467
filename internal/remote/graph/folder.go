package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kept/internal/fault"
)

// Folder is a folder for contacts.
type Folder struct {
	ID   string `json:"id"`
	Name string `json:"displayName"`
	Path string `json:"-"` // its name behind those of the folders it lies in, with a slash between them
	Made bool   `json:"-"` // EnsureFolder made it
}

// mostFolders is how many folders of a mailbox are looked through for one.
const mostFolders = 1000

// Folders returns the mailbox's folders for contacts beside the usual one, without those
// inside them.
func (m *Mailbox) Folders(ctx context.Context) (found []Folder, err error) {
	return m.inside(ctx, Folder{})
}

// inside returns the folders in a folder, those at the top in the zero one.
func (m *Mailbox) inside(ctx context.Context, in Folder) (found []Folder, err error) {
	path, before := []string{"contactFolders"}, ""
	if in.ID != "" {
		path, before = append(path, in.ID, "childFolders"), in.Path+"/"
	}
	_, err = m.client.list(ctx, m.scope(), m.at(url.Values{"$top": {"100"}}, path...), nil, func(raw json.RawMessage) error {
		f, err := decode[Folder](raw)
		f.Path = before + f.Name
		found = append(found, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the folders of a mailbox: %w", err)
	}
	return found, nil
}

// EnsureFolder returns the folder of a name at the top and makes it if there is none. Names
// differ by more than case.
func (m *Mailbox) EnsureFolder(ctx context.Context, name string) (Folder, error) {
	all, err := m.Folders(ctx)
	if err != nil {
		return Folder{}, err
	}
	if f, there := lies(all, name); there {
		return f, nil
	}
	var made Folder
	err = m.client.do(ctx, call{scope: m.scope(), method: http.MethodPost, url: m.at(nil, "contactFolders"), body: map[string]string{"displayName": name}}, &made)
	if err != nil {
		return Folder{}, fmt.Errorf("make a folder in a mailbox: %w", err)
	}
	made.Path, made.Made = made.Name, true
	return made, nil
}

// FolderAt returns the folder of a path: of a name at the top, or of names with slashes
// between them for one inside others. Invalid if there is none: the error names those that
// there are. It calls once for each level on the way, and for every folder only if none is
// the one.
func (m *Mailbox) FolderAt(ctx context.Context, path string) (Folder, error) {
	path = strings.Trim(path, "/")
	leads := func(f Folder) bool {
		return len(f.Path) < len(path) && strings.EqualFold(path[:len(f.Path)], f.Path) && path[len(f.Path)] == '/'
	}
	all, err := m.walk(ctx, leads)
	if err != nil {
		return Folder{}, err
	}
	if f, there := lies(all, path); there {
		return f, nil
	}
	if all, err = m.walk(ctx, func(Folder) bool { return true }); err != nil {
		return Folder{}, err
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = strconv.Quote(all[i].Path)
	}
	return Folder{}, fault.New(fault.Invalid, "the mailbox has no folder for contacts called %q; beside the usual one it has: %s", path, cmp.Or(strings.Join(names, ", "), "none"))
}

// walk returns the folders at the top, and those inside each that is to be opened.
func (m *Mailbox) walk(ctx context.Context, open func(Folder) bool) (all []Folder, err error) {
	if all, err = m.Folders(ctx); err != nil {
		return nil, err
	}
	for i := 0; i < len(all) && len(all) < mostFolders; i++ {
		if !open(all[i]) {
			continue
		}
		inside, err := m.inside(ctx, all[i])
		if err != nil && !fault.Is(err, fault.NotFound) { // it was removed meanwhile
			return nil, err
		}
		all = append(all, inside...)
	}
	return all, nil
}

func lies(all []Folder, path string) (Folder, bool) {
	for _, f := range all {
		if strings.EqualFold(f.Path, path) {
			return f, true
		}
	}
	return Folder{}, false
}
