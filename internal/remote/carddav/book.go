package carddav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"kept/internal/fault"
)

// ErrExpired says that what changed since a token cannot be told any more.
var ErrExpired = errors.New("the server does not know any more what changed since then")

// Entry is a card in a book: its name there, and a tag that changes with it.
type Entry struct {
	Name string
	Tag  string
	Text string // the card itself, where it was asked for
}

// multistatus is the answer to questions about many things (RFC 4918, 13).
type multistatus struct {
	Responses []struct {
		Href   string `xml:"DAV: href"`
		Status string `xml:"DAV: status"`
		Props  []struct {
			Status string `xml:"DAV: status"`
			Prop   struct {
				Etag string `xml:"DAV: getetag"`
				Type struct {
					Collection *struct{} `xml:"DAV: collection"`
					Book       *struct{} `xml:"urn:ietf:params:xml:ns:carddav addressbook"`
				} `xml:"DAV: resourcetype"`
				Token string `xml:"DAV: sync-token"`
				Ctag  string `xml:"http://calendarserver.org/ns/ getctag"`
				Data  string `xml:"urn:ietf:params:xml:ns:carddav address-data"`
			} `xml:"DAV: prop"`
		} `xml:"DAV: propstat"`
	} `xml:"DAV: response"`
	Token string `xml:"DAV: sync-token"`
}

// ask makes a request whose answer is about many things.
func (b *Book) ask(ctx context.Context, method, depth, body string) (m multistatus, err error) {
	a, err := b.do(ctx, call{
		method: method, path: b.path, body: []byte(xml.Header + body),
		header: map[string]string{"Content-Type": "application/xml; charset=utf-8", "Depth": depth},
	})
	if err != nil {
		return m, err
	}
	if err := xml.Unmarshal(a.body, &m); err != nil {
		return m, fault.New(fault.Unavailable, "at this address no CardDAV server answers: %w", err)
	}
	return m, nil
}

const spaces = `xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"`

// Is returns NotFound if there is no such book, Invalid if what is there is none.
func (b *Book) Is(ctx context.Context) error {
	m, err := b.ask(ctx, "PROPFIND", "0", `<propfind `+spaces+`><prop><resourcetype/></prop></propfind>`)
	if err != nil {
		return err
	}
	for _, r := range m.Responses {
		for _, p := range r.Props {
			if p.Prop.Type.Book != nil {
				return nil
			}
		}
	}
	return fault.New(fault.Invalid, "what is at this address is no address book")
}

// Make makes the book (RFC 5689), unless it is there, and reports whether it did.
func (b *Book) Make(ctx context.Context, title string) (made bool, err error) {
	if err = b.Is(ctx); !fault.Is(err, fault.NotFound) {
		return false, err
	}
	var name bytes.Buffer
	if err := xml.EscapeText(&name, []byte(title)); err != nil {
		return false, fault.New(fault.Invalid, "the name of a book cannot be written: %w", err)
	}
	_, err = b.do(ctx, call{
		method: "MKCOL", path: b.path, writes: true, header: map[string]string{"Content-Type": "application/xml; charset=utf-8"},
		body: []byte(xml.Header + `<mkcol ` + spaces + `><set><prop><resourcetype><collection/><C:addressbook/></resourcetype><displayname>` + name.String() + `</displayname></prop></set></mkcol>`),
	})
	if err != nil {
		return false, fmt.Errorf("make an address book: %w", err)
	}
	return true, nil
}

// RemoveEmpty removes the book if there is no card in it, and reports whether it is gone.
func (b *Book) RemoveEmpty(ctx context.Context) (bool, error) {
	some := false
	_, err := b.Changes(ctx, "", func(Entry) error { some = true; return nil }, func(string) error { return nil })
	if err == nil && !some {
		_, err = b.do(ctx, call{method: http.MethodDelete, path: b.path, writes: true})
	}
	switch {
	case fault.Is(err, fault.NotFound):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("remove an address book: %w", err)
	}
	return !some, nil
}

