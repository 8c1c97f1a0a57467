package contactsync

import (
	"context"
	"errors"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/ldap"
)

// Who gets contacts is a list, or it is looked up at each run: in the organisation's
// directory in Entra, or in one of the customer's by LDAP, which then chooses for any
// kind of target. Who joins a group gets contacts with the next run, and who leaves it
// loses them.

// chooses reports whether a directory is asked who is chosen.
func (t Target) chooses() bool { return len(t.Groups) > 0 || t.Department != "" }

// looked is what the directory of a target is asked.
func (t Target) looked() ldap.Choice {
	return ldap.Choice{Groups: t.Groups, Department: t.Department, Attribute: t.Address}
}

// checkChoice returns Invalid unless who is chosen can be looked up, and Refused unless
// the policy names the kind of directory.
func (s Setup) checkChoice(t Target, allowed []string) error {
	if t.Directory == "" {
		switch {
		case t.chooses() && s.Connections[t.Connection].Kind != kindGraph:
			return fault.New(fault.Invalid, "groups and departments are looked up in a directory: name a connection of the kind ldap, as in directory: tower")
		case t.Address != "":
			return fault.New(fault.Invalid, "address is an attribute of a directory; name the directory too")
		}
		return nil
	}
	switch {
	case s.Connections[t.Directory].Kind != kindLDAP:
		return fault.New(fault.Invalid, "directory names a connection of the kind ldap, and %q is none", t.Directory)
	case !t.chooses():
		return fault.New(fault.Invalid, "say whom the directory chooses: groups or a department")
	case t.Address == "" && s.Connections[t.Connection].Kind == kindCardDAV:
		return fault.New(fault.Invalid, "an address book has no mail address: name the attribute of the directory that holds its path, as in address: uid")
	case !slices.Contains(allowed, kindLDAP):
		return &worded{"directory", nil, fault.New(fault.Refused, "the policy lets no directory choose mailboxes; add ldap to its setting directories")}
	}
	return t.looked().Check()
}

// inDirectory returns a function that finds the mailboxes that a directory chooses for a
// target.
func (y *Synchroniser) inDirectory(s Setup) func(context.Context, Target) ([]string, error) {
	return func(ctx context.Context, t Target) (found []string, err error) {
		err = y.lookUp(ctx, s, t, t.looked(), func(address string) error { found = append(found, address); return nil })
		return found, err
	}
}

func (y *Synchroniser) lookUp(ctx context.Context, s Setup, t Target, choice ldap.Choice, each func(address string) error) error {
	client, err := y.directory(t.Directory, s.Connections[t.Directory], "")
	if err != nil {
		return err
	}
	return client.Mailboxes(ctx, choice, each)
}

// othersIn returns a function that finds mailboxes that are not chosen, nil for a target
// without a directory.
func (y *Synchroniser) othersIn(s Setup, t Target) func(context.Context, map[string]bool, int) ([]string, error) {
	if t.Directory == "" {
		return nil
	}
	return func(ctx context.Context, chosen map[string]bool, most int) (found []string, err error) {
		err = y.lookUp(ctx, s, t, ldap.Choice{Attribute: t.Address}, func(address string) error {
			if !chosen[normal(address)] && !slices.ContainsFunc(found, func(x string) bool { return strings.EqualFold(x, address) }) {
				found = append(found, address)
			}
			if len(found) >= most {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return found, err
	}
}
