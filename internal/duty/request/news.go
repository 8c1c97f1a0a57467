package request

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/store"
)

// newsRhythm is how often the officer is written to about what waits for a
// decision: however many requests come, it is one mail an hour.
const newsRhythm = time.Hour

// mostNamed is how many requests such a mail names; the others it counts.
const mostNamed = 20

// Need is what a case waits for from a person of the staff.
type Need string

// What a case can wait for.
const (
	Nothing       Need = ""
	NeedsReading  Need = "read"     // what is wanted was written in words
	NeedsIdentity Need = "identify" // it came by letter or call, or for somebody else
	NeedsEntry    Need = "enter"    // it does not say against what, or which value is right
	NeedsDecision Need = "decide"
	NeedsAnswer   Need = "answer" // it is carried out; somebody reads the letter before it leaves
)

// needs returns what a case waits for from a person of the staff. What was served
// at once, and what nobody may weigh, needs none.
func (d *Desk) needs(ctx context.Context, c Case) (Need, error) {
	if c.Channel == Browser {
		return Nothing, nil
	}
	switch c.State {
	case Received:
		return d.needsAtFirst(ctx, c)
	case Identified:
		lacking, err := d.lacking(ctx, c)
		switch {
		case len(c.Rights) == 0:
			return NeedsReading, nil
		case len(lacking) > 0:
			return NeedsEntry, err
		}
		return Nothing, err
	case Planned:
		plans, err := d.plans(ctx, d.DB, c.ID)
		if err != nil || plans == nil || len(down(plans)) > 0 || unproven(plans) || d.atOnce(c) && !undecided(plans) {
			return Nothing, err
		}
		return NeedsDecision, nil
	case Carried:
		contact, err := d.contact(ctx, d.DB, c.ID)
		if c.ApprovedBy == Law && d.Writes() && contact.Mail != "" {
			return Nothing, err
		}
		return NeedsAnswer, err
	}
	return Nothing, nil
}

func (d *Desk) needsAtFirst(ctx context.Context, c Case) (Need, error) {
	if len(c.Rights) == 0 {
		return NeedsReading, nil
	}
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil {
		return Nothing, err
	}
	if w.For != nil || c.Unproven.IsZero() { // no code can show it
		return NeedsIdentity, nil
	}
	return Nothing, nil
}

// announce has the officer told what a case waits for, unless that was told.
func (d *Desk) announce(ctx context.Context, id string) error {
	c, err := d.Case(ctx, id)
	if fault.Is(err, fault.NotFound) || !d.Writes() {
		return nil
	} else if err != nil {
		return err
	}
	need, err := d.needs(ctx, c)
	if err != nil || need == Nothing || need == c.told {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var last store.Time
		if err := tx.QueryRowContext(ctx, "select max(told_at) from request_case").Scan(&last); err != nil {
			return store.Classify(err)
		}
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: newsJob, Key: "news", At: last.Time.Add(newsRhythm), Payload: struct{}{}})
		return err
	})
}

// news is the job that writes to the officer, once for all that waits and was not
// told yet. The mail names no person.
func (d *Desk) news(ctx context.Context, _ job.Job) error {
	open, err := d.List(ctx, Which{Open: true})
	if err != nil || !d.Writes() {
		return err
	}
	var waiting []Case
	for _, c := range open {
		need, err := d.needs(ctx, c)
		if err != nil {
			return err
		}
		if need != Nothing && need != c.told {
			c.told = need
			waiting = append(waiting, c)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	now := d.Clock.Now()
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range waiting {
			_, err := tx.ExecContext(ctx, "update request_case set told = $1, told_at = $2 where id = $3", string(c.told), store.At(now), c.ID)
			if err != nil {
				return store.Classify(err)
			}
		}
		lang := d.Policy().Notice.Languages[0]
		_, err := d.Mail.Enqueue(ctx, tx, mail.Message{
			Activity: Name, To: mail.Address{Mail: d.officer()}, Lang: lang, Title: i18n.Count(lang, "request.news.title", int64(len(waiting))),
			Text: d.newsText(lang, waiting), Key: fmt.Sprintf("request/news/%d", now.UnixMilli()),
		})
		return err
	})
	if err != nil {
		return err
	}
	return d.at("wrote news")
}

func (d *Desk) newsText(lang string, waiting []Case) string {
	var lines []string
	for _, c := range waiting[:min(len(waiting), mostNamed)] {
		line := "- " + i18n.T(lang, "request.news."+string(c.told), c.Number)
		if c.PausedSince.IsZero() {
			line += " " + i18n.T(lang, "request.news.until", d.day(c.LastDay(), lang))
		}
		lines = append(lines, line)
	}
	if more := len(waiting) - mostNamed; more > 0 {
		lines = append(lines, "- "+i18n.Count(lang, "request.news.more", int64(more)))
	}
	return paragraphs(i18n.T(lang, "request.news.text"), strings.Join(lines, "\n"), i18n.T(lang, "request.news.where"))
}
