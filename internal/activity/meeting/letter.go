package meeting

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

// letter names an announcement that is written to those whose address is known.
type letter struct {
	Conference string `json:"conference"`
	Step       string `json:"step"`
}

// letters writes an announcement to everybody of a conference whose address the
// register has, once; one in other words is another. Without a relay the text is for the invitation and the chat.
func (m *Register) letters(ctx context.Context, j job.Job) error {
	var l letter
	if err := j.Decode(&l); err != nil {
		return err
	}
	if m.env.Mail == nil || !m.env.Mail.Sends() {
		return nil
	}
	err := m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return m.send(ctx, tx, l) })
	if err != nil {
		return fmt.Errorf("write an announcement: %w", err)
	}
	return nil
}

func (m *Register) send(ctx context.Context, tx *store.Tx, l letter) error {
	c, err := conference(ctx, tx, l.Conference)
	if fault.Is(err, fault.NotFound) {
		return nil // it went meanwhile
	}
	if err != nil {
		return err
	}
	a, err := m.records(c.Activity)
	if fault.Is(err, fault.Refused) {
		return nil // the policy changed meanwhile
	}
	if err != nil {
		return err
	}
	told, err := m.told(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	announcement, made := told[Step(l.Step)]
	if !made {
		return nil // the invitation was made anew meanwhile
	}
	people, err := m.participants(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	lang := m.env.Policy().Notice.Languages[0]
	text := m.Wording(a, c.ID)
	topic, err := m.topic(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	zone := m.env.Policy().Zone()
	words := strings.Join([]string{about(c, zone, topic, i18n.German) + text.German, about(c, zone, topic, i18n.English) + text.English}, "\n\n")
	for _, p := range people {
		if p.Values["email"] == "" {
			continue
		}
		_, err := m.env.Mail.Enqueue(ctx, tx, mail.Message{
			Activity: a.Key, Subject: p.Subject, To: mail.Address{Mail: p.Values["email"]}, Lang: lang,
			Title: inBoth("meeting.letter." + l.Step),
			Text:  m.Linked(text, words, ""),
			Why:   inBoth("meeting.letter.why"), Stop: inBoth("meeting.letter.stop", m.address(text.Stop)),
			Thread: c.ID, Key: "meeting/" + announcement.id + "/" + p.ID,
		})
		if err != nil && !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	return nil
}

// inBoth says a line in German and in English: nobody knows what participants read.
func inBoth(key string, args ...any) string {
	return i18n.T(i18n.German, key, args...) + " / " + i18n.T(i18n.English, key, args...)
}

// about says which conference a mail is about, as far as that is kept: its time and
// its topic. It is no part of the announcement, whose words follow from the policy.
func about(c Conference, zone *time.Location, topic, lang string) string {
	var known []string
	if topic != "" {
		known = append(known, topic)
	}
	if !c.Start.IsZero() {
		known = append(known, i18n.DateTimeIn(c.Start, zone, lang))
	}
	if len(known) == 0 {
		return ""
	}
	return i18n.T(lang, "meeting.letter.about", strings.Join(known, ", ")) + "\n"
}
