package meeting_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/meeting"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
	"kept/internal/vault"
)

// What people are told names purpose, responsible person, access, recipients,
// place and duration, in both languages, and reaches them by mail.
func TestPromise_AH26_PeopleAreToldEverything(t *testing.T) {
	d := open(t, storetest.SQLite(t), example(t, "alleherzen", "teams"))
	text, err := d.m.Invite(t.Context(), meeting.Plan{Topic: "Kick-off", Start: noon.Add(10 * time.Minute), Organiser: "ada@example.org", People: []string{"bo@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"minutes for the participants", "the consultant who sent the invitation", "Microsoft Ireland Operations Limited", "data centres of Microsoft in Ireland", "How long: 30 days after the end of the conference; deleted at once if you ask for it; deleted at once if you withdraw your consent.", text.Stop} {
		if !strings.Contains(text.English, want) {
			t.Errorf("the announcement does not say %q:\n%s", want, text.English)
		}
	}
	for _, want := range []string{"Wofür: Protokoll für die Teilnehmenden.", "Wer sie ansehen darf: Beratung.", "Wer sie außerdem erhält: Microsoft", "Rechenzentren von Microsoft in Irland",
		"Wie lange: 30 Tage nach dem Ende der Konferenz; sofort gelöscht, wenn Sie darum bitten; sofort gelöscht, wenn Sie Ihre Einwilligung widerrufen.", text.Stop} {
		if !strings.Contains(text.German, want) {
			t.Errorf("the announcement does not say %q:\n%s", want, text.German)
		}
	}
	d.Work()
	mails := d.Sink.To("bo@example.com")
	if len(mails) != 1 {
		t.Fatalf("%d mails to Bo", len(mails))
	}
	if got := mails[0].Read().Text; !strings.Contains(got, "minutes for the participants") || !strings.Contains(got, "/privacy/meetings/stop/") {
		t.Errorf("the mail says:\n%s", got)
	}
	// nobody knows what participants read: title, reason and way out are in both languages too
	for _, says := range []string{"Eine Konferenz soll aufgezeichnet werden / A conference is to be recorded", "weil Sie zu der Konferenz eingeladen sind", "because you are invited to the conference", "You can stop the recording at"} {
		if got := mails[0].Read(); !strings.Contains(got.Title+"\n"+strings.Join(strings.Fields(got.Text), " "), says) {
			t.Errorf("the mail does not say %q:\n%s\n%s", says, got.Title, got.Text)
		}
	}
}

// Whoever is invited later to the same conference is told too, and nobody twice.
func TestPromise_AH26_WhoIsInvitedLaterIsTold(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, house(usual))
		plan := meeting.Plan{Topic: "Kick-off", Start: d.Clock.Now().Add(time.Hour), Organiser: "ada@example.org", People: []string{"bo@example.com"}, By: "staff"}
		for _, people := range [][]string{{"bo@example.com"}, {"cy@example.com"}} {
			plan.People = people
			if _, err := d.m.Invite(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			d.Work()
		}
		for _, who := range []string{"ada@example.org", "bo@example.com", "cy@example.com"} {
			if n := len(d.Sink.To(who)); n != 1 {
				t.Errorf("%s got %d announcements", who, n)
			}
		}
	})
}

// Other words than people were told are no announcement.
func TestPromise_AH26_ChangedWordsAreAnnouncedAnew(t *testing.T) {
	text := house(usual)
	d := open(t, storetest.SQLite(t), text)
	id := d.invited("")
	d.SetPolicy(strings.Replace(text, "en: minutes", "en: training of staff", 1))
	if _, err := d.m.Announce(t.Context(), id, meeting.Start, "staff"); !fault.Is(err, fault.Conflict) {
		t.Errorf("announced in other words than the invitation: %v", err)
	}
	d.SetPolicy(text)
	if _, err := d.m.Announce(t.Context(), id, meeting.Start, "staff"); err != nil {
		t.Fatal(err)
	}
	d.SetPolicy(strings.Replace(text, "en: minutes", "en: training of staff", 1))
	if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: map[string]string{"video": "https://x.example/r"}}, "staff"); !fault.Is(err, fault.Conflict) {
		t.Errorf("registered for another purpose than people were told: %v", err)
	}
}

