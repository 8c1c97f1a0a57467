package newsletter_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/store/storetest"
)

// hostile are names that would act if they became markup.
const hostile = `"<script>alert(1)</script>";"""><img src=x onerror=alert(1)>";"{{.}}"`

func staff(t *testing.T, h *activitytest.House, method, address string, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return answered(t, h.Staff(r))
}

// Whatever somebody is called stays text on every page, and each page that shows a
// person leaves a leaf that names nobody.
func TestTheDeskShowsPeopleAsText(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		row := strings.Replace(proven("eve@person.example"), "Ada;Lovelock;Werk AG", hostile, 1)
		row = strings.Replace(row, "Messe 2024", "<b onmouseover=alert(1)>list", 1)
		take(t, h, newsletter.Import{Table: table(t, head+row)})
		_, found := staff(t, h, http.MethodPost, "/newsletter", url.Values{"search": {"IMG SRC"}})
		link := regexp.MustCompile(`/newsletter/subscriber/[0-9a-z]+`).FindString(found)
		if link == "" {
			t.Fatalf("the search finds nobody:\n%s", found)
		}
		if status, _ := staff(t, h, http.MethodPost, "/newsletter/lists", url.Values{"do": {"segment"}, "called": {"<script>x</script>"}, "topic": {"products"}, "speaks": {"de"}, "from": {"2020-01-01"}}); status != http.StatusSeeOther {
			t.Errorf("a segment: %d", status)
		}
		all, err := news(h).Segments(t.Context(), entry(h))
		if err != nil || len(all) != 1 || all[0].From.Year() != 2020 {
			t.Fatalf("%v %+v", err, all)
		}
		for _, path := range []string{"/newsletter", "/newsletter/subscribers", link, strings.Replace(link, "subscriber", "proof", 1), "/newsletter/lists", "/newsletter/segments/" + all[0].ID, "/newsletter/import"} {
			status, body := staff(t, h, http.MethodGet, path, nil)
			if status != http.StatusOK {
				t.Errorf("%s: %d\n%s", path, status, body)
			}
			for _, acts := range []string{"<script>", "<img", "<b onmouseover"} {
				if strings.Contains(body, acts) {
					t.Errorf("%s: %s came through", path, acts)
				}
			}
		}
		told := leaves(h)
		for _, kind := range []string{"newsletter.searched", "newsletter.subscriber-opened", "newsletter.proof-opened", "newsletter.imported"} {
			if !strings.Contains(told, kind) {
				t.Errorf("no leaf %s", kind)
			}
		}
		if strings.Contains(told, "person.example") {
			t.Error("the ledger names somebody")
		}
		status, body := staff(t, h, http.MethodPost, "/newsletter/export", url.Values{"format": {"csv"}, "segment": {all[0].ID}})
		if status != http.StatusOK || strings.Count(body, "\n") != 1 { // eve's language is not known: the segment asks for German
			t.Errorf("%d\n%s", status, body)
		}
		if status, _ := staff(t, h, http.MethodPost, link, url.Values{"do": {"end"}}); status != http.StatusSeeOther {
			t.Errorf("unsubscribe: %d", status)
		}
		if all := foundBy(t, h, newsletter.Segment{}); len(all) != 0 {
			t.Errorf("still there: %v", all)
		}
		months, err := news(h).Months(t.Context(), entry(h), 10)
		if err != nil || len(months) != 2 || months[0].Joined != 1 || months[0].Unsubscribed != 1 || months[1].Unsubscribed != 1 {
			t.Errorf("%v %+v", err, months)
		}
	})
}

// The page shows what a file would change, lets its columns be mapped, and takes
// over what was looked at.
func TestThePageImportsWhatWasLookedAt(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), listed, clock.At(noon), newsletter.Kind{})
	send := func(fields url.Values, file string) (int, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, values := range fields {
			if err := w.WriteField(name, values[0]); err != nil {
				t.Fatal(err)
			}
		}
		if file != "" {
			part, err := w.CreateFormFile("file", "../../etc/passwd")
			if err == nil {
				_, err = part.Write([]byte(file))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/newsletter/import", &b)
		r.Header.Set("Content-Type", w.FormDataContentType())
		return answered(t, h.Staff(r))
	}
	text := strings.Replace(head, "E-Mail;", "Anschrift;", 1) + proven("ada@person.example")
	status, body := send(url.Values{"do": {"check"}, "timezone": {"Europe/Berlin"}}, text)
	if status != http.StatusBadRequest || !strings.Contains(body, "--map email=") {
		t.Fatalf("%d\n%s", status, body)
	}
	if strings.Contains(body, "etc/") {
		t.Error("the page names a folder")
	}
	fields := url.Values{"do": {"import"}, "mapped": {"yes"}, "timezone": {"Europe/Berlin"}}
	fields.Set("content", regexp.MustCompile(`name="content" value="([^"]*)"`).FindStringSubmatch(body)[1])
	for column, at := range (newsletter.Mapping{"email": 0, "first_name": 1, "topics": 4, "signed_up": 6, "sign_up_ip": 7, "confirmed": 8, "source": 10, "text": 11}) {
		fields.Set("column-"+column, string(rune('0'+at%10)))
		if at > 9 {
			fields.Set("column-"+column, "1"+string(rune('0'+at-10)))
		}
	}
	fields.Set("content", strings.ReplaceAll(fields.Get("content"), "&#43;", "+"))
	if status, body := send(fields, ""); status != http.StatusOK || len(foundBy(t, h, newsletter.Segment{})) != 1 {
		t.Errorf("%d\n%s", status, body)
	}
	for _, bad := range []url.Values{{"do": {"check"}, "timezone": {"Nowhere"}}, {"do": {"check"}, "timezone": {"../../etc/passwd"}}} {
		if status, _ := send(bad, text); status != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, status)
		}
	}
	fields.Set("content", "%%%")
	if status, _ := send(fields, ""); status != http.StatusBadRequest {
		t.Errorf("a file that did not come back whole: %d", status)
	}
}

