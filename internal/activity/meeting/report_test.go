package meeting

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// utf16LE writes text as Teams does: UTF-16, little end first, with a mark.
func utf16LE(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

var berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

const teamsEnglish = "1. Summary\r\nMeeting title\tKick-off\r\nAttended participants\t2\r\nStart time\t3/21/24, 9:58:10 AM\r\nEnd time\t3/21/24, 11:02:00 AM\r\nMeeting duration\t1h 3m 50s\r\n\r\n" +
	"2. Participants\r\nName\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\r\n" +
	"Ada Lovelace\t3/21/24, 9:58:10 AM\t3/21/24, 11:02:00 AM\t1h 3m 50s\tada@example.org\tada@example.org\tOrganizer\r\n" +
	"Bo Berg\t3/21/24, 10:00:00 AM\t3/21/24, 11:00:00 AM\t50m\tbo@example.com\t\tPresenter\r\n\r\n" +
	"3. In-Meeting Activities\r\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\r\n" +
	"Ada Lovelace\t3/21/24, 9:58:10 AM\t3/21/24, 11:02:00 AM\t1h 3m 50s\tada@example.org\tOrganizer\r\n" +
	"Bo Berg\t3/21/24, 10:00:00 AM\t3/21/24, 10:20:00 AM\t20m\tbo@example.com\tPresenter\r\n" +
	"Bo Berg\t3/21/24, 10:30:00 AM\t3/21/24, 11:00:00 AM\t30m\tbo@example.com\tPresenter\r\n"

const teamsGerman = "1. Zusammenfassung\nBesprechungstitel\tAuftakt\nStartzeit\t21.03.24, 09:58:10\nEndzeit\t21.03.24, 11:02:00\n\n" +
	"2. Teilnehmer\nName\tErster Beitritt\tLetztes Verlassen\tDauer in der Besprechung\tE-Mail\tTeilnehmer-ID (UPN)\tRolle\n" +
	"Ada Lovelace\t21.03.24, 09:58:10\t21.03.24, 11:02:00\t1 Std. 3 Min. 50 Sek.\tada@example.org\tada@example.org\tOrganisator\n" +
	"Bo Berg\t21.03.24, 10:00:00\t21.03.24, 11:00:00\t50 Min.\tbo@example.com\t\tReferent\n"

func TestTeamsReportsAreReadAsMicrosoftWritesThem(t *testing.T) {
	for name, data := range map[string][]byte{
		"English, UTF-16": utf16LE(teamsEnglish),
		"English, UTF-8":  append([]byte{0xef, 0xbb, 0xbf}, teamsEnglish...),
		"German, UTF-16":  utf16LE(teamsGerman),
		"German, commas":  []byte(strings.ReplaceAll(strings.ReplaceAll(teamsGerman, ", ", " "), "\t", ",")),
	} {
		t.Run(name, func(t *testing.T) {
			r, problems := Read(data, Reading{Name: "a.csv", Zone: berlin})
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			if r.Tool != "teams" || len(r.People) != 2 || !r.Start.Equal(time.Date(2024, 3, 21, 8, 58, 10, 0, time.UTC)) || !r.End.Equal(time.Date(2024, 3, 21, 10, 2, 0, 0, time.UTC)) {
				t.Fatalf("read %+v", r)
			}
			ada, bo := r.People[0], r.People[1]
			if !ada.Organises || bo.Organises || ada.Values["email"] != "ada@example.org" || bo.Values["name"] != "Bo Berg" {
				t.Errorf("people %+v", r.People)
			}
			if ada.stayed() != time.Hour+3*time.Minute+50*time.Second {
				t.Errorf("Ada stayed %s", ada.stayed())
			}
			if strings.HasPrefix(name, "English") && (len(bo.Stays) != 2 || bo.stayed() != 50*time.Minute) {
				t.Errorf("Bo stayed %v", bo.Stays)
			}
		})
	}
}

func TestTheOlderListOfJoinsIsRead(t *testing.T) {
	r, problems := Read(utf16LE("Full Name\tUser Action\tTimestamp\nAda Lovelace\tJoined\t11/21/2020, 9:00:00 AM\nAda Lovelace\tLeft\t11/21/2020, 9:20:00 AM\nAda Lovelace\tJoined\t11/21/2020, 9:30:00 AM\nAda Lovelace\tLeft\t11/21/2020, 9:45:00 AM\n"), Reading{Name: "list.csv"})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if len(r.People) != 1 || r.People[0].stayed() != 35*time.Minute {
		t.Errorf("read %+v", r.People)
	}
}

func TestMeetReportsAreRead(t *testing.T) {
	clock := "First name,Last name,Email,Duration,Time joined,Time exited\nAda,Lovelace,ada@example.org,1h 2m,9:00 AM,10:02 AM\n"
	r, problems := Read([]byte(clock), Reading{Name: "meet.csv", Zone: berlin, Day: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if p := r.People[0]; r.Tool != "meet" || p.Values["name"] != "Ada Lovelace" || p.stayed() != 62*time.Minute || !r.Start.Equal(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("read %+v", r)
	}
	whole := "Name,Email,Duration,Time joined,Time exited\nAda Lovelace,ada@example.org,42m,2026-05-25 11:01:14,2026-05-25 11:43:08\n"
	if r, problems := Read([]byte(whole), Reading{Name: "meet.csv", Zone: berlin}); len(problems) > 0 || r.Tool != "meet" || r.People[0].Values["name"] != "Ada Lovelace" {
		t.Errorf("a report with whole names: %+v, %v", r, problems)
	}
	if _, problems := Read([]byte(clock), Reading{Name: "meet.csv", Zone: berlin}); len(problems) == 0 {
		t.Error("clock times without a day were believed")
	}
	log := "Date,Participant identifier,Participant name,IP address,Device type,Duration (seconds)\n2026-11-20T08:00:00Z,ada@example.org,Ada,192.0.2.7,Web,600\n"
	r, problems = Read([]byte(log), Reading{Name: "log.csv"})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if p := r.People[0]; p.Values["ip_address"] != "192.0.2.7" || p.Values["device"] != "Web" || p.stayed() != 10*time.Minute {
		t.Errorf("read %+v", p)
	}
}

func TestGraphReportsAreRead(t *testing.T) {
	r, problems := Read([]byte(`{"id":"r1","totalParticipantCount":1,"meetingStartDateTime":"2026-11-20T08:00:00Z","meetingEndDateTime":"2026-11-20T09:00:00.5Z",
		"attendanceRecords":[{"emailAddress":"ada@example.org","totalAttendanceInSeconds":1800,"role":"Organizer","identity":{"displayName":"Ada Lovelace"},
		"attendanceIntervals":[{"joinDateTime":"2026-11-20T08:00:00Z","leaveDateTime":"2026-11-20T08:30:00Z","durationInSeconds":1800}]}]}`), Reading{Name: "g.json"})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if p := r.People[0]; r.Tool != "teams" || r.Key != "r1" || !p.Organises || p.stayed() != 30*time.Minute || p.Values["name"] != "Ada Lovelace" {
		t.Errorf("read %+v", r)
	}
}

// A mistake is named at its place and repeats nothing that somebody wrote.
func TestMistakesAreNamedAtTheirPlace(t *testing.T) {
	head := "Name\tJoin Time\tLeave Time\tEmail\n"
	for _, c := range []struct{ text, want string }{
		{head + "Ada\tsoon\t2026-11-20 09:00\ta@example.org\n", "x.csv:2:join: no time"},
		{head + "Ada\t2026-11-20 10:00\t2026-11-20 09:00\ta@example.org\n", "x.csv:2:leave: lies before"},
		{head + "\t2026-11-20 08:00\t2026-11-20 09:00\t\n", "x.csv:2:name: nobody"},
		{head + "Ada\t01/02/2026 08:00\t01/02/2026 09:00\t\n", "x.csv:2:join: no time"},
		{head + strings.Repeat("A", 600) + "\t\t\ta@example.org\n", "x.csv:2:name: no text"},
		{head + "Ada\u202egnp.exe\t\t\ta@example.org\n", "x.csv:2:name: no text"},
		{"nothing,here\n1,2\n", "x.csv:1:file: no line heads"},
		{"{", "x.csv:1:file: no JSON"},
		{`{"attendanceRecords":[{"identity":{},"emailAddress":""}]}`, "x.csv:1:identity.displayName: nobody"},
		{`{"attendanceRecords":[{"emailAddress":"a@example.org","attendanceIntervals":[{"joinDateTime":"today"}]}]}`, "x.csv:1:joinDateTime: no time"},
		{`{"attendanceRecords":"x"}`, "x.csv:1:attendanceRecords: of another type"},
		{`{"value":[]}`, "x.csv:1:value: a list"},
	} {
		_, problems := Read([]byte(c.text), Reading{Name: "/tmp/x.csv"})
		if len(problems) == 0 || !strings.HasPrefix(problems[0].String(), c.want) {
			t.Errorf("%.60q: %v, want %s", c.text, problems, c.want)
		}
	}
}

// Nothing that a file can hold makes the readers fall over (threats 1, 5, 8).
func FuzzReports(f *testing.F) {
	f.Add(utf16LE(teamsEnglish))
	f.Add([]byte(teamsGerman))
	f.Add([]byte("Name,Email,Duration\n=cmd|' /C calc'!A0,a@example.org,1h\n"))
	f.Add([]byte(`{"calendar_invitees":[{"name":"<script>","email":"a@example.org"}],"recorded_by":{"email":"a@example.org"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, problems := Read(data, Reading{Name: "x"})
		if len(problems) > 0 {
			return
		}
		for _, p := range r.People {
			if len(p.Values) == 0 || p.stayed() < 0 {
				t.Errorf("a person without anything, or a negative stay: %+v", p)
			}
		}
	})
}
