package meeting_test

import (
	"bytes"
	"encoding/base64"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

// upload sends a report as the console's form does.
func (d desk) upload(name, text string, fields map[string]string) (int, string) {
	d.T.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := form.WriteField(k, v); err != nil {
			d.T.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("report", name)
	if err != nil {
		d.T.Fatal(err)
	}
	if _, err := file.Write([]byte(text)); err != nil {
		d.T.Fatal(err)
	}
	if err := form.Close(); err != nil {
		d.T.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/meetings/import", &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Accept-Language", "en")
	return body(d.T, d.Staff(r))
}

// Look first, then take in: what was looked at is what is taken in, and whatever
// a tool's file says of people stays text (threats 1, 5, 8).
func TestAReportIsLookedAtBeforeItIsTakenIn(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, house(usual))
		hostile := `<script>alert(1)</script>`
		text := "Name\tJoin Time\tLeave Time\tEmail\tIP address\n" + hostile + "\t2026-11-20 09:00\t2026-11-20 10:00\tada@example.org\t192.0.2.9\n=HYPERLINK(1)\t2026-11-20 09:00\t2026-11-20 10:00\tbo@example.com\t192.0.2.8\n"
		common := map[string]string{"zone": "Europe/Berlin", "order": "any", "activity": "meetings", "do": "check"}
		status, page := d.upload("r.csv", text, common)
		if status != http.StatusOK || !strings.Contains(page, "2 new, 0 changed") || !strings.Contains(page, "IP address") {
			t.Fatalf("%d: %s", status, page)
		}
		if d.rows("meeting_conference")+d.rows("meeting_participation")+d.rows("meeting_import") != 0 {
			t.Fatal("a look stored something")
		}
		status, page = d.post(d.Staff, "/meetings/import", url.Values{"content": {base64.StdEncoding.EncodeToString([]byte(text))}, "zone": {"Europe/Berlin"}, "order": {"any"}, "activity": {"meetings"}, "do": {"import"}})
		if status != http.StatusSeeOther {
			t.Fatalf("%d: %s", status, page)
		}
		all, err := d.m.List(t.Context(), 9)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		for _, path := range []string{"/meetings", "/meetings/" + all[0].ID, "/meetings/new", "/meetings/import"} {
			status, page := d.get(d.Staff, path)
			if status != http.StatusOK || strings.Contains(page, "<script") {
				t.Errorf("%s: %d, a script in it: %v", path, status, strings.Contains(page, "<script"))
			}
		}
		_, page = d.get(d.Staff, "/meetings/"+all[0].ID)
		if !strings.Contains(page, "&lt;script&gt;") || strings.Contains(page, "192.0.2.9") {
			t.Error("the page of a conference does not show what is kept")
		}
		status, page = d.upload("r.csv", "Name\tJoin Time\tEmail\nAda\tsoon\tada@example.org\n", common)
		if status != http.StatusBadRequest || !strings.Contains(page, "r.csv:2:join") {
			t.Errorf("a report with a mistake: %d %s", status, page)
		}
	})
}

// The whole way at the console: announce, announce again, register, delete.
func TestTheConsoleGoesTheWholeWay(t *testing.T) {
	d := open(t, storetest.SQLite(t), house(usual))
	status, page := d.post(d.Staff, "/meetings/new", url.Values{"activity": {"meetings"}, "topic": {"Kick-off"}, "start": {"2026-11-21T12:10Z"}, "organiser": {"ada@example.org"}, "people": {"bo@example.com, cy@example.com"}})
	if status != http.StatusOK || !strings.Contains(page, "What for: minutes.") || !strings.Contains(page, "Wofür: Protokoll.") {
		t.Fatalf("%d: %s", status, page)
	}
	all, err := d.m.List(t.Context(), 9)
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	path := "/meetings/" + all[0].ID
	if status, page := d.post(d.Staff, path+"/record", url.Values{"video": {"https://x.example/r"}}); status != http.StatusConflict {
		t.Errorf("registered before the second announcement: %d %s", status, page)
	}
	if status, page := d.post(d.Staff, path+"/start", nil); status != http.StatusOK || !strings.Contains(page, "Register the recording") {
		t.Errorf("%d: %s", status, page)
	}
	if status, _ := d.post(d.Staff, path+"/record", url.Values{"video": {"https://x.example/r"}}); status != http.StatusSeeOther || d.rows("meeting_recording") != 3 {
		t.Errorf("registered: %d, %d rows", status, d.rows("meeting_recording"))
	}
	if status, _ := d.post(d.Staff, path+"/delete", url.Values{"cause": {"purpose-end"}}); status != http.StatusSeeOther || d.rows("meeting_conference") != 0 {
		t.Errorf("deleted: %d", status)
	}
}

