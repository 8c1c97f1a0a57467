package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Guests are people who book appointments on the site.
type Guests struct {
	Site     string // address of the site behind the gateway, without a final slash
	Activity string // the policy's entry
	Type     string // of appointment
}

// guests are who books, the last of whom cancels.
var guests = []struct{ First, Last, Email, Message string }{
	{"Hannah", "Weber", "hannah.weber@baeckerei.example", "Schilder für die neue Filiale"},
	{"Mehmet", "Yılmaz", "mehmet@werkstatt.example", "Neue Website"},
	{"Claire", "Dubois", "claire.dubois@atelier.example", "A catalogue in two languages"},
	{"Jonas", "Keller", "jonas.keller@verein.example", "Plakat zum Sommerfest"},
}

// Book has each of the guests book a free time, some days apart, as the page's
// program does; the last one cancels again.
func (g Guests) Book(ctx context.Context) error {
	address := g.Site + "/privacy/booking/api/" + g.Activity + "/" + g.Type
	for i, guest := range guests {
		var free struct {
			Slots []struct {
				Start time.Time `json:"start"`
			} `json:"slots"`
		}
		if err := g.ask(ctx, http.MethodGet, address, "", nil, i, &free); err != nil {
			return fmt.Errorf("ask for free times: %w", err)
		}
		if len(free.Slots) == 0 {
			return nil
		}
		order, err := json.Marshal(map[string]any{"start": free.Slots[min(i*7, len(free.Slots)-1)].Start, "first_name": guest.First, "last_name": guest.Last,
			"email": guest.Email, "message": guest.Message, "language": "de", "time_zone": "Europe/Berlin"})
		if err != nil {
			return fmt.Errorf("book: %w", err)
		}
		var made struct{ Link string }
		if err := g.ask(ctx, http.MethodPost, address, "application/json", order, i, &made); err != nil {
			return fmt.Errorf("book: %w", err)
		}
		if i < len(guests)-1 {
			continue
		}
		if err := g.cancel(ctx, made.Link, i); err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
	}
	return nil
}

// cancel presses the button of an appointment's page, once the page is there.
func (g Guests) cancel(ctx context.Context, link string, guest int) error {
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		err = g.ask(ctx, http.MethodPost, g.Site+u.Path+"/cancel", "application/x-www-form-urlencoded", []byte("do=yes"), guest, nil)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C: // a job settles what was booked
		}
	}
	return err
}

func (g Guests) ask(ctx context.Context, method, address, mime string, body []byte, guest int, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("%s7.%d", networks[guest%len(networks)], guest+1))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if mime != "" {
		r.Header.Set("Content-Type", mime)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode >= 400 {
		return fmt.Errorf("the site answered %s", answer.Status)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
