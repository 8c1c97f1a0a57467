package examples_test

import (
	"slices"

	"kept/internal/policy"
)

// running are the promises that are proven where they run, with what the policy
// of each one's system says for it.
var running = slices.Concat(runningConnect, runningMailissa, runningAgency, runningConference, runningSync)

var runningConnect = []line{
	{"MC02", []need{lists("account", "name", "email", "phone"), lists("contact", "name", "email", "phone", "message")}, entries("account")},
	{"MC03", []need{only("access-log", "ip_address", "time", "url", "referrer", "browser", "os", "device")}, entries("access-log")},
	{"MC05", []need{heldBack("video", "media"), heldBack("map", "media"), asked("analytics", "statistics"), asked("preferences", "comfort")}, without("services", "video")},
	{"MC06", []need{asked("analytics", "statistics"), asked("preferences", "comfort")}, entries("analytics")},
	{"MC07", []need{lists("preferences", "visit", "inputs"), stores(ofActivity("preferences"), "returning", "P30D"), stores(ofActivity("preferences"), "form_input", "P30D")}, entries("preferences")},
	{"MC09", []need{lists("analytics", "visitor", "user_id", "time", "page", "referrer", "region", "provider", "browser", "device", "screen", "scroll", "outbound_link")}, entries("analytics")},
	{"MC10", []need{shortens("analytics"), lists("analytics", "truncated_ip"), lacks("analytics", "ip_address")}, entries("analytics")},
	{"MC11", []need{asked("analytics", "statistics")}, entries("analytics")},
	{"MC12", []need{lists("newsletter", "email", "name", "company", "proof"), sets("newsletter", "double_opt_in", func(s policy.Settings) bool { return s.Bool("double_opt_in") })}, entries("newsletter")},
	{"MC13", []need{gives("newsletter", "mailing", "email", "name", "company"), forwards("newsletter", "dispatch", "mailing")}, entries("newsletter")},
	{"MC15", []need{alone("contact")}, entries("contact")},
	{"MC16", []need{lists("contact", "message", "correspondence")}, entries("contact")},
	{"MC17", []need{lists("contact", "message", "correspondence")}, entries("contact")},
	{"MC18", []need{says("no page loads anything of the network", func(p *policy.Policy) bool {
		return !slices.ContainsFunc(p.Services, func(s policy.Service) bool { return s.Recipient == "network" })
	})}, swap("services:\n", "services:\n  like:\n    recipient: network\n    group: media\n    hosts: [like.network.example]\n")},
	{"MC19", []need{heldBack("video", "media"), heldBack("map", "media")}, without("services", "map")},
	{"MC20", []need{sees("account", "support"), sees("contact", "support"), sees("newsletter", "marketing"), sees("social", "marketing"), sees("rights", "support")}, without("departments")},
	{"MC21", []need{says("the risk of the transfer to the United States, and the consent to it", func(p *policy.Policy) bool {
		r := p.Recipient("charts")
		return r != nil && len(r.Transfers) == 1 && r.Transfers[0].Safeguard == "explicit-consent" && r.Transfers[0].Risk.In("de") != "" && r.Transfers[0].Risk.In("en") != ""
	}), heldBack("map", "media")}, without("recipients", "charts", "transfers")},
	{"MC22", []need{lists("consent", "proof")}, all(oneLine("data: proof, from: revocation"), entries("consent"))},
	{"MC23", []need{stores(ofActivity("consent"), "kept_choice", "P6M"), lists("consent", "last_visit")}, entries("consent")},
	{"MC24", []need{shortens("access-log")}, entries("access-log")},
	{"MC25", []need{lists("newsletter", "email", "name", "company")}, entries("newsletter")},
	{"MC26", []need{holds("limitation", "P3Y"), holds("long-limitation", "P30Y")}, without("holds")},
	{"MC27", []need{measures("tls", "confidentiality"), bound("hosting", policy.Hosting, "dpa"), bound("mailing", policy.Processor, "dpa")}, cut("tls, confidentiality, ")},
	{"MC28", []need{sees("rights", "support"), says("the jurisdiction, and with it the limits", func(p *policy.Policy) bool { return p.Notice.Jurisdiction == "DE" })}, entries("rights")},
	{"MC29", []need{rests("access-log", policy.LegitimateInterests), sees("rights", "support")}, entries("rights")},
	{"MC33", []need{lists("consent", "proof")}, entries("consent")},
	{"MC35", []need{shortens("analytics"), lacks("analytics", "ip_address"), alone("analytics")}, entries("analytics")},
}

