package contactsync

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// The tables of the kind.
const (
	setupTable   = "sync_setup"
	sourceTable  = "sync_source"
	entryTable   = "sync_entry"
	photoTable   = "sync_photo"
	mailboxTable = "sync_mailbox"
	itemTable    = "sync_item"
	runTable     = "sync_run"
	fileTable    = "sync_file"
)

// Everything hangs on the set-up, and the set-up belongs to the customer: the keys
// that seal it are the customer's, so that one customer's data goes as one.
func tables() []manifest.Table {
	return []manifest.Table{setups, sources, entries, photos, mailboxes, items, runs, uploads}
}

var setups = manifest.Table{
	Name: setupTable, About: "a synchronisation that a customer set up", Subject: "subject", Activity: "activity",
	Moments: map[string]string{"expiry": "expires_at", "request": "requested_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the synchronisation, in every contact that it wrote"},
		{Name: "subject", Why: "the customer"},
		{Name: "activity", Why: "the entry of the policy whose rules hold"},
		{Name: "name", Why: "what the customer calls it", Show: titled("name of the synchronisation", "Name des Abgleichs")},
		{Name: "made_at", Type: manifest.TimeType, Why: "since when there is this synchronisation", Show: titled("set up", "eingerichtet")},
		{Name: "expires_at", Type: manifest.TimeType, Null: true, Why: "when the trial or the cancelled subscription expires; periods run from it", Show: titled("expires", "läuft ab")},
		{Name: "requested_at", Type: manifest.TimeType, Null: true, Why: "when the customer asked for deletion; periods run from it", Show: titled("deletion asked for", "Löschung verlangt")},
		{Name: "next_at", Type: manifest.TimeType, Null: true, Why: "when it runs next by itself", Show: titled("next run", "nächster Lauf")},
		{Name: "verified_at", Type: manifest.TimeType, Null: true, Why: "when it was looked at last what people changed in contacts", Show: folded("looked after", "nachgesehen")},
		{Name: "ending_at", Type: manifest.TimeType, Null: true, Why: "when contacts are taken out of the mailboxes, before everything is deleted", Show: titled("taken out of mailboxes", "aus Postfächern entfernt")},
		{Name: "ending_for", Null: true, Why: "whether that is for the expiry or for a request", Show: folded("why", "weshalb")},
		{Name: "last_person", Type: manifest.IntType, Why: "the highest number that a person has had, so that none is given twice", Show: folded("numbers given", "vergebene Nummern")},
		{Name: "held_by", Null: true, Why: "which run works at it now, so that no other does", Show: folded("number of the work", "Nummer der Arbeit")},
		{Name: "held_until", Type: manifest.TimeType, Null: true, Why: "until when that run keeps others away", Show: folded("being worked at until", "in Arbeit bis")},
		{Name: "failed", Type: manifest.IntType, Why: "how often in a row it failed", Show: folded("failures in a row", "Fehlschläge in Folge")},
		{Name: "problem", Null: true, Why: "what kind of thing went wrong last, without names", Show: folded("problem", "Problem")},
		{Name: "told_at", Type: manifest.TimeType, Null: true, Why: "when the customer was told of it, so that one mail does", Show: folded("told by mail", "gemeldet")},
		{Name: "warned_of", Type: manifest.TimeType, Null: true, Why: "the end of a certificate of which the customer was told, so that one mail does", Show: folded("certificate ends", "Zertifikat endet")},
		{Name: "settings", Type: manifest.BytesType, Class: manifest.Sealed, Why: "which systems, people, folders and rules", Show: titled("settings", "Einstellungen")},
		{Name: "service_account", Type: manifest.BytesType, Null: true, Field: "service_account", Class: manifest.Sealed},
		{Name: "service_password", Type: manifest.BytesType, Null: true, Field: "service_password", Class: manifest.Sealed},
		{Name: "administrator", Type: manifest.BytesType, Null: true, Field: "administrator", Class: manifest.Sealed},
	},
}

var sources = manifest.Table{
	Name: sourceTable, About: "how far a source has been read", Parent: setupTable, ParentKey: "setup",
	Columns: []manifest.Column{
		{Name: "setup", Why: "the synchronisation"},
		{Name: "source", Why: "which of its sources"},
		{Name: "token", Type: manifest.BytesType, Null: true, Class: manifest.Sealed, Why: "by which the source knows what changed since", Show: folded("mark of the last reading", "Merkmal der letzten Lesung")},
		{Name: "read_at", Type: manifest.TimeType, Null: true, Why: "when it was read last"},
		{Name: "photos_at", Type: manifest.TimeType, Null: true, Why: "when all its photos were looked at last"},
	},
}

