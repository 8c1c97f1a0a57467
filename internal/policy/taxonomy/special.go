package taxonomy

import "strings"

// Special is the article of the GDPR that protects a category more than others.
type Special string

// The articles. The zero Special is a category like any other.
const (
	Article9  Special = "art-9"  // special categories of personal data
	Article10 Special = "art-10" // criminal convictions and offences
)

// specials are the branches that Art. 9(1) and Art. 10 GDPR name. What is
// biometric counts although it is special only where it identifies somebody: the
// taxonomy does not tell the two apart, and this errs on the safe side.
var specials = map[string]Special{
	"user.authorization.biometric":        Article9,
	"user.biometric":                      Article9,
	"user.health_and_medical":             Article9,
	"user.demographic.political_opinion":  Article9,
	"user.demographic.race_ethnicity":     Article9,
	"user.demographic.religious_belief":   Article9,
	"user.demographic.sexual_orientation": Article9,
	"user.criminal_history":               Article10,
}

// SpecialOf returns how the data category of that key, or one above it, is
// protected.
func SpecialOf(category string) Special {
	for category != "" {
		if s, ok := specials[category]; ok {
			return s
		}
		category = category[:max(0, strings.LastIndexByte(category, '.'))]
	}
	return ""
}
