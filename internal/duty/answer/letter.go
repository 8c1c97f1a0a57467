package answer

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/rights"
)

// letters are the correspondence as mbox (RFC 4155). A line that begins like a separator
// is encoded, so that every reader gets the text as it was.
func (b *bundle) letters(ctx context.Context) error {
	if !slices.ContainsFunc(b.sheets, func(s *seen) bool { return s.Letter != nil }) {
		return nil
	}
	return b.file("letters.mbox", "application/mbox", "letters", func(w io.Writer) error {
		out := bufio.NewWriter(w)
		err := b.Stream(ctx, b.Person, b.Right, func(s *rights.Sheet, row []any) error {
			if s.Letter == nil {
				return rights.ErrSkip
			}
			return b.mail(out, s, row)
		})
		if err != nil {
			return err
		}
		return out.Flush()
	})
}

var fromLine = regexp.MustCompile(`(?m)^From `)

// mail writes a row as one message.
func (b *bundle) mail(w io.Writer, s *rights.Sheet, row []any) error {
	l := s.Letter
	at, err := time.Parse(time.RFC3339Nano, valueOf(s, row, l.At))
	if err != nil {
		at = b.made
	}
	text := firstOf(s, row, l.Texts)
	if text == "" {
		return nil
	}
	from, to := b.between(s, row)
	var body bytes.Buffer
	q := quotedprintable.NewWriter(&body)
	if _, err := io.WriteString(q, strings.ToValidUTF8(text, "\uFFFD")); err != nil {
		return err
	}
	if err := q.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%v", s.System, s.Table.Name, row))
	head := []string{
		"From MAILER-DAEMON " + at.UTC().Format("Mon Jan _2 15:04:05 2006"),
		"Date: " + at.UTC().Format(time.RFC1123Z),
		"From: " + from,
		"To: " + to,
		"Subject: " + mime.QEncoding.Encode("utf-8", oneLine(valueOf(s, row, l.Title))),
		"Message-ID: <" + hex.EncodeToString(sum[:16]) + "@copy.invalid>",
		"MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8",
		"Content-Transfer-Encoding: quoted-printable",
		"",
	}
	quoted := fromLine.ReplaceAllString(strings.ReplaceAll(body.String(), "\r\n", "\n"), "=46rom ")
	_, err = io.WriteString(w, strings.Join(head, "\n")+"\n"+quoted+"\n\n")
	return err
}

// between says who wrote a letter, and to whom: the person to the controller, or
// the controller to the person.
func (b *bundle) between(s *rights.Sheet, row []any) (from, to string) {
	l, c := s.Letter, b.Policy().Controller
	person, us := addresses(firstOf(s, row, l.Address)), (&mail.Address{Name: c.Name, Address: c.Email}).String()
	if slices.Contains(l.Ours, valueOf(s, row, l.Way)) {
		return us, person
	}
	return person, us
}

// firstOf returns the first of the values that is not empty.
func firstOf(s *rights.Sheet, row []any, columns []string) (text string) {
	for _, column := range columns {
		text = cmp.Or(text, valueOf(s, row, column))
	}
	return text
}

// addresses writes what may be an address, or several, as a header can hold it.
func addresses(text string) string {
	text = oneLine(text)
	if text == "" {
		return "undisclosed:;"
	}
	if list, err := mail.ParseAddressList(text); err == nil {
		all := make([]string, len(list))
		for i, a := range list {
			all[i] = a.String()
		}
		return strings.Join(all, ", ")
	}
	return (&mail.Address{Name: text, Address: "unknown@copy.invalid"}).String()
}

// oneLine keeps text from becoming a header of its own.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}
