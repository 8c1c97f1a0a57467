package contactsync

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/remote/ews"
	"kept/internal/remote/ews/ewstest"
	"kept/internal/remote/throttle"
)

// onServer is a folder of a mailbox on an Exchange server.
func onServer(t *testing.T) far {
	_, x := exchangeServer(t)
	return x
}

func exchangeServer(t *testing.T) (*ewstest.Server, far) {
	t.Helper()
	s := ewstest.New(clock.System)
	s.Account(`MUSTER\svc`, "secret")
	s.Mailbox(ada)
	c, err := ews.New(ews.Config{
		URL: "https://mail.example/EWS/Exchange.asmx", Account: `MUSTER\svc`, Password: func() string { return "secret" }, Clock: clock.System,
		Limiter: throttle.New(throttle.Outlook, clock.System), Way: func() (http.RoundTripper, error) { return s.Transport(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Mailbox(ada, propertySet, propertyName).EnsureFolder(t.Context(), "Muster")
	if err != nil {
		t.Fatal(err)
	}
	return s, far{
		mailbox: OnPremises(c, ada, f.ID), takes: ews.Limits, atOnce: stepsAtOnce,
		slow: func(d time.Duration) { s.Latency = d },
		breaks: func(decide func(bool) int) {
			s.Break(nil)
			if decide != nil {
				s.Break(func(op string) int { return decide(!strings.HasPrefix(op, "Find")) })
			}
		},
		refuses: func(refuse func() bool) {
			s.Busy(nil)
			if refuse != nil {
				s.Busy(func(string) (string, time.Duration) {
					if refuse() {
						return "ErrorServerBusy", 200 * time.Millisecond
					}
					return "", 0
				})
			}
		},
		contacts: func() (all []stood) {
			for _, c := range s.Contacts(ada) {
				all = append(all, stood{c.ID, c.Mark(), c.Fields["contacts:GivenName"], c.Fields["contacts:Surname"], c.Fields["contacts:JobTitle"], c.Fields["item:Body"], len(c.Photos)})
			}
			return all
		},
		types: func(id string, c stood) string {
			fields := map[string]string{}
			for name, text := range map[string]string{"contacts:GivenName": c.first, "contacts:Surname": c.last, "contacts:JobTitle": c.title, "item:Body": c.note, "property:{" + propertySet + "}" + propertyName: c.mark} {
				if text != "" {
					fields[name] = text
				}
			}
			return s.Type(ada, "Muster", id, fields)
		},
		discards: func(id string) { s.Discard(ada, id) },
		calls:    func() int { return len(s.Counts()) },
	}
}

// Steps that come at the same time are written in one call.
func TestStepsOnPremisesShareCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, x := exchangeServer(t)
		s.Latency = 250 * time.Millisecond
		p := &pad{known: map[string]roster.Known{}}
		wanted := crowd(1000)
		for i := range wanted {
			wanted[i].Card.Photo = nil
		}
		s.Counts()
		begun := time.Now()
		if err := x.carry(t, t.Context(), p, wanted, nil); err != nil {
			t.Fatal(err)
		}
		if n := s.Counts()["CreateItem"]; n > 40 || len(s.Contacts(ada)) != 1000 {
			t.Errorf("%d contacts in %d calls", len(s.Contacts(ada)), n)
		}
		t.Logf("1,000 contacts in %s", time.Since(begun))
	})
}
