package analytics

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "analytics"

// VisitorCookie holds the signed random id of a browser that agreed.
const VisitorCookie = "kept_visitor"

// The fields of the kind.
const (
	fieldVisitor  = "visitor"
	fieldUserID   = "user_id"
	fieldTime     = "time"
	fieldPage     = "page"
	fieldReferrer = "referrer"
	fieldScroll   = "scroll"
	fieldOutbound = "outbound_link"
	fieldSearch   = "search"
	fieldVideo    = "video"
	fieldDownload = "download"
	fieldCampaign = "campaign"
	fieldLanguage = "language"
	fieldNetwork  = "truncated_ip"
	fieldRegion   = "region"
	fieldProvider = "provider"
	fieldBrowser  = "browser"
	fieldOS       = "os"
	fieldDevice   = "device"
	fieldScreen   = "screen"
)

// eventTable is the kind's one table.
const eventTable = "analytics_event"

// The settings of the kind.
const (
	settingTruncate  = "truncate_ip"
	settingCampaign  = "campaign_parameters"
	settingSearch    = "search_parameters"
	settingProviders = "provider_database"
)

// Manifest declares the kind.
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: kind(), Tables: []manifest.Table{events()}}
}

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Visitor statistics", "de": "Besuchsstatistik"},
		About: policy.Text{
			"en": "If you agree, we count how the site is used, under a random id of your browser.",
			"de": "Wenn Sie zustimmen, zählen wir unter einer zufälligen Kennung Ihres Browsers, wie die Website genutzt wird.",
		},
		When:   policy.Text{"en": "while you visit the site", "de": "während Sie die Website besuchen"},
		People: []string{"visitor"},
		Fields: fields(),
		Sets: []policy.Set{
			{Name: "behaviour", Fields: []string{fieldPage, fieldReferrer, fieldScroll, fieldOutbound, fieldSearch, fieldVideo, fieldDownload, fieldCampaign},
				Title: policy.Text{"en": "behaviour on the site", "de": "Verhalten auf der Website"}},
			{Name: "technology", Fields: []string{fieldLanguage, fieldBrowser, fieldOS, fieldDevice, fieldScreen},
				Title: policy.Text{"en": "browser and device", "de": "Browser und Gerät"}},
		},
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the event", "de": "das Ereignis"}},
		},
		Settings: []policy.SettingSpec{
			{Name: settingTruncate, Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48},
				Title: policy.Text{"en": "leading bits of the address that stay", "de": "führende Bits der Adresse, die bleiben"}},
			{Name: settingCampaign, Type: policy.SettingStrings, Default: []string{"utm_source", "utm_medium", "utm_campaign"},
				Title: policy.Text{"en": "parameters of an address that name a campaign", "de": "Parameter einer Adresse, die eine Kampagne nennen"}},
			{Name: settingSearch, Type: policy.SettingStrings, Default: []string{"q", "s", "search", "suche"},
				Title: policy.Text{"en": "parameters of an address that hold a search", "de": "Parameter einer Adresse, die eine Suche enthalten"}},
			{Name: settingProviders, Type: policy.SettingString,
				Title: policy.Text{"en": "file (mmdb) that names the provider of an address", "de": "Datei (mmdb), die den Anbieter einer Adresse nennt"}},
		},
		Cookies:    []string{VisitorCookie},
		OnlyBases:  []policy.Basis{policy.Consent},
		Anonymises: true,
	}
}

