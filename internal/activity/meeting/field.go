package meeting

import "kept/internal/policy"

// fields are what a tool can tell of a meeting, in the groups of sets.
func fields() []policy.Field {
	return []policy.Field{
		{Name: "name", Category: "user.name", Source: "person", Title: policy.Text{"en": "name", "de": "Name"}},
		{Name: "email", Category: "user.contact.email", Source: "person", Title: policy.Text{"en": "e-mail address", "de": "E-Mail-Adresse"}},
		{Name: "phone", Category: "user.contact.phone_number", Source: "person", Title: policy.Text{"en": "phone number", "de": "Telefonnummer"}},
		{Name: "user_name", Category: "user.account.username", Source: "person", Title: policy.Text{"en": "user name in the tool", "de": "Benutzername im Dienst"}},
		{Name: "profile", Category: "user.account", Source: "third-party", Title: policy.Text{"en": "profile in the tool", "de": "Profil im Dienst"}},

		{Name: "topic", Category: "user.content.private", Source: "person", Title: policy.Text{"en": "topic and description", "de": "Thema und Beschreibung"}},
		{Name: "participation", Category: "user.behavior.communication", Source: "device", Title: policy.Text{"en": "start and end of each participation", "de": "Beginn und Ende jeder Teilnahme"}},
		{Name: "duration", Category: "user.behavior.communication", Source: "derived", Title: policy.Text{"en": "duration of the meeting", "de": "Dauer der Konferenz"}},
		{Name: "participants", Category: "user.behavior.communication", Source: "derived", Title: policy.Text{"en": "number of participants", "de": "Anzahl der Teilnehmenden"}},
		{Name: "context", Category: "user.behavior.communication", Source: "device", Title: policy.Text{"en": "other context of the meeting", "de": "weitere Kontextdaten der Konferenz"}},
		{Name: "dial_in", Category: "user.behavior.communication", Source: "device", Title: policy.Text{"en": "dial-in data", "de": "Einwahldaten"},
			When: policy.Text{"en": "when you dial in by phone", "de": "wenn Sie sich per Telefon einwählen"}},

		{Name: "ip_address", Category: "user.device.ip_address", Source: "device", Title: policy.Text{"en": "IP address", "de": "IP-Adresse"}},
		{Name: "mac_address", Category: "user.device.mac_address", Source: "device", Title: policy.Text{"en": "MAC address", "de": "MAC-Adresse"}},
		{Name: "device_id", Category: "user.device.device_id", Source: "device", Title: policy.Text{"en": "device id", "de": "Gerätekennung"}},
		{Name: "device", Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of device", "de": "Geräteart"}},
		{Name: "os", Category: "user.device.operating_system", Source: "device", Title: policy.Text{"en": "operating system and version", "de": "Betriebssystem und Version"}},
		{Name: "client", Category: "user.device", Source: "device", Title: policy.Text{"en": "version of the program", "de": "Version des Programms"}},
		{Name: "camera", Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of camera", "de": "Art der Kamera"}},
		{Name: "microphone", Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of microphone", "de": "Art des Mikrofons"}},
		{Name: "speaker", Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of speaker", "de": "Art des Lautsprechers"}},
		{Name: "connection", Category: "user.device", Source: "device", Title: policy.Text{"en": "kind of connection", "de": "Art der Verbindung"}},
		{Name: "log", Category: "user.telemetry", Source: "device", Title: policy.Text{"en": "log files of the tool", "de": "Protokolldateien des Dienstes"}},

		{Name: "chat", Category: "user.content.message", Source: "person", Title: policy.Text{"en": "chat messages", "de": "Chatnachrichten"}},
		{Name: "voicemail", Category: "user.content.recording", Source: "person", Title: policy.Text{"en": "voicemail", "de": "Sprachnachrichten"}},
		{Name: "media", Category: "user.content.private", Source: "person", Title: policy.Text{"en": "photos and videos", "de": "Fotos und Videos"}},
		{Name: "files", Category: "user.content.private", Source: "person", Title: policy.Text{"en": "files", "de": "Dateien"}},
		{Name: "whiteboard", Category: "user.content.private", Source: "person", Title: policy.Text{"en": "whiteboards", "de": "Whiteboards"}},
		{Name: "live", Category: "user.content", Source: "person", Title: policy.Text{"en": "image and sound while the meeting lasts", "de": "Bild und Ton während der Konferenz"}},

		{Name: "announcements", Category: "user.privacy_preferences", Source: "derived", Title: policy.Text{"en": "announcements of a recording and objections to it", "de": "Ankündigungen einer Aufzeichnung und Einsprüche dagegen"}},
		{Name: "audio", Category: "user.content.recording", Source: "person", Needs: "recording", Title: policy.Text{"en": "recorded sound", "de": "aufgezeichneter Ton"}},
		{Name: "video", Category: "user.content.recording", Source: "person", Needs: "recording", Title: policy.Text{"en": "recorded image", "de": "aufgezeichnetes Bild"}},
		{Name: "transcript", Category: "user.content.recording", Source: "derived", Needs: "recording", Title: policy.Text{"en": "transcript", "de": "Mitschrift"}},
		{Name: "summary", Category: "user.content.private", Source: "derived", Title: policy.Text{"en": "summary", "de": "Zusammenfassung"}},
		{Name: "highlights", Category: "user.content.private", Source: "derived", Title: policy.Text{"en": "highlights", "de": "Höhepunkte"}},
		{Name: "notes", Category: "user.content.private", Source: "derived", Title: policy.Text{"en": "notes", "de": "Notizen"}},
	}
}

func sets() []policy.Set {
	return []policy.Set{
		{Name: "user", Fields: []string{"name", "email", "phone", "user_name", "profile"},
			Title: policy.Text{"en": "details of the participant", "de": "Angaben zur teilnehmenden Person"}},
		{Name: "metadata", Fields: []string{"topic", "participation", "duration", "participants", "context"},
			Title: policy.Text{"en": "data about the meeting", "de": "Metadaten der Konferenz"}},
		{Name: "technology", Fields: []string{"ip_address", "mac_address", "device_id", "device", "os", "client", "camera", "microphone", "speaker", "connection"},
			Title: policy.Text{"en": "technical data", "de": "technische Daten"}},
		{Name: "content", Fields: []string{"chat", "voicemail", "media", "files", "whiteboard"},
			Title: policy.Text{"en": "content shared in the tool and stored at its provider", "de": "im Dienst geteilte und bei dessen Anbieter gespeicherte Inhalte"}},
		{Name: "recording", Fields: []string{"announcements", "audio", "video"},
			Title: policy.Text{"en": "recording with its announcements", "de": "Aufzeichnung mit ihren Ankündigungen"}},
		{Name: "assistant", Fields: []string{"transcript", "summary", "highlights", "notes"},
			Title: policy.Text{"en": "what an assistant writes down", "de": "was ein Assistent festhält"}},
	}
}
