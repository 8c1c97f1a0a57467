package newsletter_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// listed is a policy whose newsletter has topics and lists and may write to
// existing customers.
var listed = strings.NewReplacer("data: [email", "data: [topics, lists, customer, email",
	"double_opt_in: true", "existing_customers: true, topics: {products: {de: Produkte, en: products}, events: {de: Termine, en: events}}, double_opt_in: true",
	"basis: consent", "basis: consent\n    also:\n      - {basis: legitimate-interests, for: {de: Bestandskunden, en: customers}, interest: {de: Werbung, en: advertising}}",
	"data: [proof_address", "data: [customer, proof_address").Replace(policyOf(proofFields))

// proofFields are the fields of a subscription without campaigns.
var proofFields = []string{"email", "first_name", "last_name", "company", "language", "proof_address", "sign_up", "confirmation", "text_shown", "changes", "unsubscription", "suppression"}

func withLists(t *testing.T, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, activitytest.Env(t, place, listed, clock.At(noon), newsletter.Kind{}))
	})
}

const head = "E-Mail;Vorname;Nachname;Firma;Themen;Verteiler;Angemeldet;IP;Bestätigt;Bestätigungs-IP;Quelle;Einwilligungstext\n"

// proven is a row with everything that proves a consent.
func proven(address string) string {
	return address + ";Ada;Lovelock;Werk AG;products;Messe 2024;01.02.2024 10:00;198.51.100.7;2024-02-01 10:05;198.51.100.8;shop.example/newsletter;\"Ja, ich möchte den Newsletter; jederzeit widerruflich.\"\n"
}

