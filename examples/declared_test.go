package examples_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/policy"
)

// A promise that is proven where it runs must first be declarable in full: each
// line of running_test.go says what the entries of its system hold for it. These
// tests prove no promise; they keep the policies from losing what one needs.

// need is what a promise asks of a policy; it says what is missing, "" if nothing.
type need func(p *policy.Policy) string

// line is a running promise: what it needs, and the edit that takes the entry
// out which carries it.
type line struct {
	id    string
	needs []need
	out   edit
}

// entries are the edits that take out whole activities.
func entries(names ...string) edit {
	var edits []edit
	for _, name := range names {
		edits = append(edits, without("activities", name))
	}
	return all(edits...)
}

func TestRunningPromisesAreDeclaredInFull(t *testing.T) {
	sources := map[string]string{}
	for _, system := range systems {
		sources[system] = source(t, system)
	}
	var told []string
	for _, l := range running {
		system := systemOf[l.id[:2]]
		told = append(told, l.id)
		t.Run(l.id, func(t *testing.T) {
			for _, n := range append(l.needs, ended(t, l.id)...) {
				if missing := n(readable(t, sources[system])); missing != "" {
					t.Error(missing)
				}
			}
			less := readable(t, l.out(t, sources[system]))
			if !slices.ContainsFunc(l.needs, func(n need) bool { return n(less) != "" }) {
				t.Error("nothing is missing without the entry")
			}
		})
	}
	for _, p := range lines(t) {
		if strings.Contains(p["shown_by"], "running") && !slices.Contains(told, p["id"]) {
			t.Errorf("nothing says what %s needs: %s", p["id"], p["promise"])
		}
	}
}

var systemOf = map[string]string{"MC": connect, "MA": mailissa, "AH": agency, "CT": conference, "CS": sync}

// readable reads a policy as far as it goes: one that was cut may have mistakes.
func readable(t *testing.T, src string) *policy.Policy {
	t.Helper()
	p, findings := policy.Load("policy.yaml", []byte(src), app.Vocabulary(), today)
	if p == nil {
		t.Fatal(findings)
	}
	return p
}

// lines are docs/promises.csv by the heads of its columns.
func lines(t *testing.T) (all []map[string]string) {
	t.Helper()
	f, err := os.Open("../docs/promises.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		l := map[string]string{}
		for i, head := range rows[0] {
			l[head] = row[i]
		}
		all = append(all, l)
	}
	return all
}

// carrier is the entry whose rule keeps a promise that has a period, with the
// data that the rule decides about, if not about all.
type carrier struct{ activity, field string }

var carriers = map[string]carrier{
	"MC13": {"newsletter", "email"}, "MC16": {"contact", ""}, "MC17": {"contact", ""}, "MC22": {"consent", "choice"}, "MC23": {"consent", "last_visit"},
	"MC24": {"access-log", "ip_address"}, "MC25": {"newsletter", "email"},
	"AH02": {"access-log", "ip_address"}, "AH09": {"analytics", ""}, "AH22": {"newsletter", "proof"}, "AH23": {"newsletter", ""},
	"CT05": {"teams zoom google-meet", ""}, "CS08": {"contact-sync subscription account", ""}, "CS09": {"contact-sync subscription account", ""},
	"CS10": {"contact-sync access-log", "log"}, "CS11": {"subscription", "order"},
}

// moments are the words of the promises for the moments of the kinds.
var moments = map[string]string{"correspondence_concluded": "concluded", "consent_revoked": "revocation", "last_visit": "last-visit", "purpose_end": "purpose-end", "contract_end": "contract-end"}

