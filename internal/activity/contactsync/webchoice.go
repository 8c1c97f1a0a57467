package contactsync

import (
	"cmp"
	"slices"

	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/vault"
)

// choicePart is the part of a form that says who is chosen by a directory: the fields for
// one stand there if the policy lets one choose, and the target's own system has none.
type choicePart struct {
	Lookup      bool
	Directories []part // that are set up already
}

// lookup reports whether the form for a kind of target asks for a directory.
func lookup(a *policy.Activity, kind string) bool {
	return kind != kindGraph && slices.Contains(a.Settings.Strings("directories"), kindLDAP)
}

// read adds to a target whom a directory chooses, and to the set-up the directory if it
// is another one.
func (p choicePart) read(s Setup, name string, form page.Form) {
	t := s.Targets[name]
	if !p.Lookup {
		return
	}
	t.Department, t.Groups, t.Address = form.Value("department"), linesOf(form.Value("group_names")), form.Value("address")
	if !t.chooses() {
		t.Address = ""
	} else if t.Directory = form.Value("directory"); s.Connections[t.Directory].Kind != kindLDAP {
		t.Directory = free(s.Connections, "directory")
		s.Connections[t.Directory] = Connection{
			Kind: kindLDAP, URL: form.Value("directory_url"), Base: form.Value("directory_base"), Account: form.Value("directory_account"),
			Password: vault.NewSecret(form.Value("directory_secret")), Named: true,
		}
	}
	s.Targets[name] = t
}

// check says at the fields of a target what is missing or cannot be.
func (p choicePart) check(b page.Base, form *page.Form, s Setup, t Target) {
	switch {
	case !t.chooses() && p.Lookup && cmp.Or(form.Value("directory_url"), form.Value("address")) != "":
		form.Refuse("department", b.T("need.whom"))
	case !t.chooses() && len(t.Mailboxes) == 0:
		form.Refuse("mailboxes", b.T("need.mailboxes"))
	}
	if t.Directory == "" {
		return
	}
	if t.Directory != form.Value("directory") {
		checkConnection(b, form, "directory_", kindLDAP, s.Connections[t.Directory])
	}
	if t.Address == "" && s.Connections[t.Connection].Kind == kindCardDAV || t.looked().Check() != nil {
		form.Refuse("address", b.T("need.address"))
	}
}
