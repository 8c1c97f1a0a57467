package contactsync

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/graph"
)

// way returns how calls of a connection leave the house: to a recipient that the
// policy declares, or to a server of the customer that the operator named.
func (y *Synchroniser) way(key string, c Connection) (http.RoundTripper, error) {
	if c.Recipient == "" {
		servers := ways{}
		for _, address := range c.addresses() {
			at, err := authority(address)
			if err != nil {
				return nil, err
			}
			if servers[at] = y.env.Egress.Operator("contact-sync "+key, at); c.Named {
				servers[at] = y.env.Egress.Customer("contact-sync "+key, at)
			}
		}
		return servers, nil
	}
	client, err := y.env.Egress.Client(c.Recipient)
	if err != nil {
		return nil, err
	}
	return client.Transport, nil
}

// addresses are the servers of a connection.
func (c Connection) addresses() []string {
	if c.Kind == kindGraph {
		return []string{cmp.Or(c.Service, graph.Service), cmp.Or(c.Login, graph.Login)}
	}
	return []string{c.URL}
}

// authority is the host and port of an address.
func authority(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fault.New(fault.Invalid, "%q is no address of a server", address)
	}
	if u.Port() != "" {
		return u.Host, nil
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443", "ldap": "389", "ldaps": "636"}[u.Scheme]), nil
}

// ways lead to some servers, by host and port, and to no other.
type ways map[string]http.RoundTripper

// RoundTrip calls the server of a request.
func (w ways) RoundTrip(r *http.Request) (*http.Response, error) {
	at, err := authority(r.URL.String())
	if err != nil {
		return nil, err
	}
	if way, ok := w[at]; ok {
		return way.RoundTrip(r)
	}
	return nil, fault.New(fault.Refused, "%s is no server of this connection", at)
}

// graph returns a client of a connection to Microsoft Graph.
func (y *Synchroniser) graph(key string, c Connection) (*graph.Client, error) {
	way, err := y.way(key, c)
	if err != nil {
		return nil, err
	}
	credential, err := c.credential()
	if err != nil {
		return nil, err
	}
	return graph.New(graph.Config{
		Service: c.Service, Login: c.Login, Tenant: c.Tenant, Client: c.Client, Credential: credential,
		Transport: way, Limiter: y.limiter, Clock: y.env.Clock,
	})
}

// credential proves the application: a certificate, if it has one, else a secret.
func (c Connection) credential() (graph.Credential, error) {
	if pem := c.Certificate.Reveal(); pem != "" {
		return graph.ReadCertificate([]byte(pem))
	}
	return graph.Secret{Reveal: c.Password.Reveal}, nil
}

// reader returns the reader of a source.
func (y *Synchroniser) reader(ctx context.Context, of Sync, name string) (reader, error) {
	s := of.Setup
	source := s.Sources[name]
	if source.Upload {
		return &paper{name: source.File, kind: source.kind(), from: func() ([]byte, error) { return y.uploaded(ctx, of.ID, of.Customer, name) }}, nil
	}
	if source.File != "" {
		return y.paper(s, name)
	}
	c := s.Connections[source.Connection]
	switch c.Kind {
	case kindLDAP:
		client, err := y.directory(source.Connection, c, source.What)
		if err != nil {
			return nil, err
		}
		return &premise{client: client, groups: source.Filter.Groups}, nil
	case kindGraph:
		client, err := y.graph(source.Connection, c)
		if err != nil {
			return nil, err
		}
		if source.Mailbox != "" {
			return &drawer{box: client.Mailbox(source.Mailbox, propertySet, propertyName), folder: source.Folder}, nil
		}
		return &organisation{client: client, what: source.What, groups: source.Filter.Groups}, nil
	}
	if c.Kind == kindCardDAV {
		client, err := y.cards(source.Connection, c)
		if err != nil {
			return nil, err
		}
		return &library{book: client.Book(source.What)}, nil
	}
	return nil, fault.New(fault.Refused, "this build reads no source of the kind %q", c.Kind)
}

