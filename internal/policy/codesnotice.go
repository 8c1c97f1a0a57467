package policy

// noticeCodes are about what is published.
var noticeCodes = []Explanation{
	{
		Code: "K601", Severity: Mistake, Title: "A text is missing in a language of the notice",
		Reason: "Art. 12(1) GDPR: people are told in a form that they understand; a notice with gaps in one language is none.",
		Remedy: "Add the text in every language of the notice.",
		Wrong:  logWith("title: {en: Log}"),
		Right:  logWith("title: {de: Protokoll, en: Log}"),
	},
	{
		Code: "K602", Severity: Warning, Title: "A text in a language that is not published",
		Reason: "Nobody would read it.",
		Remedy: "Add the language to notice.languages, or remove the text.",
		Wrong:  "notice: {version: 2024-02-13, languages: [de], jurisdiction: DE}\n" + logWith("title: {de: Protokoll, en: Log}"),
		Right:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE}\n" + logWith("title: {de: Protokoll, en: Log}"),
	},
	{
		Code: "K603", Severity: Mistake, Title: "A language without built-in texts",
		Reason: "The notice is made from the structure with built-in texts, which exist in German and English.",
		Remedy: "Choose among de and en.",
		Wrong:  "notice: {version: 2024-02-13, languages: [de, fr], jurisdiction: DE}\n",
		Right:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE}\n",
	},
	{
		Code: "K604", Severity: Warning, Title: "A jurisdiction without a rule pack",
		Reason: "National rules, such as duties to keep data, are not checked.",
		Remedy: "Check the national rules by other means.",
		Wrong:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: AT}\n",
		Right:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE}\n",
	},
	{
		Code: "K606", Severity: Mistake, Title: "A contact that cannot be reached",
		Reason: "Art. 13(1)(b) GDPR: people are told how to reach the data protection officer.",
		Remedy: "Add email, phone or address.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  officer: {name: Erika Muster}\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  officer: {name: Erika Muster, email: dpo@agentur.example}\n",
	},
	{
		Code: "K608", Severity: Mistake, Title: "Data that must be given, without what follows",
		Reason: "Art. 13(2)(e) GDPR: people are told whether they must give data and what follows if they do not.",
		Remedy: "Add consequence: {de: …, en: …} to provision.",
		Wrong:  logWith("provision: {required: needed}"),
		Right:  logWith("provision: {required: needed, consequence: {de: Ohne Adresse keine Antwort, en: no answer without an address}}"),
	},
}
