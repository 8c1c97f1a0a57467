package rights

// wording is what a copy says around the data, by language.
var wording = map[string]map[string]string{
	"en": {
		"title":      "Your data",
		"made":       "Made on",
		"by":         "by",
		"nothing":    "Nothing is held about you.",
		"basis":      "Legal basis",
		"purpose":    "Purpose",
		"recipients": "Given to",
		"periods":    "Kept",
		"from":       "counted from",
		"all":        "everything else",
		"no time":    "not kept",
		"at":         "occasion",
		"row":        "1 entry",
		"rows":       "entries",
		"suspended":  "What is not deleted now",
		"everything": "everything",
		"until":      "until",
		"files":      "What is in this package",
		"masked":     "What is about other people is masked (▇▇▇).",
		"rights":     "You can have data corrected, erased or restricted, object to its use, and take it elsewhere.",
		"complain":   "You can complain to the supervisory authority:",
		"folded":     "Technical details",
		"same":       "The same wherever it is given:",
		"further":    "Further",
		"load":       "Download",
		"true":       "yes",
		"false":      "no",

		"is consent":              "your consent (Art. 6(1)(a) GDPR)",
		"is contract":             "a contract with you (Art. 6(1)(b) GDPR)",
		"is legal-obligation":     "a legal obligation (Art. 6(1)(c) GDPR)",
		"is vital-interests":      "vital interests (Art. 6(1)(d) GDPR)",
		"is public-task":          "a public task (Art. 6(1)(e) GDPR)",
		"is legitimate-interests": "a legitimate interest (Art. 6(1)(f) GDPR)",
		"is delete":               "then deleted",
		"is anonymise":            "then anonymised",
		"is restrict":             "then restricted",
		"is end-of-year":          "to the end of that year",
	},
	"de": {
		"title":      "Ihre Daten",
		"made":       "Erstellt am",
		"by":         "von",
		"nothing":    "Über Sie ist nichts gespeichert.",
		"basis":      "Rechtsgrundlage",
		"purpose":    "Zweck",
		"recipients": "Weitergegeben an",
		"periods":    "Aufbewahrt",
		"from":       "Anlass",
		"all":        "alles Übrige",
		"no time":    "nicht aufbewahrt",
		"at":         "Anlass",
		"row":        "1 Eintrag",
		"rows":       "Einträge",
		"suspended":  "Was zurzeit nicht gelöscht wird",
		"everything": "alles",
		"until":      "bis",
		"files":      "Was in diesem Paket ist",
		"masked":     "Was andere Personen betrifft, ist geschwärzt (▇▇▇).",
		"rights":     "Sie können Daten berichtigen, löschen oder einschränken lassen, ihrer Nutzung widersprechen und sie mitnehmen.",
		"complain":   "Sie können sich bei der Aufsichtsbehörde beschweren:",
		"folded":     "Technische Angaben",
		"same":       "Gleich, wo immer es angegeben ist:",
		"further":    "Weiteres",
		"load":       "Laden",
		"true":       "ja",
		"false":      "nein",

		"is consent":              "Ihre Einwilligung (Art. 6 Abs. 1 lit. a DSGVO)",
		"is contract":             "ein Vertrag mit Ihnen (Art. 6 Abs. 1 lit. b DSGVO)",
		"is legal-obligation":     "eine rechtliche Verpflichtung (Art. 6 Abs. 1 lit. c DSGVO)",
		"is vital-interests":      "lebenswichtige Interessen (Art. 6 Abs. 1 lit. d DSGVO)",
		"is public-task":          "eine öffentliche Aufgabe (Art. 6 Abs. 1 lit. e DSGVO)",
		"is legitimate-interests": "ein berechtigtes Interesse (Art. 6 Abs. 1 lit. f DSGVO)",
		"is delete":               "danach gelöscht",
		"is anonymise":            "danach anonymisiert",
		"is restrict":             "danach eingeschränkt",
		"is end-of-year":          "bis zum Ende dieses Jahres",
	},
}

// Sentence is what plans say of a part, by its name here.
func Sentence(name string) Words { return sentences[name] }

// sentences are what plans say of a part.
var sentences = map[string]Words{
	"masked": {
		"en": "what is about other people is masked",
		"de": "was andere Personen betrifft, ist geschwärzt",
	},
	"withheld": {
		"en": "recordings show other people too; a person hands them out",
		"de": "auf Aufzeichnungen sind auch andere Personen; ein Mensch gibt sie heraus",
	},
	"shared": {
		"en": "other people are in it too: delete this person's entry alone, or what is shared for everybody",
		"de": "auch andere Personen sind darin: nur den Eintrag dieser Person löschen oder das Geteilte für alle",
	},
	"measured": {
		"en": "it was measured or derived and says what happened; it can be deleted, not corrected",
		"de": "es wurde gemessen oder abgeleitet und hält fest, was war; es kann gelöscht, nicht berichtigt werden",
	},
	"proof": {
		"en": "it proves what was said then and stays as it was; what follows from it is corrected",
		"de": "es belegt, was damals angegeben wurde, und bleibt, wie es war; was daraus folgt, wird berichtigt",
	},
	"confirm": {
		"en": "it changes once the new address has been confirmed by its owner",
		"de": "es ändert sich, sobald die neue Adresse bestätigt ist",
	},
	"added": {
		"en": "where nothing is stored yet, it is added",
		"de": "wo noch nichts gespeichert ist, wird es ergänzt",
	},
	"unknown": {
		"en": "nothing of the kind is held",
		"de": "dazu ist nichts gespeichert",
	},
}
