package booking

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// what a mail to a person says: a key of the words.
type what string

const (
	confirmed what = "confirmed"
	moved     what = "moved"
	cancelled what = "cancelled"
	erased    what = "erased" // cancelled, because everything about the person goes
	reminded  what = "reminded"
)

// write writes to whoever booked. To somebody who wants no mails, or whose data is
// restricted, none is written (silent is true); what they asked for stands.
func (d *Diary) write(ctx context.Context, tx *store.Tx, a *policy.Activity, ap Appointment, t *Type, c *Calendar, w what) (silent bool, err error) {
	if ap.Email == "" {
		return false, nil
	}
	m, err := d.letter(a, ap, t, c, w)
	if err != nil {
		return false, err
	}
	_, err = d.env.Mail.Enqueue(ctx, tx, m)
	if fault.Is(err, fault.Refused) {
		return true, nil
	}
	return false, err
}

// reads is the language for who asked for one, if they did: else the notice's first.
func (d *Diary) reads(asked string) string {
	return i18n.Match(cmp.Or(asked, d.env.Policy().Notice.Languages[0]), i18n.Languages())
}

// letter words a mail to whoever booked, with an invitation that calendars read.
func (d *Diary) letter(a *policy.Activity, ap Appointment, t *Type, c *Calendar, w what) (mail.Message, error) {
	p := d.env.Policy()
	lang := d.reads(ap.Language)
	say := func(part string, args ...any) string { return i18n.T(lang, "booking.mail."+part, args...) }
	link := d.env.Mail.Link(d.path(ap.ID) + "?lang=" + lang)
	text := []string{greeting(lang, ap), say(string(w), p.Controller.Name), t.Title.In(lang) + "\n" + when(ap.Start, ap.End, c.Zone, lang)}
	if zone, err := ZoneOf(ap.Zone); ap.Zone != "" && err == nil && zone.String() != c.Zone.String() {
		text[2] += "\n" + say("zone", when(ap.Start, ap.End, zone, lang))
	}
	if t.Place != "" && ap.stands() {
		text = append(text, say(placeWord(t), t.Place))
	}
	if ap.stands() {
		text = append(text, say("change")+"\n"+link)
	}
	m := mail.Message{
		Activity: a.Key, Subject: ap.Subject, Lang: lang, To: mail.Address{Name: calledBy(ap), Mail: ap.Email},
		Title: say(string(w)+".title", t.Title.In(lang)), Text: strings.Join(text, "\n\n"),
		Why: say("why", p.Controller.Name), Stop: say("stop", link),
		Thread: "booking/" + ap.ID, Key: fmt.Sprintf("booking/%s/%s/%d", w, ap.ID, ap.Revision), Last: w == erased,
	}
	if !ap.stands() {
		m.Stop = say("cancelled.stop")
	}
	if p.Controller.Email != "" {
		m.ReplyTo = mail.Address{Name: p.Controller.Name, Mail: p.Controller.Email}
	}
	if w == reminded {
		return m, nil
	}
	invitation, method, err := d.invitation(ap, t, c, lang)
	if err != nil {
		return mail.Message{}, err
	}
	m.Attachments = []mail.Attachment{{Name: "invite.ics", Type: "text/calendar; method=" + method, Data: invitation}}
	return m, nil
}

func placeWord(t *Type) string {
	if t.Online {
		return "online"
	}
	return "place"
}

func greeting(lang string, ap Appointment) string {
	if name := calledBy(ap); name != "" {
		return i18n.T(lang, "booking.mail.greeting.named", name)
	}
	return i18n.T(lang, "booking.mail.greeting")
}

// What is greeted has at most so many bytes, and so few digits that they are no phone
// number.
const (
	longestGreeted = 80
	fewDigits      = 3
)

// calledBy is the name that a mail greets; empty if what was typed is no name. Anybody
// can book with somebody else's address, and no sentence, number or address of theirs
// is to reach it.
func calledBy(ap Appointment) string {
	name := ap.Name()
	if len(name) > longestGreeted {
		return ""
	}
	after, digits := ' ', 0
	for _, r := range slices.Backward([]rune(name)) {
		switch {
		case r == '.' && after != ' ' && after != ',': // mail programs make a link of it
			return ""
		case unicode.IsDigit(r):
			if digits++; digits > fewDigits {
				return ""
			}
		case !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" .,-'’", r):
			return ""
		}
		after = r
	}
	return name
}

// headerSafe is a name without what means something in a header or in a parameter
// of iCalendar.
func headerSafe(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"\<>`, r) {
			return ' '
		}
		return r
	}, name))
}
