package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
	"time"
	"unicode"
)

// sheet is a mail being written.
type sheet struct {
	bytes.Buffer
	id    string
	parts int // of several parts, begun: for their boundaries
}

// letterhead is what every mail of an instance has.
type letterhead struct {
	from   Address
	domain string
	signer *Signer
}

// messageID names a mail for good: a mail that leaves twice has the same.
func (l *letterhead) messageID(id string) string { return "<" + id + "@" + l.domain + ">" }

// write writes a mail as it goes out, signed if there is a key. thread is the
// Message-ID that the conversation hangs on, empty if there is none.
func (l *letterhead) write(m *Message, id, thread string, now time.Time) ([]byte, error) {
	s := &sheet{id: id}
	s.Grow(2048 + 2*len(m.Text) + 2*len(m.HTML))
	l.head(s, m, thread, now)
	if err := s.body(m); err != nil {
		return nil, fmt.Errorf("write a mail: %w", err)
	}
	if l.signer == nil {
		return s.Bytes(), nil
	}
	return l.signer.Sign(s.Bytes(), now)
}

// body writes what stands below the head: text; beside it HTML and invitation;
// below both the files.
func (s *sheet) body(m *Message) error {
	text, page := withFooter(m)
	var invitations, files []Attachment
	for _, f := range m.Attachments {
		if kind, params, err := mediaType(f.Type); err == nil && kind == "text/calendar" && params["method"] != "" {
			invitations = append(invitations, f)
		} else {
			files = append(files, f)
		}
	}
	inner := func(w partWriter) error { return s.alternatives(w, text, page, invitations) }
	if len(files) == 0 {
		return inner(s.top)
	}
	return s.several("mixed", s.top, func(w partWriter) error {
		if err := inner(w); err != nil {
			return err
		}
		for _, f := range files {
			if err := attach(w, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// partWriter writes a part with its head; content is encoded already.
type partWriter func(head textproto.MIMEHeader, content []byte) error

// top is the writer of a mail that is one part.
func (s *sheet) top(head textproto.MIMEHeader, content []byte) error {
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"} {
		if v := head.Get(name); v != "" {
			s.WriteString(name + ": " + v + "\r\n")
		}
	}
	s.WriteString("\r\n")
	s.Write(content)
	return nil
}

func (s *sheet) alternatives(w partWriter, text, page string, invitations []Attachment) error {
	if page == "" && len(invitations) == 0 {
		return w(encoded("text/plain; charset=utf-8", text))
	}
	return s.several("alternative", w, func(w partWriter) error {
		if err := w(encoded("text/plain; charset=utf-8", text)); err != nil {
			return err
		}
		if page != "" {
			if err := w(encoded("text/html; charset=utf-8", page)); err != nil {
				return err
			}
		}
		for _, i := range invitations {
			kind, params, err := mediaType(i.Type)
			if err != nil {
				return err
			}
			params["charset"] = "utf-8"
			if err := w(textproto.MIMEHeader{"Content-Type": {mime.FormatMediaType(kind, params)}, "Content-Transfer-Encoding": {"base64"}}, lines64(i.Data)); err != nil {
				return err
			}
		}
		return nil
	})
}

// several writes a part that is made of parts. Its boundary comes from the mail's
// random id, so no text can hold it, and a mail written twice is the same.
func (s *sheet) several(kind string, w partWriter, fill func(partWriter) error) error {
	s.parts++
	var inner bytes.Buffer
	parts := multipart.NewWriter(&inner)
	boundary := fmt.Sprintf("=_%s_%d", s.id, s.parts)
	if err := parts.SetBoundary(boundary); err != nil {
		return err
	}
	err := fill(func(head textproto.MIMEHeader, content []byte) error {
		part, err := parts.CreatePart(head)
		if err != nil {
			return err
		}
		_, err = part.Write(content)
		return err
	})
	if err != nil {
		return err
	}
	if err := parts.Close(); err != nil {
		return err
	}
	inner.WriteString("\r\n")
	return w(textproto.MIMEHeader{"Content-Type": {"multipart/" + kind + `; boundary="` + boundary + `"`}}, inner.Bytes())
}

// encoded writes a text so that no server on the way changes it.
func encoded(kind, text string) (textproto.MIMEHeader, []byte) {
	head := textproto.MIMEHeader{"Content-Type": {kind}}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if seven(text) {
		head.Set("Content-Transfer-Encoding", "7bit")
		return head, []byte(strings.ReplaceAll(text, "\n", "\r\n"))
	}
	head.Set("Content-Transfer-Encoding", "quoted-printable")
	var out bytes.Buffer
	out.Grow(len(text) + len(text)/4)
	w := quotedprintable.NewWriter(&out)
	_, err := w.Write([]byte(text))
	if closed := w.Close(); err != nil || closed != nil {
		panic("a buffer takes everything")
	}
	return head, out.Bytes()
}

// longest is the longest line that is left as it is. SMTP allows 998; some
// servers wrap earlier, which breaks a signature.
const longest = 500

// seven reports whether a text can go as it is: ASCII without controls, lines
// not too long, and none that old mailboxes change ("From ").
func seven(text string) bool {
	if strings.HasPrefix(text, "From ") || strings.Contains(text, "\nFrom ") {
		return false
	}
	line := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			line = 0
		case c < ' ' && c != '\t', c >= 0x7f, line == longest:
			return false
		default:
			line++
		}
	}
	return true
}

// attach writes a file. Its name loses folders and whatever is no name.
func attach(w partWriter, f Attachment) error {
	kind, params, err := mediaType(f.Type)
	if err != nil {
		return err
	}
	if name := fileName(f.Name); name != "" {
		params["name"] = name
	}
	head := textproto.MIMEHeader{
		"Content-Type":              {mime.FormatMediaType(kind, params)},
		"Content-Transfer-Encoding": {"base64"},
		"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": fileName(f.Name)})},
	}
	return w(head, lines64(f.Data))
}

