package booking

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// The tables that people's data lies in.
const (
	requestTable     = "booking_request"
	appointmentTable = "booking_appointment"
)

func tables() []manifest.Table {
	return []manifest.Table{calendars, types, sessions, cells, seats, requests, appointments, events, busyTimes}
}

// requests lie apart for the seconds until a job takes them, so that a booking
// costs the same work and gets the same answer whoever is known already. Whose they
// are is found out only then: each is its own subject.
var requests = manifest.Table{
	Name: requestTable, About: "a booking that has just arrived", Subject: "id", Activity: "activity",
	Moments: map[string]string{"collection": "requested_at", "appointment": "ends_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the appointment"},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "requested_at", Type: manifest.TimeType, Why: "periods run from it"},
		{Name: "starts_at", Type: manifest.TimeType, Field: fieldAppointment, Show: titled("begins", "beginnt")},
		{Name: "ends_at", Type: manifest.TimeType, Field: fieldAppointment, Show: titled("ends", "endet")},
		{Name: "content", Type: manifest.BytesType, Field: fieldEmail, Class: manifest.Sealed, Show: titled("booking as it was sent", "Buchung, wie sie abgesandt wurde")},
	},
}

var appointments = manifest.Table{
	Name: appointmentTable, About: "an appointment that somebody booked; erased while it is still to come, it is cancelled", Subject: "subject", Activity: "activity",
	Moments:     map[string]string{"collection": "requested_at", "appointment": "ends_at", "cancelled": "cancelled_at", "request": "request_at"},
	Appointment: &manifest.Appointment{Start: "starts_at", End: "ends_at", Title: "title"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the appointment", Show: folded("number of the appointment", "Nummer des Termins")},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "subject", Why: "whose appointment"},
		{Name: "link", Type: manifest.BytesType, Why: "recognises the links in the mails without holding them", Show: folded("mark of the links in the mails", "Merkmal der Links in den E-Mails")},
		{Name: "requested_at", Type: manifest.TimeType, Why: "periods run from it", Show: folded("booked", "gebucht")},
		{Name: "starts_at", Type: manifest.TimeType, Field: fieldAppointment, Show: manifest.Show{Place: manifest.First, Title: policy.Text{"en": "begins", "de": "beginnt"}}},
		{Name: "ends_at", Type: manifest.TimeType, Field: fieldAppointment, Show: titled("ends", "endet")},
		{Name: "cancelled_at", Type: manifest.TimeType, Null: true, Why: "what is cancelled takes no time and no reminder", Show: folded("cancelled", "abgesagt")},
		{Name: "request_at", Type: manifest.TimeType, Null: true, Why: "when its deletion was asked for", Show: folded("deletion asked for", "Löschung verlangt")},
		{Name: "revision", Type: manifest.IntType, Why: "invitations and calendars know by it which one is the newest", Show: folded("how often it was changed", "wie oft er geändert wurde")},
		{Name: "title", Type: manifest.BytesType, Null: true, Field: fieldAppointment, Class: manifest.Sealed, Show: titled("kind of appointment", "Art des Termins")},
		{Name: "first_name", Type: manifest.BytesType, Null: true, Field: fieldFirst, Class: manifest.Sealed},
		{Name: "last_name", Type: manifest.BytesType, Null: true, Field: fieldLast, Class: manifest.Sealed},
		{Name: "email", Type: manifest.BytesType, Null: true, Field: fieldEmail, Class: manifest.Sealed},
		{Name: "phone", Type: manifest.BytesType, Null: true, Field: fieldPhone, Class: manifest.Sealed},
		{Name: "company", Type: manifest.BytesType, Null: true, Field: fieldCompany, Class: manifest.Sealed},
		{Name: "message", Type: manifest.BytesType, Null: true, Field: fieldMessage, Class: manifest.Sealed},
		{Name: "time_zone", Type: manifest.BytesType, Null: true, Field: fieldZone, Class: manifest.Sealed},
		{Name: "language", Null: true, Field: fieldLanguage, Show: manifest.Show{Says: languages}},
	},
}

// What follows is the operator's own: calendars, types, and which times are taken,
// without a word on whom for.
const ownWords = "set up by the operator; it says nothing about those who book"

