package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A signature of our own over mails of our own: a general signer reads the mail
// that was just written again, and that costs a campaign as much as everything
// else together. Two foreign verifiers check it in the tests.

// signed are the headers that a signature covers if a mail has them (RFC 6376,
// 5.4.1), both of RFC 8058's among them: without those no mail program shows its
// button.
var signed = map[string]bool{
	"from": true, "to": true, "reply-to": true, "subject": true, "date": true, "message-id": true, "in-reply-to": true, "references": true,
	"mime-version": true, "content-type": true, "content-transfer-encoding": true, "content-language": true, "auto-submitted": true,
	"list-id": true, "list-unsubscribe": true, "list-unsubscribe-post": true,
}

// sealedOff are covered once more than a mail has them: a second one, put in on
// the way, breaks the signature (RFC 6376, 8.15).
const sealedOff = "from:to:reply-to:subject:date"

// Sign returns the mail with its signature in front (relaxed/relaxed).
func (s *Signer) Sign(mail []byte, at time.Time) ([]byte, error) {
	head, body, found := bytes.Cut(mail, []byte("\r\n\r\n"))
	if !found {
		return nil, fmt.Errorf("sign a mail: it has no body")
	}
	canonical := make([]byte, 0, len(head)+600)
	names := make([]string, 0, len(signed))
	eachField(head, func(field []byte) {
		var name string
		before := len(canonical)
		canonical, name = relaxField(canonical, field)
		if !signed[name] {
			canonical = canonical[:before]
			return
		}
		names, canonical = append(names, name), append(canonical, "\r\n"...)
	})
	hash := sha256.Sum256(relaxBody(body))
	field := s.field(strings.Join(names, ":")+":"+sealedOff, base64.StdEncoding.EncodeToString(hash[:]), at)
	canonical, _ = relaxField(canonical, []byte(field))
	signature, err := s.sign(sha256.Sum256(canonical))
	if err != nil {
		return nil, fmt.Errorf("sign a mail: %w", err)
	}
	out := make([]byte, 0, len(field)+len(signature)*3/2+len(mail)+16)
	out = append(out, field...)
	out = fold64(out, signature)
	out = append(out, "\r\n"...)
	return append(out, mail...), nil
}

// field is the header without its last value and without its end.
func (s *Signer) field(names, bodyHash string, at time.Time) string {
	algorithm := "rsa-sha256"
	if _, ok := s.key.(ed25519.PrivateKey); ok {
		algorithm = "ed25519-sha256"
	}
	return "DKIM-Signature: v=1; a=" + algorithm + "; c=relaxed/relaxed; d=" + s.Domain + ";\r\n" +
		" s=" + s.Selector + "; t=" + strconv.FormatInt(at.Unix(), 10) + ";\r\n" +
		" h=" + strings.ReplaceAll(names, "message-id:", "message-id:\r\n ") + ";\r\n" +
		" bh=" + bodyHash + ";\r\n b="
}

// sign signs the hash of the headers. Ed25519 signs the hash as a message (RFC
// 8463, 3).
func (s *Signer) sign(hash [sha256.Size]byte) ([]byte, error) {
	if _, ok := s.key.(ed25519.PrivateKey); ok {
		return s.key.Sign(nil, hash[:], crypto.Hash(0))
	}
	return s.key.Sign(rand.Reader, hash[:], crypto.SHA256)
}

// fold64 appends base64 in folded lines.
func fold64(out, value []byte) []byte {
	for text := base64.StdEncoding.EncodeToString(value); text != ""; {
		n := min(len(text), width-4)
		out = append(out, text[:n]...)
		if text = text[n:]; text != "" {
			out = append(out, "\r\n "...)
		}
	}
	return out
}

// eachField calls f for each field of a head, folded as it stands.
func eachField(head []byte, f func(field []byte)) {
	for len(head) > 0 {
		end := 0
		for {
			at := bytes.Index(head[end:], []byte("\r\n"))
			if at < 0 {
				end = len(head)
				break
			}
			end += at
			if end+2 >= len(head) || head[end+2] != ' ' && head[end+2] != '\t' {
				break
			}
			end += 2
		}
		f(head[:end])
		head = head[min(len(head), end+2):]
	}
}

// relaxField appends a field as RFC 6376, 3.4.2 wants it, without its end.
func relaxField(out, field []byte) (_ []byte, name string) {
	colon := bytes.IndexByte(field, ':')
	name = strings.ToLower(strings.TrimSpace(string(field[:colon])))
	out = append(append(out, name...), ':')
	space := false
	begun := len(out)
	for _, c := range field[colon+1:] {
		switch c {
		case ' ', '\t', '\r', '\n':
			space = true
			continue
		}
		if space && len(out) > begun {
			out = append(out, ' ')
		}
		space = false
		out = append(out, c)
	}
	return out, name
}

// relaxBody returns a body as RFC 6376, 3.4.4 wants it: runs of spaces are one,
// none ends a line, no empty line ends the body.
func relaxBody(body []byte) []byte {
	out := make([]byte, 0, len(body)+2)
	space := false
	for _, c := range body {
		switch c {
		case ' ', '\t':
			space = true
			continue
		case '\r':
			space = false
		case '\n':
		default:
			if space {
				out = append(out, ' ')
				space = false
			}
		}
		out = append(out, c)
	}
	end := len(out)
	for end >= 2 && out[end-2] == '\r' && out[end-1] == '\n' {
		end -= 2
	}
	if end == 0 {
		return nil
	}
	return append(out[:end], "\r\n"...)
}
