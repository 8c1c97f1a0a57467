package accesslog

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// The rules of the example policies.
const (
	sevenDays = `
      - {data: [ip_address], from: collection, keep: 7 days, then: anonymise}
      - {from: collection, keep: 1 year, then: delete}` // AH02
	neverRaw = `
      - {data: [ip_address], from: collection, keep: 0 days, then: anonymise}
      - {from: collection, keep: 1 year, then: delete}`
	anonymousOnly = `
      - {from: collection, keep: 0 days, then: anonymise}
      - {from: collection, keep: 1 year, then: delete}` // MC24
)

var everyField = []string{"ip_address", "referrer", "url", "time", "bytes", "status", "browser", "os", "device", "method"}

// policyOf returns a policy whose access log lists fields under rules.
func policyOf(fields []string, rules string) string {
	text := `kept: 1
notice: {version: 2026-01-01, languages: [en], jurisdiction: DE}
controller: {name: Muster GmbH, address: "Musterstr. 1, 65183 Wiesbaden, DE", email: privacy@muster.example}
`
	if len(fields) == 0 {
		return text + "activities: {}\n"
	}
	if !slices.Contains(fields, fieldAddress) {
		rules = "\n      - {from: collection, keep: 1 year, then: delete}"
	}
	return text + `activities:
  access-log:
    purpose: essential.service.security
    basis: legitimate-interests
    interest: {en: protection against load peaks}
    data: [` + strings.Join(fields, ", ") + `]
    settings: {rate_limit: {requests: 50, per: 1 second, burst: 200}}
    retention:` + rules + "\n"
}

func logOf(h *activitytest.House) *Log { return h.Running(Name).(*Log) }

// request is what a browser at a sends.
func request(h *activitytest.House, a netip.Addr) Entry {
	return Entry{
		At: h.Clock.Now(), Client: a, Method: "GET", Path: "/angebot/preise.html", Status: 200, Bytes: 5123,
		Referrer:  "https://suche.example/find?q=max+mustermann",
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
	}
}

func record(h *activitytest.House, entries ...Entry) {
	h.T.Helper()
	for _, e := range entries {
		logOf(h).Record(e)
	}
	if err := logOf(h).Flush(context.Background()); err != nil {
		h.T.Fatal(err)
	}
}

// rows returns what lies in a table, words spelled out, oldest first.
func rows(h *activitytest.House, query string) []string {
	h.T.Helper()
	table := entryTable
	if strings.Contains(query, addressTable) {
		table = addressTable
	}
	return h.Said(table, query)
}

// spelled writes an entry as one text.
const spelled = `select cast(e.at as text) || ' ' || coalesce(n.text, '-') || ' ' || coalesce(m.text, '-') || ' ' || coalesce(u.text, '-') || ' ' ||
	coalesce(r.text, '-') || ' ' || coalesce(cast(e.status as text), '-') || ' ' || coalesce(cast(e.bytes as text), '-') || ' ' ||
	coalesce(b.text, '-') || ' ' || coalesce(o.text, '-')
	from accesslog_entry e
	left join accesslog_entry_word n on n.id = e.network left join accesslog_entry_word m on m.id = e.method
	left join accesslog_entry_word u on u.id = e.url left join accesslog_entry_word r on r.id = e.referrer
	left join accesslog_entry_word b on b.id = e.browser left join accesslog_entry_word o on o.id = e.os order by e.id`

const addresses = "select address from accesslog_address order by id"

var visitor = netip.MustParseAddr("203.0.113.77")

