package policy

import (
	"fmt"
	"slices"
	"strings"

	"kept/internal/policy/period"
)

// service checks what a page may load from elsewhere.
func (c *checker) service(s *Service) {
	who := "service " + s.Key
	c.knownRecipient(s.Recipient, s.keys.of("recipient", s.At), who)
	if len(s.Hosts) == 0 && !s.keys.broken("hosts") {
		c.report("K501", s.keys.of("hosts", s.At), "%s names no host", who)
	}
	switch {
	case s.Group == Essential:
		if len(s.Reason) == 0 && !s.keys.has("reason") {
			c.report("K508", s.keys.of("group", s.At), "%s loads without consent and does not say why the page cannot do without it", who)
		}
		c.consentTransfer(s.Recipient, s.keys.of("recipient", s.At), who)
	case s.Group != "":
		c.knownGroup(s.Group, s.keys.of("group", s.At), who)
	}
	for _, ref := range s.Data {
		if loadField(ref.Name) == nil {
			c.reportFix("K509", ref.At, didYouMean(ref.Name, loadNames()), "%s: loading from a page tells nobody %s", who, quoted(ref.Name))
		}
	}
	for i := range s.Cookies {
		c.cookie(&s.Cookies[i], who)
	}
}

// siteCookies checks the terminal storage that the site itself cannot do
// without. No entry says what it is for, so each cookie does.
func (c *checker) siteCookies() {
	for i := range c.p.Cookies {
		x := &c.p.Cookies[i]
		if len(x.Purpose) == 0 && !x.keys.broken("purpose") {
			c.report("K514", x.keys.of("purpose", x.At), "%s is stored without consent and does not say why the site cannot do without it", quoted(x.Name))
		}
		c.cookie(x, "the site")
	}
}

// cookie checks one piece of terminal storage.
func (c *checker) cookie(x *Cookie, who string) {
	at := x.keys.of("lifetime", x.At)
	lives := !x.Lifetime.IsZero()
	switch {
	case x.Session && lives:
		c.report("K513", at, "%s of %s ends with the browser session and has a lifetime as well", quoted(x.Name), who)
	case !x.Session && !lives && x.keys.has("lifetime") && !x.keys.broken("lifetime"):
		c.report("K513", at, "%s of %s lives no time at all", quoted(x.Name), who)
	case x.Storage == "session-storage" && lives:
		c.report("K512", at, "%s of %s is session storage, which ends with the browser session", quoted(x.Name), who)
	}
	if browser, ok := c.rules.StorageOf(x.Storage); ok && x.Lifetime.Longer(browser.Keep) {
		c.report("K505", at, "%s of %s is to live %s; %s", quoted(x.Name), who, x.Lifetime.In("en"), browser.Why)
	}
}

// storageOutlives finds cookies that live on when the data that they lead to is
// gone.
func (c *checker) storageOutlives(a *Activity) {
	var longest period.Period
	for _, r := range a.Retention {
		if r.keys.broken("keep") {
			return
		}
		if r.Keep.Longer(longest) {
			longest = r.Keep
		}
	}
	if len(a.Retention) == 0 {
		return
	}
	for i := range a.Cookies {
		x := &a.Cookies[i]
		if x.Lifetime.Longer(longest) {
			c.report("K504", x.keys.of("lifetime", x.At), "%s lives %s, but the data of activity %s is gone after %s",
				quoted(x.Name), x.Lifetime.In("en"), a.Key, longest.In("en"))
		}
	}
}

// storageOverlaps finds hosts and cookies that two entries claim: nobody could
// say whose consent counts.
func (c *checker) storageOverlaps() {
	hosts := map[string]string{}
	for i := range c.p.Services {
		s := &c.p.Services[i]
		for _, h := range s.Hosts {
			if first, twice := hosts[h]; twice {
				c.report("K502", s.keys.of("hosts/"+h, s.At), "%s is a host of service %s and of service %s", h, first, s.Key)
				continue
			}
			hosts[h] = s.Key
		}
	}
	var claims []claim
	for i := range c.p.Activities {
		a := &c.p.Activities[i]
		claims = c.claim(claims, a.Cookies, "activity "+a.Key)
	}
	for i := range c.p.Services {
		s := &c.p.Services[i]
		claims = c.claim(claims, s.Cookies, "service "+s.Key)
	}
	c.claim(claims, c.p.Cookies, "the site")
}

// claim is a cookie with the entry that declares it.
type claim struct {
	cookie *Cookie
	who    string
}

