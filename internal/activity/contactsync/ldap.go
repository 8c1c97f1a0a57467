package contactsync

import (
	"context"
	"fmt"
	"net"
	"strings"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/remote/ldap"
)

// premise is a directory that speaks LDAP as a source of contacts. It knows no
// changes: it is read in full each time.
type premise struct {
	client *ldap.Client
	groups []string // that the filter names, as the set-up writes them

	places map[string]string // by id: where the entry is
	photos *ldap.Photos      // opened with the first one
}

// directory returns the client of a connection that leads to a directory.
func (y *Synchroniser) directory(key string, c Connection, filter string) (*ldap.Client, error) {
	return ldap.New(ldap.Config{
		URL: c.URL, Base: c.Base, Filter: filter, Account: c.Account, Password: c.Password.Reveal,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if c.Recipient != "" {
				return y.env.Egress.Dial(ctx, c.Recipient, network, address)
			}
			if c.Named {
				return y.env.Egress.DialCustomer(ctx, "contact-sync "+key, network, address)
			}
			return y.env.Egress.DialOperator(ctx, "contact-sync "+key, network, address)
		},
	})
}

// checkDirectory returns Invalid unless a directory can be asked what a source asks.
func (c Connection) checkDirectory(filter string) error {
	if c.Account != "" && c.Password.Reveal() == "" {
		return fault.New(fault.Invalid, "the account has no password; name its file as password_file")
	}
	_, err := ldap.New(ldap.Config{URL: c.URL, Base: c.Base, Filter: filter})
	return err
}

// read calls each with everybody but those whose account is switched off: they have
// left.
func (p *premise) read(ctx context.Context, _ string, each func(roster.Entry) error, _ func(string) error) (string, error) {
	p.places = map[string]string{}
	return "", p.client.People(ctx, func(e ldap.Person) error {
		if !e.Enabled {
			return nil
		}
		if _, twice := p.places[e.ID]; twice {
			return fault.New(fault.Invalid, "two entries of the directory have the id %s; narrow the filter to one of them", e.ID)
		}
		p.places[e.ID] = e.DN
		return each(roster.Entry{ID: e.ID, Card: e.Card, Groups: p.among(e.Groups)})
	})
}

// among returns those of an entry's groups that the set-up names, in its writing:
// names in a directory are the same whatever their case.
func (p *premise) among(groups []string) (named []string) {
	for _, g := range p.groups {
		for _, is := range groups {
			if strings.EqualFold(g, is) {
				named = append(named, g)
				break
			}
		}
	}
	return named
}

func (p *premise) photo(ctx context.Context, id, known string) ([]byte, string, error) {
	at, there := p.places[id]
	if !there {
		return nil, "", fault.New(fault.NotFound, "the directory has no such entry")
	}
	if p.photos == nil {
		photos, err := p.client.Photos(ctx)
		if err != nil {
			return nil, "", fmt.Errorf("ask the directory for photos: %w", err)
		}
		p.photos = photos
	}
	raw, err := p.photos.Of(at)
	if err != nil {
		return nil, "", err
	}
	return tagged(raw, known)
}

// Close ends the connection for photos.
func (p *premise) Close() error {
	if p.photos != nil {
		p.photos.Close()
	}
	return nil
}