func TestConformance(t *testing.T) {
	activitytest.Run(t, Kind{}, activitytest.Config{
		Policy: func(fields []string) string { return policyOf(fields, sevenDays) },
		Fields: everyField,
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			a := netip.AddrFrom4([4]byte{203, 0, 113, byte(n)})
			e := request(h, a)
			e.Path, e.Referrer, e.Bytes = fmt.Sprintf("/page-%d.html", n), fmt.Sprintf("https://source-%d.example/", n), int64(1_000_000+n)
			record(h, e)
			return activitytest.Planted{Values: map[string]string{
				fieldAddress: a.String(), fieldURL: e.Path, fieldReferrer: fmt.Sprintf("source-%d.example", n), fieldBrowser: "Firefox 132", fieldOS: "Windows", fieldDevice: "desktop",
			}}
		},
		Ends: []activitytest.End{{Table: addressTable, Days: 7}, {Table: entryTable, Months: 12}},
	})
}

// AH01, MC03: what an entry holds.
func TestPromise_AH01_MC03_EntryHoldsWhatIsDeclared(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policyOf(everyField, sevenDays), clock.At(noon), Kind{})
		record(h, request(h, visitor))
		want := []string{fmt.Sprintf("%d 203.0.0.0 GET /angebot/preise.html suche.example 200 5123 Firefox 132 Windows", noon.UnixMilli())}
		if got := rows(h, spelled); !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		if got := rows(h, addresses); !slices.Equal(got, []string{visitor.String()}) {
			t.Errorf("full addresses: %q", got)
		}
		for _, hit := range activitytest.Texts(h.Everything(), "mustermann", "Gecko") {
			t.Errorf("nobody declared %s", hit)
		}
	})
}

// AH01: the provider's name, where the operator has a database that names it.
func TestPromise_AH01_ProviderFromTheOperatorsDatabase(t *testing.T) {
	file := activitytest.ProviderFile(t, netip.MustParsePrefix("203.0.0.0/8"), "Musternetz AG")
	text := strings.Replace(policyOf(append(slices.Clone(everyField), fieldProvider), sevenDays), "settings: {", "settings: {provider_database: "+file+", ", 1)
	h := activitytest.Env(t, storetest.SQLite(t), text, clock.At(noon), Kind{})
	record(h, request(h, visitor), request(h, netip.MustParseAddr("198.51.100.23")))
	got := rows(h, "select coalesce(p.text, '-') from accesslog_entry e left join accesslog_entry_word p on p.id = e.provider order by 1")
	if !slices.Equal(got, []string{"-", "Musternetz AG"}) {
		t.Errorf("the providers are %q", got)
	}
}

// AH02: seven days at most, then the statistics know the network only.
func TestPromise_AH02_AddressesLastSevenDays(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policyOf(everyField, sevenDays), clock.At(noon), Kind{})
		record(h, request(h, visitor))
		h.Clock.Set(noon.Add(4 * 24 * time.Hour))
		second := netip.MustParseAddr("198.51.100.23")
		record(h, request(h, second))
		h.Clock.Set(noon.Add(7 * 24 * time.Hour))
		h.Sweep()
		if got := rows(h, addresses); !slices.Equal(got, []string{second.String()}) {
			t.Fatalf("after seven days the full addresses are %q", got)
		}
		h.Clock.Set(noon.Add(11 * 24 * time.Hour))
		h.Sweep()
		if got := rows(h, addresses); len(got) != 0 {
			t.Fatalf("after eleven days the full addresses are %q", got)
		}
		if got := rows(h, spelled); len(got) != 2 || !strings.Contains(got[0], " 203.0.0.0 ") || !strings.Contains(got[1], " 198.51.0.0 ") {
			t.Fatalf("what may be evaluated statistically is %q", got)
		}
		h.Close()
		for _, hit := range activitytest.Leaks(h.Everything(), visitor, second) {
			t.Errorf("a full address outlives its rule: %s", hit)
		}
	})
}