const second = `  jobs:
    kind: newsletter
    title: {de: Stellen, en: jobs}
    purpose: marketing.communications.email
    basis: consent
    data: [email, first_name, proof_address, sign_up, confirmation, text_shown, unsubscription, suppression]
    settings: {double_opt_in: true, contents: {de: offene Stellen, en: open positions}}
    retention:
      - {from: sign-up, keep: 7 days, then: delete, unless: confirmed}
      - {from: unsubscribe, keep: 0 days, then: delete}
      - {data: [proof_address, sign_up, confirmation, text_shown, unsubscription, suppression], from: unsubscribe, keep: 1 year, then: delete}
`

// Each entry of the policy is a newsletter of its own: form, text, proof, period,
// and leaving one is not leaving the other.
func TestEveryEntryIsANewsletterOfItsOwn(t *testing.T) {
	both := strings.TrimRight(policyOf(proofFields), "\n") + "\n" + second

	under(t, both, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.subscribe() // the first
		first := p.link("/leave/")
		_, form := p.ask(http.MethodGet, newsletter.Path+"/jobs", nil)
		if !strings.Contains(form, "open positions") || !strings.Contains(form, `action="/privacy/newsletter/jobs`) {
			t.Fatalf("the form of the second:\n%s", form)
		}
		v := version.FindStringSubmatch(form)[1]
		if status, body := p.ask(http.MethodPost, newsletter.Path+"/jobs", url.Values{"version": {v}, "agree": {"yes"}, "email": {p.email}}); status != http.StatusOK {
			t.Fatalf("%d\n%s", status, body)
		}
		p.press(p.link("/confirm/"))
		h.Work()
		mails := h.Sink.To(p.email)
		if raw := string(mails[len(mails)-1].Raw); !strings.Contains(raw, "<jobs.") {
			t.Errorf("the welcome of the second is of another list:\n%s", raw)
		}
		jobs := h.Policy().Activity("jobs")
		standing := func() (a, b int64) {
			a, _, _, err := news(h).Counts(t.Context(), entry(h))
			if err != nil {
				t.Fatal(err)
			}
			b, _, _, err = news(h).Counts(t.Context(), jobs)
			if err != nil {
				t.Fatal(err)
			}
			return a, b
		}
		if a, b := standing(); a != 1 || b != 1 {
			t.Errorf("%d and %d stand", a, b)
		}
		p.press(first)
		if a, b := standing(); a != 0 || b != 1 {
			t.Errorf("after leaving the first %d and %d stand", a, b)
		}
		if out, err := news(h).Suppressed(t.Context(), h.DB, "jobs", p.email); err != nil || out {
			t.Errorf("leaving the first bars the second: %v %v", out, err)
		}
		if status, _ := p.ask(http.MethodGet, newsletter.Path+"/nothing", nil); status != http.StatusNotFound {
			t.Errorf("an entry that is none: %d", status)
		}
		// Each period is the entry's own.
		p.press(p.link("/leave/"))
		h.Clock.Advance(366 * 24 * time.Hour)
		h.Sweep()
		proofs, err := news(h).Proofs(t.Context(), p.email)
		if err != nil || len(proofs) != 1 || proofs[0].Activity != "newsletter" {
			t.Errorf("after a year: %v %+v", err, proofs)
		}
	})
}

// Topics bound the consent: at least one is chosen, a change is noted with what
// holds from then on.
func TestPromise_AH36_TopicsBoundTheConsent(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		_, form := p.ask(http.MethodGet, newsletter.Path, nil)
		order := url.Values{"version": {version.FindStringSubmatch(form)[1]}, "agree": {"yes"}, "email": {p.email}}
		if status, _ := p.ask(http.MethodPost, newsletter.Path, order); status != http.StatusBadRequest {
			t.Errorf("a consent to no topic: %d", status)
		}
		order["topic"] = []string{"shoes"}
		if status, _ := p.ask(http.MethodPost, newsletter.Path, order); status != http.StatusBadRequest {
			t.Errorf("a topic that is not offered: %d", status)
		}
		order["topic"] = []string{"events"}
		if status, body := p.ask(http.MethodPost, newsletter.Path, order); status != http.StatusOK {
			t.Fatalf("%d\n%s", status, body)
		}
		p.press(p.link("/confirm/"))
		h.Work()
		if all := foundBy(t, h, newsletter.Segment{Topics: []string{"products"}}); len(all) != 0 {
			t.Errorf("a mail about products would go to %v", all)
		}
		s := newsletter.Segment{Activity: "newsletter"}
		if s.Covers(entry(h)) == nil {
			t.Error("a mail about no topic is covered")
		}
		h.Clock.Advance(time.Hour)
		if status, _ := p.ask(http.MethodPost, p.link("/details/"), url.Values{"topic": {"products"}, "language": {"en"}}); status != http.StatusOK {
			t.Error(status)
		}
		if all := foundBy(t, h, newsletter.Segment{Topics: []string{"events"}}); len(all) != 0 {
			t.Errorf("a mail about events would go to %v", all)
		}
		proofs, err := news(h).Proofs(t.Context(), p.email)
		if err != nil || len(proofs) != 1 {
			t.Fatal(proofs, err)
		}
		proof := proofs[0]
		if len(proof.Topics) != 1 || proof.Topics[0] != "events" || len(proof.Changes) != 1 || len(proof.Changes[0].Topics) != 1 || proof.Changes[0].Topics[0] != "products" {
			t.Errorf("%+v", proof)
		}
	})
}
