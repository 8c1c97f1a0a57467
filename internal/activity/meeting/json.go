package meeting

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// readJSON reads a Graph meetingAttendanceReport or a Fathom message. What the
// forms hold beside the parts read here is dropped.
func readJSON(text string, r Reading, problems *Problems) Report {
	var which struct {
		Records    *json.RawMessage `json:"attendanceRecords"`
		List       *json.RawMessage `json:"value"`
		Invitees   *json.RawMessage `json:"calendar_invitees"`
		RecordedBy *json.RawMessage `json:"recorded_by"`
	}
	if !decodeJSON(text, &which, r, problems) {
		return Report{}
	}
	switch {
	case which.Records != nil:
		return readGraph(text, r, problems)
	case which.Invitees != nil || which.RecordedBy != nil:
		return readFathom(text, r, problems)
	case which.List != nil:
		problems.add(r.Name, 1, "value", "a list of reports; fetch one with its attendanceRecords expanded")
	default:
		problems.add(r.Name, 1, "file", "neither a Graph attendance report nor a message of Fathom")
	}
	return Report{}
}

func decodeJSON(text string, into any, r Reading, problems *Problems) bool {
	err := json.Unmarshal([]byte(text), into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return true
	case errors.As(err, &wrong):
		problems.add(r.Name, 1, cmp.Or(wrong.Field, "file"), "of another type than it should be")
	default:
		problems.add(r.Name, 1, "file", "no JSON that can be read")
	}
	return false
}

// graphReport is the resource meetingAttendanceReport of Microsoft Graph 1.0.
type graphReport struct {
	ID      string
	Start   string `json:"meetingStartDateTime"`
	End     string `json:"meetingEndDateTime"`
	Records []struct {
		Email    string `json:"emailAddress"`
		Seconds  int64  `json:"totalAttendanceInSeconds"`
		Role     string
		Identity struct {
			DisplayName string
		}
		Intervals []struct {
			Join  string `json:"joinDateTime"`
			Leave string `json:"leaveDateTime"`
		} `json:"attendanceIntervals"`
	} `json:"attendanceRecords"`
}

func readGraph(text string, r Reading, problems *Problems) Report {
	var g graphReport
	if !decodeJSON(text, &g, r, problems) {
		return Report{}
	}
	j := jsonReader{r, problems}
	report := Report{Tool: "teams", Key: j.text(1, "id", g.ID, maxValue), Start: j.moment(1, "meetingStartDateTime", g.Start), End: j.moment(1, "meetingEndDateTime", g.End)}
	for i, record := range g.Records {
		row := i + 1
		p := j.named(row, "identity.displayName", record.Identity.DisplayName, "emailAddress", record.Email)
		p.Organises = strings.EqualFold(record.Role, "organizer")
		if record.Seconds < 0 || record.Seconds > 7*24*3600 {
			problems.add(r.Name, row, "totalAttendanceInSeconds", "no length of time")
			continue
		}
		p.Stayed = time.Duration(record.Seconds) * time.Second
		for _, stay := range record.Intervals {
			s := Interval{j.moment(row, "joinDateTime", stay.Join), j.moment(row, "leaveDateTime", stay.Leave)}
			if s.End.IsZero() {
				s.End = s.Start
			}
			if s.End.Before(s.Start) {
				problems.add(r.Name, row, "leaveDateTime", "lies before the coming")
			}
			if !s.Start.IsZero() {
				p.Stays = append(p.Stays, s)
			}
		}
		report.People = append(report.People, p)
	}
	return report
}

// fathomMessage is the body of Fathom's webhook "new meeting content ready".
type fathomMessage struct {
	Title        string `json:"title"`
	MeetingTitle string `json:"meeting_title"`
	RecordingID  int64  `json:"recording_id"`
	URL          string `json:"url"`
	ShareURL     string `json:"share_url"`
	Scheduled    string `json:"scheduled_start_time"`
	Start        string `json:"recording_start_time"`
	End          string `json:"recording_end_time"`
	Transcript   []struct {
		Speaker struct {
			Name string `json:"display_name"`
		}
		Text string
		At   string `json:"timestamp"`
	}
	Summary *struct {
		Text string `json:"markdown_formatted"`
	} `json:"default_summary"`
	Actions []struct {
		Description string
		At          string `json:"recording_timestamp"`
	} `json:"action_items"`
	Invitees []struct {
		Name, Email string
		Speaker     string `json:"matched_speaker_display_name"`
	} `json:"calendar_invitees"`
	RecordedBy struct{ Name, Email string } `json:"recorded_by"`
}