// MC24: nothing of an entry is personal from the first moment on.
func TestPromise_MC24_EntriesAreAnonymisedBeforeTheyAreStored(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		at := noon.Add(17*time.Minute + 4321*time.Millisecond)
		h := activitytest.Env(t, place, policyOf(everyField, anonymousOnly), clock.At(at), Kind{})
		record(h, request(h, visitor))
		want := []string{fmt.Sprintf("%d 203.0.0.0 GET /angebot/preise.html suche.example 200 - Firefox 132 Windows", noon.UnixMilli())}
		if got := rows(h, spelled); !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		if got := rows(h, addresses); len(got) != 0 {
			t.Errorf("full addresses: %q", got)
		}
		h.Sweep()
		if got := rows(h, spelled); !slices.Equal(got, want) {
			t.Errorf("retention changed what is anonymous already: %q", got)
		}
	})
}

func TestCoarseEntriesAllFindRoom(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(everyField, anonymousOnly), clock.At(noon), Kind{})
	const requests = 5000
	for range requests {
		logOf(h).Record(request(h, visitor))
	}
	record(h)
	if got := len(rows(h, "select cast(id as text) from accesslog_entry")); got != requests {
		t.Fatalf("%d of %d entries of one hour are stored", got, requests)
	}
	d, seen := newDeal(), map[uint32]bool{}
	for range 1 << 22 {
		seen[d.next()] = true
	}
	if len(seen) != 1<<22 {
		t.Fatalf("%d numbers were dealt", len(seen))
	}
}

// AH31: load peaks from one address are held off, its neighbours served.
func TestPromise_AH31_LoadPeaksAreHeldOff(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(everyField, sevenDays), clock.At(noon), Kind{})
	admitted, wait := 0, time.Duration(0)
	for range 1000 {
		retry, ok := logOf(h).Admit(visitor)
		if ok {
			admitted++
		} else {
			wait = retry
		}
	}
	if admitted != 200 || wait <= 0 || wait > time.Second {
		t.Fatalf("%d of 1000 requests at once were admitted; come back after %v", admitted, wait)
	}
	if _, ok := logOf(h).Admit(visitor.Next()); !ok {
		t.Fatal("the neighbouring address is held off too")
	}
	h.Clock.Advance(wait)
	if _, ok := logOf(h).Admit(visitor); !ok {
		t.Fatal("the address is held off longer than it was told")
	}
	for _, hit := range activitytest.Leaks(h.Everything(), visitor, visitor.Next()) {
		t.Errorf("the limit stores addresses: %s", hit)
	}
	h.SetPolicy(policyOf(nil, ""))
	for range 1000 {
		if _, ok := logOf(h).Admit(visitor); !ok {
			t.Fatal("the policy has no access log, and addresses are counted")
		}
	}
}

// MA02: only a declared attack lets the full address be used, on the record.
func TestPromise_MA02_OnlyAnAttackLiftsTheAddress(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		ctx := context.Background()
		h := activitytest.Env(t, place, policyOf(everyField, neverRaw), clock.At(noon), Kind{})
		l := logOf(h)
		record(h, request(h, visitor))
		if got := rows(h, addresses); len(got) != 0 {
			t.Fatalf("without an attack the full addresses are %q", got)
		}
		i, err := l.Incident(ctx, "400 sign-ins a second from one network", "staff-1", noon.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Incident(ctx, "again", "staff-1", noon.Add(time.Hour)); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second incident beside it: %v", err)
		}
		h.Clock.Advance(time.Minute)
		record(h, request(h, visitor), request(h, visitor), request(h, visitor.Next()))
		h.Sweep() // the rule keeps the address for no time; the incident's hold suspends it
		found, err := l.Attackers(ctx, i.ID, "staff-1", 10)
		if err != nil {
			t.Fatal(err)
		}
		if want := []Attacker{{visitor.String(), 2}, {visitor.Next().String(), 1}}; !slices.Equal(found, want) {
			t.Errorf("the attackers are %v, want %v", found, want)
		}
		if n := incidentLeaves(h); n != 2 {
			t.Errorf("the ledger has %d leaves of the incident, want its declaration and one look", n)
		}
		if all, err := l.Incidents(ctx); err != nil || len(all) != 1 || all[0].Reason != i.Reason || all[0].Staff != "staff-1" {
			t.Errorf("the incidents are %+v, %v", all, err)
		}
		h.Clock.Set(noon.Add(2*time.Hour + time.Minute))
		record(h, request(h, visitor))
		h.Sweep()
		if got := rows(h, addresses); len(got) != 0 {
			t.Errorf("after the attack the full addresses are %q", got)
		}
		if _, err := l.Attackers(ctx, i.ID, "staff-1", 10); !fault.Is(err, fault.NotFound) {
			t.Errorf("after the attack addresses can be looked at: %v", err)
		}
	})
}

