package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kept/internal/activity/contact"
	"kept/internal/app"
)

// freePort returns an address of this machine's loopback that nobody listens at.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// mailport sets a variable to an address for --mail-listen.
func mailport(ts *testscript.TestScript, _ bool, args []string) {
	address, err := freePort()
	ts.Check(err)
	ts.Setenv(args[0], address)
}

// letter sends a mail to the receiver at an address, and waits until it is taken.
func letter(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(eventually(context.Background(), func() error { return sendLetter(args[0], "ada@person.example", args[1]) }))
	ts.Check(eventually(context.Background(), func() error {
		if err := ts.Exec("kept", "contact", "list", "--data", "data"); err != nil {
			return err
		}
		if !strings.Contains(ts.ReadFile("stdout"), " contact ") {
			return fmt.Errorf("the mail is not taken")
		}
		return nil
	}))
}

func sendLetter(to, from, text string) error {
	mail := "From: " + from + "\r\nTo: contact@agentur.example\r\nSubject: A question\r\nMessage-ID: <" + from + ">\r\n\r\n" + text + "\r\n"
	return smtp.SendMail(to, nil, from, []string{"contact@agentur.example"}, []byte(mail))
}

// kill -9 while people write by the form and by mail: what was acknowledged is
// there, and nothing is there twice.
func TestKillLosesNoMessage(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		const writers, letters = 24, 24
		port, err := freePort()
		fatal(t, err)
		p := i.serve("--trusted-proxy", "127.0.0.1", "--mail-listen", port)
		acknowledged := &tickList{names: map[string]bool{}}
		var crowd sync.WaitGroup
		for n := range writers {
			crowd.Go(func() { writeMessage(p.site, fmt.Sprintf("form-%d", n), acknowledged) })
		}
		for n := range letters {
			crowd.Go(func() {
				name := fmt.Sprintf("mail-%d", n)
				if sendLetter(port, name+"@person.example", name) == nil {
					acknowledged.tick(name)
				}
			})
		}
		fatal(t, eventually(t.Context(), func() error {
			if n := acknowledged.len(); n < letters+writers/2 {
				return fmt.Errorf("%d messages are acknowledged", n)
			}
			return nil
		}))
		p.kill()
		crowd.Wait()
		seen := i.messages(t)
		for name := range acknowledged.names {
			if seen[name] == 0 {
				t.Errorf("%s is lost", name)
			}
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%s is there %d times", name, n)
			}
		}
		t.Logf("%d messages were acknowledged before the kill, %d are there", acknowledged.len(), len(seen))
	})
}

// tickList is what was acknowledged.
type tickList struct {
	mu    sync.Mutex
	names map[string]bool
}

func (l *tickList) tick(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names[name] = true
}

func (l *tickList) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.names)
}

// writeMessage sends a message as a program does, from a network of its own, until
// it is acknowledged or nobody answers any more.
func writeMessage(site, name string, acknowledged *tickList) {
	client := anywhere()
	ask := func(method, path string, body []byte) (*http.Response, error) {
		r, err := http.NewRequest(method, site+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("X-Forwarded-For", client)
		return http.DefaultClient.Do(r)
	}
	got, err := ask(http.MethodGet, contact.Path+"/contact/form.json", nil)
	if err != nil {
		return
	}
	var form struct{ Token string }
	err = json.NewDecoder(got.Body).Decode(&form)
	got.Body.Close()
	if err != nil {
		return
	}
	body, err := json.Marshal(map[string]string{"token": form.Token, "email": name + "@person.example", "message": name})
	if err != nil {
		return
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		got, err := ask(http.MethodPost, contact.Path+"/contact/messages", body)
		if err != nil {
			return
		}
		got.Body.Close()
		switch got.StatusCode {
		case http.StatusAccepted:
			acknowledged.tick(name)
			return
		case http.StatusConflict: // younger than three seconds
		default:
			return
		}
	}
}

// messages does what was left to do, and counts what was written by its text.
func (i *instance) messages(t *testing.T) map[string]int {
	t.Helper()
	a, err := app.OpenStored(t.Context(), i.place)
	fatal(t, err)
	defer a.Close()
	c, err := a.OpenContact(t.Context())
	fatal(t, err)
	a.Mail.Begin()
	// The lease of whoever was killed ends.
	_, err = a.DB.ExecContext(t.Context(), "update job set due_at = 0 where kind in ('contact.take', 'mail.take')")
	fatal(t, err)
	fatal(t, a.Settle(t.Context()))
	all, err := c.List(t.Context(), contact.Standing, "", 1000)
	fatal(t, err)
	seen := map[string]int{}
	for _, each := range all {
		v, err := c.Look(t.Context(), each.ID, commandLine)
		fatal(t, err)
		seen[v.Written[0].Text]++
	}
	return seen
}
