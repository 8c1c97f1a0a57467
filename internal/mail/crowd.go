package mail

import (
	"context"
	"sync"
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

// crowd counts what strangers asked for in the hour that runs. Its memory is a few
// bytes for each activity of the policy. It is safe for concurrent use.
type crowd struct {
	mu    sync.Mutex
	hour  time.Time
	asked map[string]int
	told  map[string]bool
}

// ask counts one more, unless most were asked for already; first says that nobody was
// refused before in this hour.
func (c *crowd) ask(now time.Time, activity string, most int) (ok, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hour := now.UTC().Truncate(time.Hour); c.asked == nil || !hour.Equal(c.hour) {
		c.hour, c.asked, c.told = hour, map[string]int{}, map[string]bool{}
	}
	if c.asked[activity] < most {
		c.asked[activity]++
		return true, false
	}
	first = !c.told[activity]
	c.told[activity] = true
	return false, first
}

// Stranger counts a mail that somebody asks an activity for by typing an address of
// which nobody knows whose it is. TooMany once the bound of this hour is reached: the
// form says so, or takes what was typed without such a mail. Each process counts for
// itself. The operator learns of it once an hour, by mail and in the ledger.
func (p *Post) Stranger(ctx context.Context, activity string) error {
	now, most := p.Clock.Now(), p.Settings.Crowd
	ok, first := p.crowd.ask(now, activity, most)
	if ok {
		return nil
	}
	if first {
		p.Log.Warn("more mails to unknown addresses are asked for than an hour may have; none is sent until the next (--mail-crowd)", "activity", activity, "most", most)
		if err := p.tellCrowd(ctx, activity, now, most); err != nil {
			p.Log.Warn("the operator could not be told that too many mails are asked for", "activity", activity, "error", err)
		}
	}
	return fault.New(fault.TooMany, "more mails to new addresses are asked for than an hour may have; try again in %d minutes", minutesLeft(now))
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
