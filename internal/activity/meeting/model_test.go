package meeting_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/activity/meeting"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store/storetest"

	"kept/internal/activity/activitytest"
)

// model is what the rules of AH26 say, written down once more in a few words.
type model struct {
	invited, started, stopped bool
	start                     time.Time
}

// In every order of events a recording is registered exactly if it was announced
// with the invitation and then right before the start, and nobody stopped it
// (threat 7).
func TestPromise_AH26_NoOrderOfEventsSkipsAnAnnouncement(t *testing.T) {
	text := house(usual)
	d := desk{House: activitytest.Env(t, storetest.SQLite(t), text, clock.At(noon), meeting.Kind{})}
	d.m = d.Running(meeting.Name).(*meeting.Register)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		w := model{start: d.Clock.Now().Add(time.Hour)}
		// A conference that nobody announced, then whatever comes.
		report := report("Kick-off")
		report.Topic = string(rune('a'+n%26)) + time.Duration(n).String()
		report.Start, report.End = w.start.Add(-2*time.Hour), w.start.Add(-time.Hour)
		plan := meeting.Plan{Topic: report.Topic, Start: w.start, Organiser: "ada@example.org", People: []string{"bo@example.com"}}
		first, err := d.m.Invite(t.Context(), plan)
		if err != nil {
			rt.Fatal(err)
		}
		id := first.Conference
		w.invited = true
		if rapid.Bool().Draw(rt, "nobody was invited") {
			if _, err := d.DB.ExecContext(t.Context(), "delete from meeting_announcement where conference = $1", id); err != nil {
				rt.Fatal(err)
			}
			w.invited = false
		}
		for range rapid.IntRange(1, 12).Draw(rt, "events") {
			switch rapid.SampledFrom([]string{"start", "record", "stop", "time", "invite", "forged"}).Draw(rt, "event") {
			case "invite":
				_, err := d.m.Announce(t.Context(), id, meeting.Invitation, "staff")
				agree(rt, "invite", err, !w.stopped)
				w.invited = w.invited || err == nil
			case "start":
				early := d.Clock.Now().Before(w.start.Add(-15 * time.Minute))
				_, err := d.m.Announce(t.Context(), id, meeting.Start, "staff")
				agree(rt, "start", err, w.invited && !w.stopped && !early)
				w.started = w.started || err == nil
			case "record":
				_, err := d.m.Record(t.Context(), id, meeting.Content{Values: map[string]string{"video": "https://tool.example/r"}}, "staff")
				agree(rt, "record", err, w.invited && w.started && !w.stopped)
			case "stop":
				if err := d.m.Stop(t.Context(), first.Stop[len("/privacy/meetings/stop/"):]); err != nil {
					rt.Fatal(err)
				}
				w.stopped = true
			case "forged":
				if err := d.m.Stop(t.Context(), id+"AAAAAAAAAAAAAAAAAAAAAA"); err != nil {
					rt.Fatal(err)
				}
			case "time":
				d.Clock.Advance(time.Duration(rapid.IntRange(1, 50).Draw(rt, "minutes")) * time.Minute)
			}
			v, err := d.m.Look(t.Context(), id, "staff")
			if err != nil {
				rt.Fatal(err)
			}
			if v.Recording != nil && (!w.invited || !w.started || w.stopped) {
				rt.Fatalf("a recording is registered after %+v", w)
			}
			if v.Blocked.IsZero() == w.stopped {
				rt.Fatalf("blocked at %s after %+v", v.Blocked, w)
			}
		}
	})
}

func agree(rt *rapid.T, event string, err error, may bool) {
	rt.Helper()
	if may != (err == nil) || err != nil && !fault.Is(err, fault.Conflict) {
		rt.Fatalf("%s: %v, the model says %v", event, err, may)
	}
}
