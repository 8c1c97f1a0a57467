package request

import (
	"context"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/store"
)

// handOver sends another controller a link to the file that a person wants
// transmitted (Art. 20(2)). The link has 128 random bits and lives as long as the
// file. It is sent once.
func (d *Desk) handOver(ctx context.Context, c Case) error {
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil || w.ToMail == "" || !d.Writes() {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.writeHandover(ctx, tx, c, w) })
}

func (d *Desk) writeHandover(ctx context.Context, tx *store.Tx, c Case, w Wish) error {
	files, err := d.packages(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(p Package) bool { return p.Right == rights.Portability })
	if i < 0 {
		return nil
	}
	contact, err := d.contact(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	secret := newSecret()
	done, err := tx.ExecContext(ctx, "update request_package set handover = $1 where id = $2 and handover is null", d.mark("handover", secret), files[i].ID)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	p := d.Policy()
	who := contact.Name
	if who == "" {
		who = contact.Mail
	}
	l := Draft{
		ID: store.NewID(), Kind: Handover, Lang: c.Lang, Written: d.Clock.Now(), Sent: d.Clock.Now(), By: Law, Way: ByMail,
		Title: i18n.T(c.Lang, "request.handover.title", who),
		Text: paragraphs(i18n.T(c.Lang, "request.handover.hello"), i18n.T(c.Lang, "request.handover.text", who, p.Controller.Name),
			i18n.T(c.Lang, "request.handover.until", d.day(files[i].Made.Add(fileLife), c.Lang), files[i].SHA256), d.signature()),
	}
	if err := d.insertLetter(ctx, tx, c.ID, l); err != nil {
		return err
	}
	_, err = d.Mail.Enqueue(ctx, tx, mail.Message{
		Activity: Name, Subject: c.ID, To: mail.Address{Name: w.To, Mail: w.ToMail}, Title: l.Title,
		Text: paragraphs(l.Text, i18n.T(c.Lang, "request.handover.link", d.Mail.Link("/privacy/request/handover/"+secret))), Lang: c.Lang,
		Why: i18n.T(c.Lang, "request.handover.why", who), Stop: i18n.T(c.Lang, "request.mail.stop"), Key: "request/" + l.ID,
	})
	return err
}

// Handed returns the file that a link of another controller leads to. NotFound if
// there is none.
func (d *Desk) Handed(ctx context.Context, secret string) (Case, Package, error) {
	var id, file string
	err := store.Classify(d.DB.QueryRowContext(ctx, "select request, id from request_package where handover = $1", d.mark("handover", secret)).Scan(&id, &file))
	if fault.Is(err, fault.NotFound) {
		return Case{}, Package{}, fault.New(fault.NotFound, "this link leads to no file, or its time is over: %w", err)
	} else if err != nil {
		return Case{}, Package{}, err
	}
	c, err := d.Case(ctx, id)
	if err != nil {
		return Case{}, Package{}, err
	}
	p, err := d.Package(ctx, c, file)
	return c, p, err
}