func (c *checker) claim(claims []claim, cookies []Cookie, who string) []claim {
	for i := range cookies {
		x := &cookies[i]
		for _, other := range claims {
			if x.Name != "" && x.overlaps(other.cookie) {
				c.report("K503", x.At, "%s of %s is also %s of %s", quoted(x.Name), who, quoted(other.cookie.Name), other.who)
				break
			}
		}
		claims = append(claims, claim{x, who})
	}
	return claims
}

// overlaps reports whether some name would be declared by both.
func (c *Cookie) overlaps(other *Cookie) bool {
	if c.Storage != other.Storage {
		return false
	}
	a, b := strings.TrimSuffix(c.Name, "*"), strings.TrimSuffix(other.Name, "*")
	return c.MatchesCookie(b) || other.MatchesCookie(a)
}

// texts checks that what people read exists in every language of the notice.
func (c *checker) texts() {
	for i := range c.p.Groups {
		g := &c.p.Groups[i]
		if g.keys != nil {
			c.translated(g.Title, g.keys.of("title", g.At), "title of group "+g.Key)
			c.translated(g.About, g.keys.of("about", g.At), "about of group "+g.Key)
		}
	}
	for i := range c.p.Recipients {
		c.recipientTexts(&c.p.Recipients[i])
	}
	for i := range c.p.Services {
		s := &c.p.Services[i]
		c.translated(s.Name, s.keys.of("name", s.At), "name of service "+s.Key)
		c.translated(s.Reason, s.keys.of("reason", s.At), "reason of service "+s.Key)
		c.cookieTexts(s.Cookies)
	}
	for i := range c.p.Activities {
		c.activityTexts(&c.p.Activities[i])
	}
	c.cookieTexts(c.p.Cookies)
}

func (c *checker) activityTexts(a *Activity) {
	c.translated(a.Title, a.keys["title"], "title of activity "+a.Key)
	c.translated(a.Interest, a.keys["interest"], "interest of activity "+a.Key)
	c.translated(a.Provision.Consequence, a.keys["provision/consequence"], "consequence of activity "+a.Key)
	for _, r := range a.Retention {
		c.translated(r.Reason, r.keys.of("reason", r.At), "reason of a rule of activity "+a.Key)
	}
	c.cookieTexts(a.Cookies)
	c.translated(a.OnBehalfOf, a.keys["on_behalf_of"], "on_behalf_of of activity "+a.Key)
	c.translated(a.Origin, a.keys["origin"], "origin of activity "+a.Key)
	for _, g := range a.Also {
		c.translated(g.For, g.keys.of("for", g.At), "for of a further basis of activity "+a.Key)
		c.translated(g.Interest, g.keys.of("interest", g.At), "interest of a further basis of activity "+a.Key)
	}
	if d := a.Decision; d != nil {
		c.translated(d.Logic, d.keys.of("logic", d.At), "logic of the decision of activity "+a.Key)
		c.translated(d.Consequences, d.keys.of("consequences", d.At), "consequences of the decision of activity "+a.Key)
	}
	for _, f := range a.Described {
		c.translated(f.Title, a.keys["title/"+f.Name], "title of "+f.Name+" of activity "+a.Key)
	}
	for _, m := range a.Moments {
		c.translated(m.Title, a.keys["moments/"+m.Name], "moment "+m.Name+" of activity "+a.Key)
	}
}

func (c *checker) recipientTexts(r *Recipient) {
	for _, t := range r.Transfers {
		c.translated(t.Risk, t.keys.of("risk", t.At), "risk of a transfer of "+r.Key)
	}
	c.translated(r.Category, r.keys["category"], "category of recipient "+r.Key)
	c.translated(r.OwnPurposes, r.keys["own_purposes"], "own_purposes of recipient "+r.Key)
	if g := r.Agreement; g != nil {
		c.translated(g.Essence, g.keys.of("essence", g.At), "essence of the agreement with "+r.Key)
	}
}

func (c *checker) cookieTexts(cookies []Cookie) {
	for _, x := range cookies {
		c.translated(x.Purpose, x.keys.of("purpose", x.At), fmt.Sprintf("purpose of cookie %s", quoted(x.Name)))
	}
}

// translated compares the languages of a text with those of the notice. Built-in
// texts, which stand in no file, may have more.
func (c *checker) translated(t Text, at Pos, what string) {
	languages := c.p.Notice.Languages
	if len(t) == 0 || len(languages) == 0 {
		return
	}
	for _, lang := range languages {
		if t[lang] == "" {
			c.report("K601", at, "%s is missing in %s", what, lang)
		}
	}
	for _, lang := range Languages {
		if t[lang] != "" && !slices.Contains(languages, lang) && at.Line > 0 {
			c.report("K602", at, "%s is given in %s, in which the notice is not published", what, lang)
		}
	}
}
