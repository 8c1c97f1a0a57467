package mail

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
)

// Step is a line of what a trial found.
type Step struct {
	What string
	Good bool
	// Hint says what to do where it is not good, or what there is to know.
	Hint string
}

// Lookup asks DNS for the texts of a name: NotFound if there are none.
type Lookup func(ctx context.Context, name string) ([]string, error)

// Trial is a way to try settings without an instance.
type Trial struct {
	Settings Settings
	Dial     Dialer
	Lookup   Lookup
	Clock    clock.Clock
}

// Send sends one mail and calls tell with each thing it finds: the way to the
// relay, what the relay said, and what DNS says about the sender. It returns an
// error if the mail was not taken.
func (t Trial) Send(ctx context.Context, to Address, tell func(Step)) error {
	s := t.Settings
	if s.Relay == nil {
		return noRelay()
	}
	r := newRelay(s.Relay, t.Dial, t.Clock, s.Domain)
	defer r.close()
	line, err := r.connect(ctx)
	if err != nil {
		return err
	}
	tell(Step{What: "mail server " + s.Relay.Address(), Good: true, Hint: line.manner()})
	r.keep(line)
	if err := t.deliver(ctx, r, to, tell); err != nil {
		return err
	}
	return t.published(ctx, tell)
}

// manner says how a conversation is led.
func (c *connection) manner() string {
	said := "in the clear"
	if secured, ok := c.conn.(*tls.Conn); ok {
		said = tls.VersionName(secured.ConnectionState().Version)
	}
	if c.offers("PIPELINING") {
		said += ", pipelining"
	}
	return said
}

func (t Trial) deliver(ctx context.Context, r *relay, to Address, tell func(Step)) error {
	id := store.NewID()
	m := Message{
		To: to, Title: "Test mail · Testmail", ByHand: true,
		Text: "This mail was sent with \"kept mail test\". If you read it, mail leaves as it should.\n\n" +
			"Diese E-Mail wurde mit „kept mail test“ versandt. Wenn Sie sie lesen, kommt E-Mail an.\n",
	}
	p := &Post{Config: Config{Settings: t.Settings}}
	e, err := p.envelope(&m, id)
	if err != nil {
		return err
	}
	l := p.letterhead()
	raw, err := l.write(&m, id, "", t.Clock.Now())
	if err != nil {
		return err
	}
	reply, err := r.deliver(ctx, e, raw)
	if err != nil {
		return err
	}
	if !reply.accepted() {
		return fault.New(fault.Refused, "the mail server refuses the mail: %d %s", reply.Code, reply.Text)
	}
	tell(Step{What: "mail to " + to.Mail, Good: true, Hint: fmt.Sprintf("taken: %d %s; whether it arrives shows in the mailbox", reply.Code, reply.Text)})
	return nil
}

// published looks at what receivers look at: SPF of where bounces go, the DKIM
// key, DMARC of the sender.
func (t Trial) published(ctx context.Context, tell func(Step)) error {
	_, from, _ := t.Settings.From.split()
	from, err := asciiDomain(strings.ToLower(from))
	if err != nil {
		return invalidAddress()
	}
	spf := t.record(ctx, t.Settings.Domain, "v=spf1")
	spf.What = "SPF of " + t.Settings.Domain
	if !spf.Good && spf.Hint == "" {
		spf.Hint = `publish a TXT record that names the mail server, as in "v=spf1 include:… -all"`
	}
	tell(spf)
	tell(t.key(ctx))
	dmarc := t.record(ctx, "_dmarc."+from, "v=DMARC1")
	dmarc.What = "DMARC of " + from
	if !dmarc.Good && dmarc.Hint == "" {
		dmarc.Hint = fmt.Sprintf(`publish a TXT record _dmarc.%s, as in "v=DMARC1; p=none"; large providers want one from whoever sends newsletters`, from)
	}
	tell(dmarc)
	return nil
}

// record looks for a text that begins with a word.
func (t Trial) record(ctx context.Context, name, begins string) Step {
	texts, err := t.Lookup(ctx, name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Step{Hint: "not looked up: DNS does not answer"}
	}
	for _, text := range texts {
		if strings.HasPrefix(text, begins) {
			return Step{Good: true, Hint: text}
		}
	}
	return Step{}
}

// key compares the published DKIM key with the one that signs.
func (t Trial) key(ctx context.Context) Step {
	if t.Settings.DKIM == nil {
		return Step{What: "DKIM", Hint: "mails go out unsigned: --dkim-key and --dkim-selector; no mail program shows its unsubscribe button without"}
	}
	name, text := t.Settings.DKIM.Record()
	step := t.record(ctx, name, "")
	step.What = "DKIM key at " + name
	value := func(s string) string { return strings.ReplaceAll(s[strings.LastIndex(s, "p=")+2:], " ", "") }
	switch {
	case step.Good && value(step.Hint) == value(text):
		step.Hint = "it is the one that signs"
	case step.Good:
		step.Good, step.Hint = false, "another key is published there; publish: "+text
	case step.Hint == "":
		step.Hint = "publish a TXT record there: " + text
	}
	return step
}
