package accesslog

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"kept/internal/address"
	"kept/internal/fault"
	"kept/internal/store/event"
)

// run writes what is queued until the last mark.
func (l *Log) run() {
	defer close(l.done)
	for {
		batch, mark := l.gather()
		l.write(context.Background(), batch)
		if mark.written != nil {
			close(mark.written)
		}
		if mark.last {
			l.told.at = time.Time{} // what was lost last is told in any case
			l.confess(context.Background())
			return
		}
	}
}

// gather waits for an entry and for those that come soon after it. It returns
// early at a mark.
func (l *Log) gather() (batch []Entry, mark item) {
	first := <-l.queue
	if first.written != nil {
		return nil, first
	}
	batch = append(batch, first.entry)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = l.env.Clock.Sleep(ctx, linger) // cut short when the batch is full
	}()
	for len(batch) < batchSize {
		select {
		case next := <-l.queue:
			if next.written != nil {
				return batch, next
			}
			batch = append(batch, next.entry)
		case <-over:
			return batch, item{}
		}
	}
	return batch, item{}
}

// write stores a batch. While the database does not answer it waits, and entries
// queue up behind; what cannot be stored at all is lost and counted.
func (l *Log) write(ctx context.Context, batch []Entry) {
	p := l.current()
	if p == nil || len(batch) == 0 {
		return
	}
	if err := l.refresh(ctx); err != nil {
		l.env.Log.Error("the incidents in force cannot be read", "error", err)
	}
	entries, addresses := l.rows(p, batch)
	if err := l.keep(ctx, entryTable, entries); err != nil {
		l.dropped.Add(int64(len(entries)))
		l.env.Log.Error("entries of the access log are lost", "count", len(entries), "error", err)
		return
	}
	if err := l.keep(ctx, addressTable, addresses); err != nil {
		l.env.Log.Error("addresses of the access log are lost", "count", len(addresses), "error", err)
	}
	l.confess(ctx)
}

// rows returns what of a batch may lie in the log.
func (l *Log) rows(p *plan, batch []Entry) (entries, addresses []event.Row) {
	for _, e := range batch {
		at := p.moment(e.At)
		id := l.id(p, at)
		entries = append(entries, event.Row{ID: id, At: at, Values: p.values(e, l)})
		if e.Client.IsValid() && l.keepsAddress(p, e.At) {
			addresses = append(addresses, event.Row{ID: id, At: at, Values: []any{e.Client.Unmap().WithZone("").String()}})
		}
	}
	return entries, addresses
}

// keep stores rows, trying again until the database answers or the log closes.
// An id names its row, so that what was stored half is not there twice.
func (l *Log) keep(ctx context.Context, table string, rows []event.Row) error {
	if len(rows) == 0 {
		return nil
	}
	for waits := false; ; waits = true {
		err := l.store(ctx, table, rows...)
		if err == nil || !fault.Is(err, fault.Unavailable) {
			return err
		}
		if !waits {
			l.env.Log.Warn("the access log waits for the database", "room for entries", queued-len(l.queue), "error", err)
		}
		if l.env.Clock.Sleep(l.closing, again) != nil {
			return err
		}
	}
}

// keepsAddress reports whether the full address of a request at t may be
// written: its rule keeps it for some time, or a declared incident covers it.
func (l *Log) keepsAddress(p *plan, t time.Time) bool {
	if p.form[fieldAddress] == full {
		return true
	}
	i := l.incident.Load()
	return i != nil && i.covers(t) && p.activity.Has(fieldAddress)
}

// moment returns the time that lies in the log. The day stays in any case: the
// periods run from it.
func (p *plan) moment(t time.Time) time.Time {
	switch p.form[fieldTime] {
	case full:
		return t.UTC().Truncate(time.Millisecond)
	case anonymised:
		return t.UTC().Truncate(time.Hour)
	}
	return t.UTC().Truncate(24 * time.Hour)
}

// id returns an entry's id. An id holds the time, so where that is coarse many
// entries share one millisecond and its 22 bits; they are then dealt out without
// repetition, in an order that tells nothing about that of the requests.
func (l *Log) id(p *plan, at time.Time) int64 {
	if p.form[fieldTime] == full {
		return event.NewID(at)
	}
	return at.UnixMilli()<<22 | int64(l.deal.next())
}

// values returns an entry's columns in the manifest's order, each in the form
// that the policy allows.
func (p *plan) values(e Entry, l *Log) []any {
	a := l.agents.Read(e.UserAgent)
	return []any{
		p.word(fieldAddress, address.Truncate(e.Client, p.cut)),
		p.word(fieldProvider, p.names.Of(e.Client)),
		p.word(fieldMethod, method(e.Method)),
		p.word(fieldURL, p.text(e.Path)),
		p.word(fieldReferrer, p.text(host(e.Referrer))),
		p.number(fieldStatus, int64(e.Status)),
		p.exact(fieldBytes, e.Bytes),
		p.word(fieldBrowser, a.Browser),
		p.word(fieldOS, a.OS),
		p.word(fieldDevice, a.Device),
	}
}

// word returns s if the field may lie in the log. Words are anonymous as they
// are made: addresses truncated, no query, no version below the first.
func (p *plan) word(field, s string) any {
	if p.form[field] == absent {
		return ""
	}
	return s
}

func (p *plan) number(field string, n int64) any {
	if p.form[field] == absent {
		return nil
	}
	return n
}

// exact is number for what singles a request out: anonymised it is gone.
func (p *plan) exact(field string, n int64) any {
	if p.form[field] != full {
		return nil
	}
	return n
}

// longestText bounds what a request can put into the log, in bytes.
const longestText = 1024

// text returns what the client sent as one bounded, printable line in which no
// address stands in full.
func (p *plan) text(s string) string {
	s, _, _ = strings.Cut(s, "?")
	s = strings.ToValidUTF8(s[:min(len(s), longestText)], "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
	return masked(s, p.cut)
}

// host returns the host name of a referrer.
func host(referrer string) string {
	u, err := url.Parse(referrer)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// method returns a method that RFC 9110 knows, else "OTHER".
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return m
	}
	return "OTHER"
}
