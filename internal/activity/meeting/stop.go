package meeting

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// stopPath is the page by which whoever takes part stops a recording.
const stopPath = "/privacy/meetings/stop/"

// leafStopped is the ledger's word for a recording that a participant stopped.
const leafStopped = "meeting.stopped"

// idLength is how long an id is (store.NewID).
const idLength = 26

// Stop blocks the registration of a recording for good, ends what is registered,
// and has the organiser told at once what to do at the provider. A link that
// leads nowhere is no error and does the same work, so that none can be guessed
// by the answer.
func (m *Register) Stop(ctx context.Context, token string) error {
	id := m.opened(token)
	err := m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := conference(ctx, tx, id)
		if fault.Is(err, fault.NotFound) || err == nil && !c.Blocked.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		return m.block(ctx, tx, c)
	})
	if err != nil {
		return fmt.Errorf("stop a recording: %w", err)
	}
	return nil
}

// opened returns the id that a token is for; one that nothing has, if the token
// was not made here.
func (m *Register) opened(token string) string {
	id := store.NewID()
	if len(token) > idLength && store.IsID(token[:idLength]) {
		if subtle.ConstantTimeCompare([]byte(m.token(token[:idLength])), []byte(token)) == 1 {
			id = token[:idLength]
		}
	}
	return id
}

func (m *Register) block(ctx context.Context, tx *store.Tx, c Conference) error {
	now := store.At(m.env.Clock.Now())
	if _, err := tx.ExecContext(ctx, "update meeting_conference set blocked_at = $2 where id = $1", c.ID, now); err != nil {
		return store.Classify(err)
	}
	if _, err := m.env.Ledger.Append(ctx, tx, leafStopped, map[string]any{"conference": c.ID, "activity": c.Activity}); err != nil {
		return err
	}
	a := m.env.Policy().Activity(c.Activity)
	if a == nil {
		return nil
	}
	if err := m.warn(ctx, tx, a, c); err != nil {
		return err
	}
	if err := m.endRecording(ctx, tx, a, c.ID, string(Revoked)); err != nil {
		return err
	}
	if counts(a, Revoked) {
		return nil
	}
	return m.forget(ctx, tx, a, c.ID)
}

// forget deletes what is registered of a recording where no rule of the policy
// counts from the revocation: a stopped one is not kept. What a hold or a
// restriction keeps stays.
func (m *Register) forget(ctx context.Context, tx *store.Tx, a *policy.Activity, conference string) error {
	kept, everybody, err := m.env.Subjects.Kept(ctx, a.Key, "")
	if err != nil || everybody {
		return err
	}
	args := []any{conference}
	where := "conference = $1"
	for i, who := range kept {
		where += fmt.Sprintf(" and subject <> $%d", i+2)
		args = append(args, who)
	}
	_, err = tx.ExecContext(ctx, "delete from meeting_recording where "+where, args...)
	return store.Classify(err)
}

// warn writes to whoever invites, to the controller if nobody's address is known.
func (m *Register) warn(ctx context.Context, tx *store.Tx, a *policy.Activity, c Conference) error {
	if m.env.Mail == nil || !m.env.Mail.Sends() {
		return nil // the console says it
	}
	people, err := m.participants(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	topic, err := m.topic(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	p := m.env.Policy()
	tool := c.Tool
	if !i18n.Has("meeting.stopped." + tool) {
		tool = "other"
	}
	var words []string
	for _, lang := range []string{i18n.German, i18n.English} {
		words = append(words, i18n.T(lang, "meeting.stopped.text", called(c, p.Zone(), topic, lang)), i18n.T(lang, "meeting.stopped."+tool), i18n.T(lang, "meeting.stopped.id", c.ID))
	}
	letter := mail.Message{
		Activity: a.Key, Lang: p.Notice.Languages[0], Title: inBoth("meeting.stopped.title"), Text: strings.Join(words, "\n\n"),
		Why: inBoth("meeting.stopped.why"), Stop: inBoth("meeting.stopped.end"),
	}
	told := false
	for _, who := range people {
		if !who.Organises || who.Values["email"] == "" {
			continue
		}
		letter.Subject, letter.To, letter.Key = who.Subject, mail.Address{Mail: who.Values["email"]}, "meeting-stop/"+who.ID
		if _, err := m.env.Mail.Enqueue(ctx, tx, letter); err != nil && !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Invalid) {
			return err
		} else if err == nil {
			told = true
		}
	}
	if told || p.Controller.Email == "" {
		return nil
	}
	letter.Subject, letter.To, letter.Key = "", mail.Address{Mail: p.Controller.Email}, "meeting-stop/"+c.ID
	_, err = m.env.Mail.Enqueue(ctx, tx, letter)
	return err
}

// called is what people know a conference by: its topic and when it begins, as far
// as both are kept.
func called(c Conference, zone *time.Location, topic, lang string) string {
	var says []string
	if topic != "" {
		says = append(says, i18n.T(lang, "meeting.stopped.topic", topic))
	}
	if !c.Start.IsZero() {
		says = append(says, i18n.T(lang, "meeting.stopped.time", i18n.DateTimeIn(c.Start, zone, lang)))
	}
	if len(says) == 0 {
		return ""
	}
	return " " + strings.Join(says, " ")
}

// endRecording ends what is registered of a conference's recording for everybody
// in it: what one says cannot be told from what the others say.
func (m *Register) endRecording(ctx context.Context, tx *store.Tx, a *policy.Activity, conference, moment string) error {
	all, err := store.Texts(ctx, tx, "select id from meeting_recording where conference = $1", conference)
	if err != nil {
		return err
	}
	for _, id := range all {
		if err := m.come(ctx, tx, a, recordingTable, moment, id); err != nil {
			return err
		}
	}
	return nil
}

// come writes a moment into a row and ends what it ends at once.
func (m *Register) come(ctx context.Context, tx *store.Tx, a *policy.Activity, table, moment, id string) error {
	declared := Manifest()
	t, ok := declared.Table(table)
	if !ok {
		return fault.New(fault.Internal, "there is no table %s", table)
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("update %s set %s = coalesce(%s, $2) where id = $1", table, t.Moments[moment], t.Moments[moment]), id, store.At(m.env.Clock.Now()))
	if err != nil {
		return store.Classify(err)
	}
	return m.env.End(ctx, tx, a.Key, moment, table, id)
}