func TestIncidentEndsWhenToldTo(t *testing.T) {
	ctx := context.Background()
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(everyField, neverRaw), clock.At(noon), Kind{})
	l := logOf(h)
	for name, until := range map[string]time.Time{"in the past": noon, "too late": noon.Add(LongestIncident + time.Second)} {
		if _, err := l.Incident(ctx, "load", "staff-1", until); !fault.Is(err, fault.Invalid) {
			t.Errorf("an incident that ends %s: %v", name, err)
		}
	}
	if _, err := l.Incident(ctx, " ", "staff-1", noon.Add(time.Hour)); !fault.Is(err, fault.Invalid) {
		t.Errorf("an incident without a reason: %v", err)
	}
	i, err := l.Incident(ctx, "load", "staff-1", noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Minute)
	if err := l.EndIncident(ctx, i.ID, "staff-2"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Minute)
	record(h, request(h, visitor))
	if got := rows(h, addresses); len(got) != 0 {
		t.Errorf("after the end full addresses are stored: %q", got)
	}
	if err := l.EndIncident(ctx, i.ID, "staff-2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("ending it twice: %v", err)
	}
	h.SetPolicy(policyOf([]string{"url", "time"}, neverRaw))
	if _, err := l.Incident(ctx, "load", "staff-1", h.Clock.Now().Add(time.Hour)); !fault.Is(err, fault.Refused) {
		t.Errorf("an incident under a policy without addresses: %v", err)
	}
}

func incidentLeaves(h *activitytest.House) int64 {
	h.T.Helper()
	if _, err := h.Ledger.Sequence(context.Background()); err != nil {
		h.T.Fatal(err)
	}
	n, err := h.Ledger.Count(context.Background())
	if err != nil {
		h.T.Fatal(err)
	}
	return n[leafIncident]
}

func TestRecordTakesAnything(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policyOf(everyField, sevenDays), clock.At(noon), Kind{})
		record(h,
			Entry{At: noon},
			Entry{At: noon, Client: visitor, Method: "GET\x00", Path: "/\xff\x00\n" + strings.Repeat("ä", 4000), Referrer: "http://[::1", UserAgent: strings.Repeat("(", 100_000), Status: -1, Bytes: -1},
			Entry{At: noon, Client: netip.MustParseAddr("fe80::1%eth0"), Path: "/?token=1", Referrer: "javascript:alert(1)"},
		)
		if got := rows(h, spelled); len(got) != 3 || logOf(h).Dropped() != 0 {
			t.Fatalf("%d entries stored, %d dropped: %q", len(got), logOf(h).Dropped(), got)
		}
		for _, hit := range activitytest.Texts(h.Everything(), "token=1", "eth0") {
			t.Errorf("stored: %s", hit)
		}
	})
}

func TestRecordNeverWaits(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(everyField, sevenDays), clock.At(noon), Kind{})
	h.Close() // nobody takes entries any more
	l := &Log{env: logOf(h).env, queue: make(chan item, 10)}
	for range 100 {
		l.Record(request(h, visitor))
	}
	if l.Dropped() != 90 {
		t.Fatalf("%d entries were dropped, want 90", l.Dropped())
	}
	logOf(h).Record(request(h, visitor)) // after Close: nothing happens
}
