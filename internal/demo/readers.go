package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// Readers order the newsletter on the site and confirm from their mailbox, as anybody
// would. One of them never does, and one ends it again.
type Readers struct {
	Site    string // address of the site, without a final slash
	Mailbox *Mailbox
	Set     func(time.Time)
	Work    func(ctx context.Context) error
}

// reader orders on one evening, so many days before the last; ends it on another, if
// that is not 0.
type reader struct {
	left, ends  int
	email       string
	unconfirmed bool
}

var readers = []reader{
	{left: 33, email: "ida@leserin.example"}, {left: 18, email: "paul@werkstatt.example", ends: 4}, {left: 26, email: "noor@studio.example"},
	{left: 12, email: "tom@verein.example"}, {left: 6, email: "lea@laden.example"}, {left: 2, email: "max@neugierig.example", unconfirmed: true},
}

var versionField = regexp.MustCompile(`name="version" value="([^"]+)"`)

// Evening lets those order, confirm and leave whose day it is.
func (r *Readers) Evening(ctx context.Context, evening time.Time, left int) error {
	for i, each := range readers {
		at := evening.Add(3*time.Hour + time.Duration(i)*time.Minute)
		var err error
		switch left {
		case each.left:
			err = r.order(ctx, each, at)
		case each.ends:
			err = r.leave(ctx, each, at)
		}
		if err != nil {
			return fmt.Errorf("%s reads: %w", each.email, err)
		}
	}
	return nil
}

func (r *Readers) order(ctx context.Context, each reader, at time.Time) error {
	r.Set(at)
	form := r.Site + "/privacy/newsletter"
	page, err := ask(ctx, http.DefaultClient, http.MethodGet, form, nil)
	if err != nil {
		return err
	}
	version := versionField.FindStringSubmatch(page)
	if version == nil {
		return nil // the policy was edited: there is no form
	}
	if _, err := ask(ctx, http.DefaultClient, http.MethodPost, form, url.Values{"version": {version[1]}, "agree": {"yes"}, "email": {each.email}}); err != nil {
		return err
	}
	if err := r.Work(ctx); err != nil || each.unconfirmed {
		return err
	}
	return r.press(ctx, each, "/confirm/")
}

func (r *Readers) leave(ctx context.Context, each reader, at time.Time) error {
	r.Set(at)
	return r.press(ctx, each, "/leave/")
}

// press opens a link of the newest mail that has one, and presses the button there.
func (r *Readers) press(ctx context.Context, each reader, part string) error {
	link := r.Mailbox.linkFor(each.email, part)
	if link == "" {
		return nil
	}
	if _, err := ask(ctx, http.DefaultClient, http.MethodPost, link, url.Values{"do": {"yes"}}); err != nil {
		return err
	}
	return r.Work(ctx)
}