var entries = manifest.Table{
	Name: entryTable, About: "a contact as a source has it", Parent: setupTable, ParentKey: "setup",
	Moments: map[string]string{"removed": "removed_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the entry", Show: folded("number of the entry", "Nummer des Eintrags")},
		{Name: "setup", Why: "the synchronisation", Show: folded("synchronisation", "Abgleich")},
		{Name: "source", Why: "which of its sources", Show: titled("source", "Quelle")},
		{Name: "lookup", Type: manifest.BytesType, Field: "object_id", Class: manifest.Indexed},
		{Name: "person", Type: manifest.IntType, Why: "whom it is of; entries of one person have one number", Show: folded("number of the person", "Nummer der Person")},
		{Name: "read_at", Type: manifest.TimeType, Why: "when it was read", Show: titled("read", "gelesen")},
		{Name: "leaving", Type: manifest.BoolType, Why: "it is in the source no longer, and goes with the next run unless the brake stops that", Show: folded("leaving", "geht")},
		{Name: "removed_at", Type: manifest.TimeType, Null: true, Why: "when it left the source or the selection; periods run from it", Show: titled("removed", "entfernt")},
		{Name: "hash", Why: "tells whether it changed", Show: folded("mark of the content", "Merkmal des Inhalts")},
		{Name: "object_id", Type: manifest.BytesType, Null: true, Field: "object_id", Class: manifest.Sealed},
		{Name: "directory_id", Type: manifest.BytesType, Null: true, Field: "directory_id", Class: manifest.Sealed},
		{Name: "name", Type: manifest.BytesType, Null: true, Field: "name", Class: manifest.Sealed, Show: manifest.Show{Place: manifest.First}},
		{Name: "company", Type: manifest.BytesType, Null: true, Field: "company", Class: manifest.Sealed},
		{Name: "department", Type: manifest.BytesType, Null: true, Field: "department", Class: manifest.Sealed},
		{Name: "job_title", Type: manifest.BytesType, Null: true, Field: "job_title", Class: manifest.Sealed},
		{Name: "emails", Type: manifest.BytesType, Null: true, Field: "emails", Class: manifest.Sealed},
		{Name: "phones", Type: manifest.BytesType, Null: true, Field: "phones", Class: manifest.Sealed},
		{Name: "address", Type: manifest.BytesType, Null: true, Field: "address", Class: manifest.Sealed},
		{Name: "website", Type: manifest.BytesType, Null: true, Field: "website", Class: manifest.Sealed},
		{Name: "birthday", Type: manifest.BytesType, Null: true, Field: "birthday", Class: manifest.Sealed},
		{Name: "note", Type: manifest.BytesType, Null: true, Field: "note", Class: manifest.Sealed},
		{Name: "photo", Null: true, Field: "photo", Show: folded("mark of the photo", "Merkmal des Fotos")},
		{Name: "photo_tag", Null: true, Field: "photo", Show: folded("version of the photo at the source", "Fassung des Fotos in der Quelle")},
	},
}

var photos = manifest.Table{
	Name: photoTable, About: "a photo, once for all who have it", Parent: setupTable, ParentKey: "setup",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the photo", Show: folded("number of the photo", "Nummer des Fotos")},
		{Name: "setup", Why: "the synchronisation", Show: folded("synchronisation", "Abgleich")},
		{Name: "sum", Field: "photo", Show: folded("mark of the photo", "Merkmal des Fotos")},
		{Name: "size", Type: manifest.IntType, Why: "how long it takes to write", Show: folded("bytes", "Bytes")},
		{Name: "photo", Type: manifest.BytesType, Field: "photo", Class: manifest.Sealed},
	},
}

var mailboxes = manifest.Table{
	Name: mailboxTable, About: "a mailbox that gets contacts", Parent: setupTable, ParentKey: "setup",
	Moments: map[string]string{"removed": "removed_at"},
	Columns: []manifest.Column{
		{Name: "id", Type: manifest.IntType, Why: "names the mailbox", Show: folded("number of the mailbox", "Nummer des Postfachs")},
		{Name: "setup", Why: "the synchronisation", Show: folded("synchronisation", "Abgleich")},
		{Name: "target", Why: "which of its targets", Show: titled("target", "Ziel")},
		{Name: "lookup", Type: manifest.BytesType, Field: "mailboxes", Class: manifest.Indexed},
		{Name: "mailboxes", Type: manifest.BytesType, Null: true, Field: "mailboxes", Class: manifest.Sealed},
		{Name: "folder", Null: true, Why: "the folder in the mailbox, by its id there", Show: folded("folder", "Ordner")},
		{Name: "made", Type: manifest.BoolType, Why: "the folder is ours: it goes when nothing is in it any more", Show: folded("folder made", "Ordner angelegt")},
		{Name: "moves", Type: manifest.BoolType, Why: "another folder is chosen since: the next run moves the contacts", Show: folded("moves", "zieht um")},
		{Name: "sample", Null: true, Why: "how ids of contacts begin there, so that it is kept once", Show: folded("how ids begin", "Anfang der Kennungen")},
		{Name: "begun", Type: manifest.BoolType, Why: "a run has begun in it and has not ended", Show: folded("being worked on", "in Arbeit")},
		{Name: "since", Type: manifest.BytesType, Null: true, Field: "mailboxes", Class: manifest.Sealed, Show: folded("mark of the last look", "Merkmal des letzten Blicks")},
		{Name: "ran_at", Type: manifest.TimeType, Null: true, Why: "when it was written to last", Show: titled("written to", "beschrieben")},
		{Name: "removed_at", Type: manifest.TimeType, Null: true, Why: "when it left the selection; periods run from it", Show: titled("removed", "entfernt")},
		{Name: "problem", Null: true, Why: "what kind of thing went wrong in it last, without names", Show: titled("problem", "Problem")},
		{Name: "failed", Type: manifest.IntType, Why: "how often in a row something went wrong in it", Show: folded("failures in a row", "Fehlschläge in Folge")},
		{Name: "told_at", Type: manifest.TimeType, Null: true, Why: "when the customer was told of it, so that one mail does", Show: folded("told by mail", "gemeldet")},
	},
}

