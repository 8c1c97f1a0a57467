package account

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// everything is every field of the kind.
var everything = []string{"email", "first_name", "last_name", "phone", "password", "passkeys", "microsoft_id", "role", "language", "sign_in"}

// policyOf is a policy whose entry lists fields; without fields it has none.
func policyOf(fields []string) string { return policyWith(fields, "[password, passkey]", "") }

func policyWith(fields []string, ways, settings string) string {
	entry := ""
	if fields != nil {
		entry = fmt.Sprintf(`
  account:
    purpose: essential.service.authentication
    basis: contract
    data: [%s]
    cookies: [{name: kept_session, session: true, purpose: {de: hält Sie angemeldet, en: keeps you signed in}}]
%s
    settings:
      sign_in: %s
%s
    retention:
%s
      - {from: expiry, keep: 90 days, then: delete}
      - {from: closed, keep: 30 days, then: delete}
      - {from: request, keep: 0 days, then: delete}
`, strings.Join(fields, ", "), originOf(fields), ways, settings, signInRule(fields))
	}
	return `kept: 1
notice: {version: 2026-01-01, languages: [de, en], jurisdiction: DE}
controller: {name: Musterhaus, address: Weg 1, email: post@haus.example, authority: {name: Behörde}, officer: {email: dpo@haus.example}}
measures: [tls]
recipients:
  entra: {name: Entra, address: Weg 2, country: IE, role: third-party, hosts: [login.entra.example], notice: "https://login.entra.example/privacy"}
activities:
  mail: {}` + entry
}

func originOf(fields []string) string {
	if !slices.Contains(fields, fieldMicrosoft) {
		return ""
	}
	return "    origin: {de: das Verzeichnis der Organisation, en: the organisation's directory}"
}

func signInRule(fields []string) string {
	if !slices.Contains(fields, fieldSignIn) {
		return ""
	}
	return "      - {data: sign_in, from: last-sign-in, keep: 90 days, then: delete}"
}

// start is a Monday morning.
var start = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)

// each runs a test in a house of its own on both databases.
func each(t *testing.T, f func(t *testing.T, h *house)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) { f(t, newHouse(t, place, policyOf(everything))) })
}

type house struct {
	*activitytest.House
	*Accounts
	t testing.TB
}

func newHouse(t testing.TB, place store.Config, policy string) *house {
	h := activitytest.Env(t, place, policy, clock.At(start), Kind{})
	return &house{h, h.Running(Name).(*Accounts), t}
}

func (h *house) fatal(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// home is where somebody sits; each person of a test has an address of their own.
func home(n int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}) }

const sentence = "a short sentence is fine"

// browser keeps a cookie and follows no redirect.
type browser struct {
	h      *house
	cookie *http.Cookie
	from   netip.Addr
}

func (h *house) browser(n int) *browser { return &browser{h: h, from: home(n)} }

// page is what a browser got.
type got struct {
	Status int
	To     string
	Body   string
	Header http.Header
}

func (b *browser) do(r *http.Request) got {
	r.RemoteAddr = netip.AddrPortFrom(b.from, 1234).String()
	r.Host = "portal.example.org"
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	answer := b.h.AtPortal(r)
	body := b.h.body(answer)
	for _, c := range answer.Cookies() {
		if b.cookie = c; c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	return got{answer.StatusCode, answer.Header.Get("Location"), body, answer.Header}
}

func (h *house) body(answer *http.Response) string {
	h.t.Helper()
	body, err := io.ReadAll(answer.Body)
	h.fatal(err)
	return string(body)
}

func (b *browser) get(path string) got { return b.do(httptest.NewRequest(http.MethodGet, path, nil)) }

func (b *browser) post(path string, values ...string) got {
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

var mailed = regexp.MustCompile(`https://portal\.example\.org(/[a-z-]+(?:/[A-Za-z0-9_-]+)?)`)

// link is the path of the latest link that was mailed to an address.
func (h *house) link(to string) string {
	h.t.Helper()
	h.Work()
	mails := h.Sink.To(to)
	for i := len(mails) - 1; i >= 0; i-- {
		if found := mailed.FindStringSubmatch(mails[i].Read().Text); found != nil {
			return found[1]
		}
	}
	h.t.Fatalf("no link was mailed to %s", to)
	return ""
}

func (h *house) token(to string) string {
	h.t.Helper()
	path := h.link(to)
	return path[strings.LastIndex(path, "/")+1:]
}

// register makes an account without a password and its customer, and returns a session
// in it: a hash takes its time.
func (h *house) register(n int, email string) Session {
	h.t.Helper()
	return h.registerWith(n, email, "")
}

func (h *house) registerWith(n int, email, password string) Session {
	h.t.Helper()
	ctx := context.Background()
	h.fatal(h.Register(ctx, home(n), email, "en"))
	token, err := h.Confirm(ctx, h.token(email), password, "en")
	h.fatal(err)
	return h.session(token)
}

// enter opens a session of an account as a sign-in does.
func (h *house) enter(account string) (token string) {
	h.t.Helper()
	e, err := h.entry()
	h.fatal(err)
	token, err = h.openProven(context.Background(), e, account, false, "1 = 1")
	h.fatal(err)
	return token
}

// invited has an owner invite somebody, who accepts, and returns a session of theirs.
func (h *house) invited(s Session, n int, email string, role access.Role) Session {
	h.t.Helper()
	ctx := context.Background()
	h.Clock.Advance(time.Second)
	h.fatal(h.Invite(ctx, home(n), s, email, role, "en"))
	token, err := h.Accounts.Accept(ctx, h.token(email), "", "en")
	h.fatal(err)
	if token == "" {
		k, err := h.byEmail(ctx, h.DB, email)
		h.fatal(err)
		token = h.enter(k.ID)
	}
	return h.session(token)
}

func (h *house) session(token string) Session {
	h.t.Helper()
	s, err := h.Session(context.Background(), token)
	h.fatal(err)
	return s
}

func (h *house) count(table string) (n int) {
	h.t.Helper()
	h.fatal(h.DB.QueryRowContext(context.Background(), "select count(*) from "+table).Scan(&n))
	return n
}
