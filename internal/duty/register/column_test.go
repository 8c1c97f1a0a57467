package register_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"kept/internal/duty/register"
)

// removed are edits of the whole policy: from takes an entry out, the column
// says it before and not after. Every column of the table of data has a pair.
var removed = []struct {
	column, says string
	from, to     string
}{
	{"Teil", "Art. 30 Abs. 2 DSGVO", "    on_behalf_of: {de: Unternehmen mit Exchange, en: companies with Exchange}\n", ""},
	{"Im Auftrag von", "Unternehmen mit Exchange", "    on_behalf_of: {de: Unternehmen mit Exchange, en: companies with Exchange}\n", ""},
	{"Schlüssel", "address-book", "  address-book:", "  book:"},
	{"Tätigkeit", "Abgleich der Adressbücher", "    title: {de: Abgleich der Adressbücher, en: Address book synchronisation}\n", ""},
	{"Art des Eintrags", "eingebundener Inhalt", "services:\n", "servicesGone:\n"},
	{"Läuft in", "anderes System", "    kind: external\n", ""},
	{"Zweck", "Abgleich von Daten", "    purpose: essential.service.synchronisation\n", ""},
	{"Zweck (fideslang)", "essential.service.synchronisation", "    purpose: essential.service.synchronisation\n", ""},
	{"Rechtsgrundlagen", "für: Belege; § 147 AO", "      - {basis: legal-obligation, for: {de: Belege, en: vouchers}, law: § 147 AO}\n", ""},
	{"Rechtsgrundlagen", "Interesse: Schutz vor Ausfällen", ", interest: {de: Schutz vor Ausfällen, en: protection against default}", ""},
	{"Rechtsgrundlagen", "Statistik", "    group: statistics\n", ""},
	{"Betroffene Personen", "Lieferanten", "[customer, supplier_vendor]", "[customer]"},
	{"Datenkategorie", "Bonität", "category: user.financial.creditworthiness", "category: user.name"},
	{"Datenkategorie (fideslang)", "user.financial.creditworthiness", "category: user.financial.creditworthiness", "category: user.name"},
	{"Daten", "Unverträglichkeit", ", title: {de: Unverträglichkeit, en: intolerance}", ""},
	{"Besonderer Schutz", "Art. 9 DSGVO", "category: user.health_and_medical", "category: user.name"},
	{"Herkunft der Daten", "Auskunfteien", "    origin: {de: Auskunfteien, en: credit agencies}\n", ""},
	{"Empfänger", "Score India Pvt. (Indien)", "country: IN", "country: FR"},
	{"Kategorien von Empfängern", "Rechenzentrum", "    category: {de: Rechenzentrum, en: hosting provider}\n", ""},
	{"Verträge", "Vertrag zur Auftragsverarbeitung vom 3. Februar 2025", "agreement: {kind: dpa, since: 2025-02-03}", "agreement: {kind: dpa}"},
	{"Verträge", "Wir informieren", ", essence: {de: Wir informieren und das Netzwerk beantwortet Anfragen., en: We inform and the network answers requests.}", ""},
	{"Übermittlungen in Drittländer", "DPF", ", framework: DPF", ""},
	{"Übermittlungen in Drittländer", "https://cloud.example/scc", `, copy: "https://cloud.example/scc"`, ""},
	{"Löschfrist", "90 Tage (Anlass: die Erhebung), danach löschen", "keep: 90 days", "keep: 0 days"},
	{"Löschfrist", "in Läufen im Abstand von 1 Monat", ", every: 1 month", ""},
	{"Löschfrist (ISO 8601)", "P90D", "keep: 90 days", "keep: 91 days"},
	{"Aufschub der Löschung", "§§ 195, 199 BGB, längstens 3 Jahre", "holds:\n", "holdsGone:\n"},
	{"Abteilungen mit Zugriff", "Buchhaltung", "    access: [finance]\n", ""},
	{"Automatisierte Entscheidungen", "Punktwert unter 50", "    decision: {", "    decisionGone: {"},
	{"Pflicht zur Angabe", "Ohne Namen keine Lieferung", "    provision: {", "    provisionGone: {"},
	{"Pflicht zur Angabe", "vorgeschrieben; Name; Ohne", "required: contract, data: buyer", "required: contract"},
	{"Maßnahmen, Art. 32 DSGVO", "Vier-Augen-Prinzip", ", {title: {de: Vier-Augen-Prinzip beim Löschen, en: two people for each deletion}}", ""},
	{"Verantwortlicher", "Telefon +1 555 0100", "  phone: \"+1 555 0100\"\n", ""},
	{"Vertreter in der Union", "Vertreter GmbH", "  representative: {", "  representativeGone: {"},
	{"Gemeinsam Verantwortliche", "Netzwerk SA", "role: joint-controller", "role: third-party"},
	{"Datenschutzbeauftragter", "Dr. Dora Schutz", "  officer: {", "  officerGone: {"},
	{"Datenschutzbeauftragter", "extern", ", external: true", ""},
	{"Fassung", "2026-03-01", "version: 2026-03-01", "version: 2026-03-02"},
}

