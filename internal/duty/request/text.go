package request

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/period"
)

// writer writes the letters of one case in its language.
type writer struct {
	desk    *Desk
	c       Case
	contact Contact
	parts   []Part
	plans   []rights.Plan
	files   []Package
	p       *policy.Policy
	names   notice.Names
}

// day writes a day as the controller counts it.
func (w *writer) day(t time.Time) string { return i18n.DateIn(t, Zone(w.p), w.c.Lang) }

func (d *Desk) writer(ctx context.Context, c Case) (w *writer, err error) {
	w = &writer{desk: d, c: c, p: d.Policy()}
	w.names = notice.NewNames(w.p, c.Lang)
	if w.contact, err = d.contact(ctx, d.DB, c.ID); err != nil {
		return nil, err
	}
	if w.parts, err = d.parts(ctx, d.DB, c.ID); err != nil {
		return nil, err
	}
	if w.plans, err = d.plans(ctx, d.DB, c.ID); err != nil {
		return nil, err
	}
	w.files, err = d.packages(ctx, d.DB, c.ID)
	return w, err
}

func (w *writer) say(key string, args ...any) string {
	return i18n.T(w.c.Lang, "request."+key, args...)
}

// words returns a letter as it would be written now.
func (d *Desk) words(ctx context.Context, c Case, p Purpose) (title, text string, err error) {
	w, err := d.writer(ctx, c)
	if err != nil {
		return "", "", err
	}
	var body string
	reason := strings.TrimSpace(p.Reason)
	switch p.Kind {
	case Doubt:
		body = paragraphs(w.say("letter.doubt.text"), reason, w.say("letter.doubt.how"))
	case Clarify:
		body = paragraphs(w.say("letter.clarify.text"), reason, w.say("letter.clarify.how"))
	case Extension:
		longer := Due(w.p, c.Received, true, c.Paused)
		late := c
		late.Due = longer
		body = paragraphs(w.say("letter.extension.text", w.day(late.LastDay())), reason, w.remedies())
	case Refusal:
		body = paragraphs(w.say("letter.refusal.text"), w.ground(p.Ground), reason, w.remedies())
	case Reply:
		body = w.answer()
	case Message:
		body = reason
	}
	return w.say("letter."+string(p.Kind)+".title", c.Number),
		paragraphs(w.hello(), w.say("letter.about", w.day(c.Received), c.Number), body, d.signature()), nil
}

func (w *writer) hello() string {
	if w.contact.Name != "" {
		return w.say("letter.hello.name", w.contact.Name)
	}
	return w.say("letter.hello")
}

// asked lists the rights of the case, a line each.
func (w *writer) asked() string {
	lines := make([]string, len(w.c.Rights))
	for i, r := range w.c.Rights {
		lines[i] = "- " + w.right(r)
	}
	return strings.Join(lines, "\n")
}

func (w *writer) right(r rights.Right) string {
	return w.say("right."+string(r)) + " (" + i18n.Law(Article(r), w.c.Lang) + ")"
}

func (w *writer) ground(g Ground) string {
	return w.say("ground."+string(g)) + " (" + i18n.Law(g.Law(), w.c.Lang) + ")"
}

// signature is who answers.
func (d *Desk) signature() string {
	c := d.Policy().Controller
	return strings.Join(slices.DeleteFunc([]string{c.Name, c.Address, c.Email, c.Phone}, func(s string) bool { return s == "" }), "\n")
}

// remedies say what a person can do who is not content (Art. 12(4)): the officer
// first, the authority, a court.
func (w *writer) remedies() string {
	lines := []string{w.say("remedy.title")}
	if o := w.p.Controller.Officer; o != nil {
		lines = append(lines, "- "+w.say("remedy.officer", firstOf(o.Name, w.say("remedy.the-officer")), firstOf(o.Email, o.Phone, o.Address)))
	}
	if a := w.p.Controller.Authority; a != nil {
		lines = append(lines, "- "+w.say("remedy.authority", strings.TrimSpace(a.Name+" "+a.URL)))
	} else {
		lines = append(lines, "- "+w.say("remedy.any-authority"))
	}
	return strings.Join(append(lines, "- "+w.say("remedy.court")), "\n")
}

