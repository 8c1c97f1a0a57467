package meeting_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/meeting"
	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/remote/direct/abroadtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// What was written down goes to the recipient that the policy names, in the fields that
// stand there, once. It does not go if somebody stopped the recording or restricted their
// data before it left.
func TestPromise_AH27_NotesLeaveOnlyWhileTheyMay(t *testing.T) {
	about := func(d desk, who string, f func(ctx context.Context, tx *store.Tx, subject string) error) {
		d.T.Helper()
		id, err := d.Subjects.Find(d.T.Context(), d.DB, subject.Email, who)
		if err == nil {
			err = d.DB.Write(d.T.Context(), func(ctx context.Context, tx *store.Tx) error { return f(ctx, tx, id) })
		}
		if err != nil {
			d.T.Fatal(err)
		}
	}
	stopIt := func(d desk, stop string) {
		if err := d.m.Stop(d.T.Context(), stop[strings.LastIndexByte(stop, '/')+1:]); err != nil {
			d.T.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		act  func(d desk, stop string)
		goes int
	}{
		"nothing happened": {func(desk, string) {}, 1},
		"stopped":          {stopIt, 0},
		"stopped, and kept by a hold": {func(d desk, stop string) {
			held, err := d.Subjects.Find(d.T.Context(), d.DB, subject.Email, "bo@example.com")
			if err != nil {
				d.T.Fatal(err)
			}
			d.hold(held)
			stopIt(d, stop)
		}, 0},
		"restricted": {func(d desk, _ string) {
			about(d, "bo@example.com", func(ctx context.Context, tx *store.Tx, id string) error {
				return d.Subjects.Restrict(ctx, tx, id, "disputed")
			})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, place store.Config) {
				var mu sync.Mutex
				var got []map[string]string
				crm := abroadtest.New(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					var message struct{ Values map[string]string }
					if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					got = append(got, message.Values)
				}), "hooks.kundenbuch.example")
				h := activitytest.EnvOver(t, egress.Options{Resolver: crm, Dial: crm.Dial, Roots: crm.Roots()}, place, example(t, "alleherzen", "fathom"), clock.At(noon), meeting.Kind{})
				d := desk{h, h.Running(meeting.Name).(*meeting.Register)}
				id := d.announced("")
				d.Work()
				stop := d.Sink.To("bo@example.com")[0].Link("/privacy/meetings/stop/")
				said := map[string]string{"video": "https://x.example/r", "transcript": "Ada: hello", "summary": "we greeted", "notes": "call Bo"}
				if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: said}, "staff"); err != nil {
					t.Fatal(err)
				}
				c.act(d, stop)
				d.Work()
				d.Work()
				if len(got) != c.goes {
					t.Fatalf("%d messages went out: %v", len(got), got)
				}
				for _, values := range got {
					for field := range values {
						if !slices.Contains([]string{"summary", "notes"}, field) {
							t.Errorf("%s went out", field)
						}
					}
					if values["summary"] != "we greeted" || values["notes"] != "call Bo" {
						t.Errorf("went out: %v", values)
					}
				}
			})
		})
	}
}

// Everybody who gets something of a recording is named when it is announced, and nobody
// who gets nothing of it.
func TestPromise_AH26_WhoGetsSomethingOfItIsNamed(t *testing.T) {
	d := open(t, storetest.SQLite(t), example(t, "alleherzen", "fathom"))
	text := d.m.Wording(d.Policy().Activity("fathom"), "x")
	for name, gets := range map[string]bool{"Kundenbuch Software GmbH": true, "Hosting Beispiel GmbH": true, "Fathom Video Inc.": false} {
		for _, line := range strings.Split(text.English+"\n"+text.German, "\n") {
			if who := strings.HasPrefix(line, "Who else") || strings.HasPrefix(line, "Wer sie außerdem"); who && strings.Contains(line, name) != gets {
				t.Errorf("%s: %v; %s", name, gets, line)
			}
		}
	}
	if !strings.Contains(text.German, "Wer sie außerdem erhält: ") {
		t.Errorf("nobody is named:\n%s\n%s", text.German, text.English)
	}
}
