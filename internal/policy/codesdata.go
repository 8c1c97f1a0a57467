package policy

// dataCodes are about data and how long it is kept.
var dataCodes = []Explanation{
	{
		Code: "K301", Severity: Mistake, Title: "Data that the kind does not hold",
		Reason: "What is declared is what is stored: a field that the kind does not know would be a promise without an effect.",
		Remedy: "Look up the fields and sets of the kind in the reference.",
		Wrong:  logKeeping("[url, time, refferer]", "      - {from: collection, keep: 7 days, then: delete}\n"),
		Right:  logKeeping("[url, time, referrer]", "      - {from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K302", Severity: Mistake, Title: "A field is listed twice",
		Reason: "The list says what is held; a double hides what changes when a line is removed.",
		Remedy: "Keep the field or the set that holds it, not both.",
		Wrong:  logKeeping("[url, time, url]", "      - {from: collection, keep: 7 days, then: delete}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K304", Severity: Mistake, Title: "Data without an end",
		Reason: "Data is kept no longer than its purpose needs, and people are told how long (Art. 5(1)(e), 13(2)(a) GDPR).",
		Remedy: "Add a rule for the data, or one without data for all the rest: {from: collection, keep: …, then: delete}.",
		Wrong:  logKeeping("[ip_address, url, time]", "      - {data: ip_address, from: collection, keep: 7 days, then: anonymise}\n"),
		Right:  logKeeping("[ip_address, url, time]", "      - {data: ip_address, from: collection, keep: 7 days, then: anonymise}\n      - {from: collection, keep: 1 year, then: delete}\n"),
	},
	{
		Code: "K305", Severity: Mistake, Title: "A rule or a provision for data that is not held",
		Reason: "The notice would name a period, or a duty to give, for data that the activity does not have.",
		Remedy: "Add the field to data, or remove it from the rule or the provision.",
		Wrong:  logKeeping("[url, time]", "      - {data: ip_address, from: collection, keep: 7 days, then: anonymise}\n      - {from: collection, keep: 1 year, then: delete}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 1 year, then: delete}\n"),
	},
	{
		Code: "K306", Severity: Mistake, Title: "An unknown moment",
		Reason: "A period that runs from a moment which never comes never ends (Art. 5(1)(e) GDPR).",
		Remedy: "Look up the moments of the kind in the reference.",
		Wrong:  logKeeping("[url, time]", "      - {from: colection, keep: 7 days, then: delete}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K307", Severity: Mistake, Title: "A rule that cannot anonymise",
		Reason: "Anonymous is what nobody can tie to a person any more (Recital 26 GDPR); this kind has no such form of its data.",
		Remedy: "Use then: delete.",
	},
	{
		Code: "K308", Severity: Warning, Title: "Kept longer than usual, without a reason",
		Reason: "Art. 5(1)(e), (2) GDPR: whoever keeps data longer must be able to say why. The declared period runs all the same.",
		Remedy: "Shorten the period, or add reason: {de: …, en: …} to the rule.",
		Wrong:  logKeeping("[ip_address, url, time]", "      - {from: collection, keep: 30 days, then: delete}\n"),
		Right:  logKeeping("[ip_address, url, time]", "      - {from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K309", Severity: Warning, Title: "Kept shorter than a law orders",
		Reason: "Art. 17(3)(b) GDPR keeps what a law orders to be kept. The declared period runs all the same.",
		Remedy: "Lengthen the period (with until: end-of-year where the law counts from it), or add reason: {de: …, en: …} to the rule.",
		Wrong:  "activities:\n  access-log:\n    purpose: essential.legal_obligation\n    basis: legal-obligation\n    law: § 147 AO\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 6 years, then: delete}\n",
		Right:  "activities:\n  access-log:\n    purpose: essential.legal_obligation\n    basis: legal-obligation\n    law: § 147 AO\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 8 years, until: end-of-year, then: delete}\n",
	},
	{
		Code: "K310", Severity: Mistake, Title: "Two rules for the same",
		Reason: "Of two periods for the same data from the same moment, only one can be true.",
		Remedy: "Remove one of the two.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete}\n      - {from: collection, keep: 9 days, then: delete}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K311", Severity: Mistake, Title: "A half of what belongs together",
		Reason: "The data makes sense only together; a half of it would be kept without a purpose (Art. 5(1)(c) GDPR).",
		Remedy: "Name the set in the rule, not single fields of it.",
		Wrong:  statistics("    basis: consent\n    group: statistics\n    data: [visitor, time, technology]\n    cookies: [{name: kept_visitor, lifetime: 13 months}]\n    retention:\n      - {data: browser, from: collection, keep: 1 month, then: delete}\n      - {from: collection, keep: 14 months, then: delete}\n"),
		Right:  statistics("    basis: consent\n    group: statistics\n    data: [visitor, time, technology]\n    cookies: [{name: kept_visitor, lifetime: 13 months}]\n    retention:\n      - {data: technology, from: collection, keep: 1 month, then: delete}\n      - {from: collection, keep: 14 months, then: delete}\n"),
	},
	{
		Code: "K312", Severity: Warning, Title: "A rhythm longer than the period",
		Reason: "Between two runs, data would stay longer than twice its time (Art. 5(1)(e) GDPR).",
		Remedy: "Shorten every, or leave it out: data then goes as soon as it is due.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete, every: 1 month}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete, every: 1 day}\n"),
	},
	{
		Code: "K313", Severity: Mistake, Title: "A rule that suspends itself",
		Reason: "The moment that begins the period also ends the rule, so the data would stay for good.",
		Remedy: "Name another moment under unless, or leave it out.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete, unless: collection}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K315", Severity: Warning, Title: "A rule for the rest, where nothing is left",
		Reason: "The rule has no effect, and a reader would think that it has.",
		Remedy: "Remove the rule, or name its data.",
		Wrong:  logKeeping("[url, time]", "      - {data: [url, time], from: collection, keep: 7 days, then: delete}\n      - {from: collection, keep: 1 year, then: anonymise}\n"),
		Right:  logKeeping("[url, time]", "      - {data: [url, time], from: collection, keep: 7 days, then: delete}\n"),
	},
	{
		Code: "K316", Severity: Mistake, Title: "A warning before the beginning",
		Reason: "People would have to be told before the period began.",
		Remedy: "Shorten before, lengthen keep, or name the moment that people are told before, like of: expiry.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: delete, notify: {before: 10 days, to: [registration]}}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 14 days, then: delete, notify: {before: 10 days, to: [registration]}}\n"),
	},
	{
		Code: "K317", Severity: Mistake, Title: "Restricted and never deleted",
		Reason: "Restricted data is still held (Art. 4(3), 18 GDPR); it needs an end too (Art. 5(1)(e)).",
		Remedy: "Add a rule that deletes or anonymises the data later.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: restrict}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 7 days, then: restrict}\n      - {from: collection, keep: 1 year, then: delete}\n"),
	},
	{
		Code: "K318", Severity: Warning, Title: "A rule that comes too late",
		Reason: "The data is deleted before the rule would act, so the notice names a step that never happens.",
		Remedy: "Shorten the period of the rule, or remove it.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 2 years, then: anonymise}\n      - {from: collection, keep: 1 year, then: delete}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 6 months, then: anonymise}\n      - {from: collection, keep: 1 year, then: delete}\n"),
	},
	{
		Code: "K319", Severity: Mistake, Title: "What only another system has",
		Reason: "What Kept performs has its data, moments and tables from its kind; what another system does describes them itself, and is reached through its dataset for the rights of Art. 15-20 GDPR.",
		Remedy: "Remove the key; or set kind: external if another system does it.",
		Wrong:  logWith("dataset: datasets/log.yml"),
		Right:  plainLog,
	},
	{
		Code: "K320", Severity: Mistake, Title: "An end that one moment takes away",
		Reason: "Every rule of the data is suspended by a moment; once it has come, the data stays for good (Art. 5(1)(e) GDPR).",
		Remedy: "Add a rule without unless that ends the data then.",
	},
	{
		Code: "K321", Severity: Mistake, Title: "An unknown data category",
		Reason: "Art. 13(1)(c), 14(1)(d), 30(1)(c) GDPR: people and the register name what data is; a key of the taxonomy has a text in every language.",
		Remedy: "Take a data category of the fideslang taxonomy, like user.contact.email; what you call it stands in title.",
		Wrong:  elsewhere("    basis: contract\n    people: [customer]\n    data: [user.contact.emial]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    people: [customer]\n    data: [user.contact.email]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K322", Severity: Mistake, Title: "Unknown people",
		Reason: "Art. 30(1)(c) GDPR: the register names the categories of people; a key of the taxonomy has a text in every language.",
		Remedy: "Take a data subject of the taxonomy, like customer, prospect, employee or visitor.",
		Wrong:  elsewhere("    basis: contract\n    people: [costumer]\n    data: [user.contact.email]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    people: [customer]\n    data: [user.contact.email]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K323", Severity: Warning, Title: "A moment that no rule counts from",
		Reason: "It has no effect; a rule that was to count from it is missing or counts from another.",
		Remedy: "Remove the moment, or count from it.",
		Wrong:  elsewhere("    basis: contract\n    people: [customer]\n    data: [user.contact.email]\n    moments: {last-order: {de: die letzte Bestellung, en: the last order}}\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    people: [customer]\n    data: [user.contact.email]\n    moments: {last-order: {de: die letzte Bestellung, en: the last order}}\n    retention:\n      - {from: last-order, keep: 2 years, then: delete}\n"),
	},
	{
		Code: "K324", Severity: Mistake, Title: "Data of unknown origin",
		Reason: "Art. 14(2)(f) GDPR: where data does not come from the person, they are told where it comes from.",
		Remedy: "Add origin: {de: …, en: …} to the activity.",
		Wrong:  elsewhere("    basis: contract\n    people: [customer]\n    data: [{category: user.financial.creditworthiness, source: third-party}]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    people: [customer]\n    origin: {de: eine Auskunftei, en: a credit agency}\n    data: [{category: user.financial.creditworthiness, source: third-party}]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K325", Severity: Mistake, Title: "Data without the setting that it needs",
		Reason: "What is done with this data follows from the setting: for a recording, that it is announced twice and what participants are told beforehand (Art. 13 GDPR).",
		Remedy: "Add the setting, or remove the fields.",
		Wrong:  talks(""),
		Right:  talks("    settings: {recording: {announce: [invitation, start], purpose: {de: Protokoll, en: minutes}}}\n"),
	},
	{
		Code: "K326", Severity: Mistake, Title: "An unknown word for who is told",
		Reason: "Nobody would be told of what is going to end, although the policy promises it.",
		Remedy: "Name registration (the address with which somebody registered, or is known), billing (the one for invoices), or both under to.",
		Wrong:  logKeeping("[url, time]", "      - {from: collection, keep: 14 days, then: delete, notify: {before: 10 days, to: [owner]}}\n"),
		Right:  logKeeping("[url, time]", "      - {from: collection, keep: 14 days, then: delete, notify: {before: 10 days, to: [registration]}}\n"),
	},
}

// talks are meetings that are recorded, for examples.
func talks(settings string) string {
	return "activities:\n  meetings:\n    purpose: essential.service.communication\n    basis: consent\n    data: [name, audio]\n" + settings +
		"    retention:\n      - {from: meeting-end, keep: 1 month, then: delete}\n"
}
