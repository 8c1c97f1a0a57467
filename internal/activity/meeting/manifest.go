package meeting

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Name is the kind's name in a policy.
const Name = "meetings"

// Manifest declares the kind.
func Manifest() manifest.Manifest { return manifest.Manifest{Kind: kind(), Tables: tables()} }

func kind() policy.Kind {
	return policy.Kind{
		Name:  Name,
		Title: policy.Text{"en": "Video meetings", "de": "Videokonferenzen"},
		About: policy.Text{
			"en": "We meet you by video.",
			"de": "Wir treffen Sie per Video.",
		},
		When:   policy.Text{"en": "when you take part in a meeting", "de": "wenn Sie an einer Konferenz teilnehmen"},
		People: []string{"participant"},
		Fields: fields(),
		Sets:   sets(),
		Moments: []policy.Moment{
			{Name: "collection", Title: policy.Text{"en": "the invitation", "de": "die Einladung"}},
			{Name: "meeting-end", Title: policy.Text{"en": "the end of the meeting", "de": "das Ende der Konferenz"}},
			{Name: "purpose-end", Title: policy.Text{"en": "the end of the reason for keeping it", "de": "der Wegfall des Grundes, es zu behalten"}},
			{Name: "request", Title: policy.Text{"en": "your request for deletion", "de": "Ihr Löschwunsch"}},
			{Name: "revocation", Title: policy.Text{"en": "the withdrawal of your consent", "de": "der Widerruf Ihrer Einwilligung"}},
		},
		Settings: []policy.SettingSpec{
			{Name: "recording", Type: policy.SettingGroup, Parts: recording(), Consent: true,
				Title: policy.Text{"en": "recordings, which nobody makes unless this stands here", "de": "Aufzeichnungen, die nur mit dieser Angabe möglich sind"}},
			{Name: "notes", Type: policy.SettingForward, Keys: []string{"webhook"},
				Title: policy.Text{"en": "where notes of a meeting are handed to", "de": "wohin Notizen einer Konferenz gegeben werden"}},
		},
		Delivers:  true,
		OnlyBases: []policy.Basis{policy.Contract, policy.LegitimateInterests, policy.Consent},
		Asks:      true,
	}
}

// recording is what participants are told before anything is recorded. Who
// receives the recording and how long it stays are not said again: they follow
// from the entry's recipients and rules.
func recording() []policy.SettingSpec {
	return []policy.SettingSpec{
		{Name: "default", Type: policy.SettingString, Keys: []string{"off", "on"}, Default: "off",
			Title: policy.Text{"en": "whether a meeting is recorded unless somebody decides otherwise", "de": "ob eine Konferenz aufgezeichnet wird, wenn niemand anders entscheidet"}},
		{Name: "announce", Type: policy.SettingStrings, Keys: []string{"invitation", "start"}, All: true, Required: true,
			Title: policy.Text{"en": "a recording is announced twice, with the invitation and right before the start", "de": "eine Aufzeichnung wird zweimal angekündigt, mit der Einladung und unmittelbar vor dem Beginn"}},
		{Name: "purpose", Type: policy.SettingText, Required: true,
			Title: policy.Text{"en": "purpose of the recording", "de": "Zweck der Aufzeichnung"}},
		{Name: "responsible", Type: policy.SettingText, Required: true,
			Title: policy.Text{"en": "who answers for it", "de": "wer sie verantwortet"}},
		{Name: "access", Type: policy.SettingDepartments, Required: true,
			Title: policy.Text{"en": "who sees it", "de": "wer sie sieht"}},
		{Name: "place", Type: policy.SettingText, Required: true,
			Title: policy.Text{"en": "where it is stored", "de": "wo sie gespeichert wird"}},
	}
}
