package request

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/store"
)

// Kind is what a letter is for. Some take effect when they leave: the case is
// extended, refused, answered or paused by the letter that says so, and by nothing
// else.
type Kind string

// The letters.
const (
	Receipt   Kind = "receipt"   // by itself: the request has arrived
	Doubt     Kind = "doubt"     // asks for more proof; the clock stands still
	Clarify   Kind = "clarify"   // asks what is meant; the clock stands still
	Extension Kind = "extension" // says that it takes longer, and why
	Refusal   Kind = "refusal"
	Reply     Kind = "answer"
	Message   Kind = "message"  // takes no effect
	Handover  Kind = "handover" // to another controller, Art. 20(2)
)

// acts are what the letters do to the case when they leave.
var acts = map[Kind]Event{Doubt: Pause, Clarify: Pause, Refusal: Refuse, Reply: Answer}

// Decides reports whether only who may decide can send a letter.
func (k Kind) Decides() bool { return k == Refusal || k == Extension }

// Draft is a letter: before it is sent a person can change its words.
type Draft struct {
	ID      string    `json:"id"`
	Kind    Kind      `json:"kind"`
	Lang    string    `json:"language"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Written time.Time `json:"written"`
	Sent    time.Time `json:"sent,omitzero"`
	By      string    `json:"by,omitempty"`
	Way     Way       `json:"way,omitempty"`
	About   string    `json:"about,omitempty"`   // the ground of a refusal
	Outcome string    `json:"outcome,omitempty"` // sent, refused, bounced
}

// Way is how a letter leaves.
type Way string

// The ways.
const (
	ByMail Way = "mail"
	ByPost Way = "post" // a person prints and posts it
)

// Purpose is what a letter has to say beside what the case knows.
type Purpose struct {
	Kind   Kind
	Ground Ground // of a refusal
	Reason string // of a refusal, an extension, a doubt; what is asked of the person
}

// Draft writes a letter in the person's language. It takes no effect before it is
// sent. Conflict if the case does not stand where the letter can leave.
func (d *Desk) Draft(ctx context.Context, name string, p Purpose) (Draft, error) {
	c, err := d.Case(ctx, name)
	if err != nil {
		return Draft{}, err
	}
	if err := d.may(c, p); err != nil {
		return Draft{}, err
	}
	title, text, err := d.words(ctx, c, p)
	if err != nil {
		return Draft{}, err
	}
	l := Draft{ID: store.NewID(), Kind: p.Kind, Lang: c.Lang, Title: title, Text: text, Written: d.Clock.Now(), About: string(p.Ground)}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from request_letter where request = $1 and kind = $2 and sent_at is null", c.ID, string(p.Kind)); err != nil {
			return store.Classify(err)
		}
		return d.insertLetter(ctx, tx, c.ID, l)
	})
	return l, err
}

// may says why a letter cannot leave now.
func (d *Desk) may(c Case, p Purpose) error {
	if e, acts := acts[p.Kind]; acts {
		if _, err := c.progress().after(e); err != nil {
			return err
		}
	}
	wants := func(r rights.Right) bool { return slices.Contains(c.Rights, r) }
	switch {
	case !slices.Contains([]Kind{Doubt, Clarify, Extension, Refusal, Reply, Message}, p.Kind):
		return fault.New(fault.Invalid, "a letter is one of: doubt, clarify, extension, refusal, answer, message")
	case p.Kind != Reply && p.Kind != Message && strings.TrimSpace(p.Reason) == "":
		return fault.New(fault.Invalid, "give the reason that the letter tells the person")
	case p.Kind == Extension && !c.mayExtend(d.Clock.Now()):
		return fault.New(fault.Conflict, "it can be extended once, and only inside the first month (Art. 12(3))")
	case p.Kind == Clarify && len(c.Rights) > 0 && !wants(rights.Access) && !wants(rights.Portability):
		return fault.New(fault.Invalid, "the clock stands still for clarification of access alone (recital 63); ask by an ordinary message")
	}
	if p.Kind != Refusal {
		return nil
	}
	if len(c.Rights) == 0 {
		return d.mayRefuse(c, "", p.Ground, p.Reason)
	}
	for _, r := range c.Rights {
		if err := d.mayRefuse(c, r, p.Ground, p.Reason); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) insertLetter(ctx context.Context, tx *store.Tx, id string, l Draft) error {
	title, err := d.sealText(ctx, id, "request_letter.title", l.Title)
	if err != nil {
		return err
	}
	body, err := d.sealText(ctx, id, "request_letter.body", l.Text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into request_letter (id, request, kind, language, title, body, written_at, sent_at, by_whom, way, about)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		l.ID, id, string(l.Kind), l.Lang, title, body, store.At(l.Written), moment(l.Sent), null(l.By), null(string(l.Way)), null(l.About))
	return store.Classify(err)
}

// letters returns the letters of a case, the oldest first.
func (d *Desk) letters(ctx context.Context, q store.Querier, id string) ([]Draft, error) {
	rows, err := q.QueryContext(ctx, `select id, kind, language, title, body, written_at, sent_at, coalesce(by_whom, ''), coalesce(way, ''), coalesce(about, ''), coalesce(outcome, '')
		from request_letter where request = $1 order by written_at, case when sent_at is null then 1 else 0 end, id`, id)
	if err != nil {
		return nil, fmt.Errorf("read the letters of a request: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Draft
	for rows.Next() {
		var l Draft
		var title, body []byte
		var written, sent store.Time
		if err := rows.Scan(&l.ID, &l.Kind, &l.Lang, &title, &body, &written, &sent, &l.By, &l.Way, &l.About, &l.Outcome); err != nil {
			return nil, fmt.Errorf("read the letters of a request: %w", err)
		}
		if l.Title, err = d.openText(ctx, id, "request_letter.title", title); err != nil {
			return nil, err
		}
		if l.Text, err = d.openText(ctx, id, "request_letter.body", body); err != nil {
			return nil, err
		}
		l.Written, l.Sent = written.Time, sent.Time
		all = append(all, l)
	}
	return all, store.Classify(rows.Err())
}

// letter returns one letter of a case that has not left. NotFound if there is none.
func (d *Desk) letter(ctx context.Context, q store.Querier, c Case, id string) (Draft, error) {
	all, err := d.letters(ctx, q, c.ID)
	if err != nil {
		return Draft{}, err
	}
	i := slices.IndexFunc(all, func(l Draft) bool { return l.ID == id && l.Sent.IsZero() })
	if i < 0 {
		return Draft{}, fault.New(fault.NotFound, "there is no such draft; it may have been sent, or written anew")
	}
	return all[i], nil
}

// Edit changes the words of a letter that has not left.
func (d *Desk) Edit(ctx context.Context, name, letter, title, text string) error {
	if strings.TrimSpace(title) == "" || strings.TrimSpace(text) == "" || len(title)+len(text) > 5*longestWords {
		return fault.New(fault.Invalid, "a letter has a subject and a text")
	}
	_, err := d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		l, err := d.letter(ctx, tx, *c, letter)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from request_letter where id = $1", l.ID); err != nil {
			return store.Classify(err)
		}
		l.Title, l.Text = title, text
		return d.insertLetter(ctx, tx, c.ID, l)
	})
	return err
}

// Send has a letter leave, by mail or by post, and with it takes effect what it
// says. Conflict if the case does not stand where it can.
func (d *Desk) Send(ctx context.Context, name, letter, by string, way Way) (Case, error) {
	if by == "" {
		return Case{}, fault.New(fault.Invalid, "a letter has somebody who answers for it")
	}
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		l, err := d.letter(ctx, tx, *c, letter)
		if err != nil {
			return err
		}
		return d.send(ctx, tx, c, l, by, way)
	})
}

func (d *Desk) send(ctx context.Context, tx *store.Tx, c *Case, l Draft, by string, way Way) error {
	if err := d.effect(ctx, tx, c, l, by); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "update request_letter set sent_at = $1, by_whom = $2, way = $3 where id = $4", store.At(d.Clock.Now()), by, string(way), l.ID)
	if err != nil {
		return store.Classify(err)
	}
	if way == ByPost {
		return nil
	}
	contact, err := d.contact(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if contact.Mail == "" {
		return fault.New(fault.Invalid, "no mail address is known of this person: print the letter and send it by post")
	}
	if d.Command {
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: postJob, Key: l.ID, Payload: posting{Request: c.ID, Letter: l.ID}})
		return err
	}
	return d.enqueue(ctx, tx, *c, contact, l, "")
}

// posting names a letter.
type posting struct {
	Request string `json:"request"`
	Letter  string `json:"letter"`
}

// post is the job that hands a letter to the post room.
func (d *Desk) post(ctx context.Context, j job.Job) error {
	var p posting
	if err := j.Decode(&p); err != nil {
		return err
	}
	_, err := d.change(ctx, p.Request, func(ctx context.Context, tx *store.Tx, c *Case) error {
		all, err := d.letters(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		contact, err := d.contact(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(l Draft) bool { return l.ID == p.Letter })
		if i < 0 || contact.Mail == "" {
			return nil
		}
		return d.enqueue(ctx, tx, *c, contact, all[i], "")
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// effect does to the case what a letter says.
func (d *Desk) effect(ctx context.Context, tx *store.Tx, c *Case, l Draft, by string) error {
	now := d.Clock.Now()
	switch l.Kind {
	case Message:
		return d.note(ctx, tx, c.ID, "message", by, "")
	case Extension:
		if !c.mayExtend(now) {
			return fault.New(fault.Conflict, "it can be extended once, and only inside the first month (Art. 12(3))")
		}
		c.Extended = now
		c.Due = d.clockOf(*c)
		c.Reminded = 0
		if err := save(ctx, tx, *c, c.progress()); err != nil {
			return err
		}
		return d.note(ctx, tx, c.ID, "extend", by, "")
	case Doubt, Clarify:
		why := ForClarification
		if l.Kind == Doubt {
			why = ForProof
		}
		if c.PausedSince.IsZero() {
			c.pause(now, why)
		}
	case Refusal:
		c.Ground = Ground(l.About)
	}
	if err := d.step(ctx, tx, c, acts[l.Kind], by, ""); err != nil {
		return err
	}
	if l.Kind != Refusal && l.Kind != Reply {
		return nil
	}
	if err := d.examined(ctx, tx, c); err != nil {
		return err
	}
	if l.Kind == Reply {
		return d.goOn(ctx, tx, c.ID)
	}
	return nil
}

// enqueue writes a letter as a mail; code is put below its text and not kept.
func (d *Desk) enqueue(ctx context.Context, tx *store.Tx, c Case, to Contact, l Draft, code string) error {
	text := l.Text
	if code != "" {
		text += "\n\n" + d.codeWords(c, code)
	}
	_, err := d.Mail.Enqueue(ctx, tx, mail.Message{
		Activity: Name, Subject: c.ID, To: mail.Address{Name: to.Name, Mail: to.Mail}, ReplyTo: d.Mail.AddressOf(mailbox + "+" + strings.ToLower(c.Number)),
		Title: l.Title, Text: text, Lang: c.Lang, Why: i18n.T(c.Lang, "request.mail.why", c.Number), Stop: i18n.T(c.Lang, "request.mail.stop"),
		Thread: c.ID, ByHand: l.Kind != Receipt, Key: "request/" + l.ID,
	})
	return err
}

// arrived notes what became of a letter that left by mail.
func (d *Desk) arrived(ctx context.Context, tx *store.Tx, o mail.Outcome) error {
	letter, ours := strings.CutPrefix(o.Key, "request/")
	if o.Activity != Name || !ours || !store.IsID(letter) {
		return nil
	}
	_, err := tx.ExecContext(ctx, "update request_letter set outcome = $1 where id = $2", string(o.Event), letter)
	return store.Classify(err)
}

// confirm tells the person that the request has arrived, with a code to prove who
// asks where one is needed. The letter has the id of the job that writes it, and is
// written once.
func (d *Desk) confirm(ctx context.Context, tx *store.Tx, c Case, to Contact, id, code string) error {
	var written int
	if err := tx.QueryRowContext(ctx, "select count(*) from request_letter where id = $1", id).Scan(&written); err != nil || written > 0 {
		return store.Classify(err)
	}
	wish, err := d.wish(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	title, text := d.receiptWords(c, to, wish)
	l := Draft{ID: id, Kind: Receipt, Lang: c.Lang, Title: title, Text: text, Written: d.Clock.Now(), Sent: d.Clock.Now(), Way: ByMail}
	if err := d.insertLetter(ctx, tx, c.ID, l); err != nil {
		return err
	}
	return d.enqueue(ctx, tx, c, to, l, code)
}

// mailCode sends a code alone.
func (d *Desk) mailCode(ctx context.Context, tx *store.Tx, c Case, to Contact, code string) error {
	l := Draft{ID: store.NewID(), Kind: Receipt, Title: i18n.T(c.Lang, "request.code.title", c.Number), Text: i18n.T(c.Lang, "request.code.text", c.Number)}
	return d.enqueue(ctx, tx, c, to, l, code)
}

// answerAtOnce answers what nobody had to weigh; everything else waits for a
// person to read the answer before it leaves.
func (d *Desk) answerAtOnce(ctx context.Context, c Case) (moved bool, err error) {
	if c.ApprovedBy != Law || !d.Writes() {
		return false, nil
	}
	contact, err := d.contact(ctx, d.DB, c.ID)
	if err != nil || contact.Mail == "" {
		return false, err
	}
	l, err := d.Draft(ctx, c.ID, Purpose{Kind: Reply})
	if err != nil {
		return false, err
	}
	if err := d.at("answer drafted"); err != nil {
		return false, err
	}
	_, err = d.Send(ctx, c.ID, l.ID, Law, ByMail)
	return err == nil, err
}
