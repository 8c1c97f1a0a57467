package ews

import (
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/go-ntlmssp"

	"kept/internal/fault"
)

// NTLM lets a connection in, not a request: its three messages go over one
// connection, which then stays open to the account. A door is a way out that one
// call uses at a time, so that nobody steps in between.

// scheme is how the server wants the account to prove itself.
type scheme int

// The schemes. With both on offer the password does not leave the house.
const (
	unknown scheme = iota
	basic
	ntlm
)

// doors are the ways out of a client.
type doors struct {
	client *Client
	mu     sync.Mutex
	scheme scheme
	free   []http.RoundTripper
}

// send sends a request, let in by whatever scheme the server wants. The answer's
// body is to be closed: its door is free then.
func (d *doors) send(make func() (*http.Request, error)) (*http.Response, error) {
	used := d.known()
	answer, err := d.try(make, used)
	if err != nil || answer.StatusCode != http.StatusUnauthorized {
		return answer, err
	}
	offered := offer(answer)
	if offered == unknown || offered == used {
		return answer, nil // let in by nothing that we know: the password is wrong
	}
	drain(answer)
	d.learn(offered)
	return d.try(make, offered)
}

func (d *doors) try(make func() (*http.Request, error), s scheme) (*http.Response, error) {
	door, err := d.take()
	if err != nil {
		return nil, err
	}
	r, err := make()
	if err != nil {
		d.leave(door)
		return nil, err
	}
	switch s {
	case basic:
		r.SetBasicAuth(d.client.Account, d.client.Password())
	case ntlm:
		r.SetBasicAuth(d.client.Account, d.client.Password()) // the negotiator takes them from here and does not send them
		last := &leg{RoundTripper: door}
		answer, err := ntlmssp.Negotiator{RoundTripper: last}.RoundTrip(r)
		if err == nil && last.err != nil { // the negotiator shows the refusal before it
			drain(answer)
			err = last.err
		}
		return d.left(door, answer, err)
	}
	answer, err := door.RoundTrip(r)
	return d.left(door, answer, err)
}

// left has a door be free when the answer has been read.
func (d *doors) left(door http.RoundTripper, answer *http.Response, err error) (*http.Response, error) {
	if err != nil {
		d.leave(door)
		return nil, err
	}
	answer.Body = &leaving{ReadCloser: answer.Body, leave: func() { d.leave(door) }}
	return answer, nil
}

// leg is one message of NTLM after the other, and why the last did not arrive.
type leg struct {
	http.RoundTripper
	err error
}

// RoundTrip sends one message.
func (l *leg) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	l.err = err
	return answer, err
}

// offer reads what a refusal offers. Negotiate is Kerberos or NTLM, and servers that
// offer it to programs take NTLM under it.
func offer(answer *http.Response) scheme {
	found := unknown
	for _, line := range answer.Header.Values("WWW-Authenticate") {
		name, _, _ := strings.Cut(strings.ToLower(line), " ")
		switch name {
		case "ntlm", "negotiate":
			return ntlm
		case "basic":
			found = basic
		}
	}
	return found
}

func (d *doors) known() scheme {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.scheme
}

func (d *doors) learn(s scheme) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.scheme = s
}

func (d *doors) take() (http.RoundTripper, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.free); n > 0 {
		door := d.free[n-1]
		d.free = d.free[:n-1]
		return door, nil
	}
	door, err := d.client.Way()
	if err != nil {
		return nil, err
	}
	if door == nil {
		return nil, fault.New(fault.Internal, "there is no way to the Exchange server")
	}
	return door, nil
}

func (d *doors) leave(door http.RoundTripper) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = append(d.free, door)
}

// leaving frees a door when the answer has been read.
type leaving struct {
	io.ReadCloser
	once  sync.Once
	leave func()
}

// Close implements io.Closer.
func (l *leaving) Close() error {
	err := l.ReadCloser.Close()
	l.once.Do(l.leave)
	return err
}
