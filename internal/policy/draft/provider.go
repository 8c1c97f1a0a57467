package draft

import (
	"maps"
	"slices"
)

// What a page may embed from others.
const (
	Videos = "videos"
	Maps   = "maps"
	Fonts  = "fonts"
)

// provider is somebody whose content sites embed, as its own terms describe it.
type provider struct {
	Of        string // Videos, Maps, Fonts
	Recipient company
	Hosts     []string
	Cookies   []cookie
}

// company is a recipient; several providers may be one company.
type company struct {
	Key, Name, Address, Country string
	To, Safeguard               string // the transfer, "" if there is none
	Notice                      string
}

type cookie struct {
	Name, Lifetime string
	DE, EN         string
}

var google = company{
	Key: "google", Name: "Google Ireland Limited", Address: "Gordon House, Barrow Street, Dublin 4, Ireland", Country: "IE",
	To: "US", Safeguard: "scc", Notice: "https://policies.google.com/privacy",
}

var providers = map[string]provider{
	"youtube": {
		Of: Videos, Recipient: google, Hosts: []string{"www.youtube-nocookie.com", "www.youtube.com", "i.ytimg.com"},
		Cookies: []cookie{{"VISITOR_INFO1_LIVE", "6 months", "erkennt das Gerät wieder und misst die Bandbreite", "recognises the device and measures the bandwidth"}},
	},
	"vimeo": {
		Of: Videos, Hosts: []string{"player.vimeo.com", "i.vimeocdn.com", "f.vimeocdn.com"},
		Recipient: company{
			Key: "vimeo", Name: "Vimeo.com, Inc.", Address: "330 West 34th Street, New York, NY 10001, USA", Country: "US",
			To: "US", Safeguard: "scc", Notice: "https://vimeo.com/privacy",
		},
	},
	"google-maps": {Of: Maps, Recipient: google, Hosts: []string{"www.google.com", "maps.googleapis.com", "maps.gstatic.com"}},
	"openstreetmap": {
		Of: Maps, Hosts: []string{"www.openstreetmap.org", "tile.openstreetmap.org"},
		Recipient: company{
			Key: "openstreetmap", Name: "OpenStreetMap Foundation", Address: "St John’s Innovation Centre, Cowley Road, Cambridge CB4 0WS, United Kingdom", Country: "GB",
			To: "GB", Safeguard: "adequacy", Notice: "https://osmfoundation.org/wiki/Privacy_Policy",
		},
	},
	"google-fonts": {Of: Fonts, Recipient: google, Hosts: []string{"fonts.googleapis.com", "fonts.gstatic.com"}},
}

// ProvidersOf are the keys of those whose videos, maps or fonts Kept knows how to
// declare.
func ProvidersOf(what string) []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(providers)) {
		if providers[key].Of == what {
			keys = append(keys, key)
		}
	}
	return keys
}

// embedded are the providers that were chosen, in the order of the file.
func (a Answers) embedded() []provider {
	var chosen []provider
	for _, key := range []string{a.Videos, a.Maps, a.Fonts} {
		if p, known := providers[key]; known {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// companies are the recipients behind them, each once.
func (a Answers) companies() []company {
	var found []company
	for _, p := range a.embedded() {
		if !slices.ContainsFunc(found, func(c company) bool { return c.Key == p.Recipient.Key }) {
			found = append(found, p.Recipient)
		}
	}
	return found
}
