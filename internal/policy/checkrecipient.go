package policy

import (
	"slices"
	"time"

	"kept/internal/policy/rules"
)

// recipient checks one recipient: what binds it and where data goes with it.
func (c *checker) recipient(r *Recipient) {
	agreement := ""
	if r.Agreement != nil {
		agreement = r.Agreement.Kind
		c.notAfterToday(r.Agreement.Since, r.Agreement.At, "the agreement with "+r.Key)
	}
	at := r.keys.of("agreement", r.keys.of("role", r.At))
	switch {
	case r.Role.OnOrder() && agreement != "dpa" && !c.unread(r):
		c.report("K403", at, "recipient %s is a processor without a processing agreement", r.Key)
	case r.Role == JointController && agreement != "arrangement" && !c.unread(r):
		c.report("K404", at, "recipient %s is a joint controller without an arrangement", r.Key)
	}
	safe := r.Country == "" || c.rules.InEEA(r.Country)
	for i := range r.Transfers {
		t := &r.Transfers[i]
		safe = safe || t.To == r.Country
		c.transfer(r, t)
	}
	if !safe {
		c.report("K405", r.keys.of("country", r.At), "recipient %s is in %s, outside the EEA, and no transfer there has a safeguard", r.Key, r.Country)
	}
	c.storage(r)
	if r.Role == JointController && agreement == "arrangement" && len(r.Agreement.Essence) == 0 && !r.Agreement.keys.has("essence") {
		c.report("K420", r.Agreement.At, "the arrangement with %s is there, and people are not told what it says", r.Key)
	}
	if len(r.OwnPurposes) > 0 && r.Notice == "" && !r.keys.has("notice") {
		c.report("K421", r.keys.of("own_purposes", r.At), "recipient %s uses data for purposes of its own, and nobody says where it tells of them", r.Key)
	}
	c.chain(r)
}

// storage finds data centres to which no transfer leads.
func (c *checker) storage(r *Recipient) {
	for _, country := range r.Storage {
		covered := c.rules.InEEA(country) || slices.ContainsFunc(r.Transfers, func(t Transfer) bool { return t.To == country })
		if !covered && !r.keys.broken("transfers") {
			c.report("K422", r.keys.of("storage/"+country, r.At), "recipient %s stores data in %s, outside the EEA, and no transfer there has a safeguard", r.Key, country)
		}
	}
}

// unread reports whether an agreement is there but could not be read.
func (c *checker) unread(r *Recipient) bool { return r.Agreement != nil && r.Agreement.Kind == "" }

func (c *checker) transfer(r *Recipient, t *Transfer) {
	c.notAfterToday(t.Checked, t.keys.of("checked", t.At), "a transfer of "+r.Key)
	if c.rules.InEEA(t.To) {
		c.report("K415", t.keys.of("to", t.At), "%s lies in the EEA; data may go there without a safeguard", t.To)
		return
	}
	switch t.Safeguard {
	case "adequacy":
		c.adequacy(r, t)
	case "explicit-consent":
		if len(t.Risk) == 0 && !t.keys.has("risk") {
			c.report("K408", t.At, "data goes to %s with the person's consent, and the risk is not explained", t.To)
		}
	}
}

// adequacy checks that a decision of the Commission covers a transfer.
func (c *checker) adequacy(r *Recipient, t *Transfer) {
	decisions := c.rules.AdequacyOf(t.To)
	if t.To == "" {
		return
	}
	if len(decisions) == 0 {
		c.report("K412", t.keys.of("to", t.At), "there is no adequacy decision on %s on %s", t.To, c.day())
		return
	}
	i := slices.IndexFunc(decisions, func(d rules.Adequacy) bool { return d.Framework == "" || d.Framework == t.Framework })
	switch {
	case i < 0 && t.Framework == "":
		c.report("K406", t.At, "adequacy in %s holds only under %s, and recipient %s names no framework", t.To, decisions[0].Framework, r.Key)
	case i < 0:
		c.report("K406", t.keys.of("framework", t.At), "adequacy in %s does not hold under %s but under %s", t.To, quoted(t.Framework), decisions[0].Framework)
	case !decisions[i].Recheck.IsZero():
		c.recheck(r, t, decisions[i])
	}
}

// recheck asks for a look at the list of certified companies now and then.
func (c *checker) recheck(r *Recipient, t *Transfer, d rules.Adequacy) {
	if t.Checked == "" && !t.keys.has("checked") {
		c.report("K407", t.At, "nobody noted when it was last checked that %s is certified under %s", r.Key, d.Framework)
		return
	}
	checked, err := time.Parse(time.DateOnly, t.Checked)
	if err == nil && checked.Before(d.Recheck.Before(c.asOf)) {
		c.report("K407", t.keys.of("checked", t.At), "that %s is certified under %s was last checked on %s, more than %s ago", r.Key, d.Framework, t.Checked, d.Recheck.In("en"))
	}
}

// chain follows the recipients further down.
func (c *checker) chain(r *Recipient) {
	for _, key := range r.Via {
		at := r.keys.of("via/"+key, r.At)
		c.knownRecipient(key, at, "recipient "+r.Key)
		if c.p.reaches(key, r.Key, map[string]bool{}) {
			c.report("K417", at, "the chain from %s through %s leads back to %s", r.Key, key, r.Key)
		}
	}
}

// reaches reports whether the chain that begins at from leads to to.
func (p *Policy) reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	r := p.Recipient(from)
	if r == nil || seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(r.Via, func(next string) bool { return p.reaches(next, to, seen) })
}

func (c *checker) knownRecipient(key string, at Pos, who string) {
	if key == "" || c.p.Recipient(key) != nil || c.partial {
		return
	}
	var known []string
	for i := range c.p.Recipients {
		known = append(known, c.p.Recipients[i].Key)
	}
	c.reportFix("K401", at, didYouMean(key, known), "%s names the recipient %s, which is not declared", who, quoted(key))
}

// consentTransfer reports a recipient to which data may go with the person's
// consent only, where nobody asks for it.
func (c *checker) consentTransfer(key string, at Pos, who string) {
	r := c.p.Recipient(key)
	if r == nil {
		return
	}
	byConsent, otherwise := map[string]bool{}, map[string]bool{}
	for _, t := range r.Transfers {
		if t.Safeguard == "explicit-consent" {
			byConsent[t.To] = true
		} else {
			otherwise[t.To] = true
		}
	}
	for to := range byConsent {
		if !otherwise[to] {
			c.report("K414", at, "%s gives data to %s, to %s with the person's consent only, and asks for none", who, key, to)
		}
	}
}

func (c *checker) notAfterToday(date string, at Pos, what string) {
	if date > c.day() {
		c.report("K418", at, "%s is dated %s, after the day of this check", what, date)
	}
}

// unused finds recipients that get nothing.
func (c *checker) unused() {
	if c.partial {
		return
	}
	used := map[string]bool{}
	var use func(key string)
	use = func(key string) {
		if r := c.p.Recipient(key); r != nil && !used[key] {
			used[key] = true
			for _, next := range r.Via {
				use(next)
			}
		}
	}
	for i := range c.p.Activities {
		for _, d := range c.p.Activities[i].Recipients {
			use(d.Recipient)
		}
	}
	for i := range c.p.Services {
		use(c.p.Services[i].Recipient)
	}
	for i := range c.p.Recipients {
		if r := &c.p.Recipients[i]; !used[r.Key] {
			c.report("K402", r.At, "recipient %s is declared and gets nothing", r.Key)
		}
	}
}
