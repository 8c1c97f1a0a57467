package app

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/ledger"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/staff"
	"kept/internal/store"
)

// tellOfficer mails the signed head of the log to the data protection officer, at most
// once a day: a log that nobody outside has seen can be rewritten by whoever holds its
// key. The mail holds no personal data. Nothing is sent where the policy names no
// officer with an address, or nothing is logged yet.
func (a *App) tellOfficer(ctx context.Context) error {
	p := a.InForce.Now()
	if p.Controller.Officer == nil || p.Controller.Officer.Email == "" {
		return nil
	}
	head, err := a.Ledger.Publish(ctx)
	if fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := a.Mail.Enqueue(ctx, tx, checkpointMail(p, head, a.Ledger.Key(), a.Clock.Now()))
		return err
	})
}

// checkpointMail is the mail with the day's head, in the first language of the notice.
func checkpointMail(p *policy.Policy, head ledger.Checkpoint, key string, now time.Time) mail.Message {
	lang := p.Notice.Languages[0]
	day := now.UTC().Format(time.DateOnly)
	return mail.Message{
		Activity: staff.Manifest().Name, To: mail.Address{Name: p.Controller.Officer.Name, Mail: p.Controller.Officer.Email}, Lang: lang,
		Title: i18n.T(lang, "checkpoint.title", p.Controller.Name, i18n.Day(day, lang)),
		Text: i18n.T(lang, "checkpoint.head", p.Controller.Name, i18n.Number(head.Size, lang)) + "\n\n" + head.Text + "\n" +
			i18n.T(lang, "checkpoint.compare") + "\n\n    kept ledger verify " + i18n.T(lang, "checkpoint.folder") + " --checkpoint " + i18n.T(lang, "checkpoint.file") + "\n\n" +
			i18n.T(lang, "checkpoint.key") + "\n\n    " + key + "\n\n" + i18n.T(lang, "checkpoint.nobody"),
		Why: i18n.T(lang, "checkpoint.why"), Stop: i18n.T(lang, "checkpoint.stop"),
		Attachments: []mail.Attachment{{Name: fmt.Sprintf("checkpoint-%s.txt", day), Type: "text/plain", Data: []byte(head.Text)}},
		Key:         "checkpoint." + day,
	}
}
