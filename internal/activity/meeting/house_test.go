package meeting_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/meeting"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/subject"
)

var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// usual are the fields that most tests declare.
var usual = []string{"name", "email", "topic", "participation", "duration", "participants", "announcements", "video", "transcript", "summary"}

// desk is a house with the register in it.
type desk struct {
	*activitytest.House
	m *meeting.Register
}

func open(t *testing.T, place store.Config, policy string) desk {
	t.Helper()
	h := activitytest.Env(t, place, policy, clock.At(noon), meeting.Kind{})
	return desk{h, h.Running(meeting.Name).(*meeting.Register)}
}

func (d desk) rows(table string) int64 {
	d.T.Helper()
	m := meeting.Manifest()
	t, ok := m.Table(table)
	if !ok {
		d.T.Fatalf("there is no table %s", table)
	}
	return d.Rows(t)
}

// invited announces a conference of Ada, who invites, and Bo for in ten minutes.
func (d desk) invited(activity string) string {
	d.T.Helper()
	text, err := d.m.Invite(d.T.Context(), meeting.Plan{
		Activity: activity, Topic: "Kick-off", Start: d.Clock.Now().Add(10 * time.Minute), Organiser: "ada@example.org", People: []string{"bo@example.com"},
	})
	if err != nil {
		d.T.Fatal(err)
	}
	return text.Conference
}

func (d desk) announced(activity string) string {
	d.T.Helper()
	id := d.invited(activity)
	if _, err := d.m.Announce(d.T.Context(), id, meeting.Start, "staff"); err != nil {
		d.T.Fatal(err)
	}
	return id
}

// report is an attendance report of Ada and Bo.
func report(topic string) meeting.Report {
	stay := []meeting.Interval{{Start: noon.Add(-time.Hour), End: noon.Add(-15 * time.Minute)}}
	return meeting.Report{Tool: "teams", Topic: topic, Start: noon.Add(-time.Hour), End: noon, People: []meeting.Person{
		{Organises: true, Stays: stay, Values: map[string]string{"name": "Ada Lovelace", "email": "ada@example.org"}},
		{Stays: stay, Values: map[string]string{"name": "Bo Berg", "email": "bo@example.com"}},
	}}
}

func (d desk) imported(activity string) meeting.Result {
	d.T.Helper()
	r, err := d.m.Import(d.T.Context(), meeting.Order{Activity: activity, Report: report("Kick-off"), Source: []byte("file"), By: "staff"})
	if err != nil {
		d.T.Fatal(err)
	}
	return r
}

// post sends a form to a door.
func (d desk) post(serve func(*http.Request) *http.Response, path string, form url.Values) (int, string) {
	d.T.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	return body(d.T, serve(r))
}

func (d desk) get(serve func(*http.Request) *http.Response, path string) (int, string) {
	d.T.Helper()
	return body(d.T, serve(httptest.NewRequest(http.MethodGet, path, nil)))
}

func body(t testing.TB, r *http.Response) (int, string) {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, b.String()
}

// example is one of the policies of examples/, with the entries of this kind and
// what they need; the other kinds are not of this house.
func example(t *testing.T, name string, entries ...string) string {
	t.Helper()
	b, err := os.ReadFile("../../../examples/" + name + "/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(b), "\nactivities:\n")
	var text strings.Builder
	text.WriteString(head + "\nactivities:\n")
	for _, e := range entries {
		_, after, ok := strings.Cut("\n"+rest, "\n  "+e+":\n")
		if !ok {
			t.Fatalf("%s has no entry %s", name, e)
		}
		text.WriteString("  " + e + ":\n")
		for line := range strings.Lines(after) {
			if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") && !strings.HasPrefix(line, "  #") {
				break
			}
			text.WriteString(line)
		}
	}
	return text.String()
}

// hold keeps what is held of somebody, as the law may demand.
func (d desk) hold(who string) {
	d.T.Helper()
	err := d.DB.Write(d.T.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Subjects.SetHold(ctx, tx, subject.Hold{Subject: who, Reason: "commercial letters", By: "staff", Until: noon.AddDate(1, 0, 0)})
		return err
	})
	if err != nil {
		d.T.Fatal(err)
	}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