func readFathom(text string, r Reading, problems *Problems) Report {
	var f fathomMessage
	if !decodeJSON(text, &f, r, problems) {
		return Report{}
	}
	j := jsonReader{r, problems}
	report := Report{
		Tool: "fathom", Topic: j.text(1, "meeting_title", cmp.Or(f.MeetingTitle, f.Title), maxValue),
		Start: j.moment(1, "recording_start_time", f.Start), End: j.moment(1, "recording_end_time", f.End),
		Scheduled: j.moment(1, "scheduled_start_time", f.Scheduled),
	}
	if f.RecordingID != 0 {
		report.Key = fmt.Sprint(f.RecordingID)
	}
	report.Key = cmp.Or(report.Key, j.text(1, "url", f.URL, maxValue))
	seen := map[string]int{}
	for i, who := range f.Invitees {
		p := j.named(i+1, "calendar_invitees.name", cmp.Or(who.Name, who.Speaker), "calendar_invitees.email", who.Email)
		p.Organises = who.Email != "" && strings.EqualFold(who.Email, f.RecordedBy.Email)
		if _, twice := seen[strings.ToLower(who.Email)]; twice && who.Email != "" {
			continue
		}
		seen[strings.ToLower(who.Email)] = i
		report.People = append(report.People, p)
	}
	if _, invited := seen[strings.ToLower(f.RecordedBy.Email)]; !invited && f.RecordedBy.Email != "" {
		p := j.named(len(f.Invitees)+1, "recorded_by.name", f.RecordedBy.Name, "recorded_by.email", f.RecordedBy.Email)
		p.Organises = true
		report.People = append(report.People, p)
	}
	report.Content = j.content(f)
	report.Content.Began = report.Start
	return report
}

// content gathers what the assistant recorded and wrote down.
func (j jsonReader) content(f fathomMessage) *Content {
	values := map[string]string{}
	put := func(field, name, text string) {
		if text = j.text(1, name, text, maxContent); text != "" {
			values[field] = text
		}
	}
	link := cmp.Or(f.ShareURL, f.URL)
	if link != "" && !strings.HasPrefix(link, "https://") {
		j.problems.add(j.Name, 1, "share_url", "no https address")
		link = ""
	}
	put("audio", "share_url", link)
	put("video", "share_url", link)
	var said strings.Builder
	for _, s := range f.Transcript {
		fmt.Fprintf(&said, "%s %s: %s\n", s.At, s.Speaker.Name, s.Text)
	}
	put("transcript", "transcript", said.String())
	if f.Summary != nil {
		put("summary", "default_summary", f.Summary.Text)
	}
	var moments strings.Builder
	for _, a := range f.Actions {
		fmt.Fprintf(&moments, "%s %s\n", a.At, a.Description)
	}
	put("highlights", "action_items", moments.String())
	return &Content{Values: values}
}

type jsonReader struct {
	Reading
	problems *Problems
}

func (j jsonReader) text(row int, field, value string, most int) string {
	value, ok := clean(value, most)
	if !ok {
		j.problems.add(j.Name, row, field, "no text, or too long")
		return ""
	}
	return value
}

// moment reads a time that must name its zone; none is the zero time.
func (j jsonReader) moment(row int, field, value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || !believable(t) {
		j.problems.add(j.Name, row, field, "no time as RFC 3339 writes it")
		return time.Time{}
	}
	return t.UTC()
}

// named begins a person.
func (j jsonReader) named(row int, nameField, name, mailField, mail string) Person {
	p := Person{Values: map[string]string{}}
	if v := j.text(row, nameField, name, maxValue); v != "" {
		p.Values["name"] = v
	}
	if v := j.text(row, mailField, mail, maxValue); v != "" {
		p.Values["email"] = v
	}
	if len(p.Values) == 0 {
		j.problems.add(j.Name, row, nameField, "nobody is named")
	}
	return p
}