func table(t *testing.T, text string) newsletter.Table {
	t.Helper()
	read, err := newsletter.ReadTable("kontakte.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func take(t *testing.T, h *activitytest.House, i newsletter.Import) newsletter.Imported {
	t.Helper()
	if i.Mapping == nil {
		i.Mapping = i.Table.Guess()
	}
	got, err := news(h).Import(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func entry(h *activitytest.House) *policy.Activity { return h.Policy().Activity("newsletter") }

// foundBy are the addresses that a segment finds.
func foundBy(t *testing.T, h *activitytest.House, s newsletter.Segment) (all []string) {
	t.Helper()
	s.Activity = "newsletter"
	var b bytes.Buffer
	if _, err := news(h).Export(t.Context(), entry(h), s, &b, true, "test"); err != nil {
		t.Fatal(err)
	}
	var people []newsletter.Exported
	if err := json.Unmarshal(b.Bytes(), &people); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	for _, p := range people {
		all = append(all, p.Email)
	}
	slices.Sort(all)
	return all
}

// Who was taken over has the proof that came along, and gets no mail by it.
func TestAnImportTakesTheProofOver(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		i := newsletter.Import{Table: table(t, head+proven("ada@person.example")+proven("BOB@Person.example")), Zone: berlin, List: "All of 2026", By: "owner"}
		if got := take(t, h, newsletter.Import{Table: i.Table, Zone: berlin, DryRun: true}); got.Added != 2 || got.Done {
			t.Errorf("the dry run: %+v", got)
		}
		if all := foundBy(t, h, newsletter.Segment{}); len(all) != 0 {
			t.Errorf("the dry run took over %v", all)
		}
		if got := take(t, h, i); got.Added != 2 || !got.Done || len(got.Dropped) != 0 {
			t.Errorf("%+v", got)
		}
		h.Work()
		if n := len(h.Sink.Mails()); n != 0 {
			t.Errorf("%d mails were sent", n)
		}
		proofs, err := news(h).Proofs(t.Context(), "bob@person.example")
		if err != nil || len(proofs) != 1 {
			t.Fatalf("%v %+v", err, proofs)
		}
		p := proofs[0]
		if !p.SignedUp.Equal(time.Date(2024, 2, 1, 9, 0, 0, 0, time.UTC)) || !p.Confirmed.Equal(time.Date(2024, 2, 1, 9, 5, 0, 0, time.UTC)) || p.SignedUpIP != "198.51.100.7" ||
			p.ConfirmedIP != "198.51.100.8" || p.Origin != "shop.example/newsletter" || !strings.HasPrefix(p.Text, "Ja, ich möchte") || p.Source != string(newsletter.ByImport) ||
			!slices.Equal(p.Topics, []string{"products"}) || p.ConfirmedLeaf == "" {
			t.Errorf("%+v", p)
		}
		if got := take(t, h, i); got.Known != 2 || got.Added != 0 {
			t.Errorf("the second time: %+v", got)
		}
		if c := guaranteeFour(t, h); len(c.Findings) != 0 {
			t.Errorf("%+v", c)
		}
		all, err := news(h).Lists(t.Context(), entry(h))
		if err != nil || len(all) != 2 || all[0].Name != "All of 2026" || all[0].People != 2 || all[1].Name != "Messe 2024" {
			t.Errorf("%v %+v", err, all)
		}
		if got := foundBy(t, h, newsletter.Segment{Lists: []string{all[0].ID}, Topics: []string{"products"}, Company: newsletter.WithCompany, Until: noon}); len(got) != 2 {
			t.Errorf("the segment finds %v", got)
		}
		if got := foundBy(t, h, newsletter.Segment{Topics: []string{"events"}}); len(got) != 0 {
			t.Errorf("nobody chose events, and the segment finds %v", got)
		}
	})
}

// A row without a piece of the proof is named by file, row and column, and nothing
// is taken over, not even the good rows.
func TestAnImportWithoutProofIsRefused(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		columns := strings.Split(strings.TrimSpace(head), ";")
		for _, missing := range []string{"Angemeldet", "Bestätigt", "Quelle", "Einwilligungstext", "Themen", "IP"} {
			cells, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(proven("eve@person.example"), ";", ","))).Read()
			if err == nil {
				cells = strings.Split(strings.TrimSpace(strings.ReplaceAll(proven("eve@person.example"), `"`, "")), ";")[:12]
			}
			at := slices.Index(columns, missing)
			cells[at] = ""
			says := missing
			if missing == "IP" { // one of the two is enough
				cells[slices.Index(columns, "Bestätigungs-IP")], says = "", "Bestätigungs-IP"
			}
			got := take(t, h, newsletter.Import{Table: table(t, head+proven("ada@person.example")+strings.Join(cells, ";")+"\n")})
			if got.Done || got.Bad != 1 || len(got.Problems) != 1 || !strings.HasPrefix(got.Problems[0].String(), "kontakte.csv:3:"+says+": ") {
				t.Errorf("without %s: %+v", missing, got)
			}
		}
		if all := foundBy(t, h, newsletter.Segment{}); len(all) != 0 {
			t.Errorf("taken over: %v", all)
		}
		got := take(t, h, newsletter.Import{SkipBad: true, Table: table(t, head+proven("ada@person.example")+"nobody;;;;;;;;;;;\n"+proven("ada@person.example"))})
		if !got.Done || got.Added != 1 || got.Bad != 2 {
			t.Errorf("%+v", got)
		}
		h.SetPolicy(policyOf([]string{"email", "proof_address", "sign_up"}))
		if _, err := news(h).Import(t.Context(), newsletter.Import{Table: table(t, head+proven("x@person.example")), Mapping: newsletter.Mapping{"email": 0}}); !fault.Is(err, fault.Refused) {
			t.Errorf("a policy that keeps no proof: %v", err)
		}
	})
}

// What unsubscribed, was forgotten by its owner's wish or objected stays out, by
// whatever file it comes back.
func TestPromise_AH22_AnImportLeavesOutWhoUnsubscribed(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		file := newsletter.Import{Table: table(t, head+proven("left@person.example")+proven("objects@person.example")+proven("restricted@person.example"))}
		take(t, h, file)
		if ended, err := news(h).Remove(t.Context(), entry(h), "LEFT@person.example", false); err != nil || !ended {
			t.Fatal(ended, err)
		}
		err := h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for address, f := range map[string]func(string) error{
				"objects@person.example":    func(who string) error { return h.Subjects.Object(ctx, tx, who, "newsletter") },
				"restricted@person.example": func(who string) error { return h.Subjects.Restrict(ctx, tx, who, "contested") },
			} {
				who, err := h.Subjects.Find(ctx, tx, subject.Email, address)
				if err == nil {
					err = f(who)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(time.Hour)
		if all := foundBy(t, h, newsletter.Segment{}); len(all) != 0 {
			t.Errorf("they are still among the recipients: %v", all)
		}
		if err := news(h).Recall(t.Context()); err != nil { // ends what the objection ends
			t.Fatal(err)
		}
		got := take(t, h, file)
		if got.Added != 0 || got.Suppressed != 2 || got.Objected != 1 {
			t.Errorf("%+v", got)
		}
		// No address of somebody who left is kept for that.
		h.Clock.Advance(3*365*24*time.Hour + 48*time.Hour)
		h.Sweep()
		if got := take(t, h, file); got.Added != 1 || got.Objected != 2 { // the claims are barred, the mark is gone; an objection and a restriction stand
			t.Errorf("after the period: %+v", got)
		}
	})
}

