package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// visitor is one browser: an address, an agent, a language, a temper, and the
// cookies it was given.
type visitor struct {
	site      string
	address   string
	agent     string
	language  string
	referrer  string
	answer    answer
	gpc       bool
	cookies   map[string]string
	notice    string // the text that the last page with a form was shown under
	client    *http.Client
	rand      *rand.Rand
	withdraws bool
}

// answer is what a visitor does with the banner.
type answer int

const (
	ignores answer = iota
	refuses
	accepts
	statisticsOnly
)

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
}

var referrers = []string{
	"", "", "", "https://suchmaschine.example/", "https://suchmaschine.example/", "https://social.example/musteragentur",
	"https://stadtblatt.example/wirtschaft", "https://baeckerei.example/danke",
}

// networks gives the visitors their addresses: prefixes of providers in several
// countries, the host part is drawn.
var networks = []string{"84.44.", "84.44.", "91.12.", "91.12.", "79.200.", "77.118.", "85.0.", "81.56.", "86.80.", "24.48.", "82.28."}

var walks = map[string][]string{
	"de": {"/", "/leistungen.html", "/referenzen.html", "/kontakt.html", "/suche.html?q=plakat", "/leistungen.html", "/"},
	"en": {"/en/", "/en/work.html", "/en/contact.html", "/en/"},
}

func newVisitor(site string, client *http.Client, r *rand.Rand) *visitor {
	v := &visitor{site: site, client: client, rand: r, cookies: map[string]string{}}
	v.address = networks[r.IntN(len(networks))] + strconv.Itoa(1+r.IntN(250)) + "." + strconv.Itoa(1+r.IntN(250))
	v.agent = agents[r.IntN(len(agents))]
	v.language = "de"
	if r.IntN(5) == 0 {
		v.language = "en"
	}
	v.referrer = referrers[r.IntN(len(referrers))]
	switch n := r.IntN(100); {
	case n < 38:
		v.answer = accepts
	case n < 54:
		v.answer = statisticsOnly
	case n < 88:
		v.answer = refuses
	}
	v.gpc = r.IntN(12) == 0
	v.withdraws = r.IntN(25) == 0
	return v
}

// visit walks some pages of the site at the moment now.
func (v *visitor) visit(ctx context.Context, now time.Time) error {
	walk := walks[v.language]
	pages := walk[:1+v.rand.IntN(len(walk))]
	for i, page := range pages {
		if err := v.get(ctx, page, v.referrer); err != nil {
			return err
		}
		if i == 0 && v.cookies["kept_choice"] == "" {
			if err := v.choose(ctx, page); err != nil {
				return err
			}
		}
		if err := v.measure(ctx, page, i, now.Add(time.Duration(i)*40*time.Second)); err != nil {
			return err
		}
		v.referrer = v.site + page
	}
	if v.withdraws && v.rand.IntN(2) == 0 {
		return v.post(ctx, "/privacy/choice", url.Values{"choice": {"refuse"}, "source": {"settings"}, "back": {"/"}})
	}
	return nil
}

func (v *visitor) choose(ctx context.Context, page string) error {
	form := url.Values{"source": {"banner"}, "lang": {v.language}, "notice": {v.notice}, "back": {page}}
	switch v.answer {
	case ignores:
		return nil
	case refuses:
		form.Set("choice", "refuse")
	case accepts:
		form.Set("choice", "accept")
	case statisticsOnly:
		form.Set("choice", "save")
		form.Set("group", "statistics")
	}
	return v.post(ctx, "/privacy/choice", form)
}

// event is one line of what the collector in the page sends.
type event struct {
	ID       string `json:"id"`
	Type     string `json:"t"`
	Page     string `json:"u"`
	Referrer string `json:"r,omitempty"`
	Value    string `json:"x,omitempty"`
	Language string `json:"l,omitempty"`
	Width    int    `json:"w,omitempty"`
	Height   int    `json:"h,omitempty"`
}

// measure sends what the collector of a consenting browser would send.
func (v *visitor) measure(ctx context.Context, page string, step int, now time.Time) error {
	if v.answer != accepts && v.answer != statisticsOnly {
		return nil
	}
	events := []event{{Type: "page_view", Page: page, Referrer: v.referrer, Language: v.language, Width: 1440, Height: 900}}
	if step == 0 {
		events = append(events, event{Type: "session_start", Page: page})
	}
	if v.rand.IntN(3) == 0 {
		events = append(events, event{Type: "scroll", Page: page, Value: "90"})
	}
	switch {
	case strings.HasPrefix(page, "/suche"):
		events = append(events, event{Type: "search", Page: page, Value: "plakat"})
	case strings.Contains(page, "referenzen") && v.rand.IntN(4) == 0:
		events = append(events, event{Type: "download", Page: page, Value: "/mappe.pdf"})
	case strings.Contains(page, "leistungen") && v.rand.IntN(6) == 0:
		events = append(events, event{Type: "outbound", Page: page, Value: "https://de.wikipedia.org/wiki/Typografie"})
	}
	for i := range events {
		id := now.UnixMilli()<<22 | int64(v.rand.IntN(1<<22))
		events[i].ID = strconv.FormatInt(id, 10)
	}
	body, err := json.Marshal(map[string]any{"v": 1, "events": events})
	if err != nil {
		return fmt.Errorf("encode events: %w", err)
	}
	return v.do(ctx, http.MethodPost, "/privacy/events", "application/json", body, v.site+page)
}

func (v *visitor) get(ctx context.Context, path, referrer string) error {
	return v.do(ctx, http.MethodGet, path, "", nil, referrer)
}

func (v *visitor) post(ctx context.Context, path string, form url.Values) error {
	return v.do(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", []byte(form.Encode()), v.site+"/")
}

// noticeField is where a form names the text that its reader was shown.
var noticeField = regexp.MustCompile(`name="notice" value="([^"]*)"`)

// do sends one request as this browser would and keeps the cookies it gets. A
// refusal by the site (4xx) is part of life; an error of the server is not.
func (v *visitor) do(ctx context.Context, method, path, mime string, body []byte, referrer string) error {
	r, err := http.NewRequestWithContext(ctx, method, v.site+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("visit %s: %w", path, err)
	}
	r.Header.Set("User-Agent", v.agent)
	r.Header.Set("Accept-Language", v.language)
	r.Header.Set("X-Forwarded-For", v.address)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodGet {
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Dest", "document")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
	} else {
		r.Header.Set("Content-Type", mime)
	}
	if referrer != "" {
		r.Header.Set("Referer", referrer)
	}
	if v.gpc {
		r.Header.Set("Sec-GPC", "1")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := v.client.Do(r)
	if err != nil {
		return fmt.Errorf("visit %s: %w", path, err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("visit %s: %w", path, err)
	}
	if m := noticeField.FindSubmatch(page); m != nil {
		v.notice = string(m[1])
	}
	for _, c := range answer.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	if answer.StatusCode >= 500 {
		return fmt.Errorf("visit %s: the site answered %s", path, answer.Status)
	}
	return nil
}
