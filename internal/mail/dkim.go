package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
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
func (s *Signer) Sign(mail []byte, at time.Time) ([]byte, error) { return s.sign(nil, mail, at) }

// sign appends the mail to out, with its signature in front.
func (s *Signer) sign(out, mail []byte, at time.Time) ([]byte, error) {
	head, body, found := bytes.Cut(mail, []byte("\r\n\r\n"))
	if !found {
		return nil, fmt.Errorf("sign a mail: it has no body")
	}
	canonical := make([]byte, 0, len(head)+600)
	names := make([]byte, 0, 300)
	eachField(head, func(field []byte) {
		before := len(canonical)
		var name []byte
		canonical, name = relaxField(canonical, field)
		if !signed[string(name)] {
			canonical = canonical[:before]
			return
		}
		names, canonical = append(append(names, name...), ':'), append(canonical, "\r\n"...)
	})
	begun := len(out)
	out = s.field(out, string(names)+sealedOff, hashBody(body), at)
	canonical, _ = relaxField(canonical, out[begun:])
	signature, err := s.signHash(sha256.Sum256(canonical))
	if err != nil {
		return nil, fmt.Errorf("sign a mail: %w", err)
	}
	out = append(fold64(out, signature), "\r\n"...)
	return append(out, mail...), nil
}

// field appends the header without its last value and without its end.
func (s *Signer) field(out []byte, names string, bodyHash [sha256.Size]byte, at time.Time) []byte {
	algorithm := "rsa-sha256"
	if _, ok := s.key.(ed25519.PrivateKey); ok {
		algorithm = "ed25519-sha256"
	}
	out = append(out, "DKIM-Signature: v=1; a="+algorithm+"; c=relaxed/relaxed; d="+s.Domain+";\r\n s="+s.Selector+"; t="...)
	out = strconv.AppendInt(out, at.Unix(), 10)
	out = append(out, ";\r\n h="+strings.ReplaceAll(names, "message-id:", "message-id:\r\n ")+";\r\n bh="...)
	out = base64.StdEncoding.AppendEncode(out, bodyHash[:])
	return append(out, ";\r\n b="...)
}

// signHash signs the hash of the headers. Ed25519 signs the hash as a message (RFC
// 8463, 3).
func (s *Signer) signHash(hash [sha256.Size]byte) ([]byte, error) {
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

// relaxField appends a field as RFC 6376, 3.4.2 wants it, without its end. The
// name is part of what was appended.
func relaxField(out, field []byte) (_, name []byte) {
	colon := bytes.IndexByte(field, ':')
	begun := len(out)
	for _, c := range bytes.TrimSpace(field[:colon]) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	named := len(out)
	out = append(out, ':')
	space := false
	for _, c := range field[colon+1:] {
		switch c {
		case ' ', '\t', '\r', '\n':
			space = true
			continue
		}
		if space && len(out) > named+1 {
			out = append(out, ' ')
		}
		space = false
		out = append(out, c)
	}
	return out, out[begun:named]
}

// hashBody hashes a body as RFC 6376, 3.4.4 wants it: runs of spaces are one, none
// ends a line, no empty line ends the body. Most of a body is such already and is
// hashed as it stands, up to the next line that is not.
func hashBody(body []byte) (sum [sha256.Size]byte) {
	h := bodyHash{Hash: sha256.New()}
	whole := bytes.LastIndex(body, lineEnd) + len(lineEnd) // the end of the last whole line
	if whole < len(lineEnd) {
		whole = 0
	}
	odd := oddities{body: body[:whole], next: [3]int{-1, -1, -1}}
	var relaxed []byte
	for at := 0; at < whole; {
		found := odd.from(at)
		begin, end := whole, whole
		if found < whole {
			begin = max(at, at+bytes.LastIndexByte(body[at:found], '\n')+1)
			end = found + bytes.Index(body[found:], lineEnd) + len(lineEnd)
			relaxed = append(relaxLine(relaxed[:0], body[begin:end-len(lineEnd)]), lineEnd...)
		}
		h.lines(body[at:begin])
		if begin < whole {
			h.lines(relaxed)
		}
		at = end
	}
	if last := relaxLine(relaxed[:0], body[whole:]); len(last) > 0 {
		h.lines(append(last, lineEnd...))
	}
	if h.begun {
		h.Write(lineEnd)
	}
	h.Sum(sum[:0])
	return sum
}

var lineEnd = []byte("\r\n")

// bodyHash hashes lines without the empty ones at their end.
type bodyHash struct {
	hash.Hash
	begun bool
	ends  int // of lines, of which it is not known yet whether the body ends there
}

// lines adds whole lines.
func (h *bodyHash) lines(lines []byte) {
	text, ends := lines, 0
	for bytes.HasSuffix(text, lineEnd) {
		text, ends = text[:len(text)-len(lineEnd)], ends+1
	}
	if len(text) == 0 {
		h.ends += ends
		return
	}
	for ; h.ends > 0; h.ends-- {
		h.Write(lineEnd)
	}
	h.Write(text)
	h.begun, h.ends = true, ends
}

// odd is what no relaxed line has.
var odd = [3][]byte{[]byte("\t"), []byte("  "), []byte(" \r\n")}

// oddities finds what no relaxed line has, and looks nowhere twice.
type oddities struct {
	body []byte
	next [3]int
}

// from returns where the first one is at or behind at, the end if there is none.
func (o *oddities) from(at int) int {
	first := len(o.body)
	for i, what := range odd {
		if o.next[i] < at {
			o.next[i] = len(o.body)
			if found := bytes.Index(o.body[at:], what); found >= 0 {
				o.next[i] = at + found
			}
		}
		first = min(first, o.next[i])
	}
	return first
}

// relaxLine appends a line with runs of spaces as one, and none at its end.
func relaxLine(out, line []byte) []byte {
	space := false
	for _, c := range line {
		if c == ' ' || c == '\t' {
			space = true
			continue
		}
		if space {
			out, space = append(out, ' '), false
		}
		out = append(out, c)
	}
	return out
}
