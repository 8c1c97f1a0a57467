package newsletter

import (
	"cmp"
	"context"
	"strings"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// letterTo words a mail to a subscriber in their language, around a link.
func (n *Newsletter) letterTo(a *policy.Activity, s Subscription, what, link string) mail.Message {
	from := n.env.Policy().Controller.Name
	lang := n.reads(s)
	say := func(part string) string { return i18n.T(lang, "newsletter.mail."+what+"."+part, from) }
	return mail.Message{
		Activity: a.Key, Subject: s.Subject, Lang: lang, To: mail.Address{Name: s.called(), Mail: s.Email},
		Title: say("title"), Why: say("why"),
		Text: greeting(lang, s) + "\n\n" + say("text") + "\n\n" + say("link") + "\n" + n.env.Mail.Link(link+"?lang="+lang),
	}
}

// reads is the language of mails to a subscriber: theirs, else the notice's first.
func (n *Newsletter) reads(s Subscription) string {
	return i18n.Match(cmp.Or(s.Language, n.env.Policy().Notice.Languages[0]), i18n.Languages())
}

// called is how a subscriber wants to be greeted, empty if they did not say.
func (s *Subscription) called() string { return strings.TrimSpace(s.First + " " + s.Last) }

func greeting(lang string, s Subscription) string {
	if name := s.called(); name != "" {
		return i18n.T(lang, "newsletter.mail.greeting.named", name)
	}
	return i18n.T(lang, "newsletter.mail.greeting")
}

// writeConfirm asks the owner of an address to confirm it. The mail repeats nothing
// that was typed: somebody may have entered another one's address.
func (n *Newsletter) writeConfirm(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, token string) error {
	lang := n.reads(s)
	s.First, s.Last = "", ""
	m := n.letterTo(a, s, "confirm", Path+"/confirm/"+token)
	m.Text += "\n\n" + i18n.T(lang, "newsletter.mail.confirm.agree") + "\n" + n.statement(a, lang).Text
	if len(s.Topics) > 0 {
		m.Text += "\n" + i18n.T(lang, "newsletter.mail.topics", strings.Join(titles(topicsOf(a), s.Topics, lang), ", "))
	}
	m.Stop = i18n.T(lang, "newsletter.mail.confirm.stop")
	return n.post(ctx, tx, m)
}

// writeWelcome says that the order stands, and how to end it.
func (n *Newsletter) writeWelcome(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription) error {
	return n.writeToSubscriber(ctx, tx, a, s, "welcome", "newsletter/welcome/"+s.ID)
}

// writeKnown tells a subscriber that somebody ordered with their address again:
// they alone learn that it is known. Once a day is enough.
func (n *Newsletter) writeKnown(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, again SignUp) error {
	if s.Language == "" {
		s.Language = again.Language
	}
	return n.writeToSubscriber(ctx, tx, a, s, "known", "newsletter/known/"+s.ID+"/"+n.env.Clock.Now().UTC().Format("2006-01-02"))
}

func (n *Newsletter) writeToSubscriber(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, what, key string) error {
	token, err := n.token(ctx, s)
	if err != nil {
		return err
	}
	lang := n.reads(s)
	m := n.letterTo(a, s, what, Path+"/details/"+token)
	m.Stop = i18n.T(lang, "newsletter.mail.stop", n.env.Mail.Link(Path+"/leave/"+token+"?lang="+lang))
	m.List, m.Key = n.list(a, token), key
	return n.post(ctx, tx, m)
}

// list marks a mail as one of the newsletter, with every way to leave it.
func (n *Newsletter) list(a *policy.Activity, token string) *mail.List {
	return &mail.List{
		ID: strings.ReplaceAll(a.Key, "_", "-"), Title: n.env.Policy().Controller.Name,
		Unsubscribe: n.env.Mail.Link(Path + "/leave/" + token), UnsubscribeMail: n.env.Mail.AddressOf(leaveMailbox + token).Mail,
	}
}

// post has a mail sent. To somebody who wants no mails at all none is written;
// what else they asked for stands.
func (n *Newsletter) post(ctx context.Context, tx *store.Tx, m mail.Message) error {
	_, err := n.env.Mail.Enqueue(ctx, tx, m)
	if fault.Is(err, fault.Refused) {
		return nil
	}
	return err
}
