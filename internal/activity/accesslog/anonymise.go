package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"kept/internal/address"
	"kept/internal/policy"
)

// longestLine is how much of a line is held at once; longer lines are written
// in pieces.
const longestLine = 64 << 10

// nothing stands in a log for a value that is not there.
const nothing = "-"

// Anonymise copies an access log in the combined format (or one that begins
// like it) from r to w, line by line. Every IPv4 and IPv6 address, wherever in
// the line it stands (X-Forwarded-For fields too), is truncated as cut says; a
// host name in place of the address, the two user fields and the query strings
// of request and referrer are taken out. A line that is not of the format is
// kept with its addresses truncated. Memory is constant, whatever comes in.
func Anonymise(r io.Reader, w io.Writer, cut policy.Truncation) error {
	in, out := bufio.NewReaderSize(r, longestLine), bufio.NewWriter(w)
	l := &line{cut: cut, out: out}
	for {
		if in.Buffered() == 0 { // about to wait: whoever follows the log sees what there is
			if err := flushed(out); err != nil {
				return err
			}
		}
		text, err := in.ReadSlice('\n')
		l.write(text, errors.Is(err, bufio.ErrBufferFull))
		switch {
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return flushed(out)
		default:
			return errors.Join(fmt.Errorf("read the log: %w", err), flushed(out))
		}
	}
}

func flushed(out *bufio.Writer) error {
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

// masked returns s with each address in it truncated.
func masked(s string, cut policy.Truncation) string {
	if !mayHoldAddress(s) {
		return s
	}
	var out strings.Builder
	l := &line{cut: cut, out: &out}
	l.mask([]byte(s))
	return out.String()
}

// sink takes what is copied. It keeps its first error, if it can have one.
type sink interface {
	io.Writer
	io.StringWriter
	io.ByteWriter
}

// line is the line being copied.
type line struct {
	cut   policy.Truncation
	out   sink
	tail  []byte // of a long line: the end of a piece that may go on in the next
	later bool   // the piece does not begin the line
}

// write copies a line, or a piece of one that is longer than the buffer.
func (l *line) write(text []byte, goesOn bool) {
	if len(l.tail) > 0 {
		text = append(l.tail, text...)
		l.tail = nil
	}
	if goesOn {
		end := len(text)
		for end > 0 && inAddress(text[end-1]) {
			end--
		}
		if len(text)-end <= longestToken { // else no address is that long
			l.tail = bytes.Clone(text[end:])
			text = text[:end]
		}
	}
	if !l.later {
		text = l.fields(text)
	}
	l.mask(text)
	l.later = goesOn
}

// fields copies what a line of the format begins with (host, identity, user,
// time, request, referrer) and returns the rest; a line that is not of the
// format comes back whole. Of a piece it takes what is there.
func (l *line) fields(text []byte) []byte {
	// The user may hold spaces, so the time's bracket is what ends it.
	bracket := bytes.Index(text, []byte(" ["))
	if bracket <= 0 || !isDate(text[bracket+2:]) || bytes.IndexByte(text[:bracket], '"') >= 0 {
		return text
	}
	l.out.WriteString(l.client(text[:bracket]) + " - -")
	rest := text[bracket:]
	for range 2 { // the request, then the referrer
		before, quoted, after, ok := cutQuoted(rest)
		if !ok {
			return rest
		}
		l.mask(before)
		l.mask(withoutQuery(quoted))
		l.out.WriteByte('"')
		rest = after
	}
	return rest
}

// isDate reports whether text begins like a log's time: 21/Nov/2026:12:00:00.
func isDate(text []byte) bool {
	return len(text) > 6 && text[2] == '/' && text[6] == '/'
}

// client returns the first address of a line's first fields, truncated; "-" if
// there is a host name instead.
func (l *line) client(text []byte) string {
	for field := range bytes.FieldsSeq(text) {
		if a, err := netip.ParseAddr(string(field)); err == nil {
			return address.Truncate(a, l.cut)
		}
	}
	return nothing
}

// cutQuoted returns what stands in the next pair of quotation marks, what comes
// before it (with the mark) and what follows the second mark. A backslash keeps
// a mark from ending it.
func cutQuoted(text []byte) (before, quoted, after []byte, ok bool) {
	start := bytes.IndexByte(text, '"')
	if start < 0 {
		return nil, nil, nil, false
	}
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:start+1], text[start+1 : i], text[i+1:], true
		}
	}
	return nil, nil, nil, false
}

// withoutQuery takes the query out of a URL or of a request line.
func withoutQuery(text []byte) []byte {
	start := bytes.IndexByte(text, '?')
	if start < 0 {
		return text
	}
	end := bytes.LastIndex(text, []byte(" HTTP/"))
	if end < start {
		return text[:start]
	}
	return append(bytes.Clone(text[:start]), text[end:]...)
}

// mask copies text with each address in it truncated.
func (l *line) mask(text []byte) {
	for len(text) > 0 {
		start := 0
		for start < len(text) && !inAddress(text[start]) {
			start++
		}
		l.out.Write(text[:start])
		text = text[start:]
		end := 0
		for end < len(text) && inAddress(text[end]) {
			end++
		}
		l.token(text[:end])
		text = text[end:]
	}
}
