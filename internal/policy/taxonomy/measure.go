package taxonomy

// measures are what protects data (Art. 32 GDPR). Fideslang has no keys for
// them; these are Kept's own.
var measures = []Term{
	{Key: "tls", DE: "verschlüsselte Übertragung (TLS)", EN: "encryption in transit (TLS)", DPV: "dpv:EncryptionInTransfer"},
	{Key: "encryption-at-rest", DE: "verschlüsselte Speicherung", EN: "encryption at rest", DPV: "dpv:EncryptionAtRest"},
	{Key: "end-to-end-encryption", DE: "Ende-zu-Ende-Verschlüsselung", EN: "end-to-end encryption", DPV: "dpv:EndToEndEncryption"},
	{Key: "pseudonymisation", DE: "Pseudonymisierung", EN: "pseudonymisation", DPV: "dpv:Pseudonymisation"},
	{Key: "access-control", DE: "Zugriff nur für Berechtigte", EN: "access for authorised persons only", DPV: "dpv:AccessControlMethod"},
	{Key: "strong-authentication", DE: "Anmeldung mit mehreren Faktoren", EN: "sign-in with several factors", DPV: "dpv:MultiFactorAuthentication"},
	{Key: "physical-security", DE: "Schutz der Räume und Geräte", EN: "protection of rooms and devices", DPV: "dpv:PhysicalAccessControlMethod"},
	{Key: "separation", DE: "getrennte Verarbeitung nach Zweck und Kunde", EN: "processing kept apart by purpose and customer", DPV: "dpv:InformationFlowControl"},
	{Key: "confidentiality", DE: "Verpflichtung auf Vertraulichkeit", EN: "commitment to confidentiality", DPV: "dpv:ConfidentialityAgreement"},
	{Key: "training", DE: "Schulung der Beschäftigten", EN: "training of staff", DPV: "dpv:DataProtectionTraining"},
	{Key: "logging", DE: "Protokollierung von Zugriffen und Änderungen", EN: "logging of access and changes", DPV: "dpv:ActivityMonitoring"},
	{Key: "backups", DE: "Sicherungskopien", EN: "backups", DPV: "dpv:DataBackupProtocols"},
	{Key: "recovery", DE: "rasche Wiederherstellung nach einem Ausfall", EN: "quick recovery after a failure", DPV: "dpv:DisasterRecoveryProcedures"},
	{Key: "incident-response", DE: "Verfahren bei Datenschutzverletzungen", EN: "procedure for personal data breaches", DPV: "dpv:IncidentManagementProcedures"},
	{Key: "processor-control", DE: "Auswahl und Kontrolle der Auftragsverarbeiter", EN: "selection and control of processors", DPV: "dpv:ThirdPartySecurityProcedures"},
	{Key: "deletion", DE: "Löschung nach festen Fristen", EN: "deletion by fixed periods", DPV: "dpv:DataDeletionPolicy"},
	{Key: "privacy-by-default", DE: "datenschutzfreundliche Voreinstellungen", EN: "privacy by default", DPV: "dpv:PrivacyByDefault"},
	{Key: "review", DE: "regelmäßige Überprüfung der Maßnahmen", EN: "regular review of the measures", DPV: "dpv:ReviewProcedure"},
	{Key: "security-testing", DE: "Sicherheitsprüfungen", EN: "security tests", DPV: "dpv:PenetrationTestingMethods"},
}
