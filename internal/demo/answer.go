package demo

import (
	"fmt"
	"net/http"
	"net/smtp"
	"strconv"
	"strings"
)

// Answers have what is written on the mailbox's page handed to a receiver, as the mail
// program of whoever got the mail would.
func (b *Mailbox) Answers(receiver string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.receiver = receiver
}

// answer sends an answer to one of the mails.
func (b *Mailbox) answer(w http.ResponseWriter, r *http.Request) {
	if err := b.reply(r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/?sent=yes", http.StatusSeeOther)
}

func (b *Mailbox) reply(r *http.Request) error {
	n, err := strconv.Atoi(r.PostFormValue("mail"))
	if err != nil {
		return fmt.Errorf("there is no such mail: %w", err)
	}
	l, receiver, ok := b.mail(n)
	to, title, text := r.PostFormValue("to"), r.PostFormValue("title"), r.PostFormValue("text")
	switch {
	case !ok || receiver == "":
		return fmt.Errorf("there is no such mail, or nothing takes an answer")
	case strings.ContainsAny(to+title, "\r\n"):
		return fmt.Errorf("an address and a title are one line")
	}
	head := "From: " + l.To + "\r\nTo: " + to + "\r\nSubject: " + title + "\r\nMessage-ID: <" + fmt.Sprintf("%d.%d", n, b.count()) + "@mailbox.localhost>\r\n"
	if l.MessageID != "" {
		head += "In-Reply-To: " + l.MessageID + "\r\nReferences: " + l.MessageID + "\r\n"
	}
	head += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	body := strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	return smtp.SendMail(receiver, nil, l.To, []string{to}, []byte(head+body+"\r\n"))
}

// mail returns the one that arrived as the nth.
func (b *Mailbox) mail(n int) (l letter, receiver string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.mails {
		if l.N == n {
			return l, b.receiver, true
		}
	}
	return letter{}, b.receiver, false
}

// count numbers what leaves.
func (b *Mailbox) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent++
	return b.sent
}
