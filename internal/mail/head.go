package mail

import (
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
)

func (l *letterhead) head(s *sheet, m *Message, thread string, now time.Time) {
	from := m.From
	if from.IsZero() {
		from = l.from
	}
	s.field("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	s.field("From", mailbox(from))
	s.field("To", mailbox(m.To))
	if !m.ReplyTo.IsZero() {
		s.field("Reply-To", mailbox(m.ReplyTo))
	}
	s.field("Subject", words8(m.Title))
	s.field("Message-ID", l.messageID(s.id))
	s.thread(m, thread)
	if m.Lang == "de" || m.Lang == "en" {
		s.field("Content-Language", m.Lang)
	}
	if !m.ByHand {
		s.field("Auto-Submitted", "auto-generated")
		s.field("X-Auto-Response-Suppress", "All") // Exchange does not heed RFC 3834
	}
	if m.List != nil {
		s.list(m.List, l.domain)
	}
	s.field("MIME-Version", "1.0")
}

// list writes the headers of a list (RFC 2919, 2369, 8058).
func (s *sheet) list(l *List, domain string) {
	id := "<" + strings.ToLower(l.ID) + "." + domain + ">"
	if title := clean(l.Title); title != "" {
		id = phrase(title) + " " + id
	}
	s.field("List-Id", id)
	var ways []string
	if l.Unsubscribe != "" {
		ways = append(ways, "<"+l.Unsubscribe+">")
	}
	if l.UnsubscribeMail != "" {
		ways = append(ways, "<mailto:"+l.UnsubscribeMail+">")
	}
	s.field("List-Unsubscribe", strings.Join(ways, ", "))
	if strings.HasPrefix(l.Unsubscribe, "https://") {
		s.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	s.field("Precedence", "bulk")
}

// messageIDs are those that may stand in a header: what somebody else sent is
// not taken on trust.
var messageIDs = regexp.MustCompile(`^[!-;=?-~]{1,200}@[!-;=?-~]{1,200}$`)

// mostReferences bounds the line of a conversation; the root and the latest
// matter.
const mostReferences = 20

func (s *sheet) thread(m *Message, root string) {
	var line []string
	if root != "" {
		line = append(line, root)
	}
	for _, r := range m.References[max(0, len(m.References)-mostReferences):] {
		if messageIDs.MatchString(r) {
			line = append(line, "<"+r+">")
		}
	}
	answers := root
	if messageIDs.MatchString(m.InReplyTo) {
		answers = "<" + m.InReplyTo + ">"
		if len(line) == 0 || line[len(line)-1] != answers {
			line = append(line, answers)
		}
	}
	if answers != "" {
		s.field("In-Reply-To", answers)
	}
	if len(line) > 0 {
		s.field("References", strings.Join(line, " "))
	}
}

// width is where lines of the head are folded (RFC 5322, 2.1.1).
const width = 76

// mostWord keeps a line below the 998 bytes that SMTP carries.
const mostWord = 900

// mostName is as much of a name as a mail program shows, in bytes.
const mostName = 200

// field writes a line of the head and folds it at spaces. Whatever the value is,
// it stays one field.
func (s *sheet) field(name, value string) {
	s.WriteString(name)
	s.WriteByte(':')
	used := len(name) + 1
	for _, word := range strings.Fields(clean(value)) {
		for ; len(word) > mostWord; word = word[mostWord:] { // no person writes such a word
			s.WriteString(" " + word[:mostWord] + "\r\n")
			used = 0
		}
		if used > len(name)+1 && used+1+len(word) > width {
			s.WriteString("\r\n")
			used = 0
		}
		s.WriteByte(' ')
		s.WriteString(word)
		used += 1 + len(word)
	}
	s.WriteString("\r\n")
}

// clean takes every control and line separator out of a value.
func clean(value string) string {
	value = strings.ToValidUTF8(value, "")
	bad := func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
	}
	if !strings.ContainsFunc(value, bad) {
		return strings.TrimSpace(value)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if bad(r) {
			return ' '
		}
		return r
	}, value))
}

// words8 encodes a text for the head (RFC 2047). What looks encoded already is
// broken up, so that nothing decodes to what was not checked.
func words8(text string) string {
	return mime.QEncoding.Encode("utf-8", strings.ReplaceAll(clean(text), "=?", "= ?"))
}

// phrase is a name in the head: quoted, or encoded.
func phrase(name string) string {
	whole := (&mail.Address{Name: strings.ReplaceAll(clean(name), "=?", "= ?"), Address: "x@x"}).String()
	return strings.TrimSuffix(whole, " <x@x>")
}

// mailbox is an address in the head.
func mailbox(a Address) string {
	path, _, err := a.wire()
	if err != nil {
		return "" // checked when it was enqueued
	}
	name := clean(a.Name)
	if len(name) > mostName {
		name = clean(strings.ToValidUTF8(name[:mostName], ""))
	}
	if name == "" {
		return "<" + path + ">"
	}
	return phrase(name) + " <" + path + ">"
}
