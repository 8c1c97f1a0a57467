package main

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kept/internal/store/event"
)

// visitor is a browser without JavaScript.
type visitor struct {
	site    string
	client  *http.Client
	header  http.Header
	cookies map[string]string
}

func newVisitor(site string) *visitor {
	return &visitor{
		site: site, cookies: map[string]string{}, client: newClient(nil),
		header: http.Header{
			"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"},
			"Accept-Language": {"en"}, "Sec-Fetch-Site": {"same-origin"},
		},
	}
}

// newClient returns a client that follows nothing and trusts what t says.
func newClient(t *tls.Config) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: t, MaxIdleConnsPerHost: 16, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
	}
}

// from has the visitor come through a proxy that says where from.
func (v *visitor) from(address string) *visitor {
	v.header.Set("X-Forwarded-For", address)
	return v
}

// answer is a response whose body was read to its end.
type answer struct {
	*http.Response
	body string
}

// want returns an error unless the answer has this status.
func (a answer) want(status int) error {
	if a.StatusCode != status {
		return fmt.Errorf("%s %s: %s, wanted %d\n%s", a.Request.Method, a.Request.URL.Path, a.Status, status, a.body)
	}
	return nil
}

func (v *visitor) do(method, address, mime, body string) (answer, error) {
	if strings.HasPrefix(address, "/") {
		address = v.site + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header = v.header.Clone()
	if mime != "" {
		r.Header.Set("Content-Type", mime)
	} else {
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Dest", "document")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	got, err := v.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, err
	}
	for _, c := range got.Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return answer{got, string(read)}, nil
}

func (v *visitor) get(path string) (answer, error) { return v.do(http.MethodGet, path, "", "") }

func (v *visitor) post(path string, form url.Values) (answer, error) {
	return v.do(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
}

// choose answers the banner: accept or refuse. Who accepts names the text that
// it was shown.
func (v *visitor) choose(choice string) (answer, error) {
	form := url.Values{"choice": {choice}, "source": {"banner"}, "back": {"/"}, "lang": {"en"}}
	if choice == "accept" {
		settings, err := v.get("/privacy/settings")
		if err != nil {
			return settings, err
		}
		if m := noticeField.FindStringSubmatch(settings.body); m != nil {
			form.Set("notice", m[1])
		}
	}
	return v.post("/privacy/choice", form)
}

// noticeField is where a form names the text that its reader was shown.
var noticeField = regexp.MustCompile(`name="notice" value="([^"]*)"`)

// decision is the id of the decision that the browser remembers; empty if it
// has not accepted anything.
func (v *visitor) decision() string {
	if parts := strings.Split(v.cookies["kept_choice"], "/"); parts[0] == "yes" && len(parts) > 1 {
		return parts[1]
	}
	return ""
}

// view sends what the collector sends for a page that was looked at.
func (v *visitor) view(page string) (id int64, _ answer, _ error) {
	id = event.NewID(time.Now())
	body, err := json.Marshal(map[string]any{"v": 1, "events": []map[string]any{
		{"id": strconv.FormatInt(id, 10), "t": "page_view", "u": page, "l": "en", "w": 1440, "h": 900},
	}})
	if err != nil {
		return 0, answer{}, err
	}
	got, err := v.do(http.MethodPost, "/privacy/events", "application/json", string(body))
	return id, got, err
}

// receipt fetches the receipt of the decision that the browser remembers.
func (v *visitor) receipt() (answer, error) {
	got, err := v.get("/privacy/receipts/" + v.decision())
	if err != nil {
		return got, err
	}
	return got, got.want(http.StatusOK)
}

// accepts is a visit in short: a look, an acceptance, an event.
func (v *visitor) accepts() error {
	got, err := v.get("/")
	if err == nil {
		err = got.want(http.StatusOK)
	}
	if err != nil {
		return err
	}
	if got, err = v.choose("accept"); err == nil {
		err = got.want(http.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	if _, got, err = v.view("/"); err != nil {
		return err
	}
	return got.want(http.StatusNoContent)
}

// signsIn redeems a link that `kept user invite` printed.
func (v *visitor) signsIn(link string) error {
	got, err := v.post(strings.TrimSpace(link), nil)
	if err != nil {
		return err
	}
	return got.want(http.StatusSeeOther)
}

// anywhere draws an address that no other visitor of a test has.
func anywhere() string {
	var b [3]byte
	rand.Read(b[:])
	return fmt.Sprintf("84.%d.%d.%d", b[0], b[1], b[2])
}
