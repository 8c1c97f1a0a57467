package contactsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/activity/contactsync/run"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// Trouble is told once when it begins, after the run that tried again, and once when
// it is over: not with every run. A mail names no mailbox and no contact, only what
// went wrong and what to do; the rest stands in the history.

// persistent is how often in a row something fails before it is told.
const persistent = 2

// fared notes how a mailbox fared: how often in a row it failed, and with what.
func (y *Synchroniser) fared(ctx context.Context, v *visit, problems []run.Problem, failed error) error {
	problem := problemOf(failed)
	if failed == nil && len(problems) > 0 {
		problem = someContact
	}
	if problem == "" && v.box.Failed == 0 {
		return nil
	}
	v.box.Failed++
	if problem == "" {
		v.box.Failed = 0
	}
	_, err := y.env.DB.ExecContext(ctx, "update sync_mailbox set failed = $1, problem = $2 where id = $3", v.box.Failed, null(problem), v.box.ID)
	return store.Classify(err)
}

// news is what a mail tells: how many mailboxes began to fail, by what is wrong, how
// many work again, and the same of the synchronisation as a whole.
type news struct {
	begun map[string]int64
	over  int64
	whole string    // what is wrong with all of it
	well  bool      // all of it works again
	ends  time.Time // when a certificate does, zero if that is far or was told
}

func (n news) nothing() bool {
	return len(n.begun) == 0 && n.over == 0 && n.whole == "" && !n.well && n.ends.IsZero()
}

// tell writes to the customer what began to fail and what is over, and remembers
// that it was told.
func (y *Synchroniser) tell(ctx context.Context, tx *store.Tx, a *policy.Activity, s Sync) error {
	n, err := y.news(ctx, tx, s)
	if err != nil || n.nothing() || !y.env.Mail.Sends() {
		return err
	}
	for i, to := range y.whom(ctx, a, s) {
		m := y.letter(a, s, n, to)
		m.Key = fmt.Sprintf("sync/%s/%d/%d", s.ID, y.env.Clock.Now().UnixMilli(), i)
		if _, err := y.env.Mail.Enqueue(ctx, tx, m); err != nil && !fault.Is(err, fault.Refused) {
			return fmt.Errorf("tell of trouble: %w", err)
		}
	}
	now := store.At(y.env.Clock.Now())
	for _, x := range []struct {
		query string
		args  []any
	}{
		{"update sync_mailbox set told_at = $1 where setup = $2 and told_at is null and failed >= $3", []any{now, s.ID, persistent}},
		{"update sync_mailbox set told_at = null where setup = $1 and failed = 0", []any{s.ID}},
		{"update sync_setup set told_at = $1 where id = $2 and told_at is null and failed >= $3", []any{now, s.ID, persistent}},
		{"update sync_setup set told_at = null where id = $1 and failed = 0", []any{s.ID}},
		{"update sync_setup set warned_of = coalesce($1, warned_of) where id = $2", []any{store.At(n.ends), s.ID}},
	} {
		if _, err := tx.ExecContext(ctx, x.query, x.args...); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

func (y *Synchroniser) news(ctx context.Context, tx *store.Tx, s Sync) (n news, err error) {
	rows, err := tx.QueryContext(ctx, `select coalesce(problem, ''), count(*) from sync_mailbox where setup = $1 and removed_at is null
		and (told_at is null and failed >= $2 or told_at is not null and failed = 0) group by coalesce(problem, '')`, s.ID, persistent)
	if err != nil {
		return n, store.Classify(err)
	}
	defer rows.Close()
	n.begun = map[string]int64{}
	for rows.Next() {
		var problem string
		var count int64
		if err := rows.Scan(&problem, &count); err != nil {
			return n, store.Classify(err)
		}
		if problem == "" {
			n.over = count
		} else {
			n.begun[problem] = count
		}
	}
	if err := rows.Err(); err != nil {
		return n, store.Classify(err)
	}
	var told store.Time
	var failed int64
	var problem string
	err = tx.QueryRowContext(ctx, "select told_at, failed, coalesce(problem, '') from sync_setup where id = $1", s.ID).Scan(&told, &failed, &problem)
	n.well = !told.IsZero() && failed == 0
	if told.IsZero() && failed >= persistent {
		n.whole = problem
	}
	if err != nil {
		return n, store.Classify(err)
	}
	n.ends, err = y.unwarned(ctx, tx, s)
	return n, err
}

// reached is somebody who is told.
type reached struct{ address, lang string }

// whom returns who is told: who registered the customer, and the administrator that
// the set-up names, if the policy lists one.
func (y *Synchroniser) whom(ctx context.Context, a *policy.Activity, s Sync) (all []reached) {
	seen := map[string]bool{}
	add := func(address, lang string) {
		if address = normal(address); address != "" && !seen[address] {
			seen[address] = true
			all = append(all, reached{address, i18n.Match(cmp.Or(lang, y.env.Policy().Notice.Languages[0]), i18n.Languages())})
		}
	}
	if y.env.Customers != nil {
		address, lang, err := y.env.Customers.Registered(ctx, s.Customer)
		if err == nil {
			add(address, lang)
		} else if !fault.Is(err, fault.NotFound) {
			y.env.Log.Warn("the customer of a synchronisation cannot be told of trouble", "synchronisation", s.ID, "error", err)
		}
	}
	if a.Has("administrator") {
		for _, key := range slices.Sorted(maps.Keys(s.Setup.Connections)) {
			add(s.Setup.Connections[key].Administrator, s.Setup.Language)
		}
	}
	return all
}

// letter words a mail.
func (y *Synchroniser) letter(a *policy.Activity, s Sync, n news, to reached) mail.Message {
	say := func(key string, args ...any) string { return i18n.T(to.lang, "sync.mail."+key, args...) }
	title := "over.title"
	var text []string
	if n.whole != "" {
		title = "title"
		text = append(text, say("whole", s.Setup.Name), i18n.T(to.lang, "sync.remedy."+n.whole))
	}
	for _, problem := range slices.Sorted(maps.Keys(n.begun)) {
		title = "title"
		text = append(text, i18n.Count(to.lang, "sync.mail.begun", n.begun[problem], s.Setup.Name)+" "+i18n.T(to.lang, "sync.remedy."+problem))
	}
	if !n.ends.IsZero() {
		title = "title"
		text = append(text, say("certificate", s.Setup.Name, i18n.Date(n.ends, to.lang)))
	}
	if n.well {
		text = append(text, say("well", s.Setup.Name))
	}
	if n.over > 0 {
		text = append(text, i18n.Count(to.lang, "sync.mail.over", n.over, s.Setup.Name))
	}
	if y.env.Customers != nil {
		text = append(text, say("look")+"\n"+y.env.Customers.Portal().Link(portalPath+"/"+s.ID+"/runs"))
	}
	p := y.env.Policy()
	m := mail.Message{
		Activity: a.Key, Subject: s.Customer, To: mail.Address{Mail: to.address}, Lang: to.lang, Title: say(title, s.Setup.Name), Text: strings.Join(text, "\n\n"),
		Why: say("why", p.Controller.Name), Stop: say("stop"), Thread: "sync/" + s.ID,
	}
	if p.Controller.Email != "" {
		m.ReplyTo = mail.Address{Name: p.Controller.Name, Mail: p.Controller.Email}
	}
	return m
}