// A proof that was taken over goes earlier, if its owner confirms that the consent
// stood.
func TestPromise_AH23_AProofTakenOverCanGoEarlier(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		take(t, h, newsletter.Import{Table: table(t, head+proven("ada1@person.example"))})
		p := someone(h, 1)
		link := news(h).LinkOf(t, p.email)
		p.press(newsletter.Path + "/leave/" + link)
		if proofs, err := news(h).Proofs(t.Context(), p.email); err != nil || len(proofs) != 1 {
			t.Fatal(proofs, err)
		}
		if status, _ := p.ask("POST", newsletter.Path+"/forget/"+link, map[string][]string{"stood": {"yes"}}); status != 200 {
			t.Fatal(status)
		}
		if proofs, err := news(h).Proofs(t.Context(), p.email); err != nil || len(proofs) != 0 {
			t.Error(proofs, err)
		}
	})
}

const sales = "email;sold_at;sold;told\n"

// Without consent only § 7(3) UWG carries a mailing: all four conditions, and one
// click ends it for good.
func TestPromise_AH36_WithoutConsentOnlyTheSaleCarriesAMailing(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		row := "ada1@person.example;2026-10-01;Anlage 7;\"Order form of 2026: you may object at any time, at no cost but the basic rates\"\n"
		whole := newsletter.Import{Ground: newsletter.ByCustomer, Similar: true, Table: table(t, sales+row)}
		similar := whole
		similar.Similar = false
		similar.Mapping = whole.Table.Guess()
		if _, err := news(h).Import(t.Context(), similar); !fault.Is(err, fault.Refused) {
			t.Errorf("goods that are not similar: %v", err)
		}
		for _, missing := range []string{"ada@person.example;;Anlage 7;told", "ada@person.example;2026-10-01;;told", "ada@person.example;2026-10-01;Anlage 7;"} {
			i := whole
			i.Table = table(t, sales+missing+"\n")
			if got := take(t, h, i); got.Done || got.Bad != 1 {
				t.Errorf("%s: %+v", missing, got)
			}
		}
		if got := take(t, h, whole); got.Added != 1 {
			t.Fatalf("%+v", got)
		}
		if got := foundBy(t, h, newsletter.Segment{Ground: newsletter.ByCustomer}); len(got) != 1 {
			t.Errorf("found %v", got)
		}
		if got := foundBy(t, h, newsletter.Segment{Ground: newsletter.ByConsent}); len(got) != 0 {
			t.Errorf("a sale counts as consent: %v", got)
		}
		p := someone(h, 1)
		r := map[string][]string{"List-Unsubscribe": {"One-Click"}}
		if status, _ := p.ask("POST", newsletter.Path+"/leave/"+news(h).LinkOf(t, p.email), r); status != 200 {
			t.Fatal(status)
		}
		if objected, err := h.Subjects.Objected(t.Context(), p.subject(), "newsletter"); err != nil || !objected {
			t.Errorf("one click is no objection: %v %v", objected, err)
		}
		if got := take(t, h, whole); got.Added != 0 || got.Suppressed != 1 {
			t.Errorf("after the objection: %+v", got)
		}
		h.SetPolicy(strings.Replace(listed, "existing_customers: true", "existing_customers: false", 1))
		if _, err := news(h).Import(t.Context(), newsletter.Import{Ground: newsletter.ByCustomer, Similar: true, Table: whole.Table, Mapping: whole.Table.Guess()}); !fault.Is(err, fault.Refused) {
			t.Errorf("a policy without the exception: %v", err)
		}
	})
}

