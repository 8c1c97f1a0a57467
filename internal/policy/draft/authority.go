package draft

// AuthorityFor returns the supervisory authority of a country, or of a German state
// by its code (DE-HE). Found is false where there is none that fits: in Germany the
// state must be known.
func AuthorityFor(place string) (a Authority, found bool) {
	a, found = authorities[place]
	return a, found
}

// States are the German states with an authority, by ISO 3166-2 code.
func States() []string {
	return []string{
		"DE-BW", "DE-BY", "DE-BE", "DE-BB", "DE-HB", "DE-HH", "DE-HE", "DE-MV",
		"DE-NI", "DE-NW", "DE-RP", "DE-SL", "DE-SN", "DE-ST", "DE-SH", "DE-TH",
	}
}

// authorities are those that companies complain about to, each with its website.
var authorities = map[string]Authority{
	"AT":    {"Österreichische Datenschutzbehörde", "https://dsb.gv.at"},
	"FR":    {"Commission nationale de l’informatique et des libertés (CNIL)", "https://www.cnil.fr"},
	"IE":    {"Data Protection Commission", "https://www.dataprotection.ie"},
	"NL":    {"Autoriteit Persoonsgegevens", "https://www.autoriteitpersoonsgegevens.nl"},
	"DE-BW": {"Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit Baden-Württemberg", "https://www.baden-wuerttemberg.datenschutz.de"},
	"DE-BY": {"Bayerisches Landesamt für Datenschutzaufsicht", "https://www.lda.bayern.de"},
	"DE-BE": {"Berliner Beauftragte für Datenschutz und Informationsfreiheit", "https://www.datenschutz-berlin.de"},
	"DE-BB": {"Die Landesbeauftragte für den Datenschutz und für das Recht auf Akteneinsicht Brandenburg", "https://www.lda.brandenburg.de"},
	"DE-HB": {"Die Landesbeauftragte für Datenschutz und Informationsfreiheit der Freien Hansestadt Bremen", "https://www.datenschutz.bremen.de"},
	"DE-HH": {"Der Hamburgische Beauftragte für Datenschutz und Informationsfreiheit", "https://datenschutz-hamburg.de"},
	"DE-HE": {"Der Hessische Beauftragte für Datenschutz und Informationsfreiheit", "https://datenschutz.hessen.de"},
	"DE-MV": {"Der Landesbeauftragte für Datenschutz und Informationsfreiheit Mecklenburg-Vorpommern", "https://www.datenschutz-mv.de"},
	"DE-NI": {"Der Landesbeauftragte für den Datenschutz Niedersachsen", "https://www.lfd.niedersachsen.de"},
	"DE-NW": {"Landesbeauftragte für Datenschutz und Informationsfreiheit Nordrhein-Westfalen", "https://www.ldi.nrw.de"},
	"DE-RP": {"Der Landesbeauftragte für den Datenschutz und die Informationsfreiheit Rheinland-Pfalz", "https://www.datenschutz.rlp.de"},
	"DE-SL": {"Unabhängiges Datenschutzzentrum Saarland", "https://datenschutz.saarland.de"},
	"DE-SN": {"Sächsische Datenschutz- und Transparenzbeauftragte", "https://www.datenschutz.sachsen.de"},
	"DE-ST": {"Landesbeauftragte für den Datenschutz Sachsen-Anhalt", "https://datenschutz.sachsen-anhalt.de"},
	"DE-SH": {"Unabhängiges Landeszentrum für Datenschutz Schleswig-Holstein", "https://www.datenschutzzentrum.de"},
	"DE-TH": {"Thüringer Landesbeauftragter für den Datenschutz und die Informationsfreiheit", "https://www.tlfdi.de"},
}
