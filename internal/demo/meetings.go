package demo

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"
)

// Meetings are a few conferences that staff keeps at the console: attendance reports
// taken in, and one conference that is to be recorded.
type Meetings struct {
	Console string // address without a final slash
	Set     func(time.Time)
	Work    func(ctx context.Context) error
	SignIn  func(ctx context.Context) (string, error) // returns an address that lets staff in
}

// conference was held so many days before the last.
type conference struct {
	left  int
	topic string
	names [2]string // of who invites, and of a guest
}

var conferences = []conference{
	{left: 17, topic: "Auftakt neue Website", names: [2]string{"Anna Muster", "Jonas Muster"}},
	{left: 5, topic: "Entwürfe", names: [2]string{"Anna Muster", "Amelia Example"}},
}

// announcedLeft is how many days before the last a recording is announced.
const announcedLeft = 1

// Evening takes in the report of the day's conference, and announces the one to come.
func (m *Meetings) Evening(ctx context.Context, evening time.Time, left int) error {
	at := evening.Add(4 * time.Hour)
	for _, c := range conferences {
		if c.left == left {
			m.Set(at)
			if err := m.takeIn(ctx, c, evening); err != nil {
				return fmt.Errorf("keep the conference %s: %w", c.topic, err)
			}
		}
	}
	if left == announcedLeft {
		m.Set(at)
		return m.announce(ctx, evening.AddDate(0, 0, 3))
	}
	return nil
}

func (m *Meetings) staff(ctx context.Context) (*http.Client, error) {
	link, err := m.SignIn(ctx)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	staff := &http.Client{Jar: jar, Timeout: time.Minute}
	_, err = ask(ctx, staff, http.MethodPost, link, url.Values{})
	return staff, err
}

// takeIn uploads the report as the tool writes it.
func (m *Meetings) takeIn(ctx context.Context, c conference, evening time.Time) error {
	staff, err := m.staff(ctx)
	if err != nil {
		return err
	}
	begin, end := evening.Add(-8*time.Hour).Format("2006-01-02 15:04"), evening.Add(-7*time.Hour).Format("2006-01-02 15:04")
	report := "1. Summary\nMeeting title\t" + c.topic + "\nStart time\t" + begin + "\nEnd time\t" + end + "\n\n2. Participants\nName\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
	for i, name := range c.names {
		role := []string{"Organizer", "Presenter"}[i]
		report += name + "\t" + begin + "\t" + end + "\t1h\t" + fmt.Sprintf("guest%d@kundin.example", i) + "\t\t" + role + "\n"
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"activity": "teams", "zone": "Europe/Berlin", "order": "any", "do": "import"} {
		if err := form.WriteField(name, value); err != nil {
			return err
		}
	}
	file, err := form.CreateFormFile("report", "attendance.csv")
	if err != nil {
		return err
	}
	if _, err := file.Write([]byte(report)); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Console+"/meetings/import", &body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := staff.Do(r)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s: %w", answer.Status, err)
	}
	return m.Work(ctx)
}

func (m *Meetings) announce(ctx context.Context, start time.Time) error {
	staff, err := m.staff(ctx)
	if err != nil {
		return err
	}
	_, err = ask(ctx, staff, http.MethodPost, m.Console+"/meetings/new", url.Values{
		"activity": {"teams"}, "topic": {"Abnahme der neuen Website"}, "start": {start.Format("2006-01-02T15:04")}, "zone": {"Europe/Berlin"},
		"organiser": {"anna@agentur.example"}, "people": {"jonas@werkstatt.example"},
	})
	if err != nil {
		return err
	}
	return m.Work(ctx)
}

// Evenings has each of several do what it does on an evening, one after the other.
func Evenings(each ...func(context.Context, time.Time, int) error) func(context.Context, time.Time, int) error {
	return func(ctx context.Context, evening time.Time, left int) error {
		for _, f := range each {
			if err := f(ctx, evening, left); err != nil {
				return err
			}
		}
		return nil
	}
}
