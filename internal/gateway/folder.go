package gateway

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"
)

// Folder is a site of files. Paths never leave root, folders are not listed,
// and names that begin with a dot are not there, .well-known excepted.
func Folder(root *os.Root) Site {
	return Site{target: &url.URL{Scheme: "http", Host: "folder"}, transport: answering{tree{root}}}
}

// Nowhere is the site of an instance that serves Kept's own pages only, for
// pages served elsewhere that embed its script.
func Nowhere() Site {
	missing := func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "The privacy center is at /privacy.", http.StatusNotFound)
	}
	return Site{target: &url.URL{Scheme: "http", Host: "nowhere"}, transport: answering{http.HandlerFunc(missing)}}
}

// tree serves the files below root.
type tree struct{ root *os.Root }

// ServeHTTP implements http.Handler.
func (f tree) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if hidden(name) {
		f.missing(w, r)
		return
	}
	if name == "" || strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	err := f.serve(w, r, name, http.StatusOK)
	switch {
	case errors.Is(err, errIsFolder):
		redirect := *r.URL
		redirect.Path, redirect.RawPath = "/"+name+"/", ""
		w.Header().Set("Location", redirect.RequestURI())
		w.WriteHeader(http.StatusMovedPermanently)
	case err != nil:
		f.missing(w, r)
	}
}

// missing answers with the folder's own 404.html, if it has one.
func (f tree) missing(w http.ResponseWriter, r *http.Request) {
	if f.serve(w, r, "404.html", http.StatusNotFound) != nil {
		http.NotFound(w, r)
	}
}

// hidden reports whether a part of name begins with a dot.
func hidden(name string) bool {
	for _, part := range strings.Split(name, "/") {
		if strings.HasPrefix(part, ".") && part != ".well-known" {
			return true
		}
	}
	return strings.ContainsRune(name, 0)
}

var errIsFolder = errors.New("is a folder")

// serve answers with a file. An error means that nothing was written.
func (f tree) serve(w http.ResponseWriter, r *http.Request, name string, status int) error {
	file, err := f.root.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errIsFolder
	case !info.Mode().IsRegular():
		return fs.ErrNotExist
	}
	if status != http.StatusOK {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			io.Copy(w, file) // a reader who left needs no answer
		}
		return nil
	}
	w.Header().Set("Etag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	http.ServeContent(w, r, name, info.ModTime(), file)
	return nil
}

// answering is a handler as the far side of a request.
type answering struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	read, write := io.Pipe()
	w := &handed{header: http.Header{}, body: write, ready: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		write.Close() // never fails
	}()
	select {
	case <-w.ready:
	case <-r.Context().Done():
		read.CloseWithError(r.Context().Err())
		<-done
		return nil, r.Context().Err()
	}
	res := &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: read, ContentLength: -1, Request: r,
	}
	if n := w.sent.Get("Content-Length"); n != "" {
		if _, err := fmt.Sscan(n, &res.ContentLength); err != nil {
			return nil, errors.Join(fmt.Errorf("read the length: %w", err), read.Close())
		}
	}
	return res, nil
}

// handed is the ResponseWriter of answering.
type handed struct {
	header, sent http.Header
	status       int
	body         *io.PipeWriter
	once         sync.Once
	ready        chan struct{}
}

// Header implements http.ResponseWriter.
func (h *handed) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *handed) WriteHeader(status int) {
	h.once.Do(func() {
		h.status, h.sent = status, h.header.Clone()
		close(h.ready)
	})
}

// Write implements io.Writer.
func (h *handed) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}
