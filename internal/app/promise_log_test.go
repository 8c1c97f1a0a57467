package app

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// planted is the address of the tests' visitors, and what may stay of it.
const (
	planted   = "84.44.17.23"
	truncated = "84.44.0.0"
)

// drop takes the entry key, two spaces deep, out of the policy file.
func (h *house) drop(keys ...string) {
	h.t.Helper()
	src, err := os.ReadFile(h.config.Policy)
	fatal(h.t, err)
	text := string(src)
	for _, key := range keys {
		begin := strings.Index(text, "\n  "+key+":\n")
		if begin < 0 {
			h.t.Fatalf("the policy has no entry %s", key)
		}
		end := begin + 1
		for {
			line, _, more := strings.Cut(text[end:], "\n")
			if end > begin+1 && line != "" && !strings.HasPrefix(line, "   ") || !more {
				break
			}
			end += len(line) + 1
		}
		text = text[:begin+1] + text[end:]
	}
	fatal(h.t, os.WriteFile(h.config.Policy, []byte(text), 0o644))
}

// without returns a preparation that takes entries out of the policy.
func without(keys ...string) func(h *house) { return func(h *house) { h.drop(keys...) } }

// with returns a preparation that rewrites the policy: old, new, old, new, …
func with(pairs ...string) func(h *house) {
	return func(h *house) {
		for i := 0; i < len(pairs); i += 2 {
			h.edit(pairs[i], pairs[i+1])
		}
	}
}

// traces tells where text lies: in the databases, in files of the instance, in
// its own log.
func (h *house) traces(text string) (places []string) {
	h.t.Helper()
	var events strings.Builder
	fatal(h.t, h.Events.Dump(h.t.Context(), &events))
	for place, content := range map[string]string{"database": storetest.Dump(h.t, h.DB), "events": events.String(), "log": h.log.String()} {
		if strings.Contains(content, text) {
			places = append(places, place)
		}
	}
	err := filepath.WalkDir(h.config.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), text) {
			places = append(places, filepath.Base(path))
		}
		return err
	})
	fatal(h.t, err)
	return places
}

// logged reads the access log: its columns as one line each.
func (h *house) logged() (lines []map[string]string) {
	h.t.Helper()
	columns := []string{"network", "provider", "method", "url", "referrer", "browser", "os"}
	query := "select e.status, e.bytes"
	for _, c := range columns {
		query += ", coalesce((select text from accesslog_entry_word w where w.id = e." + c + "), '')"
	}
	err := h.Events.In(h.t.Context(), "accesslog_entry", noTime, noTime, func(ctx context.Context, q querier, _ event.Partition) error {
		rows, err := q.QueryContext(ctx, query+" from accesslog_entry e order by e.id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values, dests := make([]string, len(columns)), make([]any, 0, len(columns)+2)
			var status, bytes *int64
			dests = append(dests, &status, &bytes)
			for i := range values {
				dests = append(dests, &values[i])
			}
			if err := rows.Scan(dests...); err != nil {
				return err
			}
			line := map[string]string{"status": number(status), "bytes": number(bytes)}
			for i, c := range columns {
				line[c] = values[i]
			}
			if line["browser"] != "kept-audit" { // the audit asks the site for a page
				lines = append(lines, line)
			}
		}
		return rows.Err()
	})
	fatal(h.t, err)
	return lines
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// knock is one request with everything that a log could note.
func (h *house) knock() {
	h.t.Helper()
	h.knockFrom(planted)
}

// knockFrom returns once the request is in the log, if there is one: it gets
// there after the answer.
func (h *house) knockFrom(address string) {
	h.t.Helper()
	b := h.browser()
	b.header.Set("X-Forwarded-For", address)
	b.header.Set("Referer", "https://suchmaschine.example/pfad?q="+address)
	before := len(h.logged())
	b.get("/leistungen.html?von=" + address)
	if h.InForce.Now().Activity("access-log") == nil {
		h.settle()
		return
	}
	eventually(h.t, "the entry in the log", func() bool { h.settle(); return len(h.logged()) > before })
}

func TestPromise_AH01_TheAccessLogNotesWhatThePolicyLists(t *testing.T) {
	h := solo(t)
	h.knock()
	lines := h.logged()
	if len(lines) != 1 {
		t.Fatalf("%d entries for one request", len(lines))
	}
	for field, want := range map[string]string{"network": truncated, "url": "/leistungen.html", "referrer": "suchmaschine.example", "status": "200", "browser": "Firefox 143", "os": "Linux"} {
		if lines[0][field] != want {
			t.Errorf("%s is %q, want %q", field, lines[0][field], want)
		}
	}
	if lines[0]["bytes"] == "" || lines[0]["method"] != "" {
		t.Errorf("bytes, which are declared, and the method, which is not: %v", lines[0])
	}
	bare := solo(t, with("data: [ip_address, provider, referrer, url, time, bytes, status, browser, os]", "data: [ip_address, time, url]"))
	bare.knock()
	for field, value := range bare.logged()[0] {
		if value != "" && field != "url" && field != "network" {
			t.Errorf("%s is not declared and yet noted: %q", field, value)
		}
	}
	none := solo(t, without("access-log"))
	none.knock()
	if lines := none.logged(); len(lines) > 0 {
		t.Errorf("without an entry there is a log: %v", lines)
	}
}

func TestPromise_AH02_WholeAddressesStaySevenDays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.knock()
		if places := h.traces(planted); len(places) == 0 {
			t.Error("the address that the policy keeps is nowhere")
		}
		h.live(begin.Add(7*24*time.Hour-time.Hour), 23*time.Hour)
		if places := h.traces(planted); len(places) == 0 {
			t.Error("on the seventh day the address is gone already")
		}
		h.live(begin.Add(7*24*time.Hour+time.Hour), 10*time.Minute)
		if places := h.traces(planted); len(places) > 0 {
			t.Errorf("after seven days the address lies in %v", places)
		}
		if lines := h.logged(); len(lines) != 1 || lines[0]["network"] != truncated {
			t.Errorf("what may be evaluated is %v", lines)
		}
		h.audit("after seven days")
	})
}