func holds(key, longest string) need {
	return says("the hold "+key, func(p *policy.Policy) bool {
		return slices.ContainsFunc(p.Holds, func(h policy.HoldGround) bool {
			return h.Key == key && h.Longest.String() == longest && len(h.Reason) > 0 && h.Law != ""
		})
	})
}

func measures(keys ...string) need {
	return says("measures", func(p *policy.Policy) bool {
		for _, key := range keys {
			if !slices.ContainsFunc(p.Measures, func(m policy.Measure) bool { return m.Key == key }) {
				return false
			}
		}
		return true
	})
}

var runningMailissa = []line{
	{"MA01", []need{only("access-log", "ip_address", "time", "referrer", "url", "bytes", "status", "browser", "os"), shortens("access-log"),
		ends("access-log", "ip_address", "collection", "P0D", "anonymise"), ends("access-log", "url", "collection", "P14D", "delete")}, entries("access-log")},
	{"MA02", []need{lists("access-log", "ip_address"), rests("access-log", policy.LegitimateInterests)}, entries("access-log")},
	{"MA03", []need{lists("account", "email"), lacks("account", "name", "phone"), rests("account", policy.Contract)}, entries("account")},
	{"MA04", []need{lists("subscription", "customer", "payment"), forwards("subscription", "payments", "stripe"), gives("subscription", "stripe", "name", "address", "billing_email", "payment", "invoices")}, entries("subscription")},
	{"MA05", []need{lists("connector", "email"), gives("connector", "microsoft", "email", "tenant_id")}, entries("connector")},
	{"MA06", []need{lists("connector", "tenant_id", "configuration")}, entries("connector")},
	{"MA07", []need{lists("connector", "assignment"), ends("connector", "groups", "unassigned", "P0D", "delete")}, entries("connector")},
	{"MA08", []need{rests("connector", policy.Consent), lists("connector", "permissions", "target_data"), ends("connector", "permissions", "revocation", "P0D", "delete"), ends("connector", "target_data", "collection", "P0D", "delete")}, entries("connector")},
	{"MA10", []need{stores(ofSite, "language", "P12M"), stores(ofSite, "basket", "")}, without("cookies")},
	{"MA11", []need{alone("contact")}, entries("contact")},
	{"MA12", []need{only("newsletter", "email", "proof", "suppression"), sets("newsletter", "double_opt_in", func(s policy.Settings) bool { return s.Bool("double_opt_in") }),
		ends("newsletter", "email", "sign-up", "P7D", "delete"), ends("newsletter", "email", "unsubscribe", "P0D", "delete")}, entries("newsletter")},
	{"MA13", []need{sees("rights", "support")}, entries("rights")},
	{"MA14", []need{heldBack("fonts", "comfort"), transmits("fonts", "ip_address", "page")}, without("services", "fonts")},
	{"MA16", []need{says("no analytics", func(p *policy.Policy) bool { return p.Activity("analytics") == nil })}, swap("activities:\n", `activities:
  analytics:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [page, time]
    retention:
      - {from: collection, keep: 1 month, then: delete}

`)},
	{"MA17", []need{stores(ofSite, "basket", ""), stores(ofActivity("account"), "kept_session", "")}, without("cookies")},
	{"MA18", []need{transmits("fonts", "ip_address", "page")}, without("services", "fonts")},
}

func transmits(service string, data ...string) need {
	return says("what "+service+" transmits", func(p *policy.Policy) bool {
		s := p.Service(service)
		return s != nil && !slices.ContainsFunc(data, func(d string) bool { return !named(s.Data, d) })
	})
}

