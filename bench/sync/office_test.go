package sync

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/vault"
)

// forgetful answers as Microsoft Graph does and keeps nothing unless told to, so that
// what is measured is the engine: a directory of people, and mailboxes that take
// everything.
type forgetful struct {
	people   int
	portrait []byte       // of everybody
	changed  atomic.Int64 // how many of them the next reading tells as changed
	made     atomic.Int64

	mu    sync.Mutex
	calls map[string]int
	kept  map[string][]string // by mailbox: contacts as they were written, if they are kept
}

// prefix is what the ids of contacts in one mailbox begin with in Exchange Online.
const prefix = "AAMkADYzZDhlNDQ4LTZhMjItNGE1Yy1iMDM2LTVlYjg3ZmQ2NDk5YgBGAAAAAABXm7sEmP0rSqkq2P0vVt6tBwDk2LfcWrRBSbXk7qjZ2oQxAAAAAAEOAADk2LfcWrRBSbXk7qjZ"

func (f *forgetful) count(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[what]++
}

// told returns the calls since the last time.
func (f *forgetful) told() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = map[string]int{}
	return calls
}

// ServeHTTP implements http.Handler.
func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the caller may be gone
	}
	here := "http://" + r.Host + r.URL.Path
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/token"):
		answer(map[string]any{"access_token": "t", "expires_in": 86_400})
	case strings.HasSuffix(path, "/users/delta"):
		f.count("directory")
		n := f.people
		if r.URL.Query().Get("$deltatoken") != "" {
			n = int(f.changed.Swap(0))
		}
		all := make([]map[string]any, n)
		for i := range all {
			all[i] = person(i, "")
		}
		answer(map[string]any{"value": all, "@odata.deltaLink": here + "?$deltatoken=1"})
	case strings.HasSuffix(path, "/$value") && r.Method == http.MethodGet:
		f.count("photo")
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write(f.portrait) // the caller may be gone
	case strings.HasSuffix(path, "/$value"):
		f.count("write photo")
		w.WriteHeader(http.StatusOK)
	case len(strings.Split(path, "/")) == 4 && strings.HasPrefix(path, "/v1.0/users/"): // who changed is read anew
		f.count("directory")
		var i int
		_, _ = fmt.Sscanf(path, "/v1.0/users/u%d", &i) // no other is asked for
		answer(person(i, time.Now().Format("150405.000000")))
	case strings.HasSuffix(path, "/contacts/delta"):
		f.count("delta")
		all := []json.RawMessage{}
		if r.URL.Query().Get("$deltatoken") == "" {
			f.mu.Lock()
			for _, text := range f.kept[strings.Split(path, "/")[3]] {
				all = append(all, json.RawMessage(text))
			}
			f.mu.Unlock()
		}
		answer(map[string]any{"value": all, "@odata.deltaLink": here + "?$deltatoken=" + strings.Repeat("x", 400)})
	case strings.HasSuffix(path, "/contacts") && r.Method == http.MethodPost:
		f.count("create")
		id := fmt.Sprintf("%s%08xAAA=", prefix, f.made.Add(1))
		if f.kept != nil {
			f.keep(strings.Split(path, "/")[3], id, r.Body)
		}
		w.WriteHeader(http.StatusCreated)
		answer(map[string]any{"id": id, "changeKey": "k"})
	case r.Method == http.MethodPatch:
		f.count("update")
		answer(map[string]any{"id": "x", "changeKey": "k"})
	case strings.HasSuffix(path, "/contactFolders") && r.Method == http.MethodGet:
		f.count("folder")
		answer(map[string]any{"value": []any{map[string]any{"id": prefix + "AAAAAA=", "displayName": "Muster GmbH"}}})
	default:
		f.count("folder")
		answer(map[string]any{"id": "x"})
	}
}

// person is one of the directory; version is how often they changed.
func person(i int, version string) map[string]any {
	return map[string]any{
		"id": fmt.Sprint("u", i), "displayName": fmt.Sprintf("Ada Lovelace %d %s", i, version), "givenName": "Ada", "surname": fmt.Sprint("Lovelace ", i), "mail": fmt.Sprintf("ada%d@muster.example", i),
		"companyName": "Muster GmbH", "department": "Sales", "jobTitle": "Analyst", "mobilePhone": fmt.Sprintf("+49 170 %06d", i), "businessPhones": []string{fmt.Sprintf("+49 611 %06d", i)}, "accountEnabled": true,
	}
}

// keep remembers a contact as it was written.
func (f *forgetful) keep(mailbox, id string, body io.Reader) {
	text, err := io.ReadAll(body)
	if err != nil || len(text) < 2 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept[mailbox] = append(f.kept[mailbox], `{"id":"`+id+`",`+string(text[1:]))
}

const entry = `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
activities:
  contact-sync:
    purpose: essential.service
    on_behalf_of: {en: the customer}
    data: [directory, contact, server, log]
    origin: {en: the customer's directory}
    settings: {sources: [graph], targets: [graph], brake: 10%}
    retention:
      - {from: collection, data: log, keep: 1 year, then: delete}
      - {from: removed, keep: 0 days, then: delete}
      - {from: expiry, keep: 90 days, then: delete}
      - {from: request, keep: 0 days, then: delete}
`

// setUp sets a synchronisation up from a forgetful organisation into mailboxes of it.
func setUp(t *testing.T, place store.Config, people, boxes int) (*activitytest.House, *forgetful, *contactsync.Synchroniser, string) {
	t.Helper()
	h := activitytest.Env(t, place, entry, clock.At(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)), contactsync.Kind{})
	var portrait bytes.Buffer
	if err := jpeg.Encode(&portrait, image.NewGray(image.Rect(0, 0, 96, 96)), nil); err != nil {
		t.Fatal(err)
	}
	f := &forgetful{people: people, portrait: portrait.Bytes(), calls: map[string]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	s := contactsync.Setup{
		Customer: "muster", Name: "bench",
		Connections: map[string]contactsync.Connection{"office": {Kind: "graph", Tenant: "muster", Client: "app", Service: server.URL + "/v1.0", Login: server.URL, Password: vault.NewSecret("secret")}},
		Sources:     map[string]contactsync.Source{"staff": {Connection: "office", What: "users", Photos: *photo > 0}},
		Targets:     map[string]contactsync.Target{"phones": {Connection: "office", Folder: "Muster GmbH"}},
	}
	to := s.Targets["phones"]
	for i := range boxes {
		to.Mailboxes = append(to.Mailboxes, fmt.Sprintf("u%d@muster.example", i))
	}
	s.Targets["phones"] = to
	y := h.Running(contactsync.Name).(*contactsync.Synchroniser)
	id, err := y.Set(t.Context(), "", s)
	if err != nil {
		t.Fatal(err)
	}
	return h, f, y, id
}

// peak watches how much memory is in use, beside what was before, until stop.
func peak() (stop func() uint64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, uint64(0)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-end:
				tick.Stop()
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
	}()
	return func() uint64 {
		close(end)
		<-ended
		return (max(most, before) - before) >> 20
	}
}
