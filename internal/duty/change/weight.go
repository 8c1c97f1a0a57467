package change

import (
	"strings"

	"kept/internal/policy/period"
)

// Weight says what a change asks of the operator.
type Weight string

// The weights, the heaviest first.
const (
	Asks    Weight = "asks"    // people are asked anew
	Tell    Weight = "tell"    // people are told before it applies
	Less    Weight = "less"    // less is done with data, or it goes earlier
	Runs    Weight = "runs"    // it is done in another way
	Wording Weight = "wording" // texts and details of the notice
)

// Weights are the weights in the order in which a report shows them.
func Weights() []Weight { return []Weight{Asks, Tell, Less, Runs, Wording} }

// Kind says what happened.
type Kind string

// The kinds.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
	Longer  Kind = "longer"  // kept longer
	Shorter Kind = "shorter" // kept shorter
	Lapses  Kind = "lapses"  // a consent does not stand any more
	Asked   Kind = "asked"   // a consent that was not asked for before
)

// scale is what a key weighs when it comes, goes or changes.
type scale struct{ added, removed, changed Weight }

// The usual scales.
var (
	grave  = scale{Tell, Less, Tell}          // more is to be told, less is not
	detail = scale{Wording, Wording, Wording} // of the notice
	inside = scale{Runs, Runs, Runs}          // nobody outside sees it
)

// scales weighs every key of the language. Keys of maps that stand in several
// places stand here once. A key that is missing is grave.
var scales = map[string]scale{
	"notice.version": detail, "notice.languages": detail, "notice.jurisdiction": inside, "notice.holidays": inside, "notice.exemptions": grave,

	"controller.name": grave, "controller.address": detail, "controller.email": detail, "controller.phone": detail, "controller.url": detail,
	"controller.officer": {Wording, Tell, Wording}, "controller.representative": {Wording, Tell, Wording}, "controller.authority": detail,
	"contact.name": detail, "contact.email": detail, "contact.phone": detail, "contact.address": detail, "contact.external": detail,
	"controller.authority.name": detail, "controller.authority.url": detail,

	"groups": detail, "groups.title": detail, "groups.about": detail,
	"measures": {Wording, Tell, Wording}, "measures.title": detail,
	"departments": detail, "departments.title": detail,
	"holds": grave, "holds.reason": detail, "holds.law": detail, "holds.longest": grave,

	"recipients": grave, "recipients.name": grave, "recipients.address": detail, "recipients.country": grave, "recipients.role": grave,
	"recipients.category": detail, "recipients.storage": grave, "recipients.notice": detail, "recipients.requests": inside, "recipients.objection": {Wording, Tell, Wording},
	"recipients.own_purposes": grave, "recipients.via": grave, "recipients.hosts": inside,
	"recipients.agreement": {Wording, Tell, Wording}, "recipients.agreement.kind": grave, "recipients.agreement.since": detail, "recipients.agreement.essence": detail,
	"recipients.transfers": grave, "transfers.framework": grave, "transfers.checked": detail, "transfers.copy": detail, "transfers.risk": grave,

	"services": grave, "services.recipient": grave, "services.group": grave, "services.hosts": inside, "services.name": detail,
	"services.data": grave, "services.reason": detail,
	"cookies": grave, "cookies.lifetime": grave, "cookies.session": {Less, Tell, Tell}, "cookies.storage": grave, "cookies.purpose": detail,

	"activities": grave, "activities.kind": inside, "activities.title": detail, "activities.purpose": grave, "activities.basis": grave, "activities.explicit": grave,
	"activities.law": detail, "activities.interest": grave, "activities.group": grave, "activities.data": grave,
	"activities.recipients": grave, "activities.recipients.fields": grave, "activities.on_withdrawal": grave,
	"activities.settings": inside, "activities.dataset": inside, "activities.people": grave, "activities.on_behalf_of": grave,
	"activities.access": grave, "activities.origin": grave,
	"activities.also": grave, "also.basis": grave, "also.for": grave, "also.interest": grave, "also.law": detail,
	"activities.decision": grave, "activities.decision.kind": grave, "activities.decision.logic": grave,
	"activities.decision.consequences": grave, "activities.decision.ground": grave,
	"activities.provision": grave, "activities.provision.required": grave, "activities.provision.data": grave, "activities.provision.consequence": detail,
	"activities.described": detail, "activities.described.category": grave, "activities.described.title": detail, "activities.described.source": grave,
	"activities.moments": detail, "activities.moments.title": detail,
}

// shared leads patterns of maps that stand in several places to one.
func shared(pattern string) string {
	for _, inner := range []string{"cookies", "also.", "transfers."} {
		if i := strings.LastIndex(pattern, "."+inner); i > 0 {
			return pattern[i+1:]
		}
	}
	if contact := contactOf(pattern); contact != "" {
		return "contact." + strings.TrimPrefix(pattern, contact+".")
	}
	return pattern
}

// contactOf is whom a pattern tells of, if it is about a way to reach somebody.
func contactOf(pattern string) string {
	for _, contact := range []string{"controller.officer", "controller.representative"} {
		if strings.HasPrefix(pattern, contact+".") {
			return contact
		}
	}
	return ""
}

// weigh says what a difference asks of the operator, and whether a time became
// longer or shorter by it.
func weigh(d difference) (Weight, Kind) {
	s, known := scales[shared(d.pattern)]
	if !known {
		s = grave
	}
	switch kind := d.kind(); kind {
	case Added:
		return s.added, kind
	case Removed:
		return s.removed, kind
	}
	old, isPeriod := d.old.value.(period.Period)
	if next, ok := d.new.value.(period.Period); ok && isPeriod {
		switch {
		case next.Longer(old):
			return s.added, Longer
		case old.Longer(next):
			return s.removed, Shorter
		}
		return Wording, Changed
	}
	return s.changed, Changed
}
