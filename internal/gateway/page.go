package gateway

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/transform"

	"kept/internal/gateway/markup"
)

// eagerSize is up to which length, as the site sends it, a page is rewritten
// before its headers go out: it then has a length, and a site that breaks off
// is answered with a page that says so.
const eagerSize = 256 << 10

// governPage rewrites a page.
func (v *visit) governPage(res *http.Response) error {
	if res.StatusCode == http.StatusPartialContent {
		return errPart(res.StatusCode)
	}
	h := res.Header
	v.unshare(h)
	if tag := v.pageTag(h.Get("Etag")); tag != "" {
		h.Set("Etag", tag)
	} else {
		h.Del("Etag")
	}
	if document, known := v.isDocument(); res.StatusCode < 400 && v.in.Method == http.MethodGet && (document || !known) {
		v.gateway.Consent.Renew(headerOnly{h}, v.state)
	}
	length := res.ContentLength
	h.Del("Content-Length")
	res.ContentLength = -1
	if !hasBody(res) || length == 0 {
		return nil
	}
	body, err := v.rewrite(res, length < 0)
	if err != nil {
		return err
	}
	res.Body = body
	if length < 0 || length > eagerSize || len(res.Trailer) > 0 {
		return nil
	}
	if err := body.readAll(); err != nil {
		return errors.Join(err, body.Close())
	}
	res.ContentLength = int64(body.out.Len())
	h.Set("Content-Length", strconv.Itoa(body.out.Len()))
	return nil
}

// headerOnly lets cookies be set on headers that are not written yet.
type headerOnly struct{ h http.Header }

