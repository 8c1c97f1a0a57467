package request

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// ending names a restriction that ends.
type ending struct {
	Subject string `json:"subject"`
	At      int64  `json:"at"` // Unix seconds
}

// lifting has a person told before a restriction ends (Art. 18(3)).
func (d *Desk) lifting(ctx context.Context, tx *store.Tx, who string, at time.Time) error {
	_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: liftJob, Key: who, Payload: ending{who, at.Unix()}})
	return err
}

// tellLifting is the job that writes it, to every address that is known. Who is
// known by none cannot be told, and sees it in "my data".
func (d *Desk) tellLifting(ctx context.Context, j job.Job) error {
	var e ending
	if err := j.Decode(&e); err != nil {
		return err
	}
	known, err := d.Subjects.Identifiers(ctx, e.Subject)
	if err != nil || !d.Writes() {
		return err
	}
	lang := d.Policy().Notice.Languages[0]
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, i := range known {
			if i.Kind != subject.Email {
				continue
			}
			_, err := d.Mail.Enqueue(ctx, tx, mail.Message{
				Activity: Name, Subject: e.Subject, To: mail.Address{Mail: i.Value}, Lang: lang, Title: i18n.T(lang, "request.lifting.title"),
				Text: paragraphs(i18n.T(lang, "request.letter.hello"), i18n.T(lang, "request.lifting.text", i18n.DateTimeIn(time.Unix(e.At, 0), Zone(d.Policy()), lang)), d.signature()),
				Why:  i18n.T(lang, "request.lifting.why"), Stop: i18n.T(lang, "request.mail.stop"), Key: fmt.Sprintf("request/lifting/%s/%d", e.Subject, e.At),
			})
			if err != nil && !fault.Is(err, fault.Refused) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.at("told a lifting")
}