func firstOf(all ...string) string {
	i := slices.IndexFunc(all, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return all[i]
}

// answer says of every right what was done, what was not and why, and what the
// person can do about it.
func (w *writer) answer() string {
	var all []string
	refused := false
	for _, p := range w.parts {
		all = append(all, w.right(p.Right)+"\n"+w.part(p))
		refused = refused || p.Refused || len(p.Stays) > 0
	}
	refused = refused && !slices.Contains(w.c.Rights, Complaint) // it says so already
	if len(w.files) > 0 {
		all = append(all, w.file())
	}
	if refused {
		all = append(all, w.remedies())
	}
	return paragraphs(append(all, w.say("answer.kept", w.keeps()))...)
}

// part is what became of one right.
func (w *writer) part(p Part) string {
	if p.Refused {
		return paragraphs(w.say("answer.refused")+" "+w.ground(p.Ground), p.Reason)
	}
	var lines []string
	switch p.Right {
	case rights.Confirmation:
		lines = append(lines, w.held(p.Goes, "answer.yes", "answer.no"))
	case rights.Access, rights.Portability:
		lines = append(lines, w.held(p.Goes, "answer.copy", "answer.nothing"))
	case Recipients:
		lines = append(lines, w.recipients(p))
	case rights.HumanReview:
		lines = append(lines, w.say("answer.review."+p.Review), p.Reason)
	case rights.Safeguards:
		lines = append(lines, w.safeguards())
	case Complaint:
		lines = append(lines, w.remedies())
	default:
		lines = append(lines, w.done(p)...)
	}
	if p.Failed != "" && p.Failed != rights.LiftedSince {
		lines = append(lines, w.say("answer.failed"))
	}
	return paragraphs(lines...)
}

// done says what was done to data, and what stays.
func (w *writer) done(p Part) (lines []string) {
	if p.Failed == rights.LiftedSince {
		return []string{w.say("answer.lifted")}
	}
	if len(p.Goes) == 0 && len(p.Stays) == 0 {
		return []string{w.say("answer.none." + string(p.Right))}
	}
	if len(p.Goes) > 0 {
		lines = append(lines, w.say("answer.done."+string(p.Right))+"\n"+w.list(p.Goes, false))
	}
	if len(p.Stays) > 0 {
		lines = append(lines, w.say("answer.stays")+"\n"+w.list(p.Stays, true))
	}
	if len(p.Told) > 0 {
		lines = append(lines, w.recipients(p))
	}
	if p.Right == rights.Erasure && len(p.Goes) > 0 {
		lines = append(lines, w.say("answer.keys"))
	}
	return lines
}

// held names the activities under which something is held.
func (w *writer) held(parts []rights.Part, yes, no string) string {
	var all []string
	for _, p := range parts {
		if p.Activity == Name || p.Rows == 0 { // the request itself
			continue
		}
		if title := "- " + w.activity(p.Activity); !slices.Contains(all, title) {
			all = append(all, title)
		}
	}
	if len(all) == 0 {
		return w.say(no)
	}
	return w.say(yes) + "\n" + strings.Join(all, "\n")
}

// list writes what was done to each activity's data a line, and of what stays the
// reason and the end; what is the same for several tables stands once.
func (w *writer) list(parts []rights.Part, why bool) string {
	rows := map[string]int64{}
	var order []string
	about := map[string]rights.Part{}
	for _, p := range parts {
		key := p.Activity
		if why {
			key += "\x00" + p.Text.In(w.c.Lang) + "\x00" + p.Until.Format(time.DateOnly)
		}
		if _, known := rows[key]; !known {
			order = append(order, key)
		}
		rows[key] += p.Rows
		about[key] = p
	}
	lines := make([]string, len(order))
	for i, key := range order {
		p := about[key]
		line := "- " + w.activity(p.Activity) + ": " + i18n.Count(w.c.Lang, "request.rows", rows[key])
		if reason := p.Text.In(w.c.Lang); why && reason != "" {
			line += ". " + w.say("answer.because", i18n.Law(reason, w.c.Lang))
		}
		if why && !p.Until.IsZero() {
			line += " " + w.say("answer.until", w.day(lastOf(p.Until)))
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// lastOf is the last moment before an end, whose day is the last on which
// something is kept.
func lastOf(end time.Time) time.Time { return end.Add(-time.Millisecond) }

// activity names an activity as the notice does.
func (w *writer) activity(key string) string {
	if a := w.p.Activity(key); a != nil {
		return w.names.Activity(a)
	}
	return key
}

// recipients names who got data, and was told what became of it (Art. 19).
func (w *writer) recipients(p Part) string {
	var all []string
	for _, t := range p.Told {
		line := "- " + w.names.Recipient(t.Recipient) + " (" + w.activity(t.Activity) + ")"
		if !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	if len(all) == 0 && p.Right == Recipients {
		all = w.receivers(p)
	}
	if len(all) == 0 {
		return w.say("answer.nobody")
	}
	if p.Right == Recipients {
		return w.say("answer.recipients") + "\n" + strings.Join(all, "\n")
	}
	return w.say("answer.told") + "\n" + strings.Join(all, "\n")
}

// receivers are the recipients of the activities under which something is held.
func (w *writer) receivers(p Part) (all []string) {
	for _, held := range p.Goes {
		a := w.p.Activity(held.Activity)
		if a == nil || held.Rows == 0 {
			continue
		}
		for _, r := range a.Recipients {
			line := "- " + w.names.Recipient(r.Recipient) + " (" + w.names.Activity(a) + ")"
			if !slices.Contains(all, line) {
				all = append(all, line)
			}
		}
	}
	return all
}

// file says where the file is fetched, and until when.
func (w *writer) file() string {
	var lines []string
	for _, f := range w.files {
		lines = append(lines, w.say("answer.file", w.say("right."+string(f.Right)), i18n.Bytes(f.Bytes, w.c.Lang), w.day(f.Made.Add(fileLife)), f.SHA256))
	}
	if w.desk.Writes() {
		lines = append(lines, w.say("answer.fetch", w.desk.Mail.Link("/privacy/request/open?number="+w.c.Number+"&lang="+w.c.Lang)))
	}
	return paragraphs(lines...)
}

// safeguards list every transfer to a third country with what makes it lawful and
// where a copy is had (Art. 13(1)(f), 15(2)).
func (w *writer) safeguards() string {
	var lines []string
	for i := range w.p.Recipients {
		r := &w.p.Recipients[i]
		for _, t := range r.Transfers {
			what := w.say("safeguard." + t.Safeguard)
			if t.Framework != "" {
				what += " (" + t.Framework + ")"
			}
			line := "- " + w.say("safeguard.line", r.Name, i18n.Country(t.To, w.c.Lang), what)
			if t.Copy != "" {
				line += " " + w.say("safeguard.copy", t.Copy)
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return w.say("safeguard.none")
	}
	return w.say("safeguard.text") + "\n" + strings.Join(lines, "\n") + "\n\n" + w.say("safeguard.attached", w.p.Controller.Email)
}

// keeps is how long the request itself is kept.
func (w *writer) keeps() string {
	a := w.p.Activity(Name)
	if a == nil {
		return ""
	}
	var longest period.Period
	for _, r := range a.Retention {
		if r.Keep.Longer(longest) {
			longest = r.Keep
		}
	}
	return longest.In(w.c.Lang)
}

// paragraphs joins what is not empty.
func paragraphs(all ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.TrimSpace(s) == "" }), "\n\n")
}

// commandLine is who acted in a terminal: whoever may run commands there.
const commandLine = "command-line"

// who names a member of the staff in a history, or what the program itself did.
func who(lang, by string, staff map[string]string) string {
	switch by {
	case "", Law, Itself, commandLine:
		return i18n.T(lang, fmt.Sprintf("request.by.%s", firstOf(by, "person")))
	}
	return firstOf(staff[by], by)
}