var runningAgency = []line{
	{"AH01", []need{only("access-log", "ip_address", "provider", "referrer", "url", "time", "bytes", "status", "browser", "os")}, entries("access-log")},
	{"AH02", []need{rests("access-log", policy.LegitimateInterests), lists("access-log", "ip_address")}, entries("access-log")},
	{"AH03", []need{bound("hosting", policy.Hosting, "dpa"), bound("cleverreach", policy.Processor, "dpa"), bound("reach", policy.Processor, "dpa"), bound("network", policy.JointController, "arrangement"),
		gives("newsletter", "cleverreach", "email", "name", "opens", "clicks")}, without("recipients", "cleverreach")},
	{"AH04", []need{transfers("google", "US", "adequacy", "scc"), transfers("reach", "US", "adequacy", "scc"), transfers("fathom", "US", "scc")}, without("recipients", "fathom", "transfers")},
	{"AH05", []need{objects("google"), objects("reach")}, cut("    objection: https://reach.example/opt-out # kept in a cookie: who deletes it objects again (AH05)\n")},
	{"AH06", []need{asked("analytics", "statistics"), lists("analytics", "visitor", "page", "scroll", "outbound_link", "search", "video", "download", "campaign", "language"), lists("ads", "tracking")}, entries("analytics")},
	{"AH07", []need{asked("analytics", "statistics"), lists("analytics", "region", "time", "truncated_ip", "browser", "device", "provider", "referrer"), shortens("analytics")}, entries("analytics")},
	{"AH08", []need{lists("analytics", "user_id"), lists("ads", "remarketing"), asked("ads", "marketing")}, entries("ads")},
	{"AH09", []need{says("the monthly run", func(p *policy.Policy) bool {
		a := p.Activity("analytics")
		return a != nil && len(a.Retention) == 1 && a.Retention[0].Every.String() == "P1M"
	})}, entries("analytics")},
	{"AH10", []need{stores(ofActivity("analytics"), "kept_visitor", "P13M")}, entries("analytics")},
	{"AH11", []need{lists("analytics", "page", "campaign", "visitor")}, entries("analytics")},
	{"AH12", []need{lists("ads", "tracking"), stores(ofActivity("ads"), "kept_ads", "P90D"), sets("ads", "frequency_cap", func(s policy.Settings) bool { return s["frequency_cap"] != nil }), objects("reach")}, entries("ads")},
	{"AH13", []need{lists("ads", "remarketing"), sets("ads", "similar_audiences", func(s policy.Settings) bool { return s.Bool("similar_audiences") }), gives("ads", "reach", "tracking", "remarketing")}, entries("ads")},
	{"AH14", []need{asked("session-sampling", "statistics"), shortens("session-sampling"), lists("session-sampling", "clicks", "visit", "truncated_ip"), lacks("session-sampling", "ip_address"),
		sets("session-sampling", "sample", func(s policy.Settings) bool { return s.Percent("sample") > 0 })}, entries("session-sampling")},
	{"AH15", []need{asked("conversions", "marketing"), forwards("conversions", "forward", "reach"), holdsFields("conversions", "email", "phone", "gender", "date_of_birth", "first_name", "last_name", "city", "state", "country", "postcode")}, entries("conversions")},
	{"AH17", []need{bound("network", policy.JointController, "arrangement"), lists("social", "interaction", "messages", "statistics", "target_groups"), rests("social", policy.Contract),
		ends("social", "statistics", "collection", "P0D", "anonymise"), says("the essence of the arrangement", func(p *policy.Policy) bool {
			r := p.Recipient("network")
			return r != nil && len(r.Agreement.Essence) == 2
		})}, entries("social")},
	{"AH18", []need{asked("ads", "marketing"), stores(ofActivity("ads"), "kept_ads", "P90D")}, entries("ads")},
	{"AH19", []need{lists("newsletter", "proof")}, entries("newsletter")},
	{"AH20", []need{lists("newsletter", "email", "name")}, entries("newsletter")},
	{"AH21", []need{lists("newsletter", "opens", "clicks"), sets("newsletter", "measure", func(s policy.Settings) bool { return s.Flag("measure", "opens") && s.Flag("measure", "clicks") }),
		bound("cleverreach", policy.Processor, "dpa"), says("what the provider may use for itself", func(p *policy.Policy) bool {
			r := p.Recipient("cleverreach")
			return r != nil && len(r.OwnPurposes) == 2
		})}, entries("newsletter")},
	{"AH22", []need{lists("newsletter", "proof", "suppression")}, entries("newsletter")},
	{"AH23", []need{lists("newsletter", "email", "proof")}, entries("newsletter")},
	{"AH24", []need{lists("google-meet", "name", "email", "metadata", "dial_in", "chat", "live"), says("that a name suffices", func(p *policy.Policy) bool {
		a := p.Activity("google-meet")
		return a != nil && len(a.Provision.Data) == 1 && a.Provision.Data[0].Name == "name"
	})}, entries("google-meet")},
	{"AH25", []need{lists("teams", "user", "metadata", "log", "chat"), sets("teams", "recording off", func(s policy.Settings) bool { return s.Group("recording").String("default") == "off" })}, entries("teams")},
	{"AH26", []need{records("teams"), records("fathom")}, within("\n  teams:\n", oneLine("        announce: [invitation, start]"))},
	{"AH27", []need{rests("fathom", policy.Consent), gives("fathom", "fathom", "email", "user_name"), gives("fathom", "crm", "summary", "highlights", "notes"), forwards("fathom", "notes", "crm"), lists("fathom", "recording", "assistant")}, entries("fathom")},
	{"AH28", []need{lists("booking", "name", "email", "appointment"), forwards("booking", "calendar", "youcanbookme"), transfers("youcanbookme", "GB", "adequacy")}, entries("booking")},
	{"AH29", []need{sees("rights", "consulting")}, entries("rights")},
	{"AH30", []need{sees("rights", "consulting"), rests("newsletter", policy.LegitimateInterests), rests("credit-check", policy.LegitimateInterests)}, entries("rights")},
	{"AH31", []need{sets("access-log", "rate_limit", func(s policy.Settings) bool { return s.Rate("rate_limit").Requests > 0 })}, entries("access-log")},
	{"AH34", []need{asked("analytics", "statistics")}, entries("analytics")},
	{"AH35", []need{rests("contact", policy.Contract), lists("contact", "message")}, entries("contact")},
	{"AH36", []need{sets("newsletter", "contents", func(s policy.Settings) bool { return len(s.Text("contents")) == 2 }), sets("newsletter", "existing_customers", func(s policy.Settings) bool { return s.Bool("existing_customers") }), rests("newsletter", policy.LegitimateInterests)}, entries("newsletter")},
	{"AH37", []need{forwards("newsletter", "dispatch", "cleverreach"), bound("cleverreach", policy.Processor, "dpa"), says("that nobody stands behind the provider", func(p *policy.Policy) bool { r := p.Recipient("cleverreach"); return r != nil && len(r.Via) == 0 })}, entries("newsletter")},
}

