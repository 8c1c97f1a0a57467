package register_test

import (
	"slices"
	"strings"
	"testing"

	"kept/internal/duty/notice"
	"kept/internal/duty/register"
	"kept/internal/policy"
)

// fact is something that a policy promises: both its notice and its record say
// it in each language, and neither says it once the entry is taken out.
type fact struct {
	system string
	de, en string
	out    func(p *policy.Policy)
	record string // what the record says instead, where its words are its own: "de|en"
}

func (f fact) prove(t *testing.T) {
	t.Helper()
	file := "../../../examples/" + f.system + "/policy.yaml"
	for lang, words := range map[string]string{"de": f.de, "en": f.en} {
		inRecord := words
		if f.record != "" {
			both := strings.Split(f.record, "|")
			inRecord = both[map[string]int{"de": 0, "en": 1}[lang]]
		}
		p := load(t, source(t, file))
		if text := flat(notice.Build(p, lang).Text()); !strings.Contains(text, words) {
			t.Errorf("the notice of %s does not say %q", f.system, words)
		}
		if text := flat(plain(t, register.Build(p, lang), register.CSV)); !strings.Contains(text, inRecord) {
			t.Errorf("the record of %s does not say %q", f.system, inRecord)
		}
		f.out(p)
		if text := flat(notice.Build(p, lang).Text()); strings.Contains(text, words) {
			t.Errorf("the notice of %s says %q although the policy does not", f.system, words)
		}
		for _, format := range []string{register.CSV, register.HTML} {
			if text := flat(plain(t, register.Build(p, lang), format)); strings.Contains(text, inRecord) {
				t.Errorf("the record of %s (%s) says %q although the policy does not", f.system, format, inRecord)
			}
		}
	}
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// without takes out what fits from a list.
func without[T any](list *[]T, fits func(T) bool) { *list = slices.DeleteFunc(*list, fits) }

func forget(key string) func(p *policy.Policy) {
	return func(p *policy.Policy) {
		without(&p.Recipients, func(r policy.Recipient) bool { return r.Key == key })
		for i := range p.Recipients {
			without(&p.Recipients[i].Via, func(via string) bool { return via == key })
		}
		for i := range p.Activities {
			without(&p.Activities[i].Recipients, func(d policy.Delivery) bool { return d.Recipient == key })
		}
		without(&p.Services, func(s policy.Service) bool { return s.Recipient == key })
	}
}

func drop(activity string) func(p *policy.Policy) {
	return func(p *policy.Policy) {
		without(&p.Activities, func(a policy.Activity) bool { return a.Key == activity })
	}
}

func TestPromise_AH16_AdDataGoesAbroadUnderANamedContract(t *testing.T) {
	fact{system: "alleherzen", de: "Reach Werbenetz Ltd.", en: "Reach Werbenetz Ltd.", out: forget("reach")}.prove(t)
	fact{
		system: "alleherzen", de: "15. Januar 2024", en: "15 January 2024",
		out: func(p *policy.Policy) { p.Recipient("reach").Agreement = nil; p.Recipient("fathom").Agreement = nil },
	}.prove(t)
	for lang, says := range map[string][]string{
		"de": {"Reach Werbenetz Ltd. → Vereinigte Staaten: Angemessenheitsbeschluss, Art. 45 DSGVO (DPF)", "Reach Werbenetz Ltd. → Vereinigte Staaten: Standardvertragsklauseln"},
		"en": {"Reach Werbenetz Ltd. → United States: adequacy decision, Art. 45 GDPR (DPF)", "Reach Werbenetz Ltd. → United States: standard contractual clauses"},
	} {
		for _, words := range says {
			p := load(t, source(t, "../../../examples/alleherzen/policy.yaml"))
			if !strings.Contains(flat(plain(t, register.Build(p, lang), register.CSV)), words) {
				t.Errorf("the record does not say %q", words)
			}
			p.Recipient("reach").Transfers = nil
			if strings.Contains(flat(plain(t, register.Build(p, lang), register.CSV)), words) {
				t.Errorf("the record says %q although the policy does not", words)
			}
		}
	}
}

func TestPromise_AH32_EachKindOfDataIsDeclaredWhereItIsUsed(t *testing.T) {
	fact{system: "alleherzen", de: "Stammdaten", en: "master data", out: func(p *policy.Policy) { drop("customers")(p); forget("crm")(p) }}.prove(t)
	fact{system: "alleherzen", de: "Bonitätsauskunft", en: "Credit check", out: drop("credit-check")}.prove(t)
	fact{system: "alleherzen", de: "Bankverbindung", en: "bank account", out: drop("bookkeeping")}.prove(t)
}

func TestPromise_AH33_AH39_TheChainIsNamedToItsEnd(t *testing.T) {
	for _, name := range []struct{ key, says string }{{"google", "Google Ireland Limited"}, {"google-llc", "Google LLC"}, {"alphabet", "Alphabet Inc."}, {"fathom", "Fathom Video Inc."}} {
		fact{system: "alleherzen", de: name.says, en: name.says, out: forget(name.key)}.prove(t)
	}
	fact{system: "alleherzen", de: "Singapur", en: "Singapore", out: func(p *policy.Policy) {
		without(&p.Recipient("google-llc").Transfers, func(t policy.Transfer) bool { return t.To == "SG" })
	}}.prove(t)
}

func TestPromise_CT06_EachToolIsListedWithWhatBindsIt(t *testing.T) {
	fact{system: "conference-tools", de: "Zoom Communications, Inc.", en: "Zoom Communications, Inc.", out: forget("zoom")}.prove(t)
	fact{system: "conference-tools", de: "15. September 2023", en: "15 September 2023", out: func(p *policy.Policy) {
		for i := range p.Recipients {
			p.Recipients[i].Agreement.Since = ""
		}
	}}.prove(t)
	fact{system: "conference-tools", de: "EU-US Data Privacy Framework", en: "EU-US Data Privacy Framework", record: "(DPF)|(DPF)", out: func(p *policy.Policy) {
		for i := range p.Recipients {
			without(&p.Recipients[i].Transfers, func(t policy.Transfer) bool { return t.Framework == "DPF" })
		}
	}}.prove(t)
	in := func(what func(r *policy.Recipient) string, out func(r *policy.Recipient)) {
		for _, lang := range []string{"de", "en"} {
			p := load(t, source(t, "../../../examples/conference-tools/policy.yaml"))
			for i := range p.Recipients {
				r := &p.Recipients[i]
				words := what(r)
				if !strings.Contains(flat(plain(t, register.Build(p, lang), register.HTML)), words) || !strings.Contains(flat(notice.Build(p, lang).Text()), words) {
					t.Errorf("%s: %q is not said", r.Key, words)
				}
				out(r)
				if strings.Contains(flat(plain(t, register.Build(p, lang), register.HTML)), words) || strings.Contains(flat(notice.Build(p, lang).Text()), words) {
					t.Errorf("%s: %q is said although the policy does not say it", r.Key, words)
				}
			}
		}
	}
	in(func(r *policy.Recipient) string { return r.Address }, func(r *policy.Recipient) { r.Address = "" })
	in(func(r *policy.Recipient) string { return r.Notice }, func(r *policy.Recipient) { r.Notice = "" })
}