// ended is what the columns trigger, period and action of a line ask for: a rule
// of the carrying entry with that moment, period and action. What is no rule (a
// setting, a cookie, a hold, a notification) stands among the needs of the line.
func ended(t *testing.T, id string) (needs []need) {
	t.Helper()
	for _, l := range lines(t) {
		c, carried := carriers[id]
		if l["id"] != id || l["period"] == "" {
			continue
		}
		if !carried {
			if !slices.Contains([]string{"MC10", "MC26", "AH10", "CS07"}, id) {
				t.Errorf("nothing says which rule keeps %s", id)
			}
			continue
		}
		for _, activity := range strings.Fields(c.activity) {
			for _, trigger := range strings.Split(l["trigger"], "|") {
				moment := trigger
				if m, ok := moments[trigger]; ok {
					moment = m
				}
				needs = append(needs, ends(activity, c.field, moment, l["period"], l["action"]))
			}
		}
	}
	return needs
}

// ends asks for a rule: from the moment, after the period, the action. With
// data, the rule must decide about it.
func ends(activity, data, moment, keep, then string) need {
	return in(activity, func(a *policy.Activity) string {
		for i := range a.Retention {
			r := &a.Retention[i]
			fits := r.From == moment && r.Keep.String() == keep && string(r.Then) == then
			if fits && (data == "" || !a.Has(data) && !named(a.Data, data) || r.Governs(data) || named(r.Data, data) || len(r.Data) == 0) {
				return ""
			}
		}
		return fmt.Sprintf("no rule: %s %s from %s, %s, then %s", activity, data, moment, keep, then)
	})
}

func named(refs []policy.Ref, name string) bool {
	return slices.ContainsFunc(refs, func(r policy.Ref) bool { return r.Name == name })
}

// in asks something of an activity that the file itself declares.
func in(activity string, asks func(a *policy.Activity) string) need {
	return func(p *policy.Policy) string {
		a := p.Activity(activity)
		if a == nil || a.At.Line == 0 {
			return "there is no entry " + activity
		}
		return asks(a)
	}
}

// lists asks for data, by the names in the file.
func lists(activity string, data ...string) need {
	return in(activity, func(a *policy.Activity) string {
		for _, d := range data {
			if !named(a.Data, d) {
				return activity + " does not list " + d
			}
		}
		return ""
	})
}

// only asks for this data and no other.
func only(activity string, data ...string) need {
	return func(p *policy.Policy) string {
		if missing := lists(activity, data...)(p); missing != "" {
			return missing
		}
		if a := p.Activity(activity); len(a.Data) != len(data) {
			return fmt.Sprintf("%s lists %d names, not %d", activity, len(a.Data), len(data))
		}
		return ""
	}
}

// lacks asks that data is not listed.
func lacks(activity string, data ...string) need {
	return in(activity, func(a *policy.Activity) string {
		for _, d := range data {
			if named(a.Data, d) || a.Has(d) {
				return activity + " lists " + d
			}
		}
		return ""
	})
}

// rests asks for a legal basis, of the whole or of a part.
func rests(activity string, basis policy.Basis) need {
	return in(activity, func(a *policy.Activity) string {
		if a.Basis == basis || slices.ContainsFunc(a.Also, func(g policy.Ground) bool { return g.Basis == basis }) {
			return ""
		}
		return fmt.Sprintf("%s does not rest on %s", activity, basis)
	})
}

// asked asks for a consent in the banner, whose withdrawal ends the data.
func asked(activity, group string) need {
	return in(activity, func(a *policy.Activity) string {
		if a.Basis != policy.Consent || a.Group != group || a.OnWithdrawal == "" {
			return activity + " is not asked for in " + group + ", or its withdrawal ends nothing"
		}
		return ""
	})
}

// gives asks that a recipient gets this data and no other.
func gives(activity, recipient string, data ...string) need {
	return in(activity, func(a *policy.Activity) string {
		for _, d := range a.Recipients {
			if d.Recipient != recipient {
				continue
			}
			var got []string
			for _, f := range d.Fields {
				got = append(got, f.Name)
			}
			slices.Sort(got)
			slices.Sort(data)
			if !slices.Equal(got, data) {
				return fmt.Sprintf("%s gives %s %v", activity, recipient, got)
			}
			return ""
		}
		return activity + " gives " + recipient + " nothing"
	})
}

