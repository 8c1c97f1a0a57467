package app

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/job"
	"kept/internal/store"
)

// What an operator opens in the morning, on the agency's whole policy.
func TestTheConsoleInTheMorning(t *testing.T) {
	h := solo(t)
	r := h.reader("ada@person.example")
	r.subscribe(nil)
	h.clock.Advance(time.Hour)
	h.Jobs.Handle("mail.send", func(context.Context, job.Job) error {
		return errorsOf("dial tcp 192.0.2.1:25: connect: connection refused")
	}, job.Options{MaxAttempts: 1})
	fatal(t, h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := h.Jobs.Enqueue(ctx, tx, job.New{Kind: "mail.send", Key: "x"})
		return err
	}))
	h.settle()
	owner := h.owner()

	due := owner.get(h.ConsoleURL() + "/due").body
	rules, empty, folded := strings.Cut(due, `<details class="empty">`)
	if !folded || strings.Count(rules, `href="/held/`) > 12 || strings.Count(empty, `href="/held/`) < 20 {
		t.Errorf("%d rules stand open, %d are folded", strings.Count(rules, `href="/held/`), strings.Count(empty, `href="/held/`))
	}
	for _, says := range []string{"E-Mail versenden", "Die andere Seite war nicht zu erreichen."} {
		if !strings.Contains(due, says) {
			t.Errorf("the failed job does not say %q", says)
		}
	}

	held := owner.get(h.ConsoleURL() + "/held/newsletter").body
	if !strings.Contains(held, "Die älteste ist vom 2.") {
		t.Errorf("no oldest row of the newsletter:\n%s", held)
	}

	ledger := owner.get(h.ConsoleURL() + "/ledger").body
	if !strings.Contains(ledger, "Vorgang Newsletter") || regexp.MustCompile(`class="facts">activity `).MatchString(ledger) {
		t.Errorf("details of the ledger are not German:\n%s", ledger)
	}
	if english := owner.get(h.ConsoleURL() + "/ledger?lang=en").body; !strings.Contains(english, "activity Newsletter") {
		t.Error("details of the ledger are not English")
	}
}

// An audit from the command line sees no site. The overview shows what the serving
// process saw, unless somebody found something since.
func TestAnAuditFromElsewhereDoesNotBlindTheOverview(t *testing.T) {
	h := solo(t)
	owner := h.owner()
	if got := owner.post(h.ConsoleURL()+"/promises", nil); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status)
	}
	h.clock.Advance(time.Minute)
	elsewhere := *h.Audit
	elsewhere.Site, elsewhere.Serving = nil, false
	_, err := elsewhere.Run(t.Context())
	fatal(t, err)
	if page := owner.get(h.ConsoleURL() + "/").body; !strings.Contains(page, "Stichprobe") {
		t.Error("the overview knows less than before")
	}
	_, err = h.DB.ExecContext(t.Context(), "update audit_run set findings = 2 where id = (select id from audit_run order by at desc limit 1)")
	fatal(t, err)
	if page := owner.get(h.ConsoleURL() + "/").body; !strings.Contains(page, "2 Befunde") {
		t.Error("the overview hides what was found since")
	}
}

// What was found stays to be read: the list of checks leads to each.
func TestAnEarlierAuditCanBeRead(t *testing.T) {
	h := solo(t)
	first, err := h.Audit.Run(t.Context())
	fatal(t, err)
	h.clock.Advance(30 * 24 * time.Hour)
	owner := h.owner()
	if got := owner.post(h.ConsoleURL()+"/promises?lang=en", nil); got.StatusCode != http.StatusSeeOther || !strings.HasSuffix(got.Header.Get("Location"), "?lang=en") {
		t.Fatalf("%s %v", got.Status, got.Header)
	}
	if page := owner.get(h.ConsoleURL() + "/promises").body; !strings.Contains(page, `href="/promises/`+first.ID+`"`) {
		t.Errorf("no way to the earlier audit: %s", page)
	}
	if page := owner.get(h.ConsoleURL() + "/promises/" + first.ID + "?lang=en").body; !strings.Contains(page, "9. No silent change") {
		t.Errorf("the earlier audit: %s", page)
	}
	if got := owner.get(h.ConsoleURL() + "/promises/none"); got.StatusCode != http.StatusNotFound {
		t.Error(got.Status)
	}
}

// Where nothing is asked, nobody is told that they have not decided.
func TestNobodyIsToldToDecideWhereNothingIsAsked(t *testing.T) {
	h := solo(t, under("conference-tools"))
	page := h.browser().get("/privacy/settings").body
	if strings.Contains(page, "noch nicht entschieden") {
		t.Errorf("the settings ask for a decision:\n%s", page)
	}
}

type errorsOf string

func (e errorsOf) Error() string { return string(e) }
