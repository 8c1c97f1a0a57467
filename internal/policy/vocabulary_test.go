package policy_test

import (
	"strings"

	"kept/internal/policy"
)

// words is a vocabulary that mirrors the sketch of the language: kinds that the
// tests can count on whatever the real ones become.
func words() policy.Vocabulary {
	collection := []policy.Moment{{Name: "collection"}}
	v := policy.Vocabulary{}
	for _, k := range []policy.Kind{
		{
			Name: "access-log", Anonymises: true, Moments: collection,
			Fields: fields("user.device.ip_address ip_address", "user.device provider", "user.behavior.browsing_history referrer",
				"user.behavior.browsing_history url", "user.behavior time", "system.operations bytes", "system.operations status",
				"user.device browser", "user.device os"),
			Settings: []policy.SettingSpec{
				{Name: "rate_limit", Type: policy.SettingRate},
				{Name: "truncate_ip", Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48}},
			},
			OnlyBases: []policy.Basis{policy.LegitimateInterests, policy.LegalObligation},
		},
		{
			Name: "analytics", Anonymises: true, Moments: collection, Delivers: true,
			Fields: fields("user.unique_id.pseudonymous visitor", "user.behavior time", "user.behavior.browsing_history page",
				"user.behavior.browsing_history referrer", "user.behavior scroll", "user.behavior outbound_link", "user.behavior.search_history search",
				"user.behavior video", "user.behavior download", "user.behavior campaign", "user.device language", "user.device.ip_address truncated_ip",
				"user.location.imprecise region", "user.device provider", "user.device browser", "user.device os", "user.device device", "user.device screen",
				"user.unique_id user_id"),
			Sets: []policy.Set{{Name: "technology", Fields: []string{"browser", "os", "device", "screen"}}},
			Settings: []policy.SettingSpec{
				{Name: "truncate_ip", Type: policy.SettingTruncation, Default: policy.Truncation{IPv4: 16, IPv6: 48}},
				{Name: "forward", Type: policy.SettingForward, Keys: []string{"ga4", "post"}},
			},
			Cookies: []string{"kept_visitor"}, OnlyBases: []policy.Basis{policy.Consent},
		},
		{
			Name: "newsletter", Delivers: true,
			Moments: []policy.Moment{{Name: "sign-up"}, {Name: "confirmed"}, {Name: "unsubscribe"}},
			Fields: fields("user.contact.email email", "user.name name", "user.behavior clicks", "user.privacy_preferences signed_up",
				"user.privacy_preferences confirmed_at", "user.device.ip_address proof_address", "user.privacy_preferences text_version"),
			Sets: []policy.Set{{Name: "proof", Fields: []string{"signed_up", "confirmed_at", "proof_address", "text_version"}}},
			Settings: []policy.SettingSpec{
				{Name: "double_opt_in", Type: policy.SettingBool, Default: true, Proof: true},
				{Name: "measure", Type: policy.SettingFlags, Keys: []string{"opens", "clicks"}, Consent: true},
				{Name: "existing_customers", Type: policy.SettingBool},
			},
		},
		{
			Name: "sampling", Moments: collection, Fields: fields("user.behavior clicks", "user.device screen"),
			Settings: []policy.SettingSpec{
				{Name: "sample", Type: policy.SettingPercent, Required: true},
				{Name: "pages", Type: policy.SettingStrings},
				{Name: "pause", Type: policy.SettingPeriod},
				{Name: "most", Type: policy.SettingInt, Default: 10},
				{Name: "form", Type: policy.SettingString, Keys: []string{"picture", "table"}},
				{Name: "words", Type: policy.SettingText},
			},
		},
		{
			Name: "meetings", Asks: true, Delivers: true, People: []string{"participant"}, Moments: []policy.Moment{{Name: "meeting-end"}},
			Fields: []policy.Field{
				{Name: "name", Category: "user.name"},
				{Name: "audio", Category: "user.content.recording", Needs: "recording"},
				{Name: "video", Category: "user.content.recording", Needs: "recording"},
			},
			Settings: []policy.SettingSpec{{Name: "recording", Type: policy.SettingGroup, Consent: true, Parts: []policy.SettingSpec{
				{Name: "announce", Type: policy.SettingStrings, Keys: []string{"invitation", "start"}, All: true, Required: true},
				{Name: "purpose", Type: policy.SettingText, Required: true},
				{Name: "access", Type: policy.SettingDepartments},
			}}},
		},
		{
			Name: "consent", BuiltIn: true, Moments: []policy.Moment{{Name: "last-visit"}, {Name: "revocation"}},
			Fields:  fields("user.privacy_preferences choice", "user.privacy_preferences ended"),
			Cookies: []string{"kept_choice"},
			Default: []byte("purpose: essential.legal_obligation\nbasis: legal-obligation\nlaw: Art. 7(1) GDPR\ntitle: {de: Einwilligung, en: Consent}\ndata: [choice, ended]\n" +
				"cookies: [{name: kept_choice, lifetime: 6 months}]\nretention:\n  - {data: choice, from: last-visit, keep: 6 months, then: delete}\n" +
				"  - {data: ended, from: revocation, keep: 3 years, then: delete}\n"),
		},
		{Name: "vault", BuiltIn: true},
	} {
		v[k.Name] = &k
	}
	return v
}

// fields makes fields from "category name".
func fields(pairs ...string) []policy.Field {
	var found []policy.Field
	for _, p := range pairs {
		category, name, _ := strings.Cut(p, " ")
		found = append(found, policy.Field{Name: name, Category: category})
	}
	return found
}