// alone asks that nobody outside gets anything of an entry. The server that it is
// stored on is nobody else's: who runs it acts on our instructions alone.
func alone(activity string) need {
	return func(p *policy.Policy) string {
		return in(activity, func(a *policy.Activity) string {
			for _, d := range a.Recipients {
				if r := p.Recipient(d.Recipient); r == nil || r.Role != policy.Hosting {
					return activity + " gives data to " + d.Recipient
				}
			}
			return ""
		})(p)
	}
}

// sees asks that departments, and these alone, see the data.
func sees(activity string, departments ...string) need {
	return func(p *policy.Policy) string {
		for _, d := range departments {
			if p.Department(d) == nil {
				return "there is no department " + d
			}
		}
		return in(activity, func(a *policy.Activity) string {
			if len(a.Access) != len(departments) || !named(a.Access, departments[0]) {
				return activity + " is not for " + strings.Join(departments, ", ")
			}
			return ""
		})(p)
	}
}

// sets asks something of the settings.
func sets(activity, what string, asks func(s policy.Settings) bool) need {
	return in(activity, func(a *policy.Activity) string {
		if !asks(a.Settings) {
			return activity + " does not set " + what
		}
		return ""
	})
}

// forwards asks that a setting names a recipient, whose hosts are declared.
func forwards(activity, setting, recipient string) need {
	return func(p *policy.Policy) string {
		if r := p.Recipient(recipient); r == nil || len(r.Hosts) == 0 {
			return "no host of " + recipient + " is declared"
		}
		return sets(activity, setting, func(s policy.Settings) bool {
			return slices.ContainsFunc(s.Forwards(setting), func(f policy.Forward) bool { return f.Recipient == recipient })
		})(p)
	}
}

// shortens asks that the address is truncated before anything is stored.
func shortens(activity string) need {
	return sets(activity, "truncate_ip", func(s policy.Settings) bool {
		cut := s.Truncation("truncate_ip")
		return cut.IPv4 > 0 && cut.IPv4 < 32 && cut.IPv6 > 0 && cut.IPv6 < 128
	})
}

// stores asks for a cookie with its lifetime, "" for the session's.
func stores(cookies func(p *policy.Policy) []policy.Cookie, name, lifetime string) need {
	return func(p *policy.Policy) string {
		for _, c := range cookies(p) {
			if c.Name == name && (lifetime == "" && c.Session || lifetime != "" && c.Lifetime.String() == lifetime) {
				return ""
			}
		}
		return "there is no cookie " + name + " that lives " + lifetime
	}
}

func ofActivity(name string) func(p *policy.Policy) []policy.Cookie {
	return func(p *policy.Policy) []policy.Cookie {
		if a := p.Activity(name); a != nil {
			return a.Cookies
		}
		return nil
	}
}

func ofSite(p *policy.Policy) []policy.Cookie { return p.Cookies }

// heldBack asks that a service loads with consent only.
func heldBack(service, group string) need {
	return func(p *policy.Policy) string {
		if s := p.Service(service); s == nil || s.Group != group || !s.NeedsConsent() || len(s.Hosts) == 0 {
			return service + " is not held back until " + group + " is accepted"
		}
		return ""
	}
}

// bound asks that a recipient has the role, with the agreement that binds it.
func bound(recipient string, role policy.Role, agreement string) need {
	return func(p *policy.Policy) string {
		if r := p.Recipient(recipient); r == nil || r.Role != role || len(r.Category) == 0 || r.Agreement == nil || r.Agreement.Kind != agreement {
			return fmt.Sprintf("%s is no %s with a %s", recipient, role, agreement)
		}
		return ""
	}
}

// says asks anything else of a policy.
func says(what string, holds func(p *policy.Policy) bool) need {
	return func(p *policy.Policy) string {
		if !holds(p) {
			return "not declared: " + what
		}
		return ""
	}
}
