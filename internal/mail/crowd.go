package mail

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/store"
)

// A form that takes addresses can be made to write to whomever somebody names: to
// many, each of them once. A network's own pace does not hold off many networks, so
// there is a bound on all of them together.

// UsualCrowd is how many mails an hour each activity writes to addresses that were
// typed into its forms, unless the operator says otherwise.
const UsualCrowd = 1000

// Stranger counts a mail that somebody asks an activity for by typing an address of
// which nobody knows whose it is. TooMany once the bound of this hour is reached: the
// form says so, or takes what was typed without such a mail. All nodes on one database
// count together. The operator learns of it once an hour, by mail and in the ledger.
func (p *Post) Stranger(ctx context.Context, activity string) error {
	now, most := p.Clock.Now(), p.Settings.Crowd
	asked, err := p.asked(ctx, activity, now, most)
	if err != nil {
		return fmt.Errorf("count the mails to new addresses: %w", err)
	}
	if asked <= most {
		return nil
	}
	if asked == most+1 {
		p.Log.Warn("more mails to unknown addresses are asked for than an hour may have; none is sent until the next (--mail-crowd)", "activity", activity, "most", most)
		if err := p.tellCrowd(ctx, activity, now, most); err != nil {
			p.Log.Warn("the operator could not be told that too many mails are asked for", "activity", activity, "error", err)
		}
	}
	return fault.New(fault.TooMany, "more mails to new addresses are asked for than an hour may have; try again in %d minutes", minutesLeft(now))
}

// asked counts one more and returns how many that are in this hour. The first one above
// most is most+1, and nothing is counted behind it: whoever goes on asking makes no
// node write. A node whose clock is behind counts in the hour that has begun elsewhere.
func (p *Post) asked(ctx context.Context, activity string, now time.Time, most int) (asked int, err error) {
	err = p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return store.Classify(tx.QueryRowContext(ctx, `insert into mail_crowd (activity, hour, asked) values ($1, $2, 1) on conflict (activity) do update
			set asked = case when excluded.hour > mail_crowd.hour then 1 else mail_crowd.asked + 1 end, hour = case when excluded.hour > mail_crowd.hour then excluded.hour else mail_crowd.hour end
			where excluded.hour > mail_crowd.hour or mail_crowd.asked <= $3 returning asked`, activity, store.At(now.UTC().Truncate(time.Hour)), most).Scan(&asked))
	})
	if fault.Is(err, fault.NotFound) {
		return most + 2, nil
	}
	return asked, err
}

// minutesLeft is how long the hour runs on, rounded up.
func minutesLeft(now time.Time) int {
	return int((now.Truncate(time.Hour).Add(time.Hour).Sub(now) + time.Minute - 1) / time.Minute)
}

func (p *Post) tellCrowd(ctx context.Context, activity string, now time.Time, most int) error {
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := p.Ledger.Append(ctx, tx, "mail.crowded", map[string]any{"activity": activity, "most": most}); err != nil {
			return err
		}
		pol := p.Policy()
		if pol.Controller.Email == "" || !p.Sends() {
			return nil
		}
		lang := pol.Notice.Languages[0]
		_, err := p.Enqueue(ctx, tx, Message{
			Activity: activity, Lang: lang, To: Address{Mail: pol.Controller.Email},
			Title: i18n.T(lang, "mail.crowded.title", activity), Text: i18n.T(lang, "mail.crowded", activity, most) + "\n\n" + i18n.T(lang, "mail.crowded.more"),
			Why: i18n.T(lang, "mail.crowded.why"), Stop: i18n.T(lang, "mail.crowded.stop"),
			Key: "mail/crowded/" + activity + "/" + now.UTC().Format("2006-01-02T15"),
		})
		return err
	})
}
