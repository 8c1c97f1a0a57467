package newsletter

import (
	"context"
	"encoding/hex"
	"strings"

	"kept/internal/activity"
	"kept/internal/activity/newsletter/issue"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// letterStyle is what the letters of an entry have in common, and what of a
// reader may stand in them.
type letterStyle struct {
	processor string   // whom the policy names for the dispatch; empty: the instance's own relay
	first     bool     // the first name may stand in a letter
	last      bool     // the last name may
	usual     []string // languages of the notice
	list      map[string]string
	why       map[string]string
	bought    map[string]string // why, for who never ordered: existing customers
	either    bool              // a letter that is the same for all may reach both
}

// fields are those of a reader that a letter holds.
func (s *letterStyle) fields() []string {
	held := []string{fieldEmail}
	if s.first {
		held = append(held, fieldFirst)
	}
	if s.last {
		held = append(held, fieldLast)
	}
	return held
}

// styleOf says how an entry's letters are written. Where a processor takes them,
// nothing stands in them that the policy does not hand to it; Refused if it may not
// even have the address.
func (n *Newsletter) styleOf(a *policy.Activity) (letterStyle, error) {
	s := letterStyle{first: a.Has(fieldFirst), last: a.Has(fieldLast), usual: n.env.Policy().Notice.Languages, list: map[string]string{}, why: map[string]string{},
		bought: map[string]string{}, either: customersAllowed(a, true) == nil}
	for _, lang := range i18n.Languages() {
		s.list[lang] = n.listTitle(a.Key, lang)
		s.why[lang] = i18n.T(lang, "newsletter.mail.campaign.why", n.env.Policy().Controller.Name)
		s.bought[lang] = i18n.T(lang, "newsletter.mail.campaign.bought", n.env.Policy().Controller.Name)
	}
	if to := a.Settings.Forwards("dispatch"); len(to) > 0 {
		s.processor = to[0].Recipient
		if _, err := n.env.Egress.Allowed(a.Key, s.processor, map[string]string{fieldEmail: ""}); err != nil {
			return s, err
		}
		for field, may := range map[string]*bool{fieldFirst: &s.first, fieldLast: &s.last} {
			_, err := n.env.Egress.Allowed(a.Key, s.processor, map[string]string{field: ""})
			if err != nil && !fault.Is(err, fault.Refused) {
				return s, err
			}
			*may = *may && err == nil
		}
	}
	return s, nil
}

// letterTo writes the campaign to one reader. The zero Letter is one that this
// run has no turn for: it is in another language.
func (r *run) letterTo(ctx context.Context, keys activity.Keys, d *due) (mail.Letter, error) {
	lang := r.c.languageFor(d.language, r.style.usual)
	if r.lang != "" && r.lang != lang {
		return mail.Letter{}, nil
	}
	l := mail.Letter{ID: d.id, Message: mail.Message{Activity: r.entry.Key, Subject: d.subject, Lang: lang, Why: r.style.why[lang]}}
	open := r.quick(ctx, keys, r.entry, d.subject)
	l.Message.To.Mail = open.field(fieldEmail, d.email)
	if open.Err() != nil || l.Message.To.Mail == "" {
		return l, open.Err()
	}
	if r.lang != "" { // the carrier fills in what is personal
		return l, nil
	}
	s := Subscription{ID: d.subscription, Subject: d.subject}
	if r.style.first {
		s.First = open.field(fieldFirst, d.first)
	}
	if r.style.last {
		s.Last = open.field(fieldLast, d.last)
	}
	if open.Err() != nil {
		return l, open.Err()
	}
	token, err := r.tokenWith(ctx, keys, s)
	if err != nil {
		return l, err
	}
	l.Message.To.Name = s.called()
	written := r.issues[lang].Letter(r.reader(r.c, lang, s, token), r.follow(d, lang), r.pixel(d))
	l.Message.Title, l.Message.Text, l.Message.HTML = written.Title, written.Text, written.HTML
	l.Message.Stop = i18n.T(lang, "newsletter.mail.stop", r.env.Mail.Link(Path+"/leave/"+token+"?lang="+lang))
	if d.ground == ByCustomer { // each mail says that they may object (§ 7(3) no. 4 UWG)
		l.Message.Why = r.style.bought[lang]
		l.Message.Stop = i18n.T(lang, "newsletter.mail.object", r.env.Mail.Link(Path+"/leave/"+token+"?lang="+lang))
	}
	l.Message.List = r.list(r.entry, token)
	return l, nil
}

// reader is what the words of a letter stand for.
func (n *Newsletter) reader(c *Campaign, lang string, s Subscription, token string) issue.Reader {
	at := "?lang=" + lang
	r := issue.Reader{
		Name: s.called(), Greeting: greeting(lang, s), Language: i18n.T(lang, "newsletter.field.language."+lang), List: n.listTitle(c.Activity, lang),
		Unsubscribe: n.env.Mail.Link(Path + "/leave/" + token + at), Preferences: n.env.Mail.Link(Path + "/details/" + token + at),
		Archive: n.env.Mail.Link(archivePath + at),
	}
	if c.Public {
		r.Web = n.env.Mail.Link(archivePath + "/" + c.ID + at)
	}
	return r
}

// common is the letter that is the same for all, for a carrier that fills in what
// is personal. Links are not counted here: the carrier would know of whom.
func (r *run) common(fill func(field string) string) (Common, error) {
	s := Subscription{First: fill(fieldFirst), Last: fill(fieldLast)}
	reader := r.reader(r.c, r.lang, s, "")
	reader.Unsubscribe = fill(fillUnsubscribe)
	reader.Preferences = reader.Unsubscribe
	l := r.issues[r.lang].Letter(reader, nil, "")
	why, stop := r.style.why[r.lang], i18n.T(r.lang, "newsletter.mail.stop", reader.Unsubscribe)
	if r.style.either {
		why = i18n.T(r.lang, "newsletter.mail.campaign.either", r.env.Policy().Controller.Name)
		stop = i18n.T(r.lang, "newsletter.mail.object", reader.Unsubscribe)
	}
	l.Text, l.HTML = mail.Footed(l.Text, l.HTML, why, stop)
	return Common{Title: l.Title, Text: l.Text, HTML: l.HTML}, nil
}

// linksOf returns the ids of a campaign's links by their addresses.
func (n *Newsletter) linksOf(ctx context.Context, campaign string) (map[string]string, error) {
	rows, err := n.env.DB.QueryContext(ctx, "select id, address from newsletter_link where campaign = $1", campaign)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var id, address string
		if err := rows.Scan(&id, &address); err != nil {
			return nil, err
		}
		found[address] = id
	}
	return found, store.Classify(rows.Err())
}

// quick opens the values of one subscriber under the key that they have now, and
// looks for another one only if that does not fit.
type quick struct {
	*activity.Opener
	entry   *policy.Activity
	subject string
}

func (n *Newsletter) quick(ctx context.Context, keys activity.Keys, a *policy.Activity, subject string) *quick {
	return &quick{activity.OpenerWith(ctx, keys, subject), a, subject}
}

// field opens a value of a subscriber's field.
func (q *quick) field(field string, sealed []byte) string {
	q.Try(activity.KeyOf(q.entry, q.subject, field))
	return q.Text(subscriberTable+"."+field, sealed)
}

// mark is the proof that an address below Path was made here: nobody else makes
// one that leads somewhere.
func (n *Newsletter) mark(parts ...string) string {
	return hex.EncodeToString(n.env.Vault.Index("newsletter/measure", strings.Join(parts, "/")))
}