// place is where the contacts of a target go.
type place struct {
	takes  card.Limits
	pace   roster.Pace
	atOnce int  // steps under way in one mailbox
	exact  bool // addresses of mailboxes differ by case
	// choose returns the addresses of the mailboxes that the target names by group or
	// department.
	choose func(ctx context.Context, t Target) ([]string, error)
	// open returns the folder of a mailbox, by its id, and makes one of a name if it
	// has none or its owner removed it.
	open func(ctx context.Context, address, folder, name string) (m run.Mailbox, id string, made bool, err error)
	// clear removes a folder in which nothing is left, and reports whether it is gone.
	clear func(ctx context.Context, address, folder string) (bool, error)
	// at returns the folder of a mailbox as it is known, without a call.
	at func(address, folder string) run.Mailbox
	// reach returns why a mailbox cannot be read, nil if it can.
	reach func(ctx context.Context, address string) error
	// others returns some mailboxes that are not chosen; nil where nobody lists them.
	others func(ctx context.Context, chosen map[string]bool, most int) ([]string, error)
}

// place returns the place of a target.
func (y *Synchroniser) place(s Sync, t Target) (place, error) {
	p, err := y.placeOf(s, t)
	if t.Directory != "" {
		p.choose = y.inDirectory(s.Setup)
	}
	return p, err
}

func (y *Synchroniser) placeOf(s Sync, t Target) (place, error) {
	c := s.Setup.Connections[t.Connection]
	switch c.Kind {
	case kindGraph:
		client, err := y.graph(t.Connection, c)
		if err != nil {
			return place{}, err
		}
		return inTheCloud(client), nil
	case kindEWS:
		return y.onPremises(s.Setup, t)
	case kindCardDAV:
		return y.onShelves(s, t.Connection, c)
	}
	return place{}, fault.New(fault.Refused, "this build writes to no target of the kind %q", c.Kind)
}

// inTheCloud is the place of a target in Exchange Online.
func inTheCloud(client *graph.Client) place {
	return place{
		takes: graph.Limits, pace: roster.Outlook, atOnce: roster.Outlook.AtOnce,
		choose: func(ctx context.Context, t Target) ([]string, error) {
			return mailboxesOf(ctx, client, t.Groups, t.Department)
		},
		at:    func(address, folder string) run.Mailbox { return Online(client, address, folder) },
		reach: func(ctx context.Context, address string) error { return refusal(client.Reach(ctx, address)) },
		others: func(ctx context.Context, chosen map[string]bool, most int) ([]string, error) {
			return othersOf(ctx, client, chosen, most)
		},
		open: func(ctx context.Context, address, folder, name string) (run.Mailbox, string, bool, error) {
			box := client.Mailbox(address, propertySet, propertyName)
			folder, made, err := standing(ctx, folder, name, box.HasFolder, func(ctx context.Context, name string) (string, bool, error) {
				f, err := box.EnsureFolder(ctx, name)
				return f.ID, f.Made, err
			})
			return Online(client, address, folder), folder, made, err
		},
		clear: func(ctx context.Context, address, folder string) (bool, error) {
			return client.Mailbox(address, propertySet, propertyName).RemoveEmptyFolder(ctx, folder)
		},
	}
}

// standing returns the folder of a mailbox that contacts are written to: the one that
// was used, unless its owner has removed it, else the one of a name, which is made if
// it is missing; empty: the usual one. It reports whether it was made.
func standing(ctx context.Context, folder, name string, has func(ctx context.Context, id string) (bool, error), ensure func(ctx context.Context, name string) (id string, made bool, err error)) (id string, made bool, err error) {
	if folder != "" {
		there, err := has(ctx, folder)
		if err != nil || there {
			return folder, false, err
		}
	}
	if name == "" {
		return "", false, nil
	}
	return ensure(ctx, name)
}
