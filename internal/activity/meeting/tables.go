package meeting

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The tables.
const (
	conferenceTable    = "meeting_conference"
	participationTable = "meeting_participation"
	announcementTable  = "meeting_announcement"
	recordingTable     = "meeting_recording"
	importTable        = "meeting_import"
)

// What is told of a person and is sealed under that person's key, by table. A
// column is called after the field that it stores.
var (
	personFields    = []string{"name", "email", "phone", "user_name", "profile", "topic", "participation", "duration", "context", "dial_in", "ip_address", "mac_address", "device_id", "device", "os", "client", "camera", "microphone", "speaker", "connection", "log"}
	recordingFields = []string{"audio", "video", "transcript", "summary", "highlights", "notes"}
)

func tables() []manifest.Table {
	return []manifest.Table{conferences, participations, announcements, recordings, imports}
}

var conferences = manifest.Table{
	Name: conferenceTable, About: "a conference: which tool, when, how many", Activity: "activity",
	Moments: map[string]string{"collection": "created_at", "meeting-end": "ended_at", "purpose-end": "purpose_end_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the conference"},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "tool", Why: "with which tool it was held"},
		{Name: "mark", Type: manifest.BytesType, Class: manifest.Indexed, Why: "knows the conference again when a report of it is imported"},
		{Name: "created_at", Type: manifest.TimeType, Why: "periods run from it"},
		{Name: "starts_at", Type: manifest.TimeType, Null: true, Field: "duration"},
		{Name: "ended_at", Type: manifest.TimeType, Null: true, Field: "duration"},
		{Name: "purpose_end_at", Type: manifest.TimeType, Null: true, Why: "when the reason for keeping it ended; periods run from it"},
		{Name: "duration", Type: manifest.IntType, Null: true, Field: "duration"},
		{Name: "participants", Type: manifest.IntType, Null: true, Field: "participants"},
		{Name: "blocked_at", Type: manifest.TimeType, Null: true, Why: "since when no recording of it is registered"},
	},
}

var participations = manifest.Table{
	Name: participationTable, About: "a person's part in a conference", Subject: "subject", Parent: conferenceTable, ParentKey: "conference",
	Appointment: &manifest.Appointment{Intervals: "participation", Title: "topic"},
	Moments:     map[string]string{"collection": "added_at", "request": "request_at", "revocation": "revocation_at"},
	Columns: append([]manifest.Column{
		{Name: "id", Why: "names the participation", Show: folded("id of the participation", "Kennung der Teilnahme")},
		{Name: "conference", Why: "the conference", Show: folded("id of the conference", "Kennung der Konferenz")},
		{Name: "subject", Why: "whose participation it is"},
		{Name: "organises", Type: manifest.BoolType, Why: "who is told when a recording is stopped", Show: folded("organiser", "lädt ein")},
		{Name: "added_at", Type: manifest.TimeType, Why: "periods run from it", Show: first("noted", "vermerkt")},
		{Name: "request_at", Type: manifest.TimeType, Null: true, Why: "when its deletion was asked for", Show: folded("deletion asked for", "Löschung verlangt")},
		{Name: "revocation_at", Type: manifest.TimeType, Null: true, Why: "when consent was revoked", Show: folded("consent revoked", "Einwilligung widerrufen")},
	}, sealed(personFields)...),
}

var announcements = manifest.Table{
	Name: announcementTable, About: "an announcement that a conference is recorded, and what it said", Parent: conferenceTable, ParentKey: "conference",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the announcement"},
		{Name: "conference", Why: "the conference"},
		{Name: "step", Why: "with the invitation or right before the start"},
		{Name: "at", Type: manifest.TimeType, Field: "announcements"},
		{Name: "text", Field: "announcements"},
	},
}

var recordings = manifest.Table{
	Name: recordingTable, About: "a recording as a participant meets it: where it lies, what was written down", Subject: "subject", Parent: conferenceTable, ParentKey: "conference", Shared: "conference",
	Moments: map[string]string{"collection": "registered_at", "request": "request_at", "revocation": "revocation_at"},
	Columns: append([]manifest.Column{
		{Name: "id", Why: "names the entry", Show: folded("id of the entry", "Kennung des Eintrags")},
		{Name: "conference", Why: "the conference", Show: folded("id of the conference", "Kennung der Konferenz")},
		{Name: "subject", Why: "who was recorded"},
		{Name: "registered_at", Type: manifest.TimeType, Why: "periods run from it", Show: first("registered", "eingetragen")},
		{Name: "request_at", Type: manifest.TimeType, Null: true, Why: "when its deletion was asked for", Show: folded("deletion asked for", "Löschung verlangt")},
		{Name: "revocation_at", Type: manifest.TimeType, Null: true, Why: "when consent was revoked", Show: folded("consent revoked", "Einwilligung widerrufen")},
	}, withOthers(sealed(recordingFields))...),
}

var imports = manifest.Table{
	Name: importTable, About: "a report that was taken in, so that it is taken in once",
	Impersonal: "a keyed mark of a whole file or message, and when it came: it says nothing about anybody",
	Columns: []manifest.Column{
		{Name: "mark", Type: manifest.BytesType, Class: manifest.Indexed, Why: "knows the file or message again"},
		{Name: "at", Type: manifest.TimeType, Why: "when it was taken in"},
	},
}

// sealed declares a sealed column for each field.
func sealed(fields []string) []manifest.Column {
	columns := make([]manifest.Column, len(fields))
	for i, f := range fields {
		columns[i] = manifest.Column{Name: f, Type: manifest.BytesType, Null: true, Field: f, Class: manifest.Sealed}
	}
	return columns
}

// withOthers says of what was recorded that others are in it: texts are masked in
// a person's copy, sound and image are handed out by a person.
func withOthers(columns []manifest.Column) []manifest.Column {
	for i := range columns {
		columns[i].Others = manifest.Masked
		if columns[i].Name == "audio" || columns[i].Name == "video" {
			columns[i].Others = manifest.Withheld
		}
	}
	return columns
}

func first(en, de string) manifest.Show {
	return manifest.Show{Place: manifest.First, Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Place: manifest.Folded, Title: policy.Text{"en": en, "de": de}}
}
