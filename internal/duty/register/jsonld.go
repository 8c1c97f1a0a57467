package register

import (
	"io"
	"strings"

	"kept/internal/policy/taxonomy"
)

// The record in terms of the W3C Data Privacy Vocabulary, version 2.0, and its
// extensions for the GDPR, for personal data and for places; what these have no
// property for is said in Dublin Core terms. The context is part of the document,
// so that nobody has to fetch anything to read it.
var ldContext = node{
	"dpv":     "https://w3id.org/dpv#",
	"eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
	"pd":      "https://w3id.org/dpv/pd#",
	"loc":     "https://w3id.org/dpv/loc#",
	"dct":     "http://purl.org/dc/terms/",
	"skos":    "http://www.w3.org/2004/02/skos/core#",
	"xsd":     "http://www.w3.org/2001/XMLSchema#",
}

// node is an object of the document. Keys are in the order of the alphabet when
// written, so the same record gives the same bytes.
type node map[string]any

// writeJSONLD writes the record as JSON-LD.
func (r *Record) writeJSONLD(w io.Writer) error {
	l := ld{r: r, base: "urn:kept:policy:" + r.Policy.Hash}
	return writeJSON(w, l.document())
}

// ld writes one record; base is the name of the policy, below which everything
// that the policy names has an id.
type ld struct {
	r    *Record
	base string
}

func (l ld) id(kind, key string) string { return l.base + "#" + kind + "/" + escaped(key) }

func (l ld) document() node {
	doc := node{
		"@context": ldContext, "@id": l.base, "@type": "dpv:ROPA", "dct:title": l.text(l.r.Title()),
		"dct:language": l.r.Language, "dct:hasVersion": l.r.Policy.Version, "dct:identifier": l.r.Policy.Hash,
		"dpv:hasDataController": l.controller(),
	}
	var own, commissioned []any
	for i := range l.r.Activities {
		own = append(own, l.process(&l.r.Activities[i]))
	}
	for _, c := range l.r.Commissions {
		for i := range c.Activities {
			commissioned = append(commissioned, l.commissioned(&c.Activities[i]))
		}
	}
	doc.list("dpv:hasProcess", append(own, commissioned...))
	var recipients []any
	for i := range l.r.Recipients {
		recipients = append(recipients, l.recipient(&l.r.Recipients[i]))
	}
	doc.list("dct:references", recipients)
	doc.list("dpv:hasTechnicalOrganisationalMeasure", l.measures())
	if j := l.r.Policy.Jurisdiction; j != "" {
		doc["dpv:hasJurisdiction"] = ref("loc:" + j)
	}
	return doc
}

// list sets key to a list that holds something.
func (n node) list(key string, items []any) {
	if len(items) > 0 {
		n[key] = items
	}
}

func (n node) set(key, value string) {
	if value != "" {
		n[key] = value
	}
}

func (l ld) set(n node, key, text string) {
	if text != "" {
		n[key] = l.text(text)
	}
}

// text is wording in the record's language.
func (l ld) text(s string) node { return node{"@value": s, "@language": l.r.Language} }

func ref(id string) node { return node{"@id": id} }

func (l ld) controller() node {
	n := l.party(l.id("party", "controller"), "dpv:DataController", l.r.Controller)
	if p := l.r.Representative; p != nil {
		n["dpv:hasRepresentative"] = l.party(l.id("party", "representative"), "dpv:Representative", *p)
	}
	if p := l.r.Officer; p != nil {
		n["dpv:hasDataProtectionOfficer"] = l.party(l.id("party", "officer"), "dpv:DataProtectionOfficer", *p)
	}
	if a := l.r.Authority; a != nil {
		n["dpv:hasAuthority"] = l.party(l.id("party", "authority"), "dpv:DataProtectionAuthority", Party{Name: a.Name, URL: a.URL})
	}
	var units []any
	for _, d := range l.r.Departments {
		units = append(units, node{"@id": l.id("department", d.Key), "@type": "dpv:OrganisationalUnit", "dpv:hasName": d.Name})
	}
	n.list("dpv:hasOrganisationalUnit", units)
	var joint []any
	for _, j := range l.r.Joint {
		joint = append(joint, ref(l.id("recipient", j.Recipient)))
	}
	n.list("dpv:hasJointDataControllers", joint)
	return n
}

func (l ld) party(id, kind string, p Party) node {
	n := node{"@id": id, "@type": kind}
	n.set("dpv:hasName", p.Name)
	n.set("dpv:hasAddress", p.Address)
	var contact []any
	for _, way := range []string{p.Email, p.Phone, p.URL} {
		if way != "" {
			contact = append(contact, way)
		}
	}
	n.list("dpv:hasContact", contact)
	return n
}