// Whoever opens the console sees what a conference is about, what was announced,
// and that nobody has taken part yet in one that is still to come.
func TestAConferenceThatIsAnnounced(t *testing.T) {
	d := open(t, storetest.SQLite(t), house(usual))
	id := d.invited("")
	_, list := d.get(d.Staff, "/meetings")
	if !strings.Contains(list, "Kick-off") {
		t.Errorf("the list does not name the topic:\n%s", list)
	}
	_, one := d.get(d.Staff, "/meetings/"+id)
	if !strings.Contains(one, "Kick-off") || !strings.Contains(one, "Wer eingeladen ist") || strings.Contains(one, "Wer teilnahm") {
		t.Errorf("the page of a conference to come:\n%s", one)
	}
	d.Clock.Advance(24 * time.Hour)
	d.imported("")
	all, err := d.m.List(t.Context(), 9)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	for _, c := range all {
		if c.Topic != "Kick-off" {
			t.Errorf("the topic of %s is %q", c.ID, c.Topic)
		}
		_, one := d.get(d.Staff, "/meetings/"+c.ID)
		if c.ID == id {
			continue
		}
		for _, says := range []string{"Wer teilnahm", "0:45 h", "Uhr (MEZ) – 1"} {
			if !strings.Contains(one, says) {
				t.Errorf("the page of a conference that was held does not say %q:\n%s", says, one)
			}
		}
		if strings.Contains(one, "45m0s") || strings.Contains(one, ":00Z") {
			t.Errorf("the page tells times as programs write them:\n%s", one)
		}
	}
}

// Of several entries none is chosen before somebody chooses.
func TestNoEntryIsChosenForSomebody(t *testing.T) {
	d := open(t, storetest.SQLite(t), example(t, "alleherzen", "google-meet", "teams"))
	for _, path := range []string{"/meetings/import", "/meetings/new"} {
		_, form := d.get(d.Staff, path)
		if path == "/meetings/import" && (!strings.Contains(form, `<option value="">`) || !strings.Contains(form, "required") || strings.Contains(form, "selected")) {
			t.Errorf("%s chooses for somebody:\n%s", path, form)
		}
		if !strings.Contains(form, "Videokonferenzen mit Microsoft Teams") {
			t.Errorf("%s does not call an entry by its title:\n%s", path, form)
		}
		if path == "/meetings/new" && strings.Contains(form, `<option value="">`) {
			t.Errorf("%s asks which of one:\n%s", path, form)
		}
	}
}

// The start is given by a clock on a wall, in a zone.
func TestAStartIsReadInItsZone(t *testing.T) {
	d := open(t, storetest.SQLite(t), house(usual))
	form := url.Values{"activity": {"meetings"}, "topic": {"Kick-off"}, "start": {"2026-11-21T14:10"}, "zone": {"Europe/Berlin"}}
	if status, page := d.post(d.Staff, "/meetings/new", form); status != http.StatusOK {
		t.Fatalf("%d: %s", status, page)
	}
	all, err := d.m.List(t.Context(), 9)
	if err != nil || len(all) != 1 || !all[0].Start.Equal(noon.Add(70*time.Minute)) {
		t.Errorf("%+v, %v", all, err)
	}
	for name, value := range map[string]string{"zone": "Mars/Olympus", "start": "soon"} {
		wrong := maps.Clone(form)
		wrong.Set(name, value)
		if status, page := d.post(d.Staff, "/meetings/new", wrong); status != http.StatusBadRequest || !strings.Contains(page, "One looks like") {
			t.Errorf("%s %s: %d %s", name, value, status, page)
		}
	}
}
