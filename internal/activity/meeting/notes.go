package meeting

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// handover names notes that go to a recipient.
type handover struct {
	Conference string `json:"conference"`
	Recipient  string `json:"recipient"`
}

// handOver posts what was written down of a conference to a recipient that the
// policy declares for it: the fields that stand there, and no others.
func (m *Register) handOver(ctx context.Context, j job.Job) error {
	var h handover
	if err := j.Decode(&h); err != nil {
		return err
	}
	c, err := conference(ctx, m.env.DB, h.Conference)
	if fault.Is(err, fault.NotFound) {
		return nil // it went meanwhile
	}
	if err != nil {
		return err
	}
	a := m.env.Policy().Activity(c.Activity)
	if a == nil || !c.Blocked.IsZero() {
		return nil
	}
	restricted, err := m.restricted(ctx, m.env.DB, c.ID)
	if err != nil {
		return err
	}
	if restricted {
		m.env.Log.Info("notes are not handed over: somebody in the conference restricted their data", "conference", c.ID)
		return nil
	}
	content, err := m.recording(ctx, m.env.DB, c.ID)
	if err != nil {
		return err
	}
	values := declared(a, h.Recipient, content)
	if len(values) == 0 {
		return nil
	}
	if _, err := m.env.Egress.Allowed(a.Key, h.Recipient, values); err != nil {
		return fmt.Errorf("hand notes over: %w", err)
	}
	if err := m.post(ctx, a, h.Recipient, c.ID, values); err != nil {
		return fmt.Errorf("hand notes over to %s: %w", h.Recipient, err)
	}
	return m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := m.env.Egress.Delivered(ctx, tx, egress.Delivery{Activity: a.Key, Recipient: h.Recipient, Fields: slices.Sorted(maps.Keys(values)), Count: 1})
		return err
	})
}

// restricted reports whether somebody who took part in a conference restricted
// their data: what was written down there is theirs too.
func (m *Register) restricted(ctx context.Context, q store.Querier, conference string) (bool, error) {
	bound, err := m.env.Subjects.Restricted(ctx)
	if err != nil {
		return false, err
	}
	people, err := store.Texts(ctx, q, "select subject from meeting_participation where conference = $1", conference)
	return slices.ContainsFunc(people, func(who string) bool { return bound[who] }), err
}

// declared returns what of values the entry hands to a recipient.
func declared(a *policy.Activity, recipient string, values map[string]string) map[string]string {
	i := slices.IndexFunc(a.Recipients, func(d policy.Delivery) bool { return d.Recipient == recipient })
	if i < 0 {
		return nil
	}
	kept := map[string]string{}
	for _, f := range a.Recipients[i].Fields {
		if v := values[f.Name]; v != "" && a.Has(f.Name) {
			kept[f.Name] = v
		}
	}
	return kept
}

// post sends one message. The recipient's first declared host takes it, at the
// path that the setting names; the conference's id makes a repetition known.
func (m *Register) post(ctx context.Context, a *policy.Activity, recipient, conference string, values map[string]string) error {
	to := m.env.Policy().Recipient(recipient)
	if to == nil || len(to.Hosts) == 0 {
		return fault.New(fault.Refused, "the policy names no host of the recipient %s", recipient)
	}
	path := "/"
	for _, f := range a.Settings.Forwards("notes") {
		if f.Recipient == recipient && f.Options["path"] != "" {
			path = f.Options["path"]
		}
	}
	body, err := json.Marshal(struct {
		Conference string            `json:"conference"`
		Values     map[string]string `json:"values"`
	}{conference, values})
	if err != nil {
		return err
	}
	client, err := m.env.Egress.Client(recipient)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+to.Hosts[0]+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", conference)
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)); err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fault.New(fault.Unavailable, "it answered %d", answer.StatusCode)
	}
	return nil
}