var calendars = manifest.Table{
	Name: "booking_calendar", About: "a calendar that appointments are taken from, with its hours", Impersonal: ownWords,
	Columns: []manifest.Column{
		{Name: "id", Why: "names the calendar"}, {Name: "name", Why: "what the operator calls it"}, {Name: "zone", Why: "its time zone"},
		{Name: "holidays", Why: "whose public holidays are free"}, {Name: "week", Why: "hours of a week"}, {Name: "except_days", Why: "days with other hours"},
		{Name: "folder", Why: "where it lies in the calendar elsewhere"},
		{Name: "read_at", Type: manifest.TimeType, Null: true, Why: "when the calendar elsewhere was read"},
		{Name: "failed", Null: true, Why: "why it could not be read"},
	},
}

var types = manifest.Table{
	Name: "booking_type", About: "a type of appointment", Impersonal: ownWords,
	Columns: []manifest.Column{
		{Name: "id", Why: "names the type"}, {Name: "activity", Why: "the entry of the policy under which it is booked"}, {Name: "calendar", Why: "whose time it takes"},
		{Name: "title_de", Why: "its title"}, {Name: "title_en", Why: "its title"}, {Name: "place", Why: "where it takes place"},
		{Name: "online", Type: manifest.BoolType, Why: "whether it takes place online"},
		{Name: "length", Type: manifest.IntType, Why: "minutes"}, {Name: "pause_before", Type: manifest.IntType, Why: "minutes"}, {Name: "pause_after", Type: manifest.IntType, Why: "minutes"},
		{Name: "step", Type: manifest.IntType, Why: "minutes between two starts"}, {Name: "notice", Type: manifest.IntType, Why: "minutes between booking and start"},
		{Name: "ahead", Type: manifest.IntType, Why: "days that can be booked"}, {Name: "capacity", Type: manifest.IntType, Why: "people at one time"},
		{Name: "off", Type: manifest.BoolType, Why: "it is not offered now"},
	},
}

const takenWords = "when a calendar is taken; whose appointment it is stands in the appointment alone"

var sessions = manifest.Table{
	Name: "booking_session", About: "a time that a calendar is taken for", Impersonal: takenWords,
	Columns: []manifest.Column{
		{Name: "id", Why: "names it"}, {Name: "calendar", Why: "which is taken"}, {Name: "type", Why: "of appointment"},
		{Name: "starts_at", Type: manifest.TimeType, Why: "its beginning"}, {Name: "ends_at", Type: manifest.TimeType, Why: "its end"},
		{Name: "from_at", Type: manifest.TimeType, Why: "the beginning with the pause before"}, {Name: "to_at", Type: manifest.TimeType, Why: "the end with the pause after"},
	},
}

var cells = manifest.Table{
	Name: "booking_cell", About: "five minutes of a calendar that are taken", Impersonal: takenWords,
	Columns: []manifest.Column{
		{Name: "calendar", Why: "which is taken"}, {Name: "cell", Type: manifest.IntType, Why: "five minutes, counted from 1970"}, {Name: "session", Why: "by what"},
	},
}

var seats = manifest.Table{
	Name: "booking_seat", About: "a place that is given away", Impersonal: takenWords,
	Columns: []manifest.Column{
		{Name: "session", Why: "at which time"}, {Name: "seat", Type: manifest.IntType, Why: "its number"}, {Name: "appointment", Why: "the appointment that has it; gone with it"},
	},
}

var events = manifest.Table{
	Name: "booking_event", About: "an entry that was written into the calendar elsewhere",
	Impersonal: "which entries stand there, so that they can be taken away; what they say stands in the appointment",
	Columns: []manifest.Column{
		{Name: "appointment", Why: "names the entry"}, {Name: "folder", Why: "where it lies"},
		{Name: "revision", Type: manifest.IntType, Why: "which of the appointment's was written"}, {Name: "written_at", Type: manifest.TimeType, Why: "when it was written"},
	},
}

var busyTimes = manifest.Table{
	Name: "booking_busy", About: "when a calendar is taken elsewhere", Impersonal: "times alone, of the operator's calendar: not what they are for",
	Columns: []manifest.Column{
		{Name: "calendar", Why: "which is taken"}, {Name: "starts_at", Type: manifest.TimeType, Why: "from when"}, {Name: "ends_at", Type: manifest.TimeType, Why: "until when"},
	},
}

var languages = map[string]policy.Text{
	"de": {"en": "German", "de": "Deutsch"},
	"en": {"en": "English", "de": "Englisch"},
}

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}