func TestPromise_MC24_TheLogIsAnonymisedBeforeItIsStored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.knock()
		if lines := h.logged(); len(lines) != 1 || lines[0]["network"] != truncated {
			t.Errorf("the log holds %v", lines)
		}
		if places := h.traces(planted); len(places) > 0 {
			t.Errorf("the address lies in %v", places)
		}
		h.stop()
		for _, name := range []string{"84.44.17.23", "542c1117", "\x54\x2c\x11\x17"} {
			if places := onDisk(t, h.config.Data, name); len(places) > 0 {
				t.Errorf("after the stop %q lies in %v", name, places)
			}
		}
	}, under("m365connect"))
	later := solo(t, under("m365connect"), with("keep: 0 days, then: anonymise", "keep: 7 days, then: anonymise"))
	later.knock()
	if places := later.traces(planted); len(places) == 0 {
		t.Error("another rule, the same entry: the address is nowhere")
	}
}

// withoutAddresses is the rule of a site that keeps no address at all.
var withoutAddresses = with("{data: ip_address, from: collection, keep: 7 days, then: anonymise}", "{data: ip_address, from: collection, keep: 0 days, then: anonymise}")

func onDisk(t *testing.T, dir, text string) (places []string) {
	t.Helper()
	fatal(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), text) {
			places = append(places, path)
		}
		return err
	}))
	return places
}

func TestPromise_MA01_TheSiteCanBeUsedAnonymously(t *testing.T) {
	h := solo(t, under("mailissa"))
	b := h.browser()
	for _, p := range h.pages() {
		if got := b.get(p); got.StatusCode != http.StatusOK || len(got.Cookies()) > 0 {
			t.Errorf("%s: %s, cookies %v", p, got.Status, got.Cookies())
		}
	}
	eventually(t, "an entry for each request", func() bool { h.settle(); return len(h.logged()) == len(h.pages()) })
	if n := h.count("select count(*) from subject"); n != 0 {
		t.Errorf("%d persons are known", n)
	}
	// The log is temporary.
	patient := solo(t, under("mailissa"), patient)
	patient.knock()
	patient.live(begin.AddDate(0, 0, 13), week)
	kept := len(patient.logged())
	patient.live(begin.AddDate(0, 0, 15), 12*time.Hour)
	if left := len(patient.logged()); kept != 1 || left != 0 {
		t.Errorf("%d entries before two weeks are over, %d after", kept, left)
	}
}

func TestPromise_MA02_OnlyAnAttackLiftsIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.accesslog.Incident(t.Context(), "Flut von Anfragen", "owner", h.clock.Now().Add(24*time.Hour))
		fatal(t, err)
		h.clock.Advance(time.Second)
		h.knock()
		if places := h.traces(planted); len(places) == 0 {
			t.Error("during the attack no address is kept")
		}
		h.wantLeaf("accesslog.incident")
		h.live(begin.Add(26*time.Hour), 20*time.Hour)
		h.knockFrom("91.12.5.6")
		if places := append(h.traces(planted), h.traces("91.12.5.6")...); len(places) > 0 {
			t.Errorf("after the attack addresses lie in %v", places)
		}
		h.audit("after the attack")
	}, under("mailissa"))
}

func TestPromise_AH31_PeaksOfOneAddressAreHeldOff(t *testing.T) {
	h := solo(t)
	flood := func(h *house, from string, n int) (admitted int, refused answer) {
		b := h.browser()
		b.header.Set("X-Forwarded-For", from)
		for range n {
			if got := b.get("/style.css"); got.StatusCode == http.StatusOK {
				admitted++
			} else {
				refused = got
			}
		}
		return admitted, refused
	}
	admitted, refused := flood(h, planted, 230)
	if admitted < 200 || admitted > 201 {
		t.Errorf("%d of 230 requests at once were admitted, the policy says 200", admitted)
	}
	wait, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	if refused.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 {
		t.Fatalf("refused with %s, Retry-After %q", refused.Status, refused.Header.Get("Retry-After"))
	}
	if other, _ := flood(h, "91.12.5.6", 5); other != 5 {
		t.Errorf("another address was admitted %d of 5 times", other)
	}
	if got := h.owner().get(h.ConsoleURL() + "/"); got.StatusCode != http.StatusOK {
		t.Errorf("the console: %s", got.Status)
	}
	h.clock.Advance(time.Duration(wait) * time.Second)
	if again, _ := flood(h, planted, 5); again != 5 {
		t.Errorf("after the pause %d of 5 requests were admitted", again)
	}
	six := solo(t)
	if admitted, _ := flood(six, "2001:db8:1:2::1", 150); admitted != 150 {
		t.Errorf("%d of 150", admitted)
	}
	if admitted, _ := flood(six, "2001:db8:1:2:ffff::9", 100); admitted > 51 {
		t.Errorf("a neighbour within one /64 was admitted %d of 100 times", admitted)
	}
	free := solo(t, with("    settings:\n      rate_limit: {requests: 50, per: 1 second, burst: 200}\n", ""))
	if admitted, _ := flood(free, planted, 230); admitted != 230 {
		t.Errorf("without the setting %d of 230 were admitted", admitted)
	}
}
