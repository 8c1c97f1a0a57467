package policy

import (
	"slices"

	"kept/internal/policy/rules"
)

// standardGroups are the groups that every policy may use without declaring
// them, in the order in which people are asked.
var standardGroups = []Group{
	{
		Key:   "comfort",
		Title: Text{"de": "Komfort", "en": "Comfort"},
		About: Text{
			"de": "Merkt sich Einstellungen und lädt Teile der Darstellung, etwa Schriften, von anderen Anbietern.",
			"en": "Remembers settings and loads parts of the design, such as fonts, from other providers.",
		},
	},
	{
		Key:   "functional",
		Title: Text{"de": "Funktionen", "en": "Functions"},
		About: Text{
			"de": "Lädt zusätzliche Funktionen, etwa Chat oder Terminbuchung, von anderen Anbietern.",
			"en": "Loads additional functions, such as chat or booking, from other providers.",
		},
	},
	{
		Key:   "statistics",
		Title: Text{"de": "Statistik", "en": "Statistics"},
		About: Text{
			"de": "Zählt, wie die Website genutzt wird, damit sie besser werden kann.",
			"en": "Counts how the site is used, so that it can be improved.",
		},
	},
	{
		Key:   "media",
		Title: Text{"de": "Medien", "en": "Media"},
		About: Text{
			"de": "Zeigt Videos, Karten und andere Inhalte, die von anderen Anbietern kommen.",
			"en": "Shows videos, maps and other content that comes from other providers.",
		},
	},
	{
		Key:   marketing,
		Title: Text{"de": "Werbung", "en": "Marketing"},
		About: Text{
			"de": "Misst den Erfolg von Werbung und zeigt passende Anzeigen, auch auf anderen Websites.",
			"en": "Measures the success of advertising and shows fitting ads, on other sites too.",
		},
	},
}

// StandardGroups returns the groups that every policy may use without declaring
// them.
func StandardGroups() []Group { return slices.Clone(standardGroups) }

// marketing is the key of the standard group, and of the use in fideslang that
// every advertising purpose is below.
const marketing = "marketing"

// Advertises reports whether to accept group is to accept advertising: it is the
// standard group for it, or an activity in it has such a purpose. Global Privacy
// Control refuses these groups, whatever the policy calls them.
func (p *Policy) Advertises(group string) bool {
	return group == marketing || group != "" && slices.ContainsFunc(p.Activities, func(a Activity) bool {
		return a.Group == group && rules.Below(a.Purpose, marketing)
	})
}

// groupsInUse returns the declared groups in the order of the file, then the
// standard ones that an entry uses.
func (p *Policy) groupsInUse() []Group {
	var found []Group
	for _, g := range p.Groups {
		if g.keys != nil { // declared in the file, not added by an earlier check
			found = append(found, g)
		}
	}
	used := p.usedGroups()
	for _, g := range standardGroups {
		declared := slices.ContainsFunc(found, func(f Group) bool { return f.Key == g.Key })
		if used[g.Key] && !declared {
			found = append(found, g)
		}
	}
	return found
}

func (p *Policy) usedGroups() map[string]bool {
	used := map[string]bool{}
	for i := range p.Activities {
		used[p.Activities[i].Group] = true
	}
	for i := range p.Services {
		used[p.Services[i].Group] = true
	}
	return used
}

// groupKeys returns every key that an entry may name as its group.
func (p *Policy) groupKeys() []string {
	var keys []string
	for _, g := range standardGroups {
		keys = append(keys, g.Key)
	}
	for _, g := range p.Groups {
		if !slices.Contains(keys, g.Key) {
			keys = append(keys, g.Key)
		}
	}
	return keys
}
