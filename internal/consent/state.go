package consent

import "time"

// State is what a request's cookie and signals say about consent under the
// policy in force. The zero State is a visitor who has not decided.
type State struct {
	Known    bool      // everything that is asked now was decided: no banner
	Refused  bool      // Known, and nothing was accepted
	Decision string    // id of the decision in force, empty without an acceptance
	Groups   []string  // accepted groups that stand, sorted
	Services []string  // services accepted singly that stand, sorted
	Without  []string  // services refused singly though their group is accepted, sorted
	Once     []string  // services to be loaded in this one page view
	GPC      bool      // the request carries Sec-GPC: 1
	At       time.Time // day of the last renewal (UTC midnight), zero without an acceptance
}
