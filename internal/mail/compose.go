package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"mime"
	"mime/quotedprintable"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// sheet is what mails are written on, one after the other.
type sheet struct {
	bytes.Buffer
	id    string
	parts int    // of several parts, begun: for their boundaries
	draft []byte // texts with their footer, before they are encoded
	front []byte // what is signed, behind its signature
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
	return l.writeOn(&sheet{}, m, id, thread, now)
}

// writeOn is write on a sheet that is used again: the mail lasts until then.
func (l *letterhead) writeOn(s *sheet, m *Message, id, thread string, now time.Time) ([]byte, error) {
	s.Reset()
	s.id, s.parts = id, 0
	s.Grow(2048 + 2*len(m.Text) + 2*len(m.HTML))
	l.head(s, m, thread, now)
	if err := s.body(m); err != nil {
		return nil, fmt.Errorf("write a mail: %w", err)
	}
	if l.signer == nil {
		return s.Bytes(), nil
	}
	var err error
	s.front, err = l.signer.sign(s.front[:0], s.Bytes(), now)
	return s.front, err
}

// body writes what stands below the head: text; beside it HTML and invitation;
// below both the files.
func (s *sheet) body(m *Message) error {
	var invitations, files []Attachment
	for _, f := range m.Attachments {
		if kind, params, err := mediaType(f.Type); err == nil && kind == "text/calendar" && params["method"] != "" {
			invitations = append(invitations, f)
		} else {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return s.alternatives(m, invitations)
	}
	return s.several("mixed", func(next func()) error {
		next()
		if err := s.alternatives(m, invitations); err != nil {
			return err
		}
		for _, f := range files {
			next()
			if err := s.attach(f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *sheet) alternatives(m *Message, invitations []Attachment) error {
	lines := footer(m)
	s.draft = whole(appendText(s.draft[:0], m.Text, lines), 0)
	split := len(s.draft)
	s.draft = whole(appendPage(s.draft, m.HTML, lines), split)
	text, page := s.draft[:split], s.draft[split:]
	if m.HTML == "" && len(invitations) == 0 {
		s.text("text/plain; charset=utf-8", text)
		return nil
	}
	return s.several("alternative", func(next func()) error {
		next()
		s.text("text/plain; charset=utf-8", text)
		if m.HTML != "" {
			next()
			s.text("text/html; charset=utf-8", page)
		}
		for _, i := range invitations {
			kind, params, err := mediaType(i.Type)
			if err != nil {
				return err
			}
			params["charset"] = "utf-8"
			next()
			s.data(mime.FormatMediaType(kind, params), "", i.Data)
		}
		return nil
	})
}

// several writes a part that is made of parts; fill calls next before each of them.
// Their boundary comes from the mail's random id, so no text can hold it, and a
// mail written twice is the same.
func (s *sheet) several(kind string, fill func(next func()) error) error {
	s.parts++
	boundary := "=_" + s.id + "_" + strconv.Itoa(s.parts)
	s.WriteString("Content-Type: multipart/" + kind + `; boundary="` + boundary + "\"\r\n")
	line := "\r\n--" + boundary
	err := fill(func() { s.WriteString(line + "\r\n") })
	s.WriteString(line + "--\r\n\r\n")
	return err
}

// text writes a text so that no server on the way changes it. Its lines end in LF,
// the last one too.
func (s *sheet) text(kind string, text []byte) {
	s.WriteString("Content-Type: " + kind + "\r\nContent-Transfer-Encoding: ")
	if seven(text) {
		s.WriteString("7bit\r\n\r\n")
		for line := range bytes.Lines(text) {
			s.Write(line[:len(line)-1])
			s.WriteString("\r\n")
		}
		return
	}
	s.WriteString("quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(s)
	_, err := w.Write(text)
	if closed := w.Close(); err != nil || closed != nil {
		panic("a buffer takes everything")
	}
}

// longest is the longest line that is left as it is. SMTP allows 998; some
// servers wrap earlier, which breaks a signature.
const longest = 500

// seven reports whether a text can go as it is: ASCII without controls, lines
// not too long, and none that old mailboxes change ("From "). Its lines end in LF.
func seven(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = line[:len(line)-1]
		if len(line) > longest || bytes.HasPrefix(line, []byte("From ")) {
			return false
		}
		for _, c := range line {
			if c-' ' >= 0x7f-' ' && c != '\t' {
				return false
			}
		}
	}
	return true
}

// attach writes a file. Its name loses folders and whatever is no name.
func (s *sheet) attach(f Attachment) error {
	kind, params, err := mediaType(f.Type)
	if err != nil {
		return err
	}
	if name := fileName(f.Name); name != "" {
		params["name"] = name
	}
	s.data(mime.FormatMediaType(kind, params), mime.FormatMediaType("attachment", map[string]string{"filename": fileName(f.Name)}), f.Data)
	return nil
}

// data writes bytes in lines of base64.
func (s *sheet) data(kind, disposition string, data []byte) {
	s.WriteString("Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\n")
	if disposition != "" {
		s.WriteString("Content-Disposition: " + disposition + "\r\n")
	}
	s.WriteString("\r\n")
	for len(data) > 0 {
		n := min(len(data), width/4*3)
		s.Write(base64.StdEncoding.AppendEncode(s.AvailableBuffer(), data[:n]))
		s.WriteString("\r\n")
		data = data[n:]
	}
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

// Footed adds the lines that stand under every mail, why and stop, for a letter that
// somebody else sends.
func Footed(text, page, why, stop string) (string, string) {
	lines := footer(&Message{Why: why, Stop: stop})
	return string(appendText(nil, text, lines)), string(appendPage(nil, page, lines))
}

// footer says why the person gets the mail and how to stop it.
func footer(m *Message) (lines []string) {
	for _, l := range []string{clean(m.Why), clean(m.Stop)} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// appendText appends a text with its footer.
func appendText(out []byte, text string, footer []string) []byte {
	if len(footer) == 0 {
		return append(out, text...)
	}
	out = append(out, strings.TrimRight(text, "\r\n")...)
	out = append(out, "\n-- \n"...)
	for _, l := range footer {
		out = append(append(out, l...), '\n')
	}
	return out
}

// appendPage appends a page with its footer, nothing if there is no page.
func appendPage(out []byte, page string, footer []string) []byte {
	if page == "" || len(footer) == 0 {
		return append(out, page...)
	}
	end := endOfBody(page)
	out = append(out, page[:end]...)
	out = append(out, `<hr><p style="font-size:0.85em">`...)
	for i, l := range footer {
		if i > 0 {
			out = append(out, "<br>"...)
		}
		out = appendLinked(out, l)
	}
	out = append(out, "</p>"...)
	return append(out, page[end:]...)
}

// endOfBody returns where the body of a page ends.
func endOfBody(page string) int {
	const tag = "</body>"
	for at := strings.LastIndexByte(page, '<'); at >= 0; at = strings.LastIndexByte(page[:at], '<') {
		if len(page)-at >= len(tag) && strings.EqualFold(page[at:at+len(tag)], tag) {
			return at
		}
	}
	return len(page)
}

// whole has the lines of text[from:] end in LF, the last one too.
func whole(text []byte, from int) []byte {
	if bytes.IndexByte(text[from:], '\r') >= 0 {
		lines := bytes.ReplaceAll(bytes.ReplaceAll(text[from:], []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		text = append(text[:from], lines...)
	}
	if len(text) > from && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return text
}

// appendLinked appends a line as HTML, its addresses as links.
func appendLinked(out []byte, line string) []byte {
	for i, word := range strings.Split(line, " ") {
		if i > 0 {
			out = append(out, ' ')
		}
		safe := html.EscapeString(word)
		if !strings.HasPrefix(word, "https://") && !strings.HasPrefix(word, "http://") {
			out = append(out, safe...)
			continue
		}
		for _, part := range []string{`<a href="`, safe, `">`, safe, `</a>`} {
			out = append(out, part...)
		}
	}
	return out
}
