package newsletter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
)

// State is what a campaign has come to.
type State string

// The states. A draft is written; what is scheduled waits for its time; what is
// sending leaves; paused it can go on; sent and cancelled are ends.
const (
	Draft     State = "draft"
	Scheduled State = "scheduled"
	Sending   State = "sending"
	Paused    State = "paused"
	Done      State = "sent"
	Cancelled State = "cancelled"
)

// Campaign is a mail to many.
type Campaign struct {
	ID       string                  `json:"id"`
	Activity string                  `json:"activity"`
	Name     string                  `json:"name"`
	State    State                   `json:"state"`
	Format   issue.Format            `json:"format"`
	Sources  map[string]issue.Source `json:"sources"` // by language
	Segment  Segment                 `json:"segment"`
	Contents []string                `json:"contents"` // ids of the descriptions that cover it; "" is the one that stands where none was given
	Public   bool                    `json:"public"`
	Pace     string                  `json:"pace,omitempty"`
	Created  time.Time               `json:"created"`
	When     When                    `json:"when"`
	Started  time.Time               `json:"started,omitzero"`
	Ended    time.Time               `json:"ended,omitzero"`
	Tally    Tally                   `json:"counts"`

	filledTo string
	filled   bool
	told     int64
}

// When is the time that a campaign is to leave at. Local: at that time of the
// clock where each reader is, as far as the policy lets it be known.
type When struct {
	At    time.Time `json:"at,omitzero"`
	Zone  string    `json:"zone,omitempty"`
	Local bool      `json:"local,omitempty"`
}

// Tally counts what became of a campaign, without anybody's name.
type Tally struct {
	Recipients int64 `json:"recipients"`
	Sent       int64 `json:"sent"`
	Refused    int64 `json:"refused"`
	Bounced    int64 `json:"bounced"`
	Complained int64 `json:"complained"`
	Withheld   int64 `json:"withheld"`
	Departed   int64 `json:"departed"`
	Opened     int64 `json:"opened"`
}

// Waiting is how many letters have not been dealt with.
func (t Tally) Waiting() int64 { return max(0, t.Recipients-t.Sent-t.Refused-t.Withheld) }

// Languages are those that the campaign is written in.
func (c *Campaign) Languages() (written []string) {
	for _, lang := range i18n.Languages() {
		if s, ok := c.Sources[lang]; ok && !s.Empty() {
			written = append(written, lang)
		}
	}
	return written
}

// Title returns the title in a language, or in another that it is written in.
func (c *Campaign) Title(lang string) string {
	if s := c.Sources[lang]; s.Title != "" {
		return s.Title
	}
	for _, l := range c.Languages() {
		return c.Sources[l].Title
	}
	return c.Name
}

const campaignColumns = `id, activity, name, state, format, sources, segment, contents, public, pace, created_at, send_at, zone, local, started_at, ended_at,
	coalesce(filled_to, ''), filled, recipients, sent, refused, bounced, complained, withheld, departed, opened, told`

func scanCampaign(row interface{ Scan(...any) error }) (Campaign, error) {
	var c Campaign
	var sources store.JSON[map[string]issue.Source]
	var segment store.JSON[Segment]
	var contents store.JSON[[]string]
	var created, at, started, ended store.Time
	err := row.Scan(&c.ID, &c.Activity, &c.Name, &c.State, &c.Format, &sources, &segment, &contents, &c.Public, &c.Pace, &created, &at, &c.When.Zone, &c.When.Local,
		&started, &ended, &c.filledTo, &c.filled, &c.Tally.Recipients, &c.Tally.Sent, &c.Tally.Refused, &c.Tally.Bounced, &c.Tally.Complained,
		&c.Tally.Withheld, &c.Tally.Departed, &c.Tally.Opened, &c.told)
	if err != nil {
		return c, store.Classify(err)
	}
	c.Sources, c.Segment, c.Contents = sources.V, segment.V, contents.V
	c.Created, c.When.At, c.Started, c.Ended = created.Time, at.Time, started.Time, ended.Time
	return c, nil
}

// Campaign returns the campaign called id, NotFound if there is none.
func (n *Newsletter) Campaign(ctx context.Context, id string) (Campaign, error) {
	return n.campaign(ctx, n.env.DB, id)
}

func (n *Newsletter) campaign(ctx context.Context, q store.Querier, id string) (Campaign, error) {
	c, err := scanCampaign(q.QueryRowContext(ctx, "select "+campaignColumns+" from newsletter_campaign where id = $1", id))
	if fault.Is(err, fault.NotFound) {
		return c, fault.New(fault.NotFound, "there is no such campaign")
	}
	return c, err
}

