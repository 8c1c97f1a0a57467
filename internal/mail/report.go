package mail

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
)

const reportJob = "mail.report"

// notice is an event as a job carries it to the listeners.
type notice struct {
	Mail   string `json:"mail"`
	Event  Event  `json:"event"`
	Code   int    `json:"code"`
	Status string `json:"status"`
	Hard   bool   `json:"hard"`
}

// tell has the listeners of an event told, unless there are none.
func (p *Post) tell(ctx context.Context, tx *store.Tx, n notice) error {
	if len(p.listening(n.Event)) == 0 {
		return nil
	}
	_, err := p.Jobs.Enqueue(ctx, tx, job.New{Kind: reportJob, Payload: n})
	return err
}

func (p *Post) listening(e Event) []Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.listeners[e]
}

// report is the job: it tells the listeners, all in one transaction.
func (p *Post) report(ctx context.Context, j job.Job) error {
	var n notice
	if err := j.Decode(&n); err != nil {
		return err
	}
	return p.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		o := Outcome{Event: n.Event, Message: n.Mail, Code: n.Code, Status: n.Status, Hard: n.Hard, At: j.Enqueued}
		err := store.Classify(tx.QueryRowContext(ctx, "select activity, coalesce(subject, ''), coalesce(key, '') from mail_outbox where id = $1",
			n.Mail).Scan(&o.Activity, &o.Subject, &o.Key))
		if err != nil && !fault.Is(err, fault.NotFound) { // a campaign's letter is not in the outbox
			return fmt.Errorf("read a mail: %w", err)
		}
		for _, f := range p.listening(n.Event) {
			if err := f(ctx, tx, o); err != nil {
				return fmt.Errorf("tell what became of a mail: %w", err)
			}
		}
		return nil
	})
}

// hardStatus reports whether a refusal is for good and about the address itself:
// the rest (a full mailbox, a listed sender, a policy) may be different tomorrow.
// RFC 3463 tells the reasons apart; without a status 550, 551, 553 stand for an
// address that is not there.
func hardStatus(code int, status string) bool {
	switch {
	case strings.HasPrefix(status, "5.1."):
		return status != "5.1.7" && status != "5.1.8" // the sender's address
	case status == "5.0.0", status == "5.2.1":
		return true
	case status != "":
		return false
	}
	return code == 550 || code == 551 || code == 553
}

// maxSaid bounds what is kept of a server's words, in bytes.
const maxSaid = 200

// addresses are what a server's words may hold of a person.
var addresses = regexp.MustCompile(`\S*@\S*|"[^"]*"|\b\d{1,3}(\.\d{1,3}){3}\b`)

// said returns a server's words without addresses, on one line.
func said(text string) string {
	text = clean(addresses.ReplaceAllString(strings.ToValidUTF8(text, ""), "…"))
	for len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "")
	}
	return text
}
