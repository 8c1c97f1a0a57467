package meeting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/store"
)

// leafOpened is the ledger's word for a look at who took part in a conference.
const leafOpened = "meeting.opened"

// View is one conference with everybody in it.
type View struct {
	Conference
	People    []Participation    `json:"people"`
	Told      map[Step]time.Time `json:"announced"`
	Recording map[string]string  `json:"recording,omitempty"` // by field; nil if none is registered
	// Withheld says that something is registered and not shown: somebody who took part
	// restricted their data, and what was said is theirs too.
	Withheld bool `json:"recording_withheld,omitempty"`
}

// Look opens a conference. That somebody did is in the ledger before it is shown. Of
// participants whose data is restricted it shows that there is one, and of a recording
// with them that there is one too.
func (m *Register) Look(ctx context.Context, id, by string) (View, error) {
	v := View{Told: map[Step]time.Time{}}
	err := m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if v.Conference, err = conference(ctx, tx, id); err != nil {
			return err
		}
		_, err = m.env.Ledger.Append(ctx, tx, leafOpened, map[string]any{"conference": id, "by": by})
		return err
	})
	if err != nil {
		return View{}, fmt.Errorf("open a conference: %w", err)
	}
	if v.Topic, err = m.topic(ctx, m.env.DB, id); err != nil {
		return View{}, fmt.Errorf("open a conference: %w", err)
	}
	if v.People, err = m.participants(ctx, m.env.DB, id); err != nil {
		return View{}, fmt.Errorf("open a conference: %w", err)
	}
	restricted, err := m.env.Subjects.Restricted(ctx)
	if err != nil {
		return View{}, fmt.Errorf("open a conference: %w", err)
	}
	for i := range v.People {
		if p := &v.People[i]; restricted[p.Subject] {
			p.Values, p.Restricted = nil, true
		}
	}
	told, err := m.told(ctx, m.env.DB, id)
	if err != nil {
		return View{}, fmt.Errorf("open a conference: %w", err)
	}
	for step, t := range told {
		v.Told[step] = t.at
	}
	if v.Recording, err = m.recording(ctx, m.env.DB, id); err != nil {
		return View{}, fmt.Errorf("open a conference: %w", err)
	}
	if len(v.Recording) > 0 && slices.ContainsFunc(v.People, func(p Participation) bool { return p.Restricted }) {
		v.Recording, v.Withheld = nil, true
	}
	return v, nil
}
