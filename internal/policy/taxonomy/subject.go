package taxonomy

// subjects are the people whom data is about.
var subjects = []Term{
	{Key: "anonymous_user", DE: "anonyme Nutzer", EN: "anonymous users", DPV: "dpv:User"},
	{Key: "citizen_voter", DE: "Bürgerinnen und Bürger", EN: "citizens", DPV: "dpv:Citizen"},
	{Key: "commuter", DE: "Reisende im Nahverkehr", EN: "commuters", DPV: "dpv:DataSubject"},
	{Key: "consultant", DE: "freie Mitarbeiter", EN: "consultants", DPV: "dpv:DataSubject"},
	{Key: "customer", DE: "Kunden", EN: "customers", DPV: "dpv:Customer"},
	{Key: "employee", DE: "Beschäftigte", EN: "employees", DPV: "dpv:Employee"},
	{Key: "job_applicant", DE: "Bewerber", EN: "job applicants", DPV: "dpv:JobApplicant"},
	{Key: "next_of_kin", DE: "Angehörige", EN: "next of kin", DPV: "dpv:DataSubject"},
	{Key: "passenger", DE: "Fahrgäste", EN: "passengers", DPV: "dpv:DataSubject"},
	{Key: "patient", DE: "Patienten", EN: "patients", DPV: "dpv:Patient"},
	{Key: "prospect", DE: "Interessenten", EN: "prospects", DPV: "dpv:DataSubject"},
	{Key: "shareholder", DE: "Anteilseigner", EN: "shareholders", DPV: "dpv:DataSubject"},
	{Key: "supplier_vendor", DE: "Lieferanten", EN: "suppliers", DPV: "dpv:DataSubject"},
	{Key: "trainee", DE: "Auszubildende", EN: "trainees", DPV: "dpv:Student"},
	{Key: "visitor", DE: "Besucher", EN: "visitors", DPV: "dpv:Visitor"},
	{Key: "contact_person", DE: "Ansprechpartner", EN: "contact persons", DPV: "dpv:DataSubject", Stands: "prospect"},
	{Key: "participant", DE: "Teilnehmer", EN: "participants", DPV: "dpv:Participant", Stands: "visitor"},
	{Key: "subscriber", DE: "Abonnenten", EN: "subscribers", DPV: "dpv:Subscriber", Stands: "prospect"},
	{Key: "user", DE: "Nutzer", EN: "users", DPV: "dpv:User", Stands: "customer"},
}
