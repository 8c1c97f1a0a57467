package policy

// formCodes are about the file itself: whether it can be read, and whether its
// keys and values are those of the language.
var formCodes = []Explanation{
	{
		Code: "K101", Severity: Mistake, Title: "The file is too large",
		Reason: "A policy is read by people; a file of this size is no policy, and reading it would take time and memory that a check must not take.",
		Remedy: "Keep a policy below 1 MB, 10,000 lines and 40,000 words and signs.",
	},
	{
		Code: "K102", Severity: Mistake, Title: "The file is not UTF-8 text",
		Reason: "Bytes without a meaning would reach the notice that people read.",
		Remedy: "Save the file as UTF-8 without control characters.",
	},
	{
		Code: "K103", Severity: Mistake, Title: "This is not YAML",
		Reason: "What cannot be read for certain must not be guessed: the file says what happens to people's data.",
		Remedy: "Look at quotes, brackets and indentation around the place; texts that hold a colon followed by a space need quotes.",
		Wrong:  "controller:\n  name: Musteragentur: GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: \"Musteragentur: GmbH\"\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K104", Severity: Mistake, Title: "A line is indented with a tab",
		Reason: "A tab is as wide as each editor likes, so it hides which entry a line belongs to; YAML forbids it.",
		Remedy: "Indent with spaces, two a level.",
		Wrong:  "controller:\n\tname: Musteragentur GmbH\n\taddress: Musterstraße 1, Wiesbaden\n\temail: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K105", Severity: Mistake, Title: "An anchor, an alias or a merge key",
		Reason: "The language has no includes and no macros: every entry says at its own place what it does, so that a reader sees all of it.",
		Remedy: "Write the value out where it belongs.",
		Wrong:  "controller:\n  name: &name Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K106", Severity: Mistake, Title: "A tag, a directive or a key with a question mark",
		Reason: "They change what a value is, or where it belongs, without the reader seeing it.",
		Remedy: "Leave the sign out; put text that looks like a number in quotes.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  phone: !!str 0611\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n  phone: \"0611\"\n",
	},
	{
		Code: "K107", Severity: Mistake, Title: "More than one document",
		Reason: "One file is one policy; a second document would be ignored, and what it declares would not happen.",
		Remedy: "Remove the --- line, or put the second policy into a file of its own.",
		Wrong:  "---\nkept: 1\n---\nkept: 1\n",
		Right:  "---\nkept: 1\n",
	},
	{
		Code: "K108", Severity: Mistake, Title: "Values lie too deep",
		Reason: "Nothing in the language is nested more than 32 levels deep.",
		Remedy: "Look for brackets that are never closed.",
		Wrong:  "groups: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
		Right:  "groups: {}\n",
	},
	{
		Code: "K109", Severity: Mistake, Title: "The file says nothing",
		Reason: "Whatever is not declared does not happen: an empty policy allows nothing at all.",
		Remedy: "Begin with kept: 1, notice, controller and activities.",
	},
	{
		Code: "K110", Severity: Mistake, Title: "There are more findings than are shown",
		Reason: "So many findings have one cause as a rule.",
		Remedy: "Mend the first ones and check again.",
	},
	{
		Code: "K111", Severity: Mistake, Title: "A key stands twice",
		Reason: "Of two values one would be ignored, and nobody could tell which.",
		Remedy: "Remove one of the two.",
		Wrong:  "notice:\n  version: 2024-02-13\n  version: 2025-01-01\n  languages: [de, en]\n  jurisdiction: DE\n",
		Right:  "notice:\n  version: 2025-01-01\n  languages: [de, en]\n  jurisdiction: DE\n",
	},
	{
		Code: "K112", Severity: Mistake, Title: "A key is missing",
		Reason: "The entry cannot be executed or published without it (Art. 13 GDPR asks for most of them).",
		Remedy: "Add the key.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K113", Severity: Mistake, Title: "A value has the wrong form",
		Reason: "The value cannot mean what its key asks for.",
		Remedy: "Give the value the form that the problem names.",
		Wrong:  "controller:\n  name: [Musteragentur GmbH]\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K114", Severity: Mistake, Title: "An unknown key",
		Reason: "What the program does not know it cannot keep: a promise under a key with a slip in it would be none.",
		Remedy: "Look the key up in the reference, or remove it.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  adress: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K115", Severity: Mistake, Title: "Not a period",
		Reason: "Retention is executed by this value; it must be certain (Art. 5(1)(e), 13(2)(a) GDPR).",
		Remedy: "Write it like 7 days, 14 months, 1 year 6 months, 30 seconds, or in ISO 8601 like P14M.",
		Wrong:  "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz, en: protection}\n    data: [url, time]\n    retention:\n      - {from: collection, keep: one week, then: delete}\n",
		Right:  "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz, en: protection}\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 1 week, then: delete}\n",
	},
	{
		Code: "K116", Severity: Mistake, Title: "A word that this key does not take",
		Reason: "The key takes one of a few words, each of which has an effect.",
		Remedy: "Take one of the words that the reference lists.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third party}\n",
		Right:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\n",
	},
	{
		Code: "K117", Severity: Mistake, Title: "Not a date",
		Reason: "The date is compared with the day of the check; the version of a notice that looks like a date is printed as one.",
		Remedy: "Write it like 2026-05-01.",
		Wrong:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa, since: 01.05.2026}}\n",
		Right:  "recipients:\n  mailer: {name: Mailer GmbH, country: DE, role: processor, agreement: {kind: dpa, since: 2026-05-01}}\n",
	},
	{
		Code: "K118", Severity: Mistake, Title: "A text without its language",
		Reason: "People read the notice in their language (Art. 12(1) GDPR), so every text for them says in which language it is.",
		Remedy: "Write it like {de: Schutz vor Lastspitzen, en: protection against load peaks}.",
		Wrong:  "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: protection against load peaks\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 7 days, then: delete}\n",
		Right:  "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz vor Lastspitzen, en: protection against load peaks}\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 7 days, then: delete}\n",
	},
	{
		Code: "K119", Severity: Mistake, Title: "Another version of the language",
		Reason: "Words may mean something else in another version.",
		Remedy: "Write kept: 1, or use the program that this version belongs to.",
		Wrong:  "kept: 2\n",
		Right:  "kept: 1\n",
	},
	{
		Code: "K120", Severity: Mistake, Title: "Not a name",
		Reason: "Names of entries stand in addresses, cookies, receipts and the ledger.",
		Remedy: "Use small letters and digits, with single hyphens or underscores between them, 64 at most.",
		Wrong:  "recipients:\n  Karten Werk: {name: Kartenwerk B.V., country: NL, role: third-party}\n",
		Right:  "recipients:\n  karten-werk: {name: Kartenwerk B.V., country: NL, role: third-party}\n",
	},
	{
		Code: "K121", Severity: Mistake, Title: "Not a host",
		Reason: "The gateway lets a page load from exactly the hosts that are named, with consent; a host that it cannot compare lets nothing or too much through.",
		Remedy: "Write each host in small letters, with a port if need be, without https:// and path.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: media, hosts: [\"https://tiles.maps.example/\"]}\n",
		Right:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: media, hosts: [tiles.maps.example]}\n",
	},
	{
		Code: "K122", Severity: Mistake, Title: "Not an e-mail address",
		Reason: "People write to it to use their rights (Art. 13(1)(a), (b) GDPR).",
		Remedy: "Write the plain address, like privacy@agentur.example.",
		Wrong:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy at agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K123", Severity: Mistake, Title: "Not a web address",
		Reason: "People follow it from the notice.",
		Remedy: "Write the whole address, beginning with https://.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party, notice: maps.example/privacy}\n",
		Right:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party, notice: \"https://maps.example/privacy\"}\n",
	},
	{
		Code: "K124", Severity: Mistake, Title: "Not a country",
		Reason: "The country decides which rules hold and whether data leaves the EEA (Art. 44 GDPR).",
		Remedy: "Use the code of two capital letters (ISO 3166), like DE, IE, GB or US.",
		Wrong:  "recipients:\n  type: {name: Type Foundry Ltd., country: UK, role: third-party, transfers: [{to: GB, safeguard: adequacy}]}\n",
		Right:  "recipients:\n  type: {name: Type Foundry Ltd., country: GB, role: third-party, transfers: [{to: GB, safeguard: adequacy}]}\n",
	},
	{
		Code: "K125", Severity: Mistake, Title: "An unknown kind of activity",
		Reason: "Nothing in this program performs the activity, so nothing would keep what it promises.",
		Remedy: "Take the name of a kind as the name of the entry, or set kind.",
		Wrong:  "activities:\n  accesslog:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz, en: protection}\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 7 days, then: delete}\n",
		Right:  "activities:\n  site-log:\n    kind: access-log\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz, en: protection}\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 7 days, then: delete}\n",
	},
	{
		Code: "K126", Severity: Mistake, Title: "An unknown setting",
		Reason: "A setting with a slip in it would leave the default in force without a word.",
		Remedy: "Look up the settings of the kind in the reference.",
		Wrong:  logWith("settings: {ratelimit: {requests: 50, per: 1 second}}"),
		Right:  logWith("settings: {rate_limit: {requests: 50, per: 1 second}}"),
	},
	{
		Code: "K127", Severity: Mistake, Title: "A setting has a wrong value",
		Reason: "The kind cannot act on the value.",
		Remedy: "Give the value the form that the problem names.",
		Wrong:  logWith("settings: {rate_limit: 50}"),
		Right:  logWith("settings: {rate_limit: {requests: 50, per: 1 second, burst: 200}}"),
	},
	{
		Code: "K128", Severity: Mistake, Title: "A setting is missing",
		Reason: "The kind cannot run without the setting, and no default would be right for everybody.",
		Remedy: "Add the setting.",
	},
	{
		Code: "K129", Severity: Mistake, Title: "A character that nobody sees",
		Reason: "With it a text reads otherwise than it is, here, in the notice and on a terminal; what people read must be what holds (Art. 12(1) GDPR).",
		Remedy: "Delete the character, or the escape that stands for it; type the text anew if it was pasted.",
		Wrong:  "controller:\n  name: \"Musteragentur\\u202eHbmG\"\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
		Right:  "controller:\n  name: Musteragentur GmbH\n  address: Musterstraße 1, Wiesbaden\n  email: privacy@agentur.example\n",
	},
	{
		Code: "K130", Severity: Mistake, Title: "Not a calendar of public holidays",
		Reason: "The time to answer a person ends on a working day (Regulation 1182/71); which days are none is the law of the place where you work.",
		Remedy: "Name your Land, like DE-BW or DE-HE, or leave the key out: the public holidays of the jurisdiction count then.",
		Wrong:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE, holidays: BW}\n",
		Right:  "notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE, holidays: DE-BW}\n",
	},
}

// plainLog is an access log with what it must have, for examples.
const plainLog = "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz, en: protection}\n    data: [url, time]\n    retention:\n      - {from: collection, keep: 7 days, then: delete}\n"

// logWith is plainLog with one more line.
func logWith(line string) string { return plainLog + "    " + line + "\n" }

// logKeeping is an access log with the rules of the line, for examples.
func logKeeping(data, rules string) string {
	return "activities:\n  access-log:\n    purpose: essential.service.security\n    basis: legitimate-interests\n    interest: {de: Schutz, en: protection}\n    data: " + data + "\n    retention:\n" + rules
}

// statistics is an analytics entry with the given lines, for examples.
func statistics(lines string) string {
	return "activities:\n  analytics:\n    purpose: analytics.reporting\n" + lines
}

const statisticsRest = "    data: [visitor, time, page]\n    cookies: [{name: kept_visitor, lifetime: 13 months}]\n    retention:\n      - {from: collection, keep: 14 months, then: delete}\n"
