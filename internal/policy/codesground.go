package policy

import "strings"

// groundCodes are about what an activity does against what it rests on: special
// categories, advertising, decisions, work for others, exemptions.
var groundCodes = []Explanation{
	{
		Code: "K216", Severity: Mistake, Title: "Special categories on a basis that cannot carry them",
		Reason: "Art. 9(1), (2) GDPR: data on health, belief, opinion, origin, sexual life or biometrics needs explicit consent or a law that allows it; a contract or an interest does not.",
		Remedy: "Set basis: consent (asked for explicitly), or name what allows it under also, like also: [{basis: consent, for: …}]; or hold less.",
		Wrong:  elsewhere("    basis: contract\n    people: [customer]\n    data: [user.name, user.health_and_medical]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    also: [{basis: consent, for: {de: Angaben zu Unverträglichkeiten, en: details of intolerances}}]\n    people: [customer]\n    data: [user.name, user.health_and_medical]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K217", Severity: Mistake, Title: "Data on offences without a law",
		Reason: "Art. 10 GDPR: data on convictions and offences is processed under official authority, or where a law allows it.",
		Remedy: "Name the law: basis: legal-obligation with law, or the same under also; or hold less.",
		Wrong:  elsewhere("    basis: contract\n    people: [job_applicant]\n    data: [user.name, user.criminal_history]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: legal-obligation\n    law: § 72a SGB VIII\n    people: [job_applicant]\n    data: [user.name, user.criminal_history]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K218", Severity: Mistake, Title: "Advertising by mail without consent",
		Reason: "§ 7(2) UWG (Art. 13 of Directive 2002/58/EC): advertising by e-mail or text message needs prior consent; § 7(3) excepts existing customers alone (C-654/23).",
		Remedy: "Set basis: consent; to write to existing customers, basis: legitimate-interests with the setting existing_customers: true.",
		Wrong:  mailing("    basis: contract\n"),
		Right:  mailing("    basis: consent\n    group: marketing\n"),
	},
	{
		Code: "K219", Severity: Warning, Title: "A consent that cannot be proven",
		Reason: "Art. 7(1) GDPR, § 7(2) UWG: whoever sends proves that the owner of the address agreed; without a confirmation from that address nobody can (BGH I ZR 164/09).",
		Remedy: "Leave double opt-in on.",
		Wrong:  mailing("    basis: consent\n    group: marketing\n    settings: {double_opt_in: false}\n"),
		Right:  mailing("    basis: consent\n    group: marketing\n    settings: {double_opt_in: true}\n"),
	},
	{
		Code: "K220", Severity: Mistake, Title: "A setting that needs consent",
		Reason: "What this setting switches on is lawful with the consent of those concerned alone: recording what is said (§ 201 StGB), measuring who opens a mail (§ 25(1) TDDDG).",
		Remedy: "Set basis: consent, name the consent under also ({basis: consent, for: …}), or switch it off.",
		Wrong:  mailing("    basis: legitimate-interests\n    interest: {de: Kundenpflege, en: customer care}\n    settings: {existing_customers: true, measure: {opens: true}}\n"),
		Right:  mailing("    basis: legitimate-interests\n    interest: {de: Kundenpflege, en: customer care}\n    settings: {existing_customers: true, measure: {opens: false}}\n"),
	},
	{
		Code: "K221", Severity: Mistake, Title: "A consent asked for in somebody else's name",
		Reason: "Art. 28(3)(a) GDPR: a processor acts on instructions; it is the customer who asks people for consent, and to whom they may say no.",
		Remedy: "Remove group, or remove on_behalf_of if the processing is your own.",
		Wrong:  elsewhere("    on_behalf_of: {de: unsere Kunden, en: our customers}\n    basis: consent\n    group: functional\n    people: [employee]\n    data: [user.contact.email]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    on_behalf_of: {de: unsere Kunden, en: our customers}\n    people: [employee]\n    data: [user.contact.email]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K222", Severity: Mistake, Title: "A decision that is not explained",
		Reason: "Art. 13(2)(f), 14(2)(g) GDPR: people are told of the logic involved, the significance and the consequences of a decision by machine, and of a profile it rests on.",
		Remedy: "Add logic and consequences to decision.",
		Wrong:  elsewhere("    basis: contract\n    people: [customer]\n    decision: {kind: decision, ground: contract}\n    data: [user.financial.creditworthiness]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    people: [customer]\n    decision:\n      kind: decision\n      ground: contract\n      logic: {de: Punkte aus dem Zahlungsverhalten, en: a score of past payments}\n      consequences: {de: Kauf auf Rechnung oder Vorkasse, en: purchase on account or in advance}\n    data: [user.financial.creditworthiness]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K223", Severity: Mistake, Title: "A decision without a ground",
		Reason: "Art. 22(1), (2) GDPR: nobody is subject to a decision by machine alone unless a contract needs it, a law allows it or the person explicitly consents.",
		Remedy: "Add ground: contract, law or explicit-consent, with the basis that goes with it; or let a person decide (kind: profiling).",
		Wrong:  elsewhere("    basis: contract\n    people: [customer]\n    decision:\n      kind: decision\n      logic: {de: Punkte aus dem Zahlungsverhalten, en: a score of past payments}\n      consequences: {de: Kauf auf Rechnung oder Vorkasse, en: purchase on account or in advance}\n    data: [user.financial.creditworthiness]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    people: [customer]\n    decision:\n      kind: decision\n      ground: contract\n      logic: {de: Punkte aus dem Zahlungsverhalten, en: a score of past payments}\n      consequences: {de: Kauf auf Rechnung oder Vorkasse, en: purchase on account or in advance}\n    data: [user.financial.creditworthiness]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K224", Severity: Mistake, Title: "A decision with special categories",
		Reason: "Art. 22(4) GDPR: a decision by machine rests on special categories of data with explicit consent or under a law alone.",
		Remedy: "Set ground: explicit-consent with a consent, or ground: law; or leave the data out.",
		Wrong:  elsewhere("    basis: contract\n    also: [{basis: consent, for: {de: Angaben zur Gesundheit, en: details of health}}]\n    people: [customer]\n    decision:\n      kind: decision\n      ground: contract\n      logic: {de: Gewichtung der Antworten, en: weights of the answers}\n      consequences: {de: Annahme oder Ablehnung, en: acceptance or refusal}\n    data: [user.health_and_medical]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    basis: contract\n    also: [{basis: consent, for: {de: Angaben zur Gesundheit, en: details of health}}]\n    people: [customer]\n    decision:\n      kind: decision\n      ground: explicit-consent\n      logic: {de: Gewichtung der Antworten, en: weights of the answers}\n      consequences: {de: Annahme oder Ablehnung, en: acceptance or refusal}\n    data: [user.health_and_medical]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K225", Severity: Warning, Title: "Profiles that are not explained",
		Reason: "Art. 4(4), 21(2), 22 GDPR: the purpose says that people are profiled; they are told how, and what follows for them (Recital 60).",
		Remedy: "Add decision: {kind: profiling, logic: …, consequences: …}.",
		Wrong:  elsewhere("    purpose: personalize.profiling\n    basis: consent\n    people: [customer]\n    data: [user.behavior.purchase_history]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    purpose: personalize.profiling\n    basis: consent\n    people: [customer]\n    decision:\n      kind: profiling\n      logic: {de: Warengruppen früherer Käufe, en: sorts of goods bought before}\n      consequences: {de: andere Reihenfolge der Angebote, en: another order of offers}\n    data: [user.behavior.purchase_history]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
	{
		Code: "K226", Severity: Warning, Title: "A consent that must be given",
		Reason: "Art. 4(11), 7(4) GDPR: a consent is given freely; data that a law or a contract demands rests on that law or contract.",
		Remedy: "Change the basis, or say required: needed (for what the person asked for), or remove provision.",
		Wrong:  mailing("    basis: consent\n    group: marketing\n    provision: {required: contract, consequence: {de: kein Vertrag, en: no contract}}\n"),
		Right:  mailing("    basis: consent\n    group: marketing\n    provision: {required: needed, consequence: {de: kein Newsletter, en: no newsletter}}\n"),
	},
	{
		Code: "K227", Severity: Mistake, Title: "An exemption that the rules do not know",
		Reason: "Art. 5(3) of Directive 2002/58/EC: storage in the browser needs consent; where an authority exempts something, the rule pack of that country says what, and from when.",
		Remedy: "Remove the exemption, and ask for consent; or name the jurisdiction that it is from.",
		Wrong:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE, exemptions: [audience-measurement]}\n",
		Right:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: FR, exemptions: [audience-measurement]}\n",
	},
	{
		Code: "K228", Severity: Mistake, Title: "Beyond an exemption",
		Reason: "CNIL guidelines on cookies, audience measurement: without consent only for the own purpose, with trackers of 13 months and data of 25 months at most, and not combined with other data.",
		Remedy: "Keep to the bounds of the exemption, or set basis: consent with a group.",
		Wrong:  french("25 months", "user.telemetry, user.contact.email"),
		Right:  french("25 months", "user.telemetry"),
	},
	{
		Code: "K229", Severity: Warning, Title: "Advertising on a contract",
		Reason: "C-252/21: advertising is not necessary for a contract about something else (Art. 6(1)(b) GDPR), however it is paid for.",
		Remedy: "Set basis: consent with a group, or legitimate-interests with the interest.",
		Wrong:  elsewhere("    purpose: marketing.advertising.first_party\n    basis: contract\n    people: [customer]\n    data: [user.contact.address]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
		Right:  elsewhere("    purpose: marketing.advertising.first_party\n    basis: legitimate-interests\n    interest: {de: Werbung per Post an Kunden, en: advertising to customers by letter}\n    people: [customer]\n    data: [user.contact.address]\n    retention:\n      - {from: purpose-end, keep: 0 days, then: delete}\n"),
	},
}

// elsewhere is an activity of another system, for examples; lines are the rest of
// its entry.
func elsewhere(lines string) string {
	head := "activities:\n  customers:\n    kind: external\n    title: {de: Kundenverwaltung, en: Customer administration}\n"
	if !strings.Contains(lines, "purpose:") {
		head += "    purpose: essential.service\n"
	}
	return head + lines
}

// mailing is a newsletter, for examples.
func mailing(lines string) string {
	return "activities:\n  newsletter:\n    purpose: marketing.communications.email\n" + lines +
		"    data: [email]\n    retention:\n      - {from: unsubscribe, keep: 0 days, then: delete}\n"
}

// french is an audience measured without consent, for examples.
func french(keep, data string) string {
	return "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: FR, exemptions: [audience-measurement]}\n" + elsewhere(
		"    purpose: analytics.reporting\n    basis: legitimate-interests\n    interest: {de: Messung der eigenen Reichweite, en: measuring the own audience}\n    people: [visitor]\n"+
			"    cookies: [{name: audience, lifetime: 13 months}]\n    data: ["+data+"]\n    retention:\n      - {from: collection, keep: "+keep+", then: delete}\n")
}
