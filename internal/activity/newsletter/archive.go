package newsletter

import (
	"encoding/xml"
	"html/template"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/store"
)

// archivePath is where issues stand that are for everybody.
const archivePath = Path + "/archive"

// shownIssues is how many issues the archive lists, feedIssues the feed.
const (
	shownIssues = 200
	feedIssues  = 20
)

// public reads the issues that are for everybody and have left, the newest first.
func (n *Newsletter) public(r *http.Request, most int) (found []Campaign, err error) {
	rows, err := n.env.DB.QueryContext(r.Context(), "select "+campaignColumns+` from newsletter_campaign where public and state in ($1, $2, $3) and started_at is not null
		order by started_at desc, id limit $4`, string(Sending), string(Paused), string(Done), most)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanCampaign(rows)
		if err != nil {
			return nil, err
		}
		if _, err := n.declared(c.Activity); err == nil {
			found = append(found, c)
		}
	}
	return found, store.Classify(rows.Err())
}

// everybody is the reader of the archive.
func (n *Newsletter) everybody(c *Campaign, lang string) issue.Reader {
	at := "?lang=" + lang
	r := n.reader(c, lang, Subscription{}, "")
	r.Unsubscribe, r.Preferences = n.env.Mail.Link(Path+at), n.env.Mail.Link(Path+at)
	return r
}

type archivePage struct {
	page.Base
	Issues []archivedIssue
	Order  string // where to sign up
	Feed   string
}

type archivedIssue struct {
	Path, Title, List string
	At                time.Time
}

// archive lists the issues that are for everybody.
func (n *Newsletter) archive(w http.ResponseWriter, r *http.Request) error {
	if _, err := n.declared(""); err != nil {
		return err
	}
	d := archivePage{Base: n.env.Site.Open(r, "newsletter")}
	d.Title, d.Order, d.Feed = d.T("archive.title"), d.To(Path), d.To(archivePath+".atom")
	all, err := n.public(r, shownIssues)
	if err != nil {
		return err
	}
	for i := range all {
		d.Issues = append(d.Issues, n.entryOfArchive(&all[i], d.Base))
	}
	return n.pages.Show(n.env.Site, w, r, "archive", d)
}

func (n *Newsletter) entryOfArchive(c *Campaign, b page.Base) archivedIssue {
	x := archivedIssue{Path: b.To(archivePath + "/" + c.ID), Title: c.Title(b.Lang), List: n.listTitle(c.Activity, b.Lang), At: c.Started}
	if i, err := n.Issue(c, c.shownIn(b.Lang)); err == nil {
		x.Title = i.Title(n.everybody(c, i.Lang))
	}
	return x
}

// shownIn is the language in which a page in lang shows the campaign.
func (c *Campaign) shownIn(lang string) string {
	return c.languageFor(lang, i18n.Languages())
}

type issuePage struct {
	page.Base
	archivedIssue
	In      string // language of the issue
	Body    template.HTML
	Archive string
}

// archived shows one issue, as nobody's letter: without a name, with links that
// lead where they say.
func (n *Newsletter) archived(w http.ResponseWriter, r *http.Request) error {
	c, err := n.Campaign(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, err := n.declared(c.Activity); err != nil || !c.Public || c.Started.IsZero() || c.State == Cancelled {
		return fault.New(fault.NotFound, "there is no such issue in the archive")
	}
	d := issuePage{Base: n.env.Site.Open(r, "newsletter")}
	d.In = c.shownIn(d.Lang)
	i, err := n.Issue(&c, d.In)
	if err != nil {
		return err
	}
	d.archivedIssue = n.entryOfArchive(&c, d.Base)
	d.Base.Title, d.Archive = d.archivedIssue.Title, d.To(archivePath)
	d.Body = template.HTML(i.Body(n.everybody(&c, d.In))) //nolint:gosec // issue writes nothing but listed elements, without style
	return n.pages.Show(n.env.Site, w, r, "issue", d)
}

// atom is a feed (RFC 4287).
type atom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Content atomText `xml:"content"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// feed is the archive for programs that look for what is new.
func (n *Newsletter) feed(w http.ResponseWriter, r *http.Request) error {
	if _, err := n.declared(""); err != nil {
		return err
	}
	b := n.env.Site.Open(r, "newsletter")
	all, err := n.public(r, feedIssues)
	if err != nil {
		return err
	}
	at := "?lang=" + b.Lang
	f := atom{Lang: b.Lang, ID: n.env.Mail.Link(archivePath), Title: n.listTitle("", b.Lang), Author: n.env.Policy().Controller.Name, Updated: n.env.Clock.Now().UTC().Format(time.RFC3339),
		Links: []atomLink{{"self", n.env.Mail.Link(archivePath + ".atom" + at)}, {"alternate", n.env.Mail.Link(archivePath + at)}}}
	for i := range all {
		c := &all[i]
		written, err := n.Issue(c, c.shownIn(b.Lang))
		if err != nil {
			continue // its site's address has changed since; the page says so
		}
		if len(f.Entries) == 0 {
			f.Updated = c.Started.UTC().Format(time.RFC3339)
		}
		reader := n.everybody(c, written.Lang)
		f.Entries = append(f.Entries, atomEntry{ID: "urn:kept:newsletter:" + c.ID, Title: written.Title(reader), Updated: c.Started.UTC().Format(time.RFC3339),
			Link: atomLink{"alternate", n.env.Mail.Link(archivePath + "/" + c.ID + at)}, Content: atomText{"html", written.Body(reader)}})
	}
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	access.Protect(w.Header())
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(append([]byte(xml.Header), text...))
	return nil
}
