package register

import "strings"

// Special says by which article a category is protected more than others.
type Special string

// The special categories.
const (
	Article9  Special = "art-9"  // special categories of personal data
	Article10 Special = "art-10" // criminal convictions and offences
)

// specials are the branches of the taxonomy that Art. 9(1) and Art. 10 name. What
// is biometric counts although it is special only where it identifies somebody:
// the taxonomy does not tell the two apart, and a record errs on the safe side.
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

// specialOf returns how the category of that key is protected.
func specialOf(category string) Special {
	for category != "" {
		if s, ok := specials[category]; ok {
			return s
		}
		category = category[:max(0, strings.LastIndexByte(category, '.'))]
	}
	return ""
}