// names are the cards of an answer; gone are those that it says are not there.
func (b *Book) names(m multistatus, each func(Entry) error, gone func(name string) error) error {
	for _, r := range m.Responses {
		at, err := url.PathUnescape(r.Href)
		if err != nil {
			continue
		}
		if u, err := url.Parse(r.Href); err == nil && u.Path != "" {
			at = u.Path
		}
		if path.Clean(at) == path.Clean(b.path) || path.Dir(path.Clean(at)) != path.Clean(b.path) {
			continue // the book itself, or what lies elsewhere
		}
		name := path.Base(at)
		if strings.Contains(r.Status, " 404") {
			if err := gone(name); err != nil {
				return err
			}
			continue
		}
		e := Entry{Name: name}
		for _, p := range r.Props {
			if p.Status == "" || strings.Contains(p.Status, " 200") {
				e.Tag, e.Text = p.Prop.Etag, p.Prop.Data
			}
		}
		if e.Tag == "" && e.Text == "" {
			continue
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// The kinds of token.
const (
	byToken = "sync:" // RFC 6578
	byTag   = "ctag:" // of the whole book
)

// Changes calls each with the cards that changed since a token of an earlier
// reading, with all if it is empty, and returns the token for the next time. Cards
// come without their text. ErrExpired if everything has to be read again.
func (b *Book) Changes(ctx context.Context, since string, each func(Entry) error, gone func(name string) error) (next string, err error) {
	if strings.HasPrefix(since, byTag) {
		return b.unless(ctx, since)
	}
	m, err := b.ask(ctx, "REPORT", "0", `<sync-collection `+spaces+`><sync-token>`+escaped(strings.TrimPrefix(since, byToken))+`</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`)
	switch {
	case errors.Is(err, errUnknown) || since == "" && fault.Is(err, fault.Invalid) || since == "" && fault.Is(err, fault.Forbidden):
		return b.list(ctx, each) // the server knows no such request
	case err != nil:
		return "", err
	case m.Token == "":
		return b.list(ctx, each)
	}
	return byToken + m.Token, b.names(m, each, gone)
}

// unless asks for the book's tag and returns ErrExpired if it is another one.
func (b *Book) unless(ctx context.Context, since string) (string, error) {
	tag, err := b.tag(ctx)
	if err == nil && byTag+tag != since {
		err = ErrExpired
	}
	return since, err
}

func (b *Book) tag(ctx context.Context) (string, error) {
	m, err := b.ask(ctx, "PROPFIND", "0", `<propfind `+spaces+`><prop><S:getctag/><getetag/></prop></propfind>`)
	if err != nil {
		return "", err
	}
	for _, r := range m.Responses {
		for _, p := range r.Props {
			if p.Prop.Ctag != "" {
				return p.Prop.Ctag, nil
			}
		}
	}
	return "", nil
}

// list reads the whole book, its tag first: what changes meanwhile shows the next
// time.
func (b *Book) list(ctx context.Context, each func(Entry) error) (next string, err error) {
	tag, err := b.tag(ctx)
	if err != nil {
		return "", err
	}
	m, err := b.ask(ctx, "PROPFIND", "1", `<propfind `+spaces+`><prop><getetag/></prop></propfind>`)
	if err != nil {
		return "", err
	}
	if tag != "" {
		next = byTag + tag
	}
	return next, b.names(m, each, func(string) error { return nil })
}

// most is how many cards are asked for at once.
const most = 100

// Read calls each with cards by their names, with their text. What is gone is left
// out.
func (b *Book) Read(ctx context.Context, names []string, each func(Entry) error) error {
	for some := range slices.Chunk(names, most) {
		var body strings.Builder
		body.WriteString(`<C:addressbook-multiget ` + spaces + `><prop><getetag/><C:address-data/></prop>`)
		for _, name := range some {
			body.WriteString("<href>" + escaped((&url.URL{Path: b.at(name)}).EscapedPath()) + "</href>")
		}
		body.WriteString(`</C:addressbook-multiget>`)
		m, err := b.ask(ctx, "REPORT", "1", body.String())
		if err == nil {
			err = b.names(m, func(e Entry) error {
				if e.Text == "" {
					return nil
				}
				return each(e)
			}, func(string) error { return nil })
		}
		if err != nil {
			return fmt.Errorf("read cards: %w", err)
		}
	}
	return nil
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

// Get returns one card, NotFound if there is none.
func (b *Book) Get(ctx context.Context, name string) (Entry, error) {
	a, err := b.do(ctx, call{method: http.MethodGet, path: b.at(name)})
	if err != nil {
		return Entry{}, err
	}
	return Entry{Name: name, Tag: a.etag, Text: string(a.body)}, nil
}

// Put writes a card: with a tag only if the card still has it, without one only if
// there is none. Conflict otherwise.
func (b *Book) Put(ctx context.Context, e Entry) error {
	header := map[string]string{"Content-Type": "text/vcard; charset=utf-8", "If-None-Match": "*"}
	if e.Tag != "" {
		delete(header, "If-None-Match")
		header["If-Match"] = e.Tag
	}
	_, err := b.do(ctx, call{method: http.MethodPut, path: b.at(e.Name), body: []byte(e.Text), header: header, writes: true})
	return err
}

// Delete removes a card. One that is gone already is no error.
func (b *Book) Delete(ctx context.Context, name string) error {
	_, err := b.do(ctx, call{method: http.MethodDelete, path: b.at(name), writes: true})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
