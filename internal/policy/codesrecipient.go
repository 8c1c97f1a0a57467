package policy

// recipientCodes are about who gets data and where it goes.
var recipientCodes = []Explanation{
	{
		Code: "K401", Severity: Mistake, Title: "A recipient that is not declared",
		Reason: "People are told who gets their data (Art. 13(1)(e) GDPR; the actual recipients: C-154/21); nothing goes to anybody else.",
		Remedy: "Declare the recipient under recipients.",
		Wrong:  "services:\n  map: {recipient: maps, group: media, hosts: [tiles.maps.example]}\n",
		Right:  mapService,
	},
	{
		Code: "K402", Severity: Warning, Title: "A recipient that gets nothing",
		Reason: "The notice would name somebody who has no part in it.",
		Remedy: "Remove the recipient, or name it where it gets data.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\n",
		Right:  mapService,
	},
	{
		Code: "K403", Severity: Mistake, Title: "A processor without an agreement",
		Reason: "Art. 28(3) GDPR: processing by a processor is governed by a contract.",
		Remedy: "Add agreement: {kind: dpa, since: …}, or name the role that the recipient has.",
		Wrong:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor}\n",
		Right:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa, since: 2026-01-01}}\n",
	},
	{
		Code: "K404", Severity: Mistake, Title: "Joint controllers without an arrangement",
		Reason: "Art. 26 GDPR: joint controllers determine their responsibilities in an arrangement, whose essence people may see.",
		Remedy: "Add agreement: {kind: arrangement, since: …, essence: …}.",
		Wrong:  "recipients:\n  network: {name: Network Ltd., country: IE, role: joint-controller}\n",
		Right:  "recipients:\n  network: {name: Network Ltd., country: IE, role: joint-controller, agreement: {kind: arrangement, essence: {de: Das Netzwerk beantwortet Auskünfte, en: the network answers requests}}}\n",
	},
	{
		Code: "K405", Severity: Mistake, Title: "A recipient outside the EEA without a safeguard",
		Reason: "Art. 44-46, 13(1)(f) GDPR: data leaves the EEA only under an adequacy decision or safeguards, which the notice names.",
		Remedy: "Add transfers with the country and its safeguard: adequacy, scc, bcr or explicit-consent.",
		Wrong:  "recipients:\n  type: {name: Type Foundry Ltd., country: GB, role: third-party}\n",
		Right:  "recipients:\n  type: {name: Type Foundry Ltd., country: GB, role: third-party, transfers: [{to: GB, safeguard: adequacy}]}\n",
	},
	{
		Code: "K406", Severity: Mistake, Title: "Adequacy without its framework",
		Reason: "In this country the decision covers only companies that are certified under a framework (Implementing Decision (EU) 2023/1795 for the United States).",
		Remedy: "Name the framework under which the recipient is certified, like framework: DPF.",
		Wrong:  "recipients:\n  cdn: {name: CDN Inc., country: US, role: third-party, transfers: [{to: US, safeguard: adequacy, checked: 2026-05-01}]}\n",
		Right:  "recipients:\n  cdn: {name: CDN Inc., country: US, role: third-party, transfers: [{to: US, safeguard: adequacy, framework: DPF, checked: 2026-05-01}]}\n",
	},
	{
		Code: "K407", Severity: Warning, Title: "A certification that nobody looked at for long",
		Reason: "A certification lapses each year if it is not renewed, and the transfer's ground with it (Art. 45, 5(2) GDPR).",
		Remedy: "Look at the list of certified companies and note the day under checked; keep a second safeguard.",
		Wrong:  "recipients:\n  cdn: {name: CDN Inc., country: US, role: third-party, transfers: [{to: US, safeguard: adequacy, framework: DPF, checked: 2024-05-01}]}\n",
		Right:  "recipients:\n  cdn: {name: CDN Inc., country: US, role: third-party, transfers: [{to: US, safeguard: adequacy, framework: DPF, checked: 2026-05-01}]}\n",
	},
	{
		Code: "K408", Severity: Mistake, Title: "Consent to a transfer without its risk",
		Reason: "Art. 49(1)(a) GDPR: the person consents explicitly after having been told of the risks.",
		Remedy: "Add risk: {de: …, en: …}; it is shown where consent is asked for.",
		Wrong:  "recipients:\n  cdn: {name: CDN Inc., country: US, role: third-party, transfers: [{to: US, safeguard: explicit-consent}]}\n",
		Right:  "recipients:\n  cdn:\n    name: CDN Inc.\n    country: US\n    role: third-party\n    transfers:\n      - {to: US, safeguard: explicit-consent, risk: {de: Behörden können zugreifen, en: authorities may have access}}\n",
	},
	{
		Code: "K409", Severity: Mistake, Title: "A recipient of a field that is not held",
		Reason: "A recipient gets fields that the activity holds and no others (Art. 5(1)(c) GDPR).",
		Remedy: "Add the field to data, or remove it from the recipient's list.",
	},
	{
		Code: "K410", Severity: Mistake, Title: "A kind that gives nothing to anybody",
		Reason: "The notice would name a recipient to whom nothing goes.",
		Remedy: "Remove the recipient from the activity; if the data lies on its machines, its role is hosting.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\n" + logWith("recipients: {maps: [url]}"),
		Right:  plainLog,
	},
	{
		Code: "K411", Severity: Mistake, Title: "A recipient without fields",
		Reason: "A recipient gets the fields that are listed and no others; here none is.",
		Remedy: "List the fields, like {mailer: [email, name]}, or remove the recipient.",
	},
	{
		Code: "K412", Severity: Mistake, Title: "No adequacy decision",
		Reason: "Art. 45 GDPR: without a decision of the Commission that is in force, the transfer has no ground.",
		Remedy: "Name another safeguard: scc, bcr or explicit-consent.",
		Wrong:  "recipients:\n  cdn: {name: CDN Pte. Ltd., country: SG, role: third-party, transfers: [{to: SG, safeguard: adequacy}]}\n",
		Right:  "recipients:\n  cdn: {name: CDN Pte. Ltd., country: SG, role: third-party, transfers: [{to: SG, safeguard: scc}]}\n",
	},
	{
		Code: "K414", Severity: Mistake, Title: "A transfer on consent that nobody is asked for",
		Reason: "Art. 49(1)(a) GDPR: the transfer rests on the person's explicit consent, but the entry does not ask for any.",
		Remedy: "Set basis: consent with a group (for a service: a group other than essential), or name another safeguard.",
		Wrong: "recipients:\n  cdn:\n    name: CDN Inc.\n    country: US\n    role: third-party\n    transfers:\n      - {to: US, safeguard: explicit-consent, risk: {de: Behörden können zugreifen, en: authorities may have access}}\n" +
			"services:\n  library: {recipient: cdn, group: essential, reason: {de: Grundgerüst, en: framework}, hosts: [cdn.example]}\n",
		Right: "recipients:\n  cdn:\n    name: CDN Inc.\n    country: US\n    role: third-party\n    transfers:\n      - {to: US, safeguard: explicit-consent, risk: {de: Behörden können zugreifen, en: authorities may have access}}\n" +
			"services:\n  library: {recipient: cdn, group: comfort, hosts: [cdn.example]}\n",
	},
	{
		Code: "K415", Severity: Warning, Title: "A transfer within the EEA",
		Reason: "Art. 1(3) GDPR: data moves freely within the Union and the EEA; the notice would name a safeguard that is not needed.",
		Remedy: "Remove the transfer.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party, transfers: [{to: NL, safeguard: scc}]}\n",
		Right:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\n",
	},
	{
		Code: "K416", Severity: Mistake, Title: "Forwarding to somebody who may have nothing",
		Reason: "Every outbound field is declared with its recipient (Art. 13(1)(e) GDPR); none is for this one.",
		Remedy: "List the recipient with its fields under recipients of the activity.",
	},
	{
		Code: "K417", Severity: Mistake, Title: "A chain that leads back",
		Reason: "The chain of recipients shows where data ends (Art. 28(2), (4) GDPR); a circle does not.",
		Remedy: "Remove the recipient from via where the chain should end.",
		Wrong:  "recipients:\n  one: {name: One B.V., country: NL, role: third-party, via: [two]}\n  two: {name: Two B.V., country: NL, role: third-party, via: [one]}\n",
		Right:  "recipients:\n  one: {name: One B.V., country: NL, role: third-party, via: [two]}\n  two: {name: Two B.V., country: NL, role: third-party}\n",
	},
	{
		Code: "K418", Severity: Warning, Title: "A date that is still to come",
		Reason: "What is dated in the future does not yet bind or prove anything.",
		Remedy: "Correct the date.",
		Wrong:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa, since: 2062-01-01}}\n",
		Right:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa, since: 2026-01-01}}\n",
	},
	{
		Code: "K419", Severity: Mistake, Title: "Forwarding without a host",
		Reason: "Only declared hosts can be reached from inside, so nothing would arrive.",
		Remedy: "Add hosts to the recipient.",
	},
	{
		Code: "K420", Severity: Warning, Title: "An arrangement that people are not told of",
		Reason: "Art. 26(2) GDPR: the essence of the arrangement is made available to the people concerned.",
		Remedy: "Add essence: {de: …, en: …} to the agreement: who informs, whom people turn to.",
		Wrong:  "recipients:\n  network: {name: Network Ltd., country: IE, role: joint-controller, agreement: {kind: arrangement}}\n",
		Right:  "recipients:\n  network: {name: Network Ltd., country: IE, role: joint-controller, agreement: {kind: arrangement, essence: {de: Das Netzwerk beantwortet Auskünfte, en: the network answers requests}}}\n",
	},
	{
		Code: "K421", Severity: Warning, Title: "Purposes of its own, told nowhere",
		Reason: "Art. 28(10), 13(1)(e) GDPR: for what it decides itself, a recipient answers as a controller; people need to find its own notice.",
		Remedy: "Add notice, the address of the recipient's own notice.",
		Wrong:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa}, own_purposes: {de: Verbesserung ihres Dienstes, en: improving its service}}\n",
		Right:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa}, own_purposes: {de: Verbesserung ihres Dienstes, en: improving its service}, notice: \"https://mailer.example/privacy\"}\n",
	},
	{
		Code: "K422", Severity: Mistake, Title: "A data centre outside the EEA without a safeguard",
		Reason: "Art. 44-46, 13(1)(f) GDPR: data leaves the EEA under an adequacy decision or safeguards only, also where the recipient itself sits within.",
		Remedy: "Add a transfer to that country with its safeguard.",
		Wrong:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa}, storage: [DE, US]}\n",
		Right:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa}, storage: [DE, US], transfers: [{to: US, safeguard: scc}]}\n",
	},
	{
		Code: "K423", Severity: Mistake, Title: "All data for somebody who is no host",
		Reason: "A recipient gets the fields that its order needs and no others (Art. 5(1)(c) GDPR); only whoever runs the server holds everything that is stored there.",
		Remedy: "List the fields, like {mailer: [email, name]}, or give the recipient role: hosting if the data lies on its machines.",
		Wrong:  "recipients:\n  desk: {name: Desk GmbH, country: DE, role: processor, agreement: {kind: dpa}}\n" + ticketsOfDesk,
		Right:  "recipients:\n  desk: {name: Desk GmbH, country: DE, role: hosting, agreement: {kind: dpa}}\n" + ticketsOfDesk,
	},
}

const mapService = "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: media, hosts: [tiles.maps.example]}\n"

const ticketsOfDesk = "activities:\n  tickets:\n    kind: external\n    title: {de: Anfragen, en: Tickets}\n    people: [customer]\n    purpose: essential.service.operations.support\n    basis: contract\n    data: [user.name, user.contact.email]\n    recipients: {desk: all}\n    retention:\n      - {from: concluded, keep: 1 year, then: delete}\n"