func fields() []policy.Field {
	return []policy.Field{
		{Name: fieldVisitor, Category: "user.unique_id.pseudonymous", Source: "derived", Title: policy.Text{"en": "random visitor id, first visit and start of a visit", "de": "zufällige Besuchskennung, erster Besuch und Beginn eines Besuchs"}},
		{Name: fieldUserID, Category: "user.unique_id.pseudonymous", Source: "derived", Title: policy.Text{"en": "profile under the random visitor id", "de": "Profil unter der zufälligen Besuchskennung"}},
		{Name: fieldTime, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "date and time", "de": "Datum und Uhrzeit"}},
		{Name: fieldPage, Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "pages visited", "de": "besuchte Seiten"}},
		{Name: fieldReferrer, Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "website visited before", "de": "zuvor besuchte Website"}},
		{Name: fieldScroll, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "scrolling to the end of a page", "de": "Scrollen bis zum Seitenende"}},
		{Name: fieldOutbound, Category: "user.behavior.browsing_history", Source: "device", Title: policy.Text{"en": "clicks on links to other sites", "de": "Klicks auf Links zu anderen Websites"}},
		{Name: fieldSearch, Category: "user.behavior.search_history", Source: "person", Title: policy.Text{"en": "searches on the site", "de": "Suchen auf der Website"}},
		{Name: fieldVideo, Category: "user.behavior.media_consumption", Source: "device", Title: policy.Text{"en": "videos started or watched", "de": "gestartete oder angesehene Videos"}},
		{Name: fieldDownload, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "files downloaded", "de": "heruntergeladene Dateien"}},
		{Name: fieldCampaign, Category: "user.behavior", Source: "device", Title: policy.Text{"en": "campaign that led here", "de": "Kampagne, die hierher führte"}},
		{Name: fieldLanguage, Category: "user.device", Source: "device", Title: policy.Text{"en": "language setting", "de": "Spracheinstellung"}},
		{Name: fieldNetwork, Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "shortened IP address", "de": "gekürzte IP-Adresse"}},
		{Name: fieldRegion, Category: "user.location.imprecise", Source: "derived", Title: policy.Text{"en": "country", "de": "Land"}},
		{Name: fieldProvider, Category: "user.device", Source: "derived", Title: policy.Text{"en": "name of the access provider", "de": "Name des Zugangsanbieters"}},
		{Name: fieldBrowser, Category: "user.device", Source: "device", Title: policy.Text{"en": "browser", "de": "Browser"}},
		{Name: fieldOS, Category: "user.device", Source: "device", Title: policy.Text{"en": "operating system", "de": "Betriebssystem"}},
		{Name: fieldDevice, Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of device", "de": "Geräteart"}},
		{Name: fieldScreen, Category: "user.device", Source: "device", Title: policy.Text{"en": "screen size", "de": "Bildschirmgröße"}},
	}
}

// events declares the one table. Anonymised, an event says on which day which
// page was read with which kind of browser in which country, and no two events
// can be tied together: the person, the shortened address, the provider, the
// screen and what was typed are gone.
func events() manifest.Table {
	word := func(name, field string, a manifest.Anonymiser) manifest.Column {
		return manifest.Column{Name: name, Type: manifest.TextType, Field: field, Class: manifest.Word, Null: true, Anonymise: a}
	}
	return manifest.Table{
		Name: eventTable, About: "something that a visitor who agreed did on the site", Shape: manifest.Monthly,
		Subject: manifest.PersonColumn,
		Moments: map[string]string{"collection": "at"},
		Columns: []manifest.Column{
			{Name: "id", Type: manifest.IntType, Why: "made by the browser, so that a repeated request is stored once", Anonymise: manifest.CoarsenDay,
				Show: manifest.Show{Title: policy.Text{"en": "number of the event", "de": "Nummer des Ereignisses"}}},
			{Name: "at", Type: manifest.TimeType, Field: fieldTime, Anonymise: manifest.CoarsenDay},
			{Name: manifest.PersonColumn, Type: manifest.IntType, Field: fieldVisitor, Null: true, Anonymise: manifest.Drop},
			{Name: "event", Type: manifest.TextType, Class: manifest.Word, Why: "what happened; the other columns are read by it", Anonymise: manifest.Retain,
				Show: manifest.Show{Title: policy.Text{"en": "what happened", "de": "was geschah"}, Says: happenings, Place: manifest.First}},
			word("page", fieldPage, manifest.Retain),
			word("referrer", fieldReferrer, manifest.Retain),
			word("campaign", fieldCampaign, manifest.Drop),
			{Name: "scroll", Type: manifest.IntType, Field: fieldScroll, Null: true, Anonymise: manifest.Retain},
			word("outbound_link", fieldOutbound, manifest.StripQuery),
			word("search", fieldSearch, manifest.Drop),
			word("video", fieldVideo, manifest.StripQuery),
			word("download", fieldDownload, manifest.StripQuery),
			word("language", fieldLanguage, manifest.Drop),
			word("network", fieldNetwork, manifest.Drop),
			word("region", fieldRegion, manifest.Retain),
			word("provider", fieldProvider, manifest.Drop),
			word("browser", fieldBrowser, manifest.Retain),
			word("os", fieldOS, manifest.Retain),
			word("device", fieldDevice, manifest.Retain),
			word("screen", fieldScreen, manifest.Drop),
		},
	}
}

// happenings are the words for what the room counts.
var happenings = map[string]policy.Text{
	pageView:     {"en": "page opened", "de": "Seite geöffnet"},
	firstVisit:   {"en": "first visit", "de": "erster Besuch"},
	sessionStart: {"en": "visit began", "de": "Besuch begonnen"},
	scroll:       {"en": "scrolled to the end", "de": "zum Ende gescrollt"},
	outbound:     {"en": "link to another site followed", "de": "Link zu anderer Website gefolgt"},
	search:       {"en": "search", "de": "Suche"},
	video:        {"en": "video", "de": "Video"},
	download:     {"en": "file downloaded", "de": "Datei geladen"},
}
