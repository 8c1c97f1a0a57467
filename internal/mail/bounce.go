package mail

import (
	"bufio"
	"bytes"
	"net/textproto"
	"strings"

	"kept/internal/store"
)

// fields is a block of a report, names in canonical form.
type fields = textproto.MIMEHeader

// blocks reads the blocks of a delivery status (RFC 3464, 2.1) or a feedback
// report (RFC 5965, 3.1): fields, separated by empty lines.
func blocks(content []byte) (found []fields) {
	in := textproto.NewReader(bufio.NewReader(bytes.NewReader(content)))
	for len(found) < maxParts {
		block, err := in.ReadMIMEHeader()
		if len(block) > 0 {
			found = append(found, block)
		}
		if err != nil {
			return found
		}
	}
	return found
}

// returned notes which mail a report returns: its Message-ID stands in its head.
func (r *reading) returned(content []byte) {
	head, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(content[:min(len(content), maxHead)]))).ReadMIMEHeader()
	if err != nil && len(head) == 0 {
		return
	}
	r.about = append(r.about, ids(head.Get("Message-Id"))...)
}

// bounce returns what the mail reports about one of ours, nil if it is no report.
// A letter can be reported once, so the first recipient that failed counts.
func (r *reading) bounce(domain string) *Bounce {
	switch {
	case r.report == "feedback-report" || r.feedback():
		return &Bounce{Message: r.ours(domain), Action: "complaint", Complaint: true}
	case r.report == "" || len(r.status) == 0:
		return nil
	}
	b := &Bounce{Message: r.ours(domain)}
	for _, block := range r.status {
		action := strings.ToLower(strings.TrimSpace(block.Get("Action")))
		if action == "" || b.Action == "failed" {
			continue
		}
		b.Action, b.Status = action, firstWord(block.Get("Status"))
		_, b.Recipient, _ = strings.Cut(block.Get("Final-Recipient"), ";")
		b.Recipient = clean(b.Recipient)
		b.Hard = action == "failed" && hardStatus(0, b.Status)
	}
	if !statusForm.MatchString(b.Status) {
		b.Status = ""
	}
	return b
}

func (r *reading) feedback() bool {
	for _, block := range r.status {
		if block.Get("Feedback-Type") != "" {
			return true
		}
	}
	return false
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}

// ours returns the id of our mail that a report returns, empty if it names none.
func (r *reading) ours(domain string) string {
	for _, id := range r.about {
		local, at, _ := strings.Cut(id, "@")
		if strings.EqualFold(at, domain) && store.IsID(local) {
			return local
		}
	}
	return ""
}