// Campaigns returns the latest campaigns, the newest first.
func (n *Newsletter) Campaigns(ctx context.Context, most int) (found []Campaign, err error) {
	rows, err := n.env.DB.QueryContext(ctx, "select "+campaignColumns+" from newsletter_campaign order by created_at desc, id limit $1", most)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanCampaign(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, store.Classify(rows.Err())
}

// maxName bounds what staff calls a campaign, in bytes.
const maxName = 120

// check returns Invalid if c cannot be kept, as a draft.
func (c *Campaign) check(a *policy.Activity) error {
	switch {
	case strings.TrimSpace(c.Name) == "" || len(c.Name) > maxName || !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, func(r rune) bool { return r < ' ' }):
		return fault.New(fault.Invalid, "a campaign has a name of at most %d bytes", maxName)
	case c.Format != issue.Markdown && c.Format != issue.HTML:
		return fault.New(fault.Invalid, "a campaign is written in %s or %s", issue.Markdown, issue.HTML)
	}
	for lang, s := range c.Sources {
		if !slices.Contains(i18n.Languages(), lang) || !utf8.ValidString(s.Title+s.Body) || len(s.Title)+len(s.Body) > maxCampaign {
			return fault.New(fault.Invalid, "a text is in German or English and has at most %d bytes", maxCampaign)
		}
	}
	if _, err := parsePace(c.Pace); err != nil {
		return err
	}
	return knownTopics(a, c.Segment.Topics)
}

// maxCampaign bounds one language of a campaign, in bytes.
const maxCampaign = 300 << 10

// Compose keeps a draft: a new one without an ID, else the one that has it.
// Conflict if that is a draft no more.
func (n *Newsletter) Compose(ctx context.Context, c Campaign) (id string, err error) {
	a, err := n.declared(c.Activity)
	if err != nil {
		return "", err
	}
	c.Activity, c.Segment.Activity = a.Key, a.Key
	if err := c.check(a); err != nil {
		return "", err
	}
	if c.Contents == nil {
		c.Contents = []string{}
	}
	sources, segment, contents := store.JSON[map[string]issue.Source]{V: c.Sources}, store.JSON[Segment]{V: c.Segment}, store.JSON[[]string]{V: c.Contents}
	err = n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if c.ID == "" {
			c.ID = store.NewID()
			_, err := tx.ExecContext(ctx, `insert into newsletter_campaign (id, activity, name, state, format, sources, segment, contents, public, pace, created_at, zone, local,
				filled, recipients, sent, refused, bounced, complained, withheld, departed, opened, told)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $12, 0, 0, 0, 0, 0, 0, 0, 0, 0)`,
				c.ID, a.Key, c.Name, string(Draft), string(c.Format), sources, segment, contents, c.Public, c.Pace, store.At(n.env.Clock.Now()), false)
			return store.Classify(err)
		}
		done, err := tx.ExecContext(ctx, `update newsletter_campaign set activity = $3, name = $4, format = $5, sources = $6, segment = $7, contents = $8, public = $9, pace = $10
			where id = $1 and state = $2`, c.ID, string(Draft), a.Key, c.Name, string(c.Format), sources, segment, contents, c.Public, c.Pace)
		return changed(done, err, "only a draft can be changed; copy the campaign and change the copy")
	})
	if err != nil {
		return "", fmt.Errorf("keep a campaign: %w", err)
	}
	return c.ID, nil
}

// changed returns Conflict if a statement changed no row.
func changed(done interface{ RowsAffected() (int64, error) }, err error, says string) error {
	if err != nil {
		return store.Classify(err)
	}
	rows, err := done.RowsAffected()
	if err == nil && rows == 0 {
		err = fault.New(fault.Conflict, "%s", says)
	}
	return err
}

// Copy makes a draft with the texts of a campaign.
func (n *Newsletter) Copy(ctx context.Context, id string) (string, error) {
	c, err := n.Campaign(ctx, id)
	if err != nil {
		return "", err
	}
	c.ID = ""
	return n.Compose(ctx, c)
}

// Delete deletes a draft, or a campaign that was cancelled before anything left.
func (n *Newsletter) Delete(ctx context.Context, id string) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "delete from newsletter_campaign where id = $1 and state in ($2, $3) and sent + refused = 0", id, string(Draft), string(Cancelled))
		return changed(done, err, "only a draft, or what was cancelled before anything left, can be deleted")
	})
}

// At says how people reach the site, for a command that serves nobody: its links
// are whole then, and pictures of the site are known as such.
func (n *Newsletter) At(public string) {
	if public != "" {
		n.env.Mail.Settings.Public = strings.TrimSuffix(public, "/")
	}
}

// setting is what the campaign's issue in a language stands in.
func (n *Newsletter) setting(c *Campaign, lang string) issue.Setting {
	return issue.Setting{Lang: lang, List: n.listTitle(c.Activity, lang), Format: c.Format, Site: n.env.Mail.Link("")}
}

// listTitle is what readers call the newsletter.
func (n *Newsletter) listTitle(activity, lang string) string {
	p := n.env.Policy()
	if a := p.Activity(activity); a != nil && a.Title.In(lang) != "" && a.Key != Name {
		return a.Title.In(lang)
	}
	return i18n.T(lang, "newsletter.list.of", p.Controller.Name)
}

// Issue makes the campaign ready in a language. An *issue.Problem says what is
// wrong with what its author wrote.
func (n *Newsletter) Issue(c *Campaign, lang string) (*issue.Issue, error) {
	return issue.Compile(c.Sources[lang], n.setting(c, lang))
}

// issues makes the campaign ready in every language that it is written in.
func (n *Newsletter) issues(c *Campaign) (map[string]*issue.Issue, error) {
	found := map[string]*issue.Issue{}
	for _, lang := range c.Languages() {
		i, err := n.Issue(c, lang)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%s: %w", lang, err)
		}
		found[lang] = i
	}
	if len(found) == 0 {
		return nil, fault.New(fault.Invalid, "the campaign has no text")
	}
	return found, nil
}