// transfers asks for the safeguards of transfers to a country, each with what it
// needs.
func transfers(recipient, to string, safeguards ...string) need {
	return says("how data of "+recipient+" goes to "+to, func(p *policy.Policy) bool {
		r := p.Recipient(recipient)
		if r == nil {
			return false
		}
		for _, safeguard := range safeguards {
			if !slices.ContainsFunc(r.Transfers, func(t policy.Transfer) bool {
				return t.To == to && t.Safeguard == safeguard && (safeguard != "scc" || t.Copy != "") && (safeguard != "adequacy" || to != "US" || t.Framework != "")
			}) {
				return false
			}
		}
		return true
	})
}

func objects(recipient string) need {
	return says("the objection of "+recipient, func(p *policy.Policy) bool { r := p.Recipient(recipient); return r != nil && r.Objection != "" })
}

// holdsFields asks for fields, those in sets too.
func holdsFields(activity string, fields ...string) need {
	return in(activity, func(a *policy.Activity) string {
		for _, f := range fields {
			if !a.Has(f) {
				return activity + " does not hold " + f
			}
		}
		return ""
	})
}

// records asks for all that people are told before a recording.
func records(activity string) need {
	return sets(activity, "what is told before a recording", func(s policy.Settings) bool {
		r := s.Group("recording")
		return len(r.Strings("announce")) == 2 && len(r.Text("purpose")) == 2 && len(r.Text("responsible")) == 2 && len(r.Strings("access")) > 0 && len(r.Text("place")) == 2
	})
}