// commissioned is a process on behalf of others: the controller of the record is
// its processor, and the controller is whoever gave the order.
func (l ld) commissioned(a *Activity) node {
	n := l.process(a)
	n["dpv:hasDataProcessor"] = ref(l.id("party", "controller"))
	n["dpv:hasDataController"] = node{"@type": "dpv:DataController", "dct:description": l.text(a.OnBehalfOf)}
	return n
}

// process is one activity.
func (l ld) process(a *Activity) node {
	n := node{"@id": l.id("activity", a.ID), "@type": "dpv:PersonalDataProcess", "dct:title": l.text(a.Name)}
	l.set(n, "dct:description", a.About)
	if a.OnBehalfOf == "" {
		n["dpv:hasDataController"] = ref(l.id("party", "controller"))
	}
	n["dpv:hasPurpose"] = l.purpose(a)
	n.list("dpv:hasLegalBasis", l.bases(a))
	n.list("dpv:hasDataSubject", l.people(a))
	n.list("dpv:hasPersonalData", l.data(a))
	n.list("dpv:hasDataSource", l.sources(a))
	l.receivers(n, a)
	n.list("dpv:hasStorageCondition", l.limits(a))
	var units []any
	for _, d := range a.Access {
		units = append(units, ref(l.id("department", d.Key)))
	}
	n.list("dpv:hasOrganisationalUnit", units)
	if a.System == Planned {
		n["dpv:hasActivityStatus"] = ref("dpv:ActivityPlanned")
	} else {
		n["dpv:hasActivityStatus"] = ref("dpv:ActivityOngoing")
	}
	n["dpv:isImplementedUsingTechnology"] = node{"@type": "dpv:Technology", "dct:title": l.text(strings.Join(a.systemLine(), ", "))}
	if a.Decision != nil {
		n["dpv:hasProcessing"] = l.decision(a.Decision)
	}
	return n
}

func (l ld) purpose(a *Activity) node {
	n := node{"@type": "dpv:Purpose", "dct:title": l.text(a.Purpose.Name)}
	if t, known := taxonomy.Use(a.Purpose.Key); known {
		n["@type"] = t.DPV
		n["dct:identifier"] = a.Purpose.Key
	}
	return n
}

// legalBases are the terms of the GDPR extension.
var legalBases = map[string]string{
	"consent": "eu-gdpr:A6-1-a", "contract": "eu-gdpr:A6-1-b", "legal-obligation": "eu-gdpr:A6-1-c",
	"vital-interests": "eu-gdpr:A6-1-d", "public-task": "eu-gdpr:A6-1-e", "legitimate-interests": "eu-gdpr:A6-1-f",
}

func (l ld) bases(a *Activity) []any {
	var all []any
	for i, line := range l.r.basisLines(a) {
		kind, known := legalBases[a.Bases[i].Key]
		if !known {
			kind = "dpv:LegalBasis"
		}
		n := node{"@type": kind, "dct:description": l.text(line)}
		if law := a.Bases[i].Law; law != "" {
			n["dpv:hasApplicableLaw"] = node{"@type": "dpv:Law", "dct:title": law}
		}
		all = append(all, n)
	}
	return all
}

func (l ld) people(a *Activity) []any {
	var all []any
	for _, t := range a.People {
		n := node{"@type": "dpv:DataSubject", "dct:title": l.text(t.Name), "dct:identifier": t.Key}
		if x, known := taxonomy.Subject(t.Key); known && x.DPV != "" {
			n["@type"] = x.DPV
		}
		all = append(all, n)
	}
	return all
}

func (l ld) data(a *Activity) []any {
	var all []any
	for _, d := range a.Data {
		kinds := []any{"dpv:PersonalData"}
		if t, known := taxonomy.Category(d.Category.Key); known && t.DPV != kinds[0] {
			kinds = []any{t.DPV}
		}
		if d.Special == taxonomy.Article9 {
			kinds = append(kinds, "dpv:SpecialCategoryPersonalData")
		}
		n := node{"@id": l.id("data", a.ID+"/"+d.Field), "@type": kinds, "dct:title": l.text(d.Name)}
		n.set("dct:identifier", d.Category.Key)
		all = append(all, n)
	}
	return all
}

func (l ld) sources(a *Activity) []any {
	var all []any
	for _, line := range l.r.sourceLines(a) {
		all = append(all, node{"@type": "dpv:DataSource", "dct:title": l.text(line)})
	}
	return all
}

// roles are the properties by which a process names a recipient.
var roles = map[string]string{
	"processor": "dpv:hasDataProcessor", "hosting": "dpv:hasDataProcessor", "third-party": "dpv:hasRecipientThirdParty", "joint-controller": "dpv:hasJointDataControllers",
}

// receivers names everybody whom an activity reaches, by role.
func (l ld) receivers(n node, a *Activity) {
	byRole := map[string][]any{}
	var abroad []any
	seen := map[string]bool{}
	for _, x := range l.r.reached(a.Recipients) {
		property, known := roles[x.Role.Key]
		if !known {
			property = "dpv:hasRecipient"
		}
		byRole[property] = append(byRole[property], ref(l.id("recipient", x.Key)))
		for _, t := range x.Transfers {
			if !seen[t.To.Code] {
				seen[t.To.Code] = true
				abroad = append(abroad, ref("loc:"+t.To.Code))
			}
		}
	}
	for property, list := range byRole {
		n.list(property, list)
	}
	n.list("dpv:hasThirdCountry", abroad)
}