// Who is invited anew in other words gets these by mail too, once; what was announced in
// the words before does not count any more.
func TestPromise_AH26_WhoWasToldOtherwiseIsToldAnew(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := house(usual)
		d := open(t, place, text)
		id := d.announced("")
		d.Work()
		before := len(d.Sink.To("bo@example.com"))
		d.SetPolicy(strings.Replace(text, "en: minutes", "en: training of staff", 1))
		for range 2 {
			if again := d.invited(""); again != id {
				t.Fatalf("invited to %s, and then to %s", id, again)
			}
			d.Work()
		}
		mails := d.Sink.To("bo@example.com")[before:]
		if len(mails) != 1 || !strings.Contains(mails[0].Read().Text, "training of staff") {
			t.Errorf("%d mails say what changed", len(mails))
		}
		content := meeting.Content{Values: map[string]string{"video": "https://x.example/r"}}
		if _, err := d.m.Record(t.Context(), id, content, "staff"); !fault.Is(err, fault.Conflict) {
			t.Errorf("registered before the start was announced in these words: %v", err)
		}
		if _, err := d.m.Announce(t.Context(), id, meeting.Start, "staff"); err != nil {
			t.Fatal(err)
		}
		d.Work()
		if mails = d.Sink.To("bo@example.com")[before:]; len(mails) != 2 || !strings.Contains(mails[1].Read().Text, "training of staff") {
			t.Errorf("%d mails after the start was announced", len(mails))
		}
		if _, err := d.m.Record(t.Context(), id, content, "staff"); err != nil {
			t.Errorf("announced twice in these words: %v", err)
		}
	})
}

// What is over is announced no more, with the invitation or at its start.
func TestPromise_AH26_WhatIsOverIsNotAnnounced(t *testing.T) {
	d := open(t, storetest.SQLite(t), house(usual))
	id := d.imported("").Conference
	for _, step := range []meeting.Step{meeting.Invitation, meeting.Start} {
		if _, err := d.m.Announce(t.Context(), id, step, "staff"); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "over") {
			t.Errorf("%s: %v", step, err)
		}
	}
	d.Work()
	if n := len(d.Sink.Mails()); n > 0 {
		t.Errorf("%d mails announce it", n)
	}
}

// A participant's link: a GET shows, a POST stops, ends what is registered, and
// the organiser hears at once what to do at the provider.
func TestPromise_AH27_AnyoneStopsTheRecording(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, house(usual))
		id := d.announced("")
		if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: map[string]string{"video": "https://x.example/r", "transcript": "Ada: hello"}}, "staff"); err != nil {
			t.Fatal(err)
		}
		d.Work()
		link := d.Sink.To("bo@example.com")[0].Link("/privacy/meetings/stop/")
		path := link[strings.Index(link, "/privacy/"):]
		status, known := d.get(d.Serve, path)
		unknownStatus, unknown := d.get(d.Serve, path[:len(path)-4]+"AAAA")
		if status != 200 || unknownStatus != 200 || strings.ReplaceAll(known, path, "") != strings.ReplaceAll(unknown, path[:len(path)-4]+"AAAA", "") {
			t.Errorf("the page tells whether a link leads somewhere: %d, %d", status, unknownStatus)
		}
		if d.rows("meeting_recording") == 0 {
			t.Fatal("looking at the page changed something")
		}
		_, right := d.post(d.Serve, path, press)
		_, wrong := d.post(d.Serve, path[:len(path)-4]+"AAAA", press)
		if right != wrong {
			t.Error("the answer tells whether a link leads somewhere")
		}
		if n := d.rows("meeting_recording"); n != 0 {
			t.Errorf("%d entries of the recording are left", n)
		}
		if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: map[string]string{"video": "https://x.example/r"}}, "staff"); !fault.Is(err, fault.Conflict) {
			t.Errorf("registered although it was stopped: %v", err)
		}
		d.Work()
		warned := ""
		for _, m := range d.Sink.To("ada@example.org") {
			if strings.Contains(m.Read().Text, id) {
				warned = m.Read().Text
			}
		}
		for _, says := range []string{"“Kick-off”", "November 2026", "13:10\u00a0CET"} {
			if !strings.Contains(warned, says) {
				t.Errorf("the organiser is not told %q:\n%s", says, warned)
			}
		}
		for _, m := range d.Sink.To("bo@example.com") {
			if strings.Contains(m.Read().Text, "only you can end it") {
				t.Error("somebody who did not invite is told to end it")
			}
		}
		if !strings.Contains(warned, "nur Sie können es beenden") || !strings.Contains(warned, "only you can end it") || !strings.Contains(warned, "in the tool") {
			t.Errorf("the organiser was told %q", warned)
		}
	})
}

// press is what the button on the page of a stop link sends.
var press = url.Values{"do": {"stop"}}

// A stopped recording goes also where no rule of the policy counts from the
// revocation.
func TestPromise_AH27_AStoppedRecordingGoesWithoutARule(t *testing.T) {
	text := strings.Replace(house(usual), "      - {from: revocation, keep: 0 days, then: delete}\n", "", 1)
	d := open(t, storetest.SQLite(t), text)
	id := d.announced("")
	if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: map[string]string{"video": "https://x.example/r"}}, "staff"); err != nil {
		t.Fatal(err)
	}
	d.Work()
	link := d.Sink.To("bo@example.com")[0].Link("/privacy/meetings/stop/")
	bo, err := d.Subjects.Find(t.Context(), d.DB, subject.Email, "bo@example.com")
	if err != nil {
		t.Fatal(err)
	}
	d.hold(bo)
	d.post(d.Serve, link[strings.Index(link, "/privacy/"):], press)
	if left, err := store.Texts(t.Context(), d.DB, "select subject from meeting_recording"); err != nil || len(left) != 1 || left[0] != bo {
		t.Errorf("of a stopped recording is left what is held of %s: %v, %v", bo, left, err)
	}
}

