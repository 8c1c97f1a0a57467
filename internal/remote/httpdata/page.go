package httpdata

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kept/internal/fault"
)

// pages hands over the rows of all pages.
func (s *Source) pages(ctx context.Context, r *Request, values map[string]string, f func(map[string]any) error) error {
	address := s.address(r, values)
	seen := map[string]bool{}
	for page := 0; address != nil; page++ {
		if page == maxPages || seen[address.String()] {
			return fault.New(fault.Invalid, "%s %s has no end: %d pages, or the same one again; correct its paging", r.Method, r.Path, page)
		}
		seen[address.String()] = true
		a, err := s.call(ctx, r, address, values, nil)
		if err != nil {
			return err
		}
		if a.status >= 400 { // there is none
			return nil
		}
		rows, err := r.rows(a)
		if err != nil {
			return err
		}
		for _, item := range rows {
			if err := f(item); err != nil {
				return err
			}
		}
		if address, err = s.next(r, a, address, len(rows)); err != nil {
			return err
		}
	}
	return nil
}

// rows returns the rows of a page: a list, or one object that is the row.
func (r *Request) rows(a *answer) ([]map[string]any, error) {
	switch x := reach(a.body, r.Items).(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return []map[string]any{x}, nil
	case []any:
		rows := make([]map[string]any, 0, len(x))
		for _, item := range x {
			row, ok := item.(map[string]any)
			if !ok {
				return nil, fault.New(fault.Invalid, "%s %s answers a list of something else than objects; correct items", r.Method, r.Path)
			}
			rows = append(rows, row)
		}
		return rows, nil
	}
	return nil, fault.New(fault.Invalid, "%s %s answers no rows at %q; correct items", r.Method, r.Path, r.Items)
}

// next is where the next page is, nil at the end.
func (s *Source) next(r *Request, a *answer, now *url.URL, rows int) (*url.URL, error) {
	p := r.Paging
	switch {
	case p.Link:
		return s.linked(a.header, now)
	case p.Cursor != "":
		cursor := word(reach(a.body, p.Cursor))
		if cursor == "" {
			return nil, nil
		}
		return with(now, p.Param, cursor), nil
	case p.Param != "" && p.Size > 0 && rows >= p.Size:
		at, _ := strconv.Atoi(now.Query().Get(p.Param))
		return with(now, p.Param, strconv.Itoa(at+rows)), nil
	}
	return nil, nil
}

func with(address *url.URL, name, value string) *url.URL {
	next := *address
	query := next.Query()
	query.Set(name, value)
	next.RawQuery = query.Encode()
	return &next
}

// linked reads the relation next of the header Link. It stays on the host.
func (s *Source) linked(h http.Header, now *url.URL) (*url.URL, error) {
	for _, line := range h.Values("Link") {
		for _, link := range strings.Split(line, ",") {
			target, rest, ok := strings.Cut(strings.TrimSpace(link), ">")
			if !ok || !strings.HasPrefix(target, "<") || !isNext(rest) {
				continue
			}
			next, err := now.Parse(target[1:])
			if err != nil {
				return nil, fault.New(fault.Invalid, "the link to the next page cannot be read")
			}
			if next.Host != s.config.URL.Host || next.Scheme != s.config.URL.Scheme {
				return nil, fault.New(fault.Refused, "the next page is on another host, to which nothing leads")
			}
			return next, nil
		}
	}
	return nil, nil
}

func isNext(parameters string) bool {
	for _, p := range strings.Split(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(name, "rel") {
			continue
		}
		for _, rel := range strings.Fields(strings.Trim(value, `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}
