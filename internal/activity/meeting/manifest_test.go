package meeting_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/meeting"
	"kept/internal/fault"
	"kept/internal/subject"
)

func TestManifestIsConsistent(t *testing.T) {
	m := meeting.Manifest()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
}

// house is a policy with one entry of the kind, or none.
func house(fields []string) string {
	text := `kept: 1
notice: {version: 2026-11-21, languages: [en, de], jurisdiction: DE}
controller: {name: Example GmbH, address: "Example Street 1, 65183 Wiesbaden, DE", email: privacy@example.org}
departments:
  staff: {title: {de: einladende Mitarbeitende, en: staff who invite}}
activities:
`
	if len(fields) == 0 {
		return strings.TrimSuffix(text, "\n") + " {}\n"
	}
	return text + fmt.Sprintf(`  meetings:
    purpose: essential.service.communication
    basis: contract
    also: [{basis: consent, for: {de: Aufzeichnungen, en: recordings}}]
    data: [%s]
    origin: {de: das Profil im Konferenzdienst, en: the profile in the meeting tool}
    access: [staff]
    settings:
      recording:
        announce: [invitation, start]
        purpose: {de: Protokoll, en: minutes}
        responsible: {de: wer einlädt, en: whoever invites}
        access: [staff]
        place: {de: Rechenzentrum in Irland, en: data centre in Ireland}
    retention:
      - {from: collection, keep: 3 months, then: delete}
      - {from: request, keep: 0 days, then: delete}
      - {from: revocation, keep: 0 days, then: delete}
      - {from: purpose-end, keep: 0 days, then: delete}
`, strings.Join(fields, ", "))
}

// told is what the examination's tool tells of a person; each value is telling.
var told = []string{"name", "phone", "user_name", "profile", "context", "dial_in", "ip_address", "mac_address", "device_id", "device", "os", "client", "camera", "microphone", "speaker", "connection", "log"}

var written = []string{"transcript", "summary", "highlights", "notes"}

func TestPromise_CT02_TechnicalDataIsKeptOnlyAsDeclared(t *testing.T) {
	fields := append(append([]string{"email", "topic", "participation", "duration", "participants", "announcements", "audio", "video"}, told...), written...)
	activitytest.Run(t, meeting.Kind{}, activitytest.Config{
		Policy: house, Fields: fields, Plant: plant,
		Use: meetAgain,
		Looks: func(h *activitytest.House, p activitytest.Planted) []*http.Request {
			id := ""
			if err := h.DB.QueryRowContext(h.T.Context(), "select conference from meeting_participation where subject = $1", p.Subject).Scan(&id); err != nil {
				h.T.Fatal(err)
			}
			return []*http.Request{httptest.NewRequest(http.MethodGet, "/meetings/"+id, nil), httptest.NewRequest(http.MethodGet, "/meetings", nil)}
		},
		Ends: []activitytest.End{{Table: "meeting_participation", Months: 3}, {Table: "meeting_recording", Months: 3}, {Table: "meeting_conference", Months: 3}, {Table: "meeting_announcement", Months: 3}},
	})
}

// plant announces, holds and records a conference of one person.
func plant(h *activitytest.House, n int) activitytest.Planted {
	h.T.Helper()
	m, ctx := h.Running(meeting.Name).(*meeting.Register), h.T.Context()
	now := h.Clock.Now()
	values := map[string]string{"email": fmt.Sprintf("person%d@mail.example", n), "topic": fmt.Sprintf("topic-of-%d", n)}
	for _, f := range told {
		values[f] = fmt.Sprintf("%s-of-person-%d", f, n)
	}
	values["phone"] = fmt.Sprintf("+49 611 %06d", 123000+n)
	person := map[string]string{"email": values["email"]}
	for _, f := range told {
		person[f] = values[f]
	}
	begin := now.Add(-time.Duration(n+100) * time.Minute)
	end := begin.Add(time.Duration(1000+n) * time.Second)
	values["participation"] = begin.UTC().Format(time.RFC3339) + "/" + end.UTC().Format(time.RFC3339)
	values["duration"] = end.Sub(begin).String()
	conference := ""
	text, err := m.Invite(ctx, meeting.Plan{Topic: values["topic"], Start: now.Add(10 * time.Minute), People: []string{values["email"]}})
	expected(h, err)
	if err == nil {
		conference = text.Conference
		_, err := m.Announce(ctx, conference, meeting.Start, "staff")
		expected(h, err)
	}
	result, err := m.Import(ctx, meeting.Order{
		Conference: conference, Source: []byte(fmt.Sprint(n)),
		Report: meeting.Report{Tool: "teams", Topic: values["topic"], Start: begin, End: end,
			People: []meeting.Person{{Values: person, Stays: []meeting.Interval{{Start: begin, End: end}}}}},
	})
	expected(h, err)
	recorded := map[string]string{"audio": fmt.Sprintf("https://tool.example/a%d", n), "video": fmt.Sprintf("https://tool.example/v%d", n)}
	for _, f := range written {
		recorded[f] = fmt.Sprintf("%s written down %d", f, n)
	}
	if result.Conference != "" {
		_, err = m.Record(ctx, result.Conference, meeting.Content{Values: recorded}, "staff")
		expected(h, err)
	}
	for f, v := range recorded {
		values[f] = v
	}
	who, err := h.Subjects.Find(ctx, h.DB, subject.Email, values["email"])
	if err != nil && !fault.Is(err, fault.NotFound) {
		h.T.Fatal(err)
	}
	return activitytest.Planted{Subject: who, Values: values}
}

// meetAgain takes in the report of another conference with somebody.
func meetAgain(h *activitytest.House, p activitytest.Planted) {
	h.T.Helper()
	m := h.Running(meeting.Name).(*meeting.Register)
	h.Clock.Advance(time.Hour)
	end := h.Clock.Now()
	_, err := m.Import(h.T.Context(), meeting.Order{
		Source: []byte(end.String() + p.Subject),
		Report: meeting.Report{Tool: "teams", Topic: "again", Start: end.Add(-time.Hour), End: end,
			People: []meeting.Person{{Values: map[string]string{"email": p.Values["email"], "name": "Again"}, Stays: []meeting.Interval{{Start: end.Add(-time.Hour), End: end}}}}},
	})
	expected(h, err)
}

// expected lets pass what the policy refuses.
func expected(h *activitytest.House, err error) {
	h.T.Helper()
	if err != nil && !fault.Is(err, fault.Refused) {
		h.T.Fatal(err)
	}
}