func (w headerOnly) Header() http.Header       { return w.h }
func (headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (headerOnly) WriteHeader(int)             {}

// body is a page that is rewritten as it is read.
type body struct {
	source  io.Reader // decoded, in an encoding that contains ASCII
	closers []func() error
	writer  *markup.Rewriter
	zip     *gzip.Writer // recompresses into out; nil if the page goes out plain
	out     *bytes.Buffer
	flush   bool // what arrives is passed on at once
	ended   bool
	err     error
}

var (
	rewriters = sync.Pool{New: func() any { return markup.New(io.Discard, markup.Options{}) }}
	outputs   = sync.Pool{New: func() any { return new(bytes.Buffer) }}
)

// largestKept bounds the buffers that are used again.
const largestKept = 1 << 20

// rewrite wraps the body of a page. One that comes as it is made goes on at once.
func (v *visit) rewrite(res *http.Response, live bool) (*body, error) {
	h := res.Header
	b := &body{closers: []func() error{res.Body.Close}, out: outputs.Get().(*bytes.Buffer), flush: live}
	b.out.Reset()
	source, codings, err := decodeBody(res.Body, h.Values("Content-Encoding"), b)
	if err != nil {
		return nil, errors.Join(errCoding(err), b.Close())
	}
	if b.source, err = recode(source, h); err != nil {
		return nil, errors.Join(errCoding(err), b.Close())
	}
	h.Del("Content-Encoding")
	var sink io.Writer = b.out
	if codings > 0 {
		if b.zip = newZip(v.in.Header.Values("Accept-Encoding"), b.out); b.zip != nil {
			h.Set("Content-Encoding", "gzip")
			h.Add("Vary", "Accept-Encoding")
			sink = b.zip
		}
	}
	b.writer = rewriters.Get().(*markup.Rewriter)
	b.writer.Reset(sink, markup.Options{Gate: &gate{visit: v}, Extent: v.extent(), Snippet: v.snippet})
	return b, nil
}

// extent says whether Kept's snippet belongs into the page.
func (v *visit) extent() markup.Extent {
	switch document, known := v.isDocument(); {
	case document:
		return markup.Document
	case known:
		return markup.Fragment
	}
	return markup.Unknown
}

// longestPrescan is how far browsers look for a <meta charset>.
const longestPrescan = 1024

// recode makes the encodings that a "<" cannot be found in into UTF-8, and
// pins the others to what browsers would find, so that they read what is read
// here.
func recode(source io.Reader, h http.Header) (io.Reader, error) {
	contentType := h.Get("Content-Type")
	need := 3 // a byte order mark
	if !strings.Contains(strings.ToLower(contentType), "charset") {
		need = longestPrescan
	}
	head := make([]byte, need)
	n, err := io.ReadFull(source, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	if rest, marked := bytes.CutPrefix(head, []byte("\xef\xbb\xbf")); marked {
		h["Content-Type"] = []string{"text/html; charset=utf-8"}
		return io.MultiReader(bytes.NewReader(rest), source), nil
	}
	if isUTF8(contentType) && (n < 2 || head[0] < 0xfe) {
		return io.MultiReader(bytes.NewReader(head), source), nil
	}
	encoding, name, certain := charset.DetermineEncoding(head, contentType)
	source = io.MultiReader(bytes.NewReader(head), source)
	switch name {
	case "utf-16le", "utf-16be", "iso-2022-jp":
		h["Content-Type"] = []string{"text/html; charset=utf-8"}
		return transform.NewReader(source, encoding.NewDecoder()), nil
	case "replacement":
		return nil, errors.New("the page is in an encoding that browsers refuse")
	}
	if certain {
		h["Content-Type"] = []string{"text/html; charset=" + name}
	} else {
		h["Content-Type"] = []string{"text/html"}
	}
	return source, nil
}

// isUTF8 reports in a glance that a Content-Type says UTF-8 and nothing else;
// only a byte order mark of UTF-16 is believed more.
func isUTF8(contentType string) bool {
	_, parameter, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(parameter), "charset=utf-8")
}

// sniff looks at the bytes of a response that does not say what it is, as
// browsers would, and says it.
func sniff(res *http.Response) (content, error) {
	if res.Header.Get("Content-Encoding") != "" {
		res.Header.Set("Content-Type", "application/octet-stream")
		res.Header.Set("X-Content-Type-Options", "nosniff")
		return other, nil
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(res.Body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return other, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head[:n]), res.Body), res.Body}
	found := http.DetectContentType(head[:n])
	if found == "text/html; charset=utf-8" {
		found = "text/html" // the encoding is not known yet
	}
	res.Header["Content-Type"] = []string{found}
	return classify(res.Header), nil
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	for b.out.Len() == 0 && !b.ended {
		b.fill()
	}
	if b.out.Len() > 0 {
		return b.out.Read(p)
	}
	if b.err != nil {
		return 0, b.err
	}
	return 0, io.EOF
}

// readAll rewrites the whole page.
func (b *body) readAll() error {
	for !b.ended {
		b.fill()
	}
	return b.err
}

// fill rewrites the next piece.
func (b *body) fill() {
	in := bufferPool.Get().(*[32 << 10]byte)
	defer bufferPool.Put(in)
	n, err := b.source.Read(in[:])
	if n > 0 {
		_, b.err = b.writer.Write(in[:n])
	}
	if b.err == nil && err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	switch {
	case b.err != nil:
		b.ended = true
	case err != nil:
		b.ended = true
		b.err = b.writer.Close()
		if b.zip != nil {
			b.err = errors.Join(b.err, b.zip.Close())
		}
	case b.zip != nil && b.flush:
		b.err = b.zip.Flush()
	}
}

// Close implements io.Closer and gives the buffers back.
func (b *body) Close() error {
	var err error
	for _, c := range b.closers {
		err = errors.Join(err, c())
	}
	b.closers = nil
	if b.zip != nil {
		gzips.Put(b.zip)
		b.zip = nil
	}
	if b.writer != nil {
		b.writer.Reset(io.Discard, markup.Options{})
		rewriters.Put(b.writer)
		b.writer = nil
	}
	if b.out != nil && b.out.Cap() <= largestKept {
		outputs.Put(b.out)
	}
	b.out, b.ended = new(bytes.Buffer), true
	return err
}

func newNonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawStdEncoding.EncodeToString(b[:])
}