// columnsOf are the lines of the table of data by the heads of its columns.
func columnsOf(t *testing.T, src string) map[string]string {
	t.Helper()
	text := written(t, register.Build(load(t, src), "de"), register.CSV)
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, line := range lines[1:] {
		for i, value := range line {
			found[head(lines[0][i])] += value + "\n"
		}
	}
	return found
}

func head(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

func TestEveryColumnSaysWhatThePolicySaysAndNoMore(t *testing.T) {
	src := source(t, whole)
	before := columnsOf(t, src)
	tried := map[string]bool{"Prüfsumme der Regeln (SHA-256)": true}
	for _, x := range removed {
		tried[x.column] = true
		if !strings.Contains(src, x.from) {
			t.Fatalf("the policy does not hold %q", x.from)
		}
		after := columnsOf(t, strings.ReplaceAll(src, x.from, x.to))
		if !strings.Contains(head(before[x.column]), x.says) {
			t.Errorf("%s does not say %q:\n%s", x.column, x.says, before[x.column])
		}
		if strings.Contains(head(after[x.column]), x.says) {
			t.Errorf("%s says %q although the policy does not", x.column, x.says)
		}
	}
	for column := range before {
		if !tried[column] {
			t.Errorf("the column %s has no pair", column)
		}
	}
	const hash = "Prüfsumme der Regeln (SHA-256)"
	if before[hash] == columnsOf(t, strings.ReplaceAll(src, "90 days", "91 days"))[hash] {
		t.Error("the hash does not follow the policy")
	}
}

// Programs and filters rely on the head row: it changes with the version of the
// form alone.
func TestTheHeadRowStays(t *testing.T) {
	for lang, want := range map[string]string{
		"de": "Teil,Schlüssel,Tätigkeit,Art des Eintrags,Läuft in,Im Auftrag von,Zweck,Zweck (fideslang),Rechtsgrundlagen,Betroffene Personen," +
			"Datenkategorie,Datenkategorie (fideslang),Daten,Besonderer Schutz,Herkunft der Daten,Empfänger,Kategorien von Empfängern,Verträge," +
			"Übermittlungen in Drittländer,Löschfrist,Löschfrist (ISO 8601),Aufschub der Löschung,Abteilungen mit Zugriff,Automatisierte Entscheidungen," +
			"Pflicht zur Angabe,\"Maßnahmen, Art. 32 DSGVO\",Verantwortlicher,Vertreter in der Union,Gemeinsam Verantwortliche,Datenschutzbeauftragter,Fassung,Prüfsumme der Regeln (SHA-256)",
		"en": "Part,Key,Activity,Kind of entry,Runs in,On behalf of,Purpose,Purpose (fideslang),Legal bases,Data subjects," +
			"Data category,Data category (fideslang),Data,Special protection,Source of the data,Recipients,Categories of recipients,Agreements," +
			"Transfers to third countries,Time limit for erasure,Time limit (ISO 8601),What may suspend erasure,Departments with access,Automated decisions," +
			"Duty to provide,\"Measures, Art. 32 GDPR\",Controller,Representative in the Union,Joint controllers,Data protection officer,Version,Checksum of the policy (SHA-256)",
	} {
		for name, p := range policies(t) {
			first, _, _ := strings.Cut(written(t, register.Build(p, lang), register.CSV), "\r\n")
			if head(first) != want {
				t.Errorf("%s in %s begins with\n%s\nnot with\n%s", name, lang, first, want)
			}
		}
	}
}
