package policy

import (
	"strings"

	"kept/internal/policy/period"
)

// Service is something that a page loads from elsewhere, only with consent
// unless it is declared essential.
type Service struct {
	At        Pos
	Key       string
	Name      Text     // may be absent: see Title
	Recipient string   // key
	Group     string   // key of the consent group, or Essential
	Hosts     []string // host or host:port, in lower case
	Cookies   []Cookie
	Data      []Ref // what reaches the recipient: fields of LoadFields; Load fills in the usual ones
	Reason    Text  // for an essential service: why the page cannot do without it

	keys places
}

// NeedsConsent reports whether the service loads only with consent.
func (s *Service) NeedsConsent() bool { return s.Group != Essential }

// Title names the service: by its name, else by its key as a name is written, which
// tells two services of one recipient apart.
func (s *Service) Title(lang string) string {
	if name := s.Name.In(lang); name != "" {
		return name
	}
	key := strings.NewReplacer("-", " ", "_", " ").Replace(s.Key)
	return strings.ToUpper(key[:1]) + key[1:] // keys are ASCII
}

// Cookie is terminal storage that an entry uses (§ 25 TDDDG).
type Cookie struct {
	At       Pos
	Name     string // exact, or a prefix that ends in *
	Lifetime period.Period
	Session  bool   // ends with the browser session
	Storage  string // cookie | local-storage | session-storage | indexed-db
	Purpose  Text

	keys places
}

// MatchesCookie reports whether c declares a cookie called name.
func (c Cookie) MatchesCookie(name string) bool {
	if prefix, ok := strings.CutSuffix(c.Name, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return c.Name == name
}
