package gateway

import (
	"bufio"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxCodings bounds codings inside codings.
const maxCodings = 3

// decodeBody undoes the content codings of a body, and returns how many there
// were.
func decodeBody(source io.Reader, fields []string, b *body) (io.Reader, int, error) {
	var codings []string
	for _, c := range strings.Split(strings.Join(fields, ","), ",") {
		if c = strings.ToLower(strings.TrimSpace(c)); c != "" && c != "identity" {
			codings = append(codings, c)
		}
	}
	if len(codings) > maxCodings {
		return nil, 0, errors.New("too many content codings")
	}
	for i := len(codings) - 1; i >= 0; i-- {
		var err error
		if source, err = decode(source, codings[i], b); err != nil {
			return nil, 0, err
		}
	}
	return source, len(codings), nil
}

func decode(source io.Reader, coding string, b *body) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return unzip(source, b)
	case "br":
		return brotli.NewReader(source), nil
	case "zstd":
		z, err := zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, err
		}
		b.closers = append(b.closers, func() error { z.Close(); return nil })
		return z, nil
	case "deflate": // zlib, but some servers send the bare form
		peek := bufio.NewReader(source)
		if head, err := peek.Peek(2); err == nil && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return zlib.NewReader(peek)
		}
		return flate.NewReader(peek), nil
	}
	return nil, fmt.Errorf("the content coding %q is not known", coding)
}

// unzips are used again: each has a window of 32 KiB.
var unzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

func unzip(source io.Reader, b *body) (io.Reader, error) {
	z := unzips.Get().(*gzip.Reader)
	if err := z.Reset(source); err != nil {
		return nil, err
	}
	b.closers = append(b.closers, func() error { unzips.Put(z); return nil })
	return z, nil
}

// Pages are compressed for one visitor, once, so the level is low. At this one gzip
// takes a quarter of brotli's time at its level 2 for a twentieth more bytes, and
// every browser takes it.
const gzipLevel = 3

var gzips = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(io.Discard, gzipLevel); return w }} // the level is valid

// newZip returns a writer that compresses into to, nil if the visitor takes no
// gzip. It goes back into gzips.
func newZip(accept []string, to io.Writer) *gzip.Writer {
	if !accepts(accept, "gzip") {
		return nil
	}
	w := gzips.Get().(*gzip.Writer)
	w.Reset(to)
	return w
}