var runningConference = []line{
	{"CT01", []need{lists("teams", conferenceData...), lists("zoom", conferenceData...), lists("google-meet", conferenceData...)}, entries("zoom")},
	{"CT02", []need{holdsFields("teams", equipment...), holdsFields("zoom", equipment...), holdsFields("google-meet", equipment...)}, entries("google-meet")},
	{"CT05", []need{holds("duty", "P6Y"), sees("rights", "staff"), ends("teams", "email", "purpose-end", "P0D", "delete")}, entries("teams")},
}

var (
	conferenceData = []string{"email", "phone", "participation", "duration", "participants", "context"}
	equipment      = []string{"ip_address", "mac_address", "device_id", "device", "os", "client", "camera", "microphone", "speaker", "connection"}
)

var runningSync = []line{
	{"CS01", []need{says("the customer that it is done for", func(p *policy.Policy) bool {
		a := p.Activity("contact-sync")
		return a != nil && len(a.OnBehalfOf) == 2
	}),
		sets("contact-sync", "targets", func(s policy.Settings) bool { return slices.Equal(s.Strings("targets"), []string{"graph", "ews"}) }), gives("contact-sync", "microsoft", "directory", "contact")}, entries("contact-sync")},
	{"CS02", []need{lists("contact-sync", "directory", "contact"), holdsFields("contact-sync", "object_id", "directory_id")}, entries("contact-sync")},
	{"CS03", []need{holdsFields("contact-sync", "service_account", "service_password", "mailboxes", "administrator")}, entries("contact-sync")},
	{"CS04", []need{holdsFields("contact-sync", "object_id", "photo")}, entries("contact-sync")},
	{"CS06", []need{lists("app-usage", "os", "browser", "screen", "region", "truncated_ip"), shortens("app-usage"), shortens("analytics"), ends("app-usage", "", "collection", "P30D", "anonymise")}, entries("app-usage")},
	{"CS07", []need{tellsBefore("contact-sync"), tellsBefore("subscription")}, oneLine("        notify: {before: 10 days, of: expiry, to: [registration, billing]} # a copy")},
	{"CS08", []need{lists("contact-sync", "directory", "contact", "server", "log")}, entries("contact-sync")},
	{"CS09", []need{lists("subscription", "customer", "registration_email")}, entries("subscription")},
	{"CS10", []need{lists("contact-sync", "log"), lists("access-log", "url")}, entries("access-log")},
	{"CS11", []need{lists("subscription", "order"), rests("subscription", policy.LegalObligation), says("why ten years", func(p *policy.Policy) bool {
		a := p.Activity("subscription")
		return a != nil && slices.ContainsFunc(a.Retention, func(r policy.Rule) bool { return r.Keep.String() == "P10Y" && len(r.Reason) == 2 })
	})}, entries("subscription")},
	{"CS12", []need{stores(ofSite, "language", "P12M")}, without("cookies")},
	{"CS13", []need{sees("rights", "support")}, entries("rights")},
}

// tellsBefore asks for the mail ten days before the expiry, to both addresses.
func tellsBefore(activity string) need {
	return in(activity, func(a *policy.Activity) string {
		for _, r := range a.Retention {
			if n := r.Notify; n != nil && n.Before.String() == "P10D" && n.Of == "expiry" && slices.Equal(n.To, []string{"registration", "billing"}) {
				return ""
			}
		}
		return activity + " tells nobody before the expiry"
	})
}