const fathomBody = `{"title":"Kick-off","meeting_title":"Kick-off","recording_id":77,"share_url":"https://fathom.video/share/x","scheduled_start_time":"%s","recording_start_time":"%s","recording_end_time":"%s",
"transcript":[{"speaker":{"display_name":"Ada"},"text":"hello there","timestamp":"00:00:01"}],"default_summary":{"template_name":"general","markdown_formatted":"we greeted"},
"calendar_invitees":[{"name":"Ada","email":"ada@example.org"},{"name":"Bo","email":"bo@example.com"}],"recorded_by":{"name":"Ada","email":"ada@example.org"}}`

var fathomKey = []byte("0123456789abcdef01234567")

// send posts a message as Fathom signs it.
func (d desk) send(id string, at time.Time, body string, sign func([]byte) []byte) int {
	d.T.Helper()
	r := httptest.NewRequest(http.MethodPost, "/privacy/meetings/fathom/meetings", strings.NewReader(body))
	mac := hmac.New(sha256.New, fathomKey)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString([]byte("another"))+" v1,"+base64.StdEncoding.EncodeToString(sign(mac.Sum(nil))))
	status, _ := body2(d, r)
	return status
}

func body2(d desk, r *http.Request) (int, string) { return body(d.T, d.Serve(r)) }

func same(b []byte) []byte { return b }

func message(start time.Time) string {
	at := func(t time.Time) string { return t.Format(time.RFC3339) }
	return fmt.Sprintf(fathomBody, at(start), at(start.Add(time.Minute)), at(start.Add(time.Hour)))
}

// The assistant's message is checked, taken once, and its recording registered
// only where it may be.
func TestPromise_AH27_TheAssistantsMessageIsTakenOnceAndOnlyIfAnnounced(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, house(usual))
		now := d.Clock.Now()
		body := message(now.Add(10 * time.Minute))
		if status := d.send("m0", now, body, same); status != http.StatusForbidden {
			t.Errorf("without a secret: %d", status)
		}
		d.m.Fathom = vault.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(fathomKey))
		for name, status := range map[string]int{
			"forged":   d.send("m1", now, body, func(b []byte) []byte { return bytes.Repeat([]byte{1}, len(b)) }),
			"old":      d.send("m1", now.Add(-6*time.Minute), body, same),
			"too soon": d.send("m1", now.Add(6*time.Minute), body, same),
		} {
			if status != http.StatusForbidden {
				t.Errorf("%s: %d", name, status)
			}
		}
		if d.rows("meeting_conference") != 0 {
			t.Fatal("a message that was refused left something")
		}
		if status := d.send("m1", now, body, same); status != http.StatusNoContent {
			t.Fatalf("a message of Fathom: %d", status)
		}
		if d.rows("meeting_participation") != 2 || d.rows("meeting_recording") != 0 {
			t.Error("a recording that nobody announced was registered")
		}
		if status := d.send("m1", now, body, same); status != http.StatusConflict {
			t.Errorf("the same message again: %d", status)
		}
		d.Clock.Advance(24 * time.Hour)
		id := d.announced("")
		later := d.Clock.Now()
		if status := d.send("m2", later, strings.Replace(message(later.Add(10*time.Minute)), ":77,", ":78,", 1), same); status != http.StatusNoContent {
			t.Fatalf("a message of Fathom: %d", status)
		}
		v, err := d.m.Look(t.Context(), id, "staff")
		if err != nil {
			t.Fatal(err)
		}
		if v.Recording["summary"] != "we greeted" || !strings.Contains(v.Recording["transcript"], "hello there") || v.Recording["audio"] != "" {
			t.Errorf("registered: %v", v.Recording)
		}
	})
}

// Of a recording that may be made, what the policy does not list is kept nowhere.
func TestPromise_AH24_OfARecordingOnlyWhatIsListedIsKept(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, house(usual)) // lists no audio, no highlights, no notes
		id := d.announced("")
		said := map[string]string{"video": "https://x.example/r", "summary": "we greeted", "audio": "https://x.example/a", "highlights": "unlisted one", "notes": "unlisted two"}
		if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: said}, "staff"); err != nil {
			t.Fatal(err)
		}
		v, err := d.m.Look(t.Context(), id, "staff")
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"audio", "highlights", "notes"} {
			if v.Recording[field] != "" {
				t.Errorf("%s is kept: %q", field, v.Recording[field])
			}
		}
		if v.Recording["video"] == "" || v.Recording["summary"] == "" {
			t.Errorf("what is listed is missing: %v", v.Recording)
		}
	})
}
