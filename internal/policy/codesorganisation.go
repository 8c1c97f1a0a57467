package policy

// organisationCodes are about the organisation around the processing.
var organisationCodes = []Explanation{
	{
		Code: "K701", Severity: Warning, Title: "No measures",
		Reason: "Art. 32, 30(1)(g) GDPR: the register describes the technical and organisational measures in general.",
		Remedy: "Add measures, like measures: [tls, access-control, confidentiality, backups].",
	},
	{
		Code: "K702", Severity: Mistake, Title: "An unknown measure",
		Reason: "The register would name a measure that nobody knows; a key has a text in every language.",
		Remedy: "Take a built-in key, or write it in your own words: {title: {de: …, en: …}}.",
		Wrong:  "measures: [tls, bakcups]\n",
		Right:  "measures: [tls, backups, {title: {de: Zutritt nur mit Karte, en: entry by card only}}]\n",
	},
	{
		Code: "K703", Severity: Mistake, Title: "An unknown department",
		Reason: "Art. 32(4), 25(2) GDPR: who sees data is decided, by name; a department that nobody declared has nobody in it.",
		Remedy: "Declare the department under departments.",
		Wrong:  "departments: {support: {title: {de: Kundendienst, en: Support}}}\n" + logWith("access: [suport]"),
		Right:  "departments: {support: {title: {de: Kundendienst, en: Support}}}\n" + logWith("access: [support]"),
	},
	{
		Code: "K704", Severity: Warning, Title: "A department that sees nothing",
		Reason: "The notice would name a department that has no part in it.",
		Remedy: "Remove the department, or name it under access of an activity.",
		Wrong:  "departments: {support: {title: {de: Kundendienst, en: Support}}}\n" + plainLog,
		Right:  "departments: {support: {title: {de: Kundendienst, en: Support}}}\n" + logWith("access: [support]"),
	},
	{
		Code: "K705", Severity: Warning, Title: "A hold without a law",
		Reason: "Art. 17(3)(b), (e) GDPR: data is kept beyond its time for a legal duty or for claims; which, a law says.",
		Remedy: "Add law, like law: §§ 195, 199 BGB.",
		Wrong:  "holds: {limitation: {reason: {de: Abwehr von Ansprüchen, en: defence of claims}, longest: 3 years}}\n",
		Right:  "holds: {limitation: {reason: {de: Abwehr von Ansprüchen, en: defence of claims}, law: \"§§ 195, 199 BGB\", longest: 3 years}}\n",
	},
	{
		Code: "K706", Severity: Warning, Title: "A hold longer than any claim",
		Reason: "Art. 5(1)(e) GDPR: when no claim can be raised any more, nothing is left to be defended against.",
		Remedy: "Shorten longest.",
		Wrong:  "holds: {limitation: {reason: {de: Abwehr von Ansprüchen, en: defence of claims}, law: \"§ 197 BGB\", longest: 40 years}}\n",
		Right:  "holds: {limitation: {reason: {de: Abwehr von Ansprüchen, en: defence of claims}, law: \"§ 197 BGB\", longest: 30 years}}\n",
	},
	{
		Code: "K707", Severity: Warning, Title: "No officer where one may be needed",
		Reason: "Art. 37(1)(c) GDPR, § 38(1) BDSG: special categories on a large scale, and whatever needs an impact assessment (Art. 35(3)), ask for a data protection officer, however many people work there.",
		Remedy: "Name the officer under controller; if none is needed, note why in your own files.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  authority: {name: HBDI Hessen}\nactivities:\n  customers:\n    kind: external\n    title: {de: Behandlung, en: Treatment}\n    purpose: essential.service\n    basis: consent\n    people: [patient]\n    data: [user.health_and_medical]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  authority: {name: HBDI Hessen}\n  officer: {email: dpo@agentur.example}\nactivities:\n  customers:\n    kind: external\n    title: {de: Behandlung, en: Treatment}\n    purpose: essential.service\n    basis: consent\n    people: [patient]\n    data: [user.health_and_medical]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n",
	},
	{
		Code: "K708", Severity: Warning, Title: "No supervisory authority",
		Reason: "Art. 13(2)(d), 77 GDPR: people are told that they may complain to an authority; it helps them to know which.",
		Remedy: "Add authority with name and url to the controller.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  authority: {name: HBDI Hessen}\n",
	},
	{
		Code: "K709", Severity: Warning, Title: "No representative in the Union",
		Reason: "Art. 27, 13(1)(a) GDPR: a controller outside the Union that offers goods or services there, or watches behaviour there, names a representative in it.",
		Remedy: "Add representative with name, address and email to the controller.",
		Wrong:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: CH}\ncontroller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  authority: {name: HBDI Hessen}\n",
		Right:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: CH}\ncontroller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  authority: {name: HBDI Hessen}\n  representative: {name: Vertretung GmbH, address: \"Musterstraße 2, Berlin\", email: eu@agentur.example}\n",
	},
}
