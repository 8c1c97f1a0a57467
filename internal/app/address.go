package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"kept/internal/fault"
)

// SiteURL is the site's address as visitors see it.
func (a *App) SiteURL() string { return a.Config.publicURL() }

// secureConsole reports whether the console's door speaks TLS: with certificate
// files. What ACME gets is for the site's names; the console stands on loopback
// or behind a proxy of its own.
func (a *App) secureConsole() bool { return a.Config.CertFile != "" }

// ConsoleURL is the console's address, as this machine reaches it.
func (a *App) ConsoleURL() string {
	if a.secureConsole() {
		return "https://" + reachable(a.Config.Console)
	}
	return "http://" + reachable(a.Config.Console)
}

// reachable returns a listening address as a browser can open it: a door at
// every address of the machine is at localhost too.
func reachable(listening string) string {
	host, port, err := net.SplitHostPort(listening)
	if addr, bad := netip.ParseAddr(host); err == nil && (host == "" || bad == nil && addr.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listening
}

// doors is the file in a data folder that says how people reach the doors of the
// instance: links in what a command writes lead there. It stays when the instance
// stops.
const doors = "doors.json"

type reached struct {
	Site   string `json:"site"`
	Portal string `json:"portal,omitempty"`
}

// noteDoors writes down how people reach the doors.
func (a *App) noteDoors() error {
	text, err := json.Marshal(reached{Site: a.SiteURL(), Portal: a.PortalURL()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.Config.Data, doors), text, 0o600); err != nil {
		return fault.New(fault.Unavailable, "the data folder %s cannot be written: %w", a.Config.Data, err)
	}
	return nil
}

// recallDoors reads how people reached the doors when the instance served last.
func (a *App) recallDoors() error {
	text, err := os.ReadFile(filepath.Join(a.Config.Data, doors))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var r reached
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "the file %s in the data folder cannot be read: %w", doors, err)
	}
	a.Config.PublicURL, a.Config.PortalURL, a.ground.mail.Public = r.Site, r.Portal, r.Site
	return nil
}

// doorplate is the file in a data folder that says where the console of the
// instance is while it serves.
const doorplate = "console"

// hang writes the doorplate, and take removes it.
func (a *App) hang() (take func() error, err error) {
	if err := a.noteDoors(); err != nil {
		return nil, err
	}
	path := filepath.Join(a.Config.Data, doorplate)
	if err := os.WriteFile(path, []byte(a.ConsoleURL()+"\n"), 0o600); err != nil {
		return nil, fault.New(fault.Unavailable, "the data folder %s cannot be written: %w", a.Config.Data, err)
	}
	return func() error { return os.Remove(path) }, nil
}

// ConsoleOf returns the console's address of the instance that serves from
// place, empty if none does. After a crash it is where it was.
func ConsoleOf(place Place) (string, error) {
	line, err := os.ReadFile(filepath.Join(place.Data, doorplate))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", fault.New(fault.Unavailable, "the data folder %s cannot be read: %w", place.Data, err)
	}
	return strings.TrimSpace(string(line)), nil
}

// CheckAddress returns the address of a server without a slash behind. Invalid
// if it is none.
func CheckAddress(flag, address string) (string, error) {
	if _, err := web(flag, address); err != nil {
		return "", err
	}
	return strings.TrimSuffix(address, "/"), nil
}