// mediaType reads a media type that can be written again.
func mediaType(s string) (kind string, params map[string]string, err error) {
	kind, params, err = mime.ParseMediaType(s)
	if err == nil && mime.FormatMediaType(kind, params) == "" {
		err = fmt.Errorf("not a media type")
	}
	return kind, params, err
}

// fileName returns the last part of a path without what file systems mind.
func fileName(s string) string {
	s = clean(s[strings.LastIndexAny(s, `/\`)+1:])
	s = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:*?"<>|`, r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, s), " .")
	for len(s) > 150 {
		s = s[len(s)-150:]
	}
	if s == "" {
		return "file"
	}
	return strings.ToValidUTF8(s, "")
}

// lines64 is base64 in lines of 76.
func lines64(data []byte) []byte {
	plain := base64.StdEncoding.EncodeToString(data)
	var out bytes.Buffer
	out.Grow(len(plain) + len(plain)/width*2 + 2)
	for len(plain) > width {
		out.WriteString(plain[:width] + "\r\n")
		plain = plain[width:]
	}
	out.WriteString(plain + "\r\n")
	return out.Bytes()
}

// Footed adds the lines that stand under every mail, why and stop, for a letter that
// somebody else sends.
func Footed(text, page, why, stop string) (string, string) {
	return withFooter(&Message{Text: text, HTML: page, Why: why, Stop: stop})
}

// withFooter adds why the person gets the mail and how to stop it.
func withFooter(m *Message) (text, page string) {
	var lines []string
	for _, l := range []string{clean(m.Why), clean(m.Stop)} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return m.Text, m.HTML
	}
	text = strings.TrimRight(m.Text, "\r\n") + "\n\n-- \n" + strings.Join(lines, "\n") + "\n"
	if m.HTML == "" {
		return text, ""
	}
	var foot strings.Builder
	foot.WriteString(`<hr><p style="font-size:0.85em">`)
	for i, l := range lines {
		if i > 0 {
			foot.WriteString("<br>")
		}
		foot.WriteString(linked(l))
	}
	foot.WriteString("</p>")
	if at := strings.LastIndex(strings.ToLower(m.HTML), "</body>"); at >= 0 && len(strings.ToLower(m.HTML)) == len(m.HTML) {
		return text, m.HTML[:at] + foot.String() + m.HTML[at:]
	}
	return text, m.HTML + foot.String()
}

// linked is a line as HTML, its addresses as links.
func linked(line string) string {
	var out []string
	for _, word := range strings.Split(line, " ") {
		safe := html.EscapeString(word)
		if strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://") {
			safe = `<a href="` + safe + `">` + safe + `</a>`
		}
		out = append(out, safe)
	}
	return strings.Join(out, " ")
}