// What is exported can be imported elsewhere, and no spreadsheet computes it.
func TestAnExportComesBack(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		hostile := strings.Replace(proven("ada@person.example"), "Ada;", `"=cmd|' /C calc'!A0";`, 1)
		take(t, h, newsletter.Import{Table: table(t, head+hostile+proven("bob@person.example"))})
		var b bytes.Buffer
		if n, err := news(h).Export(t.Context(), entry(h), newsletter.Segment{}, &b, false, "owner"); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatal(err, rows)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("a spreadsheet would compute %q", cell)
				}
			}
		}
		other := activitytest.Env(t, storetest.SQLite(t), listed, clock.At(noon), newsletter.Kind{})
		if got := take(t, other, newsletter.Import{Table: table(t, b.String())}); got.Added != 2 || len(got.Problems) != 0 {
			t.Fatalf("%+v", got)
		}
		var back bytes.Buffer
		if _, err := news(other).Export(t.Context(), entry(other), newsletter.Segment{}, &back, false, "owner"); err != nil {
			t.Fatal(err)
		}
		lines := func(b bytes.Buffer) []string {
			l := strings.Split(b.String(), "\n")
			slices.Sort(l)
			return l
		}
		if !slices.Equal(lines(b), lines(back)) {
			t.Errorf("it came back as\n%s\nof\n%s", back.String(), b.String())
		}
	})
}

// A million subscribers are read page by page.
func TestASegmentIsReadInPages(t *testing.T) {
	withLists(t, func(t *testing.T, h *activitytest.House) {
		var b strings.Builder
		b.WriteString(head)
		for i := range 25 {
			b.WriteString(proven(fmt.Sprintf("p%d@person.example", i)))
		}
		take(t, h, newsletter.Import{Table: table(t, b.String())})
		seen := map[string]bool{}
		pages := 0
		for after := ""; ; pages++ {
			page, next, err := news(h).Recipients(t.Context(), h.DB, newsletter.Segment{Activity: "newsletter"}, after, 10)
			if err != nil || len(page) > 10 {
				t.Fatal(err, len(page))
			}
			for _, r := range page {
				seen[r.ID] = true
				if ok, err := news(h).Mailable(t.Context(), h.DB, newsletter.Segment{Activity: "newsletter"}, r.ID); err != nil || !ok {
					t.Errorf("%v %v", ok, err)
				}
			}
			if after = next; next == "" {
				break
			}
		}
		if len(seen) != 25 || pages != 2 {
			t.Errorf("%d people on %d full pages", len(seen), pages)
		}
	})
}

func under(t *testing.T, text string, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(t, activitytest.Env(t, place, text, clock.At(noon), newsletter.Kind{}))
	})
}

// What people chose for themselves is not lost on the way: programs are told that the
// time zone is asked for, and it comes back from an export.
func TestATimeZoneIsAskedForAndComesBack(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(campaignFields), clock.At(noon), newsletter.Kind{})
	p := someone(h, 1)
	_, described := p.ask(http.MethodGet, newsletter.Path+"/form.json?lang=en", nil)
	var form struct {
		Version string
		Fields  []string
	}
	if err := json.Unmarshal([]byte(described), &form); err != nil || !slices.Contains(form.Fields, "time_zone") {
		t.Fatalf("%v: programs are told of %q", err, form.Fields)
	}
	r := httptest.NewRequest(http.MethodPost, newsletter.Path+"/sign-up", strings.NewReader(`{"version":"`+form.Version+`","email":"`+p.email+`","time_zone":"Asia/Tokyo"}`))
	if status, body := answered(t, h.Serve(r)); status != http.StatusAccepted {
		t.Fatalf("sign-up: %d %s", status, body)
	}
	p.press(p.link("/confirm/"))
	var b bytes.Buffer
	if _, err := news(h).Export(t.Context(), entry(h), newsletter.Segment{}, &b, false, "owner"); err != nil || !strings.Contains(b.String(), "Asia/Tokyo") {
		t.Fatalf("%v\n%s", err, b.String())
	}
	other := activitytest.Env(t, storetest.SQLite(t), policyOf(campaignFields), clock.At(noon), newsletter.Kind{})
	if got := take(t, other, newsletter.Import{Table: table(t, b.String())}); got.Added != 1 {
		t.Fatalf("%+v", got)
	}
	var back bytes.Buffer
	if _, err := news(other).Export(t.Context(), entry(other), newsletter.Segment{}, &back, false, "owner"); err != nil || back.String() != b.String() {
		t.Errorf("%v: it came back as\n%s\nof\n%s", err, back.String(), b.String())
	}
	bad := table(t, strings.Replace(b.String(), "Asia/Tokyo", "Asia/Nowhere", 1))
	if got, err := news(other).Import(t.Context(), newsletter.Import{Table: bad, Mapping: bad.Guess()}); err != nil || got.Done || len(got.Problems) != 1 {
		t.Errorf("a zone that there is not was taken: %v %+v", err, got)
	}
}
