package policy

// serviceCodes are about what pages load from elsewhere, and about cookies.
var serviceCodes = []Explanation{
	{
		Code: "K501", Severity: Mistake, Title: "A service without a host",
		Reason: "The gateway holds back every host that is not declared, so nothing of the service would load.",
		Remedy: "Name each host that the service loads from.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: media}\n",
		Right:  mapService,
	},
	{
		Code: "K502", Severity: Mistake, Title: "A host of two services",
		Reason: "Nobody could say whose consent lets a page load from it (Art. 7(1) GDPR).",
		Remedy: "Leave the host to one service, or make one service of the two.",
		Wrong:  mapService + "  route: {recipient: maps, group: media, hosts: [tiles.maps.example]}\n",
		Right:  mapService + "  route: {recipient: maps, group: media, hosts: [route.maps.example]}\n",
	},
	{
		Code: "K503", Severity: Mistake, Title: "A cookie declared twice",
		Reason: "Nobody could say whose consent lets it stay (§ 25 TDDDG, Art. 7(1) GDPR).",
		Remedy: "Declare the cookie once, where it is set.",
		Wrong:  withMapCookies("[{name: \"map_*\", lifetime: 1 day}, {name: map_zoom, lifetime: 1 day}]"),
		Right:  withMapCookies("[{name: \"map_*\", lifetime: 1 day}]"),
	},
	{
		Code: "K504", Severity: Warning, Title: "A cookie that outlives its data",
		Reason: "When the data is gone, the cookie leads to nothing and serves no purpose (Art. 5(1)(c), (e) GDPR).",
		Remedy: "Shorten lifetime to the longest period of the activity's retention.",
		Wrong:  statistics("    basis: consent\n    group: statistics\n    data: [visitor, time, page]\n    cookies: [{name: kept_visitor, lifetime: 13 months}]\n    retention:\n      - {from: collection, keep: 3 months, then: delete}\n"),
		Right:  statistics("    basis: consent\n    group: statistics\n    data: [visitor, time, page]\n    cookies: [{name: kept_visitor, lifetime: 3 months}]\n    retention:\n      - {from: collection, keep: 3 months, then: delete}\n"),
	},
	{
		Code: "K505", Severity: Warning, Title: "A life that browsers cap",
		Reason: "Browsers end the storage earlier whatever a site asks for, so the notice would name a life that is not true (Art. 13(2)(a) GDPR).",
		Remedy: "Declare at most what browsers keep.",
		Wrong:  withMapCookies("[{name: map_view, lifetime: 2 years}]"),
		Right:  withMapCookies("[{name: map_view, lifetime: 13 months}]"),
	},
	{
		Code: "K506", Severity: Mistake, Title: "A cookie of the kind is not declared",
		Reason: "The kind cannot work without it, and no undeclared cookie is ever set (§ 25 TDDDG; C-673/17: people are told how long it lives).",
		Remedy: "Declare the cookie with its lifetime.",
		Wrong:  statistics("    basis: consent\n    group: statistics\n    data: [visitor, time, page]\n    retention:\n      - {from: collection, keep: 14 months, then: delete}\n"),
		Right:  statistics("    basis: consent\n    group: statistics\n" + statisticsRest),
	},
	{
		Code: "K508", Severity: Mistake, Title: "An essential service without a reason",
		Reason: "§ 25(2) TDDDG: only what is strictly necessary for what the visitor asked for loads without consent, and the operator has to show it (Art. 5(2) GDPR).",
		Remedy: "Add reason: {de: …, en: …}, or name a group.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: essential, hosts: [tiles.maps.example]}\n",
		Right:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: essential, hosts: [tiles.maps.example], reason: {de: Die Seite ist die Karte, en: the page is the map}}\n",
	},
	{
		Code: "K509", Severity: Mistake, Title: "Data that loading does not tell",
		Reason: "The notice says what reaches a recipient when a page loads something from it; this field cannot.",
		Remedy: "Take fields that a page load tells, like ip_address, page, browser or cookie_id.",
		Wrong:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: media, hosts: [tiles.maps.example], data: [ip_adress]}\n",
		Right:  "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map: {recipient: maps, group: media, hosts: [tiles.maps.example], data: [ip_address]}\n",
	},
	{
		Code: "K511", Severity: Mistake, Title: "Not a cookie name",
		Reason: "The gateway compares the name with what sites set (RFC 6265); one that it cannot compare lets nothing or too much through.",
		Remedy: "Write the name as the site sets it; a * may stand at its end for names that go on.",
		Wrong:  withMapCookies("[{name: map view, lifetime: 1 day}]"),
		Right:  withMapCookies("[{name: map_view, lifetime: 1 day}]"),
	},
	{
		Code: "K512", Severity: Warning, Title: "Session storage with a lifetime",
		Reason: "Session storage ends with the browser session, so the notice would name a life that is not true.",
		Remedy: "Use session: true in place of lifetime, or name the storage that is meant.",
		Wrong:  withMapCookies("[{name: map_view, storage: session-storage, lifetime: 1 day}]"),
		Right:  withMapCookies("[{name: map_view, storage: session-storage, session: true}]"),
	},
	{
		Code: "K513", Severity: Mistake, Title: "A life that is none, or two",
		Reason: "C-673/17: people are told how long a cookie lives.",
		Remedy: "Give either lifetime or session: true.",
		Wrong:  withMapCookies("[{name: map_view, lifetime: 1 day, session: true}]"),
		Right:  withMapCookies("[{name: map_view, session: true}]"),
	},
	{
		Code: "K514", Severity: Mistake, Title: "A necessary cookie without a purpose",
		Reason: "§ 25(2) TDDDG: only what is strictly necessary for what the visitor asked for is stored without consent; the operator has to show that it is (Art. 5(2) GDPR), and people are told what it is for.",
		Remedy: "Add purpose: {de: …, en: …}; a cookie that is not necessary belongs to the activity or service that it serves, with its group.",
		Wrong:  "cookies:\n  - {name: basket, lifetime: 7 days}\n",
		Right:  "cookies:\n  - {name: basket, lifetime: 7 days, purpose: {de: merkt sich den Warenkorb, en: remembers the basket}}\n",
	},
}

// withMapCookies is a service with cookies, for examples.
func withMapCookies(cookies string) string {
	return "recipients:\n  maps: {name: Kartenwerk B.V., country: NL, role: third-party}\nservices:\n  map:\n    recipient: maps\n    group: media\n    hosts: [tiles.maps.example]\n    cookies: " + cookies + "\n"
}