var items = manifest.Table{
	Name: itemTable, About: "a contact of ours in a mailbox, by numbers", Parent: mailboxTable, ParentKey: "mailbox",
	Columns: []manifest.Column{
		{Name: "mailbox", Type: manifest.IntType, Why: "the mailbox", Show: folded("number of the mailbox", "Nummer des Postfachs")},
		{Name: "person", Type: manifest.IntType, Why: "whom the contact is of", Show: folded("number of the person", "Nummer der Person")},
		{Name: "item", Type: manifest.BytesType, Why: "the mailbox's id of the contact", Show: folded("id in the mailbox", "Kennung im Postfach")},
		{Name: "hash", Type: manifest.BytesType, Why: "of what was written", Show: folded("mark of what was written", "Merkmal des Geschriebenen")},
		{Name: "photo", Type: manifest.BytesType, Null: true, Why: "of the photo that was written", Show: folded("mark of the photo", "Merkmal des Fotos")},
	},
}

var runs = manifest.Table{
	Name: runTable, About: "a run of a synchronisation", Parent: setupTable, ParentKey: "setup",
	Moments: map[string]string{"collection": "begun_at"},
	Columns: []manifest.Column{
		{Name: "id", Why: "names the run", Show: folded("number of the run", "Nummer des Laufs")},
		{Name: "setup", Why: "the synchronisation", Show: folded("synchronisation", "Abgleich")},
		{Name: "mode", Field: "log", Show: manifest.Show{Title: policy.Text{"en": "what was done", "de": "was getan wurde"}, Says: modes}},
		{Name: "begun_at", Type: manifest.TimeType, Field: "log", Show: titled("begun", "begonnen")},
		{Name: "ended_at", Type: manifest.TimeType, Null: true, Field: "log", Show: titled("ended", "beendet")},
		{Name: "state", Field: "log", Show: manifest.Show{Title: policy.Text{"en": "state", "de": "Stand"}, Says: states}},
		{Name: "counts", Type: manifest.JSONType, Null: true, Field: "log", Show: titled("counts", "Zahlen")},
		{Name: "problems", Type: manifest.BytesType, Null: true, Field: "log", Class: manifest.Sealed, Show: titled("problems", "Probleme")},
	},
}

var uploads = manifest.Table{
	Name: fileTable, About: "a file with contacts that the customer uploaded", Parent: setupTable, ParentKey: "setup",
	Columns: []manifest.Column{
		{Name: "id", Why: "names the file", Show: folded("number of the file", "Nummer der Datei")},
		{Name: "setup", Why: "the synchronisation", Show: folded("synchronisation", "Abgleich")},
		{Name: "source", Why: "which of its sources", Show: titled("source", "Quelle")},
		{Name: "content", Type: manifest.BytesType, Class: manifest.Sealed, Why: "what the source is read from", Show: folded("content", "Inhalt")},
		{Name: "stored_at", Type: manifest.TimeType, Why: "when it was uploaded", Show: titled("uploaded", "hochgeladen")},
	},
}

// The words for what the room writes into rows.
var (
	modes = map[string]policy.Text{
		"run":    {"en": "synchronised", "de": "abgeglichen"},
		"undo":   {"en": "taken back", "de": "zurückgenommen"},
		"verify": {"en": "looked after", "de": "nachgesehen"},
	}
	states = map[string]policy.Text{
		"begun":   {"en": "under way or broken off", "de": "im Gang oder abgebrochen"},
		"done":    {"en": "done", "de": "erledigt"},
		"partly":  {"en": "done in part", "de": "teilweise erledigt"},
		"stopped": {"en": "stopped by the brake", "de": "von der Bremse angehalten"},
		"failed":  {"en": "could not run", "de": "konnte nicht laufen"},
	}
)

func titled(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}}
}

func folded(en, de string) manifest.Show {
	return manifest.Show{Title: policy.Text{"en": en, "de": de}, Place: manifest.Folded}
}
