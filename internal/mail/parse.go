package mail

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // old mails come in many
	"github.com/emersion/go-message/mail"
)

// Bounds of what is read of one mail. What exceeds them is left out, and
// Incoming.Cut says so.
const (
	maxHead  = 256 << 10 // of one part
	maxDepth = 8         // of parts in parts
	maxParts = 100
	maxRead  = 1 << 20 // of text, and of HTML
)

// reading is a mail being read.
type reading struct {
	in     Incoming
	text   strings.Builder
	page   strings.Builder
	parts  int
	report string   // report-type of a multipart/report
	status []fields // blocks of a delivery status or of a feedback report
	about  []string // Message-IDs of the mail that a report returns
}

// parse reads a mail, whatever it is: of one that is broken it returns what can
// be read.
func parse(raw []byte) *reading {
	r := &reading{in: Incoming{Raw: int64(len(raw))}}
	whole, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: maxHead})
	if whole == nil || err != nil && !readable(err) {
		r.in.Cut = true
		r.write(&r.text, bytes.NewReader(raw))
		r.in.Text = r.text.String()
		return r
	}
	r.head(&mail.Header{Header: whole.Header})
	r.entity(whole, 0)
	r.in.Text, r.in.HTML = r.text.String(), r.page.String()
	if strings.TrimSpace(r.in.Text) == "" && r.in.HTML != "" {
		r.in.Text = plainText(r.in.HTML)
	}
	return r
}

// Read reads a mail as it came, without knowing whom it is for.
func Read(raw []byte) Incoming { return parse(raw).in }

// readable reports whether go-message returned a part despite an error: unknown
// charsets and encodings are read as they are.
func readable(err error) bool {
	return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)
}

func (r *reading) head(h *mail.Header) {
	if from, err := h.AddressList("From"); err == nil && len(from) > 0 {
		r.in.From = Address{Name: clean(from[0].Name), Mail: from[0].Address}
	}
	for _, name := range []string{"To", "Cc"} {
		list, err := h.AddressList(name)
		if err != nil {
			continue
		}
		for _, a := range list[:min(len(list), maxParts)] {
			r.in.To = append(r.in.To, Address{Name: clean(a.Name), Mail: a.Address})
		}
	}
	title, err := h.Subject()
	if err != nil {
		title = h.Get("Subject")
	}
	if r.in.Title = clean(strings.ToValidUTF8(title, "�")); len(r.in.Title) > maxTitle {
		r.in.Title, r.in.Cut = strings.ToValidUTF8(r.in.Title[:maxTitle], ""), true
	}
	r.in.MessageID = first(ids(h.Get("Message-Id")))
	r.in.InReplyTo = first(ids(h.Get("In-Reply-To")))
	r.in.References = ids(h.Get("References"))
	r.in.Auto = automatic(&h.Header)
}

// automatic reports whether a machine wrote the mail (RFC 3834, and what went
// before it).
func automatic(h *message.Header) bool {
	word := func(name string) string {
		w, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(h.Get(name))), ";")
		return strings.TrimSpace(w)
	}
	if w := word("Auto-Submitted"); w != "" && w != "no" {
		return true
	}
	switch word("Precedence") {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Autoresponder", "Feedback-Type"} {
		if h.Has(name) {
			return true
		}
	}
	if path := strings.TrimSpace(h.Get("Return-Path")); path == "<>" {
		return true
	}
	kind, _, err := h.ContentType()
	if err == nil && kind == "multipart/report" {
		return true
	}
	from := strings.ToLower(h.Get("From"))
	return strings.Contains(from, "mailer-daemon@") || strings.Contains(from, "noreply@") || strings.Contains(from, "no-reply@")
}

// ids returns the Message-IDs of a header without brackets.
func ids(line string) (found []string) {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool {
		return r == '<' || r == '>' || r == ' ' || r == '\t' || r == ',' || r == '\r' || r == '\n'
	}) {
		if messageIDs.MatchString(word) && len(found) < 5*mostReferences {
			found = append(found, word)
		}
	}
	return found
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// entity reads a part and what it is made of.
func (r *reading) entity(e *message.Entity, depth int) {
	if r.parts++; r.parts > maxParts || depth > maxDepth {
		r.in.Cut = true
		return
	}
	kind, params, err := e.Header.ContentType()
	if err != nil {
		kind, params = "text/plain", map[string]string{}
	}
	if parts := e.MultipartReader(); parts != nil {
		if kind == "multipart/report" && r.report == "" {
			r.report = strings.ToLower(params["report-type"])
		}
		r.several(parts, depth)
		return
	}
	switch kind {
	case "message/delivery-status", "message/feedback-report":
		if r.report != "" {
			r.status = append(r.status, blocks(r.all(e.Body))...)
			return
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers":
		if r.report != "" {
			r.returned(r.all(e.Body))
			return
		}
	}
	r.leaf(e, kind, params)
}

func (r *reading) several(parts message.MultipartReader, depth int) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if part == nil || err != nil && !readable(err) {
			r.in.Cut = true
			return
		}
		r.entity(part, depth+1)
		if r.parts > maxParts {
			return
		}
	}
}

// leaf reads a text or a file.
func (r *reading) leaf(e *message.Entity, kind string, params map[string]string) {
	disposition, options, err := e.Header.ContentDisposition()
	if err != nil {
		disposition = ""
	}
	name := options["filename"]
	if name == "" {
		name = params["name"]
	}
	if disposition != "attachment" && name == "" {
		switch kind {
		case "text/plain":
			r.write(&r.text, e.Body)
			return
		case "text/html":
			r.write(&r.page, e.Body)
			return
		}
	}
	if len(r.in.Attachments) >= maxFiles {
		r.in.Cut = true
		return
	}
	if decoded, err := (&mime.WordDecoder{}).DecodeHeader(name); err == nil {
		name = decoded
	}
	r.in.Attachments = append(r.in.Attachments, Attachment{Name: fileName(name), Type: plainType(kind, params), Data: r.all(e.Body)})
}

// plainType is a part's media type with the parameters that say how to read it.
func plainType(kind string, params map[string]string) string {
	kept := map[string]string{}
	for _, name := range []string{"charset", "method"} {
		if v := params[name]; v != "" {
			kept[name] = v
		}
	}
	if t := mime.FormatMediaType(kind, kept); t != "" {
		return t
	}
	return "application/octet-stream"
}

// all reads a part that is decoded; the whole mail bounds it.
func (r *reading) all(body io.Reader) []byte {
	content, err := io.ReadAll(io.LimitReader(body, maxMail))
	if err != nil {
		r.in.Cut = true
	}
	return content
}

// write adds a part to a text, in UTF-8 and without zero bytes.
func (r *reading) write(to *strings.Builder, body io.Reader) {
	room := maxRead - to.Len()
	content, err := io.ReadAll(io.LimitReader(body, int64(max(0, room))+1))
	if err != nil || len(content) > room {
		r.in.Cut = true
		content = content[:min(len(content), max(0, room))]
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(string(content), "\r\n", "\n"), "\uFFFD")
	to.WriteString(strings.ReplaceAll(text, "\x00", ""))
}