func (l ld) limits(a *Activity) []any {
	var all []any
	for _, rule := range a.Retention {
		all = append(all, node{
			"@type": "dpv:StorageDuration", "dct:description": l.text(oneLine(l.r.governed(a, rule) + ": " + rule.Says)),
			"dpv:hasDuration": node{"@value": rule.Keep, "@type": "xsd:duration"},
		})
	}
	return all
}

func (l ld) decision(d *Decision) node {
	n := node{"@type": "dpv:AutomatedDecisionMaking", "dct:title": l.text(d.Kind.Name)}
	if d.Kind.Key == "profiling" {
		n["@type"] = "dpv:Profiling"
	}
	if d.Logic != "" {
		n["dpv:hasAlgorithmicLogic"] = node{"@type": "dpv:AlgorithmicLogic", "dct:description": l.text(d.Logic)}
	}
	if d.Consequences != "" {
		n["dpv:hasConsequence"] = node{"@type": "dpv:Consequence", "dct:description": l.text(d.Consequences)}
	}
	return n
}

// kinds are the classes of recipients.
var kinds = map[string]string{
	"processor": "dpv:DataProcessor", "hosting": "dpv:DataProcessor", "third-party": "dpv:ThirdParty", "joint-controller": "dpv:DataController", "authority": "dpv:Authority",
}

func (l ld) recipient(x *Recipient) node {
	kind, known := kinds[x.Role.Key]
	if !known {
		kind = "dpv:Recipient"
	}
	n := l.party(l.id("recipient", x.Key), kind, x.Party)
	l.set(n, "dct:description", x.categoryOf())
	if x.Country != nil {
		n["dpv:hasCountry"] = ref("loc:" + x.Country.Code)
	}
	var onward []any
	for _, key := range x.Chain {
		onward = append(onward, ref(l.id("recipient", key)))
	}
	n.list("dpv:hasRecipient", onward)
	var stored []any
	for _, c := range x.Storage {
		stored = append(stored, node{"@type": "dpv:StorageLocation", "dpv:hasLocation": ref("loc:" + c.Code)})
	}
	n.list("dpv:hasStorageCondition", stored)
	n.list("dpv:hasLegalMeasure", l.legal(x))
	n.list("dpv:hasLegalBasis", l.transfers(x))
	if x.Notice != "" {
		n["dpv:hasNotice"] = node{"@type": "dpv:PrivacyNotice", "dct:identifier": x.Notice}
	}
	return n
}

func (l ld) legal(x *Recipient) []any {
	if x.Agreement == nil {
		return nil
	}
	kind := "dpv:DataProcessingAgreement"
	if x.Agreement.Kind.Key == "arrangement" {
		kind = "dpv:JointDataControllersAgreement"
	}
	n := node{"@type": kind, "dct:title": l.text(x.Agreement.Kind.Name)}
	if x.Agreement.Since != "" {
		n["dct:date"] = node{"@value": x.Agreement.Since, "@type": "xsd:date"}
	}
	l.set(n, "dct:description", x.Agreement.Essence)
	return []any{n}
}

// safeguards are the terms of the GDPR extension for what makes a transfer
// lawful.
var safeguards = map[string]string{
	"adequacy": "eu-gdpr:A45-3", "scc": "eu-gdpr:A46-2-c", "bcr": "eu-gdpr:A46-2-b", "explicit-consent": "eu-gdpr:A49-1-a",
}

func (l ld) transfers(x *Recipient) []any {
	var all []any
	for _, t := range x.Transfers {
		kind, known := safeguards[t.Safeguard.Key]
		if !known {
			kind = "dpv:DataTransferLegalBasis"
		}
		n := node{"@type": kind, "dct:description": l.text(l.r.transferSays(t)), "dpv:hasThirdCountry": ref("loc:" + t.To.Code)}
		n.set("dct:source", t.Copy)
		if t.Risk != "" {
			n["skos:note"] = l.text(t.Risk)
		}
		all = append(all, n)
	}
	return all
}

func (l ld) measures() []any {
	var all []any
	for _, m := range l.r.Measures {
		n := node{"@type": "dpv:TechnicalOrganisationalMeasure", "dct:title": l.text(m.Name)}
		if t, known := taxonomy.Measure(m.Key); known && t.DPV != "" {
			n["@type"] = t.DPV
		}
		all = append(all, n)
	}
	return all
}

// escaped is key as a part of an id: only letters, digits, dashes, underscores,
// dots and slashes stay.
func escaped(key string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '/' || r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			return r
		}
		return '-'
	}, key)
}
