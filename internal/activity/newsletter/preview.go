package newsletter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"kept/internal/access"
	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/page"
	"kept/internal/store"
)

// Preview is a campaign as somebody would get it.
type Preview struct {
	issue.Letter
	Left []*issue.Problem // what was left out
}

// Preview writes a campaign in a language to a reader who is nobody.
func (n *Newsletter) Preview(c *Campaign, lang string) (Preview, error) {
	i, err := n.Issue(c, lang)
	if err != nil {
		return Preview{}, err
	}
	s := Subscription{First: i18n.T(lang, "newsletter.preview.first"), Last: i18n.T(lang, "newsletter.preview.last")}
	l := i.Letter(n.reader(c, lang, s, "…"), nil, "")
	controller := n.env.Policy().Controller.Name
	l.Text, l.HTML = mail.Footed(l.Text, l.HTML, i18n.T(lang, "newsletter.mail.campaign.why", controller),
		i18n.T(lang, "newsletter.mail.stop", n.env.Mail.Link(Path+"/leave/…")))
	return Preview{l, i.Left}, nil
}

// previewCampaign shows a draft in both schemes and as text, and whom it reaches.
func (n *Newsletter) previewCampaign(w http.ResponseWriter, r *http.Request) error {
	return n.showPreview(w, r, page.Form{}, "")
}

func (n *Newsletter) showPreview(w http.ResponseWriter, r *http.Request, f page.Form, says string) error {
	d, a, err := n.campaignPage(r)
	if err != nil {
		return err
	}
	d.Says, d.Frames, d.Form = says, true, f
	if f.Refused() {
		d.Status = http.StatusBadRequest
	}
	if d.Form.Value("to") == "" {
		who, err := n.env.Desk.Person(r)
		if err != nil {
			return err
		}
		wrong := f.Wrong("to")
		if d.Form = page.Filled(url.Values{"to": {who.Email}}); wrong != "" {
			d.Form.Refuse("to", wrong)
		}
	}
	d.Title = d.T("preview.title", d.Campaign.Name)
	if err := n.obstacles(r.Context(), &d, a); err != nil {
		return err
	}
	for _, lang := range d.Languages {
		p, err := n.Preview(&d.Campaign, lang)
		if err != nil {
			continue // among the obstacles
		}
		d.Texts = append(d.Texts, textPart{lang, p.Title, p.Text})
	}
	return n.pages.Show(n.env.Desk, w, r, "preview", d)
}

// letterPolicy is what a mail may do in a frame of the console: show its own style
// and the site's pictures. It runs nothing, sends nothing, and leads nowhere.
const letterPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src %s data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// showLetter is a campaign as its readers' mail programs show it, for a frame.
func (n *Newsletter) showLetter(w http.ResponseWriter, r *http.Request) error {
	c, err := n.Campaign(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	lang, scheme := r.URL.Query().Get("lang"), r.URL.Query().Get("scheme")
	if !slices.Contains(c.Languages(), lang) || scheme != "light" && scheme != "dark" {
		return fault.New(fault.NotFound, "there is no such letter")
	}
	p, err := n.Preview(&c, lang)
	if err != nil {
		return issue.Invalid(err, lang)
	}
	access.Protect(w.Header())
	access.Personal(w.Header())
	w.Header().Set("Content-Security-Policy", n.letterPolicy())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(issue.Scheme(p.HTML, scheme)))
	return nil
}

func (n *Newsletter) letterPolicy() string {
	site := "'none'"
	if u, err := url.Parse(n.env.Mail.Link("")); err == nil && u.Host != "" {
		site = u.Scheme + "://" + u.Host
	}
	return fmt.Sprintf(letterPolicy, site)
}

// testCampaign sends a draft to one address.
func (n *Newsletter) testCampaign(w http.ResponseWriter, r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	t := n.env.Desk.Open(r, "newsletter")
	err = n.Test(r.Context(), r.PathValue("id"), f.Value("to"))
	if fault.Is(err, fault.Invalid) {
		f.Refuse("to", t.T("wrong.test"))
		return n.showPreview(w, r, f, "")
	}
	if err != nil {
		return err
	}
	return n.showPreview(w, r, f, t.T("test.sent", f.Value("to")))
}

// Test sends a campaign, in every language that it is written in, to one address,
// as somebody whose name is made up would get it. Nothing of it is counted.
func (n *Newsletter) Test(ctx context.Context, id, to string) error {
	c, err := n.Campaign(ctx, id)
	if err != nil {
		return err
	}
	a, err := n.declared(c.Activity)
	if err != nil {
		return err
	}
	address, err := mail.ParseAddress(to)
	if err != nil {
		return err
	}
	var letters []mail.Message
	for _, lang := range c.Languages() {
		i, err := n.Issue(&c, lang)
		if err != nil {
			return issue.Invalid(err, i18n.English)
		}
		s := Subscription{First: i18n.T(lang, "newsletter.preview.first"), Last: i18n.T(lang, "newsletter.preview.last")}
		l := i.Letter(n.reader(&c, lang, s, "test"), nil, "")
		letters = append(letters, mail.Message{Activity: a.Key, To: address, Lang: lang, Title: i18n.T(lang, "newsletter.test.mark") + " " + l.Title, Text: l.Text, HTML: l.HTML,
			Why: i18n.T(lang, "newsletter.test.why"), Stop: i18n.T(lang, "newsletter.test.stop")})
	}
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, m := range letters {
			if _, err := n.env.Mail.Enqueue(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}
